"""Break runs of the workflow in every way and see what comes of it; write docs/reliability.md.

``python -m benchmarks.faults`` kills the job of every rule at three moments and runs the faults of
the machine (tests/faults); ``--soak 50`` kills 50 runs at random moments. Both are seeded and
write each outcome down, so that a run that is stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.fault_page import page
from benchmarks.fault_place import JOBS, Place, kill_session, wait_for
from benchmarks.measure import ROOT

MOMENTS = ("start", "middle", "end")
_PAGE = ROOT / "docs" / "reliability.md"


@dataclass(frozen=True)
class Outcome:
    """What came of a fault.

    Parameters
    ----------
    fault, rule, moment
        What was done, to which job, and when.
    struck
        Whether the fault came about: a job may be over before it can be killed.
    survived
        Whether another start ended with the bytes of an undisturbed run, and nothing was left.
    bytes_lost
        Bytes of files that differ from those of an undisturbed run or are not there.
    note
        What was wrong.
    """

    fault: str
    rule: str
    moment: str
    struck: bool
    survived: bool
    bytes_lost: int
    seconds: float
    note: str = ""

    @property
    def key(self) -> str:
        """What tells one trial from another."""
        return f"{self.fault}|{self.rule}|{self.moment}"


class Ledger:
    """Outcomes, each written down when it is known."""

    def __init__(self, path: Path) -> None:
        self._path = path
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        self.outcomes = {o.key: o for o in (Outcome(**json.loads(line)) for line in lines)}

    def __contains__(self, key: str) -> bool:
        return key in self.outcomes

    def add(self, outcome: Outcome) -> None:
        """Write an outcome down and print it."""
        self.outcomes[outcome.key] = outcome
        with self._path.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(asdict(outcome)) + "\n")
        word = "survived" if outcome.survived else f"FAILED: {outcome.note}"
        struck = "" if outcome.struck else " (over before it was struck)"
        print(f"{outcome.key}: {word}{struck}, {outcome.seconds:.0f} s", flush=True)


def undisturbed(work: Path) -> tuple[Place, float]:
    """Give the finished run that all others are held against, and how long it took."""
    place, clock = Place(work / "undisturbed"), work / "undisturbed.seconds"
    if not clock.exists():
        start = time.monotonic()
        code, output = Place.make(place.folder).finish()
        if code:
            raise SystemExit(f"the undisturbed run failed:\n{output[-3000:]}")
        clock.write_text(str(time.monotonic() - start), encoding="utf-8")
    return place, float(clock.read_text(encoding="utf-8"))


def kill_rule(base: Place, work: Path, rule: str, moment: str, seed: str) -> Outcome:
    """Kill the job of a rule; in its middle the whole workflow with it, which leaves a lock."""
    began = time.monotonic()
    place = base.copy_to(work / "trial")
    place.forget(rule)
    run = place.start()
    struck = _strike(place, run, rule, moment, random.Random(seed))
    note = ""
    if moment == "middle" and struck:
        kill_session(run)
        code, output = place.finish()
        if code == 0 or "--unlock" not in output:
            note = "a stale lock was not told"
        place.finish("--unlock")
    else:
        run.communicate()
    return _judge(base, place, ("kill -9", rule, moment), began, struck=struck, note=note)


def _strike(
    place: Place, run: subprocess.Popen[str], rule: str, moment: str, rng: random.Random
) -> bool:
    jobs = wait_for(run, lambda: place.jobs(JOBS[rule]))
    if not isinstance(jobs, list):
        return False
    if moment == "middle":
        time.sleep(rng.uniform(0.5, 2.5))  # most of the time of a job so small is its start
    elif moment == "end":
        wait_for(run, lambda: _is_writing(place, jobs), pause=0.0005)
    alive = [number for number in jobs if number in place.jobs(JOBS[rule])]
    for number in alive:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    return bool(alive)


def _is_writing(place: Place, jobs: list[int]) -> bool:
    """Whether a job has a temporary file, whose name holds its number."""
    return any(
        f"-{number}-" in entry.name
        for folder in [place.results, *place.results.glob("work/*"), place.results / "samples"]
        if folder.is_dir()
        for entry in os.scandir(folder)
        for number in jobs
        if entry.name.startswith(".atrasig-")
    )


def _judge(
    base: Place, place: Place, key: tuple[str, str, str], began: float, *, struck: bool, note: str
) -> Outcome:
    code, output = place.finish("--rerun-incomplete")
    whole, found = base.contents(), place.contents()
    differing = [name for name in whole if found.get(name) != whole[name]]
    extra = sorted(found.keys() - whole.keys())
    wrong = [note] if note else []
    wrong += [f"exit code {code}: {output[-500:]}"] if code else []
    wrong += [f"not as undisturbed: {', '.join(differing[:5])}"] if differing else []
    wrong += (
        [f"left over: {', '.join([*extra, *place.left_over()])}"]
        if (extra or place.left_over())
        else []
    )
    lost = sum(len(whole[name]) for name in differing)
    seconds = time.monotonic() - began
    return Outcome(*key, struck, not wrong, lost, seconds, "; ".join(wrong))


def soak(base: Place, work: Path, number: int, whole_time: float, seed: int) -> Outcome:
    """Run the cohort from nothing, killed once or twice at random moments."""
    began, rng = time.monotonic(), random.Random(f"{seed}-soak-{number}")
    place = Place.make(_emptied(work / "soak"))
    struck = 0
    for _ in range(rng.choice((1, 2))):
        run = place.start("--rerun-incomplete")
        with contextlib.suppress(subprocess.TimeoutExpired):
            run.wait(rng.uniform(0.05, 0.9) * whole_time)
        struck += run.poll() is None
        kill_session(run)
        place.finish("--unlock")
    key = ("random kills", "all", f"run {number}")
    return _judge(base, place, key, began, struck=struck > 0, note="")


def _emptied(folder: Path) -> Path:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
    return folder


def machine_faults(ledger: Ledger) -> None:
    """Run tests/faults and note each of its cases."""
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        began = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        subprocess.run(
            [*command, "tests/faults", f"--junitxml={report.name}"], cwd=ROOT, check=False
        )
        took = time.monotonic() - began
        for case in ElementTree.parse(report.name).iter("testcase"):
            if case.find("skipped") is None:
                ledger.add(_of_case(case, took))


def _of_case(case: ElementTree.Element, took: float) -> Outcome:
    name, _, parameter = str(case.get("name")).partition("[")
    fault = name.removeprefix("test_").replace("_", " ")
    failed = case.find("failure") is not None or case.find("error") is not None
    seconds = float(case.get("time") or took)
    return Outcome(fault, parameter.rstrip("]") or "all", "CI", True, not failed, 0, seconds)


def _trials(rules: Sequence[str], moments: Sequence[str]) -> Iterator[tuple[str, str]]:
    return ((rule, moment) for rule in rules for moment in moments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--rules", nargs="*", default=list(JOBS), choices=list(JOBS))
    parser.add_argument("--moments", nargs="*", default=list(MOMENTS), choices=MOMENTS)
    parser.add_argument("--soak", type=int, default=0, help="runs with random kills")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, default=Path("results/faults"), help="to go on with")
    parser.add_argument("--no-machine", action="store_true", help="leave tests/faults out")
    parser.add_argument("--page", type=Path, default=_PAGE)
    given = parser.parse_args(arguments)
    began, work = time.monotonic(), given.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    ledger = Ledger(work / "outcomes.jsonl")
    base, whole_time = undisturbed(work)
    print(f"undisturbed run: {whole_time:.0f} s", flush=True)
    for rule, moment in _trials(given.rules, given.moments):
        if f"kill -9|{rule}|{moment}" not in ledger:
            seed = f"{given.seed}-{rule}-{moment}"
            ledger.add(kill_rule(base, work, rule, moment, seed))
    for number in range(1, given.soak + 1):
        if f"random kills|all|run {number}" not in ledger:
            ledger.add(soak(base, work, number, whole_time, given.seed))
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
            print(f"  largest job so far: {peak} MB", flush=True)
    if not given.no_machine:
        machine_faults(ledger)
    rows = list(ledger.outcomes.values())
    given.page.write_text(page([asdict(row) for row in rows]), encoding="utf-8")
    failed = [row.key for row in rows if not row.survived]
    print(f"{len(rows)} trials, {len(failed)} not survived; {time.monotonic() - began:.0f} s")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
