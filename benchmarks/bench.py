"""Time atrasig's scoring beside its peers': ``python -m benchmarks.bench``.

Each tool runs each case in processes of its own, by turns with the others, on the same files, held
to one thread, after a small first call; the fastest call counts, and the scores are compared. A
whole run also scores a million cells, writes the pages of a cohort and reads a large table
(``million_cells.py``, ``reports.py``, ``read_vs_polars.py``). It writes ``RESULTS.md`` and fails
where something required is not met.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from atrasig.files import write_text
from benchmarks import guard
from benchmarks.cases import CASES, GROWTHS, MEMORY_ALLOWANCE_MB, Case, Growth, Rival
from benchmarks.compare import agreement
from benchmarks.inputs import Spec
from benchmarks.machine import describe_machine
from benchmarks.measure import ROOT, AbsentError, Bench, Run, first_calls
from benchmarks.read_vs_polars import RESULTS, put_section
from benchmarks.tables import Row, growth_table, ratio_table, run_table

TITLE = "# Scoring beside its peers"
LONG = "million_cells", "reports", "read_vs_polars"
QUICK = 10


def case_rows(bench: Bench, case: Case) -> list[Row]:
    """Run the calls of a case and compare them pairwise."""
    bench.race([tool for rival in case.rivals for tool in (rival.tool, rival.ours)], case.spec)
    rows = [rival_row(bench, case, rival) for rival in case.rivals]
    if case.memory:
        rows.append(memory_row(bench, case))
    return rows


def rival_row(bench: Bench, case: Case, rival: Rival) -> Row:
    """Compare our call with a peer's."""
    try:
        peer = bench.run(rival.tool, case.spec)
        own = bench.run(rival.ours, case.spec)
    except AbsentError as absent:
        required = rival.required if absent.installed else None
        return Row(case.name, rival.ours, rival.tool, required=required, note=str(absent))
    return Row(
        case.name,
        rival.ours,
        rival.tool,
        ratio=peer.cpu / own.cpu,
        required=rival.required,
        note=agreement(own.scores, peer.scores, rival.same),
    )


def memory_row(bench: Bench, case: Case) -> Row:
    """Compare our peak of memory with what the case allows."""
    tool = case.rivals[0].ours
    what = f"peak memory below input + {MEMORY_ALLOWANCE_MB:.0f} MB"
    try:
        run = bench.run(tool, case.spec)
    except AbsentError as absent:
        return Row(case.name, tool, what, required=1.0, note=str(absent))
    allowed = run.input + MEMORY_ALLOWANCE_MB
    note = f"peak {run.peak:,.0f} MB, allowed {allowed:,.0f} MB"
    return Row(case.name, tool, what, ratio=allowed / run.peak, required=1.0, note=note)


def growth_runs(bench: Bench, growth: Growth) -> list[tuple[Spec, Run | None, Run | None]]:
    """Run our call on all inputs of a growth, and the peer's on the first ones."""
    found = []
    for position, spec in enumerate(growth.specs):
        with_peer = position < growth.peer_up_to
        bench.race([growth.ours, growth.peer] if with_peer else [growth.ours], spec)
        own = try_run(bench, growth.ours, spec)
        peer = try_run(bench, growth.peer, spec) if with_peer else None
        found.append((spec, own, peer))
    return found


def try_run(bench: Bench, tool: str, spec: Spec) -> Run | None:
    """Run a tool, or return nothing where it is absent."""
    try:
        return bench.run(tool, spec)
    except AbsentError as absent:
        print(f"{tool:28} {spec.name:28} {absent}", flush=True)
        return None


def smaller(case: Case) -> Case:
    """Return a case with fewer samples and sets, to try the benchmark itself."""
    spec = case.spec
    few = replace(spec, n_samples=spec.n_samples // QUICK, n_sets=min(spec.n_sets, 200))
    return replace(case, spec=few)


def render(rows: list[Row], bench: Bench, growths: list[str], command: str) -> str:
    """Write the results as Markdown."""
    first = first_calls(bench)
    return "\n\n".join(
        [
            TITLE,
            describe_machine(command),
            "Ratio: processor seconds of the peer over ours, fastest call of each. Of the ranking "
            "pass: the sort over ranking; of memory: what is allowed over the peak.",
            ratio_table(rows),
            "## The calls",
            "Fastest of up to fifteen calls in three processes, by turns with the other tools of "
            "the case (one call of those past 40 s), one thread. Peak: resident memory of the "
            "process with its loaded input, after the first timed call, the largest of the "
            "processes; MB is 1e6 bytes.",
            run_table(bench.runs),
            "## First call",
            first,
            *growths,
        ]
    )


def run_script(name: str) -> tuple[str, list[str]]:
    """Run another benchmark; return what it prints, and why it failed if it did."""
    os.sync()  # what the one before has written would take the disk's time
    command = [sys.executable, str(ROOT / "benchmarks" / f"{name}.py")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    print(done.stdout, flush=True)
    if done.returncode == 0:
        return done.stdout, []
    return done.stdout, [f"{name}: {line}" for line in done.stderr.splitlines()[-1:]]


def run_long(skipped: Sequence[str]) -> list[str]:
    """Run the other benchmarks, bring their sections into the results, and return what failed."""
    failures = []
    if "read_vs_polars" not in skipped:  # it writes its section itself
        failures += run_script("read_vs_polars")[1]
    for name in ("million_cells", "reports"):
        printed, failed = run_script(name) if name not in skipped else ("", [])
        failures += failed
        if "## " in printed:
            write_section(printed[printed.index("## ") + 1 :])
    return failures


def write_section(text: str) -> None:
    """Put a section into the results in the place of that with the same title."""
    before = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    write_text(RESULTS, put_section(before, text))


def run_cases(chosen: Sequence[Case], *, guarded: bool, quick: bool, growths: bool) -> list[Row]:
    """Run cases and growths, print them, and write them down where all were run."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        rows = guard.rows(guard.passes()) if guarded else []
        for case in chosen:
            rows += case_rows(bench, smaller(case) if quick else case)
        grown = [growth_table(item, growth_runs(bench, item)) for item in GROWTHS if growths]
        text = render(rows, bench, grown, "make bench")
    print(text)
    if growths:
        write_section(text)
    return rows


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    known = [*(case.name for case in CASES), "rank_pass"]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench", description=__doc__)
    parser.add_argument("--only", choices=known, action="append", help="run this case alone")
    parser.add_argument("--quick", action="store_true", help="small inputs, to try it out")
    parser.add_argument("--skip", choices=LONG, action="append", default=[], help="leave out")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for; exit with 1 where something required is not met."""
    options = options_of(arguments)
    whole = not options.only and not options.quick
    rows = run_cases(
        [case for case in CASES if not options.only or case.name in options.only],
        guarded=not options.only or "rank_pass" in options.only,
        quick=options.quick,
        growths=whole,
    )
    failures = [] if options.quick else [row.failure for row in rows if row.failure]
    if whole:
        failures += run_long(options.skip)
    if failures:
        raise SystemExit("Not met:\n" + "\n".join(failures))


if __name__ == "__main__":
    main()
