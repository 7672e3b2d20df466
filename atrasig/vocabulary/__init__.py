"""Diseases and tissues: one shipped table of names, synonyms, codes and parents."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import yaml

from atrasig.errors import InputError
from atrasig.files import data_path
from atrasig.vocabulary.terms import Term, VocabularyMiss, normalise_term

__all__ = [
    "Term",
    "Vocabulary",
    "VocabularyMiss",
    "load_vocabulary",
    "normalise_term",
    "parse_vocabulary",
]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAX_SUGGESTIONS = 5
_MIN_SIMILARITY = 0.6


class Vocabulary:
    """Diseases and tissues with their synonyms, codes and parents.

    Parameters
    ----------
    terms
        All terms; validated on construction.

    Raises
    ------
    InputError
        If two terms share an id or a spelling, a parent or tissue does not exist, parents form a
        cycle, or a term below a malignant one is not malignant.
    """

    def __init__(self, terms: Iterable[Term]) -> None:
        listed = tuple(terms)
        self._terms = {term.id: term for term in listed}
        if len(self._terms) != len(listed):
            raise _broken("two terms share an id", _repeated([term.id for term in listed]))
        self._spellings = {kind: _index(listed, kind) for kind in ("disease", "tissue")}
        self._check_links()

    @property
    def diseases(self) -> tuple[Term, ...]:
        """All diseases, in the order of the table."""
        return tuple(term for term in self._terms.values() if term.kind == "disease")

    @property
    def tissues(self) -> tuple[Term, ...]:
        """All tissues, in the order of the table."""
        return tuple(term for term in self._terms.values() if term.kind == "tissue")

    def __getitem__(self, term_id: str) -> Term:
        """Return the term with this id."""
        try:
            return self._terms[term_id]
        except KeyError:
            near = tuple(difflib.get_close_matches(term_id, self._terms, _MAX_SUGGESTIONS))
            raise VocabularyMiss(term_id, "term id", near) from None

    def __contains__(self, term_id: object) -> bool:
        """Whether a term has this id."""
        return term_id in self._terms

    def disease(self, text: str) -> Term:
        """Resolve a disease by name, synonym, code or id.

        Parameters
        ----------
        text
            Any spelling; see `normalise_term`.

        Returns
        -------
        Term
            The one disease that the text names.

        Raises
        ------
        VocabularyMiss
            If no disease is named so; carries near matches.
        """
        return self._resolve(text, "disease")

    def tissue(self, text: str) -> Term:
        """Resolve a tissue by name, synonym or id.

        Parameters
        ----------
        text
            Any spelling; see `normalise_term`.

        Returns
        -------
        Term
            The one tissue that the text names.

        Raises
        ------
        VocabularyMiss
            If no tissue is named so; carries near matches.
        """
        return self._resolve(text, "tissue")

    def suggest(self, text: str, kind: str = "disease") -> tuple[str, ...]:
        """Near matches of a text: similar spellings, and terms that one of its words names.

        Parameters
        ----------
        text
            A text that names no term.
        kind
            ``"disease"`` or ``"tissue"``.

        Returns
        -------
        tuple of str
            At most five spellings, of different terms, best first.
        """
        index = self._spellings[kind]
        words = [normalise_term(word) for word in re.split(r"[\s/,;()]+", text)]
        similar = difflib.get_close_matches(
            normalise_term(text), index, n=4 * _MAX_SUGGESTIONS, cutoff=_MIN_SIMILARITY
        )
        named = [word for word in words if word in index]
        near: dict[str, str] = {}
        for key in (*similar[:3], *named, *similar[3:]):
            term, spelling = index[key]
            near.setdefault(term.id, spelling)
        return tuple(near.values())[:_MAX_SUGGESTIONS]

    def lineage(self, term_id: str) -> tuple[str, ...]:
        """Ids of a term and of everything broader, nearest first.

        Parameters
        ----------
        term_id
            Id of a disease or tissue.

        Returns
        -------
        tuple of str
            Starts with `term_id`; each id once.
        """
        found = dict.fromkeys([self[term_id].id])
        level = [term_id]
        while level:
            level = [parent for child in level for parent in self._terms[child].parents]
            level = [parent for parent in dict.fromkeys(level) if parent not in found]
            found.update(dict.fromkeys(level))
        return tuple(found)

    def is_a(self, term_id: str, ancestor: str) -> bool:
        """Whether a term is the other term or lies below it.

        Parameters
        ----------
        term_id, ancestor
            Ids of two terms.

        Returns
        -------
        bool
            Reflexive and transitive.
        """
        return self[ancestor].id in self.lineage(term_id)

    def _resolve(self, text: str, kind: str) -> Term:
        index = self._spellings[kind]
        key = normalise_term(text)
        # "gliomas", "AMLs": a plural names the same term.
        found = index.get(key) or index.get(key.removesuffix("s"))
        if found is None:
            raise VocabularyMiss(text, kind, self.suggest(text, kind))
        return found[0]

    def _check_links(self) -> None:
        for term in self._terms.values():
            wanted = dict.fromkeys(term.parents, term.kind)
            wanted |= {term.tissue: "tissue"} if term.tissue else {}
            for linked, kind in wanted.items():
                if linked not in self._terms or self._terms[linked].kind != kind:
                    raise _broken(f"term {term.id!r} names a missing {kind}", linked)
        for term in self._terms.values():
            above = self.lineage(term.id)[1:]
            if any(term.id in self._terms[other].parents for other in (term.id, *above)):
                raise _broken("parents form a cycle", term.id)
            if not term.malignant and any(self._terms[other].malignant for other in above):
                raise _broken("a term below a malignant one is not malignant", term.id)


def _index(terms: Iterable[Term], kind: str) -> dict[str, tuple[Term, str]]:
    index: dict[str, tuple[Term, str]] = {}
    for term in terms:
        for spelling in term.spellings if term.kind == kind else ():
            key = normalise_term(spelling)
            other = index.setdefault(key, (term, spelling))[0]
            if other.id != term.id:
                raise _broken(f"{spelling!r} names two terms", f"{other.id} and {term.id}")
    return index


def _repeated(ids: Sequence[str]) -> str:
    return ", ".join(sorted(i for i, n in Counter(ids).items() if n > 1))


def _broken(what: str, where: str) -> InputError:
    return InputError(f"Vocabulary: {what}", where=where, fix="Correct vocabulary.yaml.")


def parse_vocabulary(table: Mapping[str, Any]) -> Vocabulary:
    """Build a vocabulary from its table.

    Parameters
    ----------
    table
        ``{"diseases": [...], "tissues": [...]}`` as in the shipped ``vocabulary.yaml``.

    Returns
    -------
    Vocabulary
        Validated.

    Raises
    ------
    InputError
        If the table contradicts itself; see `Vocabulary`.
    """
    listed = [(entry, "disease") for entry in table["diseases"]]
    listed += [(entry, "tissue") for entry in table["tissues"]]
    return Vocabulary(_term(entry, kind) for entry, kind in listed)


def _term(entry: Mapping[str, Any], kind: str) -> Term:
    unknown = set(entry) - set(Term.__dataclass_fields__)
    if unknown:
        raise _broken("unknown field", f"{entry.get('id')}: {', '.join(sorted(unknown))}")
    lists = {key: tuple(entry.get(key, ())) for key in ("parents", "codes", "synonyms")}
    return Term(
        id=entry["id"],
        name=entry["name"],
        malignant=entry["malignant"] if kind == "disease" else False,
        kind=kind,
        tissue=entry.get("tissue", ""),
        **lists,
    )


@cache
def load_vocabulary() -> Vocabulary:
    """Load the shipped vocabulary, once a process.

    Returns
    -------
    Vocabulary
        Diseases and tissues, validated.
    """
    text = data_path("vocabulary.yaml").read_text(encoding="utf-8")
    return parse_vocabulary(yaml.load(text, Loader=_LOADER))
