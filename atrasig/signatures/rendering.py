"""One signature as the YAML text of the shipped format."""

from __future__ import annotations

from typing import Any

import yaml

from atrasig.signatures.model import Signature, SignatureGene

_HEADER = (
    "id", "version", "title", "kind", "atra_roles", "context", "scale", "source", "obtained",
    "derivation", "licence", "limits", "contradictions", "sha256",
)  # fmt: skip
_WIDTH = 100


def render_yaml(signature: Signature) -> str:
    """Write a signature as YAML: the header, then one line a gene, sorted by symbol.

    Parameters
    ----------
    signature
        What to write.

    Returns
    -------
    str
        Text that `read_signature` reads back as the same signature, but for the order of genes.
    """
    values = signature.model_dump(mode="json", exclude_none=True)
    header = {key: values[key] for key in _HEADER if key in values}
    genes = sorted(values["genes"], key=lambda gene: gene["gene"])
    return f"{_dump(header, _WIDTH)}genes:\n" + "".join(f"- {_flow(gene)}" for gene in genes)


def _dump(value: Any, width: int) -> str:
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=width)
    return text


def _flow(value: Any) -> str:
    text: str = yaml.safe_dump(
        value, sort_keys=False, allow_unicode=True, width=10**6, default_flow_style=True
    )
    return text


def describe(signature: Signature) -> str:
    """Lay out a signature for readers: header, limits, genes by direction.

    Parameters
    ----------
    signature
        What to show.

    Returns
    -------
    str
        Lines of text, the last one ended.
    """
    source = signature.source.model_dump(exclude_none=True)
    context = signature.context
    facts = {
        "id": f"{signature.id} {signature.version}",
        "kind": signature.kind,
        "ATRA roles": ", ".join(signature.atra_roles),
        "diseases": ", ".join(context.diseases),
        "tissues": ", ".join(context.tissues),
        "context": context.note or "",
        "scale": signature.scale if any(g.weight is not None for g in signature.genes) else "",
        **source,
        "obtained": signature.obtained,
        "derivation": signature.derivation or "",
        "licence": signature.licence,
        "sha256": signature.sha256,
    }
    lines = [signature.title, ""]
    lines += [f"{name:<11} {value}" for name, value in facts.items() if value]
    for name in ("limits", "contradictions"):
        texts = getattr(signature, name)
        lines += ["", f"{name}:", *(f"- {text}" for text in texts)] if texts else []
    for direction in ("up", "down"):
        genes = [gene for gene in signature.genes if gene.direction == direction]
        if genes:
            lines += ["", f"{direction} ({len(genes)}):", *map(_gene_line, genes)]
    return "\n".join(lines) + "\n"


def _gene_line(gene: SignatureGene) -> str:
    parts = [f"  {gene.gene}"]
    parts += [f"{gene.weight:+.4g}"] if gene.weight is not None else []
    parts += [f"(printed {gene.printed})"] if gene.printed else []
    parts += [text for text in (gene.note, gene.source) if text]
    return "  ".join(parts)
