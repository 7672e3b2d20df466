"""Linear model: a response predicted from ranks, as `atrasig fit` writes it."""

from __future__ import annotations

from functools import cached_property
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from atrasig.prediction.artefact import BaseModelArtefact
from atrasig.prediction.inputs import ModelInputs
from atrasig.prediction.kinds.linear_parts import Interval, PositiveControl, Probability
from atrasig.prediction.kinds.linear_words import figures_in_words, no_call_in_words
from atrasig.prediction.outcome import NO_CALL, Driver, Outcome
from atrasig.prediction.sample import SPARSE, SampleView, floor_fault
from atrasig.scoring.arrays import Array, Places

INTERCEPT = "(intercept)"
MAX_DRIVERS = 500
"""Genes with a driver of their own; a ridge regression weighs every gene of the panel."""
VALUES_UNREAD = (
    "the model weighs expression values against those of its own training matrix, which no other "
    "matrix shares: its figures are in the artefact, and it is applied to no sample"
)


class LinearModel(BaseModelArtefact):
    """Intercept plus weighted, standardised features of a frozen panel of genes.

    The table holds every gene of the panel: a sample's genes are ranked among these and no
    others, so that a rank means the same in a whole transcriptome and in a panel of 700 genes.
    Genes without a weight take part in the ranking alone.

    Parameters
    ----------
    features
        ``rank``: normalised ranks within the panel, 0 to 1. ``zscore``: expression values; such
        a model holds figures of a method and is applied to no sample.
    response, unit, higher_is
        What is predicted, in which unit, and what a high value of it means.
    intercept
        Prediction at the centres.
    sensitive, resistant
        Predictions from which a call is made; without both there is a prediction and never one.
    n_sensitive, n_resistant
        Training samples that are labelled so, or measured beyond the threshold.
    probability, interval
        What the prediction means as a probability, and how far it errs.
    positive_controls
        Known samples; where the data fail one, no threshold is allowed.
    """

    kind: Literal["linear"]
    question: Literal["sensitivity"]
    universe: Literal["panel"]
    features: Literal["rank", "zscore"]
    response: str = Field(min_length=1)
    unit: str = Field(min_length=1)
    higher_is: Literal["sensitive", "resistant"]
    intercept: float
    sensitive: float | None = None
    resistant: float | None = None
    n_sensitive: int = Field(default=0, ge=0)
    n_resistant: int = Field(default=0, ge=0)
    probability: Probability | None = None
    interval: Interval | None = None
    positive_controls: tuple[PositiveControl, ...] = ()

    @model_validator(mode="after")
    def _check_weights(self) -> Self:
        weighted = [gene for gene in self.genes if gene.weight is not None]
        if not weighted:
            raise ValueError("the table gives no gene a weight")
        bare = [gene.gene for gene in weighted if gene.centre is None or gene.spread is None]
        if bare:
            raise ValueError(f"genes with a weight need centre and spread: {', '.join(bare[:5])}")
        return self

    @model_validator(mode="after")
    def _check_thresholds(self) -> Self:
        behind = {"sensitive": self.n_sensitive, "resistant": self.n_resistant}
        given = {name: n for name, n in behind.items() if getattr(self, name) is not None}
        if not given:
            return self
        if self.features != "rank":
            raise ValueError("a model of expression values makes no call and takes no threshold")
        failed = [control.name for control in self.positive_controls if not control.passed]
        if failed:
            raise ValueError(
                f"the data fail their positive control {', '.join(failed)}: no threshold is allowed"
            )
        unproven = [name for name, n in given.items() if not n]
        if unproven:
            raise ValueError(f"no labelled sample stands behind {' and '.join(unproven)}")
        if len(given) == 2 and self.signed(self.sensitive) <= self.signed(self.resistant):
            side = "above" if self.higher_is == "sensitive" else "below"
            raise ValueError(f"sensitive ({self.sensitive}) must lie {side} resistant")
        return self

    def signed(self, prediction: float | None) -> float:
        """Turn a prediction so that higher is more sensitive; NaN for None."""
        value = np.nan if prediction is None else prediction
        return value if self.higher_is == "sensitive" else -value

    @cached_property
    def panel(self) -> tuple[str, ...]:
        """Symbols of all genes that are ranked."""
        return tuple(gene.gene for gene in self.genes)

    @cached_property
    def weighted(self) -> Places:
        """Places in the panel of the genes with a weight."""
        return np.flatnonzero([gene.weight is not None for gene in self.genes])

    @cached_property
    def coefficients(self) -> Array:
        """Weight, centre and spread of the weighted genes, shape (3, genes)."""
        rows = [(g.weight, g.centre, g.spread) for g in self.genes if g.weight is not None]
        return np.array(rows, dtype=np.float64).T


