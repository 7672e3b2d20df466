"""How much memory there is, and refusing what would not fit before it is loaded."""

from __future__ import annotations

import os
from pathlib import Path

from atrasig.errors import UsageError

SHARE = 0.25
"""Share of the memory that a matrix may take that has to be loaded whole: work on it takes more."""
_CGROUP_LIMITS = (
    "/sys/fs/cgroup/memory.max",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
)


def memory_bytes() -> int:
    """Bytes of memory of the machine, or of the job where its control group allows it less."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([machine, *filter(None, map(_limit, _CGROUP_LIMITS))])


def _limit(path: str) -> int:
    try:
        text = Path(path).read_text(encoding="ascii").strip()
    except OSError:
        return 0
    return int(text) if text.isdigit() else 0


def check_fits(n_bytes: float, why: str, *, fix: str) -> None:
    """Refuse what needs more than a quarter of the memory.

    Parameters
    ----------
    n_bytes
        Bytes it would take.
    why
        Why it has to be in memory as a whole, as the beginning of the message.
    fix
        What to do instead.

    Raises
    ------
    UsageError
        If it would not fit.
    """
    limit = SHARE * memory_bytes()
    if n_bytes > limit:
        raise UsageError(
            f"{why}: that takes {n_bytes / 1e9:.1f} GB, more than a quarter of the memory "
            f"({limit / 1e9:.1f} GB)",
            fix=fix,
        )
