"""Counts and TPM of Salmon."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from atrasig.io import ReadOptions, read_expression, sniff
from atrasig.io.counts.salmon import read

Writer = Callable[[str, "str | bytes"], Path]
GENES = "Name\tLength\tEffectiveLength\tTPM\tNumReads\nENSG00000131759\t9\t8\t4.5\t7.25\n"


def test_the_real_file(shared: Path) -> None:
    path = shared / "data/formats/tximportData_salmon_ERR188021_quant.sf.gz"
    assert sniff(path) == "salmon"
    table = pd.read_csv(path, sep="\t")
    matrix = read(path, ReadOptions())
    assert matrix.samples == ["tximportData_salmon_ERR188021"]
    assert matrix.genes == table["Name"].tolist()
    np.testing.assert_array_equal(matrix.values[0], table["NumReads"])
    np.testing.assert_array_equal(matrix.layers["tpm"][0], table["TPM"])
    place = matrix.genes.index("ENST00000456328.2")
    assert (matrix.values[0, place], matrix.layers["tpm"][0, place]) == (7.02211, 0.199672)
    # TPM follow from reads and effective lengths.
    rate = matrix.values[0] / matrix.gene_annotation["EffectiveLength"].astype(float).to_numpy()
    np.testing.assert_allclose(rate / rate.sum() * 1e6, matrix.layers["tpm"][0], rtol=1e-3)


@pytest.mark.parametrize("name", ["S1/quant.genes.sf", "S1/quant.sf"])
def test_genes_are_named_by_their_folder(write: Writer, tmp_path: Path, name: str) -> None:
    (tmp_path / "S1").mkdir()
    adata = read_expression(write(name, GENES))
    assert adata.to_df().to_dict("index") == {"S1": {"ENSG00000131759": 7.25}}
    assert adata.uns["atrasig"]["input"]["sample_named_by"] == "folder"


def test_merged_tables_of_nf_core_are_plain_tables(write: Writer) -> None:
    text = (
        "gene_id\tgene_name\tS1\tS2\nENSG00000131759\tRARA\t7.25\t3\nENSG00000140464\tPML\t1\t0.5\n"
    )
    for name in ("salmon.merged.gene_counts.tsv", "salmon.merged.gene_tpm.tsv"):
        adata = read_expression(write(name, text))
        assert sniff(write(name, text)) == "delimited"
        assert adata.obs_names.tolist() == ["S1", "S2"]
        assert adata.X.tolist() == [[7.25, 1.0], [3.0, 0.5]]
        assert adata.var["gene_name"].tolist() == ["RARA", "PML"]
