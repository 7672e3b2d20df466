"""A matrix as scoring sees it: names of samples and genes, and blocks of rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from atrasig.errors import GeneIdError, InputError
from atrasig.scoring.blocks import positions_of
from atrasig.scoring.kernels.dense import TILE
from atrasig.scoring.sources.rows import Positions, RowReader, Values

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

DENSE_BYTES = 3 * 2**20
"""Bytes of the values of a dense block, from which its number of samples follows."""
SPARSE_BYTES = 16 * 2**20
"""The same of a sparse block: rows of cells are short, and small blocks of them cost time."""
LARGEST_BLOCK = 1024
"""Samples of a block at most."""


@dataclass(frozen=True)
class MatrixSource:
    """Samples x genes of any kind of input, read in blocks.

    Parameters
    ----------
    obs_names
        Names of the samples, each once.
    var_names
        Names of the genes, each once.
    biotype
        Ensembl biotype of each gene, or None where the matrix does not say.
    platform
        Platform class of the values (see :data:`atrasig.scoring.method.EXPRESSION`), ``""`` where
        it is not known.
    place
        Where the values stand: ``X``, ``layers['name']`` or ``raw.X``.
    rows
        Reads them.

    Raises
    ------
    GeneIdError
        If the name of a gene repeats.
    InputError
        If the name of a sample repeats.
    """

    obs_names: pd.Index
    var_names: pd.Index
    biotype: NDArray[np.object_] | None
    platform: str
    place: str
    rows: RowReader

    def __post_init__(self) -> None:
        if not self.var_names.is_unique:
            raise GeneIdError(
                _repeats(self.var_names, "gene"),
                fix="Pass the matrix through atrasig.harmonise(), which joins the rows of a gene, "
                "or call adata.var_names_make_unique().",
            )
        if not self.obs_names.is_unique:
            raise InputError(
                _repeats(self.obs_names, "sample"),
                fix="Call adata.obs_names_make_unique(), or give every sample its own name.",
            )

    @property
    def n_obs(self) -> int:
        """Number of samples."""
        return len(self.obs_names)

    @cached_property
    def block_size(self) -> int:
        """Samples of a block whose values take 3 MB at most, 16 MB where sparse; at most 1024."""
        wanted = SPARSE_BYTES if self.rows.sparse else DENSE_BYTES
        fitting = int(wanted / max(self.rows.row_bytes, 1.0))
        # Dense samples are ranked some side by side: a few left over cost as much as all of these.
        together = fitting if self.rows.sparse else fitting // TILE * TILE
        return min(max(together or fitting, 1), LARGEST_BLOCK)

    def positions(self, samples: Sequence[str] | None = None) -> Positions:
        """Rows of the named samples, in the order given; all rows for None.

        Raises
        ------
        UsageError
            If a name is not in the matrix.
        """
        return positions_of(self.obs_names, samples)

    @property
    def symbols(self) -> NDArray[np.object_]:
        """Names of the genes as an array."""
        return np.asarray(self.var_names, dtype=object)

    def columns_of(self, genes: Sequence[str]) -> Positions:
        """Column of each of some genes, -1 where it is not there."""
        import pandas as pd

        return np.asarray(self.var_names.get_indexer(pd.Index(genes, dtype=object)))

    def names(self, rows: Positions) -> list[str]:
        """Names of the samples in some rows."""
        return list(map(str, self.obs_names[rows].tolist()))

    def block(self, rows: slice | Positions, columns: Positions | None = None) -> Values:
        """Read some samples.

        Parameters
        ----------
        rows
            Rows of the matrix, in any order.
        columns
            Genes to give, in this order; all by default.

        Returns
        -------
        numpy.ndarray or scipy.sparse.csr_array
            Shape (rows, columns), float32 or float64. It may be memory of the input itself: do not
            change it.
        """
        chosen = np.arange(self.n_obs)[rows] if isinstance(rows, slice) else rows
        return self.rows.take(chosen, columns)

    def blocks(
        self,
        size: int | None = None,
        rows: Positions | None = None,
        columns: Positions | None = None,
    ) -> Iterator[tuple[Positions, Values]]:
        """Read samples block by block, in order.

        Parameters
        ----------
        size
            Samples of a block, :attr:`block_size` by default.
        rows, columns
            As for :meth:`block`; all samples and genes by default.

        Yields
        ------
        tuple of numpy.ndarray and block
            Rows of the block, and their values.
        """
        chosen = self.positions() if rows is None else rows
        step = size or self.block_size
        for start in range(0, chosen.size, step):
            part = chosen[start : start + step]
            yield part, self.rows.take(part, columns)


def biotypes_of(var: pd.DataFrame) -> NDArray[np.object_] | None:
    """Column ``biotype`` of the table of genes as text, None where there is none."""
    return np.asarray(var["biotype"].astype(str), dtype=object) if "biotype" in var else None


def platform_in(uns: Mapping[str, Any]) -> str:
    """Platform class that harmonising recorded in ``uns``, ``""`` where it did not."""
    own = uns.get("atrasig", {})
    return str(own.get("platform", "")) if isinstance(own, Mapping) else ""


def _repeats(names: pd.Index, what: str) -> str:
    repeated = names[names.duplicated()]
    return (
        f"{len(repeated)} {what} names repeat, the first is {str(repeated[0])!r}: "
        "which is meant cannot be told"
    )
