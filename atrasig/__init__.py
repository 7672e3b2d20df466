"""Scores and calls of ATRA sensitivity and response from transcriptomes. Research use only."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from atrasig._version import __version__

if TYPE_CHECKING:
    from atrasig import tl
    from atrasig.association import associate
    from atrasig.enrich import enrich_contrasts, enrich_samples
    from atrasig.evidence import find_hypotheses
    from atrasig.harmonisation import harmonise
    from atrasig.io import read_expression
    from atrasig.prediction import load_models, predict
    from atrasig.prediction.building import fit
    from atrasig.prediction.pairs import compare_pairs
    from atrasig.prediction.validation import validate
    from atrasig.scoring import score
    from atrasig.sheet import read_sheet
    from atrasig.signatures import load_signatures
    from atrasig.singlecell import annotate_cells, filter_cells, label_cells, pseudobulk
    from atrasig.targets import find_targets

__all__ = [
    "__version__",
    "annotate_cells",
    "associate",
    "compare_pairs",
    "enrich_contrasts",
    "enrich_samples",
    "filter_cells",
    "find_hypotheses",
    "find_targets",
    "fit",
    "harmonise",
    "label_cells",
    "load_models",
    "load_signatures",
    "predict",
    "pseudobulk",
    "read_expression",
    "read_sheet",
    "score",
    "tl",
    "validate",
]

_HOME = {
    "annotate_cells": "atrasig.singlecell",
    "associate": "atrasig.association",
    "compare_pairs": "atrasig.prediction.pairs",
    "enrich_contrasts": "atrasig.enrich",
    "enrich_samples": "atrasig.enrich",
    "filter_cells": "atrasig.singlecell",
    "find_hypotheses": "atrasig.evidence",
    "find_targets": "atrasig.targets",
    "fit": "atrasig.prediction.building",
    "harmonise": "atrasig.harmonisation",
    "label_cells": "atrasig.singlecell",
    "load_models": "atrasig.prediction",
    "load_signatures": "atrasig.signatures",
    "predict": "atrasig.prediction",
    "pseudobulk": "atrasig.singlecell",
    "read_expression": "atrasig.io",
    "read_sheet": "atrasig.sheet",
    "score": "atrasig.scoring",
    "tl": "atrasig.tl",
    "validate": "atrasig.prediction.validation",
}


def __getattr__(name: str) -> Any:
    """Import a public function when it is first used, so that ``import atrasig`` stays light."""
    if name not in _HOME:
        raise AttributeError(f"module 'atrasig' has no attribute {name!r}")
    home = import_module(_HOME[name])
    value = home if home.__name__ == f"{__name__}.{name}" else getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Public names."""
    return sorted(__all__)
