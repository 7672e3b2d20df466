"""The page of cells: maps by score and by type, and the scores of each type, from arrays alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from atrasig.files import safe_name
from atrasig.report.cells_figures import (
    KINDS,
    score_bins,
    score_dots,
    score_key,
    type_bins,
    type_dots,
    type_key,
)
from atrasig.report.cells_numbers import Bins, Chart, Spread, Whole, bin_cells, lay_out, spread
from atrasig.report.cells_violins import Violin, violins
from atrasig.report.downloads import data_link
from atrasig.scoring.arrays import Array

MAX_DOTS = 5000
"""Cells that are drawn one by one; more are put into bins."""
MAX_BINS = 10_000
"""Bins of all maps of a page together, at most: what keeps a page of any number of cells small."""
_BINS_A_ROW = 13
"""Bins that give way to each row of the violins and tables: both take room on a page."""
NO_LABEL = "no label"
_FEWEST_BINS = 2000
_WIDTH, _MARGIN = 400.0, 10.0
_COLUMNS = ("type", "n", "without_score", "lowest", "q1", "median", "q3", "highest")


@dataclass(frozen=True, eq=False)
class CellScore:
    """Scores of cells for one signature.

    Parameters
    ----------
    signature
        Its id.
    values
        Shape (cells,), on the scale of the method, NaN where there is no score.
    title, kind, citation, limits
        What the library says of it; empty where it is not in it.
    n_genes, n_matched
        Genes of the list, and how many of them are measured; None where not recorded.
    reasons
        Why cells have no score, as recorded when they were scored.
    """

    signature: str
    values: Array
    title: str = ""
    kind: str = ""
    citation: str = ""
    limits: tuple[str, ...] = ()
    n_genes: int | None = None
    n_matched: int | None = None
    reasons: str = ""


@dataclass(frozen=True, eq=False)
class CellData:
    """Scored cells and what is known of them.

    Parameters
    ----------
    file, sha256
        Name of the file and the hash of its bytes.
    group
        Column that says the type of each cell.
    labels
        Shape (cells,): type of each cell as text, empty where there is none.
    scores
        One a signature, in the order of the page.
    method, method_title, method_reference
        How they were scored.
    scoring
        Further facts of the scoring: ``universe``, ``universe_genes``, ``values_from``,
        ``atrasig_version``, and ``scored_for_this_page``.
    places
        Shape (cells, 2): coordinates, not finite where a cell has none; None without a map.
    map_how
        A sentence: where the coordinates come from, or why there are none.
    quality
        Values of the columns ``qc_...`` by name, each of shape (cells,).
    facts
        What was recorded when the file was read.
    provenance
        See :func:`atrasig.provenance.run_provenance`.
    """

    file: str
    sha256: str
    group: str
    labels: NDArray[np.object_]
    scores: tuple[CellScore, ...]
    method: str
    method_title: str = ""
    method_reference: str = ""
    scoring: Mapping[str, Any] = field(default_factory=dict)
    places: Array | None = None
    map_how: str = ""
    quality: Mapping[str, Array] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def types(self) -> tuple[str, ...]:
        """Types, the most frequent first; cells without one come last."""
        named, counts = np.unique(self.labels.astype(str), return_counts=True)
        order = sorted(
            zip(counts, named, strict=True), key=lambda one: (not one[1], -one[0], one[1])
        )
        return tuple(str(name) for _, name in order)

    @cached_property
    def codes(self) -> Whole:
        """Place of the type of each cell in :attr:`types`."""
        place = {name: number for number, name in enumerate(self.types)}
        return np.array([place[str(label)] for label in self.labels], dtype=np.int64)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Types as they are shown."""
        return tuple(name or NO_LABEL for name in self.types)

    @cached_property
    def counts(self) -> Whole:
        """Cells of each type."""
        return np.bincount(self.codes, minlength=len(self.types))


