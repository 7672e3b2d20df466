"""The private SLURM, and the cohort that runs on it; each made once a session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from tests.cluster.slurm import Slurm, absence
from tests.workflow.running import Results, Workplace

SAMPLES = (
    "APL-1", "APL-2", "AML-1", "AML-2", "P1-baseline", "P1-exposed", "P2-baseline", "P2-exposed",
)  # fmt: skip
CONFIGURATION = {"samples": "cohort.tsv", "enrich": {"permutations": 100}}
MakeCohort = Callable[[str, int], Workplace]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Slurm]:
    """A running SLURM."""
    reason = absence()
    if reason:
        pytest.skip(reason)
    pytest.importorskip(
        "snakemake_executor_plugin_slurm", reason="the extra `slurm` is not installed"
    )
    running = Slurm.start()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def make_cohort(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> MakeCohort:
    """Make a folder with eight samples of the demo cohort, to run in."""

    def make(name: str, block_size: int) -> Workplace:
        place = Workplace.make(tmp_path_factory.mktemp(name), repository)
        sheet = (repository / "config/samples.tsv").read_text(encoding="utf-8")
        header, *rows = sheet.replace("\tdemo/", "\tconfig/demo/").splitlines(keepends=True)
        kept = [row for row in rows if row.split("\t")[0] in SAMPLES]
        assert len(kept) == len(SAMPLES)
        (place.folder / "cohort.tsv").write_text(header + "".join(kept), encoding="utf-8")
        chosen = yaml.safe_dump(CONFIGURATION | {"block_size": block_size})
        (place.folder / "cohort.yaml").write_text(chosen, encoding="utf-8")
        return place

    return make


@pytest.fixture(scope="session")
def local(make_cohort: MakeCohort) -> Iterator[Callable[[], Results]]:
    """Results of `snakemake --cores 2`, once asked for: it runs while the first run waits."""
    place = make_cohort("local", len(SAMPLES))
    with ThreadPoolExecutor(1) as beside:
        run = beside.submit(place.snakemake, "--configfile", str(place.folder / "cohort.yaml"))

        def results() -> Results:
            run.result()
            return place.results("results")

        yield results
