"""What the columns of a table are, told by their names and values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from atrasig.errors import FormatError
from atrasig.io import read_expression
from atrasig.io.columns import plain_name

Writer = Callable[[str, "str | bytes"], Path]
GENES = ("RARA", "PML", "TP53", "KIT")


def table(columns: dict[str, list[object]]) -> str:
    return repeated(list(columns.items()))


def repeated(columns: list[tuple[str, list[object]]]) -> str:
    lines = [["gene", *(name for name, _ in columns)]]
    for row, gene in enumerate(GENES):
        lines.append([gene, *(str(cells[row]) for _, cells in columns)])
    return "\n".join(map("\t".join, lines)) + "\n"


COUNTS: list[object] = [5, 0, 12, 7]
LOGS: list[object] = [0.5, -1.25, 3.5, 2.0]


@pytest.mark.parametrize(
    "names",
    [
        ["baseMean", "log2FoldChange", "lfcSE", "stat", "pvalue", "padj"],
        ["logFC", "AveExpr", "t", "P.Value", "adj.P.Val", "B"],
        ["logFC", "logCPM", "LR", "PValue", "FDR"],
        ["log2 Fold Change", "p-value", "q_value"],
    ],
)
def test_statistics_are_ignored_beside_samples_and_refused_alone(
    write: Writer, names: list[str]
) -> None:
    statistics: dict[str, list[object]] = dict.fromkeys(names, LOGS)
    path = write("m.tsv", table({"s1": COUNTS} | statistics | {"s2": COUNTS}))
    adata = read_expression(path)
    assert list(adata.obs_names) == ["s1", "s2"]
    found = adata.uns["atrasig"]["input"]
    assert found["ignored_columns"] == len(names)
    assert found["ignored_statistics"] == f"{len(names)}: {', '.join(names)}"
    with pytest.raises(FormatError, match="This is a table of a differential test"):
        read_expression(write("alone.tsv", table(statistics)))


@pytest.mark.parametrize("name", ["t", "B", "F", "stat", "score", "end", "T", "size", "P"])
def test_short_names_are_samples_where_nothing_speaks_against_it(write: Writer, name: str) -> None:
    adata = read_expression(write("m.tsv", table({"N": COUNTS, name: COUNTS})))
    assert list(adata.obs_names) == ["N", name]


def test_numbers_on_a_gene_are_no_samples(write: Writer) -> None:
    text = table(
        {
            "entrez_id": [5914, 5371, 7157, 3815],
            "chr": ["17", "15", "17", "4"],
            "Start": [1, 2, 3, 4],
            "END": [5, 6, 7, 8],
            "Length": [10, 20, 30, 40],
            "s1": COUNTS,
        }
    )
    adata = read_expression(write("m.tsv", text))
    assert list(adata.obs_names) == ["s1"]
    found = adata.uns["atrasig"]["input"]
    assert found["ignored_gene_numbers"] == "5: entrez_id, chr, Start, END, Length"


@pytest.mark.parametrize("unit", ["{} CPM", "{}_tpm", "norm.{}", "{} log2 FPKM"])
def test_counts_are_taken_where_fractions_of_the_same_samples_stand_beside_them(
    write: Writer, unit: str
) -> None:
    columns = {"a 1": COUNTS, "b 1": COUNTS, unit.format("a 1"): LOGS, unit.format("b 1"): LOGS}
    adata = read_expression(write("m.tsv", table(columns)))
    assert list(adata.obs_names) == ["a 1", "b 1"]
    found = adata.uns["atrasig"]["input"]
    assert found["ignored_columns"] == 2
    assert found["ignored_not_counts"].startswith("2: ")
    named = read_expression(write("m.tsv", table(columns)), samples=[unit.format("b 1")])
    np.testing.assert_array_equal(named.X, [LOGS])
    assert named.uns["atrasig"]["input"]["ignored_not_asked_for"].startswith("3: ")


def test_a_sample_that_happens_to_be_whole_does_not_oust_the_others(write: Writer) -> None:
    adata = read_expression(write("m.tsv", table({"s1": COUNTS, "s2": LOGS, "s3": LOGS})))
    assert list(adata.obs_names) == ["s1", "s2", "s3"]


def test_constant_columns_count_only_in_tables_of_results(write: Writer) -> None:
    constant: dict[str, list[object]] = {"s1": COUNTS, "zero": [0, 0, 0, 0]}
    assert read_expression(write("m.tsv", table(constant))).n_obs == 2
    adata = read_expression(write("m.tsv", table({"padj": LOGS} | constant)))
    assert list(adata.obs_names) == ["s1"]
    assert adata.uns["atrasig"]["input"]["ignored_constant"] == "1: zero"


@pytest.mark.parametrize(
    "names", [["S1", "call", "S2", "call"], ["S1", "S1_call", "S2", "S2_call"]]
)
def test_detection_calls_are_counted_even_under_one_name(write: Writer, names: list[str]) -> None:
    calls: list[object] = ["P", "A", "M", "NA"]
    path = write("m.tsv", repeated(list(zip(names, [COUNTS, calls, LOGS, calls], strict=True))))
    for samples in (None, ["S1", "S2"]):
        adata = read_expression(path, samples=samples)
        assert list(adata.obs_names) == ["S1", "S2"]
        assert list(adata.var.columns) == ["gene_id"]
        found = adata.uns["atrasig"]["input"]
        assert found["ignored_detection_calls"] == f"2: {names[1]}, {names[3]}"


@pytest.mark.parametrize("cells", [COUNTS, ["x", "y", "z", "w"]])
def test_repeated_names_of_other_columns_are_refused(write: Writer, cells: list[object]) -> None:
    path = write("m.tsv", repeated([("S1", COUNTS), ("S2", cells), ("S2", cells)]))
    with pytest.raises(FormatError, match="'S2' stands 2 times in the header"):
        read_expression(path)


def test_many_ignored_columns_are_named_in_part(write: Writer) -> None:
    calls: list[object] = ["P", "A", "M", "P"]
    columns = [("s1", COUNTS)] + [(f"c{i}", calls) for i in range(30)]
    found = read_expression(write("m.tsv", repeated(columns))).uns["atrasig"]["input"]
    assert found["ignored_detection_calls"].startswith("30: c0, c1")
    assert found["ignored_detection_calls"].endswith("c19 and 10 more")


def test_plain_name() -> None:
    assert plain_name(" adj.P_Val ") == "adjpval"
