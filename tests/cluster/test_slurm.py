"""The workflow on a real SLURM, undisturbed and with what clusters do to jobs."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.cluster.conftest import SAMPLES, MakeCohort
from tests.cluster.slurm import NODES, Job, Slurm
from tests.workflow.running import TABLES, Results, Workplace

pytestmark = [pytest.mark.slow, pytest.mark.root]

Local = Callable[[], Results]
MOST_SECONDS = 900
# The comparison of pairs takes more than the first attempt gets.
STARVED_MB = 350
STARVED = ("--set-resources", f"pairs:mem_mb={STARVED_MB}*attempt")


class Disturbance:
    """Something that is done to the cluster while the workflow runs, in one or more steps.

    Parameters
    ----------
    steps
        Each looks at the jobs, and says whether its moment has come and it has acted.
    """

    def __init__(self, *steps: Callable[[list[Job]], bool]) -> None:
        self._steps = list(steps)

    def look(self, jobs: list[Job]) -> None:
        """Take the next step if its moment has come."""
        if self._steps and self._steps[0](jobs):
            self._steps.pop(0)

    @property
    def over(self) -> bool:
        """Whether every step was taken."""
        return not self._steps


def cancel_once(cluster: Slurm, rules: str) -> Disturbance:
    """Cancel a job from outside as soon as it runs."""

    def cancel(jobs: list[Job]) -> bool:
        running = _running(jobs, rules)
        for job in running:
            cluster.run("scancel", str(job.number))
        return bool(running)

    return Disturbance(cancel)


def lose_a_node(cluster: Slurm, rules: str) -> Disturbance:
    """Take the node of a running job down, and return it when the job runs elsewhere."""
    lost: list[Job] = []

    def take_down(jobs: list[Job]) -> bool:
        lost.extend(_running(jobs, rules)[:1])
        for job in lost:
            cluster.lose_node(job.node)
        return bool(lost)

    def give_back(jobs: list[Job]) -> bool:
        elsewhere = [j for j in jobs if j.number == lost[0].number and j.restarts and j.node]
        if elsewhere:
            assert elsewhere[0].node != lost[0].node
            cluster.return_node(lost[0].node)
        return bool(elsewhere)

    return Disturbance(take_down, give_back)


def run_on(
    cluster: Slurm, place: Workplace, *options: str, disturbances: Iterable[Disturbance] = ()
) -> tuple[list[Job], float]:
    """Run the cohort through the executor; its jobs and the seconds it took."""
    profile = place.repository / "workflow/profiles/slurm"
    command = [
        *(sys.executable, "-m", "snakemake", "--snakefile", str(place.repository / "Snakefile")),
        *("--directory", str(place.folder), "--configfile", str(place.folder / "cohort.yaml")),
        *("--workflow-profile", str(profile), "--latency-wait", "10"),
        *("--slurm-init-seconds-before-status-checks", "3", *options),
    ]
    before = {job.number for job in cluster.jobs()}
    log = place.folder / "snakemake.log"
    start = time.monotonic()
    with log.open("wb") as handle:
        run = subprocess.Popen(
            command,
            cwd=place.folder,
            env=cluster.environment,
            stdout=handle,
            stderr=subprocess.STDOUT,
        )
    try:
        while run.poll() is None:
            assert time.monotonic() - start < MOST_SECONDS, _end_of(log)
            jobs = [job for job in cluster.jobs() if job.number not in before]
            for one in disturbances:
                one.look(jobs)
            time.sleep(0.5)
    finally:
        run.kill()
        run.wait()
    assert run.returncode == 0, _end_of(log)
    return [job for job in cluster.jobs() if job.number not in before], time.monotonic() - start


def test_all_jobs_complete_on_three_nodes_and_nothing_differs(
    cluster: Slurm, make_cohort: MakeCohort, local: Local, capsys: pytest.CaptureFixture[str]
) -> None:
    place = make_cohort("slurm", len(SAMPLES) // 2)
    jobs, seconds = run_on(cluster, place)
    _show(capsys, f"undisturbed: {seconds:.0f} s", jobs)
    assert {job.state for job in jobs} == {"COMPLETED"}
    assert {job.node for job in jobs} == set(NODES)
    _expect_same(place.results("results"), local())


def test_cancelled_starved_and_lost_jobs_are_run_again(
    cluster: Slurm, make_cohort: MakeCohort, local: Local, capsys: pytest.CaptureFixture[str]
) -> None:
    place = make_cohort("disturbed", len(SAMPLES))
    disturbances = [cancel_once(cluster, "ingest"), lose_a_node(cluster, "blocks")]
    jobs, seconds = run_on(cluster, place, *STARVED, disturbances=disturbances)
    _show(capsys, f"one job cancelled, one starved, one node lost: {seconds:.0f} s", jobs)
    assert all(one.over for one in disturbances)

    cancelled, again = _of(jobs, "ingest")
    assert (cancelled.state, again.state) == ("CANCELLED", "COMPLETED")

    *starved, fed = _of(jobs, "pairs")
    assert starved, "the first attempt had enough memory"
    assert fed.state == "COMPLETED"
    asked = [STARVED_MB * attempt for attempt in range(1, 4)]
    assert [job.memory_mb for job in (*starved, fed)] == asked[: 1 + len(starved)]
    for job in starved:
        assert job.state != "COMPLETED"
        assert "exceeded memory limit" in _log_of(place, job)

    assert any(job.restarts and job.state == "COMPLETED" for job in _of(jobs, "blocks"))
    assert set(cluster.node_states()) == set(NODES)
    for node in NODES:
        assert cluster.run("srun", f"--nodelist={node}", "--mem=100", "echo", node).strip() == node

    _expect_same(place.results("results"), local())


def _of(jobs: list[Job], rules: str) -> list[Job]:
    return [job for job in jobs if job.rules.startswith(rules)]


def _log_of(place: Workplace, job: Job) -> str:
    [log] = place.folder.glob(f".snakemake/slurm_logs/**/{job.number}.log")
    return log.read_text(encoding="utf-8")


def _running(jobs: list[Job], rules: str) -> list[Job]:
    return [job for job in _of(jobs, rules) if job.state == "RUNNING"]


def _expect_same(results: Results, reference: Results) -> None:
    ours, theirs = results.bytes_by_name(), reference.bytes_by_name()
    assert set(TABLES) < theirs.keys()
    assert ours.keys() == theirs.keys()
    assert [name for name in theirs if ours[name] != theirs[name]] == []


def _show(capsys: pytest.CaptureFixture[str], title: str, jobs: list[Job]) -> None:
    lines = [
        f"  {job.number:3} {job.rules:34} {job.state:13} {job.node:3} {job.memory_mb:6} MB"
        f" {job.seconds:4.0f} s{f', started again {job.restarts} x' if job.restarts else ''}"
        for job in jobs
    ]
    with capsys.disabled():
        print("\n".join(["", f"workflow on SLURM, {title}", *lines]))


def _end_of(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-6000:]
