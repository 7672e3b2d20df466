"""What a run says of the samples that failed: a table, flags, a summary."""

from __future__ import annotations

import csv
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from atrasig.errors import OutputError
from atrasig.failures import Failure, failure_rows, failures_of, summary
from atrasig.files import write_tsv

if TYPE_CHECKING:
    from anndata import AnnData

_SHOWN = 5
_TABLE = "failures.tsv"


def failed_samples(
    matrices: Sequence[AnnData], reported: Collection[str], results: Path
) -> list[tuple[str, Failure]]:
    """List the samples of a run that have no result, from the records of their failure.

    Parameters
    ----------
    matrices
        Harmonised matrices, in the order of the sheet.
    reported
        Names of the samples that have a result, with a page or without.
    results
        Results folder, which holds the records.

    Returns
    -------
    list of tuple
        Name of the matrix and failure.

    Raises
    ------
    OutputError
        If a sample has neither a result nor the record of a failure.
    """
    from atrasig.report.failure import read_failure

    found = []
    for matrix in matrices:
        name = str(matrix.uns["atrasig"]["matrix"])
        samples = [str(sample) for sample in matrix.obs_names]
        samples += [failure.sample for failure in failures_of(matrix)]
        for sample in samples:
            if sample in reported:
                continue
            record = read_failure(results, sample)
            if record is None:
                raise OutputError(
                    f"Sample {sample!r} has no result and no record of a failure",
                    where=str(results),
                    fix="Run the report stage again (snakemake --forcerun report).",
                )
            found.append((name, record))
    return found


def write_failures(failed: Sequence[tuple[str, Failure]], results: Path) -> None:
    """Write ``failures.tsv``; without failures it has a header only."""
    write_tsv(results / _TABLE, failure_rows(failed))


def failure_flags(failed: Sequence[tuple[str, Failure]]) -> pd.DataFrame:
    """Quality flags of samples without result, as :func:`atrasig.qc.flag_samples` gives them."""
    from atrasig.qc import FLAG_COLUMNS

    rows: list[dict[str, Any]] = [
        {
            "sample": failure.sample,
            "flag": "failed",
            "level": "fail",
            "value": failure.stage,
            "threshold": "every stage",
            "message": f"{failure.reason}.",
            "consequence": "The sample has no result.",
        }
        for _, failure in failed
    ]
    return pd.DataFrame(rows, columns=list(FLAG_COLUMNS), dtype=object)


def failure_summary(results: Path) -> str:
    """Say which samples of a finished run failed; empty if none did.

    Parameters
    ----------
    results
        Results folder.
    """
    failed = _rows(results / _TABLE)
    if not failed:
        return ""
    names = {row["sample"] for row in failed}
    n_samples = len(names | {row["sample"] for row in _rows(results / "calls.tsv")})
    lines = [f"{summary(len(names), n_samples)}:"]
    lines += [f"  {row['sample']} ({row['stage']}): {row['reason']}" for row in failed[:_SHOWN]]
    if len(failed) > _SHOWN:
        lines.append(f"  and {len(failed) - _SHOWN:,} more")
    return "\n".join([*lines, f"All of them, and what to do: {results / _TABLE}"])


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))
