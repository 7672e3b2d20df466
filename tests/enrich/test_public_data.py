from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from atrasig.enrich import ContrastResult, enrich_contrasts, enrich_samples
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


SHOWN = (("sknbe2c_ra_response", "up"), ("rarcc", "up"), ("rar_targets", "up"))


@pytest.fixture(scope="module", params=["linear", pytest.param("deseq2", marks=pytest.mark.slow)])
def result(request: pytest.FixtureRequest, shsy5y: AnnData) -> ContrastResult:
    return enrich_contrasts(shsy5y, differential=request.param)


def test_differentiated_neuroblastoma_shows_the_retinoid_sets(result: ContrastResult) -> None:
    table = result.table.set_index(["signature", "direction"])

    assert [design.contrast for design in result.designs] == ["exposed vs baseline"]
    assert [skip.contrast for skip in result.skipped] == ["undifferentiated vs differentiated"]
    assert table["nes"].idxmax() == SHOWN[0]
    assert table.loc[("sknbe2c_ra_response", "down"), "nes"] < 0
    tested = table.dropna(subset=["nes"])
    places = tested["nes"].rank(ascending=False)
    by_size = tested["nes"].abs().rank(ascending=False)
    for key in SHOWN:
        nes, q = table.loc[key, ["nes", "q"]]
        print(
            f"{result.designs[0].metric}: {key[0]} NES {nes:.2f}, q {q:.1e}, "
            f"place {places[key]:.0f} of {len(tested)} by NES, {by_size[key]:.0f} by its size"
        )
        assert nes > 0
        assert q < 0.01
        assert max(places[key], by_size[key]) <= 15
    # Sets that do not move stand in the table too.
    still = table[table["q"] > 0.25]
    print(
        f"{len(table)} rows, {len(still)} sets with q > 0.25, {table['nes'].isna().sum()} untested"
    )
    assert len(still) > 20
    assert (table.loc[table["nes"].isna(), "reason"] != "").all()
    edges = {gene for key in SHOWN for gene in table.loc[key, "leading_edge"].split(";")}
    assert {"CYP26A1", "CYP26B1", "DHRS3", "RARB", "TGM2"} <= edges


def test_fold_changes_are_those_of_the_published_table(
    result: ContrastResult, shared: Path
) -> None:
    path = shared / "data/response_shsy5y/Pezzini2016_SHSY5Ycelldiff_DE_table.tsv.gz"
    published = pd.read_csv(path, sep="\t").drop_duplicates("Gene.Name", keep=False)
    ours = result.differential.set_index("gene")
    both = ours.join(published.set_index("Gene.Name")[["Differentiated", "FDR"]], how="inner")
    correlation = both["log2fc"].corr(both["Differentiated"], method="spearman")
    certain = both[both["FDR"] < 0.01]
    differing = int((np.sign(certain["log2fc"]) != np.sign(certain["Differentiated"])).sum())
    print(
        f"{result.designs[0].metric}: Spearman {correlation:.4f} over {len(both)} genes; "
        f"{differing} of {len(certain)} genes of FDR < 0.01 differ in sign"
    )
    assert correlation >= 0.98
    assert differing == 0
    own = both[both["q"] < 0.01]
    assert (np.sign(own["log2fc"]) == np.sign(own["Differentiated"])).mean() > 0.999


def test_the_lists_say_the_same(result: ContrastResult) -> None:
    up = result.lists[result.lists["list"] == "up"].set_index(["signature", "direction"])
    assert up.loc[SHOWN[0], "q"] < 1e-10
    assert "CYP26A1" in up.loc[("rarcc", "up"), "genes"]


def test_the_first_place_does_not_hang_on_the_seed(shsy5y: AnnData) -> None:
    result = enrich_contrasts(shsy5y, permutations=200, seed=2, differential="linear")
    table = result.table.set_index(["signature", "direction"])
    assert table["nes"].idxmax() == ("sknbe2c_ra_response", "up")
    assert table.loc[[("rarcc", "up"), ("rar_targets", "up")], "q"].max() < 0.01


def test_gastric_cohort_is_complete(shared: Path) -> None:
    frame = pd.read_parquet(shared / "data/gastric/GSE26901_expression.parquet")
    frame.index.name = None
    expr = harmonise(AnnData(frame.T.astype(np.float64)), scale="log2")
    signatures = load_signatures()

    table = enrich_samples(expr, signatures)

    n_parts = sum(bool(s.up) + bool(s.down) for s in signatures)
    assert len(table) == 109 * n_parts
    measured = table[table["n_matched"] >= 0.5 * table["n_genes"]]
    assert len(measured) > 0.9 * len(table)
    assert measured.loc[measured["n_matched"] >= 5, ["es", "z", "p", "q"]].notna().all(axis=None)
    assert table["leading_edge"].str.count(";").max() == 24
