"""Simulated cohorts of four diseases: planted markers are found, permuted ones are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import atrasig
from atrasig.evidence import (
    EvidenceBase,
    FrozenMarkers,
    MarkerReference,
    SampleHypotheses,
    find_hypotheses,
)
from atrasig.genes import load_gene_table
from atrasig.prediction.artefact import SampleFloors
from atrasig.simulate.draw import Plan, draw_counts

FEW = SampleFloors(coding_measured=1_000)
N_EACH = 60
N_PERMUTATIONS = 50
DISEASES = ("AML", "MM", "gastric cancer", "MDS")
# Disease, rise of genes (natural log), and the hypotheses that these demand.
PLANTED = {
    "AML-cdk2": ("AML", {"CDK2": 3.0}, {"aml_cdk2_inhibition"}),
    "AML-stem": (
        "AML", {"KAT2A": 3.0, "KDM1A": 3.0}, {"aml_gcn5_inhibitor", "aml_tranylcypromine"},
    ),
    "AML-nsd2": ("AML", {"NSD2": 3.0}, set()),
    "MM-nsd2": ("MM", {"NSD2": 3.0}, {"mm_cd38_car_t"}),
    "MM-low": (
        "MM", {"CD38": -3.0, "TNFRSF17": -3.0},
        {"lymphoid_cd38_car_t", "mm_desialylation_daratumumab", "mm_daratumumab", "mm_bcma_car_t",
         "mm_crenigacestat_bcma_car_t"},
    ),
    "MM-cdk2": ("MM", {"CDK2": 3.0}, set()),
    "GC-pdl1": ("gastric cancer", {"CD274": 3.0}, {"gastric_checkpoint"}),
    "GC-nsd2": ("gastric cancer", {"NSD2": 3.0}, set()),
    "MDS-nrf2": ("MDS", {"NFE2L2": 3.0}, {"mds_decitabine"}),
    "MDS-p16": ("MDS", {"CDKN2A": -3.0}, {"myeloid_decitabine"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def cohort(base: EvidenceBase) -> AnnData:
    """60 samples a disease without anything planted, and the planted ones; 1,500 coding genes."""
    rng = np.random.default_rng(11)
    coding = sorted(load_gene_table().coding - set(base.marker_genes))
    genes = sorted([*base.marker_genes, *coding[:: len(coding) // 1_500][:1_500]])
    rows = [(f"{d}-{i}", d, "none") for d in DISEASES for i in range(N_EACH)]
    rows += [(name, disease, name) for name, (disease, _, _) in PLANTED.items()]
    rises = {"none": np.zeros(len(genes))}
    for name, (_, changes, _) in PLANTED.items():
        rises[name] = np.array([changes.get(gene, 0.0) for gene in genes])
    means = rng.normal(0.0, 1.5, len(genes))
    means[[genes.index(gene) for gene in base.marker_genes]] = 0.5
    plans = [Plan(sample, planted, (planted,)) for sample, _, planted in rows]
    counts = draw_counts(plans, means, rises, rng).T
    obs = pd.DataFrame(
        {"disease": [row[1] for row in rows], "timepoint": ""}, index=[row[0] for row in rows]
    )
    raw = AnnData(X=counts.astype(np.float64), obs=obs, var=pd.DataFrame(index=genes))
    return atrasig.harmonise(raw, scale="counts")


@pytest.fixture(scope="module")
def found(cohort: AnnData, base: EvidenceBase) -> dict[str, SampleHypotheses]:
    results = find_hypotheses(cohort, base, floors=FEW)
    assert [r.sample for r in results] == list(cohort.obs_names)
    return {result.sample: result for result in results}


def supported(result: SampleHypotheses) -> set[str]:
    return {entry.combination.id for entry in result.supported}


@pytest.mark.parametrize("sample", PLANTED)
def test_lists_are_those_the_planted_markers_demand(
    sample: str, found: dict[str, SampleHypotheses]
) -> None:
    disease, changes, demanded = PLANTED[sample]
    hits = {e.combination.id: e for e in found[sample].supported}
    assert demanded <= set(hits)
    by_planted = {name for name, e in hits.items() if {m.gene for m in e.markers} & set(changes)}
    assert by_planted == demanded
    kinds = {marker.kind for e in found[sample].entries for marker in e.markers}
    assert kinds == {"cohort"}
    assert disease in DISEASES


def test_diseases_have_different_lists(found: dict[str, SampleHypotheses]) -> None:
    fitting = {d: {e.combination.id for e in found[f"{d}-0"].entries} for d in DISEASES}
    assert not fitting["AML"] & fitting["MM"]
    assert not fitting["gastric cancer"] & (fitting["AML"] | fitting["MM"] | fitting["MDS"])
    assert fitting["AML"] & fitting["MDS"] == {"myeloid_decitabine"}


@pytest.mark.parametrize("disease", DISEASES)
def test_markers_permuted_within_a_disease_give_no_more_than_the_stated_rate(
    disease: str, cohort: AnnData, base: EvidenceBase
) -> None:
    """Reference and judged samples of one disease exchange their values, gene by gene.

    The judged samples of one permutation share a reference, so the permutations are the draws.
    """
    rng = np.random.default_rng(5)
    rows = np.flatnonzero(cohort.obs["disease"] == disease)
    means, expected, kinds = [], [], set()
    mixed = cohort[rows].copy()
    for _ in range(N_PERMUTATIONS):
        for place in mixed.var_names.get_indexer(list(base.marker_genes)):
            mixed.X[:, place] = mixed.X[rng.permutation(len(rows)), place]
        is_reference = rng.permutation(len(rows)) < 40
        mixed.obs["timepoint"] = np.where(is_reference, "baseline", "")
        judged = list(mixed.obs_names[~is_reference])
        results = find_hypotheses(mixed, base, samples=judged, floors=FEW)
        means.append(float(np.mean([len(result.supported) for result in results])))
        expected.append(results[0].expected_false)
        kinds |= {m.kind for r in results for e in r.entries for m in e.markers if m.is_judged}
    error = float(np.std(means, ddof=1)) / np.sqrt(N_PERMUTATIONS)
    allowed = expected[0] + 4 * error
    print(
        f"{disease}: {np.mean(means):.3f} hypotheses a sample over {N_PERMUTATIONS} permutations, "
        f"stated {expected[0]:.3f} at most, allowed with 4 Monte Carlo errors {allowed:.3f}"
    )
    assert kinds == {"declared"}
    assert len(set(expected)) == 1
    assert np.mean(means) <= allowed


def test_unplanted_samples_keep_to_the_rate_against_the_cohort(
    found: dict[str, SampleHypotheses],
) -> None:
    """Against the others of its cohort exactly the outermost share of samples is extreme."""
    for disease in DISEASES:
        own = [found[f"{disease}-{i}"] for i in range(N_EACH)]
        mean = np.mean([len(result.supported) for result in own])
        stated = own[0].expected_false
        print(f"{disease}: {mean:.3f} a sample, stated {stated:.3f}")
        assert mean <= stated + 1e-9


# -- references --------------------------------------------------------------------------------


def kinds_of(result: SampleHypotheses) -> set[str]:
    return {m.kind or m.reason for e in result.entries for m in e.markers}


def test_a_frozen_reference_comes_first_where_platform_and_disease_fit(
    cohort: AnnData, base: EvidenceBase
) -> None:
    values = {gene: np.linspace(0, 1, 30) for gene in base.marker_genes}
    reference = MarkerReference("frozen", "a frozen cohort", values)
    platform = str(cohort.uns["atrasig"]["platform"])
    for entry, expected in (
        (FrozenMarkers(reference, "mm", platform), "frozen"),
        (FrozenMarkers(reference, "mm", "microarray"), "cohort"),
        (FrozenMarkers(reference, "aml", platform), "cohort"),
    ):
        (result,) = find_hypotheses(cohort, base, samples=["MM-nsd2"], frozen=[entry], floors=FEW)
        assert kinds_of(result) == {expected}


def test_own_patient_exposed_and_shallow_samples_are_no_reference(
    cohort: AnnData, base: EvidenceBase
) -> None:
    mm = cohort[cohort.obs["disease"] == "MM"].copy()
    obs = mm.obs.assign(patient="", qc_library_size=5e6)
    obs.iloc[:2, obs.columns.get_loc("patient")] = "P1"
    obs.iloc[2, obs.columns.get_loc("timepoint")] = "exposed"
    obs.iloc[3, obs.columns.get_loc("qc_library_size")] = 100.0
    first, _, exposed, shallow, other = find_hypotheses(
        mm, base, obs=obs, samples=list(mm.obs_names[:5]), floors=FEW
    )
    n = mm.n_obs
    assert first.entries[0].markers[0].n == n - 4
    assert other.entries[0].markers[0].n == n - 3
    assert "declared exposed" in exposed.summary
    assert "too shallow" in shallow.summary
    assert (exposed.supported, shallow.supported) == ((), ())


def test_one_sample_does_not_depend_on_those_judged_with_it(
    cohort: AnnData, base: EvidenceBase, found: dict[str, SampleHypotheses]
) -> None:
    (alone,) = find_hypotheses(cohort, base, samples=["MM-low"], floors=FEW)
    assert alone == found["MM-low"]


def test_platforms_that_do_not_order_genes_are_refused(cohort: AnnData, base: EvidenceBase) -> None:
    scores = cohort[cohort.obs["disease"] == "MM"].copy()
    scores.uns["atrasig"] = {**scores.uns["atrasig"], "platform": "zscore"}
    scores.obs["qc_platform"] = "zscore"
    result = find_hypotheses(scores, base, samples=["MM-nsd2"], floors=FEW)[0]
    assert result.supported == ()
    assert "z-scores" in result.summary
