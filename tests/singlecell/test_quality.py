"""Quality of cells, and limits on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from anndata import AnnData
from scipy.sparse import csr_array, csr_matrix, issparse

import atrasig
from atrasig.errors import InputError
from atrasig.io import read_expression
from atrasig.singlecell import annotate_cells, filter_cells

Make = Callable[..., AnnData]
MITO = [3, 4]


@pytest.mark.parametrize("kind", [np.asarray, csr_matrix, csr_array])
def test_measures(cells: Make, counts: np.ndarray, kind: Callable[..., object]) -> None:
    source = cells(kind(counts), tissue=["blood"] * 6)
    made = annotate_cells(source)
    assert list(made.obs["qc_n_genes"]) == list((counts > 0).sum(axis=1))
    assert list(made.obs["qc_total_counts"]) == list(counts.sum(axis=1))
    share = 100 * counts[:5, MITO].sum(axis=1) / counts[:5].sum(axis=1)
    np.testing.assert_allclose(made.obs["qc_percent_mito"].iloc[:5], share, rtol=1e-6)
    assert np.isnan(made.obs["qc_percent_mito"].iloc[5])
    assert list(made.obs["tissue"]) == ["blood"] * 6
    assert list(source.obs) == ["tissue"]
    assert issparse(made.X) == issparse(source.X)


def test_measures_are_those_of_scanpy(cells: Make) -> None:
    from scanpy.pp import calculate_qc_metrics

    counts = np.random.default_rng(5).poisson(0.8, (40, 5)).astype(np.float64)
    source = cells(csr_matrix(counts))
    source.var["mito"] = [name.startswith("MT-") for name in source.var_names]
    expected, _ = calculate_qc_metrics(source, qc_vars=["mito"], percent_top=None, log1p=False)
    made = annotate_cells(source).obs
    assert list(made["qc_n_genes"]) == list(expected["n_genes_by_counts"])
    assert list(made["qc_total_counts"]) == list(expected["total_counts"])
    np.testing.assert_allclose(made["qc_percent_mito"], expected["pct_counts_mito"], rtol=1e-6)


def test_stored_zeros_are_no_genes(cells: Make, counts: np.ndarray) -> None:
    stored = csr_matrix(counts + 1)
    stored.data -= 1
    made = annotate_cells(cells(stored))
    assert list(made.obs["qc_n_genes"]) == list((counts > 0).sum(axis=1))
    assert stored.nnz == counts.size


def test_mitochondrial_genes_by_any_name(cells: Make, counts: np.ndarray) -> None:
    source = cells(counts)
    source.var["gene_id"] = ["RARA", "PML", "CD38", "ENSG00000198888", "ENSG00000198804.2"]
    named, other = annotate_cells(cells(counts)), annotate_cells(source)
    assert named.obs["qc_percent_mito"].equals(other.obs["qc_percent_mito"])


def test_what_cannot_be_known_is_missing(cells: Make, counts: np.ndarray) -> None:
    made = annotate_cells(cells(np.log1p(counts)))
    assert list(made.obs["qc_n_genes"]) == list((counts > 0).sum(axis=1))
    assert made.obs[["qc_total_counts", "qc_percent_mito"]].isna().all(axis=None)
    nuclear = annotate_cells(cells(counts[:, :3]))
    assert nuclear.obs["qc_percent_mito"].isna().all()
    assert nuclear.obs["qc_total_counts"].notna().all()


def test_no_cell_is_left_out_unasked(cells: Make, counts: np.ndarray) -> None:
    kept = filter_cells(cells(csr_matrix(counts)))
    assert kept.n_obs == 6
    assert kept.uns["atrasig"]["input"]["cells_removed"] == 0


def test_cells_left_out_are_counted_by_reason(cells: Make, counts: np.ndarray) -> None:
    source = cells(csr_matrix(counts))
    kept = filter_cells(source, min_genes=2, min_counts=5, max_mito_percent=30)
    assert list(kept.obs_names) == ["c4"]
    facts = kept.uns["atrasig"]["input"]
    assert facts["cells_failing_min_genes"] == 1
    assert facts["cells_failing_min_counts"] == 4
    assert facts["cells_failing_max_mito_percent"] == 3
    assert facts["cells_removed"] == 5
    assert facts["cells_max_mito_percent"] == "30"
    np.testing.assert_array_equal(kept.X.toarray(), counts[[4]])
    assert "cells_removed" not in source.uns["atrasig"]["input"]


def test_limits_that_cannot_be_judged_or_met(cells: Make, counts: np.ndarray) -> None:
    with pytest.raises(InputError, match="min_counts cannot be judged"):
        filter_cells(cells(np.log1p(counts)), min_counts=1)
    with pytest.raises(InputError, match="max_mito_percent cannot be judged"):
        filter_cells(cells(counts[:, :3]), max_mito_percent=5)
    with pytest.raises(InputError, match="None of 6 cells passes"):
        filter_cells(cells(counts), min_genes=99)


@pytest.mark.parametrize(
    ("name", "n_cells"),
    [
        ("pbmc3k_subset_10x_v2", 80),
        ("10x_v3/filtered_feature_bc_matrix", 1107),
        ("10x_v3/filtered_feature_bc_matrix.h5", 1107),
        ("healthy_bm_pbmc_250x462.h5ad", 250),
    ],
)
def test_real_cells_are_scored_without_a_dense_copy(shared: Path, name: str, n_cells: int) -> None:
    raw = annotate_cells(read_expression(shared / "data/singlecell" / name))
    expression = atrasig.harmonise(raw)
    assert issparse(raw.X)
    assert issparse(expression.X)
    assert issparse(expression.layers["counts"])
    assert expression.uns["atrasig"]["platform"] == "single_cell"
    assert "qc_percent_mito" in expression.obs
    few = expression[:20].copy()
    scores = atrasig.score(few)
    assert scores["sample"].nunique() == 20
    assert n_cells == raw.n_obs


def test_the_dense_umi_table_is_known_as_cells(shared: Path) -> None:
    adata = read_expression(shared / "data/singlecell/pbmc_small_dense_umi.txt")
    assert adata.shape == (80, 230)
    assert adata.uns["atrasig"]["input"]["unit"] == "cell"
    assert atrasig.harmonise(adata).uns["atrasig"]["platform"] == "single_cell"
