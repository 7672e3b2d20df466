"""How the loops are compiled: when first called, once a machine, without holding the GIL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(loop: Loop) -> Loop:
    """Compile a loop when it is first called, and keep the result on disk.

    The cache lies beside the source, or in the user's cache folder where that is not writable
    (``NUMBA_CACHE_DIR`` names another). Where no folder can be written, each process compiles anew.

    Parameters
    ----------
    loop
        Function over numpy arrays in the subset of Python that numba compiles.
    """
    try:
        kernel: Any = njit(nogil=True, cache=True, error_model="numpy")(loop)
    except RuntimeError:  # numba finds no folder for its cache
        kernel = njit(nogil=True, error_model="numpy")(loop)
    return cast(Loop, kernel)
