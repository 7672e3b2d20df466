"""Blocks on several threads: as many as the job has cores, results in order, few blocks waiting."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from atrasig.errors import UsageError

Item = TypeVar("Item")
Result = TypeVar("Result")

_LIMITS = ("SLURM_CPUS_PER_TASK", "OMP_NUM_THREADS")


def job_cores() -> int:
    """Cores this job may use: of its affinity, or what Slurm or OpenMP allow it where that is less.

    Returns
    -------
    int
        At least 1.
    """
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    stated = [os.environ.get(name, "") for name in _LIMITS]
    return max(1, min([cores, *(int(text) for text in stated if text.isdigit() and int(text))]))


def thread_count(threads: int | None) -> int:
    """Threads to use: those asked for, or the job's cores.

    Raises
    ------
    UsageError
        If fewer than one is asked for.
    """
    if threads is None:
        return job_cores()
    if threads < 1:
        raise UsageError(f"threads={threads} is no number of threads", fix="Give 1 or more.")
    return threads


def in_order(
    work: Callable[[Item], Result], items: Iterable[Item], threads: int
) -> Iterator[Result]:
    """Do the same with each item, several at a time, and give the results in the items' order.

    Parameters
    ----------
    work
        Called with one item; it must release the interpreter's lock to gain from threads.
    items
        Taken one by one as there is room: at most one item more than there are threads is ahead of
        the result that is given next, so that memory does not grow with their number.
    threads
        Threads; with 1 everything happens in the caller's.

    Yields
    ------
    Result
        In the order of the items. An error of one item is raised in its place, and nothing of the
        later ones is started any more.
    """
    if threads == 1:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="atrasig") as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
