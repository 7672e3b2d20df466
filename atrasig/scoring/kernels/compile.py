"""How the loops are compiled: when first called, once a machine, without holding the GIL."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit

Loop = TypeVar("Loop", bound=Callable[..., Any])


@cache
def sources_digest() -> str:
    """Digest of the sources of all loops, which changes when any of them does."""
    digest = sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def compiled(loop: Loop) -> Loop:
    """Compile a loop when it is first called, and keep the result on disk.

    The cache lies beside the source, or in the user's cache folder where that is not writable
    (``NUMBA_CACHE_DIR`` names another). Where no folder can be written, each process compiles anew.

    Parameters
    ----------
    loop
        Function over numpy arrays in the subset of Python that numba compiles.
    """
    name = loop.__qualname__
    # A compiled loop contains those it calls, but numba compiles it anew only when its own file
    # changes. Files of the cache are called after the loop, so the name makes it notice the others.
    loop.__qualname__ = f"{name}-{sources_digest()}"
    try:
        kernel: Any = njit(nogil=True, cache=True, error_model="numpy")(loop)
    except RuntimeError:  # numba finds no folder for its cache
        kernel = njit(nogil=True, error_model="numpy")(loop)
    finally:
        loop.__qualname__ = name
    kernel.__qualname__ = name
    return cast(Loop, kernel)
