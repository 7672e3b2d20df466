"""Enrichment of gene sets in a contrast of two groups of samples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atrasig.enrich.asked import ContrastDesign, ContrastResult, ContrastTest
from atrasig.enrich.designs import (
    Contrast,
    SkippedContrast,
    automatic_contrasts,
    named_contrast,
)
from atrasig.enrich.differential import (
    BATCH,
    Differential,
    compare,
    contrast_design,
    differential_table,
)
from atrasig.enrich.lists import LIST_COLUMNS, list_table, over_represented
from atrasig.enrich.parts import SetPart, enrichment_table, set_parts
from atrasig.enrich.prerank import Progress, prerank
from atrasig.errors import InputError
from atrasig.scoring.blocks import platform_of
from atrasig.scoring.method import RELATIVE
from atrasig.scoring.universe import Universe, select_universe

if TYPE_CHECKING:
    from anndata import AnnData

    from atrasig.signatures import Signature

ONE_SIDED = "fewer than ten random sets have a score of the same sign"


@dataclass(frozen=True)
class _Tested:
    """Tables of one contrast."""

    table: pd.DataFrame
    differential: pd.DataFrame
    lists: pd.DataFrame
    design: ContrastDesign


def enrich_contrasts(
    expr: AnnData,
    signatures: Iterable[Signature] | None = None,
    contrasts: Sequence[str] | None = None,
    *,
    universe: str | Sequence[str] = "coding",
    differential: Differential = "auto",
    covariates: Sequence[str] = (BATCH,),
    permutations: int = 1000,
    seed: int = 1,
    min_size: int = 5,
    max_size: int = 1000,
    threads: int = 1,
    progress: Progress = list,
) -> ContrastResult:
    """Test which genes and which sets change between groups of samples.

    Genes are tested by DESeq2 or by moderated linear models
    (:func:`atrasig.enrich.differential.compare`), within patients where all of them have samples on
    both sides, ranked by that statistic, and sets tested along the ranking
    (:func:`atrasig.enrich.prerank.prerank`) and among the changed genes
    (:func:`atrasig.enrich.lists.over_represented`). Both ignore gene-gene correlation, and a
    normalised score (NES) belongs to this cohort: it is no property of one of its samples.

    Parameters
    ----------
    expr
        Harmonised matrix, samples x genes, log2 scale, NaN where not measured; ``obs`` holds
        ``timepoint``, ``group``, ``patient`` and ``batch`` where known.
    signatures
        Signatures to test; by default the shipped ones and those of the user's library.
    contrasts
        Contrasts such as ``"exposed vs baseline"`` or ``"A vs rest"``; all that the sheet allows
        by default.
    universe
        Genes tested: ``coding``, ``all`` or a list of symbols. Of these, genes that a sample of
        the contrast lacks and genes that never vary are left out and counted.
    differential, covariates
        How genes are tested; see :class:`ContrastTest`.
    permutations, seed, min_size, max_size, threads, progress
        See :func:`atrasig.enrich.prerank.prerank`.
    progress
        Wraps the sets of a contrast, some hundred at a time, such as a progress bar.

    Returns
    -------
    ContrastResult
        ``table`` has one row a contrast, signature and direction (``scope`` is ``contrast``,
        ``sample`` empty, ``z`` NaN). A part outside the size limits keeps its row with NaN and a
        ``reason``, and so do all parts where the values are no expression (z-scores, log ratios).

    Raises
    ------
    UsageError
        If a named contrast does not fit the sheet or has fewer than two samples a side.
    InputError
        If a named contrast is confounded with a covariate or has values that cannot be tested.
    """
    if signatures is None:
        from atrasig.signatures import load_with_shipped

        signatures = load_with_shipped()
    parts = set_parts(signatures)
    formed, skipped = _choose(expr.obs, contrasts)
    genes = select_universe(expr, universe)
    how = ContrastTest(
        differential, covariates, permutations, seed, min_size, max_size, threads, progress
    )
    refusal = _refusal(platform_of(expr))
    if refusal:
        blank = [_refused_table(parts, contrast.name, refusal) for contrast in formed]
        return ContrastResult(
            enrichment_table(blank), differential_table(), list_table(), (), skipped
        )
    found: list[_Tested] = []
    for contrast in formed:
        try:
            found.append(_tested(expr, contrast, parts, genes, how))
        except InputError as error:
            if contrasts is not None:
                raise
            skipped += (SkippedContrast(contrast.name, error.what),)
    return ContrastResult(
        enrichment_table(one.table for one in found),
        differential_table(one.differential for one in found),
        list_table(one.lists for one in found),
        tuple(one.design for one in found),
        skipped,
    )


def _tested(
    expr: AnnData, contrast: Contrast, parts: Sequence[SetPart], genes: Universe, how: ContrastTest
) -> _Tested:
    """Differential expression of a contrast, and the sets along and among its genes."""
    design = contrast_design(expr.obs, contrast, how.covariates)
    found = compare(expr, design, genes, how.differential)
    sets = {_key(part): part.genes for part in parts}
    along = prerank(
        found.table.set_index("gene")["statistic"],
        sets,
        permutations=how.permutations,
        seed=how.seed,
        min_size=how.min_size,
        max_size=how.max_size,
        threads=how.threads,
        progress=how.progress,
    )
    among = over_represented(found.table, sets, how.min_size, how.max_size)
    facts = ContrastDesign(
        contrast=contrast.name,
        metric=found.test,
        n_first=len(contrast.first),
        n_second=len(contrast.second),
        n_genes=len(found.table),
        n_missing=found.n_missing,
        n_constant=found.n_constant,
        covariates=design.covariates,
        notes=found.notes,
    )
    limits = f"needs {how.min_size} to {how.max_size}"
    keyed = pd.DataFrame(
        {
            "set": [_key(part) for part in parts],
            "signature": [part.signature for part in parts],
            "direction": [part.direction for part in parts],
            "n_genes": [len(part.genes) for part in parts],
        }
    )
    listed = keyed.merge(among, on="set").assign(contrast=contrast.name)[list(LIST_COLUMNS)]
    return _Tested(_contrast_table(parts, facts, along, limits), found.table, listed, facts)


def _choose(
    obs: pd.DataFrame, contrasts: Sequence[str] | None
) -> tuple[tuple[Contrast, ...], tuple[SkippedContrast, ...]]:
    if contrasts is None:
        return automatic_contrasts(obs)
    named = [named_contrast(obs, text) for text in contrasts]
    return tuple(dict.fromkeys(named)), ()


def _key(part: SetPart) -> str:
    return f"{part.signature}|{part.direction}"


def _refusal(platform: str) -> str:
    """Why the values of a platform class are not compared between groups, empty where they are."""
    if platform not in RELATIVE:
        return ""
    return f"groups are compared by their log2 expression, and {RELATIVE[platform]}"


def _contrast_table(
    parts: Sequence[SetPart], design: ContrastDesign, tested: pd.DataFrame, limits: str
) -> pd.DataFrame:
    rows = tested.loc[[_key(part) for part in parts]].reset_index(drop=True)
    outside, one_sided = rows["es"].isna(), rows["es"].notna() & rows["nes"].isna()
    reasons = rows["n_matched"].map("{} genes ranked; ".format) + limits
    reasons = reasons.where(outside, "").mask(one_sided, ONE_SIDED)
    return rows.assign(**_columns(parts, design.contrast), metric=design.metric, reason=reasons)


def _refused_table(parts: Sequence[SetPart], contrast: str, reason: str) -> pd.DataFrame:
    blank = dict.fromkeys(("es", "nes", "p", "q"), np.nan) | {"n_matched": 0, "leading_edge": ""}
    rows = pd.DataFrame(blank, index=range(len(parts)))
    return rows.assign(**_columns(parts, contrast), metric="", reason=reason)


def _columns(parts: Sequence[SetPart], contrast: str) -> dict[str, Any]:
    return {
        "scope": "contrast",
        "sample": "",
        "contrast": contrast,
        "signature": [part.signature for part in parts],
        "direction": [part.direction for part in parts],
        "z": np.nan,
        "n_genes": [len(part.genes) for part in parts],
    }
