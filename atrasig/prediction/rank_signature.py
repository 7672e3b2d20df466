"""Rank signature: a weighted mean of centred ranks, for gene lists that users bring."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from atrasig.prediction.artefact import RankSignatureModel
from atrasig.prediction.outcome import NO_CALL, Outcome
from atrasig.prediction.rank_score import INTERVAL_KIND, rank_score, weight_of
from atrasig.prediction.sample import SampleView
from atrasig.signatures import SignatureSet


def apply(
    model: RankSignatureModel,
    view: SampleView,
    position: Mapping[str, int],
    signatures: SignatureSet,
    model_hash: str,
) -> Outcome:
    """Apply the model to one sample.

    The score is that of :func:`atrasig.prediction.rank_score.rank_score` with the weights of the
    list, or 1 and -1 by direction where it has none.

    Returns
    -------
    Outcome
        ``sensitive`` or ``resistant`` beyond the thresholds, ``intermediate`` between;
        ``resistant`` only where labelled resistant samples stand behind the threshold.
    """
    signature = signatures[model.signature]
    weights = [weight_of(gene) for gene in signature.genes]
    found = rank_score(signature, weights, view, position, model_hash)
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
