"""Commands on single cells."""

from __future__ import annotations

from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from click.testing import CliRunner, Result
from scipy.sparse import csr_matrix

from atrasig.cli import main
from atrasig.io import read_expression


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


@pytest.fixture
def cells(tmp_path: Path) -> Path:
    counts = np.random.default_rng(7).poisson(0.6, (40, 4)).astype(np.float64)
    obs = pd.DataFrame({"sample": ["p1", "p2"] * 20, "cell_type": ["B"] * 37 + ["T"] * 3})
    obs.index = obs.index.astype(str)
    var = pd.DataFrame(index=["RARA", "PML", "CD38", "MT-ND1"])
    AnnData(csr_matrix(counts), obs=obs, var=var).write_h5ad(tmp_path / "cells.h5ad")
    return tmp_path / "cells.h5ad"


def test_pseudobulk(cells: Path, tmp_path: Path) -> None:
    out = tmp_path / "bulk.h5ad"
    result = invoke("pseudobulk", cells, "--out", out)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines() == [
        "2 groups of 37 cells",
        "left out: p1|T (1 cells)",
        "left out: p2|T (2 cells)",
    ]
    bulk = anndata.read_h5ad(out)
    assert list(bulk.obs_names) == ["p1|B", "p2|B"]
    first = out.read_bytes()
    invoke("pseudobulk", cells, "--out", out)
    assert out.read_bytes() == first


def test_pseudobulk_with_a_wrong_column(cells: Path, tmp_path: Path) -> None:
    result = invoke("pseudobulk", cells, "--by", "patient", "--out", tmp_path / "bulk.h5ad")
    assert result.exit_code == 2
    assert "no column 'patient'. Their columns are: sample, cell_type." in result.output
    assert not (tmp_path / "bulk.h5ad").exists()


def test_cells(cells: Path, tmp_path: Path) -> None:
    out = tmp_path / "kept.h5ad"
    result = invoke("cells", cells, "--min-genes", 2, "--max-mito-percent", 60, "--out", out)
    assert result.exit_code == 0, result.output
    kept = read_expression(out)
    assert result.output.splitlines()[0] == f"{kept.n_obs} cells kept, {40 - kept.n_obs} left out"
    assert "min_genes: " in result.output
    assert 0 < kept.n_obs < 40
    assert kept.uns["atrasig"]["input"]["cells_removed"] == 40 - kept.n_obs
