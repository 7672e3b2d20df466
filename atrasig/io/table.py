"""What every reader returns, and its way to an annotated matrix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from atrasig.errors import AtrasigError, FormatError, InputError

if TYPE_CHECKING:
    from anndata import AnnData

_SHOWN = 5
_PIECE = 256
_RESERVED = {"gene_id", "_index", "."}
_TextTable = TypeVar("_TextTable", pd.Series, pd.DataFrame)


@dataclass(frozen=True)
class RawMatrix:
    """A matrix as a reader found it.

    Parameters
    ----------
    values
        Shape (samples, genes), dense float64 or sparse; NaN where missing.
    samples, genes
        Names as written in the file; genes may repeat.
    gene_annotation
        Further columns on the genes, one row a gene.
    facts
        What the reader decided or ignored: strings and counts. ``declared_scale`` holds the scale
        where the format states it (``counts`` may then be fractional: expected counts of an
        aligner), ``unit`` is ``cell`` where the format holds single cells.
    layers, obs
        Further matrices and sample annotation, where the format carries them.
    faults
        Samples that cannot be read, by name, each with the reason; they have a row of NaN or none.
    """

    values: Any
    samples: list[str]
    genes: list[str]
    gene_annotation: pd.DataFrame
    facts: dict[str, str | int] = field(default_factory=dict)
    layers: dict[str, Any] = field(default_factory=dict)
    obs: pd.DataFrame | None = None
    faults: dict[str, AtrasigError] = field(default_factory=dict)

    def faulty_samples(self, wanted: Sequence[str] | None, where: str) -> dict[str, AtrasigError]:
        """Find the samples that cannot be read or hold an infinite value, each with the reason.

        Parameters
        ----------
        wanted
            Samples that are asked for; None for all.
        where
            File or folder, for messages.
        """
        rows = {name.strip(): row for row, name in enumerate(self.samples)}
        infinite = set(_infinite_rows(self.values))
        found = self.faults | {
            name: _infinite_fault(self.values[[row]], name, self.genes, where)
            for name, row in rows.items()
            if row in infinite and name not in self.faults
        }
        asked = None if wanted is None else {name.strip() for name in wanted}
        return {name: fault for name, fault in found.items() if asked is None or name in asked}

    def to_anndata(self, where: str, wanted: Sequence[str] | None) -> AnnData:
        """Build the annotated matrix, checking names and finiteness.

        Raises
        ------
        InputError
            If sample names repeat or a wanted sample is missing.
        FormatError
            If a value is infinite or there is no gene or no sample.
        """
        from anndata import AnnData

        rows = _sample_rows(self.samples, wanted, where)
        if not self.genes or not rows:
            raise FormatError(
                f"The matrix has {len(rows)} samples and {len(self.genes)} genes",
                where=where,
                fix="Give genes x samples or samples x genes with numeric values.",
            )
        values = _chosen(self.values, rows)
        _refuse_infinite(values, [self.samples[r] for r in rows], self.genes, where)
        annotation = as_text(self.gene_annotation)
        annotation.columns = pd.Index(storable_names(list(annotation)), dtype=object)
        annotation.insert(0, "gene_id", self.genes)
        annotation.index = pd.Index(unique_names(self.genes), dtype=object)
        given = [self.samples[row].strip() for row in rows] if wanted is None else list(wanted)
        names = pd.Index(given, dtype=object)
        obs = pd.DataFrame(index=names) if self.obs is None else as_text(self.obs.iloc[rows])
        obs.columns = pd.Index(storable_names(list(obs)), dtype=object)
        obs.index = names
        layers = {name: _chosen(layer, rows) for name, layer in self.layers.items()}
        return AnnData(X=values, obs=obs, var=annotation, layers=layers)


def unique_names(names: Sequence[str]) -> list[str]:
    """Make names unique: the second ``A`` becomes ``A#2``, the third ``A#3``."""
    taken, seen = set(names), Counter[str]()
    unique = []
    for name in names:
        seen[name] += 1
        numbered = name
        while seen[name] > 1 and numbered in taken:
            numbered = f"{name}#{seen[name]}"
            seen[name] += numbered in taken
        taken.add(numbered)
        unique.append(numbered)
    return unique


