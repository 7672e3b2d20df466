"""Direction parts of signatures, and the columns every enrichment table has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from atrasig.errors import SignatureError, UsageError

if TYPE_CHECKING:
    from atrasig.signatures import Signature

COLUMNS = (
    "scope", "sample", "contrast", "signature", "direction", "metric", "es", "nes", "z", "p", "q",
    "n_genes", "n_matched", "leading_edge", "reason",
)  # fmt: skip
_NUMBERS = ("es", "nes", "z", "p", "q")
_COUNTS = ("n_genes", "n_matched")


@dataclass(frozen=True)
class SetPart:
    """The up genes or the down genes of one signature.

    Parameters
    ----------
    signature
        Signature id.
    direction
        ``up`` or ``down``.
    genes
        Distinct gene symbols, sorted.
    """

    signature: str
    direction: str
    genes: tuple[str, ...]


def set_parts(signatures: Iterable[Signature]) -> tuple[SetPart, ...]:
    """Split signatures into direction parts, ordered by id, up before down.

    Parameters
    ----------
    signatures
        Signatures in any order; a direction without genes makes no part.

    Returns
    -------
    tuple of SetPart
        The same for every order of `signatures`.

    Raises
    ------
    SignatureError
        If two signatures share an id.
    UsageError
        If there is no gene to test.
    """
    listed = sorted(signatures, key=lambda signature: signature.id)
    for left, right in pairwise(listed):
        if left.id == right.id:
            raise SignatureError(
                f"Two signatures are called {left.id!r}", fix="Give each signature its own id."
            )
    parts = [
        SetPart(signature.id, direction, tuple(sorted(set(genes))))
        for signature in listed
        for direction, genes in (("up", signature.up), ("down", signature.down))
        if genes
    ]
    if not parts:
        raise UsageError("There is no signature to test", fix="Give at least one signature.")
    return tuple(parts)


def enrichment_table(frames: Iterable[pd.DataFrame] = ()) -> pd.DataFrame:
    """Stack enrichment rows into one table with the fixed columns and types.

    Parameters
    ----------
    frames
        Tables that have all columns of ``COLUMNS``; none gives an empty table.

    Returns
    -------
    pandas.DataFrame
        Columns ``COLUMNS``: numbers float64, counts int64, the rest text.
    """
    listed = list(frames)
    if listed:
        table = pd.concat(listed, ignore_index=True)[list(COLUMNS)]
    else:
        table = pd.DataFrame({column: pd.Series(dtype=object) for column in COLUMNS})
    types: dict[str, str] = dict.fromkeys(_NUMBERS, "float64") | dict.fromkeys(_COUNTS, "int64")
    return table.astype(types)
