"""One disease or tissue, how its spellings are compared, and the error of a miss."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from atrasig.errors import InputError

_BRITISH = (
    ("haem", "hem"),
    ("aemi", "emi"),
    ("oesoph", "esoph"),
    ("oestro", "estro"),
    ("paed", "ped"),
    ("tumour", "tumor"),
)
_DASHES = re.compile("[\u2010-\u2015\u2212]")
# "HER2- breast" and "HER2+ breast" differ by the sign alone, so a sign is read before signs go.
_PLUS = re.compile(r"(?<=\w)\+(?=[\s/,;)]|$)")
_MINUS = re.compile(r"(?<=\w)-(?=[\s/,;)]|$)")


class VocabularyMiss(InputError):
    """A text names no term of the vocabulary.

    Parameters
    ----------
    text
        The text as given.
    kind
        ``"disease"`` or ``"tissue"``.
    suggestions
        Near matches, best first.
    """

    def __init__(self, text: str, kind: str, suggestions: tuple[str, ...]) -> None:
        self.text = text
        self.kind = kind
        self.suggestions = suggestions
        near = f"Did you mean {', '.join(map(repr, suggestions))}? " if suggestions else ""
        super().__init__(
            f"Unknown {kind} {text!r}",
            fix=f"{near}Use a term of the vocabulary, or leave it empty if it is not known.",
        )


@dataclass(frozen=True)
class Term:
    """One disease or tissue.

    Parameters
    ----------
    id
        Stable slug.
    name
        Canonical name.
    malignant
        Whether the term names a neoplasm; always False for tissues.
    parents
        Ids of the next broader terms.
    kind
        ``"disease"`` or ``"tissue"``.
    tissue
        Id of the tissue in which a disease arises, ``""`` where there is no one obvious answer.
    codes
        Codes with their scheme, as in ``TCGA:LAML``.
    synonyms
        Other spellings.
    """

    id: str
    name: str
    malignant: bool
    parents: tuple[str, ...]
    kind: str = "disease"
    tissue: str = ""
    codes: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every text that names the term: name, id, synonyms, codes, TCGA codes without scheme."""
        bare = tuple(code.removeprefix("TCGA:") for code in self.codes if code.startswith("TCGA:"))
        return (self.name, *self.synonyms, *bare, *self.codes, self.id)


def normalise_term(text: str) -> str:
    """Reduce a spelling to what counts for matching.

    Case, blanks, hyphens, apostrophes and other punctuation go, British spelling becomes American.
    A plus or minus sign at the end of a word is kept as ``positive`` or ``negative``.

    Parameters
    ----------
    text
        Any spelling.

    Returns
    -------
    str
        Letters and digits only; empty if the text has none.
    """
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", text)).casefold().strip()
    plain = _MINUS.sub("negative", _PLUS.sub("positive", plain))
    plain = "".join(character for character in plain if character.isalnum())
    for british, american in _BRITISH:
        plain = plain.replace(british, american)
    return plain
