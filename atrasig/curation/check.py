"""The check of signature files: format, symbols, sources, and what models and markers refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from atrasig.errors import AtrasigError
from atrasig.evidence.base import link_faults
from atrasig.files import data_path
from atrasig.prediction.loading import read_model
from atrasig.signatures import NO_LICENCE, NO_LICENCE_FOLDER, Signature, read_gmt
from atrasig.signatures.approval import NOT_IN_TABLE
from atrasig.signatures.loading import inspect_signature, signature_files
from atrasig.signatures.located import LocatedMapping, read_located
from atrasig.signatures.record import read_records
from atrasig.signatures.records import MARKERS, RECORDS

if TYPE_CHECKING:
    from atrasig.genes import GeneTable

_IDENTIFIERS = ("doi", "pmid", "accession", "address")


class Finding(NamedTuple):
    """A fault of a file; line 0 where it belongs to the file as a whole."""

    file: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}{f':{self.line}' if self.line else ''}: {self.message}"


@dataclass(frozen=True)
class Checked:
    """What was checked, and every fault of it.

    Parameters
    ----------
    n_signatures, n_genes, n_sources
        Signatures, distinct symbols and distinct sources in them.
    n_others
        Files of models, markers and evidence.
    findings
        Faults by file and line.
    """

    n_signatures: int
    n_genes: int
    n_sources: int
    n_others: int
    findings: tuple[Finding, ...]

    @property
    def summary(self) -> str:
        """Numbers in one line."""
        return (
            f"{self.n_signatures} signatures, {self.n_genes:,} genes, {self.n_sources} sources; "
            f"{self.n_others} files of models, markers and evidence; {len(self.findings)} faults"
        )


def check_shipped() -> Checked:
    """Check everything that is shipped; see `check_folder`."""
    return check_folder(data_path("signatures"))


def check_folder(root: Path) -> Checked:
    """Check a folder laid out as the shipped one.

    Parameters
    ----------
    root
        Signatures, ``no_licence_stated/``, ``markers.yaml``, ``models/`` and ``evidence/``.

    Returns
    -------
    Checked
        Beside the faults of format: ids that are no file name or not unique, symbols that are not
        approved, sources without an identifier, missing licences, hashes and derivations, curated
        genes without citation, two signatures of the same genes, models that rest on lists that
        are not there, genes of markers and evidence that are not approved, and evidence that
        names references, findings, classes or diseases that are not there.
    """
    table = _table()
    findings: list[Finding] = []
    signatures: dict[Path, Signature] = {}
    for file in signature_files(root):
        signature, found = _inspect(file, table)
        findings += found
        if signature is not None:
            signatures[file] = signature
            findings += [Finding(file, 0, m) for m in _shipping_faults(signature, file)]
    findings += _duplicates(signatures)
    others = sorted([*root.glob("models/*.yaml"), *root.glob("evidence/*.yaml"), root / MARKERS])
    known = {signature.id for signature in signatures.values()}
    for file in others:
        findings += _other_faults(file, known, table)
    findings += _link_findings(root / "evidence")
    return _checked(signatures.values(), findings, len(others))


def check_files(paths: Sequence[Path]) -> Checked:
    """Check signature files of a user: format and symbols.

    Parameters
    ----------
    paths
        Files or folders (YAML, GMT).

    Raises
    ------
    SignatureError
        If a path is not there or is no signature file.
    """
    findings: list[Finding] = []
    signatures: dict[Path, Signature] = {}
    sets: list[Signature] = []
    for file in dict.fromkeys(file for path in paths for file in signature_files(path)):
        if ".gmt" in file.suffixes:
            found, faults = _gmt(file)
            sets += found
        else:
            signature, faults = _inspect(file, _table())
            if signature is not None:
                signatures[file] = signature
        findings += faults
    findings += _duplicates(signatures)
    return _checked([*signatures.values(), *sets], findings, 0)


def _table() -> GeneTable:
    from atrasig.genes import load_gene_table

    return load_gene_table()


def _checked(
    signatures: Iterable[Signature], findings: Sequence[Finding], n_others: int
) -> Checked:
    listed = list(signatures)
    sources = {s.source.doi or s.source.pmid or s.source.citation for s in listed}
    return Checked(
        n_signatures=len(listed),
        n_genes=len({symbol for signature in listed for symbol in signature.symbols}),
        n_sources=len(sources),
        n_others=n_others,
        findings=tuple(sorted(set(findings))),
    )


def _gmt(file: Path) -> tuple[list[Signature], list[Finding]]:
    try:
        return list(read_gmt(file)), []
    except AtrasigError as error:
        return [], [_of_error(file, error)]


def _inspect(file: Path, table: GeneTable) -> tuple[Signature | None, list[Finding]]:
    try:
        signature, raw, faults = inspect_signature(file)
    except AtrasigError as error:
        return None, [_of_error(file, error)]
    findings = [Finding(file, line, message) for line, message in faults]
    entries = raw.get("genes")
    if isinstance(entries, list):
        for entry in entries:
            if isinstance(entry, LocatedMapping):
                findings += [Finding(file, entry.line, m) for m in _name_faults(entry, table)]
    return signature, findings


def _of_error(file: Path, error: AtrasigError) -> Finding:
    text = " ".join(f"{error.what}. {error.fix or ''}".split())
    return Finding(file, 0, text)


def _name_faults(entry: LocatedMapping, table: GeneTable) -> list[str]:
    """List what is wrong with the symbol of a gene, and with the one its source prints."""
    gene, printed, note = (entry.get(key) for key in ("gene", "printed", "note"))
    if not isinstance(gene, str):
        return []
    faults = _symbol_faults(gene, str(note or ""), table)
    if printed == gene:
        faults.append(f"{gene}: printed is the symbol itself; leave it out")
    elif isinstance(printed, str) and table.approve(printed) not in (gene, printed):
        faults.append(f"{gene}: the printed {printed} is {table.approve(printed)}")
    return faults


def _symbol_faults(gene: str, note: str, table: GeneTable) -> list[str]:
    if gene in table.frame.index:
        return [f"{gene} is in the gene table; its note says it is not"] * (NOT_IN_TABLE in note)
    if table.approve(gene) != gene:
        return [f"{gene} is not approved; write {table.approve(gene)}, and printed: {gene}"]
    if NOT_IN_TABLE in note:
        return []
    return [f"{gene} is not in the gene table; correct it, or note: {NOT_IN_TABLE}"]


def _shipping_faults(signature: Signature, file: Path) -> Iterator[str]:
    """List what a user's own file may leave open and a shipped one may not."""
    if signature.id != file.stem:
        yield f"the id is {signature.id}; name the file {signature.id}.yaml"
    published = signature.obtained == "published-list"
    if published and not any(getattr(signature.source, name) for name in _IDENTIFIERS):
        yield f"source: give one of {', '.join(_IDENTIFIERS)}"
    if (signature.licence == NO_LICENCE) != (file.parent.name == NO_LICENCE_FOLDER):
        yield f"licence is {signature.licence!r}; lists without one stand in {NO_LICENCE_FOLDER}/"
    if "\nsha256: " not in file.read_text(encoding="utf-8"):
        yield f"sha256 is missing; write {signature.sha256}"
    if signature.obtained == "derived-here" and not signature.derivation:
        yield "derivation is missing; say which command or rule made the list"
    without = [gene.gene for gene in signature.genes if not gene.source]
    if signature.obtained == "curated" and without:
        yield f"curated genes without a source: {', '.join(without)}"


