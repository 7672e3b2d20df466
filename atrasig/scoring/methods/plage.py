"""PLAGE: the first principal component of a set's standardised genes, as activity of a pathway.

Tomfohr et al. 2005, doi:10.1186/1471-2105-6-225: each gene is standardised over the cohort, and
the score of a sample is its entry of the first right singular vector of the set's genes x samples.

The sign of a singular vector is arbitrary, and negating a gene does not change the vector. So
direction enters through the sign alone: the vector is turned such that it correlates positively
with the mean of the set's z-scores, those of down genes negated. (Recent versions of R's GSVA turn
it the same way; up to 1.46 the sign is the one that the linear algebra library returns.) Where that
mean does not correlate at all, the first gene of the set by symbol is made to rise with the score.

The vector has length 1 over the cohort: scores shrink as samples are added, and tell the samples
of one cohort apart and nothing more.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from atrasig.scoring.arrays import Array
from atrasig.scoring.blocks import SampleBlock
from atrasig.scoring.method import EXPRESSION, Method, MethodResult
from atrasig.scoring.methods.standardise import GeneScale, too_few
from atrasig.scoring.sets import SetIndex

NO_FIRST = "two components explain the same variance, so that the first one is not defined"
_SAME = 1e-10


def plage(block: SampleBlock, index: SetIndex, with_null: bool) -> MethodResult:
    """Score a cohort by the first singular vector of each set.

    Parameters
    ----------
    block
        The whole cohort.
    index
        Signatures over the same universe.
    with_null
        Not used: the method has no null.

    Returns
    -------
    MethodResult
        Scores whose squares add up to 1 over the cohort. Genes that are constant, or missing in any
        sample, leave the sets. NaN with a reason where too few are left, or where the first
        component is not defined.
    """
    scale = GeneScale.of(block.values)
    usable = scale.usable(index, scale.varies & scale.everywhere)
    reasons = too_few(block, usable, "measured in every sample and not constant over the cohort")
    signed = usable.up - usable.down
    values = block.values if isinstance(block.values, np.ndarray) else block.values.tocsc()
    score = np.full(reasons.shape, np.nan)
    for column in np.flatnonzero((reasons == "").all(axis=0)):
        part = slice(signed.indptr[column], signed.indptr[column + 1])
        genes, signs = signed.indices[part], signed.data[part]
        found = _activity(values[:, genes], scale.mean[genes], scale.sd[genes], signs)
        if found is None:
            reasons[:, column] = NO_FIRST
        else:
            score[:, column] = found
    return MethodResult(score, None, reasons)


def _activity(values: Any, mean: Array, sd: Array, signs: Array) -> Array | None:
    """First right singular vector of the standardised genes, turned; None if not defined.

    The genes are multiplied with each other rather than decomposed, so that sparse values are not
    filled up and a large cohort costs one product.
    """
    n_samples, n_genes = values.shape
    offset = mean / sd
    if isinstance(values, np.ndarray):
        scaled = values / sd - offset
        products = scaled.T @ scaled if n_genes <= n_samples else scaled @ scaled.T
        offset = np.zeros(n_genes)
    else:
        scaled = values.multiply(1 / sd).tocsc()
        products = (scaled.T @ scaled).toarray() - n_samples * np.outer(offset, offset)
    first = _first_vector(products)
    if first is None:
        return None
    if first.size == n_genes and (n_genes <= n_samples or not isinstance(values, np.ndarray)):
        first = scaled @ first - offset @ first
    first = first / np.linalg.norm(first)
    mean_z = scaled @ signs - offset @ signs
    agreement = first @ mean_z
    if abs(agreement) <= _SAME * np.linalg.norm(mean_z):
        one = np.eye(1, n_genes)[0]
        agreement = first @ (scaled @ one - offset @ one)
    return np.asarray(first if agreement > 0 else -first)


def _first_vector(products: Array) -> Array | None:
    from scipy.linalg import eigh

    last = products.shape[0] - 1
    sizes, vectors = eigh(products, subset_by_index=[max(last - 1, 0), last])
    if last > 0 and sizes[-1] - sizes[0] <= _SAME * sizes[-1]:
        return None
    return np.asarray(vectors[:, -1])


METHOD = Method(
    name="plage",
    title="PLAGE (first principal component of the set)",
    reference="doi:10.1186/1471-2105-6-225",
    needs_cohort=True,
    handles_direction=True,
    handles_weights=False,
    limits=(-1.0, 1.0),
    null="none: a singular vector has length 1 whatever the genes",
    accepts=EXPRESSION | {"zscore", "relative"},
    function=plage,
    reads="values",
    min_samples=3,
)
