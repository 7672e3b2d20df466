"""One tool on one input in a process of its own: ``python -m benchmarks.child JOB.json``.

The job names the tool, the folders of the input and of a small one for the first call, and where
results go. Time is processor time of all threads; the peak of memory is the process's own
(``VmHWM``: the kernel's ``ru_maxrss`` would hold that of the parent too).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

MAX_CALLS = 5
ENOUGH_S = 2.0


def peak_mb() -> float:
    """Peak of this process's resident memory so far, in MB (1e6 bytes)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise SystemExit("This system does not tell the peak of a process's memory (VmHWM).")


def timed(call: Any, prepared: Any) -> tuple[Any, float, float]:
    """Return what a call returns, its processor time and its wall time in seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = call(prepared)
    return result, time.process_time() - cpu, time.perf_counter() - wall


def find_tool(name: str) -> Any:
    """Return a tool by ``package:method``."""
    package, _, method = name.partition(":")
    if package == "atrasig":
        from benchmarks.tools.ours import ours

        return ours(method)
    if package == "reference":
        from benchmarks.tools.reference import reference

        return reference(method)
    from benchmarks.tools import peers

    return getattr(peers, package)(method)


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Time a tool, or collect its scores under several orders of the genes."""
    from benchmarks.tools.common import Loaded

    tool = find_tool(job["tool"])
    one_pass(tool, Loaded.read(Path(job["warm"])))
    first = time.process_time()
    loaded = Loaded.read(Path(job["input"]))
    out = Path(job["scores"])
    if job.get("once"):
        write(out, one_pass(tool, loaded))
        return {"first": first}
    if job.get("orders"):
        orders = np.load(job["orders"])
        stack = [one_pass(tool, loaded.reordered(order)) for order in orders]
        write(out, np.stack(stack))
        return {"first": first}
    prepared = tool.prepare(loaded)
    before = peak_mb()
    runs: list[tuple[float, float]] = []
    result, peak = None, 0.0
    while len(runs) < MAX_CALLS and sum(cpu for cpu, _ in runs) <= ENOUGH_S:
        result, cpu, wall = timed(tool.call, prepared)
        runs.append((cpu, wall))
        peak = peak or peak_mb()
    write(out, tool.collect(loaded, prepared, result))
    best = min(runs)
    return {
        "cpu": best[0],
        "wall": best[1],
        "calls": len(runs),
        "peak": peak,
        "before": before,
        "input": loaded.n_bytes / 1e6,
        "first": first,
    }


def write(path: Path, scores: np.ndarray) -> None:
    """Write scores as bare float64, sample after sample."""
    np.ascontiguousarray(scores, dtype=np.float64).tofile(path)


def one_pass(tool: Any, loaded: Any) -> np.ndarray:
    """Return a tool's scores of an input, samples x sets."""
    prepared = tool.prepare(loaded)
    scores: np.ndarray = tool.collect(loaded, prepared, tool.call(prepared))
    return scores


if __name__ == "__main__":
    JOB = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    Path(JOB["result"]).write_text(json.dumps(run(JOB)), encoding="utf-8")
