"""What every recipe shares: the interface, and the coefficients that a fit ends in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from atrasig.errors import InputError, ModelError
from atrasig.prediction.fitting.data import TrainingData
from atrasig.scoring.arrays import Array


@dataclass(frozen=True)
class Coefficients:
    """A frozen linear model on standardised features.

    Parameters
    ----------
    genes
        Genes of the model, ascending; none for a model that predicts one value for all.
    weights
        Shape (genes,): change of the prediction per `spread` of a gene.
    intercept
        Prediction at the centres: in units of the response, or the log odds of a label.
    centre, spread
        Shape (genes,): mean and population standard deviation over the training rows.
    details
        What the recipe wants remembered: frequencies of selection, penalty chosen, notes.
    """

    genes: tuple[str, ...]
    weights: Array
    intercept: float
    centre: Array
    spread: Array
    details: dict[str, Any] = field(default_factory=dict)

    def score(self, features: Array, genes: Sequence[str]) -> Array:
        """Weigh standardised features, without the intercept.

        A frozen model has one intercept, so this is what orders samples. Where several models
        are pooled, as in a cross-validation, their intercepts must not take part in the order:
        each moves against the responses it did not see.

        Parameters
        ----------
        features
            Shape (samples, genes): on the scale of the training data.
        genes
            Their names, in any order.

        Returns
        -------
        numpy.ndarray
            Shape (samples,); NaN where a gene of the model is NaN.

        Raises
        ------
        ModelError
            If a gene of the model is not among them.
        """
        place = {gene: column for column, gene in enumerate(genes)}
        absent = [gene for gene in self.genes if gene not in place]
        if absent:
            raise ModelError(
                f"{len(absent)} of the {len(self.genes)} genes of the model are not in the matrix",
                where=", ".join(absent[:5]),
            )
        columns = np.array([place[gene] for gene in self.genes], dtype=np.intp)
        standardised = (features[:, columns] - self.centre) / self.spread
        return np.asarray(np.einsum("ij,j->i", standardised, self.weights))

    def predict(self, features: Array, genes: Sequence[str]) -> Array:
        """Predict responses, or the log odds of a label; see `score`."""
        return self.intercept + self.score(features, genes)


class Recipe(Protocol):
    """A way from training data to coefficients.

    It is handed the training rows and nothing else, so that it cannot look at those held out.
    """

    @property
    def name(self) -> str:
        """Name of the recipe, as a user gives it."""

    def fit(self, data: TrainingData, seed: int) -> Coefficients:
        """Fit on all rows of `data`; the same rows and seed give the same coefficients."""


def standards(features: Array) -> tuple[Array, Array]:
    """Mean and population standard deviation of each gene, shape (genes,).

    The spread of a gene with one value is given as 1: its standardised values are 0.
    """
    # Told by the values themselves: rounding leaves a constant gene some spread.
    varies = np.ptp(features, axis=0) > 0
    centre = np.where(varies, features.mean(axis=0), features[0])
    return centre, np.where(varies, features.std(axis=0), 1.0)


def is_constant(response: Array) -> bool:
    """Whether a response has one value alone, so that nothing can be fitted to it."""
    return bool(np.ptp(response) == 0)


def refuse_constant(data: TrainingData) -> None:
    """Refuse training rows without any difference in response.

    Raises
    ------
    InputError
        If the response has one value in all rows.
    """
    if is_constant(data.response):
        raise InputError(
            f"All {len(data.samples)} training rows of a fold have the same response",
            fix="Use fewer folds, or leave out the lineage that holds all the others.",
        )
