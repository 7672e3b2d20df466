"""A z-scored matrix from file to pages: refused with advice, scored where the advice is taken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from atrasig.pipeline.run import RunSettings, run_matrix
from atrasig.signatures import load_signatures


@pytest.fixture(scope="module")
def matrix(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Log2 CPM of the demo's counts, each gene standardised over the samples; genes in columns."""
    counts = pd.read_csv(demo / "counts.tsv.gz", sep="\t", index_col=0)
    values = np.log2(counts / counts.sum() * 1e6 + 1).iloc[:, :8].T
    values = values.loc[:, values.std() > 0]
    path = tmp_path_factory.mktemp("z") / "z.csv"
    ((values - values.mean()) / values.std()).round(4).to_csv(path)
    return path


def _run(matrix: Path, out: Path, **settings: tuple[str, ...]) -> pd.DataFrame:
    run_matrix(matrix, out, RunSettings(disease="AML", **settings))  # type: ignore[arg-type]
    return pd.read_csv(out / "scores.tsv", sep="\t", keep_default_na=False, na_values=["NA", ""])


def test_by_default_every_score_is_refused_and_the_page_says_what_to_do(
    matrix: Path, tmp_path: Path
) -> None:
    scores = _run(matrix, tmp_path)
    assert scores["score"].isna().all()
    assert scores["reason"].str.contains("--method zscore").all()
    enrichment = pd.read_csv(tmp_path / "enrichment.tsv", sep="\t")
    assert enrichment["z"].isna().all()
    assert enrichment["reason"].str.contains("z-scores tell how").all()
    calls = pd.read_csv(tmp_path / "calls.tsv", sep="\t")
    assert set(calls["call"]) == {"no call"}
    page = next((tmp_path / "samples").glob("*.html")).read_text(encoding="utf-8")
    scores_section = page.partition('<section id="scores">')[2].partition("</section>")[0]
    assert scores_section.count("--method zscore") == 2  # once a method, not once a signature
    assert "<table" not in scores_section
    assert "z-scores (each gene against its cohort)" in page
    assert "log2 level" not in page


def test_the_method_zscore_scores_them(matrix: Path, tmp_path: Path) -> None:
    scores = _run(matrix, tmp_path, methods=("zscore",)).set_index(["sample", "signature"])
    table = pd.read_csv(matrix, index_col=0)
    rarcc = load_signatures()["rarcc"]
    genes = [gene for gene in rarcc.up if gene in table]
    assert len(genes) >= 3
    expected = table[genes].sum(axis=1) / len(genes) ** 0.5
    for sample, value in expected.items():
        assert scores.loc[(sample, "rarcc"), "score"] == pytest.approx(value, rel=1e-6)
    page = next((tmp_path / "samples").glob("*.html")).read_text(encoding="utf-8")
    assert "zscore depends on the cohort" in page
    assert "mean of random genes" not in page
