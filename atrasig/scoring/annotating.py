"""Scores in an AnnData: a table of ``obsm`` a method, and in ``uns`` what they rest on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atrasig._version import __version__
from atrasig.errors import UsageError

if TYPE_CHECKING:
    from anndata import AnnData
    from numpy.typing import NDArray

    from atrasig.scoring.job import Job
    from atrasig.scoring.method import Method
    from atrasig.scoring.tables import ScoredBlock

_SHOWN_REASONS = 3


@dataclass
class Collected:
    """Scores of one method, filled in block by block.

    Parameters
    ----------
    scores
        Shape (samples, signatures), float32.
    reasons
        By signature: why samples have no score, and how many.
    """

    scores: NDArray[np.float32]
    reasons: dict[int, Counter[str]] = field(default_factory=dict)

    def take(self, block: ScoredBlock, method: str, start: int) -> None:
        """Take the scores of a block whose first sample is the `start`-th of all."""
        found = block.results[method].score
        self.scores[start : start + found.shape[0]] = found
        why = block.reasons[method]
        absent = np.isnan(found)
        for column in np.flatnonzero(absent.any(axis=0)):
            own = [] if why is None else why[absent[:, column], column].tolist()
            self.reasons.setdefault(int(column), Counter()).update(own)

    def said(self, column: int) -> str:
        """Commonest reasons of one signature, each with the number of its samples."""
        counted = self.reasons.get(column, Counter())
        shown = [f"{reason} ({n})" for reason, n in counted.most_common(_SHOWN_REASONS) if reason]
        more = len(counted) - _SHOWN_REASONS
        return "; ".join(shown) + (f"; and {more} other reasons" if more > 0 else "")


def collect(job: Job, blocks: Iterable[ScoredBlock]) -> dict[str, Collected]:
    """Gather scored blocks by method."""
    shape = (job.n_samples, len(job.signatures))
    found = {m.name: Collected(np.empty(shape, dtype=np.float32)) for m in job.methods}
    start = 0
    for block in blocks:
        for name, collected in found.items():
            collected.take(block, name, start)
        start += len(block.samples)
    return found


def annotate(adata: AnnData, job: Job, blocks: Iterable[ScoredBlock], prefix: str) -> None:
    """Write scores and their provenance into an AnnData, and touch nothing else.

    Parameters
    ----------
    adata
        Its samples are those of the job, in the same order.
    job, blocks
        What was scored, and the scores.
    prefix
        Beginning of the keys of ``obsm``: ``<prefix>_<method>``.

    Raises
    ------
    UsageError
        If a key could not be stored, or ``uns["atrasig"]`` is something else than atrasig's.
    """
    own = adata.uns.get("atrasig", {})
    if not isinstance(own, Mapping):
        raise UsageError(
            f"uns['atrasig'] holds a {type(own).__name__} that atrasig did not write",
            fix="Rename it: adata.uns['other'] = adata.uns.pop('atrasig').",
        )
    if not prefix or "/" in prefix:
        raise UsageError(f"{prefix!r} cannot begin a key", fix="Give letters, without a slash.")
    columns = column_names(signature.id for signature in job.signatures)
    records = dict(own.get("scores", {}))
    # Collected before anything is written: a failing job leaves the AnnData as it was.
    found = collect(job, blocks)
    for method in job.methods:
        key, collected = f"{prefix}_{method.name}", found[method.name]
        adata.obsm[key] = pd.DataFrame(collected.scores, index=adata.obs_names, columns=columns)
        records[key] = _record(job, method, collected)
    adata.uns["atrasig"] = dict(own) | {"scores": records}


def column_names(ids: Iterable[str]) -> pd.Index:
    """Signature ids as columns of ``obsm``: a slash, which stores do not take, becomes ``_``.

    Raises
    ------
    UsageError
        If two would be called the same.
    """
    names = pd.Index([name.replace("/", "_") for name in ids], dtype=object)
    if not names.is_unique:
        twice = str(names[names.duplicated()][0])
        raise UsageError(
            f"Two signatures would be called {twice!r}, because a slash cannot be stored",
            fix="Rename one of them.",
        )
    return names


def _record(job: Job, method: Method, collected: Collected) -> dict[str, Any]:
    """Record what the scores of a method rest on, in types that every store keeps."""
    scope = job.scope(method.name)
    genes, index = scope.genes, scope.index
    published = (index.size_up + index.size_down).astype(np.int64)
    matched = np.diff(index.up.indptr) + np.diff(index.down.indptr)
    absent = np.isnan(collected.scores).sum(axis=0)
    hashes = {signature.id: signature.sha256 for signature in job.signatures}
    table = pd.DataFrame(
        {
            "version": np.asarray(index.versions, dtype=object),
            "sha256": np.asarray([hashes[name] for name in index.ids], dtype=object),
            "n_genes": published,
            "n_matched": matched.astype(np.int64),
            "coverage": matched / published,
            "n_without_score": absent.astype(np.int64),
            "reasons": np.asarray([collected.said(i) for i in range(absent.size)], dtype=object),
        },
        index=pd.Index(index.ids, dtype=object, name="signature"),
    )
    return {
        "atrasig_version": __version__,
        "method": method.name,
        "title": method.title,
        "reference": method.reference,
        "needs_cohort": method.needs_cohort,
        "values_from": job.source.place,
        "platform": job.source.platform,
        "universe": genes.name,
        "universe_sha256": genes.sha256,
        "universe_genes": int(genes.positions.size),
        "biotype_from": genes.biotype_from,
        "n_samples": job.n_samples,
        "n_without_score": int(absent.sum()),
        "signatures": table,
    }
