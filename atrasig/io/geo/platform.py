"""Names of an array's probes, from the platform table that a GEO file brings with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from atrasig.errors import FormatError
from atrasig.genes import looks_like_gene_ids
from atrasig.io.identifiers import unnamed_probe

_PROBED = 400
# Headers as submitters write them, without case, blanks and punctuation; the first found counts.
_SYMBOL_COLUMNS = (
    "genesymbol",
    "symbol",
    "genesym",
    "genesymbols",
    "ilmngene",
    "hgncsymbol",
    "officialsymbol",
    "geneassignment",
    "mrnaassignment",
    "entrezgeneid",
    "entrezid",
    "geneid",
    "ensemblid",
    "ensembl",
)
_SEVERAL = " /// "


def name_probes(
    probes: Sequence[str], platform: pd.DataFrame, facts: dict[str, str | int]
) -> list[str]:
    """Name probes by the genes that a platform table gives for them.

    Parameters
    ----------
    probes
        Probe ids.
    platform
        Platform table as text; the ids in its column ``ID``, or else in the first.
    facts
        Gets ``identifier_column``, ``probes_without_symbol`` and ``probes_of_several_genes``.

    Returns
    -------
    list of str
        The gene of each probe; ``A /// B`` where it has several; the name of
        :func:`atrasig.io.identifiers.unnamed_probe` where it has none. All of these where no
        column names genes.
    """
    ids = platform["ID" if "ID" in platform else platform.columns[0]]
    column = _gene_column(platform)
    named = {} if column is None else dict(zip(ids, map(_genes, platform[column]), strict=True))
    genes = [named.get(probe, "") for probe in probes]
    facts["identifier_column"] = str(column or ids.name)
    facts["probes_without_symbol"] = genes.count("")
    facts["probes_of_several_genes"] = sum(_SEVERAL in gene for gene in genes)
    return [gene or unnamed_probe(probe) for gene, probe in zip(genes, probes, strict=True)]


def check_known(probes: Sequence[str], platform: str, path: Path) -> None:
    """Refuse probes that do not say what gene they measure; numbers would be taken for Entrez ids.

    Parameters
    ----------
    probes
        Probe ids.
    platform
        Accession of their platform.
    path
        File, for the message.

    Raises
    ------
    FormatError
        Naming the platform whose table is needed.
    """
    some = list(probes[:: max(len(probes) // _PROBED, 1)])
    if all(map(str.isdecimal, some)) or not looks_like_gene_ids(some):
        raise FormatError(
            f"The probes ({', '.join(probes[:3])}, ...) are of platform "
            f"{platform or 'of no name'}, whose table is not in the file",
            where=str(path),
            fix="Give its table of probes and genes: --platform TABLE.",
        )


def _gene_column(platform: pd.DataFrame) -> str | None:
    plain = {re.sub(r"[^a-z]", "", str(name).lower()): str(name) for name in platform.columns}
    known = next((plain[name] for name in _SYMBOL_COLUMNS if name in plain), None)
    if known is not None:
        return known
    # A number in any other column is a position or a spot, not a gene.
    share = {
        str(name): looks_like_gene_ids([t for t in platform[name] if not t.isdecimal()][:_PROBED])
        for name in platform.columns
    }
    best = max(share, key=share.__getitem__)
    return best if share[best] > 0.5 else None


def _genes(cell: str) -> str:
    """Genes of a cell, each once; of ``NM_1 // RARA // ...`` (Affymetrix) the second part."""
    entries = [entry.split(" // ") for entry in cell.split(_SEVERAL.strip())]
    names = [parts[1] if len(parts) > 1 else parts[0] for parts in entries]
    plain = dict.fromkeys(name.strip() for name in names)
    return _SEVERAL.join(name for name in plain if name.strip("-"))
