"""Scores of a block of samples, and the tables made of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atrasig.scoring.arrays import Array
from atrasig.scoring.blocks import SampleBlock, SetCounts
from atrasig.scoring.method import WHOLE, Method, MethodResult, Null
from atrasig.scoring.sets import SetIndex

Reasons = NDArray[np.object_]
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
        The signatures, over the genes of any of the methods.
    universe
        By method: name of the genes it scored over.
    counts
        By method: matched genes of each part, among those it scored over.
    reasons
        By method, shape (samples, signatures): why a set is not scored, empty where it is; None
        where all are.
    results
        Result of each method by name; scores below the method's floor are NaN.
    """

    samples: list[str]
    index: SetIndex
    universe: dict[str, str]
    counts: dict[str, SetCounts]
    reasons: dict[str, Reasons | None]
    results: dict[str, MethodResult]

    def of(self, rows: Sequence[int] | NDArray[np.intp]) -> ScoredBlock:
        """Take some of the samples."""

        def taken(result: MethodResult) -> MethodResult:
            null = result.null
            return MethodResult(
                result.score[rows],
                null and Null(null.mean[rows], null.sd[rows], null.p[rows]),
            )

        return ScoredBlock(
            [self.samples[row] for row in rows],
            self.index,
            self.universe,
            {n: SetCounts(own.up[rows], own.down[rows]) for n, own in self.counts.items()},
            {name: why if why is None else why[rows] for name, why in self.reasons.items()},
            {name: taken(result) for name, result in self.results.items()},
        )

    @classmethod
    def joined(cls, blocks: Sequence[ScoredBlock], methods: Sequence[str]) -> ScoredBlock:
        """Join the scores of the same samples by several methods, in the order of the methods."""
        if len(blocks) == 1:
            return blocks[0]
        of = {name: block for block in blocks for name in block.results}
        return cls(
            blocks[0].samples,
            blocks[0].index,
            {name: of[name].universe[name] for name in methods},
            {name: of[name].counts[name] for name in methods},
            {name: of[name].reasons[name] for name in methods},
            {name: of[name].results[name] for name in methods},
        )


def score_block(
    block: SampleBlock,
    index: SetIndex,
    methods: Iterable[Method],
    *,
    universe: str,
    with_null: bool = True,
) -> ScoredBlock:
    """Score samples by every method.

    Parameters
    ----------
    block
        The samples; the whole cohort for a method that needs it.
    index, methods
        Signatures and methods.
    universe
        Name of the genes of the block.
    with_null
        Whether moments and p-values are wanted.

    Returns
    -------
    ScoredBlock
        Scores, and where asked for their nulls.
    """
    methods = tuple(methods)
    if any(method.reads == "ranks" and not method.needs_cohort for method in methods):
        _ = block.ranked  # counts the measured genes on its way
    counts = block.counts(index)
    rows = block.distinct_rows
    floors = SetCounts(counts.up[rows], counts.down[rows])
    reasons: dict[str, Reasons | None] = {}
    results = {}
    for method in methods:
        why = floor_reasons(floors, index, block.n_present[rows], method)
        refusal = method.refusal(block.platform, len(block.names))
        if refusal:
            why = np.full((1, len(index.ids)), refusal, dtype=object)
            found = MethodResult(np.full(counts.up.shape, np.nan))
        else:
            found = method.function(block, index, with_null)
        if found.reasons is not None:
            why = found.reasons if why is None else np.where(found.reasons, found.reasons, why)
        scored = found.score if why is None else np.where(why == "", found.score, np.nan)
        results[method.name] = MethodResult(scored, found.null)
        reasons[method.name] = None if why is None else np.broadcast_to(why, scored.shape)
    names = tuple(results)
    return ScoredBlock(
        block.names,
        index,
        dict.fromkeys(names, universe),
        dict.fromkeys(names, counts),
        reasons,
        results,
    )


