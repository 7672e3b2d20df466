"""Calls of atrasig."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.tools.common import Loaded, Tool

if TYPE_CHECKING:
    from atrasig.scoring.run import Layout


def ours(name: str) -> Tool:
    """Return the call of a method: ``ssgsea``, or ``ssgsea/tidy`` for the table with p values."""
    import atrasig

    method, _, told = name.partition("/")
    layout: Layout = "tidy" if told == "tidy" else "wide"

    def call(prepared: Any) -> Any:
        expr, signatures = prepared
        return atrasig.score(
            expr, signatures, method=method, universe="all", layout=layout, threads=1
        )

    def collect(loaded: Loaded, prepared: Any, result: Any) -> np.ndarray:
        if layout == "tidy":
            wide = result.pivot(index="sample", columns="signature", values="score")
        else:
            wide = result[method]
        return loaded.table(wide)

    return Tool(prepare, call, collect)


def prepare(loaded: Loaded) -> Any:
    """Return an AnnData and the signatures, read from a GMT file as a user's are."""
    import atrasig

    with tempfile.TemporaryDirectory() as folder:
        gmt = Path(folder) / "sets.gmt"
        lines = ("\t".join([name, "simulated", *genes]) for name, genes in loaded.sets.items())
        gmt.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return loaded.anndata(), atrasig.load_signatures([gmt])
