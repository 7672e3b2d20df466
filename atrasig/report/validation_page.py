"""The page of a validation: figures, counts and plots of each model, from tables alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from atrasig.prediction.validation import Validation
from atrasig.prediction.validation.confusion import CALLS
from atrasig.prediction.validation.figure import MEASURES
from atrasig.prediction.validation.joining import SAMPLES
from atrasig.report.html import render_page
from atrasig.report.validation_figures import (
    Bin,
    Point,
    call_mark,
    precision_recall,
    reliability_plot,
    roc,
    scores_by_label,
    scores_by_response,
)
from atrasig.scoring.arrays import Array

MAX_LABELS = 12
"""Labels with a row of their own in the plot of scores; the rest share one."""
_OTHERS = "other labels"
_HEADLINES = ("AUROC", "AUPRC", "Spearman", "Brier", "sensitivity", "specificity")
_THRESHOLDS = ("threshold_low", "threshold_high")


def render_validation(found: Validation, facts: Mapping[str, Any]) -> str:
    """HTML page of a validation.

    Parameters
    ----------
    found
        The validation; equal ones give equal bytes.
    facts
        What was compared with what: shown above the figures, names with texts.

    Returns
    -------
    str
        A whole page with inline style and figures, readable offline and without scripts.
    """
    counts = found.figures[found.figures["measure"] == SAMPLES]
    view = {
        "facts": {name: str(value) for name, value in facts.items() if value not in ("", None)},
        "counts": counts.to_dict("records"),
        "models": [_model_view(found, row) for row in found.models.to_dict("records")],
        "measures": MEASURES,
        "positive": str(facts.get("Positive label", "")),
    }
    return render_page("validation.html.j2", "sort.js", view)


def _model_view(found: Validation, model: Mapping[Any, Any]) -> dict[str, Any]:
    name = model["model"]
    own = {key: table[table["model"] == name] for key, table in _tables(found).items()}
    figures = [_figure_view(row) for row in own["figures"].to_dict("records")]
    pooled = {f["measure"]: f for f in figures if f["how"] == "pooled"}
    calls = _calls(own["predictions"], str(model["question"]))
    return {
        "model": model,
        "headlines": [pooled[measure] for measure in _HEADLINES if measure in pooled],
        "figures": figures,
        "confusion": own["confusion"].to_dict("records"),
        "plots": _plots(own["predictions"], own["reliability"], calls),
        "key": [(call, call_mark(call, calls)) for call in calls],
        "thresholds": bool(_frozen_thresholds(own["predictions"])),
    }


def _tables(found: Validation) -> dict[str, pd.DataFrame]:
    return {
        "figures": found.figures,
        "confusion": found.confusion,
        "predictions": found.predictions,
        "reliability": found.reliability,
    }


def _figure_view(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Missing numbers as None, as the template writes them."""
    numbers = ("n_positive", "n_negative", "value", "low", "high")
    return {**row, **{n: None if pd.isna(row[n]) else float(row[n]) for n in numbers}}


def _calls(rows: pd.DataFrame, question: str) -> tuple[str, ...]:
    """List calls in the order of their marks, those of no known name before the last."""
    known = CALLS[question]
    return (*known[:-1], *sorted(set(rows["call"]) - set(known)), known[-1])


def _plots(
    rows: pd.DataFrame, bins: pd.DataFrame, calls: tuple[str, ...]
) -> list[tuple[str, Markup]]:
    scored = rows[rows["score"].notna()]
    labelled = scored[scored["positive"].notna()]
    positive = labelled["positive"].to_numpy(dtype=bool)
    plots: list[tuple[str, Markup]] = []
    if positive.any() and not positive.all():
        hits, alarms = _cumulative(labelled["score"].to_numpy(dtype=np.float64), positive)
        plots.append(("ROC; the diagonal is chance", roc(_roc_points(hits, alarms))))
        curve = precision_recall(_recall_points(hits, alarms), float(positive.mean()))
        plots.append(("Precision and recall; the dashed line is chance", curve))
    if len(labelled):
        dots = scores_by_label(_by_label(labelled), calls, _frozen_thresholds(rows))
        plots.append(("Scores by label", dots))
    if scored["response"].notna().any():
        cloud = scores_by_response(_points(scored[scored["response"].notna()]), calls)
        plots.append(("Scores and measured responses", cloud))
    if len(bins):
        columns = ["predicted", "observed", "low", "high", "n"]
        found = [Bin(*row) for row in bins[columns].itertuples(index=False)]
        plots.append(("Reliability of the probabilities", reliability_plot(found)))
    return plots


def _cumulative(score: Array, positive: np.ndarray) -> tuple[Array, Array]:
    """Positive and negative samples at or above each score, from the highest score down."""
    _, codes = np.unique(-score, return_inverse=True)
    hits, alarms = (np.bincount(codes, weights=side) for side in (positive, ~positive))
    return np.cumsum(hits), np.cumsum(alarms)


def _roc_points(hits: Array, alarms: Array) -> list[tuple[float, float]]:
    found = zip(alarms / alarms[-1], hits / hits[-1], strict=True)
    return [(0.0, 0.0), *((float(x), float(y)) for x, y in found)]


def _recall_points(hits: Array, alarms: Array) -> list[tuple[float, float]]:
    """Make steps: a precision holds back to the recall before, as the area counts it."""
    recall, precision = hits / hits[-1], hits / (hits + alarms)
    before = [0.0, *map(float, recall[:-1])]
    steps = zip(before, recall, precision, strict=True)
    return [(x, float(y)) for start, end, y in steps for x in (start, float(end)) if end > start]


def _by_label(labelled: pd.DataFrame) -> list[tuple[str, list[Point]]]:
    """Sort samples by label, positive ones first, then by name."""
    counts = labelled.groupby("label")["positive"].first().astype(bool)
    names = sorted(counts.index, key=lambda name: (not counts[name], name))
    kept = names[: MAX_LABELS if len(names) <= MAX_LABELS else MAX_LABELS - 1]
    rows = [(name, _points(labelled[labelled["label"] == name])) for name in kept]
    if len(names) > len(kept):
        rows.append((_OTHERS, _points(labelled[~labelled["label"].isin(kept)])))
    return rows


def _points(rows: pd.DataFrame) -> list[Point]:
    return [
        Point(
            str(row["sample"]),
            float(row["score"]),
            str(row["call"]),
            None if pd.isna(row["response"]) else float(row["response"]),
        )
        for row in rows.to_dict("records")
    ]


def _frozen_thresholds(rows: pd.DataFrame) -> list[tuple[str, float]]:
    """Thresholds on the score that hold for every sample of the plot."""
    found = []
    for column in _THRESHOLDS:
        values = rows[column].dropna().unique()
        if values.size == 1:
            found.append((column.replace("_", " "), float(values[0])))
    return found
