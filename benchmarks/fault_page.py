"""The page on reliability, from the outcomes of `benchmarks.faults`."""

# ruff: noqa: E501 - lines of the page are as wide as those of the other pages
from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

from benchmarks.fault_kills import SOAK
from benchmarks.fault_ledger import STAGE, WORKFLOW, Outcome, Part

_HEAD = """# Reliability

What happens to a run when a process is killed, a disk is full or a sample is damaged. `make faults` tries it and
writes this page; how each fault is done stands in `benchmarks/fault*.py` and `tests/faults`. Every moment is drawn
with a seed.

A trial counts as survived if the fault is told where there is somebody to tell, another start ends with exit code 0
and with the bytes of an undisturbed run in every table, page, record and intermediate file (logs and timings
excepted), and no process, temporary file, lock or mark of an unfinished file is left. Bytes lost are those of files
that differ or are not there.
"""
_WORKFLOW = """
## Runs of the workflow

Six samples of the simulated demo on one core, one of them with a name that no plain locale can write. A job is killed
as it starts, after 30 to 90 % of the processor time that it takes (there the whole workflow is killed with it, which
leaves a lock), and while its first file still has a temporary name. A damaged sample stands among others that are
drawn from the counts of the demo; all tables and records of the others are held against a run whose sheet leaves it
out. The rules of single cells run on two samples of 30 cells each.

"""
_STAGES = """
## Stages by themselves

The same cohort with a third of its genes. A stage is killed in the moment before a file is renamed to its place, gets
an input that was cut to half, has no room or no right to write, gets 1 MB of memory more than it had before it began,
or is started twice at the same time. After a truncated input, the stage that wrote it is run again and then this one.

"""
_SOAK = """
## The demo, killed at random

"""
_ELSEWHERE = """
## On a cluster

`make cluster` (root; Debian's munge and slurm-wlm) runs the workflow on a SLURM of its own with three nodes, and
compares the results with those of `snakemake --cores 2`, byte by byte. It is no part of the counts above.

| fault | test | what it shows |
|---|---|---|
| none | `tests/cluster/test_slurm.py::test_all_jobs_complete_on_three_nodes_and_nothing_differs` | all jobs COMPLETED, on all nodes |
| `scancel` of a running job | `tests/cluster/test_slurm.py::test_cancelled_starved_and_lost_jobs_are_run_again` | CANCELLED, then COMPLETED |
| job killed for its memory | the same | the next attempt asks for more and ends COMPLETED |
| node down and returned | the same | its job starts again on another node; the node takes jobs afterwards |

## What it rests on

- Every file is written under a temporary name beside its place and renamed when it is whole. The name holds machine
  and process, so the next process that writes to the folder removes what a killed one has left; what another machine
  left goes after a day.
- A killed Snakemake leaves an empty folder of its own (`snakemake...`) in the system's place for temporary files; it is
  not counted above.
- A stage refuses an intermediate file that was cut short, and names it. Snakemake knows by its own records which jobs
  did not end, and makes their outputs again (`rerun-incomplete` in the default profile).
- After a kill of Snakemake itself the folder is locked: `snakemake --unlock`, then start again.
- Two starts in one folder: Snakemake's lock refuses the second. Two `atrasig` commands that write the same file both
  end, and the file is that of the one that ended last, whole.
- Files are not forced to the disk one by one: a power cut, unlike a kill, can lose what was written in the last
  seconds.
- Which samples are set aside, and what the exit codes are: [decision 7](decisions/0007-samples-that-fail.md). A
  matrix that holds one sample only has no others to be finished: where that sample is damaged, the run stops.
"""
_END_OF_SOAK = 10


