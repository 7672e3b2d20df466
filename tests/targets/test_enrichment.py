"""Classes, matching and comparison of groups."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, fisher_exact, kstest
from statsmodels.formula.api import logit

from atrasig.errors import UsageError
from atrasig.targets.classes import CLASSES, class_counts, class_of, joined_response, time_class
from atrasig.targets.enrichment import ADJUSTED, MATCHED, compare_groups
from atrasig.targets.matching import GC_WITHIN, LENGTH_WITHIN, match_promoters

RESPONSES = ("induced", "repressed", "changed both ways", "unchanged", "not tested")


def test_every_combination_has_a_class_that_is_listed() -> None:
    flags = (True, False, None)
    made = {
        class_of(response, bound=bound, element=element)
        for response, bound, element in product(RESPONSES, flags, flags)
    }
    assert made == set(CLASSES)
    assert len(CLASSES) == len(made)


@pytest.mark.parametrize(
    ("response", "bound", "element", "name"),
    [
        ("induced", True, True, "direct, bound and induced"),
        ("induced", True, False, "direct, bound and induced"),
        ("induced", False, True, "motif and induced"),
        ("induced", None, True, "motif and induced"),
        ("induced", False, False, "induced only"),
        ("induced", None, None, "induced, promoter not examined"),
        ("repressed", True, True, "direct, bound and repressed"),
        ("unchanged", True, True, "bound only"),
        ("unchanged", False, True, "motif only"),
        ("unchanged", False, False, "no evidence"),
        ("not tested", True, False, "bound, not tested"),
        ("not tested", False, False, "not tested"),
    ],
)
def test_classes(response: str, *, bound: bool | None, element: bool | None, name: str) -> None:
    assert class_of(response, bound=bound, element=element) == name


def test_time_points_are_joined() -> None:
    assert joined_response(["induced", "unchanged"]) == "induced"
    assert joined_response(["not tested", "unchanged"]) == "unchanged"
    assert joined_response(["repressed", "induced"]) == "changed both ways"
    assert joined_response(["not tested"]) == "not tested"
    assert time_class({"early": "induced", "late": "unchanged"}) == "early"
    assert time_class({"early": "unchanged", "late": "repressed"}) == "late"
    assert time_class({"early": "induced", "late": "repressed"}) == "both"
    assert time_class({"": "induced"}) == ""
    assert sum(class_counts(pd.Series(["induced only"] * 3, dtype=object)).values()) == 3


def chance_by_gc(gc: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(12 * (gc - 0.5)))


@pytest.fixture
def promoters() -> pd.DataFrame:
    """Genes whose GC decides both how often they have the element and whether they are induced."""
    rng = np.random.default_rng(5)
    gc = np.clip(rng.normal(0.5, 0.08, 4000), 0.2, 0.8)
    induced = rng.random(4000) < 1 / (1 + np.exp(-(gc - 0.6) * 30))
    element = rng.random(4000) < chance_by_gc(gc)
    frame = pd.DataFrame({"length": rng.integers(2900, 3001, 4000), "gc": gc, "element": element})
    return frame.assign(induced=induced & (rng.random(4000) < 0.3))


def compared(frame: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    member = frame["induced"].to_numpy()
    found = compare_groups(frame, {"induced": member}, ~member, ["element"], seed=seed)
    return found.table.set_index("method")


def test_matches_are_alike_single_and_counted(promoters: pd.DataFrame) -> None:
    lengths, gc = promoters["length"].to_numpy(float), promoters["gc"].to_numpy()
    group = np.flatnonzero(promoters["induced"])
    pool = np.flatnonzero(~promoters["induced"])
    found = match_promoters(lengths, gc, group.tolist(), pool.tolist(), matches=3)
    assert len(found.background) == 3 * len(found.group) == len(set(found.background))
    assert set(found.background) <= set(pool.tolist())
    assert set(found.group) == set(group[found.available == 3].tolist())
    assert 0 < (found.available < 3).sum() < len(group) / 2
    assert abs(gc[found.group].mean() - gc[found.background].mean()) < GC_WITHIN / 2
    again = match_promoters(lengths, gc, group.tolist(), pool.tolist(), matches=3)
    assert again.background.tolist() == found.background.tolist()
    other = match_promoters(lengths, gc, group.tolist(), pool.tolist(), matches=3, seed=2)
    assert other.background.tolist() != found.background.tolist()


def test_one_promoter_takes_only_those_within_the_limits() -> None:
    lengths = np.array([1000, 1000, 1000 * (1 + LENGTH_WITHIN) + 1, 1000, 951.0])
    gc = np.array([0.5, 0.5 + GC_WITHIN + 0.001, 0.5, 0.519, 0.481])
    found = match_promoters(lengths, gc, [0], [1, 2, 3, 4], matches=2)
    assert found.background.tolist() == [3, 4]
    too_many = match_promoters(lengths, gc, [0], [1, 2, 3, 4], matches=3)
    assert (too_many.group.size, too_many.background.size) == (0, 0)
    assert too_many.available.tolist() == [2]
    for wrong in ({"matches": 0}, {"pool": [0, 1]}):
        with pytest.raises(UsageError):
            match_promoters(lengths, gc, **({"group": [0], "pool": [1]} | wrong))  # type: ignore[arg-type]


def test_a_difference_that_gc_alone_makes_disappears(promoters: pd.DataFrame) -> None:
    induced = promoters["induced"]
    crude = pd.crosstab(induced, promoters["element"]).to_numpy()
    assert fisher_exact(crude).pvalue < 1e-4
    table = compared(promoters)
    assert (table["low"] < 1).all()
    assert (table["high"] > 1).all()
    row = table.loc[MATCHED]
    assert abs(row["gc_group"] - row["gc_background"]) < 0.01
    assert row["n_group"] + row["n_unmatched"] == induced.sum()


def test_a_planted_enrichment_is_found_with_its_odds_ratio(promoters: pd.DataFrame) -> None:
    rng = np.random.default_rng(9)
    odds = np.where(promoters["induced"], 3.0, 1.0) * 0.25
    frame = promoters.assign(element=rng.random(len(promoters)) < odds / (1 + odds))
    table = compared(frame)
    assert (table["low"] < 3).all()
    assert (table["high"] > 3).all()
    assert (table["p"] < 1e-4).all()
    assert (table["q"] == table["p"]).all()  # one row a method


def test_figures_are_those_of_scipy_and_statsmodels(promoters: pd.DataFrame) -> None:
    table = compared(promoters)
    row = table.loc[MATCHED]
    a, b = row["with_feature_group"], row["with_feature_background"]
    counts = [[a, row["n_group"] - a], [b, row["n_background"] - b]]
    assert row["p"] == pytest.approx(fisher_exact(counts).pvalue)
    fit = logit(
        "element ~ induced + gc + I(gc**2) + I(np.log(length))",
        promoters.astype({"element": int, "induced": int}),
    ).fit(disp=0)
    assert table.loc[ADJUSTED, "odds_ratio"] == pytest.approx(
        np.exp(fit.params["induced"]), rel=1e-5
    )
    assert table.loc[ADJUSTED, "p"] == pytest.approx(fit.pvalues["induced"], rel=1e-4)


def test_the_regression_keeps_its_level_where_gc_confounds(promoters: pd.DataFrame) -> None:
    """60 draws of elements that depend on GC alone: p is uniform, Fisher's at most so."""
    rng = np.random.default_rng(21)
    chance = chance_by_gc(promoters["gc"].to_numpy())
    tables = [
        compared(promoters.assign(element=rng.random(len(promoters)) < chance), seed)
        for seed in range(60)
    ]
    adjusted = [table.loc[ADJUSTED, "p"] for table in tables]
    assert kstest(adjusted, "uniform").pvalue > 0.01
    rejected = sum(table.loc[MATCHED, "p"] <= 0.05 for table in tables)
    assert rejected <= binom.ppf(0.99, 60, 0.05)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"element": False}, "no promoter has it"),
        ({"element": True}, "every promoter has it"),
        ({"induced": False}, "no gene"),
        (
            {"length": 1.2 ** np.arange(4000.0).clip(max=800)},
            "no gene of the group could be matched",
        ),
    ],
)
def test_what_cannot_be_compared_has_a_reason(
    promoters: pd.DataFrame, change: dict[str, object], reason: str
) -> None:
    table = compared(promoters.assign(**change).head(400))  # type: ignore[arg-type]
    assert table.loc[MATCHED, "reason"] == reason
    unknown = table["reason"].ne("")
    assert table[["odds_ratio", "p", "q"]].isna().all(axis=1).tolist() == unknown.tolist()
