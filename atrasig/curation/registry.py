"""The registry of files that gene lists are imported from, and the choice among them by content."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from atrasig.curation import sets, tables
from atrasig.curation.draft import Draft
from atrasig.errors import FormatError, SignatureError
from atrasig.io.format import Head


@dataclass(frozen=True)
class Importer:
    """A kind of file that gene lists are imported from.

    Parameters
    ----------
    name, title
        A word, and what it is for people.
    recognises
        Tells from the beginning of a file whether it is of this kind.
    read
        The reader; takes the file and the name of a worksheet, empty where none is named.
    """

    name: str
    title: str
    recognises: Callable[[Head], bool]
    read: Callable[[Path, str], Iterable[Draft]]


# Asked in this order: any text could be a GMT file, so it comes last.
IMPORTERS = (
    Importer("workbook", "Excel or OpenDocument", tables.recognises_workbook, tables.read_workbook),
    Importer("json", "JSON of MSigDB or atrasig", sets.recognises_json, sets.read_json_sets),
    Importer("xml", "XML of MSigDB", sets.recognises_xml, sets.read_xml_sets),
    Importer("table", "TSV or CSV", tables.recognises_text, tables.read_delimited),
    Importer("gmt", "GMT", sets.recognises_gmt, sets.read_gmt_sets),
)


def read_drafts(path: Path, worksheet: str = "") -> tuple[str, Iterable[Draft]]:
    """Read the gene lists of a file whose kind is told by its content.

    Parameters
    ----------
    path
        Text (plain or packed), or a workbook.
    worksheet
        Name of the worksheet of a workbook.

    Returns
    -------
    tuple
        Name of the importer, and the lists as written, read as they are asked for.

    Raises
    ------
    SignatureError
        If the file is missing, empty or faulty.
    FormatError
        If it is of no known kind, or damaged.
    """
    if not path.is_file():
        raise SignatureError("There is no such file", where=str(path), fix="Check the path.")
    if not path.stat().st_size:
        raise SignatureError("The file is empty", where=str(path), fix="Give a list of genes.")
    head = Head.of(path)
    for importer in IMPORTERS:
        if importer.recognises(head):
            return importer.name, importer.read(path, worksheet)
    known = ", ".join(importer.title for importer in IMPORTERS)
    raise FormatError(
        "The file is binary and of no known format", where=str(path), fix=f"Give one of: {known}."
    )