def page(outcomes: Sequence[Outcome], parts: Sequence[Part], code: str) -> str:
    """Text of the page.

    Parameters
    ----------
    outcomes
        What came of each trial.
    parts
        The parts in which they were made.
    code
        Present state of the code.
    """

    def of(keep: Callable[[Outcome], bool]) -> list[Outcome]:
        return [outcome for outcome in outcomes if keep(outcome)]

    whole = of(lambda o: o.level == WORKFLOW and o.fault != SOAK)
    alone, soaked = of(lambda o: o.level == STAGE), of(lambda o: o.fault == SOAK)
    text = _HEAD + _made(outcomes, parts, code)
    text += _WORKFLOW + _table(whole) if whole else ""
    text += _STAGES + _table(alone) if alone else ""
    text += _SOAK + _soak(soaked) if soaked else ""
    return text + _ELSEWHERE


def _made(outcomes: Sequence[Outcome], parts: Sequence[Part], code: str) -> str:
    """Say in how many parts the trials were made, and which on earlier states of the code."""
    numbers = sorted({outcome.part for outcome in outcomes})
    asked = ", ".join(dict.fromkeys(parts[number - 1].asked for number in numbers))
    earlier = sum(outcome.code != code for outcome in outcomes)
    told = f"{earlier:,} of them on an earlier state of the code" if earlier else "on one code"
    struck = [outcome for outcome in outcomes if outcome.struck]
    survived = sum(outcome.survived for outcome in struck)
    return (
        f"\n{survived:,} of {len(struck):,} trials were survived. They were made in "
        f"{len(numbers)} part{'s' * (len(numbers) != 1)} ({asked}),\n{told}.\n"
    )


def _table(outcomes: Sequence[Outcome]) -> str:
    faults = list(dict.fromkeys(outcome.fault for outcome in outcomes))
    rows: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in sorted(outcomes, key=lambda o: faults.index(o.fault)):
        if outcome.struck:
            rows.setdefault((outcome.fault, outcome.rule), []).append(outcome)
    lines = [
        "| fault | rule | moments tried | survived / tried | bytes lost |", "|---|---|---|---|---:|"
    ]  # fmt: skip
    for (fault, rule), trials in rows.items():
        moments = ", ".join(trial.moment for trial in trials)
        survived = sum(trial.survived for trial in trials)
        lines.append(
            f"| {fault} | {rule} | {moments} | {survived} / {len(trials)} | {_lost(trials)} |"
        )
    missed = [f"{t.fault} {t.rule}, {t.moment}" for t in outcomes if not t.struck]
    told = (
        f"\nNot counted, because the job was over before: {'; '.join(missed)}.\n" if missed else ""
    )
    return "\n".join(lines) + "\n" + told


def _lost(outcomes: Sequence[Outcome]) -> str:
    lost = [outcome.bytes_lost for outcome in outcomes]
    return "unknown" if None in lost else f"{sum(filter(None, lost)):,}"


def _soak(outcomes: Sequence[Outcome]) -> str:
    """Say how runs of the demo ended, and whether their memory grew."""
    survived, struck = (sum(getattr(o, name) for o in outcomes) for name in ("survived", "struck"))
    text = (
        f"The whole demo cohort, {len(outcomes)} times from nothing, each run killed once or twice at any moment of its\n"
        "time: by turns of chance one job, or Snakemake and all its jobs. "
        f"{struck} runs were struck before they ended; **{survived} of\n{len(outcomes)} ended with the bytes of an "
        f"undisturbed run**, with no process and no temporary file left, and {_lost(outcomes)} bytes lost.\n"
    )
    if len(outcomes) < 2 * _END_OF_SOAK:
        return text
    ends = {"first": outcomes[:_END_OF_SOAK], "last": outcomes[-_END_OF_SOAK:]}
    lines = [
        "",
        "| runs | largest job, MB (median) | the disturbing process, MB |",
        "|---|---:|---:|",
    ]
    for name, some in ends.items():
        jobs = statistics.median(outcome.peak_mb for outcome in some)
        own = statistics.median(outcome.own_mb for outcome in some)
        lines.append(f"| {name} {_END_OF_SOAK} | {jobs:,.0f} | {own:,.0f} |")
    return text + "\n".join(lines) + "\n"
