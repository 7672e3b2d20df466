"""Where a gene of a list was read: one gene, or some drawn at random."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import NamedTuple

from atrasig.signatures.model import Signature, SignatureGene


class Trace(NamedTuple):
    """One gene of one signature, with the signature that holds it."""

    gene: SignatureGene
    signature: Signature

    @property
    def facts(self) -> dict[str, str]:
        """What is known of its source: texts by name, those that are there."""
        source = self.signature.source
        named = {
            "printed": self.gene.printed,
            "note": self.gene.note,
            "read in": self.gene.source,
            "citation": source.citation,
            "doi": source.doi,
            "pmid": source.pmid,
            "accession": source.accession,
            "table": source.table,
            "address": source.address,
            "obtained": self.signature.obtained,
            "licence": self.signature.licence,
        }
        return {name: text for name, text in named.items() if text}


def trace(symbol: str, signatures: Iterable[Signature]) -> list[Trace]:
    """Find an approved symbol in every signature that lists it, in the order of `signatures`."""
    return [
        Trace(gene, signature)
        for signature in signatures
        for gene in signature.genes
        if gene.gene == symbol
    ]


def sample_traces(signatures: Iterable[Signature], n: int, seed: int) -> list[Trace]:
    """Draw genes at random, each with one of the signatures that list it.

    Parameters
    ----------
    signatures
        Where to draw from; their order and that of their genes do not matter.
    n
        Genes to draw, all of them distinct; at most as many as there are.
    seed
        The same seed draws the same genes.

    Returns
    -------
    list
        Traces in the order of their symbols.
    """
    listed = sorted(signatures, key=lambda signature: signature.id)
    symbols = sorted({symbol for signature in listed for symbol in signature.symbols})
    drawn = random.Random(seed)
    chosen = sorted(drawn.sample(symbols, min(n, len(symbols))))
    return [drawn.choice(trace(symbol, listed)) for symbol in chosen]
