"""The part of ``docs/validation.md`` that says what each artefact says of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from atrasig.prediction import load_models
from atrasig.prediction.artefact import BaseModelArtefact, ValidationRow
from atrasig.prediction.kinds import BaselineShiftModel, FusionModel, Model, RuleModel, SlotModel

NONE = "none at hand"
_HEAD = (Path(__file__).parent / "head.md").read_text(encoding="utf-8")
_DATA = (Path(__file__).parent / "data.md").read_text(encoding="utf-8")
_WHY_NONE = {
    "rule": "no samples with a known response to the drug were at hand; the rule restates what its "
    "source reports and is at most `intermediate`",
    "fusion": "each direction restates single published patients; no cohort to test it on",
    "slot": "the published genes could not be read; a slot makes no call",
    "baseline_shift": "no samples of its disease before and after ATRA were at hand",
}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return (
        "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines) + "\n"
    )


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def number(value: float | None) -> str:
    """Write a figure as the artefact keeps it, to four decimals at most."""
    return "–" if value is None else f"{value:.4f}".rstrip("0").rstrip(".")


def span(row: ValidationRow) -> str:
    """Write a figure with its interval."""
    bounds = "" if row.low is None else f" ({number(row.low)} to {number(row.high)})"
    return number(row.value) + bounds


def _is_shift(model: Model) -> bool:
    return isinstance(model, BaselineShiftModel)


Aspect = tuple[str, Callable[[ValidationRow], bool], str]
ASPECTS: tuple[Aspect, ...] = (
    (
        "AUROC or rho, pooled",
        lambda r: r.measure in ("AUROC", "Spearman") and r.how == "pooled",
        NONE,
    ),
    (
        "within lineage",
        lambda r: r.how.startswith("within"),
        "one lineage: pooled is within lineage",
    ),
    (
        "permuted labels",
        lambda r: "permuted" in r.how,
        NONE,
    ),
    (
        "positive controls called",
        lambda r: r.measure == "sensitivity",
        NONE,
    ),
    (
        "negatives not called",
        lambda r: r.measure == "specificity",
        NONE,
    ),
    (
        "noise",
        lambda r: r.measure == "noise",
        "no repeated measurement of one sample was at hand",
    ),
)


def classes(model: BaseModelArtefact) -> str:
    """Count positives and negatives behind the pooled figure."""
    for row in model.validation:
        if row.how == "pooled" and row.n_positive is not None:
            return f"{row.n_positive} / {row.n_negative}"
    return "0 / 0"


def glance(models: Sequence[Model]) -> str:
    """Write one line a model: every aspect with its first figure, or why there is none."""
    rows = []
    for model in models:
        if not model.validation:
            why = _WHY_NONE.get(model.kind, NONE)
            rows.append([f"`{model.id}`", model.grade, "0 / 0", why, *["–"] * (len(ASPECTS) - 1)])
            continue
        cells = []
        for _, belongs, missing in ASPECTS:
            own = [row for row in model.validation if belongs(row)]
            more = f" and {len(own) - 1} more below" if len(own) > 1 else ""
            cells.append(span(own[0]) + more if own else missing)
        rows.append([f"`{model.id}`", model.grade, classes(model), *cells])
    head = ["model", "grade", "positives / negatives", *(name for name, _, _ in ASPECTS)]
    return table(head, rows)


def chapter(model: Model) -> str:
    """Write all figures of one model, what it was made from, and its limits."""
    parts = [f"### `{model.id}` {model.version}\n\n{model.title}. Question: {model.question}.\n"]
    if model.training:
        made = [
            [t.source, str(t.n), _count(t.n_positive), _count(t.n_negative), t.sha256[:12]]
            for t in model.training
        ]
        parts.append(
            "Made from:\n\n" + table(["data", "n", "positive", "negative", "sha256"], made)
        )
    elif not isinstance(model, SlotModel | FusionModel | RuleModel):
        parts.append("Made from a published list; nothing was fitted.\n")
    if model.validation:
        rows = [
            [
                r.data,
                r.measure,
                r.how,
                str(r.n),
                _count(r.n_positive),
                _count(r.n_negative),
                span(r),
                r.note,
            ]
            for r in model.validation
        ]
        head = ["data", "measure", "how", "n", "positive", "negative", "value (95 %)", "note"]
        parts.append(table(head, rows))
    else:
        parts.append(f"No figures: {_WHY_NONE.get(model.kind, NONE)}.\n")
    parts.append("\n".join(f"- {limit}" for limit in model.limits) + "\n")
    return "\n".join(parts)


def _count(value: int | None) -> str:
    return "–" if value is None else str(value)


def shipped() -> str:
    """Write the part of the page that the artefacts hold."""
    models = load_models()
    chapters = "\n".join(chapter(model) for model in models)
    return f"{_HEAD}\n{_DATA}\n## Shipped models\n\n{glance(models)}\n{chapters}"
