"""Which names are barcodes of cells."""

from __future__ import annotations

import pytest

from atrasig.io.stores.barcodes import looks_like_cells, unit_facts


@pytest.mark.parametrize(
    "name",
    [
        "AAACCTGAGAAACCAT", "AAACCTGAGAAACCAT-1", "ATGCCAGAACGACT", "P3_AAACCTGAGAAACCAT-1",
        "AAACCTGAGAAACCAT.1_2", "lib:1:AAACCTGAGAAACCAT", "tumour|AAACCTGAGAAACCAT-1-run2",
    ],
)  # fmt: skip
def test_barcodes(name: str) -> None:
    assert looks_like_cells([name, name])


@pytest.mark.parametrize(
    "name",
    ["TCGA-AB-2872", "GATTACA", "ACGTACGT-ACGTACGT", "NB4", "s1", "", "aaacctgagaaaccat", "P1|B"],
)
def test_names_of_samples(name: str) -> None:
    assert not looks_like_cells([name])


def test_nine_of_ten() -> None:
    barcode = "AAACCTGAGAAACCAT-1"
    assert looks_like_cells([barcode] * 9 + ["empty"])
    assert not looks_like_cells([barcode] * 8 + ["empty"] * 2)
    assert not looks_like_cells([])


def test_columns_count_only_with_many_rows() -> None:
    columns = ["n_genes", "leiden", "age"]
    assert unit_facts(["a"] * 50, columns) == {
        "unit": "cell",
        "unit_evidence": "columns leiden, n_genes",
    }
    assert unit_facts(["a"] * 49, columns) == {}
    assert unit_facts(["a"] * 50, ["leiden"]) == {}
