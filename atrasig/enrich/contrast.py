"""Enrichment of gene sets in a contrast of two groups of samples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atrasig.enrich.designs import (
    Contrast,
    SkippedContrast,
    automatic_contrasts,
    named_contrast,
    pairs,
)
from atrasig.enrich.metric import sam_paired, sam_unpaired
from atrasig.enrich.parts import SetPart, enrichment_table, set_parts
from atrasig.enrich.prerank import prerank
from atrasig.errors import InputError
from atrasig.scoring.blocks import dense_values, platform_of, sample_positions
from atrasig.scoring.method import RELATIVE
from atrasig.scoring.universe import Universe, select_universe

if TYPE_CHECKING:
    from anndata import AnnData

    from atrasig.signatures import Signature

UNPAIRED = "moderated t (SAM)"
PAIRED = "paired moderated t (SAM)"


@dataclass(frozen=True)
class ContrastDesign:
    """What a tested contrast compared.

    Parameters
    ----------
    contrast
        Name of the contrast.
    metric
        Statistic that ranked the genes; the paired form where each patient gave one sample a side.
    n_first, n_second
        Samples on each side.
    n_genes
        Genes ranked.
    n_missing
        Genes of the universe left out because a sample lacks them.
    n_constant
        Genes of the universe left out because they are the same in all samples.
    """

    contrast: str
    metric: str
    n_first: int
    n_second: int
    n_genes: int
    n_missing: int
    n_constant: int


@dataclass(frozen=True)
class ContrastResult:
    """Enrichment of all contrasts.

    Parameters
    ----------
    table
        Enrichment table, scope ``contrast``.
    designs
        What each tested contrast compared.
    skipped
        Contrasts that the sheet suggests but cannot carry, with reasons.
    """

    table: pd.DataFrame
    designs: tuple[ContrastDesign, ...]
    skipped: tuple[SkippedContrast, ...]


def enrich_contrasts(
    expr: AnnData,
    signatures: Iterable[Signature] | None = None,
    contrasts: Sequence[str] | None = None,
    *,
    universe: str | Sequence[str] = "coding",
    permutations: int = 1000,
    seed: int = 1,
    min_size: int = 5,
    max_size: int = 1000,
) -> ContrastResult:
    """Test by GSEA which sets change between groups of samples.

    Genes are ranked by a moderated t (SAM; Tusher 2001, doi:10.1073/pnas.091062498) of log2
    values, within patients where exposed and baseline samples form complete pairs, and tested by
    :func:`atrasig.enrich.prerank.prerank`. Gene permutation ignores gene-gene correlation.

    Parameters
    ----------
    expr
        Harmonised matrix, samples x genes, log2 scale, NaN where not measured; ``obs`` holds
        ``timepoint``, ``group`` and ``patient`` where known.
    signatures
        Signatures to test; by default the shipped ones and those of the user's library.
    contrasts
        Contrasts such as ``"exposed vs baseline"`` or ``"A vs rest"``; all that the sheet allows
        by default.
    universe
        Genes ranked: ``coding``, ``all`` or a list of symbols. Of these, genes that a sample of
        the contrast lacks and genes that never vary are left out and counted.
    permutations, seed, min_size, max_size
        See :func:`atrasig.enrich.prerank.prerank`.

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
        If a named contrast has values that cannot be ranked.
    """
    if signatures is None:
        from atrasig.signatures import load_with_shipped

        signatures = load_with_shipped()
    parts = set_parts(signatures)
    formed, skipped = _choose(expr.obs, contrasts)
    genes = select_universe(expr, universe)
    sets = {_key(part): part.genes for part in parts}
    refusal = _refusal(platform_of(expr))
    frames, designs = [], []
    for contrast in formed:
        if refusal:
            frames.append(_refused_table(parts, contrast.name, refusal))
            continue
        try:
            metric, design = rank_genes(expr, contrast, genes)
            tested = prerank(
                metric,
                sets,
                permutations=permutations,
                seed=seed,
                min_size=min_size,
                max_size=max_size,
            )
        except InputError as error:
            if contrasts is not None:
                raise
            skipped += (SkippedContrast(contrast.name, error.what),)
            continue
        limits = f"needs {min_size} to {max_size}"
        frames.append(_contrast_table(parts, design, tested, limits))
        designs.append(design)
    return ContrastResult(enrichment_table(frames), tuple(designs), skipped)


def rank_genes(
    expr: AnnData, contrast: Contrast, genes: Universe
) -> tuple[pd.Series[float], ContrastDesign]:
    """Statistic of each gene in a contrast.

    Parameters
    ----------
    expr
        Harmonised matrix, samples x genes, log2 scale.
    contrast
        Samples of the two sides.
    genes
        Genes considered.

    Returns
    -------
    tuple of pandas.Series and ContrastDesign
        Moderated t indexed by symbol, for genes measured in all samples of the contrast and not
        constant over them; and the counts of what was used and left out.

    Raises
    ------
    InputError
        If a value is infinite, fewer than two genes are left, or replicates do not vary.
    """
    paired = pairs(expr.obs, contrast)
    sides = tuple(zip(*paired, strict=True)) if paired else (contrast.first, contrast.second)
    first, second = (dense_values(expr, sample_positions(expr, side), genes) for side in sides)
    both = np.vstack([first, second])
    if np.isinf(both).any():
        raise InputError(
            "An expression value is infinite",
            where=f"contrast {contrast.name}",
            fix="Check the scale of the matrix: log2 of zero needs a pseudocount.",
        )
    missing = np.isnan(both).any(axis=0)
    constant = ~missing & (both == both[0]).all(axis=0)
    used = ~missing & ~constant
    if used.sum() < 2:
        raise InputError(
            f"{int(used.sum())} genes are measured in all samples and vary",
            where=f"contrast {contrast.name}",
            fix="Leave out the samples that lack most genes.",
        )
    first, second = first[:, used], second[:, used]
    metric = sam_paired(first - second) if paired else sam_unpaired(first, second)
    design = ContrastDesign(
        contrast=contrast.name,
        metric=PAIRED if paired else UNPAIRED,
        n_first=len(contrast.first),
        n_second=len(contrast.second),
        n_genes=int(used.sum()),
        n_missing=int(missing.sum()),
        n_constant=int(constant.sum()),
    )
    return pd.Series(metric, index=pd.Index(genes.symbols[used])), design


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
    blank = rows["es"].isna()
    reasons = rows["n_matched"].map("{} genes ranked; ".format) + limits
    return rows.assign(
        **_columns(parts, design.contrast), metric=design.metric, reason=reasons.where(blank, "")
    )


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
