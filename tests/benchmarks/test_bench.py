from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from benchmarks.cases import CASES, GROWTHS
from benchmarks.compare import align_signs, correlation, largest_difference
from benchmarks.guard import pack
from benchmarks.inputs import Spec, draw_cells, draw_counts, write_input
from benchmarks.measure import PEERS_PYTHON, Bench
from benchmarks.tables import Row, markdown
from benchmarks.tools.common import Loaded


def test_an_input_is_the_same_each_time(tmp_path: Path) -> None:
    spec = Spec("bulk", 4, 300, 2)
    first, second = (Loaded.read(write_input(spec, tmp_path / name)) for name in "ab")
    np.testing.assert_array_equal(first.matrix, second.matrix)
    assert first.sets == second.sets
    assert all(np.unique(row).size == row.size for row in first.matrix)


def test_cells_and_counts_have_the_zeros_they_state() -> None:
    rng = np.random.default_rng(0)
    cells = draw_cells(rng, 100, 2000)
    assert sparse.issparse(cells)
    assert cells.nnz / np.prod(cells.shape) == pytest.approx(0.1, abs=0.02)
    counts = draw_counts(rng, 50, 2000)
    assert (counts == 0).mean() == pytest.approx(0.4, abs=0.05)


def test_packed_values_sort_as_the_values_do() -> None:
    values = np.array([[3.5, -2.0, 0.0, -0.25, 7.0]])
    places = np.sort(pack(values)[0]) & np.uint64(2**32 - 1)
    np.testing.assert_array_equal(places, np.argsort(values[0]))


def test_differences_are_relative_to_the_peers_largest_score() -> None:
    theirs = np.array([[1.0, -4.0], [2.0, 3.0]])
    moved = theirs + np.array([[0, 0.4], [0, 0]])
    assert largest_difference(moved, theirs) == pytest.approx(0.1)
    assert largest_difference(align_signs(-theirs, theirs), theirs) == 0
    assert correlation(theirs * 2 + 1, theirs) == pytest.approx(1)


def test_a_row_is_met_only_by_a_measured_ratio() -> None:
    assert Row("case", "ours", "peer", ratio=20, required=15).met
    assert Row("case", "ours", "peer", ratio=10, required=15).failure
    assert Row("case", "ours", "peer", required=15, note="failed: why").failure.endswith("why")
    assert not Row("case", "ours", "peer", ratio=10).failure
    assert markdown(("a", "b"), [("1", "2")]).splitlines()[1] == "| --- | --- |"


def test_our_calls_name_known_methods() -> None:
    from atrasig.scoring.registry import METHODS

    ours = {rival.ours for case in CASES for rival in case.rivals} | {one.ours for one in GROWTHS}
    names = {tool.removeprefix("atrasig:").partition("/")[0] for tool in ours}
    assert names <= METHODS.keys()


@pytest.mark.skipif(not PEERS_PYTHON.exists(), reason="the peers' environment is not there")
@pytest.mark.slow
def test_both_sides_of_a_small_case_agree(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    spec = Spec("bulk", 6, 1000, 3)
    ours, theirs = (bench.run(f"{name}:ssgsea", spec) for name in ("atrasig", "gseapy"))
    assert largest_difference(ours.scores, theirs.scores) < 1e-6
    assert ours.cpu > 0 < ours.peak
