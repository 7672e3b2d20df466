"""Methods, limits and changed parameters: sentences that say what the record says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from atrasig.config import RunConfig
from atrasig.pipeline.run import RunSettings
from atrasig.report import render_sample
from atrasig.report.parameters import changed_parameters
from atrasig.report.prose import limits, methods_paragraph, works_to_cite

if TYPE_CHECKING:
    from atrasig.report import SampleRecord

    Records = dict[str, SampleRecord]


def test_methods_name_input_models_methods_and_versions(records: Records) -> None:
    record = records["APL-01"]
    text = " ".join(methods_paragraph(record))
    made = record.provenance
    for part in (
        made.inputs[0].name, made.inputs[0].sha256[:12], made.gene_table["version"],
        f"{len({s.signature for s in record.scores})} signatures",
        *(f"{m.name} ({m.reference}" for m in record.methods),
        record.calls.sensitivity.model, record.calls.response.model,
        record.calls.sensitivity.reference, f"atrasig {made.atrasig}", "numpy 2.0.0",
        "outermost 5%", "signal-to-noise", "the protein-coding genes",
    ):  # fmt: skip
        assert part in text


def test_a_call_without_a_score_is_told_as_such(records: Records) -> None:
    text = " ".join(methods_paragraph(records["POOR-05"]))
    assert "Sensitivity was asked of the model test_apl_model, which gave no score." in text


def test_limits_are_of_the_evidence_the_checks_and_the_lists(records: Records) -> None:
    text = limits(records["POOR-05"])
    assert "The answer on response rests on cell lines, and is not validated in patients." in text
    assert "Signature coverage: Sensitivity is not called." in text
    assert "test_apl_list: Exists only in the tests." in text
    assert not any(line.startswith("test_sibling_a") for line in text)
    assert text[-1].startswith("mRNA is not protein")
    page = render_sample(records["POOR-05"])
    assert all(line.split("'")[0] in page for line in text)


def test_works_are_those_of_methods_and_of_lists_behind_the_calls(records: Records) -> None:
    works = works_to_cite(records["APL-01"])
    assert "test_core: A made-up study & its <supplement>" in works
    assert not any(work.startswith("test_stem") for work in works)


@pytest.mark.parametrize(
    ("parameters", "changed"),
    [
        ({}, {}),
        (RunConfig().model_dump(mode="json"), {}),
        ({"seed": 1, "score": {"universe": "coding"}}, {}),
        ({"seed": 2}, {"seed": 2}),
        ({"score": {"methods": ["ulm"]}}, {"score.methods": ["ulm"]}),
        ({"score": {"methods": ("singscore", "ssgsea")}}, {}),
        ({"predict": {"disease": "AML", "tissue": ""}}, {"predict.disease": "AML"}),
        ({"own": 3, "empty": ""}, {"own": 3}),
    ],
)
def test_changed_parameters(parameters: dict[str, Any], changed: dict[str, Any]) -> None:
    assert changed_parameters(parameters) == changed


def test_a_run_in_one_process_states_its_parameters_as_the_configuration_does() -> None:
    parameters = RunSettings().parameters()
    assert set(changed_parameters(parameters)) <= {"samples"}
    assert changed_parameters(RunSettings(scale="tpm").parameters())["harmonise.scale"] == "tpm"


def test_the_page_lists_what_differs(records: Records) -> None:
    page = render_sample(records["APL-01"])
    section = page.partition("<h3>Parameters that differ from the defaults</h3>")[2]
    assert "Block size" in section.partition("<h3>")[0]
