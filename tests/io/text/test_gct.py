"""GCT 1.2 and 1.3."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from atrasig.errors import FormatError, InputError
from atrasig.io import read_expression

Writer = Callable[[str, "str | bytes"], Path]
GCT = "#1.2\n2\t2\nNAME\tDescription\ts1\ts2\nRARA\tx\t1\t2\nPML\ty\t3\t4\n"


def test_version_2_by_hand(write: Writer) -> None:
    adata = read_expression(write("m.gct", GCT))
    np.testing.assert_array_equal(adata.X, [[1, 3], [2, 4]])
    assert list(adata.obs_names) == ["s1", "s2"]
    assert list(adata.var["Description"]) == ["x", "y"]
    assert adata.uns["atrasig"]["input"]["format"] == "gct"


def test_version_3_by_hand(write: Writer) -> None:
    text = (
        "#1.3\n2\t2\t2\t1\nid\tsymbol\tchip\ts1\ts2\nbatch\tna\tna\tA\tB\n"
        "x_at\tRARA\tU95\t1\tNA\ny_at\tPML\tU95\t3\t4\n"
    )
    adata = read_expression(write("m.txt", text))
    np.testing.assert_array_equal(adata.X, [[1, 3], [np.nan, 4]])
    assert list(adata.var["gene_id"]) == ["RARA", "PML"]
    assert list(adata.var["id"]) == ["x_at", "y_at"]
    found = adata.uns["atrasig"]["input"]
    assert (found["column_metadata_rows"], found["identifier_column"]) == (1, "symbol")


def test_spreadsheet_leavings_are_read(write: Writer) -> None:
    text = "\ufeff#1.2\t\t\t\t\r\n2\t2\t\t\t\r\nNAME\tDescription\ts1\ts2\t\r\n"
    text += "RARA\tx\t1\t2\t\r\n\t\t\t\t\r\nPML\ty\t\t4\r\n\r\n"
    adata = read_expression(write("m.gct.gz", text))
    np.testing.assert_array_equal(adata.X, [[1, np.nan], [2, 4]])


def test_a_sample_without_values(write: Writer) -> None:
    text = GCT.replace("\t2\nPML", "\tNA\nPML").replace("\t4\n", "\t\n")
    adata = read_expression(write("m.gct", text))
    np.testing.assert_array_equal(adata.X, [[1, 3], [np.nan, np.nan]])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("2\t2\n", "3\t2\n", ["states 3 genes x 2 samples, the file has 2 x 2"]),
        ("2\t2\n", "1\t2\n", ["states 1 genes x 2 samples, the file has 2 x 2"]),
        ("2\t2\n", "2\t1\n", ["states 2 genes x 1 samples, the file has 2 x 2"]),
        ("2\t2\n", "2\t3\n", ["states 2 genes x 3 samples, the file has 2 x 2"]),
        ("2\t2\n", "two\t2\n", ["holds 2 whole numbers", "line 2"]),
        ("#1.2", "#1.3", ["holds 4 whole numbers", "line 2"]),
        ("#1.2", "#1.4", ["GCT version '#1.4' is not known"]),
        ("y\t3\t4", "y\t3", ["has 3 fields, 4 are needed", "line 5"]),
        ("y\t3\t4", "y\t3\t4\t5", ["has 5 fields, 4 are needed", "line 5"]),
        ("x\t1\t2", "x\t1\t2.5.1", ["'2.5.1' is not a number", "line 4, gene 'RARA'", "'s2'"]),
        ("x\t1\t2", "x\t1\tInf", ["gene 'RARA' in sample 's2' is infinite"]),
        ("s1\ts2", "s1\ts1", ["'s1' stands 2 times"]),
    ],
)
def test_faults_are_named_with_their_place(
    write: Writer, old: str, new: str, words: list[str]
) -> None:
    with pytest.raises(InputError) as caught:
        read_expression(write("m.gct", GCT.replace(old, new)))
    assert [word for word in words if word not in str(caught.value)] == []


def test_only_two_lines(write: Writer) -> None:
    with pytest.raises(FormatError, match="the file has 0 x 0"):
        read_expression(write("m.gct", "#1.2\n2\t2\n"))


def test_real_array_data(shared: Path) -> None:
    path = shared / "data/parity/gseapy/Leukemia_hgu95av2.gct.gz"
    adata = read_expression(path)
    assert adata.shape == (48, 12564)
    with gzip.open(path, "rt") as handle:
        lines = [line.rstrip("\n").split("\t") for line in handle][2:]
    assert list(adata.obs_names) == lines[0][2:]
    assert list(adata.var["gene_id"]) == [line[0] for line in lines[1:]]
    for row in (0, 1, 6000, 12563):
        np.testing.assert_array_equal(adata.X[:, row], [float(v) for v in lines[1 + row][2:]])


def test_column_metadata_reach_the_samples(write: Writer) -> None:
    text = (
        "#1.3\n1\t2\t1\t3\nid\tdesc\ts1\ts2\nbatch\tna\tA\t B \nbatch\tna\tC\tD\n"
        "dose/uM\tna\t1\t\nRARA\tx\t1\t2\n"
    )
    obs = read_expression(write("m.gct", text)).obs
    assert obs.to_dict("list") == {
        "batch": ["A", "B"],
        "batch#2": ["C", "D"],
        "dose_uM": ["1", ""],
    }


def test_column_metadata_of_another_width(write: Writer) -> None:
    text = "#1.3\n1\t2\t1\t1\nid\tdesc\ts1\ts2\nbatch\tna\tA\nRARA\tx\t1\t2\n"
    with pytest.raises(FormatError, match=r"has 3 fields, 4 are needed.*line 4"):
        read_expression(write("m.gct", text))


@settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    hnp.arrays(
        np.float64,
        st.tuples(st.integers(1, 5), st.integers(1, 4)),
        elements=st.one_of(st.just(np.nan), st.floats(allow_nan=False, allow_infinity=False)),
    )
)
def test_written_and_read_again(write: Writer, values: np.ndarray) -> None:
    n_genes, n_samples = values.shape
    lines = ["#1.2", f"{n_genes}\t{n_samples}"]
    lines += ["\t".join(["NAME", "Description", *(f"s{n}" for n in range(n_samples))])]
    lines += ["\t".join([f"g{n}", "", *map(repr, row)]) for n, row in enumerate(values.tolist())]
    adata = read_expression(write("m.gct.gz", "\n".join(lines)))
    np.testing.assert_array_equal(adata.X, values.T)
