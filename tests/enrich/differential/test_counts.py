from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from anndata import AnnData

from atrasig.enrich.designs import automatic_contrasts
from atrasig.enrich.differential import compare, contrast_design
from atrasig.enrich.differential.compare import Differential
from atrasig.errors import UsageError
from atrasig.scoring.universe import select_universe

Build = Callable[..., Any]


@pytest.fixture
def counts(matrix: Build) -> AnnData:
    """Four against four samples; of 120 genes 12 rise fourfold, one is never counted."""
    rng = np.random.default_rng(4)
    mean = rng.gamma(2, 100, 120) + 20
    size = rng.uniform(0.7, 1.4, (8, 1))
    fold = np.ones((8, 120))
    fold[4:, :12] = 4
    values = rng.negative_binomial(20, 20 / (20 + mean * size * fold)).astype(float)
    values[:, 119] = 0
    logs = np.log2(values / values.sum(1, keepdims=True) * 1e6 + 1)
    expr = matrix(logs, timepoint=["baseline"] * 4 + ["exposed"] * 4)
    expr.layers["counts"] = values
    expr.uns["atrasig"] = {"platform": "rnaseq_counts"}
    return expr


def run(expr: AnnData, differential: Differential = "auto") -> Any:
    [contrast], _ = automatic_contrasts(expr.obs)
    design = contrast_design(expr.obs, contrast)
    return compare(expr, design, select_universe(expr, "coding"), differential)


def test_deseq2_finds_what_was_planted(counts: AnnData) -> None:
    found = run(counts)
    table = found.table.set_index("gene")
    planted = list(counts.var_names[:12])
    assert (found.test, found.n_constant, len(table)) == ("DESeq2 Wald", 1, 119)
    assert table.loc[planted, "log2fc"].median() == pytest.approx(2, abs=0.25)
    assert (table.loc[planted, "low"] < 2).sum() >= 10
    assert table.loc[planted, "q"].max() < 1e-4
    assert (table["statistic"] == table["log2fc"] / table["se"]).mean() > 0.5
    blank = table["q"].isna()
    assert (table.loc[blank, "reason"] != "").all()
    assert (table.loc[~blank, "reason"] == "").all()


def test_linear_models_agree_with_it(counts: AnnData) -> None:
    linear, negative_binomial = run(counts, "linear").table, run(counts).table
    assert set(linear["test"]) == {"moderated t"}
    both = linear.merge(negative_binomial, on="gene")
    assert both["log2fc_x"].corr(both["log2fc_y"]) > 0.95


def test_estimated_counts_are_rounded_and_told(counts: AnnData) -> None:
    counts.layers["counts"][0, :3] += 0.4
    assert "3 of 952 counts were rounded to whole numbers" in run(counts).notes


def test_deseq2_without_counts_is_refused(counts: AnnData) -> None:
    del counts.layers["counts"]
    assert run(counts).test == "moderated t"
    with pytest.raises(UsageError, match="DESeq2 needs counts"):
        run(counts, "deseq2")
