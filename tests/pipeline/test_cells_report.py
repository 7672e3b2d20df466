"""The page of cells file to file: what is taken from the file, computed, or refused."""

from __future__ import annotations

import re
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from click.testing import CliRunner
from scipy.sparse import csr_matrix

from atrasig import tl
from atrasig.cli import main
from atrasig.errors import InputError, UsageError
from atrasig.files import sha256_file
from atrasig.genes import load_gene_table
from atrasig.pipeline import cells_map
from atrasig.pipeline.cells_map import find_map, umap_of
from atrasig.pipeline.cells_report import MAX_SIGNATURES, SHOWN, CellsSettings, report_cells
from atrasig.signatures import load_with_shipped
from tests.docs.following import follow


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cells as a scanpy session leaves them: logarithms, counts, a map, clusters, no scores."""
    draw = np.random.default_rng(6)
    shown = load_with_shipped().select(SHOWN)
    listed = {gene.gene for signature in shown for gene in signature.genes}
    genes = sorted({*sorted(load_gene_table().coding)[::40], *listed})
    counts = draw.poisson(draw.lognormal(0, 1, len(genes)), (80, len(genes))).astype(np.float64)
    obs = pd.DataFrame({"leiden": pd.Categorical(["0", "1"] * 38 + ["2"] * 4)})
    obs.index = [f"c{i}" for i in range(80)]
    adata = AnnData(csr_matrix(np.log1p(counts)), obs, pd.DataFrame(index=genes))
    adata.layers["counts"] = csr_matrix(counts)
    adata.obsm["X_umap"] = draw.normal(size=(80, 2))
    path = tmp_path_factory.mktemp("cells") / "session.h5ad"
    adata.write_h5ad(path)
    return path


def changed(session: Path, out: Path, **obsm: object) -> Path:
    """The session with other tables in ``obsm``; None takes one away."""
    adata = anndata.read_h5ad(session)
    for key, value in obsm.items():
        adata.obsm.pop(key, None)
        if value is not None:
            adata.obsm[key] = value
    adata.write_h5ad(out)
    return out


def test_the_guide_is_followed_and_scores_are_those_of_the_file(
    repository: Path, session: Path, tmp_path: Path
) -> None:
    text = (repository / "docs/single_cell.md").read_text(encoding="utf-8")
    section = re.search(r"## A page to look at\n.*?(?=\n## )", text, re.DOTALL)
    assert section is not None
    (tmp_path / "page.md").write_text(section[0], encoding="utf-8")
    (tmp_path / "session.h5ad").symlink_to(session)
    names = follow(tmp_path / "page.md", tmp_path)
    page = (tmp_path / "cells.html").read_text(encoding="utf-8")
    assert "were scored before, and taken from the file" in page
    data = report_cells(tmp_path / "scored.h5ad", tmp_path / "a.html", CellsSettings("leiden"))
    assert data.scoring["scored_for_this_page"] is False
    for score in data.scores:
        expected = names["adata"].obsm["atrasig_ucell"][score.signature]
        np.testing.assert_array_equal(score.values, expected)
        assert (score.n_matched, score.n_genes) > (0, 0)
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == page


def test_scores_are_computed_where_the_file_has_none(session: Path, tmp_path: Path) -> None:
    before = sha256_file(session)
    out = tmp_path / "deep" / "cells.html"
    data = report_cells(session, out, CellsSettings("leiden"))
    adata = anndata.read_h5ad(session)
    tl.score(adata, load_with_shipped().select(SHOWN))
    for score in data.scores:
        np.testing.assert_array_equal(score.values, adata.obsm["atrasig_ucell"][score.signature])
    assert data.scoring["scored_for_this_page"] is True
    assert sha256_file(session) == before == data.sha256
    assert tuple(score.signature for score in data.scores) == SHOWN
    assert "were scored for this page" in out.read_text(encoding="utf-8")


def test_scores_of_another_list_of_the_same_name_are_not_taken(
    session: Path, tmp_path: Path
) -> None:
    adata = anndata.read_h5ad(session)
    tl.score(adata, load_with_shipped().select(SHOWN))
    table = adata.uns["atrasig"]["scores"]["atrasig_ucell"]["signatures"]
    table.loc[SHOWN[0], "sha256"] = "of another list"
    adata.write_h5ad(tmp_path / "scored.h5ad")
    data = report_cells(tmp_path / "scored.h5ad", tmp_path / "a.html", CellsSettings("leiden"))
    assert data.scoring["scored_for_this_page"] is True


def test_the_command_tells_what_it_found(session: Path, tmp_path: Path) -> None:
    lists = tmp_path / "own.gmt"
    lists.write_text("absent\tx\tNOT1\tNOT2\tNOT3\tNOT4\n", encoding="utf-8")
    line = ["cells-report", session, "--group", "leiden", "--signatures", lists]
    line += ["--signature", "absent", "--signature", SHOWN[0], "--out", tmp_path / "cells.html"]
    done = CliRunner().invoke(main, [str(word) for word in line])
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[0] == "80 cells of 3 types"
    assert "absent: 80 cells without a score (" in done.output
    assert (tmp_path / "cells.html").is_file()


def test_refusals_say_what_to_do(session: Path, tmp_path: Path) -> None:
    out = tmp_path / "cells.html"
    with pytest.raises(InputError, match=r"no column 'cell_type'. Name one .* are: leiden\."):
        report_cells(session, out, CellsSettings())
    many = tuple(load_with_shipped().ids[: MAX_SIGNATURES + 1])
    with pytest.raises(UsageError, match="make several pages"):
        report_cells(session, out, CellsSettings("leiden", signature=many))
    names = [f"cell {i}" for i in range(300)]
    obs = pd.DataFrame({"name": names, "some": [f"type {i % 60}" for i in range(300)]}, index=names)
    adata = AnnData(csr_matrix((300, 1)), obs, pd.DataFrame(index=["RARA"]))
    adata.write_h5ad(tmp_path / "many.h5ad")
    with pytest.raises(InputError, match="'name' has 300 values"):
        report_cells(tmp_path / "many.h5ad", out, CellsSettings("name"))
    with pytest.raises(UsageError, match="make 360 rows"):
        report_cells(tmp_path / "many.h5ad", out, CellsSettings("some", signature=many[:6]))
    with pytest.raises(InputError, match="no such file"):
        report_cells(tmp_path / "none.h5ad", out, CellsSettings("leiden"))
    assert not out.exists()


def test_a_map_that_is_none_is_told(session: Path, tmp_path: Path) -> None:
    flat = changed(session, tmp_path / "flat.h5ad", X_umap=np.zeros((80, 1)))
    data = report_cells(flat, tmp_path / "cells.html", CellsSettings("leiden"))
    assert data.places is None
    page = (tmp_path / "cells.html").read_text(encoding="utf-8")
    assert "does not hold two numbers a cell" in page


def test_a_missing_map_is_computed_from_logarithms(session: Path, tmp_path: Path) -> None:
    bare = changed(session, tmp_path / "bare.h5ad", X_umap=None)
    seen: list[tuple[AnnData, int]] = []

    def embed(values: AnnData, seed: int) -> np.ndarray:
        seen.append((values, seed))
        return np.ones((80, 2))

    found = find_map(bare, None, 80, 7, embed)
    assert found.places is not None
    assert found.places.shape == (80, 2)
    assert "computed here by scanpy" in found.how
    assert "(seed 7) from counts" in found.how
    values, seed = seen[0]
    counts = anndata.read_h5ad(bare).layers["counts"].toarray()
    expected = np.log1p(1e4 * counts / counts.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(values.X.toarray(), expected, rtol=1e-5)
    assert seed == 7


@pytest.mark.parametrize("n_cells", [5, cells_map.MAX_CELLS + 1])
def test_no_map_is_computed_of_too_few_or_too_many(n_cells: int, session: Path) -> None:
    found = find_map(session, None, n_cells, 1)
    assert found.places is None
    assert "The file holds none" in found.how


def test_no_map_is_computed_from_scaled_values(session: Path, tmp_path: Path) -> None:
    adata = anndata.read_h5ad(session)
    del adata.layers["counts"]
    adata.X = adata.X.toarray() - 1.0
    adata.write_h5ad(tmp_path / "scaled.h5ad")
    found = find_map(tmp_path / "scaled.h5ad", None, adata.n_obs, 1)
    assert found.places is None
    assert "negative" in found.how


@pytest.mark.slow
def test_a_computed_map_keeps_clusters_apart_and_is_the_same_again() -> None:
    draw = np.random.default_rng(8)
    logs = draw.gamma(2, 1, (60, 50))
    logs[30:, :25] += 5
    one, two = (umap_of(AnnData(logs.copy()), seed=1) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    own = np.linalg.norm(one[:30] - one[:30].mean(axis=0), axis=1).mean()
    assert np.linalg.norm(one[:30].mean(axis=0) - one[30:].mean(axis=0)) > 2 * own


def test_a_file_of_an_old_anndata(tmp_path: Path) -> None:
    scanpy = pytest.importorskip("scanpy")
    old = Path(scanpy.datasets.__file__).with_name("10x_pbmc68k_reduced.h5ad")
    if not old.is_file():
        pytest.skip("scanpy ships no cells of its own here")
    lists = tmp_path / "own.gmt"
    lists.write_text("myeloid\tx\tLYZ\tCST3\tTYROBP\tFCER1G\tAIF1\n", encoding="utf-8")
    settings = CellsSettings("bulk_labels", signature=("myeloid",), signatures=(lists,))
    data = report_cells(old, tmp_path / "cells.html", settings)
    assert (len(data.labels), len(data.types)) == (700, 10)
    assert data.places is not None
    median = pd.Series(data.scores[0].values).groupby(data.labels).median()
    assert set(median.nlargest(2).index) == {"CD14+ Monocyte", "Dendritic"}


def test_public_cells(shared: Path, tmp_path: Path) -> None:
    cells = shared / "data/singlecell/healthy_bm_pbmc_250x462.h5ad"
    data = report_cells(cells, tmp_path / "cells.html", CellsSettings("condensed_cell_type"))
    scored = {score.signature: int((~np.isnan(score.values)).sum()) for score in data.scores}
    assert scored == {SHOWN[0]: 0, SHOWN[1]: 250, SHOWN[2]: 0}
    page = (tmp_path / "cells.html").read_text(encoding="utf-8")
    assert "No cell has a score for retinoid_response_core: none of its up genes" in page
    assert page.count('<svg class="map"') == 2
