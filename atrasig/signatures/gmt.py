"""Gene-set files in GMT form: strict on TABs, nothing dropped without a note.

One line a set: name, description, genes, all separated by TABs. Names keep their spaces, an empty
description is kept, ``_UP`` and ``_DN`` halves of a pair stay two sets, and every member of a set
has direction ``up``: GMT carries membership, not sign.
"""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from atrasig.errors import SignatureError
from atrasig.files import atomic_path, write_text
from atrasig.signatures.approval import approve_symbols
from atrasig.signatures.collection import SignatureSet
from atrasig.signatures.model import Signature, SignatureGene, Source

if TYPE_CHECKING:
    from atrasig.genes import GeneTable

USER_SOURCE = "user file"
MAX_BYTES = 256 * 2**20
"""All of MSigDB is a tenth of this."""


class GmtLine(NamedTuple):
    """One set as written; `genes` may hold empty fields, `notes` says so."""

    number: int
    name: str
    description: str
    genes: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What is left aside."""
        named = sum(map(bool, self.genes))
        blank = len("\t".join(self.genes).rstrip("\t").split("\t")) - named
        return (f"{blank} empty gene field(s) between genes, skipped",) if blank else ()


def read_gmt(path: str | Path) -> SignatureSet:
    """Read a GMT file (plain or ``.gz``) as unweighted signatures of kind ``pathway``.

    Symbols are mapped to approved ones by the shipped gene table; the printed symbol is kept in
    `SignatureGene.printed`. Repeated genes and symbols that become one are counted once, and the
    set's `limits` say so.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    SignatureSet
        One signature a line, its id the set's name verbatim, its description in ``source.table``.

    Raises
    ------
    SignatureError
        If the file cannot be read, is empty, or has lines without TABs, sets without genes or set
        names used twice. All faults are reported together, each with its line.
    """
    path = Path(path)
    lines = parse_gmt(_read_text(path), path)
    from atrasig.genes import load_gene_table  # pandas is not needed for the shipped set

    table = load_gene_table()
    return SignatureSet(_to_signature(line, path, table) for line in lines)


def parse_gmt(text: str, path: Path) -> list[GmtLine]:
    """Split the text of a GMT file into its sets.

    Raises
    ------
    SignatureError
        As `read_gmt`; `path` is named in it.
    """
    lines, faults = _parse(text)
    if not lines and not faults:
        faults.append(
            "line 1: the file has no gene sets; write one a line: name, description, genes"
        )
    first: dict[str, int] = {}
    for line in lines:
        if line.name in first:
            faults.append(
                f"line {line.number}: set name {line.name!r} is already used on line "
                f"{first[line.name]}; rename one of them"
            )
        first.setdefault(line.name, line.number)
    if faults:
        raise SignatureError(
            "The gene-set file cannot be used", where=str(path), fix=_listing(faults)
        )
    return lines


def write_gmt(path: str | Path, signatures: SignatureSet) -> None:
    """Write signatures as GMT, whole or not at all (gzip-compressed when the name ends in ``.gz``).

    A signature with down genes becomes ``<id>_UP`` and ``<id>_DN``; weights have no place in GMT
    and are left out. Approved symbols are written.

    Parameters
    ----------
    path
        File to write.
    signatures
        What to write.

    Raises
    ------
    SignatureError
        If two lines would get the same name, or a text holds a TAB or a line break.
    OutputError
        If the file cannot be written.
    """
    lines = [line for signature in signatures for line in _to_lines(signature)]
    names = Counter(fields[0] for fields in lines)
    faults = [f"set name {name!r} would be written twice" for name, n in names.items() if n > 1]
    faults += [
        f"set {fields[0]!r}: {field!r} holds a TAB or a line break"
        for fields in lines
        for field in fields
        if any(mark in field for mark in "\t\r\n")
    ]
    if faults:
        raise SignatureError(
            "The signatures cannot be written as GMT", where=str(path), fix=_listing(faults)
        )
    text = "".join("\t".join(fields) + "\n" for fields in lines)
    if Path(path).suffix != ".gz":
        write_text(path, text)
        return
    with atomic_path(path) as temporary:
        temporary.write_bytes(gzip.compress(text.encode("utf-8"), mtime=0))


def _read_text(path: Path) -> str:
    try:
        data = _read_bytes(path)
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SignatureError(
            "The gene-set file is not UTF-8 text",
            where=f"{path}, line {line}",
            fix="Save it as UTF-8 text.",
        ) from error
    except (OSError, EOFError, zlib.error) as error:
        raise SignatureError(
            f"Cannot read the gene-set file: {error}",
            where=str(path),
            fix="Check the path and that the file is whole.",
        ) from error


def _read_bytes(path: Path) -> bytes:
    with path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
    with gzip.open(path) if packed else path.open("rb") as handle:
        data = handle.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise SignatureError(
            f"The gene-set file holds more than {MAX_BYTES >> 20} MiB",
            where=str(path),
            fix="Keep the sets that are needed.",
        )
    return data


def _parse(text: str) -> tuple[list[GmtLine], list[str]]:
    lines: list[GmtLine] = []
    faults: list[str] = []
    for number, raw in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if not raw.strip():
            continue
        name, *rest = raw.split("\t")
        genes = tuple(field.strip() for field in rest[1:])
        if not rest:
            faults.append(f"line {number}: no TAB in {raw[:40]!r}; separate the fields by TABs")
        elif not name.strip():
            faults.append(f"line {number}: the set has no name; write it before the first TAB")
        elif not any(genes):
            faults.append(f"line {number}: set {name!r} has no genes; add some or remove the line")
        else:
            lines.append(GmtLine(number, name.strip(), rest[0], genes))
    return lines, faults


def _to_signature(line: GmtLine, path: Path, table: GeneTable) -> Signature:
    named = [gene for gene in line.genes if gene]
    counts = Counter(named)
    notes = [f"{gene} is listed {n} times, counted once" for gene, n in counts.items() if n > 1]
    notes += line.notes
    try:
        signature = Signature(
            id=line.name,
            version="0.0.0",
            title=line.description.strip() or line.name,
            kind="pathway",
            source=Source(citation=USER_SOURCE, table=line.description, address=path.name),
            obtained="published-list",
            licence="as stated by the file's provider",
            limits=tuple(notes),
            genes=tuple(SignatureGene(gene=gene, direction="up") for gene in counts),
        )
    except ValidationError as error:
        texts = sorted({str(fault["input"]) for fault in error.errors()})
        raise SignatureError(
            f"Not a usable name: {', '.join(map(repr, texts))}",
            where=f"{path}, line {line.number}",
            fix="Names hold single spaces only, and no other white space.",
        ) from error
    return approve_symbols(signature, table)


def _to_lines(signature: Signature) -> list[list[str]]:
    from_file = signature.source.citation == USER_SOURCE and signature.source.table is not None
    description = (signature.source.table if from_file else signature.title) or ""
    if not signature.down:
        return [[signature.id, description, *signature.up]]
    halves: list[tuple[str, Sequence[str]]] = [("UP", signature.up), ("DN", signature.down)]
    return [[f"{signature.id}_{end}", description, *part] for end, part in halves if part]


def _listing(faults: Sequence[str]) -> str:
    return "All faults found:\n" + "\n".join(f"  - {fault}" for fault in faults)
