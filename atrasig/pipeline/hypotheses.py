"""The stage that holds each sample against the evidence on combinations, file to file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from atrasig.failures import Failure, failures_in
from atrasig.files import write_parquet
from atrasig.pipeline.by_sample import Block, Tables, block_samples, sample_names, tables_by_sample
from atrasig.pipeline.opened import open_h5ad

if TYPE_CHECKING:
    import pandas as pd

    from atrasig.evidence import SampleHypotheses


def hypotheses(
    expr: Path,
    out: Path,
    summaries: Path,
    *,
    block: Block | None = None,
    strict: bool = False,
) -> list[Failure]:
    """Find combination hypotheses for a block of samples, the whole matrix being the cohort.

    Parameters
    ----------
    expr
        Harmonised matrix; its samples, or its declared baselines, are the reference.
    out
        Table to write, one row a sample, combination and marker gene.
    summaries
        Table to write, one row a sample, also of samples that nothing fits.
    block
        Samples to judge, all by default.
    strict
        Raise where one sample fails.

    Returns
    -------
    list of Failure
        Samples that were set aside.
    """
    from atrasig.evidence import find_hypotheses, hypotheses_table

    with open_h5ad(expr) as adata:

        def make(samples: list[str]) -> Tables:
            found = find_hypotheses(adata, samples=samples)
            return summaries_table(found), hypotheses_table(found)

        own, every = block_samples(adata, block), sample_names(adata)
        summed, rows = tables_by_sample(make, own, every, "hypotheses", strict=strict)
    write_parquet(summaries, summed)
    write_parquet(out, rows)
    return failures_in(summed)


def summaries_table(found: Sequence[SampleHypotheses]) -> pd.DataFrame:
    """Sum up the hypotheses of each sample in one row.

    Parameters
    ----------
    found
        Results of :func:`atrasig.evidence.find_hypotheses`.

    Returns
    -------
    pandas.DataFrame
        ``sample``; ``disease`` (vocabulary id); ``share`` (outermost share of a reference that is
        asked); ``n_fitting``, ``n_supported``, ``n_tested`` (combinations); ``expected_false``
        (hypotheses expected by chance, at most); ``summary``.
    """
    import pandas as pd

    rows = [
        {
            "sample": one.sample,
            "disease": one.disease,
            "share": one.share,
            "n_fitting": len(one.entries),
            "n_supported": len(one.supported),
            "n_tested": one.n_tested,
            "expected_false": one.expected_false,
            "summary": one.summary,
        }
        for one in found
    ]
    return pd.DataFrame(rows)
