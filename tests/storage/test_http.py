"""A matrix by HTTP is read only with the checksum that the sheet states."""

from __future__ import annotations

from pathlib import Path

import pytest

from atrasig.files import sha256_file
from tests.storage.serving import Cohort
from tests.workflow.running import planned_jobs

FILE = "counts_panel.tsv.gz"


@pytest.fixture
def sheet(cohort: Cohort, repository: Path) -> Cohort:
    """Two samples of the small matrix."""
    names = (repository / "config/demo/samples.tsv").read_text(encoding="utf-8").splitlines()
    samples = [row.split("\t")[0] for row in names if FILE in row][:2]
    assert samples
    path = cohort.place.folder / "s.tsv"
    cohort.write_sheet("MATRIX")
    head = path.read_text(encoding="utf-8").splitlines()[0]
    rows = [f"{name}\tMATRIX\tAML\tpatient" for name in samples]
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return cohort


def _name_matrix(cohort: Cohort, address: str) -> None:
    path = cohort.place.folder / "s.tsv"
    path.write_text(path.read_text(encoding="utf-8").replace("MATRIX", address), encoding="utf-8")


@pytest.mark.slow
def test_a_matrix_with_its_checksum_is_read(sheet: Cohort, served: str, repository: Path) -> None:
    digest = sha256_file(repository / "config/demo" / FILE)
    _name_matrix(sheet, f"{served}/{FILE}#sha256={digest}")
    status, said = sheet.run("--until", "ingest")
    assert status == 0, said[-4000:]
    (raw,) = sheet.place.folder.glob("results/work/*/raw.h5ad")
    made = raw.stat().st_mtime_ns
    status, said = sheet.run("--until", "ingest")
    assert status == 0, said[-4000:]
    assert planned_jobs(said) == 0
    assert raw.stat().st_mtime_ns == made


@pytest.mark.slow
def test_a_matrix_with_another_checksum_is_refused(sheet: Cohort, served: str) -> None:
    _name_matrix(sheet, f"{served}/{FILE}#sha256={'0' * 64}")
    status, said = sheet.run("--until", "ingest")
    assert status != 0
    assert "SHA-256" in said
    assert list(sheet.place.folder.glob("results/work/*/raw.h5ad")) == []
