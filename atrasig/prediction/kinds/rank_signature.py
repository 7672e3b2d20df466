"""Rank signature: a weighted mean of centred ranks, for gene lists that users bring."""

from __future__ import annotations

from collections.abc import Container
from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from atrasig.errors import ModelError
from atrasig.prediction.artefact import BaseModelArtefact
from atrasig.prediction.inputs import ModelInputs
from atrasig.prediction.outcome import NO_CALL, Outcome
from atrasig.prediction.rank_score import INTERVAL_KIND, rank_score, weight_of
from atrasig.prediction.sample import SampleView
from atrasig.signatures import SignatureSet


class RankSignatureModel(BaseModelArtefact):
    """Weighted mean of centred normalised ranks: the form of a user's own gene list.

    Parameters
    ----------
    universe
        Genes ranked against each other.
    signature
        Genes with directions and, optionally, weights; its `scale` is ``rank``.
    sensitive, resistant
        Scores at or above / at or below which a call is made.
    n_sensitive, n_resistant
        Labelled samples behind the thresholds; without resistant ones nothing is ``resistant``.
    source
        Where the thresholds can be read.
    """

    kind: Literal["rank_signature"]
    question: Literal["sensitivity"]
    universe: Literal["coding"]
    signature: str
    sensitive: float
    resistant: float | None = None
    n_sensitive: int = Field(ge=0)
    n_resistant: int = Field(ge=0)
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _check_order(self) -> RankSignatureModel:
        if self.resistant is not None and self.resistant >= self.sensitive:
            raise ValueError(
                f"resistant ({self.resistant:g}) must lie below sensitive ({self.sensitive:g})"
            )
        return self

    def rests_on(self, known: Container[str]) -> tuple[str, ...]:
        """Name the list of genes."""
        del known
        return (self.signature,)

    def refuse_unusable(self, signatures: SignatureSet) -> None:
        """Refuse weights that were fitted to something else than ranks."""
        signature = signatures[self.signature]
        if signature.scale != "rank" and any(gene.weight is not None for gene in signature.genes):
            raise ModelError(
                f"Model {self.id} ranks genes, but the weights of {signature.id} are for "
                f"{signature.scale} expression",
                fix="Give weights that were fitted to ranks (scale: rank), or none.",
            )


def apply(model: RankSignatureModel, view: SampleView, inputs: ModelInputs) -> Outcome:
    """Apply the model to one sample.

    The score is that of :func:`atrasig.prediction.rank_score.rank_score` with the weights of the
    list, or 1 and -1 by direction where it has none.

    Returns
    -------
    Outcome
        ``sensitive`` or ``resistant`` beyond the thresholds, ``intermediate`` between;
        ``resistant`` only where labelled resistant samples stand behind the threshold.
    """
    signature = inputs.signatures[model.signature]
    weights = [weight_of(gene) for gene in signature.genes]
    found = rank_score(signature, weights, view, inputs)
    fault = found.fault(view, model)
    if not found.n_matched:
        return Outcome(NO_CALL, fault, n_genes=found.n_genes, n_matched=0)
    return Outcome(
        call=NO_CALL if fault else _call(model, found.score),
        reason=fault or _reason(model, found.score),
        score=found.score,
        low=found.low,
        high=found.high,
        interval_kind=INTERVAL_KIND,
        threshold_low=np.nan if model.resistant is None else model.resistant,
        threshold_high=model.sensitive,
        reference=f"thresholds: {model.source}",
        n_genes=found.n_genes,
        n_matched=found.n_matched,
        drivers=found.drivers,
    )


def _call(model: RankSignatureModel, score: float) -> str:
    if score >= model.sensitive:
        return "sensitive"
    if model.resistant is not None and model.n_resistant > 0 and score <= model.resistant:
        return "resistant"
    return "intermediate"


def _reason(model: RankSignatureModel, score: float) -> str:
    bounds = f"sensitive at {model.sensitive:+.3f} ({model.n_sensitive} labelled samples)"
    if model.resistant is None:
        bounds += ", no threshold for resistant"
    elif model.n_resistant:
        bounds += f", resistant at {model.resistant:+.3f} ({model.n_resistant})"
    else:
        bounds += ", none for resistant, as no labelled resistant sample stands behind it"
    return f"score {score:+.3f} against the model's thresholds: {bounds}"
