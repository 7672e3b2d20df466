"""What public cohorts show: printed, and held to what is known of them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from scipy import stats

from atrasig.association import associate
from atrasig.harmonisation import harmonise
from atrasig.io import read_expression
from atrasig.prediction.validation import read_label_sheet
from atrasig.scoring import score

pytestmark = pytest.mark.slow
EMT = "hallmark_epithelial_mesenchymal_transition"
SHOWN = ["signature", "covariate", "term", "effect", "low", "high", "p", "q", "n", "n_events"]


def test_mesenchymal_gastric_cancers_score_higher_in_the_transition(shared: Path) -> None:
    folder = shared / "data" / "gastric"
    scores = score(harmonise(read_expression(folder / "GSE26901_expression.parquet")))
    sheet = read_label_sheet(folder / "GSE26901_subtype.tsv", sample="geo_accession")
    found = associate(
        scores, sheet, ["Subgroup", "AJCC.stage"], adjust=["Age", "Sex"],
        time="OS.m", event="Death (1=yes, 0=no)",
    )  # fmt: skip
    table = found.table
    kept = [EMT, "hallmark_e2f_targets", "retinoid_response_core", "rarcc"]
    print(found.table[found.table["signature"].isin(kept)][SHOWN].to_string())
    subgroup = table[table["covariate"] == "Subgroup"].set_index("signature")
    emt = subgroup.loc[EMT]
    assert emt["effect"] > 1
    assert emt["p"] == subgroup["p"].min()
    # Rank sums need no model: the direction and the order of size of p must agree.
    own = scores[scores["signature"] == EMT].set_index("sample")["score"]
    groups = sheet.to_frame().set_index("sample")["Subgroup"]
    sides = [own[groups[groups == name].index] for name in ("MP", "EP")]
    assert stats.mannwhitneyu(*sides, alternative="greater").pvalue < 1e-10
    deaths = table[table["kind"] == "survival"].set_index("signature")
    assert set(deaths["n_events"]) == {55}
    assert deaths.loc[EMT, "low"] > 1


def test_twenty_leukaemias_are_few(shared: Path) -> None:
    folder = shared / "data" / "aml_tcga20"
    scores = score(harmonise(read_expression(folder / "tcga_laml_20samples_htseq_counts.tsv.gz")))
    sheet = read_label_sheet(folder / "tcga_laml_20samples_meta.tsv", sample="sample_ID")
    found = associate(
        scores, sheet, ["Age", "gender", "ELN"], time="overal_survival", event="event"
    )
    print(found.covariates[["covariate", "n", "n_missing", "described", "detectable"]].to_string())
    for covariate, rows in found.table.groupby("covariate", sort=False):
        smallest = f"{covariate}: smallest p {rows['p'].min():.2g}, q {rows['q'].min():.2g}"
        print(smallest, rows["note"].value_counts().head(3).to_dict())
    described = found.covariates.set_index("covariate")
    assert described.loc["Age", "detectable"] == "|r| of 0.59"
    survival = found.table[found.table["kind"] == "survival"]
    known = pd.read_csv(folder / "tcga_laml_20samples_meta.tsv", sep="\t")
    followed = known.dropna(subset=["overal_survival"])
    assert set(survival["n"]) == {len(followed)} == {17}
    assert set(survival["n_missing"]) == {3}
    assert set(survival["n_events"]) == {int((followed["event"] == "Death").sum())}
    # HC3 with n - p degrees calls three of the comparisons with two favourable patients.
    assert not (found.table["q"] < 0.05).any()
