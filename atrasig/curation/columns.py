"""Columns of a table of genes, under the names in use, and the rows below them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from atrasig.curation.draft import Draft, DraftGene, Row, refused, unreadable

# One tuple a role; where a table has columns of several tiers, the first tier is taken.
_NAMES: dict[str, tuple[frozenset[str], ...]] = {
    "gene": (
        frozenset({
            "gene", "genes", "symbol", "symbols", "genesymbol", "genesymbols", "hgnc",
            "hgncsymbol", "approvedsymbol", "genename", "genenames",
        }),
        frozenset({
            "ensembl", "ensemblid", "ensemblgene", "ensemblgeneid", "ensg", "entrez", "entrezid",
            "entrezgene", "entrezgeneid", "ncbigene", "ncbigeneid", "geneid",
        }),
    ),
    "direction": (
        frozenset({"direction", "dir", "regulation", "regulated", "sign", "updown", "trend"}),
    ),
    "weight": (
        frozenset({
            "weight", "weights", "coefficient", "coefficients", "coef", "coeff", "beta", "loading",
            "logfc", "log2fc", "lfc", "logfoldchange", "log2foldchange",
        }),
    ),
    "signature": (frozenset({"signature", "signatureid", "geneset", "set", "setname", "list"}),),
    "printed": (frozenset({"printed"}),),
    "note": (frozenset({"note", "notes", "comment"}),),
    "source": (frozenset({"source", "reference", "citation"}),),
}  # fmt: skip
_UP = frozenset({"up", "+", "1", "+1", "1.0", "positive", "pos", "higher", "high", "increased",
                 "induced", "upregulated", "up-regulated", "↑"})  # fmt: skip
_DOWN = frozenset({"down", "dn", "-", "-1", "-1.0", "negative", "neg", "lower", "low", "decreased",
                   "repressed", "downregulated", "down-regulated", "↓"})  # fmt: skip
HEADER_ROWS = 30
"""Titles and remarks above the header of a supplement take fewer rows."""


class Columns(NamedTuple):
    """Place of each role in the header, and the columns that have none."""

    place: dict[str, int]
    unused: tuple[str, ...]


def is_header(cells: Sequence[str]) -> bool:
    """Tell whether one of the cells names a column of genes."""
    names = frozenset().union(*_NAMES["gene"])
    return any(_key(cell) in names for cell in cells)


def has_genes_and_more(cells: Sequence[str]) -> bool:
    """Tell whether the cells are a header of genes with a direction, a weight or a set."""
    keys = {_key(cell) for cell in cells}
    roles = ("direction", "weight", "signature")
    return is_header(cells) and any(keys & _NAMES[role][0] for role in roles)


def read_rows(rows: Iterable[Row], path: Path, where: str = "") -> list[Draft]:
    """Make gene lists of the rows of a table.

    Parameters
    ----------
    rows
        Row number and cells as text, in the order of the file.
    path, where
        The file, and the worksheet in it.

    Returns
    -------
    list of Draft
        One list, or one for each value of the column ``signature``.

    Raises
    ------
    FormatError
        If no column of genes is found, or two columns could be the same.
    SignatureError
        If rows are faulty; all of them are reported together.
    """
    listed = [(number, cells) for number, cells in rows if any(cells)]
    start = next((i for i, (_, cells) in enumerate(listed[:HEADER_ROWS]) if is_header(cells)), None)
    if start is None:
        return [_plain_list(listed, path, where)]
    columns = _columns(listed[start][1], path, where)
    faults: list[str] = []
    genes: dict[str, list[DraftGene]] = {}
    for number, cells in listed[start + 1 :]:
        name, gene, fault = _gene(number, cells, columns, len(listed[start][1]))
        faults += fault
        if gene is not None:
            genes.setdefault(name, []).append(gene)
    if faults:
        raise refused(path, f"The table of genes cannot be used{where}", faults)
    if not genes:
        raise unreadable(path, f"The table has a header and no genes{where}", "Add its rows.")
    notes = [f"rows above the header, not read: {start}"] if start else []
    if columns.unused:
        notes.append(f"columns not used: {', '.join(columns.unused)}")
    return [Draft(name, tuple(listed), notes=tuple(notes)) for name, listed in genes.items()]


def _plain_list(listed: list[Row], path: Path, where: str) -> Draft:
    if not listed or any(len([c for c in cells if c]) > 1 for _, cells in listed):
        header = ", ".join(repr(c) for c in listed[0][1][:8] if c) if listed else "nothing"
        raise unreadable(
            path,
            f"No column of genes was found{where}; the first row holds {header}",
            "Name the column `gene`, and `direction` or `weight` beside it.",
        )
    genes = [
        DraftGene(next(cell for cell in cells if cell), f"row {number}") for number, cells in listed
    ]
    return Draft("", tuple(genes))


def _columns(header: Sequence[str], path: Path, where: str) -> Columns:
    keys = [_key(cell) for cell in header]
    place: dict[str, int] = {}
    for role, tiers in _NAMES.items():
        found = next((hits for tier in tiers if (hits := _hits(keys, tier))), [])
        if len(found) > 1:
            raise unreadable(
                path,
                f"Several columns could hold the {role}{where}: "
                f"{', '.join(header[i] for i in found)}",
                "Keep one of them, or rename the others.",
            )
        if found:
            place[role] = found[0]
    taken = set(place.values())
    return Columns(place, tuple(c for i, c in enumerate(header) if c and i not in taken))


def _hits(keys: Sequence[str], names: frozenset[str]) -> list[int]:
    return [i for i, key in enumerate(keys) if key in names]


def _gene(
    number: int, cells: Sequence[str], columns: Columns, width: int
) -> tuple[str, DraftGene | None, list[str]]:
    """One row as the name of its list, its gene, and its faults."""
    here = f"row {number}"
    cell = {role: cells[i] if i < len(cells) else "" for role, i in columns.place.items()}
    faults = []
    if any(cells[width:]):
        faults.append(f"{here}: it has more cells than the header")
    if not cell["gene"]:
        faults.append(f"{here}: the cell of the gene is empty")
    if "signature" in cell and not cell["signature"]:
        faults.append(f"{here}: the cell of the signature is empty")
    weight, fault = _weight(cell.get("weight", ""))
    faults += [f"{here}: {fault}"] if fault else []
    stated, fault = _direction(cell.get("direction", ""))
    faults += [f"{here}: {fault}"] if fault else []
    direction = stated or ("" if weight is None else "up" if weight > 0 else "down")
    if stated and weight is not None and (weight > 0) != (stated == "up"):
        faults.append(
            f"{here}: {cell['gene']} has direction {stated} and weight {weight:g}; "
            "up needs a positive weight, down a negative one"
        )
    if faults:
        return "", None, faults
    extra = {role: cell.get(role, "") for role in ("note", "source", "printed")}
    return (
        cell.get("signature", ""),
        DraftGene(cell["gene"], here, direction, weight, **extra),
        [],
    )


def _weight(text: str) -> tuple[float | None, str]:
    if not text:
        return None, ""
    try:
        weight = float(text.replace("\u2212", "-").replace("_", "?"))
    except ValueError:
        return None, f"weight {text!r} is not a number; write it with a decimal point"
    if not math.isfinite(weight) or weight == 0:
        return None, f"weight {text} gives no direction; leave the gene out or correct it"
    return weight, ""


def _direction(text: str) -> tuple[str, str]:
    word = text.casefold().replace("\u2212", "-")
    if not word:
        return "", ""
    if word in _UP:
        return "up", ""
    if word in _DOWN:
        return "down", ""
    return "", f"direction {text!r} is not known; write up or down"


def _key(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())
