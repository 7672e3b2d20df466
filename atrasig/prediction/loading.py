"""Model artefacts read from YAML, and the hash that names one in a call."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from atrasig.errors import ModelError, SignatureError
from atrasig.files import canonical_json, data_path, sha256_text
from atrasig.genes import load_gene_table
from atrasig.prediction.artefact import BaseModelArtefact
from atrasig.prediction.kinds import Model, ModelArtefact
from atrasig.prediction.table import read_table
from atrasig.signatures import SignatureSet
from atrasig.signatures.located import LocatedMapping, read_located

_ADAPTER: TypeAdapter[Model] = TypeAdapter(ModelArtefact)
# Words about a model and its rank among models: they change no call, so no hash.
_NOT_HASHED = frozenset(
    {
        "title", "version", "grade", "priority", "limits", "source", "absent", "programme",
        "missing", "published", "reported", "training", "validation", "why", "citation",
        "contradicting", "cohort",
    }
)  # fmt: skip


def load_models(paths: Sequence[str | Path] | str | Path = ()) -> tuple[Model, ...]:
    """Load the shipped models and any further ones.

    Parameters
    ----------
    paths
        YAML files of further models; one with the id of a shipped model replaces it.

    Returns
    -------
    tuple
        Artefacts by question, priority and id.

    Raises
    ------
    ModelError
        If a file cannot be read or breaks the schema (all its faults at once), or two of the
        files hold the same id.
    """
    listed = [paths] if isinstance(paths, str | Path) else list(paths)
    origins: dict[str, Path] = {}
    models = {model.id: model for model in _shipped()}
    for path in map(Path, listed):
        model = read_model(path)
        if model.id in origins:
            raise ModelError(
                f"Model id {model.id} is used twice",
                where=f"{origins[model.id]} and {path}",
                fix="Rename or leave out one of them.",
            )
        origins[model.id] = path
        models[model.id] = model
    return tuple(sorted(models.values(), key=lambda m: (m.question, m.priority, m.id)))


@cache
def _shipped() -> tuple[Model, ...]:
    return tuple(read_model(path) for path in sorted(data_path("signatures").glob("models/*.yaml")))


def read_model(path: Path) -> Model:
    """Read one model artefact, reporting all its faults at once.

    Raises
    ------
    ModelError
        If the file cannot be read or breaks the schema.
    """
    try:
        raw, key_faults = read_located(path)
    except SignatureError as error:
        raise ModelError(
            "The model file cannot be read", where=str(path), fix=error.fix or "Give a YAML file."
        ) from error
    table = raw.pop("table", None)
    if table is not None:
        raw["genes"] = read_table(path.parent, str(table))
    faults = list(key_faults)
    model: Model | None = None
    try:
        model = _ADAPTER.validate_python(raw)
    except ValidationError as error:
        faults += _schema_faults(error, raw)
    if model is None or faults:
        listing = "\n".join(f"  - line {line}, {message}" for line, message in sorted(set(faults)))
        raise ModelError(
            "The model breaks its schema", where=str(path), fix=f"All faults found:\n{listing}"
        )
    return model


def _schema_faults(error: ValidationError, raw: LocatedMapping) -> list[tuple[int, str]]:
    faults = []
    for fault in error.errors():
        # The first step names the kind, which is no key of the file.
        steps = [str(step) for step in fault["loc"][1:]]
        line = raw.key_lines.get(steps[0], raw.line) if steps else raw.line
        faults.append((line, f"{'.'.join(steps) or 'the model'}: {fault['msg']}"))
    return faults


def model_hash(model: BaseModelArtefact, signatures: SignatureSet) -> str:
    """SHA-256 of all that decides a model's calls.

    That is its figures and context, its gene lists (or its fusion statements), and the table that
    fixes its ranking universe; not its title, version, grade, priority or other words.

    Raises
    ------
    ModelError
        If a signature of the model is not loaded, or is of no use to this kind of model.
    """
    needed = sorted(set(model.rests_on(signatures)))
    missing = [name for name in needed if name not in signatures]
    if missing:
        raise ModelError(
            f"Model {model.id} rests on signatures that are not loaded: {', '.join(missing)}",
            fix="Add their files to the signatures of the run.",
        )
    model.refuse_unusable(signatures)
    frozen: dict[str, Any] = {
        "model": _figures(model.model_dump(mode="json")),
        "genes": {name: signatures[name].sha256 for name in needed},
        "universe": load_gene_table().sha256,
    }
    frozen |= model.further_facts()
    return sha256_text(canonical_json(frozen))


def _figures(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _figures(item) for key, item in value.items() if key not in _NOT_HASHED}
    if isinstance(value, list):
        return [_figures(item) for item in value]
    return value
