"""Import of gene lists into the user's library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from atrasig.curation.draft import Draft
from atrasig.curation.finish import Finished, finish
from atrasig.curation.registry import read_drafts
from atrasig.curation.sets import pair_up_and_down
from atrasig.curation.slots import fill, find_slot, load_slots
from atrasig.errors import SignatureError, UsageError
from atrasig.files import safe_name
from atrasig.signatures import load_signatures, read_signature
from atrasig.signatures.library import install, library_file
from atrasig.signatures.rendering import render_yaml

MAX_SETS = 200
"""A run scores every set of the library; whole collections belong to --signatures."""


@dataclass(frozen=True)
class ImportOptions:
    """What an import can be told; empty where the file or a default decides.

    Parameters
    ----------
    id, title, kind, licence, scale
        Fields of the signature.
    citation, doi, pmid
        Its source.
    slot
        Name of the slot that the list fills.
    sets
        Names of the sets to take of a file of several.
    pair
        Whether ``NAME_UP`` and ``NAME_DN`` are one signature.
    worksheet
        Worksheet of a workbook.
    out
        File to write instead of the library.
    replace
        Whether a signature of the library may be overwritten.
    """

    id: str = ""
    title: str = ""
    kind: str = ""
    licence: str = ""
    scale: str = ""
    citation: str = ""
    doi: str = ""
    pmid: str = ""
    slot: str = ""
    sets: Sequence[str] = ()
    pair: bool = False
    worksheet: str = ""
    out: Path | None = None
    replace: bool = False


@dataclass(frozen=True)
class Imported:
    """One signature that was written, with its file and what must be known of it."""

    finished: Finished
    file: Path


def import_signatures(path: Path, options: ImportOptions) -> list[Imported]:
    """Import the gene lists of a file, all of them or none.

    Parameters
    ----------
    path
        GMT, JSON or XML of MSigDB, table or workbook.
    options
        What the import is told.

    Returns
    -------
    list of Imported
        One entry a signature.

    Raises
    ------
    SignatureError, FormatError
        If the file is faulty, or an id is taken.
    UsageError
        If the options do not fit together.
    """
    finished = read_finished(path, options)
    if options.out and len(finished) > 1:
        raise UsageError(
            f"{len(finished)} signatures do not fit in one file",
            where=str(options.out),
            fix="Name one with --set, or leave --out away.",
        )
    files = [options.out or library_file(entry.signature.id) for entry in finished]
    for entry, file in zip(finished, files, strict=True):
        _refuse_taken(entry, file, options)
    return [
        Imported(entry, install(entry.signature, file))
        for entry, file in zip(finished, files, strict=True)
    ]


def read_finished(path: Path, options: ImportOptions) -> list[Finished]:
    """Make the signatures of a file without writing them."""
    from atrasig.genes import load_gene_table

    drafts = _asked_for(path, options)
    drafts = _chosen(pair_up_and_down(drafts, path) if options.pair else drafts, options, path)
    table = load_gene_table()
    if options.slot:
        slot = find_slot(options.slot)
        return [fill(slot, _single(drafts, path), table, path, options.licence)]
    if options.id:
        _single(drafts, path)
    return [finish(draft, _header(draft, options, path), table, path) for draft in drafts]


def _asked_for(path: Path, options: ImportOptions) -> list[Draft]:
    """Read the sets that may be wanted, and no more than fit in memory."""
    ends = ("", "_UP", "_DN", "_DOWN") if options.pair else ("",)
    wanted = {name + end for name in options.sets for end in ends}
    kept: list[Draft] = []
    names: list[str] = []
    for draft in read_drafts(path, options.worksheet)[1]:
        names.append(draft.name)
        if not wanted or draft.name in wanted:
            kept.append(draft)
        if len(kept) > len(ends) * MAX_SETS:
            raise _too_many(path)
    if wanted and not kept:
        raise _no_set(options.sets, names, path)
    return kept


def _chosen(drafts: list[Draft], options: ImportOptions, path: Path) -> list[Draft]:
    by_name = {draft.name: draft for draft in drafts}
    missing = [name for name in options.sets if name not in by_name]
    if missing:
        raise _no_set(missing, list(by_name), path)
    chosen = [by_name[name] for name in options.sets] if options.sets else drafts
    if len(chosen) > MAX_SETS:
        raise _too_many(path)
    return chosen


def _no_set(missing: Sequence[str], names: Sequence[str], path: Path) -> SignatureError:
    return SignatureError(
        f"There is no set {', '.join(missing)}",
        where=str(path),
        fix=f"It has {len(names)} sets, such as {', '.join(names[:5])}.",
    )


def _too_many(path: Path) -> UsageError:
    return UsageError(
        f"The file has more than {MAX_SETS} sets, which is what an import takes at a time",
        where=str(path),
        fix="Name the sets with --set, or give a whole collection to a run with --signatures.",
    )


def _single(drafts: list[Draft], path: Path) -> Draft:
    if len(drafts) > 1:
        raise UsageError(
            f"The file has {len(drafts)} sets and one is needed",
            where=str(path),
            fix=f"Name it with --set, such as {drafts[0].name}.",
        )
    return drafts[0]


def _header(draft: Draft, options: ImportOptions, path: Path) -> dict[str, Any]:
    """Fields of a signature that the user states; they go before those of the file."""
    given = {key: getattr(options, key) for key in ("id", "title", "kind", "licence", "scale")}
    header: dict[str, Any] = {key: value for key, value in given.items() if value}
    if not header.get("id") and not draft.name:
        raise UsageError("The list has no name", where=str(path), fix="Give it one: --id NAME.")
    source = {key: getattr(options, key) for key in ("citation", "doi", "pmid")}
    stated = {key: value for key, value in source.items() if value}
    if stated:
        known = dict(draft.header.get("source", {}))
        named = f"doi:{options.doi}" if options.doi else f"PMID {options.pmid}"
        header["source"] = {"citation": named, **known, **stated}
    return header


def _refuse_taken(entry: Finished, file: Path, options: ImportOptions) -> None:
    name = entry.signature.id
    if name in load_slots() and not options.slot:
        raise SignatureError(
            f"{name} is the name of a slot", fix=f"Fill it with --as {name}, or choose another id."
        )
    if name in load_signatures():
        raise SignatureError(f"{name} is the id of a shipped signature", fix="Choose another --id.")
    if not file.exists() or options.replace or options.out:
        return
    if file.name == f"{safe_name(name)}.yaml" and _is_same(file, entry):
        return
    raise SignatureError(
        f"The library holds another signature {name}",
        where=str(file),
        fix="Choose another --id, or overwrite it with --replace.",
    )


def _is_same(file: Path, entry: Finished) -> bool:
    try:
        return render_yaml(read_signature(file)) == render_yaml(entry.signature)
    except SignatureError:
        return False
