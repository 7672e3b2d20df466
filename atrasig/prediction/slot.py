"""Slot: the place of a published model whose genes the user brings.

An empty slot says which list is missing and how to add it. A filled one scores the list; it makes
no call, because no threshold of the publication could be read.
"""

from __future__ import annotations

from collections.abc import Mapping

from atrasig.errors import ModelError
from atrasig.prediction.artefact import SlotModel
from atrasig.prediction.outcome import NO_CALL, Outcome
from atrasig.prediction.rank_score import INTERVAL_KIND, rank_score, sign_of
from atrasig.prediction.sample import SampleView
from atrasig.signatures import SignatureSet


def how_to_fill(model: SlotModel) -> str:
    """Say in one sentence what is missing and how to add it."""
    return f"{model.missing}; add it with `atrasig signatures import --as {model.signature} TABLE`"


def refuse_misfilled(model: SlotModel, signatures: SignatureSet) -> None:
    """Refuse a list under the name of a slot that is not of the published size.

    Raises
    ------
    ModelError
        If it has another number of genes.
    """
    if model.signature not in signatures:
        return
    n_genes = signatures[model.signature].n_genes
    if n_genes != model.n_genes:
        raise ModelError(
            f"Signature {model.signature} has {n_genes} genes and the published list of this "
            f"name has {model.n_genes}",
            fix=f"Give it another id, or bring the published list: "
            f"atrasig signatures import --as {model.signature} TABLE",
        )


def apply(
    model: SlotModel,
    view: SampleView,
    position: Mapping[str, int],
    signatures: SignatureSet,
    model_hash: str,
) -> Outcome:
    """Score one sample by the list in the slot, or say how to add it; never a call.

    The score is the mean of centred normalised ranks, up genes counted by their rank and down
    genes by its opposite. Weights of the list do not count: those of a publication are for
    expression values, not for ranks.
    """
    if model.signature not in signatures:
        return Outcome(NO_CALL, how_to_fill(model), reference=model.reference)
    signature = signatures[model.signature]
    signs = [sign_of(gene) for gene in signature.genes]
    found = rank_score(signature, signs, view, position, model_hash)
    platform = view.platform or "this platform"
    return Outcome(
        call=NO_CALL,
        reason=found.fault(view, model)
        or f"score {found.score:+.3f} by the {found.n_genes} genes of {signature.id}, which is "
        f"there, but no reference or threshold is frozen for {platform}: thresholds of your own "
        "make a rank_signature model (--models)",
        score=found.score,
        low=found.low,
        high=found.high,
        interval_kind=INTERVAL_KIND if found.n_matched else "",
        reference=model.reference,
        n_genes=found.n_genes,
        n_matched=found.n_matched,
        drivers=found.drivers,
    )
