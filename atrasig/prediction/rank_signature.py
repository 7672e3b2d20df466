"""Rank signature: a weighted mean of centred ranks, for gene lists that users bring."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from atrasig.prediction.artefact import RankSignatureModel
from atrasig.prediction.bootstrap import gene_weights, interval, seed_of, weighted_sums
from atrasig.prediction.outcome import NO_CALL, Driver, Outcome
from atrasig.prediction.sample import SPARSE, SampleView, floor_fault
from atrasig.signatures import SignatureSet

INTERVAL_KIND = "95 % gene bootstrap of the score; not a probability"


def apply(
    model: RankSignatureModel,
    view: SampleView,
    position: Mapping[str, int],
    signatures: SignatureSet,
    model_hash: str,
) -> Outcome:
    """Apply the model to one sample.

    The score is ``sum(w (r - 0.5)) / sum(|w|)`` over measured genes, with r the normalised rank
    and w the weight (1 or -1 by direction where the list has none).

    Returns
    -------
    Outcome
        ``sensitive`` or ``resistant`` beyond the thresholds, ``intermediate`` between;
        ``resistant`` only where labelled resistant samples stand behind the threshold.
    """
    genes = signatures[model.signature].genes
    signs = {"up": 1.0, "down": -1.0}
    weights = np.array([g.weight if g.weight is not None else signs[g.direction] for g in genes])
    ranks = np.array(
        [view.ranks[position[g.gene]] if g.gene in position else np.nan for g in genes]
    )
    measured = ~np.isnan(ranks)
    n_matched = int(measured.sum())
    fault = floor_fault(view, model)
    if not fault and n_matched < model.floors.coverage * len(genes):
        fault = (
            f"{SPARSE}: {n_matched} of {len(genes)} measured, {model.floors.coverage:.0%} needed"
        )
    if not n_matched:
        return Outcome(NO_CALL, fault, n_genes=len(genes), n_matched=0)
    total = np.abs(weights[measured]).sum()
    parts = weights * (ranks - 0.5) / total
    score = float(parts[measured].sum())
    draws = gene_weights(n_matched, seed_of(model_hash, 0))
    sizes = weighted_sums(draws, np.abs(weights[measured]))
    low, high = interval(weighted_sums(draws, parts[measured]) * total / sizes)
    return Outcome(
        call=NO_CALL if fault else _call(model, score),
        reason=fault or _reason(model, score),
        score=score,
        low=low,
        high=high,
        interval_kind=INTERVAL_KIND,
        threshold_low=np.nan if model.resistant is None else model.resistant,
        threshold_high=model.sensitive,
        reference=f"thresholds: {model.source}",
        n_genes=len(genes),
        n_matched=n_matched,
        drivers=tuple(
            Driver(g.gene, model.signature, float(rank), float(part))
            for g, rank, part in zip(genes, ranks, parts, strict=True)
        ),
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
