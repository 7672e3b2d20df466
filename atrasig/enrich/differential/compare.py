"""One contrast of a harmonised matrix, gene by gene, by DESeq2 or by moderated linear models."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atrasig.enrich.differential.counts import count_effects
from atrasig.enrich.differential.design import Design
from atrasig.enrich.differential.linear import Effects, moderated_effects
from atrasig.errors import InputError, UsageError
from atrasig.scoring.arrays import Array
from atrasig.scoring.blocks import dense_values, platform_of, sample_positions, take_rows
from atrasig.scoring.tables import benjamini_hochberg
from atrasig.scoring.universe import Universe

if TYPE_CHECKING:
    from anndata import AnnData

Differential = Literal["auto", "linear", "deseq2"]
COLUMNS = (
    "contrast", "gene", "test", "mean", "log2fc", "se", "low", "high", "statistic", "p", "q",
    "reason",
)  # fmt: skip
WALD, MODERATED, PAIRED = "DESeq2 Wald", "moderated t", "paired moderated t"
_WITH_TREND = frozenset({"rnaseq_counts", "rnaseq_normalised", "single_cell_pseudobulk"})


@dataclass(frozen=True)
class Comparison:
    """Differential expression of one contrast.

    Parameters
    ----------
    table
        One row a tested gene, ordered by symbol, with all columns of ``COLUMNS``.
    test
        Which test.
    n_missing, n_constant
        Genes left out: a sample lacks them; the same in all samples (all zero, as a rule).
    notes
        What a reader must know about the test.
    """

    table: pd.DataFrame
    test: str
    n_missing: int
    n_constant: int
    notes: tuple[str, ...]


def compare(
    expr: AnnData, design: Design, genes: Universe, differential: Differential = "auto"
) -> Comparison:
    """Test every gene for a difference between the sides of a contrast.

    Parameters
    ----------
    expr
        Harmonised matrix, samples x genes, log2 scale, NaN where not measured; DESeq2 takes
        ``layers["counts"]``.
    design
        Samples and linear model.
    genes
        Genes considered.
    differential
        ``deseq2``; ``linear``, linear models of log2 values with moderated variance, whose prior
        follows the mean expression in sequencing; ``auto``, DESeq2 where there are counts.

    Returns
    -------
    Comparison
        ``log2fc`` positive where higher in the first side; ``low`` and ``high`` its 95 % interval;
        ``mean`` the mean log2 value; ``q`` Benjamini-Hochberg over the genes of the contrast.

    Raises
    ------
    InputError
        If a value is infinite, fewer than two genes are left, or replicates do not vary.
    UsageError
        If DESeq2 is asked for and the matrix has no counts.
    """
    where = f"contrast {design.contrast.name}"
    positions = sample_positions(expr, design.samples)
    values = dense_values(expr, positions, genes)
    counts = _counts(expr, positions, genes) if _wants_counts(expr, differential) else None
    _require_finite(values, where)
    missing = np.isnan(values).any(axis=0)
    constant = ~missing & (values == values[0]).all(axis=0)
    if counts is not None:
        missing |= np.isnan(counts).any(axis=0)
        constant |= ~missing & (counts == 0).all(axis=0)
    used = ~missing & ~constant
    if used.sum() < 2:
        raise InputError(
            f"{int(used.sum())} genes are measured in all samples and vary",
            where=where,
            fix="Leave out the samples that lack most genes.",
        )
    values = values[:, used]
    if counts is None:
        trend = platform_of(expr) in _WITH_TREND
        effects, prior = moderated_effects(
            values, design.fixed, trend=trend, patients=design.patients
        )
        found = _tested(effects, benjamini_hochberg(effects.p))
        test, notes = PAIRED if design.is_paired else MODERATED, [_of_prior(prior.df, trend=trend)]
    else:
        whole, notes = _whole(counts[:, used])
        result = count_effects(whole, design.matrix, design.names)
        found = _tested(result.effects, result.q, result.reasons)
        test, notes = WALD, [*notes, *result.notes]
    table = found.assign(
        contrast=design.contrast.name,
        gene=genes.symbols[used].astype(str),
        test=test,
        mean=values.mean(axis=0),
    )[list(COLUMNS)]
    return Comparison(table, test, int(missing.sum()), int(constant.sum()), (*design.notes, *notes))


def differential_table(tables: Iterable[pd.DataFrame] = ()) -> pd.DataFrame:
    """Stack the tables of contrasts; none gives an empty table with its columns."""
    listed = list(tables)
    if listed:
        return pd.concat(listed, ignore_index=True)
    texts = {"contrast", "gene", "test", "reason"}
    return pd.DataFrame(
        {name: pd.Series(dtype=object if name in texts else np.float64) for name in COLUMNS}
    )


def _wants_counts(expr: AnnData, differential: Differential) -> bool:
    there = "counts" in expr.layers
    if differential == "deseq2" and not there:
        raise UsageError(
            "DESeq2 needs counts, and this matrix has none",
            fix="Give raw counts, or use the linear model.",
        )
    return differential != "linear" and there


def _counts(expr: AnnData, positions: NDArray[np.intp], genes: Universe) -> Array:
    chosen = take_rows(expr.layers["counts"], positions)[:, genes.positions]
    dense = chosen if isinstance(chosen, np.ndarray) else chosen.toarray()
    return np.asarray(dense, dtype=np.float64)


def _whole(counts: Array) -> tuple[NDArray[np.int64], list[str]]:
    """Round estimated counts, and say how many were no whole numbers."""
    rounded = np.rint(counts)
    n_rounded = int((rounded != counts).sum())
    note = f"{n_rounded} of {counts.size} counts were rounded to whole numbers"
    return rounded.astype(np.int64), [note] if n_rounded else []


def _require_finite(values: Array, where: str) -> None:
    if np.isinf(values).any():
        raise InputError(
            "An expression value is infinite",
            where=where,
            fix="Check the scale of the matrix: log2 of zero needs a pseudocount.",
        )


def _tested(effects: Effects, q: Array, reasons: NDArray[np.object_] | None = None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "log2fc": effects.log2fc,
            "se": effects.se,
            "low": effects.low,
            "high": effects.high,
            "statistic": effects.statistic,
            "p": effects.p,
            "q": q,
            "reason": "" if reasons is None else reasons,
        }
    )


def _of_prior(df: float, *, trend: bool) -> str:
    kind = "that follows the mean expression" if trend else "shared by all genes"
    return f"variances moderated by a prior {kind}, {df:.1f} degrees of freedom"
