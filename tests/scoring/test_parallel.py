"""Threads: how many, in which order, how far ahead."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator

import pytest

from atrasig.errors import UsageError
from atrasig.scoring.parallel import in_order, job_cores, thread_count


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_come_in_the_order_of_the_items(threads: int) -> None:
    def slow_first(item: int) -> int:
        time.sleep(0.01 if item == 0 else 0)
        return item * item

    assert list(in_order(slow_first, range(20), threads)) == [n * n for n in range(20)]


@pytest.mark.parametrize("threads", [1, 3])
def test_few_items_are_ahead_of_the_result_that_is_given(threads: int) -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for item in range(50):
            taken += 1
            yield item

    for given, _ in enumerate(in_order(lambda item: item, items(), threads), start=1):
        assert taken - given <= threads


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_stands_in_its_place_and_nothing_later_is_begun(threads: int) -> None:
    begun = []

    def work(item: int) -> int:
        begun.append(item)
        if item == 3:
            raise ValueError("three")
        return item

    results = in_order(work, range(1000), threads)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)
    assert max(begun) <= 3 + threads + 1


def test_one_thread_is_the_callers() -> None:
    found = list(in_order(lambda _: threading.current_thread(), range(2), 1))
    assert set(found) == {threading.current_thread()}


def test_cores_are_those_of_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLURM_CPUS_PER_TASK", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    assert job_cores() == 8
    monkeypatch.setenv("OMP_NUM_THREADS", "16")
    assert job_cores() == 8
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "3")
    assert job_cores() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "2,1")
    assert job_cores() == 3
    assert thread_count(None) == 3
    assert thread_count(5) == 5
    with pytest.raises(UsageError, match="threads=0"):
        thread_count(0)
