"""A first sample sheet from what a matrix says of its own samples."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from atrasig.errors import InputError, OutputError, SheetError
from atrasig.files import atomic_path
from atrasig.io import ReadOptions, read_expression
from atrasig.io.cls import GROUP, read_cls
from atrasig.io.table import unique_names
from atrasig.sheet import SampleRow, read_sheet
from atrasig.sheet.rules import check_cells
from atrasig.sheet.text import RESERVED_PREFIX, Record
from atrasig.vocabulary import load_vocabulary

_PREFIX = "matrix_"
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_NO_METADATA = ("sample", "matrix")


@dataclass(frozen=True)
class SheetMade:
    """What was written.

    Parameters
    ----------
    n_samples
        Rows of the sheet.
    columns
        Its columns.
    renamed
        Columns of the matrix by their names in the sheet, where these differ.
    cleaned
        Cells in which control characters (tabs, line ends) became blanks.
    formulas
        Cells that a spreadsheet program would run as a formula. They are written as they are.
    """

    n_samples: int
    columns: tuple[str, ...]
    renamed: dict[str, str]
    cleaned: int
    formulas: int


def make_sheet(
    matrix: Path,
    out: Path,
    *,
    cls: Path | None = None,
    disease: str = "",
    tissue: str = "",
    format: str | None = None,
    options: ReadOptions | None = None,
    force: bool = False,
) -> SheetMade:
    """Write a sample sheet for a matrix, with all that the matrix says of its samples.

    Parameters
    ----------
    matrix
        Matrix of any format.
    out
        Sheet to write: sample, matrix (relative to the sheet's folder), group, disease, tissue,
        then the metadata of the matrix. Metadata named as a column of the sheet go there if the
        sheet can read every value, otherwise to ``matrix_NAME``.
    cls
        Class file of GSEA with a group, or numbers, for every sample.
    disease, tissue
        Values for every sample.
    format, options
        As for :func:`atrasig.read_expression`.
    force
        Whether an existing sheet is replaced.

    Raises
    ------
    OutputError
        If `out` exists and is not to be replaced, or cannot be written.
    InputError
        If the matrix cannot be read, the class file has another number of samples, or disease or
        tissue are not in the vocabulary.
    SheetError
        If a sample's name cannot stand in a sheet.
    """
    if out.exists() and not force:
        raise OutputError(
            "There is a sheet already", where=str(out), fix="Choose another name, or use --force."
        )
    vocabulary = load_vocabulary()
    given = {
        "disease": vocabulary.disease(disease).name if disease else "",
        "tissue": vocabulary.tissue(tissue).name if tissue else "",
    }
    adata = read_expression(matrix, format=format, options=options)
    samples = [str(name) for name in adata.obs_names]
    columns: dict[str, Sequence[str]] = {
        "sample": samples,
        "matrix": [os.path.relpath(matrix, out.parent)] * len(samples),
    }
    columns |= _classes(cls, samples)
    columns |= {name: [text] * len(samples) for name, text in given.items() if text}
    metadata, renamed = _metadata(adata.obs.astype(str), columns)
    plain = {name: [_UNPRINTABLE.sub(" ", text) for text in metadata[name]] for name in metadata}
    cleaned = sum(a != b for n in metadata for a, b in zip(metadata[n], plain[n], strict=True))
    columns |= plain
    _write(columns, out)
    formulas = sum(_is_formula(text) for texts in columns.values() for text in texts)
    return SheetMade(len(samples), tuple(columns), renamed, cleaned, formulas)


def _classes(cls: Path | None, samples: Sequence[str]) -> dict[str, Sequence[str]]:
    if cls is None:
        return {}
    labels = read_cls(cls)
    if labels.n_samples != len(samples):
        raise InputError(
            f"The class file has {labels.n_samples} samples, the matrix {len(samples)}",
            where=str(cls),
            fix="Give the class file of this matrix.",
        )
    names = unique_names([_safe(name, ()) if name != GROUP else name for name in labels.columns])
    return dict(zip(names, labels.columns.values(), strict=True))


def _metadata(
    obs: pd.DataFrame, taken: dict[str, Sequence[str]]
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Columns of the matrix under names that a sheet can have, and the new names."""
    columns: dict[str, list[str]] = {}
    for place, given in enumerate(map(str, obs.columns)):
        texts = obs.iloc[:, place].to_list()
        own = given.strip().casefold()
        is_own = own in SampleRow.model_fields and own not in (*taken, *columns, *_NO_METADATA)
        name = own if is_own and _can_be(own, texts) else _safe(given, (*taken, *columns))
        columns[name] = texts
    pairs = zip(map(str, obs.columns), columns, strict=True)
    return columns, {name: given for given, name in pairs if name != given}


def _can_be(column: str, texts: Sequence[str]) -> bool:
    records = [Record(line, {column: text}) for line, text in enumerate(dict.fromkeys(texts))]
    return not check_cells(records)[1]


def _safe(given: str, taken: Sequence[str]) -> str:
    """Name that no column of a sheet has: printable, marked where the sheet means another thing."""
    name = "".join(letter if letter.isprintable() else " " for letter in given).strip()
    own = name.casefold() in {*SampleRow.model_fields, *taken}
    if own or not name or name.startswith(RESERVED_PREFIX):
        name = _PREFIX + name
    return unique_names([*taken, name])[-1]


def _is_formula(text: str) -> bool:
    return text.startswith(("=", "@")) or bool(re.match(r"[+-]\s*[^\d\s.+-]", text))


def _write(columns: dict[str, Sequence[str]], out: Path) -> None:
    """Write the sheet, if it can be read again."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(columns)
    # A line that begins with # would be a comment.
    quoting = csv.writer(text, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_ALL)
    for row in zip(*columns.values(), strict=True):
        (quoting if row[0].startswith("#") else writer).writerow(row)
    with atomic_path(out) as temporary:
        temporary.write_text(text.getvalue(), encoding="utf-8", newline="")
        try:
            read_sheet(temporary)
        except SheetError as error:
            raise SheetError(
                "The matrix cannot be described by a sheet", error.faults, where=str(out)
            ) from error
