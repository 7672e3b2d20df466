"""An artefact as text: the YAML and the table beside it, such that reading gives it back."""

from __future__ import annotations

from typing import Any

import yaml

from atrasig.prediction.artefact import BaseModelArtefact, ModelGene
from atrasig.prediction.table import NUMBERS, TYPICAL

_FIRST = ("id", "version", "title", "question", "kind", "priority", "grade", "context", "floors")
_LAST = ("training", "validation", "limits")


class _Dumper(yaml.SafeDumper):
    """Writes no references: equal values are written out, as the reader wants them."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def artefact_yaml(model: BaseModelArtefact, table: str) -> str:
    """Write an artefact as YAML.

    Parameters
    ----------
    model
        The artefact.
    table
        File name of the table beside it.

    Returns
    -------
    str
        All that differs from the defaults, numbers to their last digit; genes are in the table.
    """
    content = model.model_dump(mode="json", exclude={"genes"}, exclude_defaults=True)
    middle = [name for name in content if name not in (*_FIRST, *_LAST)]
    ordered = {name: content[name] for name in (*_FIRST, *middle, *_LAST) if name in content}
    named: dict[str, Any] = {}
    for name, value in ordered.items():
        if name in _LAST and "table" not in named:
            named["table"] = table
        named[name] = value
    named.setdefault("table", table)
    return yaml.dump(named, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def table_text(genes: tuple[ModelGene, ...]) -> str:
    """Write the table beside an artefact, numbers to their last digit, no figure as nothing."""
    platforms = sorted({name for gene in genes for name in gene.typical})
    header = ["gene", *NUMBERS, *(TYPICAL + name for name in platforms)]
    lines = ["\t".join(header)]
    for gene in genes:
        figures = [getattr(gene, name) for name in NUMBERS]
        figures += [gene.typical.get(name) for name in platforms]
        cells = ("" if value is None else repr(float(value)) for value in figures)
        lines.append("\t".join((gene.gene, *cells)))
    return "\n".join(lines) + "\n"
