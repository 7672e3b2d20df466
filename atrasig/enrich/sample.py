"""Enrichment of gene sets in one sample at a time, without a cohort."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atrasig.enrich.parts import SetPart, enrichment_table, set_parts
from atrasig.scoring.arrays import Array
from atrasig.scoring.blocks import SampleBlock, platform_of, sample_blocks
from atrasig.scoring.features import RANK
from atrasig.scoring.method import MIN_COVERAGE, WHOLE, refuses_to_rank
from atrasig.scoring.methods.ssgsea import part_sums
from atrasig.scoring.nulls import LinearScore, linear_null
from atrasig.scoring.sets import GeneSets, membership
from atrasig.scoring.tables import benjamini_hochberg
from atrasig.scoring.universe import Universe, select_universe

if TYPE_CHECKING:
    from anndata import AnnData

    from atrasig.signatures import Signature

METRIC = "rank sum"
MIN_MATCHED = 5
MAX_LEADING_EDGE = 25


def enrich_samples(
    expr: AnnData,
    signatures: Iterable[Signature] | None = None,
    *,
    universe: str | Sequence[str] = "coding",
    samples: Sequence[str] | None = None,
    min_matched: int = MIN_MATCHED,
    min_coverage: float = MIN_COVERAGE,
) -> pd.DataFrame:
    """Test in each sample whether the genes of a set rank high or low among all genes.

    Every number rests on the sample alone: other samples never change it. The test compares with
    random gene sets, so it says whether a programme is expressed in the sample, not whether the
    sample differs from others; it ignores gene-gene correlation.

    Parameters
    ----------
    expr
        Harmonised matrix, samples x genes, log2 scale, NaN where not measured.
    signatures
        Signatures to test; by default the shipped ones and those of the user's library.
    universe
        Genes ranked against each other: ``coding``, ``all`` or a list of symbols.
    samples
        Samples to test, all by default.
    min_matched, min_coverage
        A part with fewer measured genes, or with a smaller measured fraction of its genes, keeps
        its row with NaN, an empty leading edge and a ``reason``, and so do all parts where the
        values do not order the genes of a sample (z-scores, log ratios).

    Returns
    -------
    pandas.DataFrame
        One row a sample, signature and direction (``scope`` is ``sample``, ``contrast`` empty).
        ``es``: ssGSEA enrichment score of the part (Barbie 2009, doi:10.1038/nature08460), ties
        averaged. ``nes``: always NaN, for a normalised score needs a cohort or permutations.
        ``z``: the sum of the part's ranks against its exact mean and variance when as many genes
        are drawn without replacement, ties included. Two-sided ``p``: the tails of that draw, the
        same as of singscore (:func:`atrasig.scoring.nulls.linear_null`). ``q``:
        Benjamini-Hochberg within the sample over its rows. ``leading_edge``: for an up part the
        genes ranked above the middle of the sample, highest first; for a down part those below,
        lowest first; at most 25, ties by symbol.

    Raises
    ------
    UsageError
        If there is nothing to test or a sample is not in the matrix.
    """
    if signatures is None:
        from atrasig.signatures import load_with_shipped

        signatures = load_with_shipped()
    parts = set_parts(signatures)
    genes = select_universe(expr, universe)
    members = membership([part.genes for part in parts], genes.symbols)
    published = np.array([float(len(part.genes)) for part in parts])
    refusal = refuses_to_rank("the rank sum test", platform_of(expr))
    frames = []
    for block in sample_blocks(expr, genes, samples):
        n_matched = block.count(members)
        needed = np.maximum(min_matched, np.ceil(min_coverage * published))
        reasons = _reasons(refusal, n_matched, published, needed, block.n_present)
        tested = reasons == ""
        es, z, p = _statistics(block, members, n_matched, tested)
        edges = _leading_edges(block, parts, members, genes, tested)
        frames.append(_block_table(block.names, parts, n_matched, es, z, p, edges, reasons))
    return enrichment_table(frames)


def _reasons(
    refusal: str, n_matched: Array, published: Array, needed: Array, n_present: Array
) -> NDArray[np.object_]:
    """Why a part is not tested in a sample, (samples, parts); empty where it is."""
    reasons = np.full(n_matched.shape, refusal, dtype=object)
    if refusal:
        return reasons
    reasons[n_matched >= n_present[:, None]] = WHOLE
    for row, part in np.argwhere(n_matched < needed):
        found = f"{int(n_matched[row, part])} of {int(published[part])} genes measured"
        reasons[row, part] = f"{found}; needs {int(needed[part])}"
    return reasons


def _statistics(
    block: SampleBlock, members: GeneSets, size: Array, tested: NDArray[np.bool_]
) -> tuple[Array, Array, Array]:
    """ES, z and p, shape (samples, parts) each; NaN where not tested."""
    sums = part_sums(block, members, size)
    es = np.where(tested, sums.enrichment(block.n_present[:, None]), np.nan)
    rank_sum = np.where(tested, sums.rank, np.nan)
    z, p = np.empty_like(rank_sum), np.empty_like(rank_sum)
    for row in range(rank_sum.shape[0]):
        score = LinearScore.of(RANK, const=0.0, a_up=1.0, k_up=size[row])
        tails = linear_null(block.population(row), score, rank_sum[row])
        known = ~np.isnan(rank_sum[row]) & (tails.sd > 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            z[row] = np.where(known, (rank_sum[row] - tails.mean) / tails.sd, np.nan)
        p[row] = np.where(known, tails.p, np.nan)
    return es, z, p


def _leading_edges(
    block: SampleBlock,
    parts: Sequence[SetPart],
    members: GeneSets,
    genes: Universe,
    tested: NDArray[np.bool_],
) -> NDArray[np.object_]:
    """Join the symbols of the genes on the part's own side of the middle, (samples, parts)."""
    middle = (block.n_present[:, None] + 1) / 2
    ranks = block.ranked.dense()
    edges = np.full(tested.shape, "", dtype=object)
    for column, part in enumerate(parts):
        own = members.indices[members.indptr[column] : members.indptr[column + 1]]
        sign = 1.0 if part.direction == "up" else -1.0
        excess = np.nan_to_num(sign * (ranks[:, own] - middle), nan=-np.inf)
        # The universe is ordered by symbol, so a stable sort breaks ties by symbol.
        order = np.argsort(-excess, axis=1, kind="stable")
        n_kept = np.minimum((excess > 0).sum(axis=1), MAX_LEADING_EDGE)
        symbols = genes.symbols[own]
        for row in np.flatnonzero(tested[:, column]):
            edges[row, column] = ";".join(symbols[order[row, : n_kept[row]]])
    return edges


def _block_table(
    names: Sequence[str],
    parts: Sequence[SetPart],
    n_matched: Array,
    es: Array,
    z: Array,
    p: Array,
    edges: NDArray[np.object_],
    reasons: NDArray[np.object_],
) -> pd.DataFrame:
    n_samples = len(names)
    q = np.vstack([benjamini_hochberg(row) for row in p])
    return pd.DataFrame(
        {
            "scope": "sample",
            "sample": np.repeat(np.asarray(names, dtype=object), len(parts)),
            "contrast": "",
            "signature": [part.signature for part in parts] * n_samples,
            "direction": [part.direction for part in parts] * n_samples,
            "metric": METRIC,
            "es": es.ravel(),
            "nes": np.nan,
            "z": z.ravel(),
            "p": p.ravel(),
            "q": q.ravel(),
            "n_genes": [len(part.genes) for part in parts] * n_samples,
            "n_matched": n_matched.ravel(),
            "leading_edge": edges.ravel(),
            "reason": reasons.ravel(),
        }
    )
