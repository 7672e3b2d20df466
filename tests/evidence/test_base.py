"""Loading the evidence files, and the command on them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from atrasig.cli import main
from atrasig.errors import SignatureError
from atrasig.evidence import EvidenceBase, load_evidence
from atrasig.evidence.base import FILES, evidence_folder
from atrasig.signatures import load_modifiers


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        shutil.copy(evidence_folder() / f"{name}.yaml", tmp_path)
    return tmp_path


FAULTS = {
    "reference": ("combinations", "reference: peng_2023", "reference: nobody", "has no nobody"),
    "review": ("trials", "read_in: chen_2024", "read_in: chen", "has no chen"),
    "class": ("combinations", "classes: [proteasome]", "classes: [protea]", "has no protea"),
    "disease": ("combinations", "disease: pel", "disease: bone_marrow", "no disease of the voc"),
    "disease of a trial": ("trials", "[aml_npm1]", "[npm1]", "npm1 is no disease"),
    "gene reference": ("classes", "reference: nijhof_2015", "reference: n", "has no n"),
    "unknown key": ("combinations", "outcome:", "result:", "result: unknown key"),
    "grade of a class": ("classes", "grade: review statement", "grade: patients", "grade: input"),
    "identifier": ("trials", "NCT04618328", "NCT0461832", "identifier: string should match"),
    "marker": ("combinations", "marker: high, basis: stated", "marker: high", "give both or none"),
    "twice": ("combinations", "id: itp_danazol", "id: itp_rituximab", "is listed twice"),
    "gene twice": ("combinations", "gene: FOXP3", "gene: IL10", "stands twice in genes"),
    "patients": ("combinations", "settings: [clinical]", "settings: [in vitro]", "n counts"),
    "doi": ("references", "doi: 10.3389", "doi: 11.3389", "doi: string should match"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_faults_are_told_with_file_and_line(case: str, folder: Path) -> None:
    name, old, new, expected = FAULTS[case]
    path = folder / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    place = text.index(old)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SignatureError) as caught:
        load_evidence(folder)
    assert caught.value.where == str(path)
    assert expected in str(caught.value)
    line = 1 + text[:place].count("\n")
    told = [int(part.split(",")[0]) for part in str(caught.value).split("- line ")[1:]]
    assert any(abs(number - line) <= 12 for number in told)


def test_a_link_that_leads_nowhere_names_its_own_line(folder: Path) -> None:
    path = folder / "combinations.yaml"
    text = path.read_text(encoding="utf-8")
    line = 1 + text[: text.index("reference: peng_2023")].count("\n")
    path.write_text(text.replace("peng_2023", "nobody"), encoding="utf-8")
    with pytest.raises(SignatureError, match=f"line {line}, reference"):
        load_evidence(folder)


def test_grades_follow_from_settings(base: EvidenceBase) -> None:
    grades = {c.id: c.grade for c in base.combinations}
    assert grades["itp_danazol"] == "patients"
    assert grades["mm_cd38_car_t"] == "animals"
    assert grades["mm_bcma_car_t"] == "cell lines"
    assert grades["gastric_checkpoint"] == "review statement"


def test_modifiers_and_combinations_do_not_contradict_each_other(base: EvidenceBase) -> None:
    """A gene whose activity resists is a marker where it is high, and never where it is low."""
    resists = {m.gene for m in load_modifiers() if m.direction == "resists"}
    sides = {(g.gene, g.marker) for c in base.combinations for g in c.markers}
    shared = {gene for gene, _ in sides} & resists
    assert shared >= {"KAT2A", "CDK2", "KDM1A", "EPAS1", "HDAC3"}
    assert {gene for gene, side in sides if gene in shared and side == "low"} == set()


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["evidence", *words])


def test_the_command_lists_combinations_and_trials(base: EvidenceBase) -> None:
    assert len(run().output.splitlines()) == len(base.combinations) + 2
    assert len(run("--trials").output.splitlines()) == len(base.trials) + 2
    myeloma = run("MM").output
    assert "mm_daratumumab" in myeloma
    assert "aml_" not in myeloma
    assert "NCT06020833" in run("MDS", "--trials").output
    assert run("neuroblastoma").output == "Nothing that was read fits neuroblastoma.\n"


def test_the_command_shows_one_with_what_speaks_against_it() -> None:
    shown = run("--show", "mm_daratumumab").output
    assert "response in 5%" in shown
    assert "doi:10.1182/bloodadvances.2021005220" in shown
    assert run("--show", "nothing").exit_code == 2
    assert run("no such disease").exit_code == 2
