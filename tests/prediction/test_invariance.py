"""A call is a function of the sample, the model and its declared reference: bit for bit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atrasig.files import read_h5ad, write_h5ad, write_parquet
from atrasig.prediction import predict, predict_with_drivers
from tests.prediction.making import with_obs

if TYPE_CHECKING:
    from anndata import AnnData

FEW = settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def panel(demo: AnnData) -> AnnData:
    """The demo cohort on the genes that models need and enough others, to be quick."""
    from atrasig.signatures import load_signatures

    needed = {gene for s in load_signatures() for gene in s.symbols}
    coding = demo.var_names[demo.var["biotype"] == "protein_coding"]
    others = [gene for gene in coding if gene not in needed]
    return demo[:, [g for g in demo.var_names if g in needed] + others[:6_200]].copy()


@pytest.fixture(scope="module")
def whole(panel: AnnData) -> pd.DataFrame:
    return predict(panel)


def _same(found: pd.DataFrame, whole: pd.DataFrame, questions: tuple[str, ...]) -> None:
    """The rows found are bit-identical to those of the whole cohort."""
    found = found[found["question"].isin(questions)]
    keys = ["sample", "question", "model"]
    expected = whole.set_index(keys).loc[pd.MultiIndex.from_frame(found[keys])].reset_index()
    pd.testing.assert_frame_equal(
        found.reset_index(drop=True), expected[found.columns], check_exact=True
    )


@FEW
@given(data=st.data())
def test_sensitivity_does_not_know_the_other_samples(
    panel: AnnData, whole: pd.DataFrame, data: st.DataObject
) -> None:
    names = data.draw(st.lists(st.sampled_from(list(panel.obs_names)), min_size=1, unique=True))
    _same(predict(panel[names].copy()), whole, ("sensitivity",))


@FEW
@given(data=st.data())
def test_response_knows_its_declared_baselines_alone(
    panel: AnnData, whole: pd.DataFrame, data: st.DataObject
) -> None:
    baselines = list(panel.obs_names[panel.obs["timepoint"] == "baseline"])
    others = list(panel.obs_names[panel.obs["timepoint"] == "exposed"])
    kept = data.draw(st.lists(st.sampled_from(others), unique=True))
    order = data.draw(st.permutations([*baselines, *kept]))
    _same(predict(panel[order].copy()), whole, ("sensitivity", "response"))


def test_a_pair_does_not_know_other_baselines(panel: AnnData, whole: pd.DataFrame) -> None:
    pair = predict(panel[["P3-exposed", "P3-baseline"]].copy())
    _same(pair[pair["sample"] == "P3-exposed"], whole, ("sensitivity", "response"))


def test_added_samples_change_nothing(panel: AnnData, whole: pd.DataFrame) -> None:
    from anndata import concat

    strangers = with_obs(panel, ["APL-1", "AML-2", "shallow"], timepoint="", patient="")
    strangers.obs_names = ["x1", "x2", "x3"]
    strangers.X = strangers.X[:, ::-1] * 2
    both = concat([strangers, panel], merge="same", uns_merge="first")
    found = predict(both)
    _same(found[~found["sample"].isin(["x1", "x2", "x3"])], whole, ("sensitivity", "response"))


def test_order_of_genes_changes_nothing(panel: AnnData) -> None:
    before = predict_with_drivers(panel)
    turned = panel[:, np.random.default_rng(8).permutation(panel.n_vars)].copy()
    after = predict_with_drivers(turned)
    pd.testing.assert_frame_equal(before.calls, after.calls, check_exact=True)
    pd.testing.assert_frame_equal(before.drivers, after.drivers, check_exact=True)


def test_genes_outside_the_universe_change_nothing(panel: AnnData, whole: pd.DataFrame) -> None:
    from anndata import concat

    extra = panel[:, :50].copy()
    extra.var_names = [f"LNC{place}" for place in range(50)]
    extra.var["biotype"] = "lncRNA"
    wider = concat([panel, extra], axis=1, merge="first", uns_merge="first")
    pd.testing.assert_frame_equal(predict(wider), whole, check_exact=True)


@pytest.mark.parametrize("stretch", [0.25, 3.0])
def test_scale_of_a_sample_changes_nothing(
    panel: AnnData, whole: pd.DataFrame, stretch: float
) -> None:
    # Ranks are all a call knows, so that any rising function of the values may be applied.
    risen = panel.copy()
    risen.X = np.exp2(panel.X) * stretch + 1
    pd.testing.assert_frame_equal(predict(risen), whole, check_exact=True)


def test_blocks_of_samples_change_nothing(panel: AnnData, whole: pd.DataFrame) -> None:
    names = list(panel.obs_names)
    blocks = [predict(panel, samples=names[i : i + 7]) for i in range(0, len(names), 7)]
    pd.testing.assert_frame_equal(pd.concat(blocks, ignore_index=True), whole, check_exact=True)


@pytest.mark.parametrize("sparse", [False, True])
def test_h5ad_and_sparse_give_the_same_bytes(panel: AnnData, tmp_path: Path, sparse: bool) -> None:  # noqa: FBT001
    from scipy.sparse import csr_matrix

    expr = panel.copy()
    if sparse:
        expr.X = csr_matrix(expr.X)
    write_h5ad(tmp_path / "expr.h5ad", expr)
    tables = {"before": predict_with_drivers(panel)}
    tables["after"] = predict_with_drivers(read_h5ad(tmp_path / "expr.h5ad"))
    for name, found in tables.items():
        write_parquet(tmp_path / f"{name}.calls", found.calls)
        write_parquet(tmp_path / f"{name}.drivers", found.drivers)
    for kind in ("calls", "drivers"):
        first, second = ((tmp_path / f"{name}.{kind}").read_bytes() for name in tables)
        assert first == second


def test_the_matrix_is_left_as_it_was(panel: AnnData) -> None:
    expr = panel.copy()
    predict(expr, disease="AML")
    pd.testing.assert_frame_equal(expr.obs, panel.obs)
    np.testing.assert_array_equal(expr.X, panel.X)
    assert list(expr.layers) == list(panel.layers)
