"""The raw counts of a matrix, and the record of where it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from atrasig.errors import ScaleError

if TYPE_CHECKING:
    from anndata import AnnData

LAYER = "layers['counts']"
"""How the layer that holds counts is called in messages and records."""


def find_counts(adata: AnnData) -> Any:
    """Give the raw counts of a matrix.

    Returns
    -------
    numpy.ndarray, sparse or None
        ``layers["counts"]``, or X if its values are whole numbers from 0 on or its format states
        that they are counts; None if there are none.
    """
    place, values = candidate(adata)
    return None if why_no_counts(values, place, input_record(adata)) else values


def candidate(adata: AnnData) -> tuple[str, Any]:
    """Give the place where counts would stand, and the values there; None where there are none."""
    if "counts" in adata.layers:
        return LAYER, adata.layers["counts"]
    return "X", adata.X


def why_no_counts(values: Any, place: str, record: dict[str, Any]) -> str:
    """Say what speaks against counts; empty if nothing does.

    Parameters
    ----------
    values
        Dense or sparse values, all of them or some rows.
    place
        Where they stand. A layer of counts may hold fractions, as of reads shared by genes.
    record
        Record of the file; where it states that the values are counts, they may be fractions too.
    """
    if values is None:
        return "there is no X"
    numbers = values.data if hasattr(values, "indptr") else np.asarray(values)
    if np.isnan(numbers).any():
        return f"{place} holds missing values"
    lowest = float(np.min(numbers, initial=0.0))
    if lowest < 0:
        return f"{place} reaches down to {lowest:g}"
    if place != LAYER and record.get("declared_scale") != "counts":
        fractions = numbers[numbers != np.floor(numbers)]
        if fractions.size:
            return f"{place} holds fractions such as {float(fractions.flat[0]):g}"
    return ""


def no_counts(why: str) -> ScaleError:
    """Make the error for cells without raw counts."""
    return ScaleError(
        f"A sum or a score of cells needs raw counts, but {why}",
        fix="Give a file with raw counts in X or in layers['counts'].",
    )


def input_record(adata: AnnData) -> dict[str, Any]:
    """Give what the reader recorded of the file."""
    return dict(adata.uns.get("atrasig", {}).get("input", {}))


def with_facts(adata: AnnData, facts: dict[str, Any]) -> AnnData:
    """Add to the record of the file, in place."""
    own = dict(adata.uns.get("atrasig", {}))
    adata.uns["atrasig"] = own | {"input": input_record(adata) | facts}
    return adata
