"""Hypotheses of one sample, against counts done by hand."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from atrasig.errors import UsageError
from atrasig.evidence import (
    EvidenceBase,
    MarkerReference,
    SampleHypotheses,
    SampleMarkers,
    combination_hypotheses,
    context_fits,
    hypotheses_table,
)
from atrasig.evidence.standing import false_rate, fewest
from atrasig.evidence.tables import COLUMNS
from atrasig.signatures.evidence_records import GRADES

EVEN = np.arange(1, 101) / 101


def reference(base: EvidenceBase, n: int = 100, **changed: object) -> MarkerReference:
    """Every marker gene at n evenly spread values."""
    values = dict.fromkeys(base.marker_genes, np.arange(1, n + 1) / (n + 1))
    return MarkerReference("cohort", "a toy cohort", {**values, **changed})  # type: ignore[dict-item]


def judge(
    base: EvidenceBase, disease: str, share: float = 0.05, n: int = 100, **ranks: float
) -> SampleHypotheses:
    """A sample with every marker in the middle but for those given."""
    middle = dict.fromkeys(base.marker_genes, 0.5)
    sample = SampleMarkers("s", disease, middle | ranks, (reference(base, n),))
    return combination_hypotheses(sample, base, share)


def ids(found: SampleHypotheses) -> list[str]:
    return [entry.combination.id for entry in found.supported]


@pytest.mark.parametrize(
    ("disease", "ranks", "expected"),
    [
        ("mm", {"NSD2": 0.99}, ["mm_cd38_car_t"]),
        ("mm", {"NSD2": 0.01}, []),
        ("mm", {"TNFRSF17": 0.01}, ["mm_bcma_car_t", "mm_crenigacestat_bcma_car_t"]),
        (
            "mm", {"CD38": 0.01},
            ["lymphoid_cd38_car_t", "mm_desialylation_daratumumab", "mm_daratumumab"],
        ),
        ("mm", {"KAT2A": 0.99, "CD274": 0.99}, []),
        ("gastric_cancer", {"CD274": 0.99, "NSD2": 0.99}, ["gastric_checkpoint"]),
        ("mds", {"NFE2L2": 0.99}, ["mds_decitabine"]),
        ("mds", {"NFE2L2": 0.98, "CDKN2A": 0.01}, ["myeloid_decitabine", "mds_decitabine"]),
        (
            "aml", {"KDM1A": 0.97, "KAT2A": 0.99, "CDK2": 0.98, "MDM2": 0.999},
            ["aml_tranylcypromine", "aml_gcn5_inhibitor", "aml_cdk2_inhibition",
             "aml_mdm2_inhibitor"],
        ),
        ("apl", {"KDM1A": 0.99, "CD33": 0.99}, ["apl_arsenic_gemtuzumab"]),
        ("neuroblastoma", {"KDM1A": 0.99}, []),
    ],
)  # fmt: skip
def test_the_right_markers_make_hypotheses_ordered_by_grade_then_extremeness(
    base: EvidenceBase, disease: str, ranks: dict[str, float], expected: list[str]
) -> None:
    assert ids(judge(base, disease, **ranks)) == expected


def test_what_was_reported_without_benefit_comes_last(base: EvidenceBase) -> None:
    found = judge(base, "mm", CD38=0.01)
    last = found.supported[-1]
    assert last.combination.grade == GRADES[0]
    assert "reports no benefit" in last.words
    assert "could be tested" not in last.words
    assert any("5%" in text for text in last.against)


@pytest.mark.parametrize("value", [0.9, 0.945, 0.96, 0.985, 1.0])
def test_numbers_are_those_counted_by_hand(base: EvidenceBase, value: float) -> None:
    found = judge(base, "mds", NFE2L2=value)
    (marker,) = next(e for e in found.entries if e.combination.id == "mds_decitabine").markers
    above = sum(other >= value for other in EVEN)
    assert (marker.value, marker.n_beyond, marker.n) == (value, above, 100)
    assert marker.p == pytest.approx((1 + above) / 101)
    assert marker.percentile == pytest.approx(100 - above)
    assert bool(ids(found)) == ((1 + above) / 101 <= 0.05)


def test_equal_values_count_against_the_sample(base: EvidenceBase) -> None:
    flat = reference(base, NFE2L2=np.full(50, 0.7))
    sample = SampleMarkers("s", "mds", {"NFE2L2": 0.7}, (flat,))
    found = combination_hypotheses(sample, base)
    (marker,) = next(e for e in found.entries if e.combination.id == "mds_decitabine").markers
    assert (marker.p, marker.percentile) == (1.0, 50.0)
    assert found.supported == ()


@pytest.mark.parametrize(
    ("n", "share", "markers", "rate"),
    [(19, 0.05, 1, 1 / 20), (18, 0.05, 1, 0), (38, 0.05, 1, 1 / 39), (39, 0.05, 2, 1 / 40),
     (100, 0.05, 1, 5 / 101), (9, 0.1, 1, 0.1), (199, 0.05, 1, 0.05)],
)  # fmt: skip
def test_the_rate_of_false_hypotheses_by_hand(
    n: int, share: float, markers: int, rate: float
) -> None:
    assert false_rate(n, share, markers) == pytest.approx(rate)
    assert (n >= fewest(share, markers)) == (rate > 0)


def test_a_small_reference_judges_nothing_and_says_how_many_are_needed(base: EvidenceBase) -> None:
    assert judge(base, "mm", n=19, NSD2=0.99).n_tested > 0
    found = judge(base, "mm", n=18, NSD2=0.99)
    assert found.supported == ()
    assert (found.n_tested, found.expected_false) == (0, 0)
    assert "19 reference samples are needed (a toy cohort: 18)" in found.summary


def test_the_first_reference_with_enough_samples_serves(base: EvidenceBase) -> None:
    small = MarkerReference("declared", "few", {"NSD2": np.full(5, 0.1)})
    sample = SampleMarkers("s", "mm", {"NSD2": 0.99}, (small, reference(base)))
    (hit,) = combination_hypotheses(sample, base).supported
    assert hit.markers[0].kind == "cohort"
    assert "a toy cohort" in hit.words


def test_missing_values_leave_the_reference_and_the_judgement(base: EvidenceBase) -> None:
    holes = np.where(np.arange(100) % 2, np.nan, EVEN)
    sample = SampleMarkers("s", "mm", {"NSD2": 0.995}, (reference(base, NSD2=holes),))
    found = combination_hypotheses(sample, base)
    assert found.supported[0].markers[0].n == 50
    silent = [e for e in found.entries if e.status == "not judged"]
    assert all("is not measured" in e.markers[0].reason for e in silent)


def test_expected_number_is_the_sum_over_what_was_tested(base: EvidenceBase) -> None:
    found = judge(base, "aml")
    assert found.n_tested == sum(bool(e.combination.markers) for e in found.entries)
    assert found.expected_false == pytest.approx(found.n_tested * 5 / 101)
    assert found.expected_false <= found.n_tested * found.share
    print(f"AML: {found.n_tested} tested, {found.expected_false:.2f} expected by chance at most")


def test_nothing_fits_and_it_says_so(base: EvidenceBase) -> None:
    none = judge(base, "neuroblastoma")
    assert none.entries == ()
    assert "fits neuroblastoma; there is no hypothesis" in none.summary
    assert "No disease is declared" in judge(base, "").summary
    quiet = judge(base, "mds")
    assert quiet.supported == ()
    assert "none has a marker gene in the outermost 5%" in quiet.summary


def test_without_a_marker_gene_it_is_context_apart(base: EvidenceBase) -> None:
    found = judge(base, "mds", NFE2L2=0.99)
    context = {entry.combination.id for entry in found.context}
    assert context >= {"mds_valproic_acid", "mds_erythropoietin"}
    assert all("nothing of this sample" in entry.words for entry in found.context)
    statuses = [entry.status for entry in found.entries]
    assert statuses == sorted(
        statuses, key=("supported", "not extreme", "not judged", "context").index
    )


def test_words_never_advise(base: EvidenceBase) -> None:
    advice = re.compile(r"\b(should|recommend\w*|advis\w*|treat with|give|prescribe|indicated)\b")
    for disease in ("aml", "apl", "mm", "mds", "gastric_cancer", "itp", "t_all", "pel"):
        side = {g.gene: 0.999 if g.marker == "high" else 0.001
                for c in base.combinations_for(disease) for g in c.markers}  # fmt: skip
        found = judge(base, disease, **side)
        for entry in found.entries:
            assert not advice.search(entry.words), entry.words
            assert entry.words.startswith("Reported of ATRA with ")
            assert entry.citation in entry.words
            assert all(text in entry.words for text in entry.against)
        if found.supported:
            assert "no advice on treatment" in found.summary


def test_contexts() -> None:
    assert context_fits("aml", "non_apl_aml")
    assert context_fits("aml_npm1", "non_apl_aml")
    assert not context_fits("apl", "non_apl_aml")
    assert not context_fits("apl_pediatric", "non_apl_aml")
    assert not context_fits("aml", "apl")
    assert context_fits("mm_nsd2", "lymphoid_neoplasm")
    assert not context_fits("", "aml")
    assert not context_fits("lymphoid_neoplasm", "mm")


@pytest.mark.parametrize("share", [0, -0.1, 0.6, math.nan])
def test_a_share_that_is_none(base: EvidenceBase, share: float) -> None:
    with pytest.raises(UsageError, match="share"):
        judge(base, "mm", share=share)


def test_the_table_has_one_row_a_marker(base: EvidenceBase) -> None:
    found = [judge(base, "mds", NFE2L2=0.99), judge(base, "neuroblastoma"), judge(base, "mm", n=5)]
    table = hypotheses_table(found)
    assert tuple(table.columns) == COLUMNS
    assert len(table) == sum(max(1, len(e.markers)) for f in found for e in f.entries)
    top = table.iloc[0]
    assert (top["combination"], top["gene"], top["n_reference"], top["rank"]) == (
        "mds_decitabine", "NFE2L2", 100, 1,
    )  # fmt: skip
    assert table.loc[table["status"] == "context", ["p", "n_reference"]].isna().all(axis=None)
    assert (table.loc[table["status"] == "not judged", "reason"] != "").all()
    assert hypotheses_table([]).dtypes.equals(table.dtypes)
