"""Blocks of samples of a harmonised matrix, dense one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from atrasig.errors import UsageError
from atrasig.scoring.ranks import Array, RankBlock
from atrasig.scoring.universe import Universe

if TYPE_CHECKING:
    from anndata import AnnData

BLOCK_SAMPLES = 128


def sample_positions(expr: AnnData, samples: Sequence[str] | None) -> Array:
    """Rows of the named samples, in the order given; all rows for None.

    Raises
    ------
    UsageError
        If a name is not in the matrix.
    """
    if samples is None:
        return np.arange(expr.n_obs)
    positions = expr.obs_names.get_indexer(list(samples))
    missing = [name for name, place in zip(samples, positions, strict=True) if place < 0]
    if missing:
        raise UsageError(
            f"{len(missing)} samples are not in the matrix, the first is {missing[0]!r}",
            fix="Name samples as they stand in obs_names.",
        )
    return np.asarray(positions)


def dense_values(expr: AnnData, rows: Array, universe: Universe) -> Array:
    """Expression of some samples over the universe, dense float64, NaN where not measured."""
    from scipy.sparse import issparse

    block = expr.X[rows]
    block = block[:, universe.positions]
    dense = block.toarray() if issparse(block) else block
    return np.asarray(dense, dtype=np.float64)


def rank_blocks(
    expr: AnnData, universe: Universe, samples: Sequence[str] | None = None
) -> Iterator[tuple[list[str], RankBlock]]:
    """Rank the samples of a matrix block by block.

    Parameters
    ----------
    expr
        Harmonised matrix, samples x genes.
    universe
        Genes ranked against each other.
    samples
        Samples to rank, all by default.

    Yields
    ------
    tuple of list of str and RankBlock
        Sample names and their ranks; at most 128 samples at a time.
    """
    rows = sample_positions(expr, samples)
    for start in range(0, rows.size, BLOCK_SAMPLES):
        chosen = rows[start : start + BLOCK_SAMPLES]
        names = [str(name) for name in expr.obs_names[chosen]]
        yield names, RankBlock.from_values(dense_values(expr, chosen, universe))