def floor_reasons(
    counts: SetCounts, index: SetIndex, n_present: Array, method: Method
) -> Reasons | None:
    """Say why a set is not scored in a sample.

    Parameters
    ----------
    counts, index
        Matched and published genes of each part.
    n_present
        Shape (samples,): ranked genes of each sample.
    method
        The method, with its floors.

    Returns
    -------
    numpy.ndarray or None
        Shape (samples, signatures); empty where as many of the published genes are measured as the
        method needs, at least one of each published direction, and, where the method ranks, other
        genes are ranked beside each part. None where this holds for all.
    """
    published = index.size_up + index.size_down
    one_sided = ((index.size_up > 0) & (counts.up == 0)) | (
        (index.size_down > 0) & (counts.down == 0)
    )
    few = (counts.matched < method.min_genes) | (counts.matched < method.min_coverage * published)
    everything = np.maximum(counts.up, counts.down) >= n_present[:, None]
    everything &= method.reads == "ranks"
    if not (few | one_sided | everything).any():
        return None
    reasons = np.full(counts.up.shape, "", dtype=object)
    reasons[everything] = WHOLE
    # A set is short in the same way in many samples, and is said to be once for all of them.
    failing = few | one_sided
    sizes = int(published.max()) + 1
    cases = ((counts.matched * sizes + published) * 2 + one_sided)[failing].astype(np.int64)
    distinct, places = np.unique(cases, return_inverse=True)
    words = [_short(case // 2, sizes, case % 2, method) for case in distinct.tolist()]
    reasons[failing] = np.asarray(words, dtype=object)[places]
    return reasons


def _short(found: int, sizes: int, one_sided: int, method: Method) -> str:
    matched, published = divmod(found, sizes)
    side = "; one direction has none" if one_sided else ""
    needed = f"needs {method.min_coverage:.0%} and at least {method.min_genes} genes"
    return f"{matched} of {published} genes measured{side}; {needed}"


def tidy_table(block: ScoredBlock) -> pd.DataFrame:
    """Lay a scored block out as one row a (sample, signature, method).

    Parameters
    ----------
    block
        Scored samples.

    Returns
    -------
    pandas.DataFrame
        Columns of the table of scores, ordered by sample, signature and method.
    """
    methods = list(block.results)
    shape = (len(block.samples), len(block.index.ids), len(methods))
    published = block.index.size_up + block.index.size_down
    matched = np.stack([block.counts[name].matched for name in methods], axis=2)
    universe = [block.universe[name] for name in methods]
    scores = np.stack([block.results[name].score for name in methods], axis=2)
    moments = [_standardise(block.results[name]) for name in methods]
    p = np.stack([found[1] for found in moments], axis=2)
    columns = {
        "sample": np.asarray(block.samples, dtype=object)[:, None, None],
        "signature": np.asarray(block.index.ids, dtype=object)[None, :, None],
        "version": np.asarray(block.index.versions, dtype=object)[None, :, None],
        "method": np.asarray(methods, dtype=object)[None, None, :],
        "universe": np.asarray(universe, dtype=object)[None, None, :],
        "score": scores,
        "z": np.stack([found[0] for found in moments], axis=2),
        "p": p,
        "q": _within_samples(p),
        "n_genes": published.astype(np.int64)[None, :, None],
        "n_matched": matched.astype(np.int64),
        "coverage": matched / published[None, :, None],
        "reason": np.stack([_in_words(block.reasons[name], shape[:2]) for name in methods], axis=2),
    }
    return pd.DataFrame({name: np.broadcast_to(columns[name], shape).ravel() for name in COLUMNS})


def _in_words(reasons: Reasons | None, shape: tuple[int, ...]) -> Reasons:
    return np.full(shape, "", dtype=object) if reasons is None else reasons


def _standardise(result: MethodResult) -> tuple[Array, Array]:
    """Give z and p of each score, NaN where there is no score or no null."""
    if result.null is None:
        none = np.full(result.score.shape, np.nan)
        return none, none
    mean, sd = result.null.mean, result.null.sd
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.where(sd > 0, (result.score - mean) / sd, np.nan)
    return z, np.where(np.isnan(z), np.nan, result.null.p)


def _within_samples(p: Array) -> Array:
    """Give q of each sample and method; shape (samples, signatures, methods), as p."""
    q = np.full(p.shape, np.nan)
    for sample, method in np.argwhere(~np.isnan(p).all(axis=1)):
        q[sample, :, method] = benjamini_hochberg(p[sample, :, method])
    return q


def benjamini_hochberg(p: Array) -> Array:
    """Compute Benjamini-Hochberg q of one family of p-values; NaN stays NaN and is not counted."""
    # Not by statsmodels, which takes longer to import than a block of samples to score.
    q = np.full(p.shape, np.nan)
    order = np.argsort(p)[: np.count_nonzero(~np.isnan(p))]  # NaN stand last
    steps = p[order] / (np.arange(1, order.size + 1) / order.size)
    q[order] = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1.0)
    return q


def wide_table(
    blocks: Iterable[ScoredBlock], n_samples: int, ids: Sequence[str], methods: Sequence[str]
) -> pd.DataFrame:
    """Lay scored blocks out as one row a sample.

    Parameters
    ----------
    blocks
        Scored samples.
    n_samples
        Samples of all blocks.
    ids
        Signatures, in the order of the blocks.
    methods
        Methods of the blocks.

    Returns
    -------
    pandas.DataFrame
        Samples x (method, signature), float32; NaN below the coverage floor.
    """
    samples: list[str] = []
    scores = np.empty((n_samples, len(methods), len(ids)), dtype=np.float32)
    for block in blocks:
        rows = slice(len(samples), len(samples) + len(block.samples))
        for place, name in enumerate(methods):
            scores[rows, place] = block.results[name].score
        samples += block.samples
    levels: Any = [pd.Index(list(names), dtype=object) for names in (methods, ids)]
    codes: Any = np.indices(scores.shape[1:]).reshape(2, -1)
    columns = pd.MultiIndex(levels, codes, names=["method", "signature"])
    index = pd.Index(samples, dtype=object)
    return pd.DataFrame(scores.reshape(n_samples, -1), index, columns, copy=False)
