"""Importers of gene-set collections: GMT, the JSON and XML of MSigDB, and atrasig's own JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any
from xml.parsers import expat

from pydantic import TypeAdapter, ValidationError

from atrasig.curation.draft import Draft, DraftGene, chunks, read_text, refused
from atrasig.io.compression import open_text
from atrasig.io.format import Head
from atrasig.signatures import SignatureGene
from atrasig.signatures.export import JSON_KEY
from atrasig.signatures.gmt import parse_gmt

_UP_ENDS, _DOWN_ENDS = ("_UP",), ("_DN", "_DOWN")


def recognises_gmt(head: Head) -> bool:
    """Take any text: what is no GMT is refused line by line."""
    return head.is_text


def read_gmt_sets(path: Path, worksheet: str = "") -> Iterable[Draft]:
    """Read the sets of a GMT file, packed or not; TABs alone separate.

    Raises
    ------
    SignatureError
        With every faulty line.
    """
    return (
        Draft(
            line.name,
            tuple(
                DraftGene(gene, f"line {line.number}, gene {place}")
                for place, gene in enumerate(line.genes, 1)
                if gene
            ),
            _described(line.name, line.description.strip()),
            line.notes,
        )
        for line in parse_gmt(read_text(path), path)
    )


def _described(name: str, description: str) -> dict[str, Any]:
    if description.startswith(("http://", "https://")):
        source = {"citation": f"gene set {name}", "address": description}
        return {"title": name, "source": source}
    return {"title": description or name}


def recognises_json(head: Head) -> bool:
    """Tell JSON by its first character."""
    return head.is_text and "".join(head.lines[:1]).lstrip()[:1] == "{"


def read_json_sets(path: Path, worksheet: str = "") -> Iterable[Draft]:
    """Read the JSON that MSigDB offers for download, or that atrasig exports.

    Raises
    ------
    SignatureError
        If the text is no JSON, a set stands in it twice, or has no list of genes.
    """
    try:
        sets = json.loads(read_text(path), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise refused(path, "Cannot read the JSON", [str(error)]) from error
    if not isinstance(sets, dict) or not sets:
        raise refused(path, "The JSON holds no gene sets", ["write {set name: {geneSymbols: []}}"])
    if JSON_KEY in sets:
        return _own(sets[JSON_KEY], path)
    faults = [
        f"set {name!r} has no list of texts named geneSymbols"
        for name, entry in sets.items()
        if not _is_texts(entry.get("geneSymbols") if isinstance(entry, dict) else None)
    ]
    if faults:
        raise refused(path, "The JSON cannot be used", faults)
    return (
        _msigdb(name, entry["geneSymbols"], entry, _JSON_FIELDS) for name, entry in sets.items()
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"{key!r} is given twice; keep one")
        found[key] = value
    return found


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, str) for v in value)


def _own(entries: object, path: Path) -> Iterator[Draft]:
    for number, entry in enumerate(entries if isinstance(entries, list) else [None], 1):
        here = f"signature {number}"
        if not isinstance(entry, dict) or not isinstance(entry.get("genes"), list):
            raise refused(path, "The JSON cannot be used", [f"{here} has no list of genes"])
        odd = [key for key, kind in _OWN_KINDS.items() if not isinstance(entry.get(key), kind)]
        if odd:
            raise refused(path, "The JSON cannot be used", [f"{here}, {odd[0]}: of another kind"])
        header = {k: v for k, v in entry.items() if k not in ("genes", "sha256", "id")}
        genes = tuple(
            _own_gene(gene, f"{here}, gene {place}", path)
            for place, gene in enumerate(entry["genes"], 1)
        )
        yield Draft(entry.get("id") or "", genes, header)


_OWN_KINDS: dict[str, type | tuple[type, ...]] = {
    "id": (str, type(None)),
    "source": (dict, type(None)),
    "limits": (list, type(None)),
}


def _own_gene(entry: object, place: str, path: Path) -> DraftGene:
    try:
        gene = TypeAdapter(SignatureGene).validate_python(entry)
    except ValidationError as error:
        faults = [f"{place}: {fault['msg']}" for fault in error.errors()]
        raise refused(path, "The JSON cannot be used", faults) from error
    extra = {key: getattr(gene, key) or "" for key in ("note", "source", "printed")}
    return DraftGene(gene.gene, place, gene.direction, gene.weight, **extra)


_JSON_FIELDS = {
    "systematicName": "accession",
    "pmid": "pmid",
    "exactSource": "table",
    "msigdbURL": "address",
}
_XML_FIELDS = {
    "SYSTEMATIC_NAME": "accession",
    "PMID": "pmid",
    "EXACT_SOURCE": "table",
    "EXTERNAL_DETAILS_URL": "address",
}


def _msigdb(
    name: str, genes: list[str], stated: Mapping[str, Any], fields: Mapping[str, str]
) -> Draft:
    source: dict[str, str] = {"citation": f"MSigDB set {name}"}
    notes = []
    for field, key in fields.items():
        text = str(stated.get(field) or "").strip()
        if key == "pmid" and text and not text.isdigit():
            notes.append(f"PMID {text!r} is no number, left out")
        elif text:
            source[key] = text
    organism = str(stated.get("ORGANISM") or "")
    if organism and organism != "Homo sapiens":
        notes.append(f"made in {organism}; the symbols are those MSigDB gives for human genes")
    title = str(stated.get("DESCRIPTION_BRIEF") or name).strip()
    listed = tuple(DraftGene(gene.strip(), f"gene {n}") for n, gene in enumerate(genes, 1))
    blank = sum(not gene.text for gene in listed)
    notes += [f"{blank} empty gene names, skipped"] if blank else []
    kept = tuple(gene for gene in listed if gene.text)
    return Draft(name, kept, {"title": title, "source": source}, tuple(notes))


def recognises_xml(head: Head) -> bool:
    """Tell XML by its first character."""
    return head.is_text and "".join(head.lines[:1]).lstrip()[:1] == "<"


def read_xml_sets(path: Path, worksheet: str = "") -> Iterator[Draft]:
    """Read the XML of MSigDB as a stream; a document type or an entity is refused.

    Raises
    ------
    SignatureError
        If the text is no XML, declares a document type, or has no ``GENESET`` with members.
    """
    found: list[tuple[int, dict[str, str]]] = []

    def begin(tag: str, stated: dict[str, str]) -> None:
        if tag == "GENESET":
            found.append((parser.CurrentLineNumber, stated))

    def refuse(*_: object) -> None:
        raise refused(
            path,
            "The XML declares a document type or an entity",
            ["MSigDB's files need none; remove the declaration if you trust the file"],
        )

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    n_sets = 0
    try:
        with open_text(path) as handle:
            for piece in chain(chunks(handle), [""]):
                parser.Parse(piece, not piece)
                n_sets += len(found)
                yield from [_of_element(line, stated, path) for line, stated in found]
                found.clear()
    except expat.ExpatError as error:
        raise refused(path, "Cannot read the XML", [str(error)]) from error
    if not n_sets:
        raise refused(path, "The XML cannot be used", ["it has no element GENESET"])


def _of_element(line: int, stated: dict[str, str], path: Path) -> Draft:
    name, members = stated.get("STANDARD_NAME", ""), stated.get("MEMBERS_SYMBOLIZED", "")
    if not name or not members.strip(","):
        fault = f"line {line}: GENESET {name or 'without STANDARD_NAME'} has no MEMBERS_SYMBOLIZED"
        raise refused(path, "The XML cannot be used", [fault])
    return _msigdb(name, members.split(","), stated, _XML_FIELDS)


def pair_up_and_down(drafts: list[Draft], path: Path) -> list[Draft]:
    """Join ``NAME_UP`` and ``NAME_DN`` (or ``_DOWN``) to one list with directions.

    Parameters
    ----------
    drafts
        Lists of a file; those that are no half of a pair are kept. A down half without its up
        half becomes a list of down genes, an up half without its down half keeps its name.

    Raises
    ------
    SignatureError
        If a list of the joined name stands beside the halves.
    """
    by_name = {draft.name: draft for draft in drafts}
    joined: list[Draft] = []
    faults: list[str] = []
    for draft in drafts:
        stem, end = _halved(draft.name)
        down = next((by_name[stem + e] for e in _DOWN_ENDS if stem + e in by_name), None)
        if not stem or (end in _UP_ENDS and down is None):
            joined.append(draft)
        elif stem in by_name:
            faults.append(f"{draft.name} and {stem} stand side by side; rename one")
        elif end in _UP_ENDS and down is not None:
            joined.append(_joined(stem, draft, down))
        elif f"{stem}_UP" not in by_name:
            joined.append(_joined(stem, None, draft))
    if faults:
        raise refused(path, "The halves of a pair cannot be joined", faults)
    return joined


def _halved(name: str) -> tuple[str, str]:
    for end in (*_UP_ENDS, *_DOWN_ENDS):
        if name.endswith(end) and name != end:
            return name.removesuffix(end), end
    return "", ""


def _joined(stem: str, up: Draft | None, down: Draft) -> Draft:
    halves = [("up", up)] if up is not None else []
    genes = tuple(
        DraftGene(gene.text, f"{half.name}, {gene.place}", direction)
        for direction, half in [*halves, ("down", down)]
        for gene in half.genes
    )
    names = [half.name for _, half in [*halves, ("down", down)]]
    header = dict((up or down).header)
    if header.get("title") in names:
        header["title"] = stem
    notes = [note for _, half in [*halves, ("down", down)] for note in half.notes]
    return Draft(stem, genes, header, (f"joined from {' and '.join(names)}", *notes))
