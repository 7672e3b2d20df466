"""Stages: blocks of samples add up to the whole, and bad input loses nothing."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from atrasig.errors import InputError, OutputError, SheetError
from atrasig.files import read_h5ad
from atrasig.pipeline import stages
from atrasig.pipeline.collect import collect, gather
from atrasig.pipeline.hypotheses import hypotheses
from atrasig.pipeline.stages import Block, block_samples

SIZE = 9


@pytest.fixture(scope="module")
def expr(demo_work: Path) -> Path:
    return demo_work / "expr.h5ad"


def test_blocks_partition_the_samples(expr: Path) -> None:
    adata = read_h5ad(expr)
    parts = [block_samples(adata, Block(i, SIZE)) for i in range(3)]
    assert [len(part) for part in parts] == [9, 9, 5]
    assert [name for part in parts for name in part] == list(adata.obs_names)
    with pytest.raises(InputError, match="no block 3 of 9"):
        Block(3, SIZE).of(adata.obs_names)


@pytest.mark.parametrize(
    "stage", ["scores", "calls", "enrichment", "hypotheses", "hypothesis_summaries"]
)
def test_blocks_equal_the_whole(stage: str, expr: Path, demo_work: Path, tmp_path: Path) -> None:
    parts = []
    for number in range(3):
        out, block = tmp_path / f"{number}.parquet", Block(number, SIZE)
        if stage == "scores":
            stages.score(expr, out, block=block)
        elif stage == "calls":
            stages.predict(expr, out, tmp_path / "drivers.parquet", block=block)
        elif stage == "hypotheses":
            hypotheses(expr, out, tmp_path / "other.parquet", block=block)
        elif stage == "hypothesis_summaries":
            hypotheses(expr, tmp_path / "other.parquet", out, block=block)
        else:
            stages.enrich(expr, out, block=block)
        parts.append(out)
    gather(parts, tmp_path / "all.parquet")
    whole = pd.read_parquet(demo_work / f"{stage}.parquet")
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "all.parquet"), whole, check_exact=True, check_dtype=False
    )


def test_collect_refuses_a_missing_page(demo_work: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"23 of 23 pages are not there.*--forcerun report"):
        collect(
            tmp_path,
            exprs=[demo_work / "expr.h5ad"],
            scores=[demo_work / "scores.parquet"],
            calls=[demo_work / "calls.parquet"],
            enrichment=[demo_work / "enrichment.parquet"],
            contrasts=[demo_work / "contrasts.parquet"],
            pairs=[demo_work / "pairs.parquet"],
            pair_tests=[demo_work / "pair_tests.parquet"],
            hypotheses=[demo_work / "hypotheses.parquet"],
            hypothesis_summaries=[demo_work / "hypothesis_summaries.parquet"],
            pages=[demo_work / "pages.tsv"],
            parameters={},
        )
    assert list(tmp_path.iterdir()) == []


def test_a_matrix_finds_its_rows_in_the_sheet(demo: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.h5ad"
    stages.ingest(demo / "counts_panel.tsv.gz", out, sheet=demo / "samples.tsv")
    assert read_h5ad(out).n_obs == 1


def test_a_matrix_that_no_row_names(demo: Path, tmp_path: Path) -> None:
    with pytest.raises(SheetError, match=r"no sample lies in .*truth\.tsv.*counts\.tsv\.gz"):
        stages.ingest(demo / "truth.tsv", tmp_path / "x.h5ad", sheet=demo / "samples.tsv")
    assert list(tmp_path.iterdir()) == []


def test_no_contrast_is_tested_where_only_named_ones_are_wanted(expr: Path, tmp_path: Path) -> None:
    out = tmp_path / "contrasts.parquet"
    assert stages.contrast(expr, out, only_named=True) == ()
    assert len(pd.read_parquet(out)) == 0
    stages.contrast(expr, out, contrasts=["APL-like vs other AML"], permutations=100)
    assert set(pd.read_parquet(out)["contrast"]) == {"APL-like vs other AML"}
