"""Runs that several tests look at: each is made once a session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workflow.running import BIN, Results, Workplace

MakeWorkplace = Callable[[str], Workplace]


@pytest.fixture(scope="session")
def make_workplace(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> MakeWorkplace:
    """Make a folder to run in."""
    pytest.importorskip("snakemake", reason="snakemake (extra `workflow`) is not installed")
    if not (BIN / "atrasig").is_file():
        pytest.fail(
            "the command atrasig is not installed: `make test` does it, or pip install -e ."
        )
    return lambda name: Workplace.make(tmp_path_factory.mktemp(name), repository)


@pytest.fixture(scope="session")
def workplace(make_workplace: MakeWorkplace) -> Workplace:
    """A folder for dry runs."""
    return make_workplace("dry")


@pytest.fixture(scope="session")
def demo_workplace(make_workplace: MakeWorkplace) -> Workplace:
    """The demo cohort, run in two blocks and one."""
    place = make_workplace("demo")
    place.snakemake("--config", "block_size=13")
    return place


@pytest.fixture(scope="session")
def demo(demo_workplace: Workplace) -> Results:
    """Results of the demo cohort."""
    return demo_workplace.results("results")


def _run(place: Workplace, cohort: str) -> Results:
    place.snakemake("--configfile", f"tests/workflow/{cohort}/config.yaml")
    return place.results(f"results/{cohort}")


@pytest.fixture(scope="session")
def aml(shared: Path, make_workplace: MakeWorkplace) -> Results:
    """Results of 20 leukemias of TCGA."""
    return _run(make_workplace("aml"), "aml_tcga20")


@pytest.fixture(scope="session")
def shsy5y(shared: Path, make_workplace: MakeWorkplace) -> Results:
    """Results of six samples of SH-SY5Y."""
    return _run(make_workplace("shsy5y"), "response_shsy5y")


@pytest.fixture(scope="session")
def shsy5y_without_timepoint(shared: Path, make_workplace: MakeWorkplace) -> Results:
    """The same six samples in one process, with a sheet that names no baseline."""
    place = make_workplace("shsy5y-plain")
    matrix = shared / "data/response_shsy5y/Pezzini2016_SHSY5Ycelldiff_DE_table.tsv.gz"
    sheet = "tests/workflow/response_shsy5y/samples_no_timepoint.tsv"
    place.atrasig("run", str(matrix), "--sheet", sheet, "--out", "results")
    return place.results("results")


@pytest.fixture(scope="session")
def gastric(shared: Path, make_workplace: MakeWorkplace) -> Results:
    """Results of 109 gastric cancers."""
    return _run(make_workplace("gastric"), "gastric")
