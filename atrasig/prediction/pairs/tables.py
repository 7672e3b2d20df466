"""Tables of pairs and of the tests of their cohort."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atrasig.prediction.kinds.baseline_shift import INTERVAL_KIND
from atrasig.prediction.pairs.cohort import adjusted, cohort_test
from atrasig.prediction.pairs.deltas import PairDelta, pair_deltas
from atrasig.prediction.run import build_engine
from atrasig.prediction.sample import DeclaredContext
from atrasig.sheet import SampleSheet
from atrasig.signatures import SignatureSet

if TYPE_CHECKING:
    from anndata import AnnData

PAIR_COLUMNS = (
    "matrix", "patient", "model", "model_version", "model_hash", "baseline", "exposed", "delta",
    "low", "high", "interval_kind", "n_genes", "n_matched", "control", "control_delta",
    "control_low", "control_high", "specificity", "sha256", "reason",
)  # fmt: skip
TEST_COLUMNS = (
    "matrix", "model", "model_version", "model_hash", "n_patients", "n_samples", "n_without",
    "effect", "low", "high", "statistic", "df", "p", "q", "method", "control", "control_effect",
    "control_low", "control_high", "reason",
)  # fmt: skip
_NUMBERS = frozenset(
    {
        "delta", "low", "high", "control_delta", "control_low", "control_high", "effect",
        "statistic", "df", "p", "q", "control_effect",
    }
)  # fmt: skip
_COUNTS = frozenset({"n_genes", "n_matched", "n_patients", "n_samples", "n_without"})


@dataclass(frozen=True)
class PairTables:
    """Pairs of a matrix.

    Parameters
    ----------
    pairs
        One row a (patient, model): the delta of mean normalised rank with its interval.
    tests
        One row a model: the cohort's mean delta, and what it was tested by.
    """

    pairs: pd.DataFrame
    tests: pd.DataFrame


def compare_pairs(
    expr: AnnData,
    sheet: SampleSheet | str | Path | None = None,
    disease: str | None = None,
    tissue: str | None = None,
    *,
    models: Sequence[str | Path] | str | Path = (),
    signatures: SignatureSet | None = None,
) -> PairTables:
    """Compare exposed with baseline samples of the same patients by every response model.

    A pair is made by the columns ``patient`` and ``timepoint`` (``baseline``, ``exposed``) of the
    sheet, within one matrix. Where a patient has several samples of a timepoint, their ranks are
    averaged for the delta. Parameters and errors are those of :func:`atrasig.predict`.

    Returns
    -------
    PairTables
        Deltas, and the tests of :func:`atrasig.prediction.pairs.cohort.cohort_test` with
        Benjamini-Hochberg q-values over the models that were tested.
    """
    engine = build_engine(expr, sheet, DeclaredContext.resolve(disease, tissue), models, signatures)
    matrix = str(expr.uns.get("atrasig", {}).get("matrix", ""))
    deltas = list(pair_deltas(engine))
    by_model: dict[str, list[PairDelta]] = {}
    for delta in deltas:
        by_model.setdefault(delta.model.id, []).append(delta)
    tests = [_test_row(matrix, found) for found in by_model.values()]
    table = _frame(tests, TEST_COLUMNS)
    table["q"] = adjusted(table["p"].to_numpy())
    return PairTables(_frame([_pair_row(matrix, delta) for delta in deltas], PAIR_COLUMNS), table)


def _pair_row(matrix: str, delta: PairDelta) -> dict[str, Any]:
    return {
        "matrix": matrix,
        "patient": delta.patient,
        **_identity(delta),
        "baseline": ", ".join(delta.baseline),
        "exposed": ", ".join(delta.exposed),
        "delta": delta.delta,
        "low": delta.low,
        "high": delta.high,
        "interval_kind": "" if np.isnan(delta.delta) else INTERVAL_KIND,
        "n_genes": delta.n_genes,
        "n_matched": delta.n_matched,
        "control": delta.control.name,
        "control_delta": delta.control.score,
        "control_low": delta.control.low,
        "control_high": delta.control.high,
        "specificity": delta.control.specificity,
        "sha256": delta.content,
        "reason": delta.reason,
    }


def _test_row(matrix: str, deltas: Sequence[PairDelta]) -> dict[str, Any]:
    scores = [delta.scores for delta in deltas if delta.scores is not None]
    beside = cohort_test([d.control_scores for d in deltas if d.control_scores is not None])
    control = deltas[0].model.control
    return {
        "matrix": matrix,
        **_identity(deltas[0]),
        **asdict(cohort_test(scores)),
        "n_without": len(deltas) - len(scores),
        "q": np.nan,
        "control": control.signature if control else "",
        "control_effect": beside.effect,
        "control_low": beside.low,
        "control_high": beside.high,
    }


def _identity(delta: PairDelta) -> dict[str, str]:
    return {
        "model": delta.model.id,
        "model_version": delta.model.version,
        "model_hash": delta.model_hash,
    }


def _frame(rows: list[dict[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Table of rows, with the same types where there are none."""
    frame = pd.DataFrame(rows, columns=list(columns))
    return frame.astype(
        {
            name: np.float64 if name in _NUMBERS else np.int64 if name in _COUNTS else object
            for name in columns
        }
    )
