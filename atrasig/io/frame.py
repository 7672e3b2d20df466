"""From a table with names in its first column to a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from atrasig.errors import AtrasigError, FormatError
from atrasig.genes import looks_like_gene_ids
from atrasig.io.cells import MISSING, Array, Cells, is_mostly_numbers, to_numbers
from atrasig.io.columns import Roles, assign_roles, facts_on_ignored, numbers_on_samples
from atrasig.io.identifiers import is_transcript
from atrasig.io.table import RawMatrix, missing_samples

__all__ = ["MISSING", "choose_identifiers", "matrix_from_cells", "matrix_from_frame", "to_numbers"]

Facts = dict[str, str | int]
MIN_GENES = 0.05
"""Share of names that look like genes below which a table is taken for something else."""
_PROBED_NAMES = 400


def matrix_from_frame(
    frame: pd.DataFrame,
    samples: Sequence[str] | None,
    facts: Facts,
    path: Path,
    *,
    names_follow: bool = False,
) -> RawMatrix:
    """Turn a data frame into a matrix: see :func:`matrix_from_cells`."""
    return matrix_from_cells(Cells.of_frame(frame), samples, facts, path, names_follow=names_follow)


def matrix_from_cells(
    cells: Cells,
    samples: Sequence[str] | None,
    facts: Facts,
    path: Path,
    *,
    names_follow: bool = False,
) -> RawMatrix:
    """Turn a table into a matrix, deciding on which side the genes stand.

    Parameters
    ----------
    cells
        First column the names of the rows; then samples and annotation, or genes.
    samples
        Names to read as samples, where they are known.
    facts
        What the reader has found so far; orientation and counts are added.
    path
        File, for messages.
    names_follow
        Whether another table will turn the names into genes, so that they need not look like any.

    Raises
    ------
    FormatError
        If nothing in the table looks like genes, it holds statistics instead of samples, a cell
        of a sample is not a number, or a column of numbers has no name or not its own.
    InputError
        If a named sample is not in the table.
    """
    cells, n_empty = cells.without_empty()
    facts = facts | {"empty_columns": n_empty}
    if len(cells.header) < 2:
        raise FormatError(
            "There is only one column",
            where=str(path),
            fix="Give a column of names and at least one column of values.",
        )
    wanted = None if samples is None else [name.strip() for name in samples]
    if _genes_in_columns(cells, wanted, path, names_follow=names_follow):
        return _samples_in_rows(cells, wanted, facts, path)
    return _genes_in_rows(cells, wanted, facts, path)


def choose_identifiers(
    candidates: dict[str, pd.Series], facts: Facts
) -> tuple[list[str], pd.DataFrame]:
    """Choose the column that looks most like identifiers of genes.

    Parameters
    ----------
    candidates
        Columns of text by name; where several draw, the first is taken.
    facts
        Gets ``identifier_column``.

    Returns
    -------
    identifiers : list of str
        The chosen column.
    annotation : pandas.DataFrame
        The others.
    """
    known = {name: _gene_likeness(list(column)) for name, column in candidates.items()}
    best = max(candidates, key=known.__getitem__)
    facts["identifier_column"] = best
    others = {name: list(column) for name, column in candidates.items() if name != best}
    identifiers = [_plain(text) for text in candidates[best]]
    return identifiers, pd.DataFrame(others, index=range(len(identifiers)), dtype=object)


def _gene_likeness(names: Sequence[object]) -> float:
    """How much names look like genes, 0 to 1.

    Bare numbers and transcripts count half, because any number is somebody's identifier and a
    gene beside its transcript is what is wanted. A few words that are repeated are categories.
    """
    if len(names) == 0:
        return 0.0
    places = np.unique(np.linspace(0, len(names) - 1, _PROBED_NAMES).astype(int))
    probed = [_plain(str(names[place])) for place in places]
    distinct = sorted(set(probed))
    if 2 * len(distinct) < len(probed):
        return 0.0
    halved = sum(name.isdigit() or is_transcript(name) for name in distinct) / len(distinct)
    return looks_like_gene_ids(distinct) * (1 - halved / 2)


def _genes_in_columns(
    cells: Cells, wanted: Sequence[str] | None, path: Path, *, names_follow: bool
) -> bool:
    if wanted is not None:
        if set(wanted) & set(cells.header[1:]):
            return False
        if any(set(wanted) & set(cells.names_in(place)) for place in cells.texts):
            return True
    in_columns = _gene_likeness([cells.header[place] for place in cells.number_places])
    in_rows = max(_gene_likeness(list(column)) for column in cells.texts.values())
    if wanted is None and not names_follow and max(in_columns, in_rows) < MIN_GENES:
        shown = ", ".join(map(repr, cells.row_names[:3]))
        raise FormatError(
            "No column and no header looks like gene identifiers: the rows begin with "
            f"{shown}, the columns are {', '.join(map(repr, cells.header[1:4]))}",
            where=str(path),
            fix="Give a matrix with Ensembl ids, Entrez ids or symbols; name the probes of an "
            "array by --platform TABLE.",
        )
    return in_columns > in_rows


def _genes_in_rows(
    cells: Cells, wanted: Sequence[str] | None, facts: Facts, path: Path
) -> RawMatrix:
    faulty = [p for p in sorted(cells.texts) if p and is_mostly_numbers(cells.texts[p])]
    roles = assign_roles(cells, faulty, wanted, path)
    present = [cells.header[place] for place in sorted([*cells.number_places, *faulty])]
    names = [_named(cells.header[place], place, path) for place in roles.samples]
    if wanted is not None and not set(wanted) <= set(names):
        missing = sorted(set(wanted) - set(names))
        raise missing_samples(missing, len(set(wanted)), present, str(path))
    values, faults = _values(cells, roles, path)
    facts["orientation"] = "genes in rows"
    facts |= roles.facts(cells)
    text = {cells.title(place): cells.texts[place] for place in roles.annotation}
    identifiers, annotation = choose_identifiers(text, facts)
    return RawMatrix(values, names, identifiers, annotation, facts, faults=faults)


def _values(cells: Cells, roles: Roles, path: Path) -> tuple[Array, dict[str, AtrasigError]]:
    """Values of the samples, shape (samples, rows), and the faults of those with another cell."""
    if not any(place in cells.texts for place in roles.samples):
        return cells.stack(roles.samples), {}
    numeric, faults = set(cells.number_places), dict[str, AtrasigError]()
    rows = []
    for place in roles.samples:
        try:
            numbers = cells.column(place) if place in numeric else None
            rows.append(_checked_numbers(cells, place, path) if numbers is None else numbers)
        except FormatError as error:
            faults[cells.header[place]] = error
            rows.append(np.full(cells.n_rows, np.nan))
    return np.stack(rows), faults


def _checked_numbers(cells: Cells, place: int, path: Path) -> Array:
    column = cells.texts[place]
    numbers, wrong = to_numbers(column)
    if wrong.any():
        raise _no_number(cells, place, int(np.flatnonzero(wrong)[0]), path, int(wrong.sum()))
    return numbers


def _no_number(cells: Cells, place: int, row: int, path: Path, several: int = 1) -> FormatError:
    return FormatError(
        f"{str(cells.texts[place].iloc[row])!r} is not a number"
        + (f"; {several} such cells in the column" if several > 1 else ""),
        where=f"{path}, row {str(cells.texts[0].iloc[row])!r}, column {cells.title(place)!r}",
        fix="Leave a missing value empty or NA; write all numbers with the same decimal mark. "
        "If the column is no sample, name the samples in a sheet.",
    )


def _named(name: str, place: int, path: Path) -> str:
    if not name:
        raise FormatError(
            f"Column {place + 1} holds numbers and has no name",
            where=str(path),
            fix="Name every sample in the header.",
        )
    return name


def _plain(identifier: str) -> str:
    text = identifier.strip()
    # A column of whole numbers with one gap is read as 7105.0.
    return text[:-2] if text.endswith(".0") and text[:-2].isdigit() else text


def _samples_in_rows(
    cells: Cells, wanted: Sequence[str] | None, facts: Facts, path: Path
) -> RawMatrix:
    cells, wrong = _with_damaged_genes(cells, path)
    naming = _naming_column(cells, wanted)
    ignored = {
        "texts": [place for place in sorted(cells.texts) if place != naming],
        "sample_numbers": numbers_on_samples(cells),
    }
    places = [place for place in cells.number_places if place not in set(ignored["sample_numbers"])]
    genes = [_named(cells.header[place], place, path) for place in places]
    facts |= {"orientation": "samples in rows", "sample_column": cells.title(naming)}
    facts |= facts_on_ignored(cells, ignored)
    values = np.ascontiguousarray(cells.stack(places).T)
    annotation = pd.DataFrame(index=range(len(genes)))
    names = [str(name) for name in cells.texts[naming]]
    faults = {names[row].strip(): fault for row, fault in wrong.items()}
    return RawMatrix(values, names, genes, annotation, facts, faults=faults)


def _with_damaged_genes(cells: Cells, path: Path) -> tuple[Cells, dict[int, AtrasigError]]:
    """Take columns of genes in which a few samples have no number; the faults by row.

    A column that is named like no gene may describe the samples, so a word in it is refused.
    """
    found: dict[int, Array] = {}
    faults: dict[int, AtrasigError] = {}
    for place in sorted(cells.texts):
        if not place or not is_mostly_numbers(cells.texts[place]):
            continue
        numbers, wrong = to_numbers(cells.texts[place])
        if not wrong.any():
            continue
        if not looks_like_gene_ids([cells.header[place]]):
            _checked_numbers(cells, place, path)
        found[place] = numbers
        for row in np.flatnonzero(wrong):
            faults.setdefault(int(row), _no_number(cells, place, int(row), path))
    if not found:
        return cells, {}
    columns = {place: cells.column(place) for place in cells.number_places} | found
    places = sorted(columns)
    texts = {place: text for place, text in cells.texts.items() if place not in found}
    return Cells(cells.header, np.stack([columns[p] for p in places]), places, texts), faults


def _naming_column(cells: Cells, wanted: Sequence[str] | None) -> int:
    """Place of the column that names the samples: the first, unless it cannot."""
    names = {place: cells.names_in(place) for place in sorted(cells.texts)}
    if wanted is not None:
        return max(names, key=lambda place: len(set(wanted) & set(names[place])))
    able = [place for place in names if len({*names[place]} - {""}) == cells.n_rows]
    words = [place for place in able if not _is_running(names[place])]
    return (words or able or [0])[0]


def _is_running(names: Sequence[str]) -> bool:
    """Whether names only number the rows."""
    return any(list(names) == [str(n) for n in range(at, at + len(names))] for at in (0, 1))
