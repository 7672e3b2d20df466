"""What all text formats of GEO share: attributes of samples, and the values that are not there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

import pandas as pd

from atrasig.errors import FormatError

Attributes = list[tuple[str, str]]
"""Attributes of one sample in the order of the file: name without ``!Sample_``, and text."""

_CHARACTERISTICS = "characteristics"
# A key and its value; the colon of an address is none.
_KEYED = re.compile(r"([^:]+):(?!//)\s*(.*)", re.DOTALL)
_CHANNEL = re.compile(r"_ch([1-9])$")
_SHOWN = 3


def sample_metadata(samples: Sequence[Attributes]) -> pd.DataFrame:
    """Make a table of the attributes of samples.

    Parameters
    ----------
    samples
        Attributes a sample.

    Returns
    -------
    pandas.DataFrame
        One row a sample, text, ``""`` where a sample lacks an attribute. The ending ``_ch1`` is
        left out. A characteristic ``key: value`` becomes a column of its own, one without a key
        the column ``characteristics``; a key that is also an attribute is named
        ``characteristics key``. What repeats in a sample is numbered: ``description#2``.
    """
    plain = {_plain(name) for attributes in samples for name, _ in attributes}
    rows = []
    for attributes in samples:
        seen, row = Counter[str](), {}
        for name, text in (_column(name, text, plain) for name, text in attributes):
            if not text:
                continue
            seen[name] += 1
            row[name if seen[name] == 1 else f"{name}#{seen[name]}"] = text
        rows.append(row)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    table = {name: [row.get(name, "") for row in rows] for name in columns}
    return pd.DataFrame(table, index=range(len(rows)), dtype=object)


def n_channels(samples: Sequence[Attributes]) -> int:
    """Count the channels of the arrays; the values of two are ratios, no expression."""
    found = (_CHANNEL.search(name) for attributes in samples for name, _ in attributes)
    return max((int(match[1]) for match in found if match), default=1)


def no_values(path: Path, files: Iterable[str]) -> FormatError:
    """Make the error of a GEO file without values, as series of sequencing are.

    Parameters
    ----------
    path
        The file.
    files
        Addresses of the supplementary files that it names.
    """
    names = [PurePosixPath(address.strip()).name for address in dict.fromkeys(files)]
    names = [name for name in names if name and name != "NONE"]
    shown = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    return FormatError(
        "The file holds no values: GEO keeps those of this record in supplementary files",
        where=str(path),
        fix=f"Download and give the matrix among them{f' ({shown})' if names else ''}.",
    )


def _plain(name: str) -> str:
    return name.removesuffix("_ch1")


def _column(name: str, text: str, plain: set[str]) -> tuple[str, str]:
    stem = _plain(name)
    channel = stem.removeprefix(_CHARACTERISTICS)
    keyed = _KEYED.fullmatch(text.strip()) if stem.startswith(_CHARACTERISTICS) else None
    if keyed is None:
        return stem, text.strip()
    key = keyed[1].strip() + channel
    return (f"{_CHARACTERISTICS} {key}" if key in plain else key), keyed[2].strip()
