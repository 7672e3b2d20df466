"""Slot: the place of a published model whose genes the user brings.

An empty slot says which list is missing and how to add it. A filled one scores the list; it makes
no call, because no threshold of the publication could be read.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Literal

from pydantic import Field

from atrasig.errors import ModelError
from atrasig.prediction.artefact import BaseModelArtefact
from atrasig.prediction.inputs import ModelInputs
from atrasig.prediction.outcome import NO_CALL, Outcome
from atrasig.prediction.rank_score import INTERVAL_KIND, rank_score, sign_of
from atrasig.prediction.sample import SampleView
from atrasig.signatures import SignatureSet
from atrasig.signatures.model import Source


class SlotModel(BaseModelArtefact):
    """A published model whose genes could not be read: the user brings them.

    Parameters
    ----------
    universe
        Genes ranked against each other.
    signature
        Name of the slot, and id of the list that fills it.
    n_genes
        Genes of the published list; no other number is taken.
    published
        Source of the list, as recorded with it once it is there.
    reported
        What the publication says of the model.
    missing
        What is missing, as the beginning of a sentence that says how to add it.
    """

    kind: Literal["slot"]
    universe: Literal["coding"]
    signature: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    n_genes: int = Field(ge=1)
    published: Source
    reported: tuple[str, ...] = ()
    missing: str = Field(min_length=1)

    @property
    def reference(self) -> str:
        """The publication, in one line."""
        known = self.published
        names = {"doi": known.doi, "pmid": known.pmid}
        return ", ".join(
            [known.citation, *(f"{key}:{name}" for key, name in names.items() if name)]
        )

    def rests_on(self, known: Container[str]) -> tuple[str, ...]:
        """Name the list in the slot, where there is one."""
        return (self.signature,) if self.signature in known else ()

    def refuse_unusable(self, signatures: SignatureSet) -> None:
        """Refuse a list under the name of the slot that is not of the published size."""
        if self.signature not in signatures:
            return
        n_genes = signatures[self.signature].n_genes
        if n_genes != self.n_genes:
            raise ModelError(
                f"Signature {self.signature} has {n_genes} genes and the published list of this "
                f"name has {self.n_genes}",
                fix=f"Give it another id, or bring the published list: "
                f"atrasig signatures import --as {self.signature} TABLE",
            )


def how_to_fill(model: SlotModel) -> str:
    """Say in one sentence what is missing and how to add it."""
    return f"{model.missing}; add it with `atrasig signatures import --as {model.signature} TABLE`"


def apply(model: SlotModel, view: SampleView, inputs: ModelInputs) -> Outcome:
    """Score one sample by the list in the slot, or say how to add it; never a call.

    The score is the mean of centred normalised ranks, up genes counted by their rank and down
    genes by its opposite. Weights of the list do not count: those of a publication are for
    expression values, not for ranks.
    """
    signatures = inputs.signatures
    if model.signature not in signatures:
        return Outcome(NO_CALL, how_to_fill(model), reference=model.reference)
    signature = signatures[model.signature]
    signs = [sign_of(gene) for gene in signature.genes]
    found = rank_score(signature, signs, view, inputs)
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
