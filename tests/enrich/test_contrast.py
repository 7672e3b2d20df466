from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal

from atrasig.enrich import COLUMNS, SkippedContrast, enrich_contrasts
from atrasig.enrich.designs import automatic_contrasts
from atrasig.enrich.differential import compare, contrast_design
from atrasig.errors import InputError, UsageError
from atrasig.scoring.universe import select_universe

Build = Callable[..., Any]


@pytest.fixture
def planted(matrix: Build) -> AnnData:
    """Three exposed and three baseline samples; genes 0-19 rise and 20-39 fall."""
    rng = np.random.default_rng(12)
    values = rng.normal(6, 1, size=300) + rng.normal(0, 0.3, size=(6, 300))
    values[:3, :20] += 1.5
    values[:3, 20:40] -= 1.5
    return matrix(values, timepoint=["exposed"] * 3 + ["baseline"] * 3)


@pytest.fixture
def sets(signature: Build, planted: AnnData) -> list[Any]:
    names = np.asarray(planted.var_names)
    rng = np.random.default_rng(5)
    random = [
        signature(f"r{i}", up=rng.choice(names[40:], 20, False), down=rng.choice(names, 15, False))
        for i in range(4)
    ]
    return [signature("planted", up=names[:20], down=names[20:40]), *random]


def test_planted_sets_are_found_with_their_signs(planted: AnnData, sets: list[Any]) -> None:
    result = enrich_contrasts(planted, sets, permutations=300)
    table = result.table.set_index(["signature", "direction"])
    assert list(result.table.columns) == list(COLUMNS)
    assert len(table) == 10
    assert table["nes"].idxmax() == ("planted", "up")
    assert table["nes"].idxmin() == ("planted", "down")
    assert table.loc["planted", "q"].max() < 0.01
    assert table["z"].isna().all()
    assert set(result.table["contrast"]) == {"exposed vs baseline"}
    assert set(result.table["metric"]) == {"moderated t"}
    [design] = result.designs
    assert (design.n_first, design.n_second, design.n_genes) == (3, 3, 300)
    assert result.skipped == ()


def test_order_of_genes_samples_and_signatures_changes_nothing(
    planted: AnnData, sets: list[Any]
) -> None:
    expected = enrich_contrasts(planted, sets, permutations=100)
    rng = np.random.default_rng(0)
    shuffled = planted[rng.permutation(6)][:, rng.permutation(300)].copy()
    again = enrich_contrasts(shuffled, sets[::-1], permutations=100)
    assert_frame_equal(again.table, expected.table, check_exact=True)
    assert again.designs == expected.designs


def test_reversed_contrast_turns_the_sign(planted: AnnData, sets: list[Any]) -> None:
    forward = enrich_contrasts(planted, sets, ["exposed vs baseline"], permutations=100).table
    back = enrich_contrasts(planted, sets, ["baseline vs exposed"], permutations=100).table
    assert_allclose(back["es"], -forward["es"], rtol=1e-9)
    assert (back["leading_edge"] == forward["leading_edge"]).all()


def test_missing_and_constant_genes_are_left_out_and_counted(
    planted: AnnData, sets: list[Any]
) -> None:
    values = np.asarray(planted.X).copy()
    values[1, :3] = np.nan
    values[:, 3] = np.nan
    values[:, 50:52] = 0.0
    planted.X = values
    result = enrich_contrasts(planted, sets[:1], permutations=100)
    [design] = result.designs
    assert (design.n_missing, design.n_constant, design.n_genes) == (4, 2, 294)
    assert result.table["n_matched"].tolist() == [16, 20]
    assert result.table["n_genes"].tolist() == [20, 20]


def test_complete_pairs_are_compared_within_patients(matrix: Build, signature: Build) -> None:
    rng = np.random.default_rng(2)
    patients = rng.normal(0, 5, size=(3, 200))
    effect = np.where(np.arange(200) < 15, 1.0, 0.0)
    before = 8 + patients + rng.normal(0, 0.1, size=(3, 200))
    after = 8 + patients + effect + rng.normal(0, 0.1, size=(3, 200))
    expr = matrix(
        np.vstack([before, after[[2, 0, 1]]]),
        timepoint=["baseline"] * 3 + ["exposed"] * 3,
        patient=["p1", "p2", "p3", "p3", "p1", "p2"],
    )
    [contrast], _ = automatic_contrasts(expr.obs)
    genes = select_universe(expr, "coding")
    found = compare(expr, contrast_design(expr.obs, contrast), genes)
    assert_allclose(found.table["log2fc"], (after - before).mean(0), rtol=1e-9)
    assert found.test == "paired moderated t"
    assert found.table["q"].head(15).max() < 0.05
    rises = [signature("rises", up=expr.var_names[:15])]
    result = enrich_contrasts(expr, rises, permutations=200)
    assert result.table["p"].item() < 0.01
    assert result.designs[0].covariates == ("patient",)
    expr.obs["patient"] = ["p1", "p2", "p3", "p3", "p1", "p4"]
    unpaired = compare(expr, contrast_design(expr.obs, contrast), genes)
    assert unpaired.test == "moderated t"
    assert "2 of 4 patients" in unpaired.notes[0]


