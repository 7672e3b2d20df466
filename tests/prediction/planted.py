"""Simulated cohorts in which a known few genes go with the response. Not evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atrasig.genes import load_gene_table
from tests.prediction.making import make_expr

if TYPE_CHECKING:
    from anndata import AnnData

N_PLANTED = 12


@dataclass(frozen=True)
class Cohort:
    """Counts (samples x genes) and a table of the samples."""

    counts: pd.DataFrame
    table: pd.DataFrame
    planted: tuple[str, ...]

    @property
    def expr(self) -> AnnData:
        logs = np.log2(self.counts.div(self.counts.sum(axis=1), axis=0).to_numpy() * 1e6 + 1)
        columns: dict[str, Any] = {name: list(self.table[name]) for name in self.table}
        return make_expr(
            logs, columns, samples=list(self.counts.index), genes=list(self.counts.columns),
        )  # fmt: skip


def plant(n_samples: int = 60, seed: int = 1, effect: float = 1.0, spacing: int = 60) -> Cohort:
    """Draw counts of real gene names; twelve genes move with a latent response.

    Half of them go up with it, half down; `effect` is in standard deviations of a gene's noise.
    """
    random = np.random.default_rng(seed)
    genes = sorted(load_gene_table().coding)[::spacing]
    latent = random.normal(size=n_samples)
    logs = random.normal(4, 2, len(genes)) + random.normal(0, 0.5, (n_samples, len(genes)))
    places = np.linspace(0, len(genes) - 1, N_PLANTED).astype(int)
    signs = np.where(np.arange(N_PLANTED) % 2, 1.0, -1.0)
    logs[:, places] += 0.5 * effect * latent[:, None] * signs
    names = [f"S{place:03d}" for place in range(n_samples)]
    counts = pd.DataFrame(random.poisson(np.exp(logs) * 200), index=names, columns=genes)
    response = latent + random.normal(0, 0.3, n_samples)
    table = pd.DataFrame(
        {
            "LN": np.round(response, 4),
            "label": np.where(response > np.median(response), "R", "N"),
            "study": [f"study_{place % 3}" for place in range(n_samples)],
            "disease": "AML",
            "material": "cell line",
        },
        index=names,
    )
    return Cohort(counts, table, tuple(genes[place] for place in places))
