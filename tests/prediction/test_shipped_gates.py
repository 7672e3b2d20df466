"""Every shipped model that makes calls, through every gate, each time with a reason of its own.

The values are those of 12 leukemias of TCGA, read from files as a user's are. To bring a model of
another disease to speak, the sheet states that disease: it stands in for a cohort not at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from atrasig.harmonisation import harmonise
from atrasig.io import read_expression
from atrasig.prediction import load_models, predict
from atrasig.prediction.kinds import FusionModel, Model, SiblingContrastModel, SlotModel
from atrasig.signatures import load_signatures

if TYPE_CHECKING:
    from anndata import AnnData

APL, RARA_HIGH = "TCGA-AB-2872-03A", "TCGA-AB-2851-03A"
N_SAMPLES = 12
DISEASE = {
    "apl_programme": "AML",
    "aml_rara_high": "AML",
    "mds_rara_high": "MDS",
    "breast_luminal": "breast cancer",
    "breast_rara_high": "breast cancer",
    "tnbc_notch": "TNBC",
    "myeloma_nsd2_high": "multiple myeloma",
    "retinoid_response": "AML",
    "myeloid_differentiation": "AML",
    "neuroblastoma_differentiation": "neuroblastoma",
}
BY_RESPONSE = {"retinoid_response", "myeloid_differentiation", "neuroblastoma_differentiation"}
FROZEN = {"apl_programme", "aml_rara_high"}
PATIENTS = {"apl_programme", "aml_rara_high", "mds_rara_high"}

REASONS = {
    "unknown disease": "the disease is not stated",
    "shallow": "too shallow: ",
    "genes missing": "too few ",
    "another species": "the model holds for human samples, this one is mouse",
    "cell line": "the model holds for patient samples, this one is cell line",
    "z-scores": "the model does not read zscore values: z-scores tell how a sample differs",
    "unseen platform": "",  # by the model, see below
    "unlike": "the sample is unlike ",
}


def _calling() -> list[Model]:
    """Shipped models that can make a call and read values; a fusion is read from the sheet."""
    return [m for m in load_models() if not isinstance(m, SlotModel | FusionModel)]


@pytest.fixture(scope="module")
def counts(shared: Path, aml20: AnnData) -> pd.DataFrame:
    """Counts of the coding genes of 12 patients, genes x samples."""
    del shared
    chosen = list(dict.fromkeys([APL, RARA_HIGH, *aml20.obs_names]))[:N_SAMPLES]
    coding = aml20.var_names[aml20.var["biotype"] == "protein_coding"]
    part = aml20[chosen, coding]
    values = np.asarray(part.layers["counts"], dtype=float)
    return pd.DataFrame(values.T, index=pd.Index(coding, name="gene"), columns=chosen)


Read = Callable[[pd.DataFrame, str], "AnnData"]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """Write a table and read it as the product does."""
    folder = tmp_path_factory.mktemp("gates")

    def through_a_file(table: pd.DataFrame, unit: str = "") -> AnnData:
        path = folder / f"m{len(list(folder.iterdir()))}.tsv"
        table.to_csv(path, sep="\t")
        expr = read_expression(path)
        if unit:
            expr.uns["atrasig"]["input"]["unit"] = unit
        return harmonise(expr)

    return through_a_file


def _thinned(counts: pd.DataFrame) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    share = 200_000 / counts.sum()
    thin = {n: rng.binomial(counts[n].astype(int), share[n]) for n in counts}
    return pd.DataFrame(thin, index=counts.index)


def _without_genes(counts: pd.DataFrame) -> pd.DataFrame:
    """Without 60 % of the genes, among them 60 % of every list as near as chance has it."""
    kept = np.random.default_rng(6).permutation(len(counts))[: round(0.4 * len(counts))]
    return counts.iloc[np.sort(kept)]


def _z_scores(counts: pd.DataFrame) -> pd.DataFrame:
    log = np.log2(counts / counts.sum() * 1e6 + 1)
    spread = log.std(axis=1)
    return log[spread > 0].sub(log.mean(axis=1), axis=0).div(spread, axis=0).dropna()


def _tpm(counts: pd.DataFrame) -> pd.DataFrame:
    lengths = np.random.default_rng(7).uniform(500, 5_000, len(counts))
    rates = counts.div(lengths, axis=0)
    return rates / rates.sum() * 1e6


def _strange(counts: pd.DataFrame, model: str, sample: str) -> pd.DataFrame:
    """One sample whose values are dealt anew, such that the score of a model stays about as high.

    To all genes but those of the shipped models; or within the APL lists and within their
    siblings, whose genes are those that this model compares.
    """
    listed = {gene for s in load_signatures() for gene in s.symbols} | {"RARA", "ESR1", "NSD2"}
    groups = [set(counts.index) - listed]
    if model == "apl_programme":
        groups = _apl_and_siblings()
    dealt, rng = counts.copy(), np.random.default_rng(8)
    values = dealt[sample].to_numpy().copy()
    for genes in groups:
        at = np.flatnonzero(counts.index.isin(list(genes)))
        values[at] = rng.permutation(values[at])
    dealt[sample] = values
    return dealt


def _apl_and_siblings() -> list[set[str]]:
    model = next(m for m in load_models() if isinstance(m, SiblingContrastModel))
    signatures = load_signatures()
    apl = {gene for c in model.contrasts for gene in signatures[c.list].up}
    siblings = {g for c in model.contrasts for name in c.siblings for g in signatures[name].up}
    return [apl, siblings - apl]


def _stated(expr: AnnData, model: str) -> AnnData:
    """State the model's disease, and that every sample is a baseline."""
    expr = expr.copy()
    expr.obs["disease"] = DISEASE[model]
    expr.obs["material"] = "patient"
    expr.obs["timepoint"] = "baseline"
    return expr