def _duplicates(signatures: dict[Path, Signature]) -> Iterator[Finding]:
    ids: dict[str, Path] = {}
    tables: dict[str, Path] = {}
    for file, signature in signatures.items():
        for key, seen, what in (
            (signature.id, ids, f"the id {signature.id}"),
            (signature.sha256, tables, "the same genes"),
        ):
            if key in seen:
                yield Finding(file, 0, f"{what} stands in {seen[key].name} too; keep one")
            seen.setdefault(key, file)


def _other_faults(file: Path, known: set[str], table: GeneTable) -> list[Finding]:
    try:
        if file.parent.name == "models":
            absent = sorted(set(read_model(file).rests_on(known)) - known)
            return [Finding(file, 0, f"rests on {name}, which is not there") for name in absent]
        if file.stem not in RECORDS:
            return [Finding(file, 0, f"no file of {', '.join(sorted(RECORDS))}; rename it")]
        read_records(file, RECORDS[file.stem], file.stem)
        raw, _ = read_located(file)
    except AtrasigError as error:
        return [_of_error(file, error)]
    return [
        Finding(file, entry.line, message)
        for entry in _entries(raw)
        for gene in _genes_of(entry)
        for message in _symbol_faults(gene, str(entry.get("note") or ""), table)
    ]


def _link_findings(folder: Path) -> list[Finding]:
    try:
        found = link_faults(folder)
    except AtrasigError:  # the file itself is a finding already
        return []
    return [Finding(file, *fault) for file, faults in found.items() for fault in faults]


def _entries(value: Any) -> Iterator[LocatedMapping]:
    """Every mapping in a file, at any depth."""
    if isinstance(value, LocatedMapping):
        yield value
    children = value.values() if isinstance(value, dict) else value
    if isinstance(children, str) or not isinstance(value, dict | list):
        return
    for child in children:
        yield from _entries(child)


def _genes_of(entry: LocatedMapping) -> list[str]:
    gene, fusion = entry.get("gene"), entry.get("fusion")
    if isinstance(gene, str):
        return [gene]
    return fusion.split("::") if isinstance(fusion, str) else []
