"""Flags that all samples of a matrix share."""

from __future__ import annotations

from collections.abc import Iterator

from atrasig.harmonisation import MIN_KNOWN
from atrasig.harmonisation.words import scale_in_words
from atrasig.prediction.gate import UNREADABLE
from atrasig.qc.flag import Facts, Flag
from atrasig.scoring.method import INSTEAD

_MAX_AMBIGUOUS = 0.01
_EXPECTED = "counts, CPM or their logarithms, or an array"
_TPM = (
    "TPM ranks genes otherwise than counts and CPM do, and cannot always be told from rounded "
    "CPM: give counts, or state the scale."
)
_DECIDED = {
    "values": "Decided by the values",
    "format": "Stated by the file format",
    "user": "Stated by the user",
}


def matrix_flags(facts: Facts) -> Iterator[Flag]:
    """Flag what was decided for a matrix and done to it, given ``uns["atrasig"]``."""
    yield from _identifier_flags(facts)
    yield from _scale_flags(facts)
    species = str(facts.get("species", "") or "human")
    if species != "human":
        yield Flag(
            "species",
            "warn",
            species,
            "human",
            "Genes were mapped to human genes by one-to-one orthologs.",
            "Models made for human samples make no call.",
        )


def _identifier_flags(facts: Facts) -> Iterator[Flag]:
    qc = facts["qc"]
    dropped = int(qc.get("summary_rows_dropped", 0))
    others = int(qc.get("samples_not_in_sheet", 0))
    rows = int(qc["rows_read"]) - dropped
    kinds = qc["identifiers"]
    known = rows - int(kinds.get("unmapped", 0)) - int(kinds.get("ambiguous", 0))
    yield Flag(
        "gene identifiers",
        "pass",
        f"{known:,} of {rows:,} known",
        f"at least {MIN_KNOWN:.0%}",
        f"Identifiers read as {qc['identifier_kind']}; unknown ones keep their own name.",
    )
    ambiguous = int(kinds.get("ambiguous", 0))
    many = ambiguous > _MAX_AMBIGUOUS * rows
    yield Flag(
        "ambiguous identifiers",
        "warn" if many else "pass",
        f"{ambiguous:,} of {rows:,}",
        f"at most {_MAX_AMBIGUOUS:.0%}",
        "Identifiers that name several genes; they keep their own name, none is guessed.",
        "The genes they stand for count as not measured." if many else "",
    )
    yield Flag(
        "rows of one gene",
        "pass",
        f"{int(qc['rows_collapsed']):,} rows of {int(qc['genes_with_several_rows']):,} genes",
        "one row a gene",
        f"Collapsed to the {qc['collapsed_by']}.",
    )
    yield Flag(
        "left out of the matrix",
        "pass",
        f"{dropped:,} rows, {others:,} samples",
        "0 rows, 0 samples",
        "Rows that count reads outside genes; samples that the sheet does not name.",
    )


def _scale_flags(facts: Facts) -> Iterator[Flag]:
    scale = facts["scale"]
    platform = str(scale["platform"])
    unreadable = UNREADABLE.get(platform, "")
    normalised = platform == "rnaseq_normalised"
    words = scale_in_words(scale)
    yield Flag(
        "scale",
        "fail" if unreadable else "warn" if normalised else "pass",
        words,
        _EXPECTED,
        f"{_DECIDED[str(scale['decided_by'])]} for the whole matrix.",
        f"No call is made: {unreadable}. {_instead(platform)}" if unreadable else _TPM * normalised,
    )
    doubts = str(scale.get("doubts", ""))
    if doubts:
        yield Flag(
            "scale in doubt",
            "warn",
            words,
            "values that fit the scale",
            doubts,
            "If the scale is wrong, so are the scores: state it (--scale).",
        )


def _instead(platform: str) -> str:
    advice = INSTEAD.get(platform, "")
    return f"For scores, {advice}." if advice else ""
