"""``atrasig enrich --contrasts``: its three tables, and gene sets of the user."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from click.testing import CliRunner

from atrasig.cli import main
from atrasig.enrich.differential import COLUMNS
from atrasig.enrich.lists import LIST_COLUMNS
from atrasig.genes import load_gene_table


@pytest.fixture(scope="module")
def expr(tmp_path_factory: pytest.TempPathFactory) -> Path:
    genes = sorted(load_gene_table().coding)[:400]
    values = np.random.default_rng(2).normal(8, 1, (6, 400))
    values[3:, :15] += 4
    obs = pd.DataFrame(
        {"group": ["a"] * 3 + ["b"] * 3, "batch": ["1", "2", "1", "2", "1", "2"]},
        index=[f"s{i}" for i in range(6)],
    )
    var = pd.DataFrame({"biotype": "protein_coding"}, index=genes)
    folder = tmp_path_factory.mktemp("enrich")
    AnnData(values, obs=obs, var=var).write_h5ad(folder / "expr.h5ad")
    names = "\t".join(genes[:15])
    (folder / "own.gmt").write_text(f"MY_SET\tmine\t{names}\n", encoding="utf-8")
    return folder / "expr.h5ad"


def test_three_tables_are_written_and_the_test_is_told(expr: Path, tmp_path: Path) -> None:
    out = tmp_path / "contrasts.parquet"
    arguments = ["enrich", str(expr), "--out", str(out), "--contrasts", "--permutations", "100"]
    done = CliRunner().invoke(main, [*arguments, "--gmt", str(expr.with_name("own.gmt"))])
    assert done.exit_code == 0, done.output
    assert "b vs a: moderated t, 3 against 3 samples, model with batch; 400 genes" in done.output
    table = pd.read_parquet(out).set_index("signature")
    assert table.loc["MY_SET", "q"] < 1e-3
    genes = pd.read_parquet(tmp_path / "contrasts.genes.parquet")
    lists = pd.read_parquet(tmp_path / "contrasts.lists.parquet")
    assert (list(genes.columns), len(genes)) == (list(COLUMNS), 400)
    assert list(lists.columns) == list(LIST_COLUMNS)


def test_tables_go_where_they_are_wanted_as_text_too(expr: Path, tmp_path: Path) -> None:
    arguments = ["enrich", str(expr), "--out", str(tmp_path / "c.parquet"), "--contrast", "b vs a"]
    places = ["--genes-out", str(tmp_path / "genes.tsv"), "--permutations", "100"]
    assert CliRunner().invoke(main, [*arguments, *places]).exit_code == 0
    assert len(pd.read_csv(tmp_path / "genes.tsv", sep="\t")) == 400


def test_deseq2_without_counts_says_what_to_do(expr: Path, tmp_path: Path) -> None:
    out = tmp_path / "c.parquet"
    arguments = ["enrich", str(expr), "--out", str(out), "--contrasts", "--differential", "deseq2"]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code != 0
    assert "DESeq2 needs counts" in done.output + str(done.exception)
    assert not out.exists()
