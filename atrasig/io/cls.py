"""CLS, the class file of GSEA and GenePattern: a group or a number for every sample of a GCT."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from atrasig.errors import FormatError
from atrasig.io.compression import open_text
from atrasig.io.table import unique_names
from atrasig.io.text.rows import read_numbers

GROUP = "group"
"""Column that the classes of a categorical file go to."""
_Lines = Iterator[tuple[int, str]]


@dataclass(frozen=True)
class ClassLabels:
    """The columns of a class file.

    Parameters
    ----------
    columns
        Texts in the order of the samples: ``group`` of a categorical file, one column a
        phenotype of a numeric one.
    n_samples
        Number of samples, the same in every column.
    """

    columns: dict[str, tuple[str, ...]]
    n_samples: int


def read_cls(path: str | Path) -> ClassLabels:
    """Read a class file.

    Parameters
    ----------
    path
        Categorical (counts, ``# NAME NAME ...``, one label a sample) or numeric (``#numeric``,
        then a line ``#name`` and a line of numbers a phenotype); may be packed.

    Raises
    ------
    FormatError
        If a line is missing, the numbers of samples or classes contradict each other, or the
        labels can be matched with the class names in two ways.
    """
    location = Path(path)
    with open_text(location) as handle:
        lines = ((n, line.strip()) for n, line in enumerate(handle, start=1) if line.strip())
        number, first = next(lines, (1, ""))
        if first.lower() == "#numeric":
            return _numeric(lines, location)
        return _categorical(number, first, lines, location)


def _categorical(number: int, first: str, lines: _Lines, path: Path) -> ClassLabels:
    counts = first.split()
    if len(counts) != 3 or not all(count.isdecimal() and len(count) < 10 for count in counts):
        raise FormatError(
            "The first line of a CLS file holds the number of samples, the number of classes and 1",
            where=f"{path}, line {number}",
            fix="Write for example: 48 2 1.",
        )
    n_samples, n_classes = int(counts[0]), int(counts[1])
    number, second = next(lines, (number + 1, ""))
    names = second.lstrip("#").split()
    if not second.startswith("#") or len(names) != n_classes:
        raise FormatError(
            f"The second line holds {len(names)} class names, the first states {n_classes}",
            where=f"{path}, line {number}",
            fix="Write for example: # ALL AML (names without blanks).",
        )
    number, third = next(lines, (number + 1, ""))
    labels = third.split()
    where = f"{path}, line {number}"
    if len(labels) != n_samples:
        raise FormatError(
            f"There are {len(labels)} labels, the first line states {n_samples} samples",
            where=where,
            fix="Give one label a sample, in the order of the matrix.",
        )
    rest = next(lines, None)
    if rest is not None:
        raise FormatError(
            "There is text below the labels", where=f"{path}, line {rest[0]}", fix="Remove it."
        )
    named = _names_of_labels(labels, names, where)
    return ClassLabels({GROUP: tuple(named[label] for label in labels)}, n_samples)


def _names_of_labels(labels: list[str], names: list[str], where: str) -> dict[str, str]:
    """Class name of each label.

    GSEA gives the first label on the line the first name whatever the label says, other programs
    go by the label itself. Only a file that means the same to both is read.
    """
    seen = list(dict.fromkeys(labels))
    numbers = [str(place) for place in range(len(names))]
    if len(seen) != len(names) or len(set(names)) != len(names):
        raise FormatError(
            f"The labels name {len(seen)} classes, the second line {len(set(names))}",
            where=where,
            fix="Name every class once, and use each.",
        )
    by_itself = set(seen) in (set(names), set(numbers))
    if by_itself and seen not in (names, numbers):
        raise FormatError(
            f"The classes are named in the order {', '.join(names)}, and the labels first appear "
            f"in the order {', '.join(seen)}: GSEA would name them otherwise than they say",
            where=where,
            fix="Name the classes on the second line in the order in which they first appear.",
        )
    return dict(zip(seen, names, strict=True))


def _numeric(lines: _Lines, path: Path) -> ClassLabels:
    phenotypes: list[tuple[str, tuple[str, ...]]] = []
    for number, line in lines:
        name = line.removeprefix("#").strip()
        place, values = next(lines, (number + 1, ""))
        if not line.startswith("#") or not name or not values or values.startswith("#"):
            raise FormatError(
                "A numeric CLS file holds a line #name and a line of numbers a phenotype",
                where=f"{path}, line {number}",
                fix="Write the name of the phenotype after #, and its values below.",
            )
        fields = values.split()
        at = f"{path}, line {place}"
        read_numbers(fields, lambda position, at=at: f"{at}, value {position + 1}")  # type: ignore[misc]
        phenotypes.append((name, tuple(fields)))
        if len(fields) != len(phenotypes[0][1]):
            raise FormatError(
                f"Phenotype {name!r} has {len(fields)} values, the first one "
                f"{len(phenotypes[0][1])}",
                where=at,
                fix="Give one value a sample.",
            )
    if not phenotypes:
        raise FormatError("There is no phenotype", where=str(path), fix="Give #name and values.")
    names = unique_names([name for name, _ in phenotypes])
    columns = dict(zip(names, (values for _, values in phenotypes), strict=True))
    return ClassLabels(columns, len(phenotypes[0][1]))
