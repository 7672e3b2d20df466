"""Expected counts and TPM of RSEM."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from atrasig.errors import FormatError
from atrasig.io import ReadOptions, read_expression, sniff

Writer = Callable[[str, "str | bytes"], Path]
REAL = "data/formats/tximportData_rsem_{}.genes.results.gz"
ISOFORMS = (
    "transcript_id\tgene_id\tlength\teffective_length\texpected_count\tTPM\tFPKM\tIsoPct\n"
    "T1\tRARA\t100\t50\t1.25\t10\t1\t25\n"
    "T2\tPML\t100\t50\t2\t20\t2\t100\n"
    "T3\tRARA\t100\t50\t3.5\t30\t3\t75\n"
)


@pytest.mark.parametrize("run", ["ERR188021", "ERR188088"])
def test_the_real_files(shared: Path, run: str) -> None:
    path = shared / REAL.format(run)
    assert sniff(path) == "rsem"
    adata = read_expression(path)
    table = pd.read_csv(path, sep="\t")
    assert adata.shape == (1, 58288)
    assert adata.obs_names.tolist() == [f"tximportData_rsem_{run}"]
    assert adata.var_names.tolist() == table["gene_id"].tolist()
    np.testing.assert_array_equal(adata.X[0], table["expected_count"])
    np.testing.assert_array_equal(adata.layers["tpm"][0], table["TPM"])
    assert adata.uns["atrasig"]["input"]["declared_scale"] == "counts"
    assert np.mod(adata.X, 1).any()


def test_a_known_row(shared: Path) -> None:
    adata = read_expression(shared / REAL.format("ERR188088"))
    gene = "ENSG00000000457.13"
    assert adata.to_df().loc[adata.obs_names[0], gene] == 457.55
    assert adata.to_df("tpm").loc[adata.obs_names[0], gene] == 5.37


def test_lengths_and_counts_give_the_tpm(shared: Path) -> None:
    adata = read_expression(shared / REAL.format("ERR188088"))
    length = adata.var["effective_length"].astype(float).to_numpy()
    counts, tpm = adata.X[0], adata.layers["tpm"][0]
    rate = np.divide(counts, length, out=np.zeros_like(counts), where=length > 0)
    # Two decimals are printed, and RSEM forgives transcripts shorter than a read.
    large = tpm > 10
    np.testing.assert_allclose((rate / rate.sum() * 1e6)[large], tpm[large], rtol=2e-2)


def test_transcripts_are_summed_to_the_genes_of_the_file(write: Writer) -> None:
    path = write("S1.isoforms.results", ISOFORMS)
    assert sniff(path) == "rsem-isoforms"
    adata = read_expression(path)
    assert adata.obs_names.tolist() == ["S1"]
    assert adata.var_names.tolist() == ["RARA", "PML"]
    assert adata.X.tolist() == [[4.75, 2.0]]
    assert adata.layers["tpm"].tolist() == [[40.0, 20.0]]
    facts = adata.uns["atrasig"]["input"]
    assert (facts["transcripts_summed"], facts["ignored_columns"]) == (3, 4)


def test_transcripts_without_genes_stay(write: Writer) -> None:
    from atrasig.io.counts.rsem import read_transcripts

    alone = ISOFORMS.replace("\tRARA", "\tT#").replace("\tPML", "\tT2")
    path = write(
        "S1.isoforms.results", alone.replace("T1\tT#", "T1\tT1").replace("T3\tT#", "T3\tT3")
    )
    assert read_transcripts(path, ReadOptions()).genes == ["T1", "T2", "T3"]
    named = write("S2.isoforms.results", ISOFORMS)
    own = read_transcripts(named, ReadOptions(tx2gene=Path("table.tsv")))
    assert own.genes == ["T1", "T2", "T3"]


def test_a_damaged_count(write: Writer) -> None:
    with pytest.raises(FormatError, match=r"'' is no count.*line 3, column 'expected_count'"):
        read_expression(write("S1", ISOFORMS.replace("\t2\t20\t", "\t\t20\t")))
