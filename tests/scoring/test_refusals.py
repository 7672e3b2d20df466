"""Which values each method scores at all, and what is said where it does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from atrasig.harmonisation import harmonise
from atrasig.io import read_expression
from atrasig.scoring.registry import METHODS
from atrasig.scoring.run import score
from atrasig.signatures import Signature, SignatureSet

OF_EXPRESSION = ["singscore", "ssgsea", "ucell", "aucell", "weighted", "control_genes"]
OF_DIFFERENCES = ["zscore", "ulm", "plage", "gsva"]
ALL = [*OF_EXPRESSION, *OF_DIFFERENCES]


def _on(expr: AnnData, platform: str) -> AnnData:
    expr.uns["atrasig"] = {"platform": platform}
    return expr


@pytest.mark.parametrize("platform", ["zscore", "relative"])
def test_values_relative_to_a_cohort_are_not_taken_for_expression(
    untied: AnnData, sets: SignatureSet, platform: str
) -> None:
    table = score(_on(untied, platform), sets, method=ALL).set_index("method")
    for method in OF_EXPRESSION:
        rows = table.loc[method]
        assert rows[["score", "z", "p", "q"]].isna().all(axis=None)
        ranks = METHODS[method].reads == "ranks"
        said = f"{method} ranks the genes of a sample, and" if ranks else f"{method} needs"
        assert rows["reason"].str.contains(said).all()
    assert table.loc[OF_DIFFERENCES, "score"].notna().all()
    assert (table.loc[OF_DIFFERENCES, "reason"] == "").all()


@pytest.mark.parametrize("platform", ["rnaseq_counts", "microarray", "single_cell", ""])
def test_expression_is_scored_by_all(untied: AnnData, sets: SignatureSet, platform: str) -> None:
    table = score(_on(untied, platform), sets, method=ALL).set_index("method")
    assert table.drop("weighted")["score"].notna().all()
    assert set(table.loc["weighted", "reason"]) == {"the list publishes no weights"}


def test_refused_scores_are_missing_in_every_layout(untied: AnnData, sets: SignatureSet) -> None:
    expr = _on(untied, "zscore")
    wide = score(expr, sets, method=ALL, layout="wide")
    assert isinstance(wide, pd.DataFrame)
    assert wide[OF_EXPRESSION].isna().all(axis=None)
    assert wide[OF_DIFFERENCES].notna().all(axis=None)


def test_a_cohort_too_small_is_named(untied: AnnData, sets: SignatureSet) -> None:
    table = score(untied[:1].copy(), sets, method=["gsva", "ucell"]).set_index("method")
    assert set(table.loc["gsva", "reason"]) == {"gsva needs a cohort of 2 samples, this has 1"}
    assert table.loc["ucell", "score"].notna().all()


def test_standardised_cell_lines(shared: Path, signature_of: Callable[..., Signature]) -> None:
    path = shared / "data/sensitivity_gdsc/ccle580_census706_expression_DepMapstyle.csv.gz"
    expr = harmonise(read_expression(path))
    genes = ["RARA", "PML", "CD74", "not measured"]
    table = score(
        expr, SignatureSet([signature_of("x", genes)]), method=["singscore", "ssgsea", "zscore"]
    ).set_index("method")
    assert table.loc[["singscore", "ssgsea"], "score"].isna().all()
    expected = np.asarray(expr[:, genes[:3]].X).sum(axis=1) / np.sqrt(3)
    np.testing.assert_allclose(table.loc["zscore", "score"], expected)
