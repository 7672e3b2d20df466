"""Rules for the cells of a sample sheet; every fault is collected, none is raised."""

from __future__ import annotations

import difflib
import os
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from atrasig.errors import Fault, InputError
from atrasig.files import is_pattern, list_files, safe_name
from atrasig.sheet.fusion import parse_fusions
from atrasig.sheet.remote import is_remote, parse_remote
from atrasig.sheet.text import Record
from atrasig.vocabulary import load_vocabulary, normalise_term

MAX_ID_LENGTH = 300
MATERIALS = ("patient", "cell line", "organoid", "xenograft")
TIMEPOINTS = ("baseline", "exposed")
_PLAIN = ("sample", "matrix", "group", "patient", "batch")
_AS_GIVEN = "sample_as_given"
_MAX_ROWS_NAMED = 5


def check_cells(records: Sequence[Record]) -> tuple[list[dict[str, str]], list[Fault]]:
    """Bring the known columns to their canonical form.

    Parameters
    ----------
    records
        Rows as read.

    Returns
    -------
    cells : list of dict
        Canonical cells a row, without blanks around them; ``disease_as_given``,
        ``tissue_as_given`` and ``sample_as_given`` where the text differed.
    faults : list of Fault
        Unknown words, unreadable fusions, control characters; one a row and column.
    """
    canonical, faults = [], []
    for record in records:
        cells = {name: text.strip() for name, text in record.cells.items()}
        if cells.get("sample") != record.cells.get("sample"):
            cells[_AS_GIVEN] = record.cells["sample"]
        elif cells.get(_AS_GIVEN):
            cells[_AS_GIVEN] = record.cells[_AS_GIVEN]
        for name in _PLAIN:
            text = cells.get(name, "")
            if not text.isprintable() and any(unicodedata.category(c) == "Cc" for c in text):
                text = f"{cells[name][:80]!r} holds a control character (tab, line end, NUL, ...)"
                faults.append(Fault(record.line, name, f"{text}; remove it"))
        for name, read in _READERS.items():
            given = cells.get(name, "")
            if not given:
                continue
            try:
                cells[name] = read(given)
            except InputError as error:
                faults.append(Fault(record.line, name, _sentence(error)))
            if name in ("disease", "tissue") and cells[name] != given:
                cells[f"{name}_as_given"] = cells.get(f"{name}_as_given") or given
        canonical.append(cells)
    return canonical, faults


def check_ids(records: Sequence[Record]) -> list[Fault]:
    """Check that sample ids are there, short enough, unique, and distinct as file names.

    Parameters
    ----------
    records
        Rows as read, with a column ``sample``; rows without that column are passed over.

    Returns
    -------
    list of Fault
        Each names both rows where two ids clash.
    """
    faults: list[Fault] = []
    by_id: dict[str, int] = {}
    by_file: dict[str, tuple[int, str]] = {}
    for record in records:
        if "sample" not in record.cells:
            continue
        name, line = record.cells["sample"].strip(), record.line
        shown = repr(name if len(name) <= 80 else f"{name[:77]}...")
        if not name:
            faults.append(Fault(line, "sample", "is empty; give every sample an id"))
            continue
        if len(name) > MAX_ID_LENGTH:
            text = f"{shown} has {len(name)} characters; shorten it to {MAX_ID_LENGTH} at most"
            faults.append(Fault(line, "sample", text))
        if name in by_id:
            text = f"{shown} is already on row {by_id[name]}; ids must be unique in the whole sheet"
            faults.append(Fault(line, "sample", text))
            continue
        by_id[name] = line
        other_line, other = by_file.setdefault(safe_name(name).casefold(), (line, name))
        if other != name:
            text = f"{shown} and {other!r} on row {other_line} would share a file name"
            faults.append(Fault(line, "sample", f"{text} where case does not count; rename one"))
    return faults


def check_matrices(records: Sequence[Record], folder: Path) -> list[Fault]:
    """Check that every matrix is named and exists: a file, or a folder or pattern of files.

    Of a matrix in remote storage only the address is checked.

    Parameters
    ----------
    records
        Rows as read; rows without a column ``matrix`` are passed over.
    folder
        Folder of the sheet.

    Returns
    -------
    list of Fault
        One a row; the path is shown.
    """
    named = [(r.line, r.cells["matrix"].strip()) for r in records if "matrix" in r.cells]
    names = {name for _, name in named}
    unread = {name: _misread(name) for name in names if is_remote(name)}
    lacking = {name: _lack(folder / name) for name in names - unread.keys()}
    faults = []
    for line, name in named:
        if not name:
            faults.append(Fault(line, "matrix", "is empty; name the expression matrix"))
        elif unread.get(name):
            faults.append(Fault(line, "matrix", unread[name]))
        elif lacking.get(name):
            text = f"{str(folder / name)!r} {lacking[name]}"
            faults.append(
                Fault(line, "matrix", f"{text}; give a path relative to the sheet's folder")
            )
    return faults


def group_faults(faults: Sequence[Fault]) -> list[Fault]:
    """Report the same fault of several rows once, with the rows.

    Parameters
    ----------
    faults
        One a row.

    Returns
    -------
    list of Fault
        One a column and message, at the first row; the message lists the others.
    """
    rows: dict[tuple[str, str], list[int]] = {}
    for fault in sorted(faults):
        rows.setdefault((fault.column, fault.message), []).append(fault.row)
    return [
        Fault(lines[0], column, message + _also(lines[1:]))
        for (column, message), lines in rows.items()
    ]


def _also(lines: Sequence[int]) -> str:
    if not lines:
        return ""
    more = len(lines) - _MAX_ROWS_NAMED
    named = ", ".join(map(str, lines[:_MAX_ROWS_NAMED]))
    return f" (also row {named}{f' and {more} more' if more > 0 else ''})"


def _sentence(error: InputError) -> str:
    return f"{error.what}. {error.fix}" if error.fix else error.what


def _misread(address: str) -> str:
    """Say what is wrong with an address in remote storage; nothing where it can be fetched."""
    try:
        parse_remote(address)
    except InputError as error:
        return _sentence(error)
    return ""


def _lack(path: Path) -> str:
    """Say what a path lacks to be a matrix; nothing where there is a file."""
    if is_pattern(path):
        return "" if list_files(path) else "matches no file"
    if not os.path.exists(path):  # noqa: PTH110 - pathlib raises where a name is too long
        return "does not exist"
    return "" if path.is_file() or any(path.iterdir()) else "is an empty folder"


@cache
def _disease(text: str) -> str:
    return load_vocabulary().disease(text).name


@cache
def _tissue(text: str) -> str:
    return load_vocabulary().tissue(text).name


def _fusion(text: str) -> str:
    return ";".join(parse_fusions(text))


def _word(kind: str, words: tuple[str, ...]) -> Callable[[str], str]:
    known = {normalise_term(word): word for word in words}

    @cache
    def read(text: str) -> str:
        key = normalise_term(text)
        if key in known:
            return known[key]
        near = difflib.get_close_matches(key, known, n=1)
        hint = f"Did you mean {known[near[0]]!r}? " if near else ""
        raise InputError(f"Unknown {kind} {text!r}", fix=f"{hint}Use one of {', '.join(words)}.")

    return read


_READERS: dict[str, Callable[[str], str]] = {
    "disease": _disease,
    "tissue": _tissue,
    "material": _word("material", MATERIALS),
    "timepoint": _word("timepoint", TIMEPOINTS),
    "fusion": _fusion,
}
