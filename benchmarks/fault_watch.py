"""What the jobs of a run take, looked at from outside while they are disturbed."""

from __future__ import annotations

import contextlib
from pathlib import Path
from threading import Event, Thread

from benchmarks.fault_place import Place, cpu_seconds
from benchmarks.fault_rules import RULES

_LOOK_SECONDS = 0.2


class Watch:
    """Notes processor seconds and memory of the jobs in a folder until its block ends."""

    def __init__(self, place: Place) -> None:
        self.peak_mb = 0.0
        """Resident memory of the largest job."""
        self.cpu: dict[str, float] = {}
        """Processor seconds of the longest job of each rule."""
        self._place = place
        self._over = Event()
        self._thread = Thread(target=self._look)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            for job in self._place.jobs():
                self.peak_mb = max(self.peak_mb, _peak_mb(job))
                spent = cpu_seconds([job])
                words = self._place.words_of(job)
                for rule, known in RULES.items():
                    if words.issuperset(known.words):
                        self.cpu[rule] = max(spent, self.cpu.get(rule, 0.0))


def _peak_mb(process: int) -> float:
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
        for line in lines:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    return 0.0
