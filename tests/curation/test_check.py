"""The check of signature files, shipped and own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from atrasig.curation.check import check_files, check_folder, check_shipped

SHIPPED = Path(__file__).resolve().parents[2] / "signatures"


def test_all_that_is_shipped_passes() -> None:
    checked = check_shipped()
    assert checked.findings == ()
    print(checked.summary)
    assert checked.n_signatures > 30
    assert checked.n_sources > 10
    assert checked.n_genes > 1000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small copy of the shipped folder."""
    root = tmp_path / "signatures"
    root.mkdir()
    for name in ("rarcc", "retinoid_response_core", "hallmark_e2f_targets", "markers"):
        shutil.copy(SHIPPED / f"{name}.yaml", root / f"{name}.yaml")
    shutil.copytree(SHIPPED / "evidence", root / "evidence")
    (root / "models").mkdir()
    shutil.copy(SHIPPED / "models" / "retinoid_response.yaml", root / "models")
    return root


FAULTS = {
    "symbol": ("rarcc.yaml", "gene: ADRA2C", "gene: GPR56", "GPR56 is not approved; write ADGRG1"),
    "unknown": ("rarcc.yaml", "gene: ADRA2C", "gene: NOWHERE", "NOWHERE is not in the gene table"),
    "hash": ("rarcc.yaml", "gene: ADRA2C", "gene: TP53", "but the genes hash to"),
    "no hash": ("rarcc.yaml", "sha256: ", "# ", "sha256 is missing"),
    "id": ("rarcc.yaml", "id: rarcc", "id: other", "name the file other.yaml"),
    "licence": ("rarcc.yaml", "licence: CC BY", "licence: none stated\n#", "lists without one"),
    "twice": ("rarcc.yaml", "gene: ADRA2C", "gene: CCL19", "CCL19 is listed twice"),
    "curated": ("rarcc.yaml", "published-list", "curated", "curated genes without a source"),
    "direction": ("rarcc.yaml", "ADRA2C, direction: up", "ADRA2C, direction: x", "direction"),
    "marker": ("markers.yaml", "- gene: CD38", "- gene: ITGAM", "ITGAM is listed twice"),
    "marker symbol": ("markers.yaml", "- gene: CD38", "- gene: CD11B", "CD11B is not approved"),
    "fusion": ("evidence/fusions.yaml", "ZBTB16::RARA", "PLZF::RARA", "PLZF is not approved"),
    "modifier": ("evidence/modifiers.yaml", "gene: RARA", "gene: NR1B1", "NR1B1 is not approved"),
    "grade": ("evidence/modifiers.yaml", "grade: patients", "grade: strong", "grade: input"),
    "told twice": (
        "evidence/modifiers.yaml", "gene: FABP5\n  event: expression",
        "gene: CRABP2\n  event: low expression", "pancreatic adenocarcinoma is listed twice",
    ),
    "combination symbol": (
        "evidence/combinations.yaml", "gene: TNFRSF17", "gene: BCMA", "BCMA is not approved",
    ),
    "reference": (
        "evidence/combinations.yaml", "reference: peng_2023", "reference: peng_1923",
        "reference: references.yaml has no peng_1923",
    ),
    "against": (
        "evidence/combinations.yaml", "[daratumumab_low_response", "[low_response",
        "against: findings.yaml has no low_response",
    ),
    "disease": ("evidence/trials.yaml", "[aml_npm1]", "[npm1]", "npm1 is no disease"),
    "phase": ("evidence/trials.yaml", '["2"]', '["4"]', "phases, entry (number 1): input"),
    "class gene": ("evidence/classes.yaml", "gene: NSD2", "gene: WHSC1", "WHSC1 is not approved"),
    "model": (
        "models/retinoid_response.yaml", "signature: retinoid", "signature: no_retinoid",
        "rests on no_retinoid_response_core, which is not there",
    ),
    "model key": ("models/retinoid_response.yaml", "min_shift: 0.1", "min: 1", "min_shift"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_each_fault_is_found(case: str, folder: Path) -> None:
    assert check_folder(folder).findings == ()
    name, old, new, expected = FAULTS[case]
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = [str(finding) for finding in check_folder(folder).findings]
    assert any(expected in text and str(path) in text for text in found), found


def test_all_faults_of_all_files_come_together_with_their_lines(folder: Path) -> None:
    path = folder / "rarcc.yaml"
    text = path.read_text(encoding="utf-8").replace("gene: ADRA2C", "gene: GPR56")
    path.write_text(text.replace("kind: response", "kind: x"), encoding="utf-8")
    (folder / "retinoid_response_core.yaml").write_text("[", encoding="utf-8")
    found = check_folder(folder).findings
    line = 1 + text[: text.index("gene: GPR56")].count("\n")
    assert (path, line) in {(finding.file, finding.line) for finding in found}
    assert {finding.file for finding in found} >= {path, folder / "retinoid_response_core.yaml"}


def test_evidence_of_an_unknown_kind(folder: Path) -> None:
    shutil.copy(folder / "evidence" / "modifiers.yaml", folder / "evidence" / "cohorts.yaml")
    (found,) = check_folder(folder).findings
    assert "no file of classes, combinations, findings, fusions" in str(found)


def test_one_list_under_two_ids(folder: Path) -> None:
    text = (folder / "rarcc.yaml").read_text(encoding="utf-8").replace("id: rarcc", "id: copy")
    (folder / "copy.yaml").write_text(text, encoding="utf-8")
    assert "the same genes stands in copy.yaml too" in str(check_folder(folder).findings[0])


def test_files_of_a_user_need_less(tmp_path: Path) -> None:
    path = tmp_path / "any.yaml"
    path.write_text(
        "id: mine\nversion: 1.0.0\ntitle: Mine\nkind: pathway\nsource: {citation: Me}\n"
        "obtained: curated\nlicence: none stated\ngenes:\n- {gene: RARB, direction: up}\n",
        encoding="utf-8",
    )
    assert check_files([path]).findings == ()
    gmt = tmp_path / "sets.gmt"
    gmt.write_text("A\t\tRARB\n", encoding="utf-8")
    assert check_files([tmp_path]).n_signatures == 2
    gmt.write_text("A RARB\n", encoding="utf-8")
    assert "line 1: no TAB" in str(check_files([gmt]).findings[0])


def test_the_command_says_how_much_and_fails_on_faults(
    cli: Callable[..., Result], folder: Path
) -> None:
    done = cli("check")
    assert done.exit_code == 0, done.output
    assert "shipped: " in done.output
    assert " 0 faults" in done.output
    path = folder / "rarcc.yaml"
    path.write_text("id: x\n", encoding="utf-8")
    done = cli("check", path)
    assert done.exit_code == 1
    assert f"{path}:1: " in done.output
    assert cli("check", folder / "none.yaml").exit_code == 2
