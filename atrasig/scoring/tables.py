"""Scores of a block of samples, and the tables made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atrasig.scoring.method import Method, MethodResult, SetCounts
from atrasig.scoring.ranks import Array, RankBlock
from atrasig.scoring.sets import SetIndex

MIN_COVERAGE = 0.5
MIN_GENES = 3
WHOLE = "the set holds every ranked gene"
COLUMNS = (
    "sample", "signature", "version", "method", "universe", "score", "z", "p", "q",
    "n_genes", "n_matched", "coverage", "reason",
)  # fmt: skip


@dataclass(frozen=True)
class ScoredBlock:
    """Scores of a block by every method.

    Parameters
    ----------
    samples
        Names of the samples.
    index
        The signatures.
    counts
        Matched genes of each part.
    reasons
        By method, shape (samples, signatures): why a set is not scored, empty where it is.
    results
        Result of each method by name; scores below the coverage floor are NaN.
    """

    samples: list[str]
    index: SetIndex
    counts: SetCounts
    reasons: dict[str, NDArray[np.object_]]
    results: dict[str, MethodResult]


def score_block(
    samples: list[str],
    block: RankBlock,
    index: SetIndex,
    methods: Iterable[Method],
    platform: str = "",
) -> ScoredBlock:
    """Score ranked samples by every method.

    Parameters
    ----------
    samples, block
        Names and ranks of the samples.
    index, methods
        Signatures and methods.
    platform
        Platform class of the values, empty where it is not known.

    Returns
    -------
    ScoredBlock
        Scores with the moments of their null.
    """
    counts = SetCounts.count(block, index)
    too_few = floor_reasons(counts, index, block.n_present)
    reasons, results = {}, {}
    for method in methods:
        refusal = method.refusal(platform)
        why = np.full_like(too_few, refusal) if refusal else too_few
        found = method.function(block, counts, index)
        scores = np.where(why == "", found.score, np.nan)
        results[method.name] = MethodResult(scores, found.null_mean, found.null_sd)
        reasons[method.name] = why
    return ScoredBlock(samples, index, counts, reasons, results)


def floor_reasons(counts: SetCounts, index: SetIndex, n_present: Array) -> NDArray[np.object_]:
    """Say why a set is not scored in a sample.

    Parameters
    ----------
    counts, index
        Matched and published genes of each part.
    n_present
        Shape (samples,): ranked genes of each sample.

    Returns
    -------
    numpy.ndarray
        Shape (samples, signatures); empty where at least half of the published genes, at least
        three, and at least one of each published direction are measured, and other genes are
        ranked beside each part.
    """
    published = index.size_up + index.size_down
    one_sided = ((index.size_up > 0) & (counts.up == 0)) | (
        (index.size_down > 0) & (counts.down == 0)
    )
    few = (counts.matched < MIN_GENES) | (counts.matched < MIN_COVERAGE * published)
    reasons = np.full(counts.up.shape, "", dtype=object)
    for row, column in np.argwhere(few | one_sided):
        found = f"{int(counts.matched[row, column])} of {int(published[column])} genes measured"
        side = "; one direction has none" if one_sided[row, column] else ""
        reasons[row, column] = (
            f"{found}{side}; needs {MIN_COVERAGE:.0%} and at least {MIN_GENES} genes"
        )
    everything = np.maximum(counts.up, counts.down) >= n_present[:, None]
    reasons[everything & (reasons == "")] = WHOLE
    return reasons


def tidy_table(block: ScoredBlock, universe: str) -> pd.DataFrame:
    """Lay a scored block out as one row a (sample, signature, method).

    Parameters
    ----------
    block
        Scored samples.
    universe
        Name of the ranking universe.

    Returns
    -------
    pandas.DataFrame
        Columns of the table of scores, ordered by sample, signature and method.
    """
    methods = list(block.results)
    shape = (*block.counts.up.shape, len(methods))
    published = block.index.size_up + block.index.size_down
    scores = np.stack([block.results[name].score for name in methods], axis=2)
    moments = [_standardise(block.results[name]) for name in methods]
    p = np.stack([found[1] for found in moments], axis=2)
    columns = {
        "sample": np.asarray(block.samples, dtype=object)[:, None, None],
        "signature": np.asarray(block.index.ids, dtype=object)[None, :, None],
        "version": np.asarray(block.index.versions, dtype=object)[None, :, None],
        "method": np.asarray(methods, dtype=object)[None, None, :],
        "universe": np.asarray([universe], dtype=object)[None, None, :],
        "score": scores,
        "z": np.stack([found[0] for found in moments], axis=2),
        "p": p,
        "q": np.apply_along_axis(benjamini_hochberg, 1, p),
        "n_genes": published.astype(np.int64)[None, :, None],
        "n_matched": block.counts.matched.astype(np.int64)[:, :, None],
        "coverage": (block.counts.matched / published)[:, :, None],
        "reason": np.stack([block.reasons[name] for name in methods], axis=2),
    }
    return pd.DataFrame({name: np.broadcast_to(columns[name], shape).ravel() for name in COLUMNS})


def _standardise(result: MethodResult) -> tuple[Array, Array]:
    from scipy.stats import norm

    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.where(result.null_sd > 0, (result.score - result.null_mean) / result.null_sd, np.nan)
    return z, np.asarray(2 * norm.sf(np.abs(z)))


def benjamini_hochberg(p: Array) -> Array:
    """Compute Benjamini-Hochberg q of one family of p-values; NaN stays NaN and is not counted."""
    from statsmodels.stats.multitest import multipletests

    q = np.full(p.shape, np.nan)
    tested = ~np.isnan(p)
    if tested.any():
        q[tested] = multipletests(p[tested], method="fdr_bh")[1]
    return q


def wide_tables(blocks: Iterable[ScoredBlock]) -> dict[str, pd.DataFrame]:
    """Lay scored blocks out as one table a method.

    Parameters
    ----------
    blocks
        Scored samples.

    Returns
    -------
    dict of str to pandas.DataFrame
        By method: samples x signatures, float32; NaN below the coverage floor.
    """
    samples: list[str] = []
    parts: dict[str, list[NDArray[np.float32]]] = {}
    ids: tuple[str, ...] = ()
    for block in blocks:
        samples += block.samples
        ids = block.index.ids
        for name, result in block.results.items():
            parts.setdefault(name, []).append(result.score.astype(np.float32))
    rows, columns = pd.Index(samples, dtype=object), pd.Index(ids, dtype=object)
    return {
        name: pd.DataFrame(np.vstack(scores), index=rows, columns=columns)
        for name, scores in parts.items()
    }
