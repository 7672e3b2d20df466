"""Recipe *correlation signature*: stable rank correlations, signed weights, one calibration.

Genes whose expression goes with the response in most half samples are weighed by their
correlation, and the response is calibrated on that score.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from atrasig.errors import UsageError
from atrasig.prediction.fitting.data import TrainingData
from atrasig.prediction.fitting.folds import make_folds
from atrasig.prediction.fitting.platt import fit_sigmoid
from atrasig.prediction.fitting.recipes import Coefficients, refuse_constant, standards
from atrasig.prediction.fitting.threads import one_thread
from atrasig.scoring.arrays import Array, Places
from atrasig.scoring.ranks import DenseRanks

_TOP_K = 50


@dataclass(frozen=True)
class CorrelationSignature:
    """Stability selection by rank correlation.

    Random halves and their complements each name the `top_k` genes with the largest absolute
    Spearman correlation (complementary pairs: Shah and Samworth 2013,
    doi:10.1111/j.1467-9868.2011.01034.x); genes named in at least `share` of them are selected
    (Meinshausen and Bühlmann 2010, doi:10.1111/j.1467-9868.2010.00740.x). Ties go to the gene
    whose name comes first. The score is the mean of the standardised selected genes, weighed by
    their signed correlations; the response is regressed on scores of inner folds that did not
    select them, so that the slope is not that of the rows the genes were chosen on.

    Parameters
    ----------
    n_resamples
        Half samples, an even number.
    share
        Share of half samples that must name a gene, above one half.
    top_k
        Genes that each half sample names; by default 50, and at most a tenth of the genes. The
        fit tells Meinshausen and Bühlmann's bound ``top_k ** 2 / ((2 * share - 1) * genes)`` on
        the number selected by chance, which holds for exchangeable unrelated genes.
    within_lineage
        Whether the lineage means of all ranks are removed first, where lineages are given.
    inner_folds
        Folds of the calibration.
    """

    n_resamples: int = 100
    share: float = 0.6
    top_k: int | None = None
    within_lineage: bool = True
    inner_folds: int = 5

    def __post_init__(self) -> None:
        if self.n_resamples < 2 or self.n_resamples % 2:
            raise UsageError(f"Half samples come in pairs, not {self.n_resamples} of them")
        if not 0.5 < self.share <= 1:
            raise UsageError(f"A share of half samples lies above 0.5, not at {self.share}")
        if self.top_k is not None and self.top_k < 1:
            raise UsageError("Each half sample must name a gene or more")

    @property
    def name(self) -> str:
        """Name of the recipe."""
        return "correlation_signature"

    def fit(self, data: TrainingData, seed: int) -> Coefficients:
        """Select genes, weigh them and calibrate the score, on all rows of `data`.

        Raises
        ------
        InputError
            If the response has one value in all rows.
        """
        refuse_constant(data)
        with one_thread():
            signature, frequencies = self._signature(data, seed)
            slope, intercept, note = self._calibrate(data, seed)
        chosen = dict(zip(signature.genes, map(float, signature.weights), strict=True))
        size = self._size(len(data.genes))
        details: dict[str, Any] = {
            "top_k": size,
            "expected_by_chance_at_most": size**2 / ((2 * self.share - 1) * len(data.genes)),
            "n_selected": len(signature.genes),
            "frequencies": dict(zip(signature.genes, map(float, frequencies), strict=True)),
            "signature_weights": chosen,
            "slope": slope,
            "note": note,
        }
        return Coefficients(
            signature.genes, signature.weights * max(slope, 0.0), intercept,
            signature.centre, signature.spread, details,
        )  # fmt: skip

    def _size(self, n_genes: int) -> int:
        if self.top_k is None:
            return min(_TOP_K, max(n_genes // 10, 1))
        return min(self.top_k, n_genes)

    def _signature(self, data: TrainingData, seed: int) -> tuple[Coefficients, Array]:
        """Signature before calibration, and how often its genes were named."""
        ranks = _centred_ranks(data.features)
        response = _centred_ranks(data.response[:, None])[:, 0]
        codes = data.group_codes if self.within_lineage else np.zeros(response.size, np.intp)
        halves = _halves(response.size, self.n_resamples, seed)
        found = correlate(ranks, response, codes, halves)
        frequencies = _named(np.abs(found), self._size(len(data.genes))).mean(axis=0)
        whole = correlate(ranks, response, codes, np.ones((1, response.size)))[0]
        kept = np.flatnonzero((frequencies >= self.share) & (whole != 0))
        centre, spread = standards(data.features[:, kept])
        weights = whole[kept] / np.abs(whole[kept]).sum()
        genes = tuple(data.genes[gene] for gene in kept)
        return Coefficients(genes, weights, 0.0, centre, spread), frequencies[kept]

    def _calibrate(self, data: TrainingData, seed: int) -> tuple[float, float, str]:
        """Slope and intercept of the response on out-of-fold scores, and what to know of them."""
        folds = make_folds(data, min(self.inner_folds, len(data.samples)), seed)
        scores = np.zeros(len(data.samples))
        for fold in range(folds.n_folds):
            training = folds.training(fold)
            signature, _ = self._signature(data.take(training), seed)
            scores[~training] = signature.score(data.features[~training], data.genes)
        mean = float(data.response.mean())
        base = float(np.log(mean / (1 - mean))) if data.kind == "label" else mean
        if np.ptp(scores) == 0:
            return 0.0, base, "no gene is stable enough in the inner folds: one value for all"
        if data.kind == "label":
            slope, intercept = fit_sigmoid(scores, data.response)
        else:
            centred = scores - scores.mean()
            slope = float((centred * (data.response - mean)).sum() / (centred**2).sum())
            # Scores have mean zero over the rows that the signature is standardised on.
            intercept = mean
        if slope <= 0:
            return slope, base, "inner folds deny the signature (slope not above 0): weights are 0"
        return slope, intercept, ""


def correlate(ranks: Array, response: Array, groups: Places, included: Array) -> Array:
    """Correlate ranks of genes with ranks of the response, within groups, over resamples.

    Ranks are those among all rows given; a resample correlates the ranks of its members after
    taking out their means within each group. Over all rows of one group this is Spearman's
    correlation.

    Parameters
    ----------
    ranks
        Shape (samples, genes): whole numbers, so that sums are exact in any order.
    response
        Shape (samples,): whole numbers.
    groups
        Shape (samples,): group of each sample.
    included
        Shape (resamples, samples): 1 for members, else 0.

    Returns
    -------
    numpy.ndarray
        Shape (resamples, genes); 0 where the gene or the response does not vary.
    """
    shape = (included.shape[0], ranks.shape[1])
    shared, spread = np.zeros(shape), np.zeros(shape)
    response_spread = np.zeros((shape[0], 1))
    for group in np.unique(groups):
        rows = groups == group
        x, y, members = ranks[rows], response[rows], np.ascontiguousarray(included[:, rows])
        # Of an empty group all sums are zero, whatever they are divided by.
        n = np.maximum(members.sum(axis=1, keepdims=True), 1)
        sum_x, sum_y = members @ x, (members @ y)[:, None]
        shared += members @ (x * y[:, None]) - sum_x * sum_y / n
        spread += members @ (x * x) - sum_x * sum_x / n
        response_spread += (members @ (y * y))[:, None] - sum_y * sum_y / n
    scale = np.sqrt(np.maximum(spread, 0) * np.maximum(response_spread, 0))
    # Ranks are whole numbers, so what varies at all varies by more than rounding leaves.
    varies = (spread > 1e-6) & (response_spread > 1e-6)
    found: Array = np.divide(shared, scale, out=np.zeros(shape), where=varies)
    return found


def _centred_ranks(values: Array) -> Array:
    """Twice the average rank of each sample among all, less its mean; shape as `values`."""
    n_samples = values.shape[0]
    rows = np.ascontiguousarray(values.T)
    codes = DenseRanks.rank(rows, np.arange(n_samples)).codes
    centred: Array = np.ascontiguousarray(codes.T.astype(np.float64)) - (n_samples + 1)
    return centred


def _halves(n_samples: int, n_resamples: int, seed: int) -> Array:
    """Members of random halves and of their complements, shape (resamples, samples)."""
    random = np.random.default_rng([seed, n_samples])
    half = n_samples // 2
    places = random.permuted(np.tile(np.arange(n_samples), (n_resamples // 2, 1)), axis=1)
    included = np.zeros((n_resamples, n_samples))
    first = np.arange(n_resamples // 2)[:, None]
    included[first, places[:, :half]] = 1
    included[first + n_resamples // 2, places[:, half : 2 * half]] = 1
    return included


def _named(strengths: Array, size: int) -> Array:
    """Mark the strongest genes of each resample, earlier names first among equals."""
    n_genes = strengths.shape[1]
    least = np.partition(strengths, n_genes - size, axis=1)[:, n_genes - size, None]
    above, level = strengths > least, strengths == least
    room = size - above.sum(axis=1, keepdims=True)
    named = above | (level & (np.cumsum(level, axis=1) <= room))
    return np.asarray(named & (strengths > 0), dtype=np.float64)
