"""DepMap tables with several profiles a model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from atrasig.errors import FormatError
from atrasig.io import read_expression, sniff

Writer = Callable[[str, "str | bytes"], Path]
TEXT = (
    ",SequencingID,ModelID,IsDefaultEntryForModel,RARA (5914),PML (5371)\n"
    "0,CDS-1,ACH-1,No,1.5,2\n1,CDS-2,ACH-1,Yes,3,4\n2,CDS-3,ACH-2,Yes,5,6\n"
)


def test_the_default_profile_stands_for_the_model(write: Writer) -> None:
    path = write("m.csv", TEXT)
    assert sniff(path) == "depmap"
    adata = read_expression(path)
    assert list(adata.obs_names) == ["ACH-1", "ACH-2"]
    np.testing.assert_array_equal(adata.X, [[3, 4], [5, 6]])
    found = adata.uns["atrasig"]["input"]
    assert (found["profiles_not_default"], found["sample_column"]) == (1, "ModelID")


def test_profiles_are_there_where_they_are_asked_for(write: Writer) -> None:
    adata = read_expression(write("m.csv", TEXT), samples=["CDS-1"])
    np.testing.assert_array_equal(adata.X, [[1.5, 2]])


def test_no_default_is_refused(write: Writer) -> None:
    with pytest.raises(FormatError, match="No row is marked Yes"):
        read_expression(write("m.csv", TEXT.replace("Yes", "No")))
