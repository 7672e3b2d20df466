"""The page on reliability, from the outcomes of `benchmarks.faults`."""

# ruff: noqa: E501 - lines of the page are as wide as those of the other pages
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_HEAD = """# Reliability

What happens to a run when a process is killed, a disk is full or a sample is damaged. This page is written by
`make faults`; how it is done stands in `benchmarks/faults.py`.

A trial counts as survived if another start ends with exit code 0 and with the bytes of an undisturbed run in every table,
page, record and intermediate file (logs and timings excepted), and if no process and no temporary file is left. Bytes
lost are those of files that differ or are not there. Six samples of the simulated demo, one core.

"""
_ELSEWHERE = """
Shown by tests of their own, in every run of the test suite:

| fault | test |
|---|---|
| one bad sample among others | `tests/pipeline/test_failed_samples.py`, `tests/io/test_set_aside.py`, `tests/harmonisation/test_aside.py` |
| scancel, memory kill, node down and returned (SLURM) | `tests/cluster` |

## What it rests on

- Every file is written under a temporary name beside its place and renamed when it is whole. The name holds machine and
  process, so the next process that writes to the folder removes what a killed one has left; what another machine left
  goes after a day.
- A stage refuses an intermediate file that was cut short, and names it. Snakemake knows by its own records which jobs did
  not end, and makes their outputs again (`rerun-incomplete` in the default profile).
- After a kill of Snakemake itself the folder is locked: `snakemake --unlock`, then start again.
- Two starts in one folder: Snakemake's lock refuses the second. Two `atrasig` commands that write the same file both
  end, and the file is that of the one that ended last, whole.
- Files are not forced to the disk one by one: a power cut, unlike a kill, can lose what was written in the last seconds.
- Which samples are set aside, and what the exit codes are: [decision 7](decisions/0007-samples-that-fail.md).
"""


def page(outcomes: Sequence[Mapping[str, Any]]) -> str:
    """Text of the page.

    Parameters
    ----------
    outcomes
        Fields of :class:`benchmarks.faults.Outcome`.
    """
    rows: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for outcome in outcomes:
        rows.setdefault((outcome["fault"], outcome["rule"]), []).append(outcome)
    lines = [
        "| fault | rule | moments tried | survived / tried | bytes lost |", "|---|---|---|---|---|"
    ]  # fmt: skip
    for (fault, rule), trials in rows.items():
        moments = ", ".join(dict.fromkeys(str(trial["moment"]) for trial in trials))
        if len(trials) > 3:
            moments = f"{len(trials)} random"
        survived = sum(bool(trial["survived"]) for trial in trials)
        lost = sum(int(trial["bytes_lost"]) for trial in trials)
        lines.append(f"| {fault} | {rule} | {moments} | {survived} / {len(trials)} | {lost:,} |")
    missed = [f"{t['rule']}, {t['moment']}" for t in outcomes if not t["struck"]]
    told = f"\nOver before it could be struck: {'; '.join(missed)}.\n" if missed else ""
    return _HEAD + "\n".join(lines) + "\n" + told + _ELSEWHERE
