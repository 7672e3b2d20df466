"""When no sensitivity call may be made, each time with its own reason."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from atrasig.errors import InputError
from atrasig.harmonisation import harmonise
from atrasig.io import read_expression
from atrasig.prediction import predict
from atrasig.vocabulary import VocabularyMiss, load_vocabulary
from tests.prediction.making import (
    make_set,
    only,
    primary,
    rank_model,
    repeated,
    with_obs,
    write_model,
)

if TYPE_CHECKING:
    from anndata import AnnData

APL = "APL-1"


def _sensitivity(demo: AnnData, **columns: object) -> pd.DataFrame:
    """Calls of one sample, some of its facts replaced."""
    calls = predict(with_obs(demo, [APL], **columns))
    return calls[calls["question"] == "sensitivity"]


def test_the_sample_of_these_tests_is_called_where_no_gate_holds(demo: AnnData) -> None:
    row = primary(_sensitivity(demo))
    assert (row["model"], row["call"], row["grade"]) == ("apl_programme", "sensitive", "patients")


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, "", "  "])
def test_without_a_disease(demo: AnnData, missing: object) -> None:
    # A column of obs holds any of these after a round trip through files.
    chosen = with_obs(demo, [APL])
    chosen.obs["disease"] = np.array([missing], dtype=object)
    row = primary(predict(chosen))
    assert (row["model"], row["call"]) == ("none", "no call")
    assert "the disease is not stated" in row["reason"]
    assert "column `disease`" in row["reason"]
    assert "--disease" in row["reason"]
    # The keyword steps in for the sample, and only for it.
    assert primary(predict(chosen, disease="AML"))["call"] == "sensitive"
    assert primary(predict(chosen, disease=" "))["call"] == "no call"
    assert primary(predict(with_obs(demo, [APL]), disease="ITP"))["call"] == "sensitive"


@pytest.mark.parametrize(
    "disease", ["ITP", "aplastic anemia", "healthy", "immune thrombocytopenia", "acne", "normal"]
)
def test_a_disease_that_is_not_malignant(demo: AnnData, disease: str) -> None:
    row = primary(_sensitivity(demo, disease=disease))
    assert row["call"] == "no call"
    assert "not a malignant disease" in row["reason"]
    assert load_vocabulary().disease(disease).name in row["reason"]


def test_no_disease_of_the_vocabulary_escapes_its_gate(demo: AnnData) -> None:
    """One APL-like sample under every disease: only AML is sensitive, where it may be."""
    vocabulary = load_vocabulary()
    terms = vocabulary.diseases
    closed = {"apl_resistant", "aml_atra_resistant", "apl_variant"}
    calls = predict(repeated(demo, APL, disease=[term.name for term in terms]))
    rows = calls[calls["primary"] & (calls["question"] == "sensitivity")].set_index("sample")
    assert len(rows) == len(terms)
    for place, term in enumerate(terms):
        row = rows.loc[f"s{place}"]
        aml = term.malignant and vocabulary.is_a(term.id, "aml")
        # Rules whose publication classed samples by what the sheet states.
        stated = any(vocabulary.is_a(term.id, name) for name in ("breast_luminal", "mm_nsd2"))
        allowed = "sensitive" if aml and term.id not in closed else "no call"
        assert row["call"] == ("intermediate" if stated else allowed), term.id
        assert row["reason"]
    assert (rows["call"] == "sensitive").sum() > 20


@pytest.mark.parametrize("spelling", ["exposed", "Exposed", "EXPOSED "])
def test_an_exposed_sample(demo: AnnData, spelling: str) -> None:
    row = primary(_sensitivity(demo, timepoint=spelling))
    assert row["call"] == "no call"
    assert "taken after exposure" in row["reason"]
    assert row["score"] > 0.2  # shown, not called


@pytest.mark.parametrize("material", ["cell line", "organoid", "xenograft", "Cell Line"])
def test_a_model_of_patients_holds_for_patients(demo: AnnData, material: str) -> None:
    row = primary(_sensitivity(demo, material=material))
    assert row["call"] == "no call"
    assert row["reason"] == (
        f"the model holds for patient samples, this one is {material.casefold()}"
    )
    assert row["score"] > 0.2


def test_a_material_that_is_not_stated_is_taken_as_a_patient(demo: AnnData) -> None:
    assert primary(_sensitivity(demo, material=""))["call"] == "sensitive"


@pytest.mark.parametrize("disease", ["ATRA-resistant APL", "ATRA-resistant AML"])
@pytest.mark.parametrize("fusion", ["", "PML::RARA", "NPM1::RARA"])
def test_stated_resistance(demo: AnnData, disease: str, fusion: str) -> None:
    calls = _sensitivity(demo, disease=disease, fusion=fusion)
    assert set(calls["call"]) == {"no call"}
    assert all("stated to be resistant to ATRA" in reason for reason in calls["reason"])
    assert only(calls, model="apl_programme")["score"] > 0.2


@pytest.mark.parametrize("disease", ["variant APL", "PLZF-RARA APL"])
def test_variant_apl_without_its_partner(demo: AnnData, disease: str) -> None:
    row = primary(_sensitivity(demo, disease=disease))
    assert row["call"] == "no call"
    assert "variant RARA fusion" in row["reason"]
    assert "column `fusion`" in row["reason"]
    # The partner, once recorded, decides.
    named = primary(_sensitivity(demo, disease=disease, fusion="PLZF-RARA"))
    assert (named["model"], named["call"]) == ("rara_fusions", "resistant")


def test_a_declared_disease_that_the_programme_contradicts(demo: AnnData) -> None:
    row = primary(_sensitivity(demo, disease="non-APL AML"))
    assert row["call"] == "sensitive"
    assert row["reason"].endswith(
        "this contradicts the declared disease (non-APL acute myeloid leukemia)"
    )
    assert "contradicts" not in primary(_sensitivity(demo, disease="AML"))["reason"]
    assert "contradicts" not in primary(_sensitivity(demo, disease="APL"))["reason"]


def test_another_cancer_has_no_model(demo: AnnData) -> None:
    row = primary(_sensitivity(demo, disease="melanoma"))
    assert (row["model"], row["call"]) == ("none", "no call")
    assert "no sensitivity model is loaded for melanoma" in row["reason"]
    assert "--models" in row["reason"]


# --- what the data can carry ---


def test_a_shallow_sample(demo: AnnData) -> None:
    row = primary(predict(with_obs(demo, ["shallow"])))
    assert row["call"] == "no call"
    assert row["reason"].startswith("too shallow: ")
    assert "1,000,000 needed" in row["reason"]
    assert row["score"] > 0.15  # planted as APL-like: the score is shown all the same


@pytest.mark.parametrize(("reads", "call"), [(999_999.0, "no call"), (1_000_000.0, "sensitive")])
def test_the_floor_of_depth(demo: AnnData, reads: float, call: str) -> None:
    assert primary(_sensitivity(demo, qc_library_size=reads))["call"] == call


def test_a_sample_without_most_signature_genes(gene_poor: AnnData) -> None:
    row = primary(predict(gene_poor))
    assert row["call"] == "no call"
    assert row["reason"].startswith("too few signature genes: ")
    assert np.isfinite(row["score"])
    assert row["coverage"] < 0.6


def test_a_small_panel(demo: AnnData) -> None:
    model_genes = _signature_genes()
    coding = list(demo.var_names[demo.var["biotype"] == "protein_coding"])
    chosen = [g for g in coding if g in model_genes]
    chosen += [g for g in coding if g not in model_genes][: 5_999 - len(chosen)]
    row = primary(predict(demo[[APL], chosen].copy()))
    assert row["reason"] == "too few genes: 5,999 protein-coding genes measured, 6,000 needed"
    assert row["call"] == "no call"
    assert np.isfinite(row["score"])


def _signature_genes() -> set[str]:
    from atrasig.signatures import load_signatures

    listed = [s for s in load_signatures() if s.id.startswith(("ross_", "valk_"))]
    return {gene for signature in listed for gene in signature.symbols}


def test_a_panel_without_the_lists_is_told_that_it_is_small(demo: AnnData) -> None:
    model_genes = _signature_genes()
    others = [g for g in demo.var_names if g not in model_genes][:500]
    row = primary(predict(demo[[APL], others].copy()))
    assert row["reason"].startswith("too few genes: ")


@pytest.mark.parametrize("scale", ["tpm", "log2 array"])
def test_a_platform_without_figures_for_such_values(
    tmp_path: Path, demo: AnnData, gene_poor: AnnData, scale: str
) -> None:
    expr = _as_platform(demo, scale, tmp_path)
    row = primary(predict(expr, disease="AML"))
    assert row["call"] == "no call"
    if scale == "tpm":
        assert row["reason"].startswith("the model has no frozen reference for rnaseq normalised")
        assert "rnaseq counts" in row["reason"]
    else:  # simulated values have not the ranks of arrays of leukemias
        assert row["reason"].startswith("the sample is unlike those the model was made from")
    assert row["score"] > 0.15


def _as_platform(demo: AnnData, scale: str, folder: Path) -> AnnData:
    """The sample as it would come from another platform, through reading and harmonising."""
    counts = np.asarray(demo[APL].layers["counts"], dtype=float).ravel()
    if scale == "tpm":
        # A made-up TPM: every gene has a length, most have nearly the same.
        rates = counts / np.random.default_rng(1).uniform(0.9, 1.1, counts.size)
        values = rates / rates.sum() * 1e6
    else:
        # A made-up array: a continuous background instead of zeros.
        values = np.log2(counts + np.random.default_rng(1).uniform(20, 40, counts.size))
    path = folder / "matrix.tsv"
    pd.DataFrame({"s": values}, index=pd.Index(demo.var_names, name="gene")).to_csv(path, sep="\t")
    return harmonise(read_expression(path))


def test_log_cpm_are_called_as_counts_are(tmp_path: Path, demo: AnnData) -> None:
    wanted = primary(predict(demo[[APL]].copy()))
    counts = np.asarray(demo[APL].layers["counts"], dtype=float).ravel()
    values = np.log2(counts / counts.sum() * 1e6 + 1)
    path = tmp_path / "matrix.tsv"
    pd.DataFrame({APL: values}, index=pd.Index(demo.var_names, name="gene")).to_csv(path, sep="\t")
    found = primary(predict(harmonise(read_expression(path)), disease="AML"))
    # Without counts to resample the interval is that of the genes alone.
    of_counts = ["low", "high", "interval_kind"]
    assert found["call"] == "sensitive"
    pd.testing.assert_series_equal(found.drop(of_counts), wanted.drop(of_counts), check_names=False)


@pytest.mark.parametrize(("reads", "call"), [(999_999.0, "no call"), (1e6, "sensitive")])
def test_a_sample_without_counts_whose_values_stand_for_few_reads(
    demo: AnnData, reads: float, call: str
) -> None:
    row = primary(_sensitivity(demo, qc_library_size=np.nan, qc_implied_reads=reads))
    assert row["call"] == call
    if call == "no call":
        assert "the values stand for 999,999 reads in genes if" in row["reason"]


@pytest.mark.parametrize("value", [0.0, 7.5])
def test_a_sample_of_one_value(demo: AnnData, value: float) -> None:
    expr = with_obs(demo, [APL, "AML-1"])
    expr.X[0] = value
    expr.X[0, ::2] = -value if value == 0 else value
    calls = predict(expr)
    rows = calls[(calls["sample"] == APL) & (calls["score"].notna())]
    assert set(calls.loc[calls["sample"] == APL, "call"]) == {"no call"}
    assert rows["reason"].str.contains("all measured genes have one value").all()


def test_a_sample_whose_values_are_no_multiples_is_judged_as_normalised(demo: AnnData) -> None:
    row = primary(_sensitivity(demo, qc_platform="rnaseq_normalised"))
    assert row["call"] == "no call"
    assert row["reason"].startswith("the model has no frozen reference for rnaseq normalised data")


@pytest.mark.parametrize(
    ("platform", "words"),
    [
        ("zscore", "does not read zscore values: z-scores tell how a sample differs from"),
        ("relative", "does not read relative values: log ratios tell how a sample differs"),
        ("single_cell", "does not read single cell values: sum the counts of the cells"),
    ],
)
def test_values_that_no_model_reads(demo: AnnData, platform: str, words: str) -> None:
    expr = with_obs(demo, [APL, "P1-baseline", "P1-exposed"])
    expr.uns["atrasig"] = {**demo.uns["atrasig"], "platform": platform}
    calls = predict(expr)
    assert set(calls["call"]) == {"no call"}
    assert calls["score"].isna().all()
    rows = calls[calls["model"].isin(["apl_programme", "retinoid_response"])]
    assert rows.loc[rows["sample"] == APL, "reason"].str.contains(words).all()


def test_a_fusion_is_read_from_the_sheet_whatever_the_values(demo: AnnData) -> None:
    expr = with_obs(demo, [APL], fusion="PML::RARA")
    expr.uns["atrasig"] = {**demo.uns["atrasig"], "platform": "zscore"}
    row = primary(predict(expr))
    assert (row["model"], row["call"]) == ("rara_fusions", "sensitive")


def test_models_of_human_samples_make_no_call_for_mice(demo: AnnData) -> None:
    expr = with_obs(demo, [APL, "P1-baseline", "P1-exposed"])
    expr.uns["atrasig"] = {**demo.uns["atrasig"], "species": "mouse"}
    calls = predict(expr)
    assert set(calls["call"]) == {"no call"}
    rows = calls[calls["model"].isin(["apl_programme", "retinoid_response"])]
    stated = rows.loc[rows["sample"] == APL, "reason"]
    assert set(stated) == {"the model holds for human samples, this one is mouse"}


def test_a_model_may_be_made_for_mice(tmp_path: Path, demo: AnnData) -> None:
    expr = with_obs(demo, [APL], disease="AML")
    expr.uns["atrasig"] = {**demo.uns["atrasig"], "species": "mouse"}
    genes = list(demo.var_names[:40])
    context = {"diseases": ["aml"], "species": ["mouse"], "platforms": ["rnaseq_counts"]}
    path = write_model(tmp_path, rank_model(context=context, sensitive=-1.0, resistant=None))
    calls = predict(expr, models=path, signatures=make_set(my_genes=genes))
    assert only(calls, model="my_gastric")["call"] == "sensitive"
    assert only(calls, model="apl_programme")["call"] == "no call"
    expr.uns["atrasig"] = {**expr.uns["atrasig"], "platform": "microarray"}
    row = only(predict(expr, models=path, signatures=make_set(my_genes=genes)), model="my_gastric")
    assert row["reason"] == ("the model does not read microarray values: it was not made for them")


def test_a_matrix_without_a_platform(demo: AnnData) -> None:
    expr = with_obs(demo, [APL])
    expr.uns = {}
    row = primary(predict(expr))
    assert row["reason"].startswith("the model has no frozen reference for unnamed data")


# --- words that cannot be read ---


def test_unknown_diseases_have_near_matches(demo: AnnData) -> None:
    with pytest.raises(VocabularyMiss, match="acute myeloid leukemia") as caught:
        predict(demo, disease="acute myeloid leucaemya")
    assert caught.value.suggestions
    with pytest.raises(VocabularyMiss, match="bone marrow"):
        predict(demo, tissue="bone marow")
    with pytest.raises(VocabularyMiss, match="gastric"):
        predict(with_obs(demo, [APL], disease="gastrik cancer"))


@pytest.mark.parametrize(
    ("column", "word"), [("timepoint", "24h"), ("material", "biopsy"), ("timepoint", "expozed")]
)
def test_a_word_of_obs_is_not_passed_over(demo: AnnData, column: str, word: str) -> None:
    columns: dict[str, Any] = {column: word}
    with pytest.raises(InputError, match=rf"Unknown {column} '{word}' \(sample 'APL-1'\)"):
        predict(with_obs(demo, [APL], **columns))
