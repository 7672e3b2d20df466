"""Classical inference on the genes of a fitted model, one gene at a time beside lineage."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from atrasig.errors import UsageError
from atrasig.prediction.fitting.data import TrainingData
from atrasig.prediction.fitting.recipes import standards
from atrasig.prediction.fitting.threads import one_thread
from atrasig.scoring.arrays import Array, Places
from atrasig.scoring.tables import benjamini_hochberg

CAVEAT = (
    "These genes were chosen on the same samples, so their estimates are too large, their "
    "intervals too narrow and their p and q too small. They describe the fit; evidence is what "
    "the nested cross-validation and its permuted null show."
)
LEVEL = 0.95


@dataclass(frozen=True)
class GeneEstimate:
    """Association of one gene with the response, lineage held fixed.

    Parameters
    ----------
    gene
        Its name.
    estimate, low, high
        Change of the response (for a label: of its log odds) per standard deviation of the gene
        over all samples, with its 95 % interval; NaN where `note` says why.
    p, q
        Two-sided p, and q by Benjamini and Hochberg over the genes asked for.
    n
        Samples that the estimate rests on.
    note
        Why there is none, else empty.
    """

    gene: str
    estimate: float
    low: float
    high: float
    p: float
    q: float
    n: int
    note: str


def infer(data: TrainingData, genes: Sequence[str]) -> tuple[GeneEstimate, ...]:
    """Regress the response on each gene with lineage as covariate, by statsmodels.

    Ordinary least squares for a quantitative response, logistic regression for a label. Lineages
    in which all labels agree say nothing about a gene once lineage is held fixed, and would drive
    their own coefficient to infinity; their samples are left out of `n`. After selection on the
    same data the figures are optimistic: show `CAVEAT` with them.

    Parameters
    ----------
    data
        Samples the model was fitted on.
    genes
        Genes of the model.

    Returns
    -------
    tuple
        Estimates in the order of `genes`.

    Raises
    ------
    UsageError
        If a gene is not among those of `data`.
    """
    absent = sorted(set(genes) - set(data.genes))
    if absent:
        raise UsageError(f"{len(absent)} genes are not in the training data: {absent[:5]}")
    place = {gene: column for column, gene in enumerate(data.genes)}
    centre, spread = standards(data.features)
    rows = _informative(data)
    covariates = _lineage_columns(data, rows)
    with one_thread():
        fitted = [
            _estimate(
                data.response[rows],
                ((data.features[:, place[gene]] - centre[place[gene]]) / spread[place[gene]])[rows],
                covariates,
                is_label=data.kind == "label",
            )
            for gene in genes
        ]
    q = benjamini_hochberg(np.array([figures[3] for figures, _ in fitted]))
    return tuple(
        GeneEstimate(gene, *figures, float(own_q), int(rows.size), note)
        for gene, (figures, note), own_q in zip(genes, fitted, q, strict=True)
    )


_Figures = tuple[float, float, float, float]
_NONE: _Figures = (float("nan"),) * 4


def _informative(data: TrainingData) -> Places:
    """Rows of lineages in which labels differ; all rows of a quantitative response."""
    codes = data.group_codes
    if data.kind == "quantitative":
        return np.arange(codes.size)
    share = np.bincount(codes, weights=data.response) / np.bincount(codes)
    return np.flatnonzero((share[codes] > 0) & (share[codes] < 1))


def _lineage_columns(data: TrainingData, rows: Places) -> Array:
    """One indicator a lineage, or a single constant; shape (rows, lineages)."""
    codes = data.group_codes[rows]
    return np.asarray(codes[:, None] == np.unique(codes)[None, :], dtype=np.float64)


def _estimate(
    response: Array, gene: Array, covariates: Array, *, is_label: bool
) -> tuple[_Figures, str]:
    import statsmodels.api as sm

    if not response.size:
        return _NONE, "no lineage holds both classes"
    if response.size <= covariates.shape[1] + 1:
        return _NONE, "as many lineages as samples"
    inside = gene - covariates @ (covariates.T @ gene / covariates.sum(axis=0))
    if np.abs(inside).max() < 1e-9:
        return _NONE, "the gene does not vary within lineages"
    design = np.column_stack([gene, covariates])
    try:
        with warnings.catch_warnings():
            # A fit that warns has not converged or is separated: its figures mean nothing.
            warnings.simplefilter("error")
            fitted = (
                sm.Logit(response, design).fit(disp=0, maxiter=100)
                if is_label
                else sm.OLS(response, design).fit()
            )
            low, high = fitted.conf_int(alpha=1 - LEVEL)[0]
            figures = float(fitted.params[0]), float(low), float(high), float(fitted.pvalues[0])
    except (Warning, np.linalg.LinAlgError) as fault:
        return _NONE, f"no finite estimate: {fault}"
    return figures, ""
