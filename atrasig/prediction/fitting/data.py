"""What a model is fitted on: expression, response and lineage of some samples, checked once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from atrasig.errors import InputError
from atrasig.scoring.arrays import Array, Places

Kind = Literal["quantitative", "label"]

MIN_SAMPLES = 20
MIN_CLASS = 5
_SHOWN = 5


@dataclass(frozen=True)
class TrainingData:
    """Samples with known response, sorted by name; `training_data` makes it from raw tables.

    Parameters
    ----------
    samples, genes
        Names, each unique and ascending, so that the order of the input changes nothing.
    features
        Shape (samples, genes): within-sample normalised ranks, or expression values that a recipe
        standardises against its training rows.
    response
        Shape (samples,): a measured value, or 0 / 1 for a label.
    groups
        Lineage of each sample; empty for all where there is none.
    kind
        What the response is.
    constant_genes
        Genes left out because they have one value in all samples.
    """

    samples: tuple[str, ...]
    genes: tuple[str, ...]
    features: Array
    response: Array
    groups: tuple[str, ...]
    kind: Kind
    constant_genes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shape = (len(self.samples), len(self.genes))
        if self.features.shape != shape or self.response.shape != shape[:1]:
            raise InputError(
                f"{shape[0]} samples and {shape[1]} genes do not fit features of shape "
                f"{self.features.shape} and a response of shape {self.response.shape}"
            )
        if len(self.groups) != shape[0]:
            raise InputError(f"{shape[0]} samples have {len(self.groups)} lineages")

    @property
    def lineages(self) -> tuple[str, ...]:
        """Names of the lineages, ascending; none where no lineage is known."""
        return tuple(sorted(set(self.groups) - {""}))

    @property
    def group_codes(self) -> Places:
        """Shape (samples,): place of each sample's lineage among all, 0 where there is none."""
        codes: Places = np.unique(np.array(self.groups, dtype=str), return_inverse=True)[1]
        return codes

    def take(self, rows: Places | NDArray[np.bool_]) -> TrainingData:
        """Keep some samples, in the order of their names."""
        places = np.flatnonzero(rows) if rows.dtype == np.bool_ else np.sort(rows)
        return replace(
            self,
            samples=tuple(self.samples[i] for i in places),
            features=self.features[places],
            response=self.response[places],
            groups=tuple(self.groups[i] for i in places),
        )

    def with_response(self, response: Array) -> TrainingData:
        """Replace the response, as a permutation does."""
        return replace(self, response=response)


def training_data(
    samples: Sequence[str],
    genes: Sequence[str],
    features: Array,
    response: Array,
    kind: Kind,
    groups: Sequence[str] = (),
) -> TrainingData:
    """Check and sort what a model shall be fitted on.

    Parameters
    ----------
    samples, genes
        Names, in any order.
    features, response, kind
        See `TrainingData`.
    groups
        Lineage of each sample; none, or empty for all, where there is none.

    Returns
    -------
    TrainingData
        Samples and genes sorted by name, constant genes left out and listed.

    Raises
    ------
    InputError
        If names are repeated or empty, a value is not finite, a lineage is missing, a label is
        neither 0 nor 1, the response is constant, or there are fewer than 20 samples or 5 of a
        class.
    """
    groups = tuple(groups) or ("",) * len(samples)
    data = TrainingData(
        tuple(samples), tuple(genes), np.asarray(features, float), np.asarray(response, float),
        groups, kind,
    )  # fmt: skip
    _check_names(data)
    _check_values(data)
    _check_response(data)
    rows = np.argsort(np.array(data.samples), kind="stable")
    columns = np.argsort(np.array(data.genes), kind="stable")
    varies = np.ptp(data.features, axis=0) > 0
    kept = columns[varies[columns]]
    if not kept.size:
        raise InputError("Every gene has one value in all samples: there is nothing to fit on")
    return TrainingData(
        samples=tuple(data.samples[i] for i in rows),
        genes=tuple(data.genes[j] for j in kept),
        features=np.ascontiguousarray(data.features[np.ix_(rows, kept)]),
        response=data.response[rows],
        groups=tuple(groups[i] for i in rows),
        kind=kind,
        constant_genes=tuple(data.genes[j] for j in columns[~varies[columns]]),
    )


def _listing(names: Iterable[str]) -> str:
    found = [str(name) for name in names]
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(repr(name) for name in found[:_SHOWN]) + more


def _check_names(data: TrainingData) -> None:
    for what, names in (("sample", data.samples), ("gene", data.genes)):
        unique, counts = np.unique(np.array(names, dtype=str), return_counts=True)
        if (counts > 1).any():
            raise InputError(
                f"{int((counts > 1).sum())} {what} names are repeated: "
                f"{_listing(unique[counts > 1])}",
                fix="Keep one row of each.",
            )
        if "" in names:
            raise InputError(f"A {what} has no name")
    bare = [sample for sample, group in zip(data.samples, data.groups, strict=True) if not group]
    if bare and len(bare) < len(data.samples):
        raise InputError(
            f"{len(bare)} of {len(data.samples)} samples have no lineage: {_listing(bare)}",
            fix="Give each one its lineage, or leave those samples out: a sample of unknown "
            "lineage may have relatives in every fold.",
        )


def _check_values(data: TrainingData) -> None:
    unknown = ~np.isfinite(data.response)
    if unknown.any():
        raise InputError(
            f"{int(unknown.sum())} samples have no finite response: "
            f"{_listing(np.array(data.samples)[unknown])}",
            fix="Leave them out of the fit.",
        )
    unmeasured = ~np.isfinite(data.features).all(axis=0)
    if unmeasured.any():
        raise InputError(
            f"{int(unmeasured.sum())} genes have a value that is missing or not finite: "
            f"{_listing(np.array(data.genes)[unmeasured])}",
            fix="Leave out the genes that were not measured in every sample.",
        )


def _check_response(data: TrainingData) -> None:
    n_samples = len(data.samples)
    if n_samples < MIN_SAMPLES:
        raise InputError(f"{n_samples} samples are too few to fit on: {MIN_SAMPLES} are needed")
    values = np.unique(data.response)
    if values.size < 2:
        raise InputError("The response has one value in all samples: there is nothing to fit")
    if data.kind == "quantitative":
        return
    if not np.array_equal(values, [0, 1]):
        raise InputError(
            f"A label must be 0 or 1, and the response holds {values[~np.isin(values, [0, 1])][0]}",
            fix="Code the labels, or fit a quantitative response.",
        )
    n_positive = int(data.response.sum())
    if min(n_positive, n_samples - n_positive) < MIN_CLASS:
        raise InputError(
            f"{n_positive} positive and {n_samples - n_positive} negative samples are too few to "
            f"fit on: {MIN_CLASS} of each are needed"
        )
