"""Orange tables: samples in rows, three header rows or one."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from atrasig.errors import FormatError
from atrasig.io import read_expression, sniff

Writer = Callable[[str, "str | bytes"], Path]
THREE = (
    "RARA\tPML\toutcome\tname\tage\tbatch\tgrade\n"
    "c\tcontinuous\td\tstring\tc\td\thigh low\n"
    "\t\tclass\tmeta\tmeta\tignore\t\n"
    "1\t2.5\tyes\ta\t50\tx\thigh\n"
    "?\t-4\tno\tb\t?\ty\tlow\n"
)
ONE = "mS#name\tcD#outcome\tRARA\tC#PML\tiD#batch\n" + "a\tyes\t1\t2.5\tx\nb\tno\t?\t-4\ty\n"


@pytest.mark.parametrize("text", [THREE, ONE, THREE.replace("\n", "\r\n")])
def test_both_kinds_of_header(write: Writer, text: str) -> None:
    path = write("m.tab.gz", text)
    assert sniff(path) == "orange"
    adata = read_expression(path)
    np.testing.assert_array_equal(adata.X, [[1, 2.5], [np.nan, -4]])
    assert list(adata.var["gene_id"]) == ["RARA", "PML"]
    assert adata.obs_names.tolist() == ["a", "b"]
    assert adata.obs["outcome"].tolist() == ["yes", "no"]
    assert "batch" not in adata.obs
    found = adata.uns["atrasig"]["input"]
    assert (found["sample_names"], found["ignored_columns"]) == ("name", 1)


def test_what_is_no_gene_describes_the_samples(write: Writer) -> None:
    obs = read_expression(write("m.tab", THREE)).obs
    assert obs[["age", "grade"]].to_dict("list") == {"age": ["50", ""], "grade": ["high", "low"]}


def test_samples_without_names_are_numbered(write: Writer) -> None:
    for text in (THREE.replace("\tstring\t", "\td\t"), THREE.replace("no\tb", "no\ta")):
        adata = read_expression(write("m.tab", text))
        assert adata.obs_names.tolist() == ["row1", "row2"]
        assert "numbered" in adata.uns["atrasig"]["input"]["sample_names"]


@pytest.mark.parametrize(
    "text",
    [
        "gene\ts1\ts2\nRARA\t1\t2\nPML\t3\t4\n",
        "gene\tS#1\tS#2\nRARA\t1\t2\nPML\t3\t4\n",
        "gene\tC#1\tD#2\nc\td\ts\nRARA\tx\ty\n",
        "gene\tclass\nRARA\t1\n",
    ],
)
def test_other_tables_are_none(write: Writer, text: str) -> None:
    assert sniff(write("m.tab", text)) == "delimited"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("-4", "low", ["'low' is not a number", "line 5, column 'PML'"]),
        ("\tlow\n", "\tlow\t1\n", ["has 8 fields, 7 are needed", "line 5"]),
        ("c\tcontinuous", "d\td", ["2 samples and 0 columns of numbers"]),
    ],
)
def test_faults(write: Writer, old: str, new: str, words: list[str]) -> None:
    with pytest.raises(FormatError) as caught:
        read_expression(write("m.tab", THREE.replace(old, new, 1)))
    assert [word for word in words if word not in str(caught.value)] == []


def test_no_sample_and_no_header(write: Writer) -> None:
    with pytest.raises(FormatError, match="0 samples and 2 columns"):
        read_expression(write("m.tab", "".join(THREE.splitlines(keepends=True)[:3])))
    with pytest.raises(FormatError, match="no header of an Orange table"):
        read_expression(write("m.tsv", "gene\ts1\nRARA\t1\n"), format="orange")


@settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    hnp.arrays(
        np.float64,
        st.tuples(st.integers(1, 4), st.integers(2, 5)),
        elements=st.one_of(st.just(np.nan), st.floats(allow_nan=False, allow_infinity=False)),
    )
)
def test_written_and_read_again(write: Writer, values: np.ndarray) -> None:
    n_genes = values.shape[1]
    lines = [[f"g{n}" for n in range(n_genes)], ["c"] * n_genes, [""] * n_genes]
    lines += [["?" if np.isnan(v) else repr(v) for v in row] for row in values.tolist()]
    text = "\n".join("\t".join(line) for line in lines)
    adata = read_expression(write("m.tab", text), format="orange")
    np.testing.assert_array_equal(adata.X, values)


def test_real_leukemias(shared: Path) -> None:
    path = shared / "data/formats/orange_GSE2191.tab.gz"
    with gzip.open(path, "rt") as handle:
        names, _, _, *rows = (line.rstrip("\n").split("\t") for line in handle)
    adata = read_expression(path)
    assert sniff(path) == "orange"
    assert adata.shape == (54, 12625)
    assert list(adata.var["gene_id"]) == names[:-2]
    assert adata.obs_names.tolist() == [row[-1] for row in rows]
    assert adata.obs["outcome"].tolist() == [row[-2] for row in rows]
    np.testing.assert_array_equal(adata.X, [[float(v) for v in row[:-2]] for row in rows])
