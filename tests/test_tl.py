"""Scores in a scanpy session: obsm, uns, raw, layers, views, backed mode."""

from __future__ import annotations

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy.sparse import csr_matrix

import atrasig
from atrasig.errors import UsageError
from atrasig.genes import load_gene_table
from atrasig.scoring import score
from atrasig.signatures import Signature, SignatureGene, SignatureSet, Source

METHOD = "singscore"
KEY = f"atrasig_{METHOD}"


def _signature(name: str, up: list[str], down: list[str] | None = None) -> Signature:
    genes = [SignatureGene(gene=gene, direction="up") for gene in up]
    genes += [SignatureGene(gene=gene, direction="down") for gene in down or []]
    return Signature(
        id=name,
        version="1.2.0",
        title=name,
        kind="pathway",
        source=Source(citation="made for this test"),
        obtained="curated",
        licence="none needed",
        genes=tuple(genes),
    )


@pytest.fixture(scope="module")
def symbols() -> list[str]:
    return sorted(load_gene_table().coding)[:3000:10]


@pytest.fixture
def cells(symbols: list[str]) -> AnnData:
    """Log-normalised counts of 40 cells as scanpy has them: symbols, and no biotype."""
    counts = np.random.default_rng(4).poisson(0.5, size=(40, len(symbols)))
    depth = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    values = np.log1p(1e4 * counts / depth).astype(np.float32)
    adata = AnnData(
        csr_matrix(values),
        obs=pd.DataFrame(index=pd.Index([f"c{i}" for i in range(40)], dtype=object)),
        var=pd.DataFrame(index=pd.Index(symbols, dtype=object)),
    )
    adata.layers["counts"] = csr_matrix(counts.astype(np.float32))
    adata.obsm["X_pca"] = np.zeros((40, 2))
    adata.uns["atrasig"] = {"input": {"name": "kept"}}
    return adata


@pytest.fixture
def sets(symbols: list[str]) -> SignatureSet:
    return SignatureSet(
        [
            _signature("up", symbols[:25]),
            _signature("both", symbols[40:60], symbols[80:90]),
            _signature("with/slash", symbols[100:110]),
            _signature("absent", [*symbols[:4], *(f"NOT{i}" for i in range(20))]),
        ]
    )


def test_scores_and_their_record_are_written_and_nothing_else(
    cells: AnnData, sets: SignatureSet
) -> None:
    before = cells.X.copy()
    assert atrasig.tl.score(cells, sets, method=[METHOD, "ssgsea"]) is None
    assert list(cells.obsm) == ["X_pca", KEY, "atrasig_ssgsea"]
    assert cells.uns["atrasig"]["input"] == {"name": "kept"}
    assert np.array_equal(cells.X.toarray(), before.toarray())
    table = cells.obsm[KEY]
    assert list(table.columns) == ["absent", "both", "up", "with_slash"]
    assert list(table.index) == list(cells.obs_names)
    assert set(table.dtypes) == {np.dtype("float32")}
    wide = score(cells, sets, method=METHOD, layout="wide")[METHOD]
    assert np.array_equal(table.to_numpy(), wide.to_numpy(), equal_nan=True)


def test_record_says_what_was_scored_by_what(cells: AnnData, sets: SignatureSet) -> None:
    atrasig.tl.score(cells, sets, method=METHOD)
    record = cells.uns["atrasig"]["scores"][KEY]
    assert record["atrasig_version"] == atrasig.__version__
    assert record["method"] == METHOD
    assert record["reference"].startswith("doi:")
    assert record["values_from"] == "X"
    assert record["universe"] == "coding"
    assert record["universe_genes"] == cells.n_vars
    assert record["biotype_from"].startswith("gene table")
    assert record["n_samples"] == 40
    assert record["n_without_score"] == 40
    table = record["signatures"]
    assert table.loc["up", "version"] == "1.2.0"
    assert table.loc["up", "sha256"] == sets["up"].sha256
    assert table["n_matched"].to_dict() == {"absent": 4, "both": 30, "up": 25, "with/slash": 10}
    assert table.loc["absent", "coverage"] == 4 / 24
    assert table.loc["absent", "n_without_score"] == 40
    assert table.loc["absent", "reasons"].startswith("4 of 24 genes measured; needs 50%")
    assert table.loc["absent", "reasons"].endswith("(40)")
    assert table.loc["up", "reasons"] == ""


@pytest.mark.parametrize("form", ["h5ad", "zarr"])
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
def test_scores_and_record_survive_writing(
    cells: AnnData, sets: SignatureSet, tmp_path: Path, form: str
) -> None:
    atrasig.tl.score(cells, sets, method=METHOD)
    path = tmp_path / f"cells.{form}"
    cells.write_h5ad(path) if form == "h5ad" else cells.write_zarr(path)
    back = ad.read_h5ad(path) if form == "h5ad" else ad.read_zarr(path)
    left, right = cells.obsm[KEY], back.obsm[KEY]
    assert list(left.columns) == list(right.columns)
    assert np.array_equal(left.to_numpy(), right.to_numpy(), equal_nan=True)
    own, other = (a.uns["atrasig"]["scores"][KEY] for a in (cells, back))
    assert {k: v for k, v in other.items() if k != "signatures"} == {
        k: v for k, v in own.items() if k != "signatures"
    }
    pd.testing.assert_frame_equal(
        other["signatures"].astype(str), own["signatures"].astype(str), check_index_type=False
    )
    assert back.uns["atrasig"]["input"] == {"name": "kept"}


