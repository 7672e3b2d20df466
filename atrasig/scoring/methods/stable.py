"""stingscore: singscore with ranks counted among a few stably expressed genes.

Bhuva et al. 2020, doi:10.1093/nar/gkaa802. A gene's place is the number of stable genes below it
plus one, divided by the number of stable genes plus one; a set scores its mean place minus 0.5, a
down set the opposite. Other genes do not enter, so a panel of a few dozen genes is scored on the
same scale as a transcriptome, provided that it measures the stable genes.

A stable gene of the same value as the gene counts as half below, which is the mean over both
orders; the R package counts it as not below.

The two lists here are those that the R package singscore 1.7.2 prints for five genes
(``getStableGenes(5)`` and ``getStableGenes(5, type = "blood")``) on the reference page of that
function (``docs/reference/getStableGenes.html`` of DavisLaboratory/singscore). Its full ranking of
genes by stability is not shipped here; :func:`stable_method` makes the method for any other list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from atrasig.errors import UsageError
from atrasig.scoring.arrays import Array
from atrasig.scoring.features import Feature
from atrasig.scoring.method import EXPRESSION, Method, MethodResult
from atrasig.scoring.methods.parts import Lines, directed_parts, lines_null, unmeasured

if TYPE_CHECKING:
    from atrasig.scoring.blocks import SampleBlock
    from atrasig.scoring.sets import SetIndex

CARCINOMA = ("RBM45", "BRAP", "CIAO1", "TARDBP", "HNRNPK")
"""Five genes stable in carcinomas and their cell lines, from low to high expression."""
BLOOD = ("RBM45", "BRAP", "GOSR1", "IWS1", "HNRNPK")
"""Five genes stable in blood cancers and their cell lines, from low to high expression."""
REFERENCE = "doi:10.1093/nar/gkaa802"
MIN_MEASURED = 0.5
"""Share of the stable genes that a sample must measure."""
_TILE = 64


@dataclass(frozen=True)
class Anchors:
    """Where the measured stable genes of one sample lie in its ranking.

    Parameters
    ----------
    ranks
        Average ranks from the lowest value up.
    lengths
        Genes of the sample that have the same value, itself included.
    """

    ranks: tuple[float, ...]
    lengths: tuple[int, ...]

    @classmethod
    def find(cls, values: Array, stable: Sequence[int]) -> Anchors:
        """Rank the stable genes of a sample, values of shape (genes,), NaN where not measured."""
        measured = [values[place] for place in stable if not np.isnan(values[place])]
        lengths = [int((values == own).sum()) for own in measured]
        below = [int((values < own).sum()) for own in measured]
        ranks = [low + (equal + 1) / 2 for low, equal in zip(below, lengths, strict=True)]
        return cls(tuple(ranks), tuple(lengths))

    def place(self, rank: Array, n_genes: int) -> Array:
        """Mean place of the genes of a rank: ``1 / (S + 1)`` to 1."""
        place = np.ones_like(rank)
        for own, length in zip(self.ranks, self.lengths, strict=True):
            # Of the tied genes all but the stable one itself count it as half below.
            place += np.where(rank == own, 0.5 * (1 - 1 / length), rank > own)
        return place / (len(self.ranks) + 1)

    def statistic(self) -> Feature:
        """Describe the place to nulls."""
        edges = {
            int(rank + end * (length - 1) / 2 - (end < 0))
            for rank, length in zip(self.ranks, self.lengths, strict=True)
            for end in (-1, 1)
        }
        return Feature(
            f"place among {self}",
            self.place,
            knees=lambda n_genes: tuple(sorted(edges)),
            truncated=True,
            unit=1 / (len(self.ranks) + 1),
        )


def relative_places(values: Array, stable: Sequence[int]) -> Array:
    """Place of every gene among the stable genes of its sample.

    Parameters
    ----------
    values
        Shape (samples, genes); NaN where not measured.
    stable
        Columns of the stable genes.

    Returns
    -------
    numpy.ndarray
        Shape (samples, genes): ``1 / (S + 1)`` below all S measured stable genes, 1 above all, 0
        where the gene was not measured.
    """
    places = np.ones(values.shape)
    for column in stable:
        anchor = values[:, [column]]
        places += np.where(values == anchor, 0.5, values > anchor)
        places[:, column] -= 0.5  # a gene does not lie below itself
    measured = (~np.isnan(values[:, list(stable)])).sum(axis=1)
    return np.where(np.isnan(values), 0.0, places / (measured[:, None] + 1))


def stingscore(
    block: SampleBlock, index: SetIndex, with_null: bool, stable: Sequence[str] = CARCINOMA
) -> MethodResult:
    """Score a block by the places of the genes among stable genes.

    Parameters
    ----------
    block
        Samples over the ranking universe.
    index
        Signatures over the same universe.
    with_null
        Whether moments and p-values are wanted.
    stable
        Symbols of the stable genes.

    Returns
    -------
    MethodResult
        Scores, shape (samples, sets): -0.5 to 0.5 for one part, -1 to 1 for two. NaN where fewer
        than half of the stable genes are measured. A random set does not score 0 on average: its
        mean depends on how the sample's genes lie to the stable ones.
    """
    column_of = {str(gene): column for column, gene in enumerate(index.genes)}
    columns = [column_of[gene] for gene in stable if gene in column_of]
    parts = directed_parts(block, index)
    score, start = np.zeros((2, *parts[0].size.shape))
    anchors: list[Anchors] = []
    for first in range(0, len(block.names), _TILE):
        rows = slice(first, first + _TILE)
        values = _dense_rows(block, rows)
        anchors += [Anchors.find(own, columns) for own in values]
        places = relative_places(values, columns)
        for part in parts:
            with np.errstate(invalid="ignore", divide="ignore"):
                mean = (part.sets[0] @ places.T).T / part.size[rows]
            score[rows] += np.where(part.used, part.sign * (mean - 0.5), 0.0)
    reasons = unmeasured(parts)
    found = np.array([len(own.ranks) for own in anchors])
    reasons[found < max(1, MIN_MEASURED * len(stable))] = (
        f"fewer than half of the {len(stable)} stable genes are measured"
    )
    score[reasons != ""] = np.nan
    if not with_null:
        return MethodResult(score, reasons=reasons)
    with np.errstate(divide="ignore"):
        slopes = tuple(np.where(p.used, p.sign / p.size, 0.0) for p in parts)
    for part in parts:
        start -= np.where(part.used, part.sign * 0.5, 0.0)
    lines = Lines(parts, score, start, slopes)
    return MethodResult(score, lines_null(block, lines, lambda i: anchors[i].statistic()), reasons)


def _dense_rows(block: SampleBlock, rows: slice) -> Array:
    tile = block.values[rows]
    values = tile if isinstance(tile, np.ndarray) else tile.toarray()
    return np.asarray(values, dtype=np.float64)


def stable_method(name: str, title: str, stable: Sequence[str]) -> Method:
    """Make the method for a list of stable genes.

    Parameters
    ----------
    name
        Name of the method, which is written to the results.
    title
        Where the genes are stable.
    stable
        Symbols of the stable genes, at least one.

    Raises
    ------
    UsageError
        If no gene is given, or one twice.
    """
    if not stable or len(set(stable)) != len(stable):
        raise UsageError(
            "stingscore needs stable genes, each once",
            fix="Name genes that are expressed alike in all samples, from low to high expression.",
        )
    return Method(
        name=name,
        title=f"stingscore (mean place among genes stable in {title})",
        reference=REFERENCE,
        needs_cohort=False,
        handles_direction=True,
        handles_weights=False,
        limits=(-1.0, 1.0),
        null="places of random gene sets of the matched size among the same stable genes",
        accepts=EXPRESSION,
        function=partial(stingscore, stable=tuple(stable)),
    )


METHOD = stable_method("stingscore", "carcinomas", CARCINOMA)
METHODS = (METHOD, stable_method("stingscore_blood", "blood cancers", BLOOD))
