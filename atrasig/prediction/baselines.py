"""The declared baseline samples of a matrix, and what is read of them for one sample after another.

A reference leaves the judged sample out, so that it is another one for each sample. What such
references share is worked out once: whether a baseline can serve, the ranks of a list's genes, and
the order of the ranks of each gene, from which the median without one sample follows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from atrasig.prediction.sample import SampleView
from atrasig.scoring.arrays import Array, Places


@dataclass(frozen=True, eq=False)
class Group:
    """Baselines of one context.

    Parameters
    ----------
    views
        Those that can serve, by name.
    faults
        Name of each of the others, and why it cannot.
    """

    views: tuple[SampleView, ...]
    faults: tuple[tuple[str, str], ...]

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(view.name for view in self.views)

    @cached_property
    def _sorted(self) -> dict[bytes, Array]:
        return {}

    def without(self, name: str) -> tuple[SampleView, ...]:
        """Those that can serve, but for one sample."""
        if name not in self._names:
            return self.views
        return tuple(view for view in self.views if view.name != name)

    def median_without(self, view: SampleView, places: Places) -> Array:
        """Median rank of each gene over those that can serve, but for one sample.

        Parameters
        ----------
        view
            The sample, one of these or not.
        places
            Shape (genes,): places of the genes.

        Returns
        -------
        numpy.ndarray
            Shape (genes,): NaN where a baseline does not measure the gene, or none is left.
        """
        key = places.tobytes()
        if key not in self._sorted:
            self._sorted[key] = np.sort(ranks_at(self.views, places), axis=0)
        ascending = self._sorted[key]
        own = view.ranks[places]
        if view.name in self._names:
            # A gene below its own rank keeps its place when this one is taken out; NaN stand last.
            ascending = np.where(
                (ascending[:-1] < own) | np.isnan(own), ascending[:-1], ascending[1:]
            )
        n = len(ascending)
        if not n:
            return np.full(places.size, np.nan)
        median = (ascending[(n - 1) // 2] + ascending[n // 2]) / 2
        return np.where(np.isnan(ascending[-1]), np.nan, median)


class Baselines:
    """All samples of a matrix that are declared ``baseline``.

    Parameters
    ----------
    views
        The samples, in any order, each once.
    """

    def __init__(self, views: Sequence[SampleView] = ()) -> None:
        self.views = tuple(sorted(views, key=lambda view: view.name))
        self._rows = {view.name: row for row, view in enumerate(self.views)}
        self._groups: dict[object, Group] = {}
        self._tables: dict[tuple[str, ...], Array] = {}
        self._by_context: dict[tuple[str, str, str], list[SampleView]] = {}
        self._by_patient: dict[str, list[SampleView]] = {}
        for view in self.views:
            self._by_context.setdefault(view.context, []).append(view)
            self._by_patient.setdefault(view.patient, []).append(view)

    def of_patient(self, patient: str) -> Sequence[SampleView]:
        """Baselines of a patient, by name; none for a patient without a name."""
        return self._by_patient.get(patient, ()) if patient else ()

    def alike(
        self,
        context: tuple[str, str, str],
        fault: Callable[[SampleView], str],
        key: object,
    ) -> Group:
        """Baselines of a context.

        Parameters
        ----------
        context
            Disease, tissue and material.
        fault
            Says why a baseline cannot serve, empty where it can.
        key
            All that `fault` depends on beside the baseline.
        """
        asked = (context, key)
        if asked not in self._groups:
            own = self._by_context.get(context, [])
            faults = {view.name: fault(view) for view in own}
            self._groups[asked] = Group(
                tuple(view for view in own if not faults[view.name]),
                tuple((name, why) for name, why in faults.items() if why),
            )
        return self._groups[asked]

    def ranks_of(
        self, views: Sequence[SampleView], genes: Sequence[str], places: Places
    ) -> Array | None:
        """Ranks of genes in baselines; None where one of the samples is no baseline.

        Parameters
        ----------
        views
            The samples.
        genes, places
            Symbols of the genes, and their places, -1 for a gene that is not ranked.

        Returns
        -------
        numpy.ndarray or None
            Shape (samples, genes), NaN where not measured.
        """
        rows = [self._rows.get(view.name, -1) for view in views]
        if not all(r >= 0 and self.views[r] is v for r, v in zip(rows, views, strict=True)):
            return None
        key = tuple(genes)
        if key not in self._tables:
            self._tables[key] = ranks_at(self.views, places)
        return self._tables[key][rows]


def ranks_at(views: Sequence[SampleView], places: Places) -> Array:
    """Ranks at some places, shape (samples, places); NaN at the place -1."""
    ranks = np.full((len(views), places.size), np.nan)
    known = places >= 0
    for row, view in zip(ranks, views, strict=True):
        row[known] = view.ranks[places[known]]
    return ranks
