"""Tables of a run that are made of those of its blocks: the roles of ATRA and the quality flags."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from atrasig.errors import UsageError
from atrasig.pipeline.stacked import stacked

if TYPE_CHECKING:
    from anndata import AnnData

    from atrasig.signatures import RoleSignature

_FIX = "Name the tables of all blocks once and in the order of the sheet, for each stage."


class Cohort:
    """The samples of a run, with the tables of scores and calls of their blocks.

    Parameters
    ----------
    matrices
        Annotation of the harmonised matrices.
    scores, calls
        Tables of the blocks, in the same order; those of a matrix next to each other.
    reported
        Samples that have a result.
    """

    def __init__(
        self,
        matrices: Sequence[AnnData],
        scores: Sequence[Path],
        calls: Sequence[Path],
        reported: Collection[str],
    ) -> None:
        self._matrices, self._scores, self._calls = matrices, scores, calls
        self._reported = reported
        self._matrix_of = {
            str(name): place for place, matrix in enumerate(matrices) for name in matrix.obs_names
        }

    def roles(
        self, contrasts: pd.DataFrame, roles: Sequence[RoleSignature]
    ) -> Iterator[pd.DataFrame]:
        """Panel of the five roles: contrasts first, then the samples of each matrix.

        Parameters
        ----------
        contrasts
            Enrichment of the contrasts of all matrices.
        roles
            Lists of the roles.

        Yields
        ------
        pandas.DataFrame
            Rows of `atrasig.enrich.roles.ROLE_COLUMNS`.

        Raises
        ------
        UsageError
            If the blocks of a matrix are not next to each other, or a sample is in none.
        """
        from atrasig.enrich.roles import contrast_roles, sample_roles

        yield contrast_roles(contrasts, roles)
        for own in self._scores_by_matrix(roles):
            yield sample_roles(own, roles)

    def _scores_by_matrix(self, roles: Sequence[RoleSignature]) -> Iterator[pd.DataFrame]:
        """Scores that the panel of a matrix needs, one matrix after the other."""
        from atrasig.enrich.roles import METHOD

        columns = ["sample", "signature", "method", "score", "z", "p", "q", "reason"]
        lists = {entry.signature for entry in roles}
        parts: list[pd.DataFrame] = []
        seen: list[int] = []
        for frame in stacked(self._scores, columns):
            asked = frame["signature"].isin(lists) & (frame["method"] == METHOD)
            own = frame[asked | ~frame["sample"].duplicated()]  # a sample without them has a row
            places = self._places(own["sample"])
            for place in places.unique():
                if seen[-1:] != [place]:
                    self._refuse_scattered(place, seen)
                    if parts:
                        yield pd.concat(parts, ignore_index=True)
                    parts, seen = [], [*seen, place]
                parts.append(own[places == place])
        if parts:
            yield pd.concat(parts, ignore_index=True)

    def _refuse_scattered(self, place: int, seen: Sequence[int]) -> None:
        if place in seen:
            raise UsageError(
                "The scores of a matrix are not next to each other",
                where=str(self._matrices[place].uns["atrasig"]["matrix"]),
                fix=_FIX,
            )

    def _places(self, samples: pd.Series[str]) -> pd.Series[int]:
        places = samples.map(self._matrix_of)
        if places.isna().any():
            raise UsageError(
                f"The scores name {samples[places.isna()].iloc[0]!r}, which is in no matrix",
                fix="Name all matrices, and tables that were made of them.",
            )
        return places.astype(int)

    def flags(self) -> Iterator[pd.DataFrame]:
        """Quality flags of the samples that have a result, block after block.

        Yields
        ------
        pandas.DataFrame
            As :func:`atrasig.qc.flag_samples` gives them.

        Raises
        ------
        UsageError
            If the tables of scores and of calls are not of the same blocks.
        """
        from atrasig.qc import FLAG_COLUMNS

        yield pd.DataFrame(columns=list(FLAG_COLUMNS), dtype=object)
        n_flagged = 0
        if len(self._scores) == len(self._calls):
            for scores, calls in zip(self._scores, self._calls, strict=True):
                found = self._flags_of_block(scores, calls)
                n_flagged += sum(len(names) for names, _ in found)
                yield from (flags for _, flags in found)
        if n_flagged != len(self._reported):
            raise UsageError(
                f"The tables of scores and of calls give flags to {n_flagged:,} samples, and "
                f"{len(self._reported):,} have a result",
                fix=_FIX,
            )

    def _flags_of_block(self, scores: Path, calls: Path) -> list[tuple[list[str], pd.DataFrame]]:
        """Names and flags of the samples of a block, by matrix."""
        from atrasig.qc import flag_samples

        (scored,) = stacked([scores], ["sample", "signature", "score"])
        (called,) = stacked([calls])
        both = set(scored["sample"]) & self._matrix_of.keys()
        by_matrix: dict[int, list[str]] = {}
        for name in dict.fromkeys(called["sample"]):
            if name in both and name in self._reported:
                by_matrix.setdefault(self._matrix_of[name], []).append(name)
        found = []
        for place, names in by_matrix.items():
            own_calls = called[called["sample"].isin(names)]
            own_scores = scored[scored["sample"].isin(names)]
            flags = flag_samples(self._matrices[place], own_scores, own_calls, names)
            found.append((names, flags))
        return found