@pytest.fixture(scope="module")
def whole(counts: pd.DataFrame, read: Read) -> AnnData:
    """The 12 patients as they are."""
    return read(counts, "")


@pytest.fixture(scope="module")
def judged(whole: AnnData) -> dict[str, str]:
    """Of every model a sample that it calls while no gate holds."""
    found = {}
    for disease in sorted(set(DISEASE.values())):
        models = [name for name, other in DISEASE.items() if other == disease]
        calls = predict(_stated(whole, models[0]))
        for model in models:
            rows = calls[(calls["model"] == model) & (calls["call"] != "no call")]
            assert len(rows), model
            found[model] = str(rows["sample"].iloc[0])
    return found


def _row(expr: AnnData, model: str, sample: str) -> pd.Series:
    calls = predict(expr, samples=[sample])
    rows = calls[calls["model"] == model]
    assert len(rows) == 1
    return rows.iloc[0]


def test_the_table_names_every_shipped_model_that_makes_calls() -> None:
    models = _calling()
    assert {m.id for m in models} == set(DISEASE)
    assert {m.id for m in models if m.question == "response"} == BY_RESPONSE
    assert {m.id for m in models if m.context.materials == ("patient",)} == PATIENTS
    checked = {m.id for m in models if m.min_correlation or getattr(m, "min_likeness", 0)}
    assert checked == set(DISEASE)


@pytest.fixture(scope="module")
def closed(
    shared: Path, counts: pd.DataFrame, whole: AnnData, read: Read, judged: dict[str, str]
) -> dict[tuple[str, str], pd.Series]:
    """Row of every model behind every gate that it has."""
    mouse = read_expression(
        shared / "data/formats/mouse_Immunity2018.featureCounts.combined.txt.gz"
    )
    matrices = {
        "shallow": read(_thinned(counts), ""),
        "genes missing": read(_without_genes(counts), ""),
        "z-scores": read(_z_scores(counts), ""),
        "another species": harmonise(mouse),
    }
    tpm, cells = read(_tpm(counts), ""), read(counts, "cell")
    found = {}
    for model, sample in judged.items():
        for gate, expr in matrices.items():
            name = sample if sample in expr.obs_names else str(expr.obs_names[0])
            found[model, gate] = _row(_stated(expr, model), model, name)
        unseen = tpm if model in FROZEN else cells
        found[model, "unseen platform"] = _row(_stated(unseen, model), model, sample)
        strange = read(_strange(counts, model, sample), "")
        found[model, "unlike"] = _row(_stated(strange, model), model, sample)
        if model in PATIENTS:
            expr = _stated(whole, model)
            expr.obs.loc[sample, "material"] = "cell line"
            found[model, "cell line"] = _row(expr, model, sample)
        if model not in BY_RESPONSE:
            expr = _stated(whole, model)
            expr.obs.loc[sample, "disease"] = ""
            calls = predict(expr, samples=[sample])
            found[model, "unknown disease"] = calls[calls["question"] == "sensitivity"].iloc[0]
    return found


@pytest.mark.parametrize("gate", REASONS)
def test_every_gate_closes_every_model_with_its_own_reason(
    closed: dict[tuple[str, str], pd.Series], gate: str
) -> None:
    rows = {model: row for (model, name), row in closed.items() if name == gate}
    assert rows
    for model, row in rows.items():
        assert row["call"] == "no call", (gate, model)
        assert row["reason"].startswith(REASONS[gate]), (gate, model, row["reason"])


@pytest.mark.parametrize("model", DISEASE)
def test_no_two_gates_share_a_reason(closed: dict[tuple[str, str], pd.Series], model: str) -> None:
    reasons = [row["reason"] for (name, _), row in closed.items() if name == model]
    assert len(reasons) >= 6
    assert len(set(reasons)) == len(reasons)


@pytest.mark.parametrize("model", DISEASE)
def test_an_unseen_platform_class_is_named(
    closed: dict[tuple[str, str], pd.Series], model: str
) -> None:
    reason = closed[model, "unseen platform"]["reason"]
    if model in FROZEN:
        assert "has no frozen reference for rnaseq normalised data" in reason
    else:
        assert reason.startswith("the model does not read single cell values")


def test_mice_are_scored_through_orthologs_and_not_called(
    closed: dict[tuple[str, str], pd.Series],
) -> None:
    assert np.isfinite(closed["apl_programme", "another species"]["score"])


def test_a_closed_gate_leaves_the_score_to_be_seen(
    closed: dict[tuple[str, str], pd.Series],
) -> None:
    for (model, gate), row in closed.items():
        # Declared baselines are as shallow as the sample, or of another material: none can serve.
        if gate == "unlike" or (gate in {"cell line", "shallow"} and model in FROZEN):
            assert np.isfinite(row["score"]), (model, gate)
