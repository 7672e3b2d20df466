"""Compute the frozen reference of a rule from a cohort: values of a gene, typical ranks of others.

Prints the block ``frozen`` of a condition (``signatures/models/aml_rara_high.yaml``) and, with
``--table``, writes the table beside the artefact: the median rank of 1,000 coding genes, evenly
spaced by name, by which a sample is told to be like the cohort.

Usage: python scripts/rule_reference.py COUNTS.tsv.gz --gene RARA [--without SAMPLE ...]
       [--table signatures/models/TABLE.tsv]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import yaml

from atrasig.harmonisation import harmonise
from atrasig.io import read_expression
from atrasig.prediction.sample import DeclaredContext, view_samples
from atrasig.scoring.universe import select_universe

DIGITS = 4
N_TYPICAL = 1_000


def ranks_of(matrix: Path, without: list[str]) -> tuple[list[str], np.ndarray, str]:
    """Genes, normalised ranks (samples, genes) and platform class of a cohort."""
    expr = harmonise(read_expression(matrix))
    universe = select_universe(expr, "coding")
    kept = [name for name in expr.obs_names if name not in without]
    views = view_samples(expr, universe, DeclaredContext(), kept)
    ranks = np.array([view.ranks for view in views])
    return list(universe.symbols), ranks, str(expr.uns["atrasig"]["platform"])


def frozen_values(genes: list[str], ranks: np.ndarray, gene: str) -> list[float]:
    """Values of one gene in the cohort, ascending."""
    return np.sort(np.round(ranks[:, genes.index(gene)], DIGITS)).tolist()


def typical_rows(genes: list[str], ranks: np.ndarray) -> list[tuple[str, float]]:
    """Median rank of evenly spaced genes among those that every sample measures."""
    medians = dict(zip(genes, np.median(ranks, axis=0), strict=True))
    known = sorted(gene for gene, median in medians.items() if not np.isnan(median))
    places = np.linspace(0, len(known) - 1, N_TYPICAL).round().astype(int)
    return [(known[i], round(float(medians[known[i]]), DIGITS)) for i in places]


def main() -> None:
    """Print the values as YAML, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("matrix", type=Path)
    parser.add_argument("--gene", required=True)
    parser.add_argument("--without", action="append", default=[])
    parser.add_argument("--table", type=Path)
    arguments = parser.parse_args()
    genes, ranks, platform = ranks_of(arguments.matrix, arguments.without)
    values = frozen_values(genes, ranks, arguments.gene)
    print(yaml.safe_dump({"frozen": {platform: values}}, default_flow_style=None), end="")
    if arguments.table:
        lines = [f"gene\ttypical_{platform}"]
        lines += [f"{gene}\t{median:.{DIGITS}f}" for gene, median in typical_rows(genes, ranks)]
        arguments.table.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
