"""Parameters of a run that differ from the defaults, and the command that they make."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from atrasig.config import RunConfig

if TYPE_CHECKING:
    from atrasig.report.record import Provenance

_OPTIONS = {
    "ingest.format": "--format",
    "ingest.quantity": "--quantity",
    "ingest.strand": "--strand",
    "ingest.decimal": "--decimal",
    "ingest.worksheet": "--worksheet",
    "ingest.tx2gene": "--tx2gene",
    "ingest.platform": "--platform",
    "harmonise.scale": "--scale",
    "harmonise.genes": "--genes",
    "score.methods": "--method",
    "predict.disease": "--disease",
    "predict.tissue": "--tissue",
    "report.pages": "--pages",
    "signatures": "--signatures",
    "models": "--models",
    "seed": "--seed",
}
"""Parameters that `atrasig run` can be given, and how."""


def changed_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Choose the parameters that were not left at their defaults.

    Parameters
    ----------
    parameters
        As recorded, laid out as the configuration, all of it or a part.

    Returns
    -------
    dict
        Values by dotted key, in order of the keys. A key that the configuration does not have is
        among them unless it is empty.
    """
    defaults = dict(_flat(RunConfig().model_dump(mode="json")))
    return {
        key: value
        for key, value in sorted(_flat(parameters))
        if value != defaults.get(key, "" if value == "" else None)
    }


def command(provenance: Provenance) -> str:
    """Write the command that gives the numbers of a record again, files by their names.

    Parameters
    ----------
    provenance
        The inputs and what differs from the defaults.

    Returns
    -------
    str
        `atrasig run` on the matrix; the workflow where a parameter differs that `atrasig run`
        cannot be given, or where there are several matrices; empty where none was recorded.
    """
    if not provenance.parameters:
        return ""
    changed = {key: value for key, value in provenance.changed.items() if key != "samples"}
    if len(provenance.inputs) != 1 or not changed.keys() <= _OPTIONS.keys():
        return "snakemake --cores 1 --configfile config.yaml"
    sheet = provenance.parameters.get("samples")
    words = ["atrasig", "run", provenance.inputs[0].name]
    words += ["--sheet", str(sheet)] if sheet else []
    for key, value in changed.items():
        for one in value if isinstance(value, list) else [value]:
            words += [_OPTIONS[key], str(one)]
    return shlex.join([*words, "--out", "results"])


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", list(value) if isinstance(value, tuple) else value
