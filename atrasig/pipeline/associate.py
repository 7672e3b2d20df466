"""Association file to file: scores and a sheet in, a table and a page out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from atrasig.association import Association
from atrasig.association import associate as compare
from atrasig.errors import FormatError, InputError
from atrasig.files import reading, write_text, write_tsv
from atrasig.prediction.validation import read_label_sheet

_SCORES = "scores.parquet"
_SHOWN_FROM = 1.0
"""Seconds of work from which a progress bar is shown."""


@dataclass(frozen=True)
class AssociateSettings:
    """What an association can be told; see :func:`atrasig.associate`."""

    sheet: Path
    sample: str = "sample"
    covariates: Sequence[str] = ()
    adjust: Sequence[str] = ()
    batch: str = ""
    time: str = ""
    event: str = ""
    signatures: Sequence[str] = ()
    methods: Sequence[str] = ()
    categorical: Sequence[str] = ()
    references: Mapping[str, str] = field(default_factory=dict)
    missing: Sequence[str] = ()

    def facts(self, scores: Path) -> dict[str, str]:
        """Facts for the head of the page, files by name."""
        return {
            "Scores": scores.name,
            "Sheet": self.sheet.name,
            "Covariates": ", ".join(self.covariates),
            "Adjusted for": ", ".join(self.adjust),
            "Batch": self.batch,
            "Survival": f"{self.time}, {self.event}" if self.time else "",
        }


def write_association(scores: Path, out: Path, settings: AssociateSettings) -> Association:
    """Associate scores with the columns of a sheet and write what was found.

    Parameters
    ----------
    scores
        Tidy parquet of ``atrasig score``, or a folder of results that holds one.
    out
        Folder for ``association.tsv`` and ``association.html``. Nothing is written before all is
        computed.
    settings
        The sheet and what to test.

    Returns
    -------
    Association
        The tables as written.
    """
    from atrasig.report.association_page import render_association

    sheet = read_label_sheet(settings.sheet, sample=settings.sample)
    found = compare(
        read_scores(scores),
        sheet,
        settings.covariates,
        adjust=settings.adjust,
        batch=settings.batch,
        time=settings.time,
        event=settings.event,
        signatures=settings.signatures,
        methods=settings.methods,
        categorical=settings.categorical,
        references=settings.references,
        missing=settings.missing,
        progress=_bar,
    )
    page = render_association(found, settings.facts(scores))
    write_tsv(out / "association.tsv", found.table)
    write_text(out / "association.html", page)
    return found


def read_scores(path: Path) -> pd.DataFrame:
    """Read a table of scores.

    Parameters
    ----------
    path
        Parquet file, or a folder with ``scores.parquet``.

    Returns
    -------
    pandas.DataFrame
        The columns that an association needs.

    Raises
    ------
    InputError
        If there is no such file.
    FormatError
        If it is no tidy table of scores.
    """
    import pyarrow.parquet as pq

    location = path / _SCORES if path.is_dir() else path
    if not location.is_file():
        raise InputError(
            "There is no table of scores",
            where=str(location),
            fix="Give the parquet file of `atrasig score`, or the results of `atrasig run`.",
        )
    wanted = ["sample", "signature", "method", "score"]
    with reading(location, "parquet", "Give the parquet file of `atrasig score`."):
        there = pq.read_schema(location).names
    lacking = [name for name in wanted if name not in there]
    if lacking:
        raise FormatError(
            f"The table of scores has no column {', '.join(map(repr, lacking))}",
            where=str(location),
            fix="Score with --layout tidy.",
        )
    return pd.read_parquet(location, columns=wanted)


def _bar(jobs: Sequence[Any]) -> Any:
    """Show a progress bar on a terminal once the work takes a while."""
    from tqdm import tqdm

    return tqdm(
        jobs, desc="associate", unit=" models", disable=None, leave=False, delay=_SHOWN_FROM
    )
