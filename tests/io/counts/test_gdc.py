"""Gene counts of the GDC."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from atrasig.errors import InputError
from atrasig.io import ReadOptions, read_expression, sniff

Writer = Callable[[str, "str | bytes"], Path]
HEADER = (
    "gene_id\tgene_name\tgene_type\tunstranded\tstranded_first\tstranded_second\t"
    "tpm_unstranded\tfpkm_unstranded\tfpkm_uq_unstranded"
)
NAME = "0a1b.rna_seq.augmented_star_gene_counts.tsv"


def gdc_text(rara: str = "10\t9\t1\t600000.5\t3.1\t2.2") -> str:
    return "\n".join([
        "# gene-model: GENCODE v36",
        HEADER,
        "N_unmapped\t\t\t7\t7\t7\t\t\t",
        f"ENSG00000131759.18\tRARA\tprotein_coding\t{rara}",
        "ENSG00000140464.20\tPML\tprotein_coding\t4\t2\t2\t399999.5\t1.0\t0.5",
        "",
    ])  # fmt: skip


@pytest.mark.parametrize("packed", ["", ".gz"])
def test_counts_with_tpm_beside_them(write: Writer, packed: str) -> None:
    path = write(NAME + packed, gdc_text())
    assert sniff(path) == "gdc"
    adata = read_expression(path)
    assert adata.obs_names.tolist() == ["0a1b"]
    assert adata.X.tolist() == [[7, 10, 4]]
    np.testing.assert_array_equal(adata.layers["tpm"], [[np.nan, 600000.5, 399999.5]])
    assert adata.var["gene_name"].tolist() == ["", "RARA", "PML"]
    facts = adata.uns["atrasig"]["input"]
    assert facts["gene_model"] == "GENCODE v36"
    assert (facts["strand"], facts["strand_chosen_by"]) == ("unstranded", "GDC")
    assert (facts["total_forward"], facts["total_reverse"]) == (11, 3)
    assert facts["ignored_columns"] == 2


def test_a_strand_has_no_tpm(write: Writer) -> None:
    path = write(NAME, gdc_text())
    adata = read_expression(path, options=ReadOptions(strand="forward"))
    assert adata.X.tolist() == [[7, 9, 2]]
    assert not adata.layers
    with pytest.raises(InputError, match="holds no TPM"):
        read_expression(path, options=ReadOptions(strand="forward", quantity="tpm"))


def test_tpm_on_request(write: Writer) -> None:
    adata = read_expression(write(NAME, gdc_text()), options=ReadOptions(quantity="tpm"))
    np.testing.assert_array_equal(adata.X, [[np.nan, 600000.5, 399999.5]])
    assert adata.layers["counts"].tolist() == [[7, 10, 4]]
    assert adata.uns["atrasig"]["input"]["declared_scale"] == "tpm"
