"""Samples that a run sets aside: who, at which stage, why, and how that travels between files."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from atrasig.errors import AtrasigError, InputError

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

Result = TypeVar("Result")
FAILURE_COLUMNS = ("sample", "matrix", "stage", "reason", "fix")
EXIT_FAILED_SAMPLES = 3
"""Exit code of a run that finished, but for samples that it set aside."""
_KEY = "failed"
_PROBES = 3
_SHORT_OF = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC, errno.EDQUOT})
_REPORT = "Read the log of the stage; if the values are sound, report it as a fault of atrasig."


@dataclass(frozen=True)
class Failure:
    """A sample without result.

    Parameters
    ----------
    sample
        Its name.
    stage
        Stage that could not take it: ``ingest``, ``harmonise``, ``score``, ...
    reason
        What is wrong, and where.
    fix
        What the user can do about it.
    """

    sample: str
    stage: str
    reason: str
    fix: str

    @classmethod
    def of(cls, sample: str, stage: str, error: Exception, *, folder: str = "") -> Failure:
        """Make the failure of an error.

        Parameters
        ----------
        sample, stage
            Who, and where in the run.
        error
            What was raised.
        folder
            Start of paths that is left out, so that results are the same wherever files lie.
        """
        if not isinstance(error, AtrasigError):
            return cls(sample, stage, _one_line(f"{type(error).__name__}: {error}"), _REPORT)
        where = (error.where or "").replace(folder, "") if folder else error.where
        place = f" ({where})" if where else ""
        return cls(
            sample, stage, _one_line(f"{error.what}{place}"), _one_line(error.fix or _REPORT)
        )


def failures_of(adata: AnnData) -> list[Failure]:
    """List the samples that were set aside on the way to a matrix."""
    return _from_text(adata.uns.get("atrasig", {}).get(_KEY, "[]"))


def told(failure: Failure) -> InputError:
    """Make an error of a failure that a stage before has set aside."""
    return InputError(f"Sample {failure.sample!r}: {failure.reason}", fix=failure.fix)


def with_failures(facts: Mapping[str, Any], failures: Sequence[Failure]) -> dict[str, Any]:
    """Add failures to the record of a matrix (``uns["atrasig"]``); none leaves it as it is."""
    return dict(facts) | ({_KEY: _to_text(failures)} if failures else {})


def failures_in(table: pd.DataFrame) -> list[Failure]:
    """List the samples that the stage which wrote a table set aside."""
    return _from_text(table.attrs.get(_KEY, "[]"))


def mark_failures(table: pd.DataFrame, failures: Sequence[Failure]) -> pd.DataFrame:
    """Note failures on a table, so that parquet carries them; none leaves it as it is."""
    if failures:
        table.attrs[_KEY] = _to_text(failures)
    return table


def summary(n_failed: int, n_samples: int) -> str:
    """Say how many of the samples of a run failed."""
    verb = "sample" if n_samples == 1 else "samples"
    return f"{n_failed:,} of {n_samples:,} {verb} failed"


def is_minority(n_failed: int, n_samples: int) -> bool:
    """Whether so few samples are at fault that the fault is theirs and not the matrix's."""
    return 2 * n_failed <= n_samples and n_failed < n_samples


def apart(
    run: Callable[[list[str]], Result],
    samples: Sequence[str],
    stage: str,
    *,
    others: Sequence[str] = (),
    among: int = 0,
    strict: bool = False,
) -> tuple[list[Result], list[Failure]]:
    """Run a stage for some samples; where it fails, find the samples for which it does.

    Parameters
    ----------
    run
        The stage. What it gives for a sample must not depend on which others it is given.
    samples
        Samples of the job; of none there is no result.
    stage
        Its name.
    others
        Samples of the matrix outside the job. Where no sample of the job passes, one of them
        tells whether the fault is the samples' or the stage's.
    among
        How many samples the matrix has, where the stage cannot be tried for those outside the
        job. A sample that is alone in its job is then at fault, unless it is alone in the matrix.
    strict
        Raise the first error.

    Returns
    -------
    results : list
        Of the samples that pass, in their order; one result where all pass.
    failures : list of Failure
        The others.

    Raises
    ------
    Exception
        What `run` raised, where the fault is not that of single samples: all fail, or the
        machine is short of memory, disk or file handles.
    """
    if not samples:
        return [], []
    try:
        return [run(list(samples))], []
    except Exception as error:
        if strict or not _may_be_of_a_sample(error):
            raise
        if len(samples) == 1 < among:
            return [], [Failure.of(samples[0], stage, error)]
        return _search(run, list(samples), stage, others, error)


def _search(
    run: Callable[[list[str]], Result],
    samples: list[str],
    stage: str,
    others: Sequence[str],
    first: Exception,
) -> tuple[list[Result], list[Failure]]:
    probes = [*samples[:: max(1, -(-len(samples) // _PROBES))], *others[:1]]
    if not any(_passes(run, [sample]) for sample in probes if [sample] != samples):
        raise first
    results: list[Result] = []
    failures: list[Failure] = []
    _descend(run, samples, stage, first, results, failures)
    return results, failures


def _descend(
    run: Callable[[list[str]], Result],
    part: list[str],
    stage: str,
    error: Exception,
    results: list[Result],
    failures: list[Failure],
) -> None:
    """Halve samples that fail together until each fault stands alone."""
    if len(part) == 1:
        failures.append(Failure.of(part[0], stage, error))
        return
    for half in (part[: len(part) // 2], part[len(part) // 2 :]):
        fault = _attempt(run, half, results)
        if fault is not None:
            _descend(run, half, stage, fault, results, failures)


def _attempt(
    run: Callable[[list[str]], Result], part: list[str], results: list[Result]
) -> Exception | None:
    try:
        results.append(run(part))
    except Exception as error:
        if not _may_be_of_a_sample(error):
            raise
        return error
    return None


def _passes(run: Callable[[list[str]], Result], part: list[str]) -> bool:
    return _attempt(run, part, []) is None


def _may_be_of_a_sample(error: Exception) -> bool:
    """Whether an error can come from the values of a sample: not where the machine failed."""
    causes = (error, error.__cause__)
    return not any(isinstance(cause, MemoryError | OSError) for cause in causes)


def is_of_the_file(error: Exception) -> bool:
    """Whether a file could not be read because of the file, not for want of anything else."""
    causes = [cause for cause in (error, error.__cause__) if isinstance(cause, OSError)]
    if any(cause.errno in _SHORT_OF for cause in causes):
        return False
    return isinstance(error, AtrasigError | OSError)


def failure_rows(failures: Iterable[tuple[str, Failure]]) -> pd.DataFrame:
    """Table of failures.

    Parameters
    ----------
    failures
        Name of the matrix and failure.

    Returns
    -------
    pandas.DataFrame
        The columns of :data:`FAILURE_COLUMNS`, text.
    """
    import pandas as pd

    rows = [{"matrix": matrix, **asdict(failure)} for matrix, failure in failures]
    return pd.DataFrame(rows, columns=list(FAILURE_COLUMNS), dtype=object)


def _to_text(failures: Sequence[Failure]) -> str:
    return json.dumps([asdict(failure) for failure in failures], ensure_ascii=True)


def _from_text(text: str) -> list[Failure]:
    return [Failure(**fields) for fields in json.loads(text)]


def _one_line(text: str) -> str:
    return " ".join(text.split())
