"""ssGSEA, integral form, independent of the order of tied genes.

Barbie et al. 2009, doi:10.1038/nature08460, with weight exponent 0.25. Where genes tie, weights
come from tie-averaged ranks and positions are averaged over all orders of the tied genes.
"""

from __future__ import annotations

import numpy as np

from atrasig.scoring.method import EXPRESSION, Method, MethodResult, SetCounts, rank_variance
from atrasig.scoring.ranks import Array, RankBlock
from atrasig.scoring.sets import SetIndex, set_sums

EXPONENT = 0.25


def enrichment_score(
    rank_sum: Array, weight_sum: Array, weighted_rank_sum: Array, size: Array, n_genes: Array
) -> Array:
    """Compute the ssGSEA enrichment score from the sums over a set's own genes.

    ``ES = sum(r^a r) / sum(r^a) - (N(N+1)/2 - sum r) / (N - k)``

    Parameters
    ----------
    rank_sum, weight_sum, weighted_rank_sum
        Sums of ``r``, ``r^a`` and ``r^a r`` over the set, shape (samples, sets).
    size, n_genes
        Matched genes k and ranked genes N, broadcastable to the same shape.
    """
    hits = weighted_rank_sum / weight_sum
    misses = (n_genes * (n_genes + 1) / 2 - rank_sum) / (n_genes - size)
    return hits - misses


def _null_terms(block: RankBlock, weights: Array) -> tuple[Array, Array]:
    """Mean (samples, 3) and covariance (samples, 3, 3) of ``r^a r``, ``r^a``, ``r`` over genes."""
    features = np.stack([weights * block.ranks, weights, block.ranks], axis=1)
    n_genes = block.n_present[:, None]
    mean = features.sum(axis=2) / n_genes
    second = np.einsum("sig,sjg->sij", features, features) / n_genes[:, :, None]
    return mean, second - mean[:, :, None] * mean[:, None, :]


def _gradient(mean: Array, size: Array, n_genes: Array) -> Array:
    """Derive ES by the three set sums at the null mean, shape (samples, sets, 3)."""
    ratio = (mean[:, 0] / mean[:, 1])[:, None]
    per_weight = 1 / (size * mean[:, 1][:, None])
    return np.stack([per_weight, -ratio * per_weight, 1 / (n_genes - size)], axis=2)


def _null_mean(mean: Array, covariance: Array, size: Array, n_genes: Array) -> Array:
    """Null mean of ES to second order in the ratio of sums, shape (samples, sets)."""
    ratio = (mean[:, 0] / mean[:, 1])[:, None]
    bias = (ratio * covariance[:, 1, 1][:, None] - covariance[:, 0, 1][:, None]) / (
        mean[:, 1][:, None] ** 2
    )
    hits = ratio + bias * (n_genes - size) / (size * (n_genes - 1))
    return hits - (n_genes + 1) / 2


def ssgsea(block: RankBlock, counts: SetCounts, index: SetIndex) -> MethodResult:
    """Score a block by ssGSEA (ES, unnormalised); up part minus down part.

    Parameters
    ----------
    block
        Ranks of the samples.
    counts
        Matched genes of each part.
    index
        Signatures over the same universe.

    Returns
    -------
    MethodResult
        ES with the mean and standard deviation over random gene sets drawn without replacement
        (exact moments of the rank sums; the ratio in ES expanded to second order in the mean and
        to first order in the variance).
    """
    n_genes = block.n_present[:, None]
    weights = np.where(block.present, block.ranks**EXPONENT, 0.0)
    mean, covariance = _null_terms(block, weights)
    score = np.zeros(counts.up.shape)
    null_mean = np.zeros_like(score)
    gradients: list[Array] = []
    parts = (
        (index.up, counts.up, index.size_up, 1.0),
        (index.down, counts.down, index.size_down, -1.0),
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        for sets, size, published, sign in parts:
            es = enrichment_score(
                set_sums(block.ranks, sets),
                set_sums(weights, sets),
                set_sums(weights * block.ranks, sets),
                size,
                n_genes,
            )
            used = published > 0
            score += np.where(used, sign * es, 0.0)
            null_mean += np.where(used, sign * _null_mean(mean, covariance, size, n_genes), 0.0)
            gradients.append(np.where(used[:, None], sign * _gradient(mean, size, n_genes), 0.0))
        sd = np.sqrt(_null_variance(gradients[0], gradients[1], counts, covariance, n_genes))
    # Where all genes tie, every set scores the same and the width left is rounding.
    sd = np.where(rank_variance(block)[:, None] > 0, sd, 0.0)
    return MethodResult(score, null_mean, sd)


def _null_variance(
    up: Array, down: Array, counts: SetCounts, covariance: Array, n_genes: Array
) -> Array:
    """Variance of the linearised score of two disjoint random sets, shape (samples, sets)."""

    def form(left: Array, right: Array) -> Array:
        return np.asarray(np.einsum("smi,sij,smj->sm", left, covariance, right))

    own_up = counts.up * (n_genes - counts.up) * form(up, up)
    own_down = counts.down * (n_genes - counts.down) * form(down, down)
    cross = 2 * counts.up * counts.down * form(up, down)
    total = np.where(counts.up > 0, own_up, 0.0) + np.where(counts.down > 0, own_down, 0.0)
    return (total - np.where((counts.up > 0) & (counts.down > 0), cross, 0.0)) / (n_genes - 1)


METHOD = Method(
    name="ssgsea",
    title="ssGSEA (ES, tie-averaged)",
    reference="doi:10.1038/nature08460",
    needs_cohort=False,
    handles_direction=True,
    handles_weights=False,
    limits=(-np.inf, np.inf),
    null="exact moments of rank sums, ratio linearised; normal tails",
    accepts=EXPRESSION,
    function=ssgsea,
)
