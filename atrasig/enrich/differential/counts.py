"""DESeq2 on counts, by PyDESeq2.

Love et al. 2014, doi:10.1186/s13059-014-0550-8; Muzellec et al. 2023,
doi:10.1093/bioinformatics/btad547. About 3 ms a gene on one core for six samples.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atrasig.enrich.differential.design import SIDE
from atrasig.enrich.differential.linear import LEVEL, Effects
from atrasig.scoring.arrays import Array

OUTLIER = "an outlying count decides (Cook's distance)"
LOW = "mean count too low to be found (independent filtering)"


@dataclass(frozen=True)
class CountEffects:
    """What DESeq2 finds.

    Parameters
    ----------
    effects
        Wald tests; p is NaN where `reasons` names an outlier.
    q
        Shape (genes,): Benjamini-Hochberg over the genes that pass independent filtering.
    reasons
        Shape (genes,): why p or q is NaN; empty elsewhere.
    notes
        What PyDESeq2 warned of.
    """

    effects: Effects
    q: Array
    reasons: NDArray[np.object_]
    notes: tuple[str, ...]


def count_effects(
    counts: NDArray[np.int64], design: Array, names: Sequence[str], alpha: float = 0.05
) -> CountEffects:
    """Test each gene for a difference of counts.

    Parameters
    ----------
    counts
        Shape (samples, genes): whole counts, no gene all zero.
    design
        Shape (samples, coefficients), full rank; the second coefficient is tested.
    names
        Names of the coefficients.
    alpha
        False discovery rate that independent filtering is optimised for.

    Returns
    -------
    CountEffects
        log2 fold changes are not shrunk; intervals are normal ones.
    """
    from scipy.special import ndtri
    from threadpoolctl import threadpool_limits

    # Threads of BLAS make PyDESeq2's many small products five times slower.
    with warnings.catch_warnings(record=True) as caught, threadpool_limits(1):
        warnings.simplefilter("always")
        found, p = _wald(counts, design, names, alpha)
    log2fc, se = (np.asarray(found[name], float) for name in ("log2FoldChange", "lfcSE"))
    q = np.asarray(found["padj"], float)
    margin = float(ndtri((1 + LEVEL) / 2)) * se
    statistic = np.asarray(found["stat"], float)
    reasons = np.full(q.size, "", dtype=object)
    reasons[np.isnan(q)] = LOW
    reasons[np.isnan(p)] = OUTLIER
    notes = tuple(
        dict.fromkeys(
            " ".join(str(warning.message).split())
            for warning in caught
            if warning.category in (UserWarning, RuntimeWarning)
        )
    )
    effects = Effects(log2fc, se, log2fc - margin, log2fc + margin, statistic, p)
    return CountEffects(effects, q, reasons, notes)


def _wald(
    counts: NDArray[np.int64], design: Array, names: Sequence[str], alpha: float
) -> tuple[pd.DataFrame, Array]:
    """Run PyDESeq2: its table of results, and p with NaN for outliers."""
    from pydeseq2.dds import DeseqDataSet
    from pydeseq2.default_inference import DefaultInference
    from pydeseq2.ds import DeseqStats

    samples = [f"S{place}" for place in range(counts.shape[0])]
    genes = [f"G{place}" for place in range(counts.shape[1])]
    inference = DefaultInference(n_cpus=1)
    data = DeseqDataSet(
        counts=pd.DataFrame(counts, index=samples, columns=genes),
        metadata=pd.DataFrame({"sample": samples}, index=samples),
        design=pd.DataFrame(design, index=samples, columns=list(names)),
        inference=inference,
        quiet=True,
    )
    data.deseq2()
    contrast = np.eye(design.shape[1])[SIDE]
    stats = DeseqStats(data, contrast=contrast, alpha=alpha, inference=inference, quiet=True)
    stats.summary()
    table: pd.DataFrame = stats.results_df
    return table, np.asarray(table["pvalue"], float)
