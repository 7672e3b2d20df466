"""The combined z-score, and which values each method scores at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy.stats import kstest

from atrasig.harmonisation import harmonise
from atrasig.io import read_expression
from atrasig.scoring.registry import METHODS
from atrasig.scoring.run import score
from atrasig.signatures import Signature, SignatureSet

RANK_METHODS = ["singscore", "ssgsea"]
ALL = [*RANK_METHODS, "zscore"]


def _on(expr: AnnData, platform: str) -> AnnData:
    expr.uns["atrasig"] = {"platform": platform}
    return expr


def test_by_hand(
    expr_of: Callable[[np.ndarray], AnnData], signature_of: Callable[..., Signature]
) -> None:
    values = np.zeros((2, 10))
    values[0, :5] = [1.0, -0.5, 2.5, 0.25, -1.25]
    values[1, :5] = [np.nan, 1.0, 1.0, 2.0, 3.0]
    sets = SignatureSet(
        [
            signature_of("up", ["G000", "G001", "G002"]),
            signature_of("both", ["G001", "G002"], ["G003", "G004"]),
        ]
    )
    table = score(_on(expr_of(values), "zscore"), sets, method="zscore")
    found = table.set_index(["sample", "signature"])["score"]
    assert found["s0", "up"] == pytest.approx(3 / np.sqrt(3))
    assert found["s0", "both"] == pytest.approx((2 - (0.25 - 1.25)) / 2)
    assert np.isnan(found["s1", "up"])  # two of its three genes are measured
    assert found["s1", "both"] == pytest.approx((2 - 5) / 2)
    np.testing.assert_array_equal(table["z"], table["score"])


def test_the_null_holds_where_genes_vary_independently(
    expr_of: Callable[[np.ndarray], AnnData], sets: SignatureSet
) -> None:
    drawn = np.random.default_rng(5).normal(size=(600, 400))
    table = score(_on(expr_of(drawn), "zscore"), sets, method="zscore")
    for _, found in table.groupby("signature"):
        assert kstest(found["score"], "norm").pvalue > 1e-3


def test_correlated_genes_spread_wider_than_the_null_says(
    expr_of: Callable[[np.ndarray], AnnData], sets: SignatureSet
) -> None:
    rng = np.random.default_rng(6)
    shared = rng.normal(size=(300, 1))
    drawn = np.sqrt(0.7) * rng.normal(size=(300, 400)) + np.sqrt(0.3) * shared
    table = score(_on(expr_of(drawn), "zscore"), sets, method="zscore")
    assert table.loc[table["signature"] == "large", "score"].std() > 3
    assert "correlated" in METHODS["zscore"].null


@pytest.mark.parametrize("platform", ["zscore", "relative"])
def test_rank_methods_refuse_values_relative_to_a_cohort(
    untied: AnnData, sets: SignatureSet, platform: str
) -> None:
    table = score(_on(untied, platform), sets, method=ALL).set_index("method")
    for method in RANK_METHODS:
        rows = table.loc[method]
        assert rows[["score", "z", "p", "q"]].isna().all(axis=None)
        assert rows["reason"].str.contains(f"{method} ranks the genes of a sample, and").all()
    rows = table.loc["zscore"]
    if platform == "zscore":
        assert rows[["score", "z", "p", "q"]].notna().all(axis=None)
        assert (rows["reason"] == "").all()
    else:
        assert rows["score"].isna().all()
        assert set(rows["reason"]) == {"zscore needs zscore values, these are relative"}


@pytest.mark.parametrize("platform", ["rnaseq_counts", "microarray", "single_cell", ""])
def test_expression_is_scored_by_rank_methods(
    untied: AnnData, sets: SignatureSet, platform: str
) -> None:
    table = score(_on(untied, platform), sets, method=ALL).set_index("method")
    assert table.loc[RANK_METHODS, "score"].notna().all()
    named = table.loc["zscore", "score"]
    assert named.isna().all() == bool(platform)  # a matrix without a platform is let through


def test_refused_scores_are_missing_in_every_layout(untied: AnnData, sets: SignatureSet) -> None:
    expr = _on(untied, "zscore")
    wide = score(expr, sets, method=ALL, layout="wide")
    assert isinstance(wide, pd.DataFrame)
    assert wide[RANK_METHODS].isna().all(axis=None)
    assert wide["zscore"].notna().all(axis=None)


def test_standardised_cell_lines(shared: Path, signature_of: Callable[..., Signature]) -> None:
    path = shared / "data/sensitivity_gdsc/ccle580_census706_expression_DepMapstyle.csv.gz"
    expr = harmonise(read_expression(path))
    genes = ["RARA", "PML", "CD74", "not measured"]
    table = score(expr, SignatureSet([signature_of("x", genes)]), method=ALL).set_index("method")
    assert table.loc[RANK_METHODS, "score"].isna().all()
    expected = np.asarray(expr[:, genes[:3]].X).sum(axis=1) / np.sqrt(3)
    np.testing.assert_allclose(table.loc["zscore", "score"], expected)
