"""What files of quantifiers share: named columns, sample names, counts beside TPM."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrasig.errors import FormatError, InputError
from atrasig.io.counts.named_columns import read_columns
from atrasig.io.counts.quantified import (
    choose_quantity,
    is_named_by_quantifier,
    one_sample,
    sample_name,
    sum_rows,
)
from atrasig.io.options import ReadOptions

Writer = Callable[[str, "str | bytes"], Path]


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("S1.ReadsPerGene.out.tab", "S1"),
        ("S1ReadsPerGene.out.tab.gz", "S1"),
        ("S1_ReadsPerGene.out.tab.bz2", "S1"),
        ("run7/ReadsPerGene.out.tab", "run7"),
        ("S1.genes.results", "S1"),
        ("S1.isoforms.results.xz", "S1"),
        ("S1.htseq.counts.gz", "S1"),
        ("S1.htseq_counts.txt", "S1"),
        ("S1_counts.tsv.zip", "S1"),
        ("S1.featureCounts.txt", "S1"),
        ("GSM1_patient.2.txt.gz", "GSM1_patient.2"),
        ("0a1b.rna_seq.augmented_star_gene_counts.tsv", "0a1b"),
        ("S1/quant.sf", "S1"),
        ("S1/quant.genes.sf.gz", "S1"),
        ("S1/abundance.tsv", "S1"),
        ("S1/abundance.h5", "S1"),
        ("cohort_abundance.tsv.gz", "cohort"),
        ("S1/counts.txt", "S1"),
        ("account", "account"),
        ("S.1", "S.1"),
    ],
)
def test_the_name_of_a_sample(tmp_path: Path, file: str, name: str) -> None:
    assert sample_name(tmp_path / file) == (
        name,
        "folder" if file.startswith(name + "/") else "file",
    )


def test_a_file_that_a_quantifier_named() -> None:
    assert is_named_by_quantifier(Path("a/quant.sf.gz"))
    assert not is_named_by_quantifier(Path("a/samples.tsv"))


@pytest.mark.parametrize("separator", ["\t", ","])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_columns_as_written(write: Writer, separator: str, end: str, quote: str) -> None:
    rows = [["id", "x"], ["a", "1"], ["b", "2.5"]]
    lines = [separator.join(f"{quote}{field}{quote}" for field in row) for row in rows]
    columns = read_columns(write("t.txt.gz", end.join(["# made by", *lines, ""])))
    assert columns.names("id") == ["a", "b"]
    assert columns.numbers("x").tolist() == [1.0, 2.5]
    assert columns.comments == ["# made by"]


def test_blank_lines_and_separators_at_the_end_do_no_harm(write: Writer) -> None:
    columns = read_columns(write("t.txt", "id\tx\na\t1\t\n\nb\t2\n"))
    assert columns.counts("x").tolist() == [1.0, 2.0]
    with pytest.raises(FormatError, match="line 4"):
        read_columns(write("u.txt", "id\tx\na\t1\n\n\t2\n")).names("id")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id\tx\na\t1\nb\n", r"1 fields, 2 are needed .*line 3"),
        ("id\tx\na\t1\t7\n", r"3 fields, 2 are needed .*line 2"),
        ("id\tx\n", "no line below the header"),
        ("# only\n", "no table"),
        ("id\tid\na\t1\n", "'id' stands 2 times"),
        ("id\tx\na\tone\n", r"'one' is not a number .*line 2, column 'x'"),
        ("id\tx\na\t1\nb\tNA\n", r"'NA' is no count.*line 3, column 'x'"),
        ("id\tx\na\t-1\n", r"'-1' is no count"),
        ("id\tx\na\t1_0\n", "'1_0' is not a number"),
        ("id\tx\n\t1\n", r"identifier is empty .*line 2"),
    ],
)
def test_faults_are_located(write: Writer, text: str, said: str) -> None:
    path = write("t.txt", text)

    def read() -> None:
        columns = read_columns(path)
        columns.names("id")
        columns.counts("x")

    with pytest.raises(FormatError, match=said):
        read()


def test_a_file_without_a_header_takes_the_names_of_its_width(write: Writer) -> None:
    headers = (("id", "x"), ("id", "name", "x"))
    assert list(read_columns(write("a", "g\t1\n"), *headers).texts) == ["id", "x"]
    assert list(read_columns(write("b", "g\tn\t1\n"), *headers).texts) == ["id", "name", "x"]
    with pytest.raises(FormatError, match="1 fields, 2 are needed"):
        read_columns(write("c", "g\n"), *headers)


def test_the_quantity_asked_for_becomes_the_values() -> None:
    values = {"counts": np.array([3.0]), "tpm": np.array([1e6])}
    path = Path("s.tsv")
    for quantity, first, second in (("auto", "counts", "tpm"), ("tpm", "tpm", "counts")):
        made = one_sample(path, ReadOptions(quantity=quantity), ["g"], values, {})  # type: ignore[arg-type]
        assert made.values.tolist() == [values[first].tolist()]
        assert made.layers[second].tolist() == [values[second].tolist()]
        assert made.facts["declared_scale"] == made.facts["quantity"] == first
    with pytest.raises(InputError, match=r"holds no TPM .*--quantity counts"):
        choose_quantity(ReadOptions(quantity="tpm"), ["counts"], path)


def test_a_sheet_of_one_sample_names_it() -> None:
    values = {"counts": np.array([3.0])}
    made = one_sample(Path("s.tsv"), ReadOptions(samples=["patient 1"]), ["g"], values, {})
    assert (made.samples, made.facts["sample_named_by"]) == (["patient 1"], "sheet")
    made = one_sample(Path("s.tsv"), ReadOptions(samples=["a", "b"]), ["g"], values, {})
    assert (made.samples, made.facts["sample_named_by"]) == (["s"], "file")


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 9)), min_size=1))
def test_sums_by_label(rows: list[tuple[str, int]]) -> None:
    labels = [label for label, _ in rows]
    sums, distinct = sum_rows(np.array([[float(n) for _, n in rows]]), labels)
    assert distinct == list(dict.fromkeys(labels))
    assert sums[0].tolist() == [sum(n for x, n in rows if x == label) for label in distinct]