class ScoreMap(NamedTuple):
    """One map by score: its signature, figure, and the values at the ends of its scale."""

    score: CellScore
    figure: Markup
    low: float | None
    high: float | None


class TypeKey(NamedTuple):
    """One line of the list of types: number, name, mark, cells, whether the mark is its own."""

    number: int
    name: str
    mark: Markup
    n: int
    own: bool


class TypeRow(NamedTuple):
    """Numbers of the scores of one type."""

    name: str
    spread: Spread


class Distribution(NamedTuple):
    """Scores of one signature by type: figure, numbers, and a link with the numbers as CSV."""

    score: CellScore
    figure: Markup
    rows: tuple[TypeRow, ...]
    file: str
    link: str


def distributions(data: CellData, axis: str) -> list[Distribution]:
    """Lay out the scores of each signature by type.

    Parameters
    ----------
    data
        The cells.
    axis
        What the scores are called.
    """
    members = [data.codes == code for code in range(len(data.types))]
    return [_distribution(data, score, members, axis) for score in data.scores]


def _distribution(
    data: CellData, score: CellScore, members: Sequence[NDArray[np.bool_]], axis: str
) -> Distribution:
    own = [score.values[member] for member in members]
    rows = tuple(TypeRow(n, spread(v)) for n, v in zip(data.names, own, strict=True))
    drawn = [
        Violin(row.name, row.spread, values[~np.isnan(values)])
        for row, values in zip(rows, own, strict=True)
    ]
    title = f"{score.signature}: scores of the cells of each type"
    table = [_COLUMNS, *((row.name, *row.spread) for row in rows)]
    return Distribution(
        score,
        violins(drawn, axis, title),
        rows,
        f"cells.{safe_name(score.signature)}.csv",
        data_link(table),
    )


class Maps(NamedTuple):
    """Maps of a page: by type with its list, by score, and how cells were put into bins."""

    types: Markup
    keys: tuple[TypeKey, ...]
    scores: tuple[ScoreMap, ...]
    scale: Markup
    n_placed: int
    n_bins: int
    fullest: int


def maps(data: CellData) -> Maps | None:
    """Draw the maps: one dot a cell up to :data:`MAX_DOTS` cells, bins for more.

    Parameters
    ----------
    data
        The cells; without coordinates there are no maps.
    """
    if data.places is None:
        return None
    chart = lay_out(data.places, _WIDTH, _MARGIN)
    bins = None
    if len(data.labels) > MAX_DOTS:
        room = MAX_BINS - _BINS_A_ROW * len(data.types) * len(data.scores)
        bins = bin_cells(chart, max(room, _FEWEST_BINS) // (1 + len(data.scores)))
    title = f"Cells by {data.group}"
    if bins is None:
        figure = type_dots(chart, data.codes, len(data.types), title)
    else:
        figure = type_bins(chart, bins, data.codes, data.names, title)
    return Maps(
        figure,
        tuple(_key(data, code, binned=bins is not None) for code in range(len(data.types))),
        tuple(_score_map(chart, bins, score) for score in data.scores),
        score_key(),
        int(chart.placed.sum()),
        0 if bins is None else bins.counts.size,
        0 if bins is None or not bins.counts.size else int(bins.counts.max()),
    )


def _key(data: CellData, code: int, *, binned: bool) -> TypeKey:
    return TypeKey(
        code + 1, data.names[code], type_key(code, binned=binned), int(data.counts[code]),
        code < KINDS,
    )  # fmt: skip


def _score_map(chart: Chart, bins: Bins | None, score: CellScore) -> ScoreMap:
    values = np.where(chart.placed, score.values, np.nan)
    title = f"Cells by their score: {score.signature}"
    if bins is None:
        shown, figure = values, score_dots(chart, values, title)
    else:
        shown, figure = bins.means(values)[0], score_bins(chart, bins, values, title)
    known = shown[~np.isnan(shown)]
    ends = (float(known.min()), float(known.max())) if known.size else (None, None)
    return ScoreMap(score, figure, *ends)
