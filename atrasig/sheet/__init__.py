"""The sample sheet: what is known of every sample, and in which matrix it lies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from atrasig.errors import Fault, SheetError
from atrasig.files import sha256_text
from atrasig.sheet.fusion import parse_fusions
from atrasig.sheet.remote import is_remote, parse_remote
from atrasig.sheet.rules import check_cells, check_ids, check_matrices, group_faults
from atrasig.sheet.text import Record, read_records

__all__ = [
    "SampleRow",
    "SampleSheet",
    "build_sheet",
    "is_remote",
    "matrix_id",
    "parse_fusions",
    "parse_remote",
    "read_sheet",
    "resolve_matrix",
    "sheet_schema",
]

_COMPRESSION = {".gz", ".bz2", ".xz", ".zst"}
Material = Literal["", "patient", "cell line", "organoid", "xenograft"]
Timepoint = Literal["", "baseline", "exposed"]


class SampleRow(BaseModel):
    """One sample; further columns of the sheet are kept as metadata (`model_extra`)."""

    model_config = ConfigDict(frozen=True, extra="allow")

    sample: str = Field(min_length=1, description="Sample id, as in the matrix; any characters.")
    matrix: str = Field(
        min_length=1,
        description="Expression matrix: a file, or a folder or pattern (* and ?) of files of one "
        "sample each, as a path relative to the sheet's folder; or the address of one file in "
        "storage that the configuration names (s3://bucket/key, https://...#sha256=...).",
    )
    tissue: str = Field(
        default="", description="Tissue, as in the vocabulary (bone marrow, breast, ...)."
    )
    disease: str = Field(
        default="",
        description="Disease by name, synonym or TCGA code (AML, LAML, ...); healthy for normal.",
    )
    material: Material = Field(default="", description="patient, cell line, organoid or xenograft.")
    fusion: str = Field(
        default="",
        description="Gene fusions found, as PML::RARA; several separated by a semicolon.",
    )
    group: str = Field(default="", description="Group of the sample, for contrasts between groups.")
    patient: str = Field(default="", description="Patient or line that a before/after pair shares.")
    timepoint: Timepoint = Field(
        default="", description="baseline (before ATRA) or exposed (after ATRA)."
    )
    batch: str = Field(default="", description="Batch in which the sample was measured.")

    @property
    def fusions(self) -> tuple[str, ...]:
        """The fusions of the sample, each as ``A::B``."""
        return parse_fusions(self.fusion)


class SampleSheet(BaseModel):
    """A checked sample sheet.

    Parameters
    ----------
    rows
        Samples in the order of the sheet.
    path
        The file, or None for a sheet that was built for a run without one.
    columns
        Columns of the file, in its order.
    folder
        Folder that the `matrix` paths start from.
    """

    model_config = ConfigDict(frozen=True)

    rows: tuple[SampleRow, ...]
    path: Path | None = None
    columns: tuple[str, ...]
    folder: Path = Path()

    @property
    def matrices(self) -> tuple[str, ...]:
        """Names of the matrices, each once, in the order of the sheet."""
        return tuple(dict.fromkeys(row.matrix for row in self.rows))

    @property
    def samples(self) -> tuple[str, ...]:
        """Sample ids in the order of the sheet."""
        return tuple(row.sample for row in self.rows)

    def name_of(self, matrix: str | Path) -> str:
        """Name in the sheet of a matrix that is given by its path.

        Parameters
        ----------
        matrix
            File, folder or pattern, relative to the working folder or absolute.

        Returns
        -------
        str
            The cell of the column ``matrix``.

        Raises
        ------
        SheetError
            If no row names this matrix.
        """
        wanted = Path(matrix).resolve()
        for name in self.matrices:
            if not is_remote(name) and resolve_matrix(self, name).resolve() == wanted:
                return name
        listed = ", ".join(map(repr, self.matrices))
        fault = Fault(0, "matrix", f"no sample lies in {str(matrix)!r}; the sheet names {listed}")
        raise _sheet_error([fault], self.path)

    def for_matrix(self, name: str) -> SampleSheet:
        """Keep the samples of one matrix.

        Parameters
        ----------
        name
            Matrix as named in the sheet.

        Returns
        -------
        SampleSheet
            The same sheet with that matrix's rows only.

        Raises
        ------
        SheetError
            If no row names this matrix.
        """
        rows = tuple(row for row in self.rows if row.matrix == name)
        if not rows:
            listed = ", ".join(map(repr, self.matrices))
            fault = Fault(0, "matrix", f"no sample lies in {name!r}; the sheet names {listed}")
            raise _sheet_error([fault], self.path)
        return self.model_copy(update={"rows": rows})

    def by_matrix(self) -> dict[str, SampleSheet]:
        """Split into one sheet a matrix, by its name, in one pass over the rows.

        Returns
        -------
        dict of str to SampleSheet
            In the order of the sheet; as `for_matrix` gives each.
        """
        rows: dict[str, list[SampleRow]] = {}
        for row in self.rows:
            rows.setdefault(row.matrix, []).append(row)
        return {name: self.model_copy(update={"rows": tuple(own)}) for name, own in rows.items()}

    def to_frame(self) -> pd.DataFrame:
        """Table of the sheet.

        Returns
        -------
        pandas.DataFrame
            One row a sample in the order of the sheet; all columns of `SampleRow`, then the other
            columns of the file; text, ``""`` where empty. `disease` and `tissue` are canonical
            names; ``disease_as_given`` and ``tissue_as_given`` hold the texts that differed.
        """
        records = [row.model_dump() for row in self.rows]
        columns = dict.fromkeys([*SampleRow.model_fields, *self.columns])
        columns.update(dict.fromkeys(name for record in records for name in record))
        table = {name: [str(record.get(name, "")) for record in records] for name in columns}
        return pd.DataFrame(table, dtype=object)


def read_sheet(path: str | Path) -> SampleSheet:
    """Read and check a sample sheet.

    Parameters
    ----------
    path
        TSV or CSV (told apart by content), UTF-8 with or without a byte order mark; lines that
        begin with ``#`` and empty lines are skipped; cells may be quoted.

    Returns
    -------
    SampleSheet
        Disease and tissue resolved to canonical names.

    Raises
    ------
    SheetError
        With every fault of the sheet, located by line and column.
    """
    location = Path(path)
    columns, records, faults = read_records(location)
    rows = _rows(records, faults, path=location, folder=location.parent)
    return SampleSheet(rows=rows, path=location, columns=columns, folder=location.parent)


def build_sheet(
    samples: Sequence[str],
    matrix: str | Path,
    disease: str | None = None,
    tissue: str | None = None,
    **columns: str | None,
) -> SampleSheet:
    """Make a sheet for the samples of one matrix, for a run without a sheet.

    Parameters
    ----------
    samples
        Sample ids as in the matrix.
    matrix
        Path of the matrix; its folder becomes the sheet's folder.
    disease, tissue
        Values for every sample; None if not known.
    **columns
        Further columns (``material``, ``timepoint``, ...) with one value for every sample.

    Returns
    -------
    SampleSheet
        Checked as a file would be; ``path`` is None and rows are counted from 1.

    Raises
    ------
    SheetError
        With every fault, such as duplicate sample ids.
    """
    location = Path(matrix)
    constant = {"matrix": location.name, "disease": disease, "tissue": tissue, **columns}
    given = {name: value for name, value in constant.items() if value}
    records = [Record(i, {"sample": str(s), **given}) for i, s in enumerate(samples, start=1)]
    rows = _rows(records, [], path=None, folder=None)
    return SampleSheet(rows=rows, columns=("sample", *given), folder=location.parent)


def resolve_matrix(sheet: SampleSheet, name: str) -> Path:
    """Path of a matrix that a sheet names, relative to the sheet's folder.

    Parameters
    ----------
    sheet
        The sheet.
    name
        Matrix as named in the sheet; an absolute path is kept.

    Returns
    -------
    pathlib.Path
        The file, folder or pattern.
    """
    return sheet.folder / name


def matrix_id(name: str) -> str:
    """Folder name for a matrix: readable, safe, and the same in every run.

    Parameters
    ----------
    name
        Matrix as named in the sheet.

    Returns
    -------
    str
        File name without its endings, other characters than ``A-Z a-z 0-9 _ -`` replaced, and six
        hexadecimal digits of the SHA-256 of the whole name.
    """
    shown = name.partition("#")[0] if is_remote(name) else name
    stem = PurePosixPath(shown.replace("\\", "/"))
    if stem.suffix.lower() in _COMPRESSION:
        stem = stem.with_suffix("")
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", stem.stem).strip("_-")[:40]
    return f"{plain or 'matrix'}-{sha256_text(name)[:6]}"


def sheet_schema() -> dict[str, Any]:
    """JSON schema of one row of a sheet, for ``snakemake.utils.validate``.

    Returns
    -------
    dict
        JSON schema 2020-12. Words that `read_sheet` reads in any spelling are examples, not an
        enumeration, so that every sheet it accepts also passes the schema.
    """
    schema = SampleRow.model_json_schema()
    for entry in schema["properties"].values():
        entry.pop("title", None)
        if "enum" in entry:
            entry["examples"] = [word for word in entry.pop("enum") if word]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "atrasig sample sheet",
        "description": "One row of the sample sheet; other columns are kept as metadata.",
    }


def _rows(
    records: Sequence[Record], found: Sequence[Fault], path: Path | None, folder: Path | None
) -> tuple[SampleRow, ...]:
    """Rows of a sheet without faults; `folder` is None where the matrix is known to exist."""
    cells, faults = check_cells(records)
    faults += check_ids(records)
    if folder is not None:
        faults += check_matrices(records, folder)
    if found or faults:
        raise _sheet_error([*found, *group_faults(faults)], path)
    return tuple(SampleRow.model_validate(cell) for cell in cells)


def _sheet_error(faults: Sequence[Fault], path: Path | None) -> SheetError:
    return SheetError("The sample sheet has faults", faults, where=str(path) if path else None)
