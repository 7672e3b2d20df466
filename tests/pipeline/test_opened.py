"""Matrices of which a stage reads its rows alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from anndata import AnnData
from scipy.sparse import csr_array

from atrasig.enrich import enrich_samples
from atrasig.errors import FormatError
from atrasig.files import read_h5ad, write_h5ad
from atrasig.pipeline.opened import open_h5ad, read_annotation
from atrasig.scoring.blocks import dense_values, sample_blocks, take_rows
from atrasig.scoring.universe import select_universe


@pytest.mark.parametrize("kind", ["dense", "sparse"])
def test_rows_are_those_of_the_matrix_in_memory(kind: str, demo_work: Path, tmp_path: Path) -> None:
    whole = read_h5ad(demo_work / "expr.h5ad")[:6].copy()
    if kind == "sparse":
        whole.X, whole.layers["counts"] = csr_array(whole.X), csr_array(whole.layers["counts"])
    path = tmp_path / "m.h5ad"
    write_h5ad(path, whole)
    genes, rows = select_universe(whole, "coding"), np.array([4, 1, 5])
    names = list(whole.obs_names[rows])
    with open_h5ad(path) as opened:
        assert opened.obs.equals(whole.obs)
        assert not isinstance(opened.X, np.ndarray | csr_array)
        np.testing.assert_array_equal(
            dense_values(opened, rows, genes), dense_values(whole, rows, genes)
        )
        [block], [expected] = (sample_blocks(one, genes, names) for one in (opened, whole))
        np.testing.assert_array_equal(block.dense(), expected.dense())
        counts = take_rows(opened.layers["counts"], rows)
        assert (counts != whole.layers["counts"][rows]).sum() == 0
        assert enrich_samples(opened, samples=names[:1]).equals(
            enrich_samples(whole, samples=names[:1])
        )


def test_annotation_is_read_without_values(demo_work: Path) -> None:
    path = demo_work / "expr.h5ad"
    found, whole = read_annotation(path), read_h5ad(path)
    assert found.X is None
    assert found.obs.equals(whole.obs)
    assert found.uns["atrasig"].keys() == whole.uns["atrasig"].keys()
    assert isinstance(found, AnnData)


@pytest.mark.parametrize("text", ["", "no HDF5"])
def test_a_damaged_file_is_told(text: str, tmp_path: Path) -> None:
    path = tmp_path / "m.h5ad"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match="Cannot read as h5ad"), open_h5ad(path):
        pass
    with pytest.raises(FormatError, match="Cannot read as h5ad"):
        read_annotation(path)