def test_a_contrast_confounded_with_batch_is_skipped_or_refused(
    planted: AnnData, sets: list[Any]
) -> None:
    planted.obs["batch"] = ["1"] * 3 + ["2"] * 3
    [skip] = enrich_contrasts(planted, sets).skipped
    assert skip.contrast == "exposed vs baseline"
    assert skip.reason.startswith("The contrast is confounded with the column batch")
    with pytest.raises(InputError, match="confounded"):
        enrich_contrasts(planted, sets, ["exposed vs baseline"])
    assert len(enrich_contrasts(planted, sets, covariates=()).designs) == 1


def test_the_tables_of_a_contrast_belong_together(planted: AnnData, sets: list[Any]) -> None:
    result = enrich_contrasts(planted, sets)
    genes = result.differential.set_index("gene")
    assert (genes["log2fc"].head(20) > 0).all()
    assert genes["p"].between(0, 1).all()
    assert genes["q"].head(40).max() < 0.05
    lists = result.lists.set_index(["list", "signature", "direction"])
    assert lists.loc[("up", "planted", "up"), "n_shared"] == 20
    assert lists.loc[("down", "planted", "down"), "p"] < 1e-10
    assert lists.loc[("up", "planted", "down"), ["p", "q"]].tolist() == [1.0, 1.0]
    assert "300 genes tested" in result.designs[0].summary


def test_each_of_three_groups_against_the_rest(matrix: Build, signature: Build) -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(6, 1, size=(7, 120))
    values[2:4, :12] += 4
    expr = matrix(values, group=["a", "a", "b", "b", "c", "c", "d"])
    result = enrich_contrasts(expr, [signature("s", up=expr.var_names[:12])], permutations=100)
    assert result.table["contrast"].tolist() == ["a vs rest", "b vs rest", "c vs rest"]
    assert result.table.set_index("contrast")["nes"].idxmax() == "b vs rest"
    assert [s.contrast for s in result.skipped] == ["d vs rest"]


def test_no_groups_give_an_empty_table_with_its_columns(matrix: Build, sets: list[Any]) -> None:
    expr = matrix(np.ones((3, 300)))
    result = enrich_contrasts(expr, sets)
    assert result.table.empty
    assert list(result.table.columns) == list(COLUMNS)
    assert result.table["q"].dtype == np.float64
    assert (result.designs, result.skipped) == ((), ())


def test_replicates_that_are_copies_are_skipped_or_refused(matrix: Build, sets: list[Any]) -> None:
    values = np.vstack([np.arange(300.0)] * 2 + [np.arange(300.0)[::-1]] * 2)
    expr = matrix(values, group=["a", "a", "b", "b"])
    result = enrich_contrasts(expr, sets)
    assert result.skipped == (SkippedContrast("b vs a", "No gene varies between replicates"),)
    with pytest.raises(InputError, match="copies"):
        enrich_contrasts(expr, sets, ["b vs a"])


def test_faults_of_the_values_are_named(planted: AnnData, sets: list[Any]) -> None:
    with pytest.raises(UsageError, match="exposed"):
        enrich_contrasts(planted, sets, ["treated vs baseline"])
    planted.X[0, 0] = -np.inf
    with pytest.raises(InputError, match=r"contrast exposed vs baseline"):
        enrich_contrasts(planted, sets, ["exposed vs baseline"])
    planted.X[0, :] = np.nan
    result = enrich_contrasts(planted, sets)
    assert "measured in all samples" in result.skipped[0].reason


def test_the_same_named_contrast_is_tested_once(planted: AnnData, sets: list[Any]) -> None:
    twice = ["exposed vs baseline"] * 2
    assert len(enrich_contrasts(planted, sets, twice, permutations=100).designs) == 1


@pytest.mark.parametrize("platform", ["zscore", "relative"])
def test_values_that_are_no_expression_are_refused_row_by_row(
    planted: AnnData, sets: list[Any], platform: str
) -> None:
    expr = planted.copy()
    expr.uns["atrasig"] = {"platform": platform}
    found, usual = enrich_contrasts(expr, sets), enrich_contrasts(planted, sets)
    assert found.designs == found.skipped == ()
    keys = ["contrast", "signature", "direction", "n_genes"]
    pd.testing.assert_frame_equal(found.table[keys], usual.table[keys])
    assert found.table[["es", "nes", "p", "q"]].isna().all(axis=None)
    assert found.table["reason"].str.contains("compared by their log2 expression").all()


def test_parts_outside_the_limits_say_why(planted: AnnData, sets: list[Any]) -> None:
    table = enrich_contrasts(planted, sets, min_size=5, max_size=6).table
    blank = table["es"].isna()
    assert blank.any()
    assert table.loc[blank, "reason"].str.fullmatch(r"\d+ genes ranked; needs 5 to 6").all()
    assert table.loc[~blank, "reason"].eq("").all()
