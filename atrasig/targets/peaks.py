"""Peaks of a ChIP experiment: BED and narrowPeak."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from atrasig.errors import FormatError
from atrasig.io.compression import open_text

COLUMNS = ("chrom", "start", "end", "score", "summit")
_NARROW = 10
_ASIDE = re.compile(r"#|track\b|browser\b")


def read_peaks(path: Path) -> pd.DataFrame:
    """Read intervals of a BED or narrowPeak file.

    Parameters
    ----------
    path
        BED of 3 columns or more, or narrowPeak (10 columns, told by the number and by the ending
        or the content), packed or not; separated by tabs, 0-based, half-open.

    Returns
    -------
    pandas.DataFrame
        One row a peak in the order of the file: ``chrom``, ``start``, ``end``, ``score``
        (signalValue of narrowPeak, else the fifth column, NaN where there is none) and ``summit``
        (of narrowPeak, else the middle), 0-based.

    Raises
    ------
    FormatError
        At the first line that is no interval, with its number; or if there is none.
    """
    rows: list[tuple[str, int, int, float, int]] = []
    width = 0
    with open_text(path) as handle:
        for number, line in enumerate(handle, start=1):
            if not line.strip() or _ASIDE.match(line):
                continue
            fields = line.rstrip("\r\n").split("\t")
            where = f"{path}, line {number}"
            width = width or len(fields)
            if len(fields) != width or width < 3:
                raise FormatError(
                    f"The line has {len(fields)} fields, {max(width, 3)} are needed",
                    where=where,
                    fix="Give BED or narrowPeak, separated by tabs.",
                )
            rows.append(_parsed(fields, where))
    if not rows:
        raise FormatError("There is no peak", where=str(path), fix="Give BED or narrowPeak.")
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"chrom": object})


def _parsed(fields: list[str], where: str) -> tuple[str, int, int, float, int]:
    start, end = _whole(fields[1], where), _whole(fields[2], where)
    if not fields[0].strip() or not 0 <= start < end:
        raise FormatError(
            f"{fields[0]}:{start}-{end} is no interval",
            where=where,
            fix="Give the start (from 0) and the end beyond it.",
        )
    middle = (start + end) // 2
    if len(fields) != _NARROW or fields[5] not in ("+", "-", "."):
        score = _number(fields[4], where) if len(fields) > 4 else np.nan
        return fields[0].strip(), start, end, score, middle
    offset = _whole(fields[9], where)
    if offset >= end - start:
        raise FormatError(
            f"The summit lies {offset} bases into a peak of {end - start}",
            where=where,
            fix="narrowPeak counts the summit from the start of the peak; -1 where not called.",
        )
    summit = middle if offset < 0 else start + offset
    return fields[0].strip(), start, end, _number(fields[6], where), summit


def _whole(text: str, where: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,11}", text.strip()):
        raise FormatError(
            f"{text!r} is no whole number", where=where, fix="Give BED, separated by tabs."
        )
    return int(text)


def _number(text: str, where: str) -> float:
    if text.strip() in (".", ""):
        return np.nan
    try:
        return float(text)
    except ValueError:
        raise FormatError(
            f"The score {text!r} is no number", where=where, fix="Write . where there is none."
        ) from None
