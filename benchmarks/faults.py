"""Break runs of the workflow in every way and see what comes of it; write docs/reliability.md.

``python -m benchmarks.faults`` kills the job of every rule at three moments, takes away what the
workflow runs on, damages a sample among 1,000 and runs all of tests/faults; ``--soak 50`` kills 50
runs of the demo at random moments. Every moment is seeded and every outcome is written down, so
that a run that is stopped goes on where it was, and parts may be run one by one or side by side:

    python -m benchmarks.faults --only kills --rules score predict
    python -m benchmarks.faults --only soak --soak 50
    python -m benchmarks.faults --only page
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from benchmarks import fault_cohorts
from benchmarks.fault_bad_sample import bad_sample
from benchmarks.fault_kills import MOMENTS, SOAK, as_stale_lock, kills, soak
from benchmarks.fault_ledger import Ledger, code_state, key_of
from benchmarks.fault_machine import of_the_machine
from benchmarks.fault_page import page
from benchmarks.fault_place import Place
from benchmarks.fault_rules import RULES, forget
from benchmarks.fault_stages import of_the_stages
from benchmarks.fault_trials import Trial, carry_out
from benchmarks.fault_watch import Watch
from benchmarks.measure import ROOT

_PAGE = ROOT / "docs" / "reliability.md"
# A job may be over before the moment that was drawn.
_DRAWS = 3
PARTS = ("kills", "machine", "stages", "sample", "soak", "page")


class Undisturbed:
    """A finished run that others are held against, made once for each state of the code.

    Parameters
    ----------
    folder
        Where it lies.
    make
        Writes its cohort to a folder.
    """

    def __init__(self, folder: Path, make: Callable[[Path], Place]) -> None:
        self.place = Place(folder)
        facts = folder.with_suffix(".json")
        if not facts.exists():
            facts.write_text(json.dumps(self._run(make(folder))), encoding="utf-8")
        found = json.loads(facts.read_text(encoding="utf-8"))
        self.seconds: float = found["seconds"]
        self.whole_cpu: float = found["whole_cpu"]
        self.cpu: dict[str, float] = found["cpu"]

    @staticmethod
    def _run(place: Place) -> dict[str, object]:
        place.finish()  # the first one compiles
        forget(place, "ingest")
        began, before = time.monotonic(), _cpu_of_children()
        with Watch(place) as watch:
            code, output = place.finish()
        if code:
            raise SystemExit(f"the undisturbed run failed:\n{output[-3000:]}")
        whole = {"seconds": time.monotonic() - began, "whole_cpu": _cpu_of_children() - before}
        return whole | {"cpu": watch.cpu}


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _run_trials(ledger: Ledger, trials: Iterable[Trial], given: argparse.Namespace) -> None:
    """Run the trials that are missing, each on the cohort that its rule needs."""
    settled = ledger.settled()
    for trial in trials:
        if trial.key in settled:
            continue
        base = _cohort_of(trial.rule, given)
        for draw in range(_DRAWS):
            seed = f"{given.seed}-{draw}"
            outcome = carry_out(trial, base.place, given.work / "trials", seed)
            if outcome.struck or not outcome.survived:
                break
        ledger.add([outcome, *as_stale_lock(outcome)])


def _cohort_of(rule: str, given: argparse.Namespace) -> Undisturbed:
    of_cells = rule in RULES and RULES[rule].of_cells
    name, make = ("cells", fault_cohorts.cells) if of_cells else ("six", fault_cohorts.six)
    return Undisturbed(given.work / f"{name}-{given.code}", make)


def _kills(ledger: Ledger, given: argparse.Namespace) -> None:
    def cpu_of(rule: str) -> float:
        return _cohort_of(rule, given).cpu.get(rule, 0.0)

    _run_trials(ledger, kills(cpu_of, given.rules, given.moments), given)


def _machine(ledger: Ledger, given: argparse.Namespace) -> None:
    _run_trials(ledger, of_the_machine(given.rules), given)


def _stages(ledger: Ledger, _: argparse.Namespace) -> None:
    ledger.add(of_the_stages())


def _sample(ledger: Ledger, given: argparse.Namespace) -> None:
    ledger.add(bad_sample(given.work / "sample", given.samples))


def _soak(ledger: Ledger, given: argparse.Namespace) -> None:
    numbers = range(1, given.soak + 1)
    settled = ledger.settled()
    missing = [n for n in numbers if key_of(SOAK, "whole workflow", f"run {n}") not in settled]
    if missing:
        base = Undisturbed(given.work / f"demo-{given.code}", fault_cohorts.demo)
        print(f"{len(missing)} runs of the demo; undisturbed: {base.seconds:.0f} s", flush=True)
    for number in missing:
        folder = given.work / "trials" / f"soak-{number}"
        outcome = soak(base.place, folder, number, base.whole_cpu, given.seed)
        ledger.add([outcome])
        if outcome.survived:
            shutil.rmtree(folder, ignore_errors=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--only", nargs="*", default=list(PARTS), choices=PARTS)
    parser.add_argument("--rules", nargs="*", default=list(RULES), choices=list(RULES))
    parser.add_argument("--moments", nargs="*", default=list(MOMENTS), choices=MOMENTS)
    parser.add_argument("--samples", type=int, default=1000, help="with a bad one among them")
    parser.add_argument("--soak", type=int, default=50, help="runs with random kills")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, default=Path("results/faults"), help="to go on with")
    parser.add_argument("--page", type=Path, default=_PAGE)
    given = parser.parse_args(arguments)
    given.work, given.code = given.work.resolve(), code_state(ROOT)
    given.work.mkdir(parents=True, exist_ok=True)
    ledger = Ledger(given.work / "outcomes.jsonl")
    if given.only != ["page"]:
        ledger.begin(" ".join(given.only), given.code)
    steps = {
        "kills": _kills, "machine": _machine, "stages": _stages, "sample": _sample, "soak": _soak
    }  # fmt: skip
    for name in given.only:
        if name in steps:
            steps[name](ledger, given)
    outcomes = ledger.outcomes()
    given.page.write_text(page(outcomes, ledger.parts(), given.code), encoding="utf-8")
    failed = [outcome.key for outcome in outcomes if not outcome.survived]
    print(f"{len(outcomes)} trials, {len(failed)} not survived", *failed, sep="\n  ")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
