"""Counts of featureCounts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from atrasig.errors import FormatError, InputError
from atrasig.io import ReadOptions, read_expression, sniff
from atrasig.io.counts.featurecounts import short_names

Writer = Callable[[str, "str | bytes"], Path]
WHOLE = (
    '# Program:featureCounts v2.0.1; Command:"featureCounts" "-a" "genes.gtf"\n'
    "Geneid\tChr\tStart\tEnd\tStrand\tLength\tgene_name\tlevel\tmap/a.sorted.bam\tmap/b.sorted.bam\n"
    "ENSG00000131759\tchr17;chr17\t1;5\t2;9\t+;+\t700\tRARA\t2\t5\t6\n"
    "ENSG00000140464\tchr15\t1\t9\t-\t800\tPML\t1\t7\t8\n"
)


def test_the_real_file_of_one_sample(shared: Path) -> None:
    path = shared / "data/formats/mouse_High.2838c3.rep1.featureCounts.gene.txt.gz"
    assert sniff(path) == "featurecounts"
    adata = read_expression(path)
    assert adata.shape == (1, 26212)
    assert adata.obs_names.tolist() == ["High.2838c3.rep1.RNAseq.mm10"]
    bam = "genome_mapping/High.2838c3.rep1.RNAseq.mm10.sorted.bam"
    assert adata.obs["column"].tolist() == [bam]
    assert adata.to_df().iloc[0]["Scap"] == 8682
    assert adata.var.loc["Scap", "Length"] == "4288"


def test_the_real_combined_file_holds_the_same_counts(shared: Path) -> None:
    folder = shared / "data/formats"
    one = read_expression(folder / "mouse_High.2838c3.rep1.featureCounts.gene.txt.gz")
    path = folder / "mouse_Immunity2018.featureCounts.combined.txt.gz"
    combined = read_expression(path)
    assert sniff(path) == "delimited"
    assert combined.shape == (10, 26212)
    assert combined.obs_names[0] == "High.2838c3.rep1.RNAseq.mm10.featureCounts.gene.txt"
    first = pd.Series(combined.X[0], combined.var["gene_id"])
    pd.testing.assert_series_equal(
        first, pd.Series(one.X[0], one.var["gene_id"]), check_names=False
    )


def test_alignments_are_samples_and_attributes_are_not(write: Writer) -> None:
    path = write("counts.txt", WHOLE)
    assert sniff(path) == "featurecounts"
    adata = read_expression(path)
    assert adata.to_df().to_dict("list") == {"ENSG00000131759": [5, 6], "ENSG00000140464": [7, 8]}
    assert adata.obs_names.tolist() == ["a", "b"]
    assert adata.obs["column"].tolist() == ["map/a.sorted.bam", "map/b.sorted.bam"]
    assert list(adata.var) == ["gene_id", "Length", "gene_name", "level"]
    assert adata.uns["atrasig"]["input"]["ignored_columns"] == 4


def test_columns_that_were_renamed(write: Writer) -> None:
    adata = read_expression(write("c.txt", WHOLE.replace("map/a.sorted.bam", "S 1").replace(
        "map/b.sorted.bam", "S 2").replace("\tlevel", "").replace("\t2\t5", "\t5").replace(
        "\t1\t7", "\t7")))  # fmt: skip
    assert adata.obs_names.tolist() == ["S 1", "S 2"]
    assert adata.var["gene_name"].tolist() == ["RARA", "PML"]


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        (["x/a.bam", "x/b.bam"], ["a", "b"]),
        (["x/aAligned.sortedByCoord.out.bam"], ["a"]),
        (["a.Aligned.sortedByCoord.out.bam"], ["a"]),
        (["a.markdup.sorted.bam"], ["a"]),
        (["a/Aligned.out.bam", "b/Aligned.out.bam"], ["a", "b"]),
        (["a/accepted_hits.bam"], ["a"]),
        (["x/a.bam", "y/a.bam"], ["x", "y"]),
        (["x/a.bam", "x/a.sorted.bam"], ["a.bam", "a.sorted.bam"]),
        (["p/x/a.bam", "q/x/a.bam"], ["p/x/a.bam", "q/x/a.bam"]),
        (["C:\\runs\\a.sam"], ["a"]),
        (["a.sorted", "b"], ["a.sorted", "b"]),
    ],
)
def test_names_of_alignments(columns: list[str], names: list[str]) -> None:
    assert short_names(columns, None) == names


def test_a_sheet_may_use_any_of_the_names(write: Writer) -> None:
    path = write("c.txt", WHOLE)
    for name in ("a", "a.sorted.bam", "map/a.sorted.bam"):
        assert read_expression(path, samples=[name]).X.tolist() == [[5, 7]]
    with pytest.raises(InputError, match=r"'c'.*'a', 'b'"):
        read_expression(path, samples=["c"])


def test_faults(write: Writer) -> None:
    with pytest.raises(InputError, match="holds no TPM"):
        read_expression(write("c.txt", WHOLE), options=ReadOptions(quantity="tpm"))
    with pytest.raises(FormatError, match="No column behind Length"):
        read_expression(write("d.txt", "Geneid\tLength\nENSG00000131759\t700\n"))
