"""Guard of the ranking pass: ``python -m benchmarks.guard``.

Compares the ranking of samples with NumPy's sort of the same samples, packed as 32 bits of value
and 32 bits of place, in the same process by turns, so that the ratio means the same on any machine.
Fails where ranking takes more than twice the sort.

On some processors NumPy's sort is several times faster without AVX-512 (on AMD's Zen 4 three
times), so the comparison is made with and without it, and the faster sort is the measure.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from atrasig.scoring.blocks import SampleBlock
from benchmarks.inputs import SEED, draw_bulk, draw_counts
from benchmarks.measure import ONE_THREAD
from benchmarks.tables import Row, markdown

N_GENES = 20_000
N_SAMPLES = 64
ROUNDS = 41
LIMIT = 2.0
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Pass:
    """Ranking beside the sort, on one kind of values.

    Parameters
    ----------
    name
        Kind of values.
    ranking, sorting
        Median microseconds a sample.
    ratio
        Median over rounds of ranking over sorting.
    guarded
        Whether the limit holds for it.
    setting
        How NumPy sorted.
    """

    name: str
    ranking: float
    sorting: float
    ratio: float
    guarded: bool
    setting: str = "as it comes"


def pack(matrix: np.ndarray) -> np.ndarray:
    """Pack each value's float32, in an order that sorts as it does, and its place in 64 bits."""
    bits = matrix.astype(np.float32).view(np.uint32)
    ordered = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31)).astype(np.uint64)
    return (ordered << np.uint64(32)) | np.arange(matrix.shape[1], dtype=np.uint64)


def compare(name: str, matrix: np.ndarray, *, guarded: bool) -> Pass:
    """Rank and sort the same samples by turns."""
    packed = pack(matrix)
    names = [f"S{number}" for number in range(len(matrix))]
    columns = np.arange(matrix.shape[1])

    def rank() -> Any:
        return SampleBlock(names, matrix, columns).ranked

    def sort() -> Any:
        return [np.sort(row) for row in packed]

    rank()
    sort()
    rounds = [(timed(rank), timed(sort)) for _ in range(ROUNDS)]
    ranking, sorting = np.array(rounds).T / len(matrix) * 1e6
    ratio = float(np.median(ranking / sorting))
    return Pass(name, float(np.median(ranking)), float(np.median(sorting)), ratio, guarded)


def timed(call: Callable[[], Any]) -> float:
    """Processor seconds of a call."""
    before = time.process_time()
    call()
    return time.process_time() - before


def passes_here() -> list[Pass]:
    """Compare ranking with the sort on each kind of values, in this process."""
    rng = np.random.default_rng(SEED)
    bulk = draw_bulk(rng, N_SAMPLES, N_GENES)
    counts = draw_counts(rng, N_SAMPLES, N_GENES)
    return [
        compare("bulk, float64", bulk, guarded=True),
        compare("bulk, float32", bulk.astype(np.float32), guarded=True),
        compare("bulk, float64, stored by genes", np.asfortranarray(bulk), guarded=False),
        compare("counts with ties, float64", counts, guarded=False),
    ]


def wide_vectors() -> list[str]:
    """Name what NumPy can be told to leave unused so that it sorts without AVX-512."""
    compiled = import_module("numpy._core._multiarray_umath")
    names: list[str] = compiled.__cpu_dispatch__
    return [name for name in names if name.startswith(("AVX512", "X86_V4"))]


def passes() -> list[Pass]:
    """Compare ranking with the faster of NumPy's sorts on each kind of values."""
    settings: dict[str, dict[str, str]] = {"as it comes": {}}
    if wide_vectors():
        settings["without AVX-512"] = {"NPY_DISABLE_CPU_FEATURES": " ".join(wide_vectors())}
    found = [_passes_under(name, variables) for name, variables in settings.items()]
    return [min(same, key=lambda one: one.sorting) for same in zip(*found, strict=True)]


def _passes_under(setting: str, variables: dict[str, str]) -> list[Pass]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "benchmarks.guard", "--here"],
        cwd=ROOT,
        env={**os.environ, **ONE_THREAD, **variables},
        check=True,
        capture_output=True,
        text=True,
    )
    return [Pass(**{**one, "setting": setting}) for one in json.loads(done.stdout)]


def table(found: list[Pass]) -> str:
    """Write the comparison as a Markdown table."""
    header = ("values", "ranking, µs a sample", "np.sort, µs a sample", "NumPy", "ratio", "at most")
    rows = [
        [
            one.name,
            f"{one.ranking:.0f}",
            f"{one.sorting:.0f}",
            one.setting,
            f"{one.ratio:.2f}",
            f"{LIMIT:g}" if one.guarded else "–",
        ]
        for one in found
    ]
    return markdown(header, rows)


def rows(found: list[Pass]) -> list[Row]:
    """Return the comparison as rows of the table of ratios: sort over ranking, at least a half."""
    return [
        Row(
            "rank_pass",
            f"ranking, {one.name}",
            "np.sort of packed uint64",
            ratio=1 / one.ratio,
            required=1 / LIMIT if one.guarded else None,
            note=f"{one.ranking:.0f} µs, {one.ratio:.2f} times the sort ({one.setting})",
        )
        for one in found
    ]


def main() -> None:
    """Compare, print, and fail past the limit."""
    if sys.argv[1:] == ["--here"]:
        print(json.dumps([asdict(one) for one in passes_here()]))
        return
    found = passes()
    print(table(found))
    slow = [one.name for one in found if one.guarded and one.ratio > LIMIT]
    if slow:
        raise SystemExit(f"Ranking takes more than {LIMIT:g} times the sort: {', '.join(slow)}.")


if __name__ == "__main__":
    main()
