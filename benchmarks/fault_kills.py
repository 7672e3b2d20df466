"""Kills: of the job of a rule at a given moment, and of whole runs at any."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks import fault_cohorts
from benchmarks.fault_ledger import Outcome
from benchmarks.fault_place import Place, cpu_seconds, kill_session, session_cpu_seconds, wait_for
from benchmarks.fault_rules import RULES, forget
from benchmarks.fault_trials import Disturbed, Trial, judge
from benchmarks.fault_watch import Watch

MOMENTS = ("start", "middle", "end")
KILL, LOCK, SOAK = "kill -9", "stale lock", "random kills"
# The only job that is over in no time.
_SLOW_CUT = '#!/bin/sh\nsleep 2\n/usr/bin/cut "$@"\nsleep 2\n'


def kills(
    cpu_of: Callable[[str], float], rules: Sequence[str], moments: Sequence[str]
) -> list[Trial]:
    """Kill the job of each rule at each moment.

    Parameters
    ----------
    cpu_of
        Processor seconds of the job of a rule, undisturbed; asked when it is to be killed.
    rules, moments
        Which.
    """
    return [
        Trial(KILL, rule, moment, partial(_kill, rule, moment, cpu_of))
        for rule in rules
        for moment in moments
    ]


def as_stale_lock(outcome: Outcome) -> list[Outcome]:
    """Give the outcome of a kill a second time where the workflow was killed with the job."""
    with_workflow = (outcome.fault, outcome.moment) == (KILL, "middle") and outcome.struck
    return [replace(outcome, fault=LOCK, moment="after a kill of all")] if with_workflow else []


def _kill(
    rule: str, moment: str, cpu_of: Callable[[str], float], place: Place, rng: random.Random
) -> Disturbed:
    """Kill a job; in its middle the whole workflow with it, which leaves a lock."""
    forget(place, rule)
    run = place.start(environment=_slowed(place) if rule == "failures" else {})
    jobs = wait_for(run, lambda: place.jobs(RULES[rule].words))
    if not isinstance(jobs, list):
        return Disturbed(struck=False)
    if moment == "middle":
        share = rng.uniform(0.3, 0.9)
        spent = share * cpu_of(rule)
        wait_for(run, lambda: cpu_seconds(jobs) >= spent)
        time.sleep(share if rule == "failures" else 0)
    elif moment == "end":
        wait_for(run, lambda: _is_writing(place, jobs), pause=0.0005)
    alive = [number for number in jobs if number in place.jobs(RULES[rule].words)]
    for number in alive:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    if moment != "middle" or not alive:
        run.communicate()
        return Disturbed(struck=bool(alive))
    kill_session(run)
    code, output = place.finish()
    told = code != 0 and "--unlock" in output
    place.unlock()
    return Disturbed(
        struck=True, wrong="" if told else f"a stale lock was not told: {output[-500:]}"
    )


def _slowed(place: Place) -> dict[str, str]:
    """Let the command of the last rule take some seconds."""
    command = place.folder / "slow" / "cut"
    command.parent.mkdir()
    command.write_text(_SLOW_CUT, encoding="utf-8")
    command.chmod(0o755)
    return {"PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}"}


def _is_writing(place: Place, jobs: list[int]) -> bool:
    """Whether a job has a temporary file, whose name holds its number, or has written its log."""
    if (place.folder / "slow").exists():
        log = place.results / "logs" / "failures.log"
        return log.exists() and log.stat().st_size > 0
    return any(
        f"-{number}-" in entry.name
        for folder in [place.results, *place.results.glob("*"), *place.results.glob("work/*")]
        if folder.is_dir()
        for entry in os.scandir(folder)
        for number in jobs
        if entry.name.startswith(".atrasig-")
    )


def soak(base: Place, folder: Path, number: int, whole_cpu: float, seed: int) -> Outcome:
    """Run the cohort of the demo from nothing, killed once or twice at random moments.

    A kill takes a job or the whole workflow. Snakemake ends by itself when a job was killed and
    the others are done.

    Parameters
    ----------
    base
        The undisturbed run.
    folder
        Where to run; emptied before.
    number
        Of the run.
    whole_cpu
        Processor seconds of an undisturbed run, within which kills fall.
    seed
        Of the moments.
    """
    began, rng = time.monotonic(), random.Random(f"{seed}-soak-{number}")
    place = fault_cohorts.demo(folder)
    with Watch(place) as watch:
        struck = [_kill_something(place, rng, whole_cpu) for _ in range(rng.choice((1, 2)))]
        trial = Trial(SOAK, "whole workflow", f"run {number}", lambda *_: Disturbed(struck=True))
        outcome = judge(base, place, trial, began, Disturbed(struck=any(struck)))
    return replace(outcome, peak_mb=watch.peak_mb, own_mb=_own_mb())


def _own_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * resource.getpagesize() / 1e6


def _kill_something(place: Place, rng: random.Random, whole_cpu: float) -> bool:
    """Kill a job or all; whether anything was left to kill, which is less in a second start."""
    run = place.start("--rerun-incomplete")
    spent, takes_all = rng.uniform(0.05, 0.9) * whole_cpu, rng.random() < 0.5
    wait_for(run, lambda: session_cpu_seconds(run) >= spent, pause=0.1)
    if run.poll() is not None:
        run.communicate()
        return False
    jobs = place.jobs()
    if jobs and not takes_all:
        for job in jobs:
            with contextlib.suppress(ProcessLookupError):
                os.kill(job, signal.SIGKILL)
        run.communicate()
        return True
    kill_session(run)
    place.unlock()
    return True