def test_a_second_call_adds_to_the_record_of_the_first(cells: AnnData, sets: SignatureSet) -> None:
    atrasig.tl.score(cells, sets, method=METHOD)
    atrasig.tl.score(cells, sets, method=METHOD, layer="counts", key_prefix="of_counts")
    scores = cells.uns["atrasig"]["scores"]
    assert set(scores) == {KEY, f"of_counts_{METHOD}"}
    assert scores[f"of_counts_{METHOD}"]["values_from"] == "layers['counts']"
    # Ranks are those of the counts: normalising a cell and taking logarithms keeps their order.
    assert np.allclose(cells.obsm[KEY], cells.obsm[f"of_counts_{METHOD}"], equal_nan=True)


def test_raw_values_are_scored_by_default_as_scanpy_does(
    cells: AnnData, sets: SignatureSet
) -> None:
    expected = atrasig.tl.score(cells, sets, method=METHOD, copy=True).obsm[KEY]
    few = cells.copy()
    few.raw = few
    few = few[:, ::2].copy()
    few.X = _scaled(few.X.toarray())
    atrasig.tl.score(few, sets, method=METHOD)
    assert few.uns["atrasig"]["scores"][KEY]["values_from"] == "raw.X"
    assert np.array_equal(few.obsm[KEY], expected, equal_nan=True)
    with pytest.raises(UsageError, match=r"X is scaled gene by gene.*use_raw=True"):
        atrasig.tl.score(few, sets, method=METHOD, use_raw=False)


def _scaled(values: np.ndarray) -> np.ndarray:
    spread = values.std(axis=0)
    return (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1)


def test_a_copy_leaves_the_original_as_it_is(cells: AnnData, sets: SignatureSet) -> None:
    copied = atrasig.tl.score(cells, sets, method=METHOD, copy=True)
    assert KEY in copied.obsm
    assert KEY not in cells.obsm
    assert "scores" not in cells.uns["atrasig"]


def test_a_view_becomes_a_copy_without_a_warning(cells: AnnData, sets: SignatureSet) -> None:
    expected = atrasig.tl.score(cells, sets, method=METHOD, copy=True).obsm[KEY]
    view = cells[5:15]
    atrasig.tl.score(view, sets, method=METHOD)
    assert not view.is_view
    assert np.array_equal(view.obsm[KEY], expected.iloc[5:15], equal_nan=True)
    assert KEY not in cells.obsm


def test_backed_mode_reads_blocks_and_annotates_in_memory(
    cells: AnnData, sets: SignatureSet, tmp_path: Path
) -> None:
    path = tmp_path / "cells.h5ad"
    cells.write_h5ad(path)
    backed = ad.read_h5ad(path, backed="r")
    atrasig.tl.score(backed, sets, method=METHOD, block_size=7)
    expected = atrasig.tl.score(cells, sets, method=METHOD, copy=True).obsm[KEY]
    assert backed.isbacked
    assert np.array_equal(backed.obsm[KEY], expected, equal_nan=True)
    for options in ({"copy": True}, {}):
        held = backed if options else backed[:3]
        with pytest.raises(UsageError, match=r"backed AnnData cannot be copied.*to_memory"):
            atrasig.tl.score(held, sets, method=METHOD, **options)
    backed.file.close()


def test_failing_calls_leave_the_anndata_as_it_was(cells: AnnData, sets: SignatureSet) -> None:
    with pytest.raises(UsageError, match="Unknown scoring method"):
        atrasig.tl.score(cells, sets, method="none")
    with pytest.raises(UsageError, match="cannot begin a key"):
        atrasig.tl.score(cells, sets, method=METHOD, key_prefix="a/b")
    twice = SignatureSet([_signature("a/b", ["TP53"]), _signature("a_b", ["TP53"])])
    with pytest.raises(UsageError, match="Two signatures would be called 'a_b'"):
        atrasig.tl.score(cells, twice, method=METHOD)
    assert list(cells.obsm) == ["X_pca"]
    assert list(cells.uns["atrasig"]) == ["input"]
    cells.uns["atrasig"] = "mine"
    with pytest.raises(UsageError, match="holds a str that atrasig did not write"):
        atrasig.tl.score(cells, sets, method=METHOD)


def test_layout_anndata_of_score_writes_the_same(cells: AnnData, sets: SignatureSet) -> None:
    copied = atrasig.tl.score(cells, sets, method=METHOD, copy=True)
    annotated = score(cells, sets, method=METHOD, layout="anndata", samples=["c3", "c1"])
    pd.testing.assert_frame_equal(annotated.obsm[KEY], copied.obsm[KEY].loc[["c3", "c1"]])
    assert annotated.uns["atrasig"]["scores"][KEY]["n_samples"] == 2
