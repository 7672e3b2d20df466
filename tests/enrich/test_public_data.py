from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from atrasig.enrich import enrich_contrasts, enrich_samples
from atrasig.harmonisation import harmonise
from atrasig.signatures import load_signatures


@pytest.fixture(scope="module")
def shsy5y(shared: Path) -> AnnData:
    """SH-SY5Y counts: three undifferentiated, three differentiated by retinoic acid and BDNF."""
    path = shared / "data/response_shsy5y/Pezzini2016_SHSY5Ycelldiff_DE_table.tsv.gz"
    frame = pd.read_csv(path, sep="\t", index_col="Gene.ID")
    counts = frame[[name for name in frame if name.startswith("SRR") and "CPM" not in name]]
    expr = harmonise(AnnData(X=counts.T.to_numpy(np.float64), obs=counts.T[[]], var=counts[[]]))
    exposed = ["_diff_" in name for name in expr.obs_names]
    expr.obs["timepoint"] = np.where(exposed, "exposed", "baseline")
    expr.obs["group"] = np.where(exposed, "differentiated", "undifferentiated")
    return expr


def test_differentiated_neuroblastoma_shows_the_retinoid_sets(shsy5y: AnnData) -> None:
    result = enrich_contrasts(shsy5y)
    table = result.table.set_index(["signature", "direction"])

    assert [design.contrast for design in result.designs] == ["exposed vs baseline"]
    assert [skip.contrast for skip in result.skipped] == ["undifferentiated vs differentiated"]
    assert table["nes"].idxmax() == ("sknbe2c_ra_response", "up")
    assert table.loc[("sknbe2c_ra_response", "down"), "nes"] < 0
    for name in ("sknbe2c_ra_response", "rarcc", "rar_targets"):
        assert table.loc[(name, "up"), "nes"] > 0
        assert table.loc[(name, "up"), "q"] < 0.01
    assert {"CYP26B1", "DHRS3"} <= set(table.loc[("rarcc", "up"), "leading_edge"].split(";"))


def test_the_first_place_does_not_hang_on_the_seed(shsy5y: AnnData) -> None:
    for seed in (2, 3):
        result = enrich_contrasts(shsy5y, permutations=200, seed=seed)
        table = result.table.set_index(["signature", "direction"])
        assert table["nes"].idxmax() == ("sknbe2c_ra_response", "up")
        assert table.loc[[("rarcc", "up"), ("rar_targets", "up")], "q"].max() < 0.01


def test_gastric_cohort_is_quick_and_complete(shared: Path) -> None:
    frame = pd.read_parquet(shared / "data/gastric/GSE26901_expression.parquet")
    frame.index.name = None
    expr = harmonise(AnnData(frame.T.astype(np.float64)), scale="log2")
    signatures = load_signatures()

    start = time.process_time()
    table = enrich_samples(expr, signatures)
    seconds = time.process_time() - start

    n_parts = sum(bool(s.up) + bool(s.down) for s in signatures)
    assert len(table) == 109 * n_parts
    measured = table[table["n_matched"] >= 0.5 * table["n_genes"]]
    assert len(measured) > 0.9 * len(table)
    assert measured.loc[measured["n_matched"] >= 5, ["es", "z", "p", "q"]].notna().all(axis=None)
    assert table["leading_edge"].str.count(";").max() == 24
    assert seconds < 5