def storable_names(names: Sequence[object]) -> list[str]:
    """Make column names that h5ad can hold: no slash, none empty, reserved or repeated."""
    safe = [str(name).replace("/", "_") for name in names]
    return unique_names([f"{n}_of_file" if n in _RESERVED else n or "unnamed" for n in safe])


def as_text(table: _TextTable) -> _TextTable:
    """Turn the cells of a column or table into texts, ``""`` where missing."""
    return table.astype(object).where(table.notna(), "").astype(str).astype(object)


def missing_samples(
    missing: Sequence[str], n_wanted: int, present: Sequence[str], where: str
) -> InputError:
    """Make the error that names samples which are not in the matrix and some that are."""
    shown = ", ".join(map(repr, missing[:_SHOWN]))
    there = ", ".join(map(repr, present[:_SHOWN])) + (", ..." if len(present) > _SHOWN else "")
    return InputError(
        f"{len(missing)} of {n_wanted} samples of the sheet are not in the matrix: {shown}",
        where=where,
        fix=f"The matrix has {len(present)} samples: {there}. Names must be equal.",
    )


def _sample_rows(samples: list[str], wanted: Sequence[str] | None, where: str) -> list[int]:
    """Rows of the samples; blanks around a name, which no reader keeps, make no difference."""
    there = [name.strip() for name in samples]
    chosen = there if wanted is None else [name.strip() for name in wanted]
    repeated = [n for n, times in Counter(there).items() if times > 1 and n in set(chosen)]
    if repeated:
        raise InputError(
            f"Sample name {repeated[0]!r} stands {there.count(repeated[0])} times in the matrix",
            where=where,
            fix="Give each sample a name of its own.",
        )
    twice = [name for name, times in Counter(chosen).items() if times > 1]
    if twice:
        raise InputError(
            f"Sample {twice[0]!r} is asked for {chosen.count(twice[0])} times",
            where=where,
            fix="Name every sample once.",
        )
    place = {name: row for row, name in enumerate(there)}
    missing = [name for name in chosen if name not in place]
    if missing:
        raise missing_samples(missing, len(chosen), samples, where)
    return [place[name] for name in chosen]


def _chosen(values: Any, rows: list[int]) -> Any:
    """Rows of a matrix; the matrix itself where all of them are asked for in their order."""
    return values if rows == list(range(values.shape[0])) else values[rows]


def _refuse_infinite(values: Any, samples: list[str], genes: list[str], where: str) -> None:
    rows = _infinite_rows(values)
    if rows:
        raise _infinite_fault(values[[rows[0]]], samples[rows[0]], genes, where)


def _infinite_rows(values: Any) -> list[int]:
    """Rows that hold an infinite value, ascending."""
    from scipy.sparse import coo_array, issparse

    if not _has_infinite(values.data[None] if issparse(values) else values):
        return []
    if not issparse(values):
        return [int(row) for row in np.flatnonzero(np.isinf(values).any(axis=1))]
    entries = coo_array(values)
    return sorted({int(row) for row in entries.row[np.isinf(entries.data)]})


def _infinite_fault(row: Any, sample: str, genes: list[str], where: str) -> FormatError:
    from scipy.sparse import issparse

    column = int(np.flatnonzero(np.isinf(row.toarray() if issparse(row) else row)[0])[0])
    return FormatError(
        f"The value of gene {genes[column]!r} in sample {sample!r} is infinite",
        where=where,
        fix="Leave a missing value empty or NA.",
    )


def _has_infinite(values: np.ndarray) -> bool:
    """Look piece by piece along the memory, because a mask of the whole would be large."""
    rows = values if values.flags.c_contiguous else values.T
    return any(np.isinf(rows[at : at + _PIECE]).any() for at in range(0, len(rows), _PIECE))
