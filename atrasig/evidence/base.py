"""The evidence base: what was reported of ATRA with a partner, and what speaks against it.

The files of ``signatures/evidence/`` name each other, the diseases of the vocabulary and cited
works by id; a name that leads nowhere is a fault of the file and line where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from atrasig.files import data_path
from atrasig.signatures.evidence_records import (
    Combination,
    CombinationClass,
    Finding,
    Reference,
    Trial,
)
from atrasig.signatures.located import Fault, LocatedMapping, read_located, unusable
from atrasig.signatures.record import Record, read_records
from atrasig.vocabulary import load_vocabulary

_RecordT = TypeVar("_RecordT", bound=Record)
FILES = ("references", "findings", "classes", "combinations", "trials")
_LINKS = {
    "reference": "references",
    "read_in": "references",
    "against": "findings",
    "classes": "classes",
}
_COMPLEMENTS = {"non_apl_aml": ("aml", "apl")}


@dataclass(frozen=True)
class EvidenceBase:
    """All that is recorded on combinations, in the order of its files.

    Parameters
    ----------
    references, findings, classes
        By their ids.
    combinations, trials
        Rows of the reviews.
    """

    references: Mapping[str, Reference]
    findings: Mapping[str, Finding]
    classes: Mapping[str, CombinationClass]
    combinations: tuple[Combination, ...]
    trials: tuple[Trial, ...]

    @property
    def marker_genes(self) -> tuple[str, ...]:
        """Symbols of all marker genes, sorted."""
        genes = {gene.gene for entry in self.combinations for gene in entry.markers}
        return tuple(sorted(genes))

    def combinations_for(self, disease: str) -> tuple[Combination, ...]:
        """Select the combinations whose disease context holds for a disease, by its id."""
        return tuple(entry for entry in self.combinations if context_fits(disease, entry.disease))

    def trials_for(self, disease: str) -> tuple[Trial, ...]:
        """Select the trials in a disease, in what lies above it or in what lies below it."""
        return tuple(
            trial
            for trial in self.trials
            if any(context_touches(disease, named) for named in trial.diseases)
        )

    def against(self, entry: Combination) -> tuple[str, ...]:
        """Sentences that speak against a combination, each with its source, then its caveats."""
        found = [self.findings[name] for name in entry.against]
        cited = (f"{f.statement} [{self.cited(f.reference, f.read_in)}]" for f in found)
        return (*cited, *entry.caveats)

    def cited(self, reference: str, read_in: str) -> str:
        """Citation of a work, and the review in which it was read where that is another."""
        own = self.references[reference].cited
        review = self.references[read_in].cited
        return own if reference == read_in else f"{own}, as cited by {review}"


def context_fits(disease: str, context: str) -> bool:
    """Whether what is said of a disease context holds for a declared disease.

    Parameters
    ----------
    disease, context
        Ids of the vocabulary; an empty or unknown `disease` fits nothing.

    Returns
    -------
    bool
        True where the disease is the context or lies below it. AML that is not APL is taken as
        any AML but APL: most terms of AML do not say which of the two they are.
    """
    vocabulary = load_vocabulary()
    if disease not in vocabulary:
        return False
    broad, without = _COMPLEMENTS.get(context, (context, ""))
    return vocabulary.is_a(disease, broad) and not (without and vocabulary.is_a(disease, without))


def context_touches(disease: str, context: str) -> bool:
    """Whether a disease context holds for a disease, or for a part of what the disease names."""
    return context_fits(disease, context) or load_vocabulary().is_a(context, disease)


def evidence_folder() -> Path:
    """Folder of the shipped files."""
    return data_path("signatures") / "evidence"


def load_evidence(folder: Path | None = None) -> EvidenceBase:
    """Load the evidence base.

    Parameters
    ----------
    folder
        Where the five files stand, the shipped ones by default.

    Raises
    ------
    SignatureError
        If a file cannot be read or breaks its schema, or names what is not there; with all faults
        of the file and their lines.
    """
    root = evidence_folder() if folder is None else folder
    base = EvidenceBase(
        references=_by_id(_read(root, "references", Reference)),
        findings=_by_id(_read(root, "findings", Finding)),
        classes=_by_id(_read(root, "classes", CombinationClass)),
        combinations=_read(root, "combinations", Combination),
        trials=_read(root, "trials", Trial),
    )
    for path, faults in link_faults(root).items():
        raise unusable(path, faults)
    return base


def link_faults(folder: Path) -> dict[Path, list[Fault]]:
    """Find names of references, findings, classes and diseases that lead nowhere.

    Parameters
    ----------
    folder
        Holds the five files; one that is missing or unreadable is not looked at.

    Returns
    -------
    dict
        Faults by file, files without one left out.

    Raises
    ------
    SignatureError
        If a file is no YAML mapping.
    """
    entries = {name: _entries(folder / f"{name}.yaml", name) for name in FILES}
    known = {name: {str(entry.get("id")) for entry in entries[name]} for name in FILES}
    found = {
        folder / f"{name}.yaml": [f for entry in entries[name] for f in _entry_faults(entry, known)]
        for name in FILES
    }
    return {path: faults for path, faults in found.items() if faults}


def _entry_faults(entry: LocatedMapping, known: Mapping[str, set[str]]) -> Iterator[Fault]:
    vocabulary = load_vocabulary()
    for key, value in entry.items():
        names = [name for name in _listed(value) if isinstance(name, str)]
        line = entry.key_lines.get(key, entry.line)
        if key in _LINKS:
            missing = [name for name in names if name not in known[_LINKS[key]]]
            yield from ((line, f"{key}: {_LINKS[key]}.yaml has no {name}") for name in missing)
        elif key in ("disease", "diseases"):
            diseases = {term.id for term in vocabulary.diseases}
            unknown = [name for name in names if name not in diseases]
            yield from (
                (line, f"{key}: {name} is no disease of the vocabulary") for name in unknown
            )
        for child in _listed(value):
            if isinstance(child, LocatedMapping):
                yield from _entry_faults(child, known)


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [value]


def _entries(path: Path, key: str) -> list[LocatedMapping]:
    if not path.is_file():
        return []
    listed = _listed(read_located(path)[0].get(key))
    return [entry for entry in listed if isinstance(entry, LocatedMapping)]


def _read(folder: Path, name: str, model: type[_RecordT]) -> tuple[_RecordT, ...]:
    return read_records(folder / f"{name}.yaml", model, name)


_NamedT = TypeVar("_NamedT", Reference, Finding, CombinationClass)


def _by_id(records: Sequence[_NamedT]) -> dict[str, _NamedT]:
    return {record.id: record for record in records}
