"""What the files of quantifiers share: named columns, the name of a sample, counts beside TPM."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atrasig.errors import FormatError, InputError
from atrasig.io.compression import open_text
from atrasig.io.format import Head
from atrasig.io.options import ReadOptions
from atrasig.io.rows import check_width, read_numbers, tab_rows
from atrasig.io.table import RawMatrix

Numbers = NDArray[np.float64]

_PACKED = re.compile(r"\.(?:gz|bz2|xz|zip)$", re.IGNORECASE)
_QUANTIFIER = re.compile(
    r"[._-]?ReadsPerGene\.out\.tab$|(?:^|[._-])(?:(?:genes|isoforms)\.results|quant(?:\.genes)?\.sf"
    r"|abundance\.(?:tsv|h5)|(?:rna_seq\.)?(?:augmented_)?star_gene_counts\.tsv)$",
    re.IGNORECASE,
)
_TABLE = re.compile(
    r"(?:(?:^|[._-])(?:(?:htseq|feature|read|gene|raw)[._-]?)?counts?|[._-]htseq)?"
    r"(?:\.(?:txt|tsv|tab|csv|out))?$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Columns:
    """The columns of a table, as text.

    Parameters
    ----------
    path
        The file, for messages.
    texts
        Fields by name of the column, in the order of the file.
    lines
        Line number of every row.
    comments
        Lines above the header that begin with ``#``.
    """

    path: Path
    texts: Mapping[str, Sequence[str]]
    lines: Sequence[int]
    comments: Sequence[str] = ()

    def names(self, column: str) -> list[str]:
        """Give a column of identifiers.

        Raises
        ------
        FormatError
            If one is empty.
        """
        names = [text.strip() for text in self.texts[column]]
        if "" in names:
            raise FormatError(
                "The identifier is empty", where=self._at(names.index("")), fix=_AGAIN
            )
        return names

    def numbers(self, column: str) -> Numbers:
        """Give a column of numbers, NaN where missing.

        Raises
        ------
        FormatError
            If a field is neither a number nor missing.
        """
        numbers: Numbers = read_numbers(
            self.texts[column], lambda row: f"{self._at(row)}, column {column!r}"
        )
        return numbers

    def counts(self, column: str) -> Numbers:
        """Give a column of counts, whole or expected.

        Raises
        ------
        FormatError
            If a field is no number, missing or negative.
        """
        counts = self.numbers(column)
        wrong = np.flatnonzero(~(counts >= 0))
        if wrong.size:
            row = int(wrong[0])
            text = self.texts[column][row]
            raise FormatError(
                f"{text!r} is no count; {wrong.size} such fields in the column",
                where=f"{self._at(row)}, column {column!r}",
                fix=_AGAIN,
            )
        return counts

    def annotation(self, *columns: str) -> dict[str, Sequence[str]]:
        """Give those of some columns that the file has."""
        return {column: self.texts[column] for column in columns if column in self.texts}

    def _at(self, row: int) -> str:
        return f"{self.path}, line {self.lines[row]}"


_AGAIN = "The file is damaged or was changed by hand; write it again."


def header_of(head: Head) -> list[str]:
    """Split the first line that is no comment at tabs, or where there are none at commas."""
    line = next((line for line in head.lines if line.strip() and not line.startswith("#")), "")
    fields = next(csv.reader([line], delimiter=_separator(line)), []) if '"' in line else None
    return [f.strip() for f in (line.split(_separator(line)) if fields is None else fields)]


def has_header(*required: str) -> Callable[[Head], bool]:
    """Make a test for text whose header begins with one name and holds others."""
    first, others = required[0], set(required[1:])

    def recognises(head: Head) -> bool:
        header = header_of(head)
        return header[0] == first and others <= set(header)

    return recognises


def read_columns(path: Path, *headers: Sequence[str]) -> Columns:
    """Read a table of which every row has all its fields.

    Parameters
    ----------
    path
        Text separated by tabs or commas, packed or not; comments may stand above it.
    *headers
        Names of the columns of a file without a header, for each width that it may have.

    Raises
    ------
    FormatError
        If a row is cut short or too long, a name repeats, or there is no row.
    """
    with open_text(path) as handle:
        lines = [line.rstrip("\r\n") for line in handle]
        start = next((i for i, t in enumerate(lines) if t.strip() and not t.startswith("#")), None)
        if start is None:
            raise FormatError(
                "There is no table in the file", where=str(path), fix="Give a table with values."
            )
        comments, body = [text.strip() for text in lines[:start]], lines[start:]
        separator = _separator(body[0])
        first = next(csv.reader(body[:1], delimiter=separator))
        header = next(
            (names for names in headers if len(names) == len(first)), (*headers, first)[0]
        )
        skipped = 0 if headers else 1
        fields, numbers = _split(body[skipped:], len(header), start + skipped + 1, separator, path)
    names = [name.strip() for name in header]
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        raise FormatError(
            f"Column name {repeated[0]!r} stands {names.count(repeated[0])} times in the header",
            where=str(path),
            fix="Give each column a name of its own.",
        )
    if not numbers:
        raise FormatError("There is no line below the header", where=str(path), fix="Give values.")
    texts = {name: fields[place :: len(names)] for place, name in enumerate(names)}
    return Columns(path, texts, numbers, comments)


def sample_name(path: Path) -> tuple[str, str]:
    """Derive the name of a sample from that of its file.

    Parameters
    ----------
    path
        The file of one sample.

    Returns
    -------
    name : str
        The file's name without the endings of packers, quantifiers and tables; where nothing is
        left (``quant.sf``, ``abundance.tsv``), the name of its folder.
    by : str
        ``file`` or ``folder``.
    """
    plain = _PACKED.sub("", path.name)
    ending = _QUANTIFIER if _QUANTIFIER.search(plain) else _TABLE
    name = ending.sub("", plain, count=1).rstrip("._-")
    return (name, "file") if name else (path.resolve().parent.name or "sample", "folder")


def is_named_by_quantifier(path: Path) -> bool:
    """Tell whether a file has the ending that a quantifier gives (``.genes.results``, ...)."""
    return _QUANTIFIER.search(_PACKED.sub("", path.name)) is not None


def one_sample(
    path: Path,
    options: ReadOptions,
    genes: list[str],
    values: dict[str, Numbers],
    annotation: Mapping[str, Sequence[str]],
    facts: dict[str, str | int] | None = None,
) -> RawMatrix:
    """Make the matrix of one sample.

    Parameters
    ----------
    path
        The file, which names the sample unless `options` name exactly one.
    options
        ``quantity`` and ``samples``.
    genes
        Identifiers as written.
    values
        ``counts``, and ``tpm`` where the file has them, one entry a gene.
    annotation
        Further columns on the genes.
    facts
        What the reader has found.

    Returns
    -------
    RawMatrix
        The chosen quantity as values, the other as a layer of its name.

    Raises
    ------
    InputError
        If the file does not hold the quantity asked for.
    """
    quantity = choose_quantity(options, list(values), path)
    name, by = sample_name(path)
    if options.samples is not None and len(options.samples) == 1:
        name, by = options.samples[0], "sheet"
    rows = {key: numbers[np.newaxis] for key, numbers in values.items()}
    found: dict[str, str | int] = {
        "orientation": "genes in rows",
        "quantity": quantity,
        "declared_scale": quantity,
        "sample_named_by": by,
    }
    return RawMatrix(
        rows.pop(quantity),
        [name],
        genes,
        pd.DataFrame(dict(annotation), index=range(len(genes)), dtype=object),
        found | (facts or {}),
        rows,
    )


def choose_quantity(options: ReadOptions, held: Sequence[str], path: Path) -> str:
    """Choose the quantity that becomes the values: the first one held unless one is asked for.

    Raises
    ------
    InputError
        If the file does not hold it.
    """
    wanted = held[0] if options.quantity == "auto" else options.quantity
    if wanted not in held:
        names = {"counts": "counts", "tpm": "TPM"}
        raise InputError(
            f"The file holds no {names[wanted]}",
            where=str(path),
            fix=f"Ask for --quantity {held[0]}, which it holds.",
        )
    return wanted


def sum_rows(values: Any, labels: Sequence[str]) -> tuple[Any, list[str]]:
    """Sum columns of the same label.

    Parameters
    ----------
    values
        Shape (samples, labels).
    labels
        One a column.

    Returns
    -------
    sums
        Shape (samples, distinct labels), in the order of first appearance.
    distinct : list of str
        The labels.
    """
    codes, distinct = pd.factorize(np.asarray(labels, dtype=object))
    sums = np.stack([np.bincount(codes, row, len(distinct)) for row in values])
    return sums, [str(label) for label in distinct]


def _separator(line: str) -> str:
    return "\t" if "\t" in line else ","


def _split(
    lines: list[str], width: int, first: int, separator: str, path: Path
) -> tuple[list[str], Sequence[int]]:
    """Split into the fields of all rows, one row after the other, and the rows' line numbers."""
    text = separator.join(lines)
    if '"' not in text and all(line.count(separator) + 1 == width for line in lines):
        return text.split(separator), range(first, first + len(lines))
    fields, numbers = [], []
    for number, row in _rows(lines, first, separator):
        check_width(row, width, number, path)
        fields += row[:width]
        numbers.append(number)
    return fields, numbers


def _rows(lines: list[str], first: int, separator: str) -> Iterator[tuple[int, list[str]]]:
    if separator == "\t" and not any(line.startswith('"') for line in lines):
        yield from tab_rows(lines, first)
        return
    reader = csv.reader(lines, delimiter=separator)
    yield from ((first + reader.line_num - 1, row) for row in reader if any(row))
