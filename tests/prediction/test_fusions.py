"""Recorded fusions: each with its own direction, above any expression programme."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from atrasig.errors import InputError
from atrasig.prediction import predict
from atrasig.prediction.fusion import overrides_expression, rara_fusions, recorded_fusions
from atrasig.signatures import load_fusions
from tests.prediction.making import only, primary, with_obs

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

APL, OTHER = "APL-1", "AML-1"
STATED = {
    "PML::RARA": "sensitive",
    "ZBTB16::RARA": "resistant",
    "IRF2BP2::RARA": "resistant",
    "STAT5B::RARA": "resistant",
    "NUMA1::RARA": "sensitive",
    "NPM1::RARA": "sensitive",
}


def _ask(demo: AnnData, fusion: str, sample: str = APL, **columns: object) -> pd.DataFrame:
    calls = predict(with_obs(demo, [sample], fusion=fusion, **columns))
    return calls[calls["question"] == "sensitivity"]


def test_the_statements_are_those_of_the_evidence_file() -> None:
    assert {s.fusion: s.direction for s in load_fusions()} == STATED


@pytest.mark.parametrize("fusion", STATED)
@pytest.mark.parametrize("sample", [APL, OTHER])
def test_each_fusion_has_its_own_direction(demo: AnnData, fusion: str, sample: str) -> None:
    row = primary(_ask(demo, fusion, sample))
    statement = next(s for s in load_fusions() if s.fusion == fusion)
    assert (row["model"], row["call"]) == ("rara_fusions", STATED[fusion])
    assert row["grade"] == "review statement"
    assert row["reason"].startswith(f"{fusion} is recorded: {statement.evidence}")
    for against in statement.contradicting:
        assert against in row["reason"]
    assert row["reference"] == statement.source


@pytest.mark.parametrize(
    "spelling",
    [
        "PLZF-RARA",
        "PLZF::RARA",
        "plzf-rara",
        "PLZF/RARA",
        "ZBTB16-RARA",
        "PLZF-RARα",
        "ZBTB16--RARA",
        "RARA::PLZF",
        "RARA-ZBTB16",
        "PLZF::RARA;RARA::PLZF",
    ],
)
def test_spellings_of_one_fusion(demo: AnnData, spelling: str) -> None:
    row = primary(_ask(demo, spelling))
    assert (row["model"], row["call"]) == ("rara_fusions", "resistant")
    assert row["reason"].startswith("ZBTB16::RARA is recorded: ")


def test_a_high_programme_does_not_outvote_a_resistant_fusion(demo: AnnData) -> None:
    calls = _ask(demo, "ZBTB16::RARA")
    assert primary(calls)["call"] == "resistant"
    programme = only(calls, model="apl_programme")
    assert programme["call"] == "no call"
    assert not programme["primary"]
    assert programme["reason"] == "ZBTB16::RARA is recorded and overrides the expression programme"
    assert programme["score"] > 0.2


def test_a_sensitive_variant_fusion_closes_the_programme_too(demo: AnnData) -> None:
    calls = _ask(demo, "NUMA1::RARA")
    assert primary(calls)["call"] == "sensitive"
    assert only(calls, model="apl_programme")["call"] == "no call"


@pytest.mark.parametrize("fusion", ["TBL1XR1::RARA", "RARA::TBL1XR1", "PML::RARA;TBL1XR1::RARA"])
def test_an_unknown_partner(demo: AnnData, fusion: str) -> None:
    calls = _ask(demo, fusion)
    assert set(calls["call"]) == {"no call"}
    row = primary(calls)
    assert row["model"] == "rara_fusions"
    assert "TBL1XR1" in row["reason"]
    assert "no statement on its ATRA response was read" in row["reason"]


def test_pml_rara_and_its_programme_agree(demo: AnnData) -> None:
    calls = _ask(demo, "PML::RARA")
    row = primary(calls)
    assert (row["model"], row["call"]) == ("rara_fusions", "sensitive")
    assert "24 patients" in row["reason"]
    assert "10.1182/blood" in row["reference"]
    assert only(calls, model="apl_programme")["call"] == "sensitive"


@pytest.mark.parametrize("spelling", ["PML-RARA", "PML-RARα", "pml::rara", "RARA::PML"])
def test_spellings_of_pml_rara_do_not_override(demo: AnnData, spelling: str) -> None:
    calls = _ask(demo, spelling)
    for model in ("rara_fusions", "apl_programme"):
        assert only(calls, model=model)["call"] == "sensitive"


def test_pml_rara_without_its_programme(demo: AnnData) -> None:
    calls = _ask(demo, "PML::RARA", OTHER)
    assert primary(calls)["call"] == "sensitive"
    assert only(calls, model="apl_programme")["call"] == "no call"


@pytest.mark.parametrize("fusion", ["PML::RARA;ZBTB16::RARA", "NPM1::RARA;STAT5B::RARA"])
def test_fusions_that_point_opposite_ways(demo: AnnData, fusion: str) -> None:
    calls = _ask(demo, fusion)
    assert set(calls["call"]) == {"no call"}
    row = primary(calls)
    assert "opposite ways" in row["reason"]
    assert all(name in row["reason"] for name in fusion.split(";"))


def test_fusions_that_point_one_way_are_both_told(demo: AnnData) -> None:
    row = primary(_ask(demo, "STAT5B::RARA;ZBTB16::RARA"))
    assert row["call"] == "resistant"
    assert "STAT5B::RARA is recorded" in row["reason"]
    assert "ZBTB16::RARA is recorded" in row["reason"]


@pytest.mark.parametrize("fusion", ["RUNX1::RUNX1T1", "CBFB::MYH11", ""])
def test_other_fusions_are_ignored(demo: AnnData, fusion: str) -> None:
    calls = _ask(demo, fusion)
    assert list(calls["model"]) == ["apl_programme", "aml_rara_high"]
    row = primary(calls)
    assert (row["model"], row["call"]) == ("apl_programme", "sensitive")
    assert primary(_ask(demo, f"{fusion};ZBTB16::RARA".strip(";")))["call"] == "resistant"


@pytest.mark.parametrize("fusion", ["PML::RARA", "ZBTB16::RARA"])
def test_gates_hold_for_fusions(demo: AnnData, fusion: str) -> None:
    exposed = _ask(demo, fusion, timepoint="exposed")
    assert set(exposed["call"]) == {"no call"}
    assert all("after exposure" in reason for reason in exposed["reason"])
    healthy = _ask(demo, fusion, disease="healthy")
    assert set(healthy["call"]) == {"no call"}
    assert "not a malignant disease" in primary(healthy)["reason"]
    undeclared = _ask(demo, fusion, disease="")
    assert set(undeclared["call"]) == {"no call"}
    assert "not stated" in primary(undeclared)["reason"]


def test_a_fusion_counts_in_a_cell_line_and_the_programme_does_not(demo: AnnData) -> None:
    calls = _ask(demo, "PML::RARA", material="cell line")
    assert primary(calls)["call"] == "sensitive"
    assert only(calls, model="apl_programme")["call"] == "no call"


def test_a_fusion_that_contradicts_the_declared_disease(demo: AnnData) -> None:
    row = primary(_ask(demo, "PML::RARA", disease="non-APL AML"))
    assert row["call"] == "sensitive"
    assert "contradicts the declared disease" in row["reason"]


def test_a_resistant_fusion_in_a_disease_stated_resistant(demo: AnnData) -> None:
    row = primary(_ask(demo, "ZBTB16::RARA", disease="ATRA-resistant APL"))
    assert row["call"] == "resistant"


def test_a_fusion_that_cannot_be_read(demo: AnnData) -> None:
    with pytest.raises(InputError, match="no pair of genes"):
        _ask(demo, "PML")


def test_reading_fusions() -> None:
    assert recorded_fusions(" plzf-rara ; AML1-ETO") == ("ZBTB16::RARA", "RUNX1::RUNX1T1")
    assert recorded_fusions("") == ()
    assert rara_fusions(["PML::RARA", "RUNX1::RUNX1T1", "RARA::X"]) == ("PML::RARA", "RARA::X")
    assert not overrides_expression(["PML::RARA", "RARA::PML", "RUNX1::RUNX1T1"])
    assert overrides_expression(["PML::RARA", "NPM1::RARA"])
    assert not overrides_expression([])
