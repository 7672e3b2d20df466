"""Abundances of StringTie."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from atrasig.errors import InputError
from atrasig.io import ReadOptions, read_expression, sniff

Writer = Callable[[str, "str | bytes"], Path]
TEXT = (
    "Gene ID\tGene Name\tReference\tStrand\tStart\tEnd\tCoverage\tFPKM\tTPM\n"
    "ENSG00000131759.18\tRARA\t17\t+\t1\t9\t3.5\t1.25\t2.5\n"
    "ENSG00000140464.20\tPML\t15\t+\t1\t9\t0.5\t0.25\t0.5\n"
)


@pytest.mark.parametrize("name", ["s1.gene_abund.tab", "s1.gene.abundance.txt"])
def test_tpm_are_taken(write: Writer, name: str) -> None:
    path = write(name, TEXT)
    assert sniff(path) == "stringtie"
    adata = read_expression(path)
    assert list(adata.obs_names) == ["s1"]
    np.testing.assert_array_equal(adata.X, [[2.5, 0.5]])
    assert list(adata.var["Gene Name"]) == ["RARA", "PML"]
    assert adata.uns["atrasig"]["input"]["declared_scale"] == "tpm"
    assert adata.uns["atrasig"]["input"]["ignored_columns"] == 6


def test_it_counts_no_reads(write: Writer) -> None:
    with pytest.raises(InputError, match="holds no counts"):
        read_expression(write("s1.tab", TEXT), options=ReadOptions(quantity="counts"))
