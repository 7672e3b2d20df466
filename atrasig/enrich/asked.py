"""What is asked of a contrast, and what is answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from atrasig.enrich.designs import SkippedContrast
from atrasig.enrich.differential import BATCH, Differential
from atrasig.enrich.prerank import Progress


@dataclass(frozen=True)
class ContrastTest:
    """How contrasts are tested.

    Parameters
    ----------
    differential
        Test of the genes; see :func:`atrasig.enrich.differential.compare`.
    covariates
        Columns of the sheet that enter the model beside the patients.
    permutations, seed, min_size, max_size, threads, progress
        See :func:`atrasig.enrich.prerank.prerank`.
    """

    differential: Differential = "auto"
    covariates: Sequence[str] = (BATCH,)
    permutations: int = 1000
    seed: int = 1
    min_size: int = 5
    max_size: int = 1000
    threads: int = 1
    progress: Progress = list


@dataclass(frozen=True)
class ContrastDesign:
    """What a tested contrast compared.

    Parameters
    ----------
    contrast
        Name of the contrast.
    metric
        Statistic that ranked the genes.
    n_first, n_second
        Samples on each side.
    n_genes
        Genes ranked.
    n_missing
        Genes of the universe left out because a sample lacks them.
    n_constant
        Genes of the universe left out because they are the same in all samples.
    covariates
        Columns of the sheet in the model; ``patient`` where the sides are compared within patients.
    notes
        What a reader must know about the test.
    """

    contrast: str
    metric: str
    n_first: int
    n_second: int
    n_genes: int
    n_missing: int
    n_constant: int
    covariates: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """What was compared, in a sentence."""
        model = f", model with {' and '.join(self.covariates)}" if self.covariates else ""
        return "; ".join(
            (
                f"{self.metric}, {self.n_first} against {self.n_second} samples{model}",
                f"{self.n_genes} genes tested, {self.n_missing} left out that a sample lacks and "
                f"{self.n_constant} that never vary",
                *self.notes,
            )
        )


@dataclass(frozen=True)
class ContrastResult:
    """Enrichment of all contrasts.

    Parameters
    ----------
    table
        Enrichment table, scope ``contrast``: sets along the ranked genes.
    differential
        Differential expression, one row a contrast and tested gene
        (:data:`atrasig.enrich.differential.COLUMNS`).
    lists
        Over-representation of the sets among the genes that rise and that fall.
    designs
        What each tested contrast compared.
    skipped
        Contrasts that the sheet suggests but cannot carry, with reasons.
    """

    table: pd.DataFrame
    differential: pd.DataFrame
    lists: pd.DataFrame
    designs: tuple[ContrastDesign, ...]
    skipped: tuple[SkippedContrast, ...]
