"""Known patients and known treatments, through the frozen models."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.stats import rankdata

from atrasig.files import data_path
from atrasig.harmonisation import harmonise
from atrasig.io import read_expression
from atrasig.prediction import load_models, predict, predict_with_drivers
from atrasig.prediction.kinds import SiblingContrastModel
from atrasig.prediction.likeness import likeness
from atrasig.prediction.sample import DeclaredContext, view_samples
from atrasig.scoring.universe import select_universe
from atrasig.signatures import load_signatures
from tests.prediction.making import with_obs

if TYPE_CHECKING:
    from anndata import AnnData

APL = "TCGA-AB-2872-03A"
ROSS, VALK = "ross_aml_with_pml_rara_fusion", "valk_aml_cluster_12"


@pytest.fixture(scope="module")
def leukemias(aml20: AnnData) -> pd.DataFrame:
    return predict(aml20, disease="AML")


def _programme(calls: pd.DataFrame) -> pd.DataFrame:
    return calls[calls["model"] == "apl_programme"].set_index("sample")


def _model() -> SiblingContrastModel:
    return next(m for m in load_models() if isinstance(m, SiblingContrastModel))


def test_the_one_apl_is_the_only_sensitive_patient(leukemias: pd.DataFrame) -> None:
    rows = _programme(leukemias)
    assert len(rows) == 20
    assert list(rows.index[rows["call"] == "sensitive"]) == [APL]
    assert set(rows["call"].drop(APL)) == {"no call"}
    assert rows["score"].idxmax() == APL
    assert rows.loc[APL, "percentile"] == 100
    primary = leukemias[leukemias["primary"] & (leukemias["question"] == "sensitivity")]
    assert set(primary["model"]) == {"apl_programme"}


def test_every_row_of_the_leukemias_has_a_reason(leukemias: pd.DataFrame) -> None:
    assert (leukemias["reason"].str.len() > 20).all()
    others = _programme(leukemias).drop(APL)
    assert others["reason"].str.startswith("no APL programme; no validated model").all()
    response = leukemias[leukemias["primary"] & (leukemias["question"] == "response")]
    assert set(response["call"]) == {"no call"}
    assert response["reason"].str.startswith("needs a baseline: 0 usable").all()


def test_scores_lie_where_a_first_look_found_them(leukemias: pd.DataFrame) -> None:
    # An independent first look: the APL patient 0.21, the next 0.09 and 0.05 on the two lists.
    scores = _programme(leukemias)["score"]
    assert scores[APL] == pytest.approx(0.21, abs=0.005)
    assert scores.drop(APL).max() < 0.07
    assert scores.min() > -0.05


def _contrasts(expr: AnnData) -> np.ndarray:
    """Both contrasts of every sample, from ranks computed here, shape (samples, 2)."""
    signatures = load_signatures()
    coding = expr[:, expr.var["biotype"] == "protein_coding"]
    ranked = rankdata(coding.X, axis=1, nan_policy="omit")
    measured = np.sum(~np.isnan(ranked), axis=1)
    ranks = pd.DataFrame(ranked / measured[:, None], columns=coding.var_names)
    found = []
    for prefix, name in (("ross_", ROSS), ("valk_", VALK)):
        own = set(signatures[name].up)
        siblings = [s for s in signatures.ids if s.startswith(prefix) and s != name]
        lists = [own, *(set(signatures[s].up) - own for s in siblings)]
        means = [ranks[ranks.columns.intersection(sorted(g))].mean(axis=1) for g in lists]
        found.append(means[0] - np.mean(means[1:], axis=0))
    return np.column_stack(found)


def test_figures_of_counts_are_those_of_ranks_computed_here(aml20: AnnData) -> None:
    figures = _model().platforms["rnaseq_counts"]
    values = _contrasts(aml20)
    is_apl = aml20.obs_names == APL
    highest, (target,) = values[~is_apl].max(axis=0), values[is_apl]
    np.testing.assert_allclose(figures.non_target_maximum, highest, atol=2e-3)
    np.testing.assert_allclose(np.ravel(figures.target), target, atol=2e-3)
    np.testing.assert_allclose(figures.thresholds, (highest + target) / 2, atol=2e-3)
    assert (figures.n_non_target, figures.n_target) == (19, 1)


def test_figures_of_arrays_are_those_of_ranks_computed_here(
    aml20: AnnData, all_aml48: AnnData, all_mll37: AnnData, gse2191: AnnData
) -> None:
    figures = _model().platforms["microarray"]
    values = np.vstack([_contrasts(expr) for expr in (all_aml48, all_mll37, gse2191)])
    assert values.shape == (139, 2)
    np.testing.assert_allclose(figures.non_target_maximum, values.max(axis=0), atol=1e-4)
    np.testing.assert_allclose(figures.non_target_q99, np.quantile(values, 0.99, axis=0), atol=1e-4)
    # The known patient ranked on the genes of the array alone: nearer to it, and no equal.
    genes = set(all_aml48.var_names) | set(all_mll37.var_names) | set(gse2191.var_names)
    narrow = _contrasts(aml20[:, aml20.var_names.isin(genes)].copy())
    is_apl = aml20.obs_names == APL
    np.testing.assert_allclose(
        figures.thresholds, (values.max(axis=0) + narrow[is_apl][0]) / 2, atol=2e-3
    )
    assert np.abs(narrow - _contrasts(aml20)).max() < 0.036
    # 20 of the 139 profiles are arrays that stand in two of the sets.
    assert (figures.n_non_target, figures.n_target, figures.target) == (119, 0, ())
    scores = values.mean(axis=1)
    frozen = _model().quantiles["microarray"]
    assert frozen[0] == pytest.approx(scores.min(), abs=1e-4)
    assert frozen[10] == pytest.approx(np.median(scores), abs=1e-4)
    assert frozen[20] == pytest.approx(scores.max(), abs=1e-4)


@pytest.mark.parametrize(
    ("cohort", "n", "intermediate"),
    [("all_aml48", 48, 0), ("all_mll37", 37, 0), ("gse2191", 54, 0)],
)
def test_no_leukemia_of_an_array_is_sensitive(
    request: pytest.FixtureRequest, cohort: str, n: int, intermediate: int
) -> None:
    rows = _programme(predict(request.getfixturevalue(cohort), disease="AML"))
    calls = rows["call"].value_counts()
    assert len(rows) == n
    assert calls.get("sensitive", 0) == calls.get("resistant", 0) == 0
    assert calls.get("intermediate", 0) == intermediate
    assert (rows["reason"].str.len() > 20).all()
    assert not rows["reason"].str.contains("too few signature genes").any()
    assert rows["percentile"].between(0, 100).all()
    assert (rows["low"] <= rows["score"]).all()
    assert (rows["score"] <= rows["high"]).all()


@pytest.mark.slow
def test_the_script_writes_the_shipped_artefact(
    shared: Path, tmp_path: Path, apl_reference: ModuleType
) -> None:
    apl_reference.main([str(shared / "data"), "--out", str(tmp_path)])
    for name in ("apl_programme.yaml", "apl_programme.tsv"):
        shipped = data_path("signatures") / "models" / name
        assert (tmp_path / name).read_bytes() == shipped.read_bytes(), name


def test_figures_that_the_artefact_states_of_itself() -> None:
    rows = {(row.data[:9], row.measure, row.how): row for row in _model().validation}
    left_out = [row for (_, _, how), row in rows.items() if how.startswith("leave one")]
    assert [row.n for row in left_out] == [19, 48, 37, 54]
    for row in left_out:
        # The exact bound for no error among n, by hand: 0.025 ** (1 / n).
        assert (row.value, row.high) == (1.0, 1.0)
        assert row.low == pytest.approx(0.025 ** (1 / row.n), abs=1e-4)
        assert row.note.startswith("0 sensitive")
    assert rows[("TCGA-LAML", "AUROC", "pooled")].low is None
    assert rows[("TCGA-LAML", "p of the AUROC", "permuted labels")].value == 1 / 20
    assert sum(row.n_positive or 0 for row in _model().training) == 1


@pytest.mark.parametrize("kept", [[APL], [APL, "TCGA-AB-2863-03A", "TCGA-AB-3009-03A"]])
def test_real_samples_are_called_alike_in_any_company(
    aml20: AnnData, leukemias: pd.DataFrame, kept: list[str]
) -> None:
    alone = predict(aml20[kept[::-1]].copy(), disease="AML")
    expected = pd.concat([leukemias[leukemias["sample"] == name] for name in kept[::-1]])
    pd.testing.assert_frame_equal(alone, expected.reset_index(drop=True), check_exact=True)


def test_gene_order_of_a_real_matrix(aml20: AnnData, leukemias: pd.DataFrame) -> None:
    turned = aml20[:, np.random.default_rng(3).permutation(aml20.n_vars)].copy()
    pd.testing.assert_frame_equal(predict(turned, disease="AML"), leukemias, check_exact=True)


def test_drivers_of_real_samples_sum_to_their_score(aml20: AnnData) -> None:
    found = predict_with_drivers(aml20, disease="AML", samples=[APL])
    sums = found.drivers.groupby("model")["contribution"].sum()
    scores = found.calls.dropna(subset="score").set_index("model")["score"]
    assert dict(sums) == pytest.approx(dict(scores), abs=1e-12)
    assert "apl_programme" in sums.index


# --- SH-SY5Y before and after retinoic acid ---


def _treated(shsy5y: AnnData, **columns: object) -> pd.DataFrame:
    expr = with_obs(shsy5y, list(shsy5y.obs_names), **columns)
    calls = predict(expr, disease="neuroblastoma", tissue="")
    return calls[calls["primary"] & (calls["question"] == "response")].set_index("sample")


def test_differentiated_cells_respond_and_others_never(shsy5y: AnnData) -> None:
    timepoint = ["baseline" if "nodiff" in name else "exposed" for name in shsy5y.obs_names]
    rows = _treated(shsy5y, timepoint=timepoint, material="cell line")
    calls = rows["call"]
    for name in shsy5y.obs_names:
        expected = "no call" if "nodiff" in name else "responding"
        assert calls[name] == expected, name
    exposed = rows[rows["call"] == "responding"]
    assert (exposed["score"] > 0.2).all()
    assert exposed["reference"].str.startswith("3 baselines of the same context").all()
    assert (exposed["grade"] == "cell lines").all()


def test_differentiated_cells_respond_as_pairs(shsy5y: AnnData) -> None:
    timepoint = ["baseline" if "nodiff" in name else "exposed" for name in shsy5y.obs_names]
    patient = [name[-4:] for name in shsy5y.obs_names]
    rows = _treated(shsy5y, timepoint=timepoint, patient=patient)
    assert (rows["call"] == "responding").sum() == 3
    assert rows.loc[rows["call"] == "responding", "reference"].str.startswith("own ").all()


@pytest.mark.parametrize("timepoint", ["", "exposed"])
def test_without_any_baseline_nobody_is_called(shsy5y: AnnData, timepoint: str) -> None:
    rows = _treated(shsy5y, timepoint=timepoint)
    assert set(rows["call"]) == {"no call"}
    assert rows["reason"].str.contains("needs a baseline: 0 usable").all()


def test_turned_round_nothing_responds(shsy5y: AnnData) -> None:
    timepoint = ["exposed" if "nodiff" in name else "baseline" for name in shsy5y.obs_names]
    rows = _treated(shsy5y, timepoint=timepoint)
    assert set(rows["call"]) == {"no call", "not responding"}


# --- 109 gastric cancers on an array ---


def test_gastric_cancers_are_told_which_model_is_missing(gastric: AnnData) -> None:
    calls = predict(gastric, disease="gastric cancer")
    rows = calls[calls["question"] == "sensitivity"]
    assert len(rows) == 109
    assert set(rows["model"]) == {"gastric_guarrera2023"}
    assert set(rows["call"]) == {"no call"}
    assert rows["reason"].str.contains("42-gene model").all()
    assert rows["reason"].str.contains("import --as guarrera2023-gastric42 TABLE").all()


def test_gastric_cancers_declared_as_aml_are_never_called(gastric: AnnData) -> None:
    rows = _programme(predict(gastric, disease="AML"))
    assert len(rows) == 109
    assert set(rows["call"]) == {"no call"}
    assert rows["reason"].str.startswith("no APL programme").all()
    # Both contrasts would have to pass 0.17 and 0.20.
    assert rows["score"].between(-0.1, 0.05).all()


def test_gastric_cancers_are_unlike_the_leukemias_of_the_model(
    gastric: AnnData, all_aml48: AnnData
) -> None:
    model = _model()
    far, near = _likeness(model, gastric), _likeness(model, all_aml48)
    assert max(far) < model.min_correlation["microarray"] - 0.1
    # One array of the 48 lies far from all others; it sets no threshold.
    assert sum(value < model.min_correlation["microarray"] for value in near) == 1


# --- neuroblastoma cells declared as AML, on counts ---


def test_neuroblastoma_cells_are_unlike_the_leukemias_of_the_model(
    shsy5y: AnnData, aml20: AnnData
) -> None:
    model = _model()
    floor = model.min_correlation["rnaseq_counts"]
    assert max(_likeness(model, shsy5y)) < floor - 0.2
    assert min(_likeness(model, aml20)) > floor
    # As they are, two lists are too short: their table leaves out genes of few reads.
    rows = _programme(predict(shsy5y, disease="AML"))
    assert set(rows["call"]) == {"no call"}


@pytest.fixture(scope="module")
def raised(shsy5y: AnnData, tmp_path_factory: pytest.TempPathFactory) -> AnnData:
    """SH-SY5Y with both APL lists raised, and every gene of the lists measured."""
    signatures, contrasts = load_signatures(), _model().contrasts
    apl = {gene for c in contrasts for gene in signatures[c.list].up}
    listed = apl | {gene for c in contrasts for name in c.siblings for gene in signatures[name].up}
    values = np.asarray(shsy5y.layers["counts"], dtype=float).T
    counts = pd.DataFrame(values, index=shsy5y.var_names, columns=shsy5y.obs_names)
    counts = counts.reindex(counts.index.union(sorted(listed)), fill_value=0.0)
    up = counts.index.isin(list(apl))
    counts.loc[up] = (counts.loc[up] + 20) * 8
    path = tmp_path_factory.mktemp("raised") / "counts.tsv"
    counts.to_csv(path, sep="\t", index_label="gene")
    return harmonise(read_expression(path))


def test_unlike_samples_are_not_called_whatever_their_contrasts(
    raised: AnnData, tmp_path: Path
) -> None:
    rows = _programme(predict(raised, disease="AML"))
    assert set(rows["call"]) == {"no call"}
    assert rows["reason"].str.startswith("the sample is unlike those the model was made from").all()
    assert (rows["score"] > 0.2).all()
    # It is the likeness alone that stops them.
    folder = data_path("signatures") / "models"
    head = yaml.safe_load((folder / "apl_programme.yaml").read_text(encoding="utf-8"))
    del head["min_correlation"]
    (tmp_path / "apl_programme.tsv").write_bytes((folder / "apl_programme.tsv").read_bytes())
    unchecked = tmp_path / "apl_programme.yaml"
    unchecked.write_text(yaml.safe_dump(head), encoding="utf-8")
    rows = _programme(predict(raised, disease="AML", models=unchecked))
    assert set(rows["call"]) == {"sensitive"}


def _likeness(model: SiblingContrastModel, expr: AnnData) -> list[float]:
    universe = select_universe(expr, "coding")
    position = {gene: place for place, gene in enumerate(universe.symbols)}
    views = view_samples(expr, universe, DeclaredContext(), None)
    return [likeness(model, view, position) for view in views]
