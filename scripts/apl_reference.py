"""Compute the frozen figures of the APL-programme model from a labelled leukaemia cohort.

Prints the block ``platforms`` of ``signatures/models/apl_programme.yaml``.

Usage: python scripts/apl_reference.py COUNTS.tsv.gz --target SAMPLE [--target SAMPLE ...]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import yaml

from atrasig.harmonisation import harmonise
from atrasig.io import read_expression
from atrasig.prediction import load_models
from atrasig.prediction.contrast import contrast_value
from atrasig.prediction.kinds import SiblingContrastModel
from atrasig.prediction.sample import DeclaredContext, view_samples
from atrasig.scoring.universe import select_universe
from atrasig.signatures import load_signatures

DIGITS = 4


def contrast_table(matrix: Path) -> tuple[list[str], np.ndarray, str]:
    """Contrasts of every sample: names, values (samples, contrasts), platform class."""
    expr = harmonise(read_expression(matrix))
    universe = select_universe(expr, "coding")
    position = {gene: place for place, gene in enumerate(universe.symbols)}
    model = next(m for m in load_models() if isinstance(m, SiblingContrastModel))
    signatures = load_signatures()
    views = view_samples(expr, universe, DeclaredContext(), None)
    rows = []
    for view in views:
        found = [
            contrast_value(view.ranks, position, contrast, signatures, ("0" * 64, 0))
            for contrast in model.contrasts
        ]
        rows.append([np.nan if value is None else value.value for value in found])
    return [view.name for view in views], np.array(rows), str(expr.uns["atrasig"]["platform"])


def frozen_figures(values: np.ndarray, is_target: np.ndarray) -> dict[str, object]:
    """Figures of one platform class; a threshold is half way from the highest non-target."""
    others, targets = values[~is_target], values[is_target]
    highest = others.max(axis=0)
    return {
        "thresholds": np.round((highest + targets.min(axis=0)) / 2, DIGITS).tolist(),
        "non_target_q99": np.round(np.quantile(others, 0.99, axis=0), DIGITS).tolist(),
        "non_target_maximum": np.round(highest, DIGITS).tolist(),
        "target": np.round(targets.T, DIGITS).tolist(),
        "n_non_target": int((~is_target).sum()),
        "n_target": int(is_target.sum()),
    }


def main() -> None:
    """Print the figures as YAML."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("matrix", type=Path)
    parser.add_argument("--target", action="append", required=True)
    arguments = parser.parse_args()
    names, values, platform = contrast_table(arguments.matrix)
    is_target = np.isin(names, arguments.target)
    print(yaml.safe_dump({platform: frozen_figures(values, is_target)}, sort_keys=False), end="")


if __name__ == "__main__":
    main()
