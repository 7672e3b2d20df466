"""Firehose tables: two header lines, several quantities of a sample."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from atrasig.errors import FormatError, InputError
from atrasig.io import ReadOptions, read_expression, sniff

Writer = Callable[[str, "str | bytes"], Path]
BODY = "RARA|5914\t10.5\t0.1\tuc1\t20\t0.2\tuc1\nPML|5371\t3\t0.3\tuc2\t4\t0.4\tuc2\n"
UNITS = "raw_count\tscaled_estimate\ttranscript_id"
SEVERAL = f"Hybridization REF\ta\ta\ta\tb\tb\tb\ngene_id\t{UNITS}\t{UNITS}\n{BODY}"


def test_counts_are_taken_of_several_quantities(write: Writer) -> None:
    path = write("m.txt", SEVERAL)
    assert sniff(path) == "firehose"
    adata = read_expression(path, samples=["b", "a"])
    assert list(adata.obs_names) == ["b", "a"]
    np.testing.assert_array_equal(adata.X, [[20, 4], [10.5, 3]])
    found = adata.uns["atrasig"]["input"]
    assert (found["declared_scale"], found["unit_in_file"]) == ("counts", "raw_count")
    assert found["columns_of_other_units"] == 4
    assert list(adata.var["gene_id"]) == ["RARA|5914", "PML|5371"]


def test_one_quantity_is_taken_without_stating_a_scale(write: Writer) -> None:
    text = "Hybridization REF\ta\tb\ngene_id\tnormalized_count\tnormalized_count\nRARA|5914\t1\t2\n"
    adata = read_expression(write("m.txt", text))
    assert "declared_scale" not in adata.uns["atrasig"]["input"]
    np.testing.assert_array_equal(adata.X, [[1], [2]])


def test_what_it_does_not_hold_is_said(write: Writer) -> None:
    path = write("m.txt", SEVERAL)
    with pytest.raises(InputError, match="holds no TPM"):
        read_expression(path, options=ReadOptions(quantity="tpm"))
    other = write("o.txt", SEVERAL.replace("raw_count", "RPKM"))
    with pytest.raises(InputError, match="3 quantities and no counts: RPKM, scaled_estimate"):
        read_expression(other)
    short = write("s.txt", SEVERAL.replace("\ttranscript_id\n", "\n"))
    with pytest.raises(FormatError, match="6 fields, 7 are needed"):
        read_expression(short)
