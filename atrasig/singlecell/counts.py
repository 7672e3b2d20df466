"""The raw counts of a matrix, and the record of where it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from atrasig.errors import ScaleError

if TYPE_CHECKING:
    from anndata import AnnData


def find_counts(adata: AnnData) -> Any:
    """Give the raw counts of a matrix.

    Returns
    -------
    numpy.ndarray, sparse or None
        ``layers["counts"]``, or X if its values are whole numbers from 0 on or its format states
        that they are counts; None if there are none.
    """
    return None if _why_no_counts(adata) else _candidate(adata)[1]


def require_counts(adata: AnnData, purpose: str) -> Any:
    """Give the raw counts of a matrix, as :func:`find_counts`.

    Raises
    ------
    ScaleError
        If there are none, with what is there instead.
    """
    why = _why_no_counts(adata)
    if why:
        raise ScaleError(
            f"{purpose} needs raw counts, but {why}",
            fix="Give a file with raw counts in X or in layers['counts'].",
        )
    return _candidate(adata)[1]


def input_record(adata: AnnData) -> dict[str, Any]:
    """Give what the reader recorded of the file."""
    return dict(adata.uns.get("atrasig", {}).get("input", {}))


def with_facts(adata: AnnData, facts: dict[str, Any]) -> AnnData:
    """Add to the record of the file, in place."""
    own = dict(adata.uns.get("atrasig", {}))
    adata.uns["atrasig"] = own | {"input": input_record(adata) | facts}
    return adata


def _candidate(adata: AnnData) -> tuple[str, Any]:
    if "counts" in adata.layers:
        return "layers['counts']", adata.layers["counts"]
    return "X", adata.X


def _why_no_counts(adata: AnnData) -> str:
    """Say what speaks against counts; empty if nothing does."""
    place, values = _candidate(adata)
    if values is None:
        return "there is no X"
    numbers = values.data if hasattr(values, "indptr") else np.asarray(values)
    if np.isnan(numbers).any():
        return f"{place} holds missing values"
    lowest = float(np.min(numbers, initial=0.0))
    if lowest < 0:
        return f"{place} reaches down to {lowest:g}"
    if place == "X" and input_record(adata).get("declared_scale") != "counts":
        fractions = numbers[numbers != np.floor(numbers)]
        if fractions.size:
            return f"X holds fractions such as {float(fractions.flat[0]):g}"
    return ""
