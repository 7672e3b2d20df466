"""Trials: disturb a run of the workflow, let it go on, and hold its results against others."""

from __future__ import annotations

import contextlib
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fault_ledger import Outcome, key_of
from benchmarks.fault_place import Place


@dataclass(frozen=True)
class Disturbed:
    """What a fault came to.

    Parameters
    ----------
    struck
        Whether it came about: a job may be over before it can be killed.
    wrong
        What the workflow should have said of it and did not.
    peak_mb
        Resident memory of the largest job, where it was looked at.
    """

    struck: bool
    wrong: str = ""
    peak_mb: float = 0.0


@dataclass(frozen=True)
class Trial:
    """A fault to try.

    Parameters
    ----------
    fault, rule, moment
        What is done, to which job, and when.
    disturb
        Does it, in a copy of the undisturbed run.
    disk
        Whether the copy lies on a small disk of its own.
    """

    fault: str
    rule: str
    moment: str
    disturb: Callable[[Place, random.Random], Disturbed]
    disk: bool = False

    @property
    def key(self) -> str:
        """What tells it from other trials; that of its outcome."""
        return key_of(self.fault, self.rule, self.moment)

    @property
    def folder_name(self) -> str:
        """What it does, as the name of a folder."""
        return "-".join(f"{self.fault} {self.rule} {self.moment}".split())


def carry_out(trial: Trial, base: Place, work: Path, seed: str) -> Outcome:
    """Disturb a copy of the undisturbed run, let it go on, and say what came of it.

    Parameters
    ----------
    trial
        The fault.
    base
        The undisturbed run.
    work
        Folder for the copy; it stays if the fault was not survived.
    seed
        Of the moments.
    """
    began = time.monotonic()
    folder = work / trial.folder_name
    shutil.rmtree(folder, ignore_errors=True)
    with small_disk(folder) if trial.disk else contextlib.nullcontext():
        place = base.copy_to(folder)
        disturbed = trial.disturb(place, random.Random(f"{seed}-{trial.key}"))
        outcome = judge(base, place, trial, began, disturbed)
    if outcome.survived:
        shutil.rmtree(folder, ignore_errors=True)
    return outcome


def judge(base: Place, place: Place, trial: Trial, began: float, disturbed: Disturbed) -> Outcome:
    """Let a run go on to its end, and hold it against the undisturbed one.

    Parameters
    ----------
    base, place
        The undisturbed run, and the other.
    trial, disturbed
        What was done.
    began
        When, by the monotonic clock.
    """
    code, output = place.finish("--rerun-incomplete")
    whole, found = base.contents(), place.contents()
    differing = [name for name in whole if found.get(name) != whole[name]]
    left = [*sorted(found.keys() - whole.keys()), *place.left_over()]
    wrong = [disturbed.wrong] if disturbed.wrong else []
    wrong += [f"exit code {code}: {output[-1500:]}"] if code else []
    wrong += [f"not as undisturbed: {', '.join(differing[:5])}"] if differing else []
    wrong += [f"left over: {', '.join(left[:5])}"] if left else []
    return Outcome(
        trial.fault,
        trial.rule,
        trial.moment,
        disturbed.struck,
        survived=not wrong,
        bytes_lost=sum(len(whole[name]) for name in differing),
        seconds=time.monotonic() - began,
        note="; ".join(wrong),
        peak_mb=disturbed.peak_mb,
    )


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Give a disk of 256 MB at a folder; only root can."""
    folder.mkdir(parents=True)
    mount("-t", "tmpfs", "-o", "size=256m", "tmpfs", str(folder))
    with mounted(folder):
        yield


@contextlib.contextmanager
def mounted(folder: Path) -> Iterator[None]:
    """Take what is mounted at a folder away in the end."""
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def mount(*options: str) -> None:
    """Mount something, or change how it is mounted."""
    subprocess.run(["mount", *options], check=True, capture_output=True)
