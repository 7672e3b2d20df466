"""Two columns without a header."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from atrasig.errors import FormatError
from atrasig.io import ReadOptions, read_expression, sniff

Writer = Callable[[str, "str | bytes"], Path]
COUNTS = "RARA\t12\nPML\t3\nTP53\t0\n__no_feature\t5\n__ambiguous\t1\n"


def test_the_real_file(shared: Path) -> None:
    path = shared / "data/formats/HTSeq_Count.genes.232902658.txt.gz"
    assert sniff(path) == "htseq"
    adata = read_expression(path)
    assert adata.shape == (1, 57778)
    assert adata.obs_names.tolist() == ["HTSeq_Count.genes.232902658"]
    values = adata.to_df().iloc[0]
    assert values["ENSG00000000003"] == 1456
    assert values["__no_feature"] == 991550
    assert adata.uns["atrasig"]["input"]["declared_scale"] == "counts"


def test_a_column_of_names_between(write: Writer) -> None:
    text = "ENSG00000131759\tRARA\t12\nENSG00000140464\tPML\t3\n"
    adata = read_expression(write("S1.counts", text))
    assert sniff(write("S1.counts", text)) == "htseq"
    assert adata.var["name"].tolist() == ["RARA", "PML"]
    assert adata.to_df().loc["S1"].tolist() == [12, 3]


@pytest.mark.parametrize("first", ["gene", "Gene_ID", "ensembl_gene_id", "", "symbol"])
def test_a_header_makes_it_a_table(write: Writer, first: str) -> None:
    for second in ("sample", "7"):
        assert sniff(write("t.txt", f"{first}\t{second}\n{COUNTS}")) == "delimited"


@pytest.mark.parametrize("text", ["RARA\t-1\nPML\t2\n", "RARA 1\nPML 2\n", "a b\t1\nc d\t2\n"])
def test_other_texts_are_not_taken(write: Writer, text: str) -> None:
    assert sniff(write("t.txt", text)) != "htseq"


def test_fractions_are_counts_only_beside_counters(write: Writer) -> None:
    beside = read_expression(write("a", COUNTS.replace("12", "12.5")))
    assert beside.uns["atrasig"]["input"]["declared_scale"] == "counts"
    path = write("b", "RARA\t12.5\nPML\t0\n")
    assert "declared_scale" not in read_expression(path).uns["atrasig"]["input"]
    stated = read_expression(path, options=ReadOptions(quantity="tpm"))
    assert stated.uns["atrasig"]["input"]["declared_scale"] == "tpm"


def test_a_negative_value_far_down_is_refused(write: Writer) -> None:
    ranked = "".join(f"RARA{i}\t{9000 - i}.5\n" for i in range(9100))
    path = write("ranked", "RARA\t9999\nPML\t9998\n" + ranked)
    with pytest.raises(FormatError, match=r"'-1.5' is no count; 99 such fields"):
        read_expression(path, format="htseq")