def panel_ranks(ranks: Array) -> Array:
    """Rank the genes of a panel among themselves.

    Parameters
    ----------
    ranks
        Shape (genes,): values of one sample on any scale that keeps their order, or its ranks in
        a wider universe, which keep order and ties; NaN where not measured.

    Returns
    -------
    numpy.ndarray
        Same shape: mean rank over the number of measured genes, NaN where not measured.
    """
    from scipy.stats import rankdata

    known = ~np.isnan(ranks)
    result = np.full(ranks.shape, np.nan)
    if known.any():
        result[known] = rankdata(ranks[known]) / known.sum()
    return result


def apply(model: LinearModel, view: SampleView, inputs: ModelInputs) -> Outcome:
    """Apply the model to one sample.

    Returns
    -------
    Outcome
        The score is the predicted response. A weighted gene that is not measured is taken at its
        training mean, so that it adds nothing; how many are is told. ``sensitive`` or
        ``resistant`` beyond the thresholds, ``intermediate`` between, ``no call`` where the model
        has none or the sample measures too little. Contributions sum to the score, the intercept
        among them.
    """
    n_genes = int(model.weighted.size)
    if model.features == "zscore":
        return Outcome(NO_CALL, VALUES_UNREAD, n_genes=n_genes)
    ranks = panel_ranks(inputs.ranks_of(view, model.panel))
    own = ranks[model.weighted]
    weights, centre, spread = model.coefficients
    parts = weights * (own - centre) / spread
    measured = ~np.isnan(parts)
    n_matched = int(measured.sum())
    fault = floor_fault(view, model) or _sparse(model, ranks, n_matched)
    if not n_matched:
        return Outcome(NO_CALL, fault, n_genes=n_genes, n_matched=0)
    score = float(model.intercept + parts[measured].sum())
    call = NO_CALL if fault else _call(model, score)
    words = fault or (no_call_in_words(model) if call == NO_CALL else "")
    facts = figures_in_words(model, score, n_genes - n_matched)
    low, high, kind = _interval(model, view, score)
    one_way = model.higher_is == "sensitive"
    return Outcome(
        call=call,
        reason=f"{words}; {facts}" if words else facts,
        score=score,
        low=low,
        high=high,
        interval_kind=kind,
        probability=np.nan if fault else _probability(model, score),
        threshold_low=model.resistant if one_way and model.resistant is not None else np.nan,
        threshold_high=model.sensitive if one_way and model.sensitive is not None else np.nan,
        reference="; ".join(record.source for record in model.training),
        n_genes=n_genes,
        n_matched=n_matched,
        drivers=_drivers(model, own, parts),
    )


def _probability(model: LinearModel, score: float) -> float:
    """Probability of being sensitive, NaN for a model that states none."""
    if model.probability is None:
        return np.nan
    found = model.probability.at(score)
    return found if model.higher_is == "sensitive" else 1 - found


def _sparse(model: LinearModel, ranks: Array, n_matched: int) -> str:
    needed = model.floors.coverage
    n_ranked, n_panel = int((~np.isnan(ranks)).sum()), ranks.size
    if n_ranked < needed * n_panel:
        return (
            f"too few genes: {n_ranked:,} of the {n_panel:,} that the model ranks are measured, "
            f"{needed:.0%} needed"
        )
    if n_matched < needed * model.weighted.size:
        return f"{SPARSE}: {n_matched} of {model.weighted.size} measured, {needed:.0%} needed"
    return ""


def _call(model: LinearModel, score: float) -> str:
    if model.sensitive is None and model.resistant is None:
        return NO_CALL
    if model.signed(score) >= model.signed(model.sensitive):
        return "sensitive"
    if model.signed(score) <= model.signed(model.resistant):
        return "resistant"
    return "intermediate"


def _interval(model: LinearModel, view: SampleView, score: float) -> tuple[float, float, str]:
    if model.interval is None:
        return np.nan, np.nan, ""
    width, group = model.interval.of(view)
    among = f"{width.n} training samples" + (f" of {group}" if group else "")
    kind = f"{model.interval.level:.0%} {model.interval.method} of {among}; not a probability"
    return score - width.half_width, score + width.half_width, kind


def _drivers(model: LinearModel, own: Array, parts: Array) -> tuple[Driver, ...]:
    """List the intercept, the genes of the largest weights, and the sum of all others."""
    genes = [model.panel[place] for place in model.weighted]
    order = np.lexsort((np.arange(parts.size), -np.abs(model.coefficients[0])))
    named, rest = np.sort(order[:MAX_DRIVERS]), order[MAX_DRIVERS:]
    listed = [Driver(INTERCEPT, model.id, np.nan, model.intercept)]
    listed += [Driver(genes[i], model.id, float(own[i]), float(parts[i])) for i in named]
    if rest.size:
        others = float(np.nansum(parts[np.sort(rest)]))
        listed.append(Driver(f"({rest.size:,} further genes)", model.id, np.nan, others))
    return tuple(listed)
