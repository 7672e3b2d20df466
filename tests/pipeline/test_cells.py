"""Cells of a file, scored one by one and summed into the samples of a sheet."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy.sparse import csr_matrix

from atrasig.errors import InputError, UsageError
from atrasig.failures import failures_of
from atrasig.genes import load_gene_table
from atrasig.io.stores import bands
from atrasig.pipeline import stages
from atrasig.pipeline.cells_scores import CellScoring, score_cells
from atrasig.pipeline.cells_sums import pseudobulk

BY = ("sample", "cell_type")
METHODS = ("ucell", "singscore", "weighted")
HEADER = "sample\tmatrix\n"


@pytest.fixture
def cells_file(tmp_path: Path) -> Path:
    """Forty cells with Ensembl ids, a gene twice, an unknown gene and a counter of HTSeq."""
    table = load_gene_table().frame
    known = [name for name in table["ensembl"] if name.startswith("ENSG") and "|" not in name]
    ids = [*known[:3000], known[0] + ".2", "nonsense", "__no_feature"]
    draw = np.random.default_rng(2)
    counts = draw.poisson(draw.lognormal(-1, 1.5, len(ids)), (40, len(ids)))
    counts[7] = 0
    obs = pd.DataFrame({"sample": ["p1", "p2"] * 20, "cell_type": ["B"] * 33 + ["T"] * 7})
    obs.index = [f"c{number}" for number in range(40)]
    adata = AnnData(csr_matrix(counts.astype(np.float32)), obs=obs, var=pd.DataFrame(index=ids))
    adata.write_h5ad(tmp_path / "cells.h5ad")
    return tmp_path / "cells.h5ad"


@pytest.mark.parametrize("threads", [1, 2])
def test_scores_are_those_of_the_harmonised_matrix(
    cells_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    stages.ingest(cells_file, tmp_path / "raw.h5ad")
    stages.harmonise(tmp_path / "raw.h5ad", tmp_path / "expr.h5ad")
    stages.score(tmp_path / "expr.h5ad", tmp_path / "wide.parquet", methods=METHODS, layout="wide")
    expected = pd.read_parquet(tmp_path / "wide.parquet").rename(columns={"sample": "cell"})
    monkeypatch.setattr(bands, "BAND_VALUES", 9_000)
    how = CellScoring(methods=METHODS, threads=threads)
    out, record = tmp_path / "scores.parquet", tmp_path / "scores.json"
    facts = score_cells(cells_file, out, record, by=BY, scoring=how)
    found = pd.read_parquet(out)
    own = [*BY, "qc_n_genes", "qc_total_counts", "qc_percent_mito"]
    pd.testing.assert_frame_equal(found.drop(columns=own), expected)
    obs = anndata.read_h5ad(cells_file).obs
    assert list(found["cell_type"]) == list(obs["cell_type"])
    assert json.loads(record.read_text()) == facts
    assert (facts["cells"], facts["genes"]["rows_read"]) == (40, 3003)
    assert (facts["genes"]["rows_collapsed"], facts["genes"]["summary_rows_dropped"]) == (2, 1)
    assert facts["genes"]["identifiers"]["unmapped"] >= 1
    missing = found.drop(columns=["cell", *own]).isna().sum()
    told = {name: one["cells"] for name, one in facts["without_score"].items()}
    assert told == missing[missing > 0].to_dict()
    assert all(one["reason"] for one in facts["without_score"].values())


def test_quality_is_that_of_ingested_cells(cells_file: Path, tmp_path: Path) -> None:
    from atrasig.io import read_expression
    from atrasig.singlecell import annotate_cells

    score_cells(cells_file, tmp_path / "s.parquet", tmp_path / "s.json")
    expected = annotate_cells(read_expression(cells_file)).obs.filter(like="qc_")
    found = pd.read_parquet(tmp_path / "s.parquet").set_index("cell").filter(like="qc_")
    alike = {"check_index_type": False, "check_column_type": False, "check_names": False}
    pd.testing.assert_frame_equal(found, expected, **alike)


@pytest.mark.parametrize(
    ("by", "methods", "error", "says"),
    [
        ((), ("ucell", "zscore"), UsageError, "zscore compares the cells with each other"),
        (("type",), ("ucell",), InputError, "no column 'type'. Their columns are: sample"),
    ],
)
def test_scores_that_cannot_be_had(
    cells_file: Path,
    tmp_path: Path,
    by: tuple[str, ...],
    methods: tuple[str, ...],
    error: type[Exception],
    says: str,
) -> None:
    with pytest.raises(error, match=says):
        score_cells(
            cells_file,
            tmp_path / "s.parquet",
            tmp_path / "s.json",
            by=by,
            scoring=CellScoring(methods=methods),
        )
    assert not list(tmp_path.glob("s.*"))


@pytest.fixture
def summed(cells_file: Path, tmp_path: Path) -> Callable[..., AnnData]:
    """Sum the cells as a sheet says."""

    def run(samples: list[str], *, strict: bool = False) -> AnnData:
        sheet = tmp_path / "sheet.tsv"
        sheet.write_text(HEADER + "".join(f"{name}\tcells.h5ad\n" for name in samples))
        out = tmp_path / "raw.h5ad"
        pseudobulk(cells_file, out, by=BY, min_cells=4, sheet=sheet, strict=strict)
        return anndata.read_h5ad(out)

    return run


def test_a_sheet_chooses_the_sums(summed: Callable[..., AnnData]) -> None:
    sums = summed(["p2|T", "p1|B"])
    assert list(sums.obs_names) == ["p2|T", "p1|B"]
    assert list(sums.obs["n_cells"]) == [4, 17]
    own = sums.uns["atrasig"]
    assert list(own["pseudobulk"]["sums_not_in_sheet"]) == ["p2|B"]
    assert own["input"]["pseudobulk_sums_not_in_sheet"] == 1
    assert failures_of(sums) == []


def test_a_sum_of_too_few_cells_is_set_aside(summed: Callable[..., AnnData]) -> None:
    sums = summed(["p1|T", "p1|B", "p2|B"])
    assert list(sums.obs_names) == ["p1|B", "p2|B"]
    (failure,) = failures_of(sums)
    assert (failure.sample, failure.stage) == ("p1|T", "ingest")
    assert failure.reason == "The sum has 3 cells, and 4 are needed"
    for samples, strict in ((["p1|T", "p1|B", "p2|B"], True), (["p1|T"], False)):
        with pytest.raises(InputError, match=r"'p1\|T': The sum has 3 cells"):
            summed(samples, strict=strict)


def test_a_sum_that_no_cell_belongs_to_is_an_error(summed: Callable[..., AnnData]) -> None:
    with pytest.raises(
        InputError,
        match=r"1 of 2 samples of the sheet are no sums of cells: 'p9\|B'.*There are 3 sums: "
        r"'p1\|B', 'p2\|B', 'p2\|T'\. They are named by sample \| cell_type",
    ):
        summed(["p9|B", "p1|B"])
