"""What the columns of a table with genes in its rows are: samples, annotation or neither."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from atrasig.errors import FormatError
from atrasig.io.cells import MISSING, Array, Cells


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STATISTICS = _words(
    "log2foldchange log2fc logfc lfc foldchange lfcse log2fcse pvalue pval padj adjpval adjpvalue "
    "pvalueadj pvaladj qvalue qval svalue fdr bonferroni aveexpr basemean logcpm logodds waldstat "
    "waldstatistic neglog10pvalue neglog10padj log10pvalue detectionpval detectionpvalue"
)
"""Names of columns of a differential test, lower case without punctuation."""
LOOSE_STATISTICS = _words("stat t b f lr z p q df se beta score rank")
"""Names that could be samples too: statistics only beside one of :data:`STATISTICS`."""
GENE_NUMBERS = _words(
    "entrez entrezid entrezgene entrezgeneid geneid ncbigeneid ncbiid ncbigene hgncid taxid length "
    "genelength exonlength transcriptlength effectivelength efflength efflen gccontent percentgc "
    "chromosome chr chrom strand genestart geneend txstart txend chromstart chromend startbp endbp "
    "startposition endposition chromosomestart chromosomeend"
)
"""Names of numbers that describe a gene."""
LOOSE_GENE_NUMBERS = _words("start end width position pos gc size")
"""Names that could be samples too: they describe a gene only beside another such column."""

_UNITS = re.compile(
    r"(?:raw|read|reads|expected|count|counts|cpm|tpm|fpkm|rpkm|rpm|norm|normalised|normalized"
    r"|log|log2|log10|vst|rlog|tmm)"
)
_CALLS = frozenset(["P", "A", "M", *MISSING])
_SHOWN = 20


@dataclass(frozen=True)
class Roles:
    """Places of the columns by what they are.

    Parameters
    ----------
    samples
        Columns of values, in the order of the file.
    annotation
        Columns of text on the genes, the first column among them.
    ignored
        The other columns by the reason why they are neither.
    """

    samples: list[int]
    annotation: list[int]
    ignored: dict[str, list[int]] = field(default_factory=dict)

    def facts(self, cells: Cells) -> dict[str, str | int]:
        """Count and name what is ignored."""
        facts: dict[str, str | int] = {"ignored_columns": sum(map(len, self.ignored.values()))}
        for reason, places in self.ignored.items():
            names = [cells.title(place) for place in places]
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            facts[f"ignored_{reason}"] = f"{len(names)}: {', '.join(names[:_SHOWN])}{more}"
        return facts


def assign_roles(
    cells: Cells, faulty: Sequence[int], wanted: Sequence[str] | None, path: Path
) -> Roles:
    """Decide what each column is.

    Parameters
    ----------
    cells
        The table.
    faulty
        Places of columns of text most of whose cells are numbers: samples with a fault.
    wanted
        Names of the samples, where they are known: then these are taken and no others.
    path
        File, for messages.

    Raises
    ------
    FormatError
        If the table holds the statistics of a differential test and no sample, or two columns
        that matter have the same name.
    """
    calls = [place for place, text in cells.texts.items() if place and _is_calls(text)]
    words = [place for place in sorted(cells.texts) if place not in {*calls, *faulty}]
    values = sorted([*cells.number_places, *faulty])
    if wanted is None:
        samples, ignored = _pick_samples(cells, values, words, path)
    else:
        names = set(wanted)
        samples = [place for place in range(1, len(cells.header)) if cells.header[place] in names]
        words = [place for place in words if place not in samples]
        calls = [place for place in calls if place not in samples]
        ignored = {"not_asked_for": [place for place in values if place not in samples]}
    ignored = {k: v for k, v in (ignored | {"detection_calls": calls}).items() if v}
    _refuse_repeated([cells.header[place] for place in [*samples, *words]], path)
    return Roles(samples, words, ignored)


def plain_name(name: str) -> str:
    """Name of a column in lower case without blanks and punctuation."""
    return re.sub(r"[\W_]+", "", name.lower())


def _is_calls(cells: pd.Series) -> bool:
    given = set(cells.str.strip())
    return given <= _CALLS and not given <= set(MISSING)


def _pick_samples(
    cells: Cells, values: Sequence[int], words: Sequence[int], path: Path
) -> tuple[list[int], dict[str, list[int]]]:
    plain = {place: plain_name(cells.header[place]) for place in (*values, *words)}
    is_test = bool(STATISTICS & set(plain.values()))
    statistics = STATISTICS | (LOOSE_STATISTICS if is_test else frozenset())
    ignored = {"statistics": [place for place in values if plain[place] in statistics]}
    ignored["gene_numbers"] = _gene_numbers(plain, values)
    left = _without(values, ignored)
    if is_test:
        ignored["constant"] = [place for place in left if _is_constant(cells, place)]
        left = _without(left, ignored)
    ignored["not_counts"] = _beside_counts(cells, left, is_test=is_test)
    left = _without(left, ignored)
    if is_test and not left:
        shown = ", ".join(cells.header[place] for place in ignored["statistics"][:_SHOWN])
        raise FormatError(
            f"This is a table of a differential test ({shown}), not expression of samples",
            where=str(path),
            fix="Give the matrix of counts or expression values that was tested.",
        )
    return left, ignored


def _without(places: Sequence[int], ignored: dict[str, list[int]]) -> list[int]:
    gone = {place for group in ignored.values() for place in group}
    return [place for place in places if place not in gone]


def _gene_numbers(plain: dict[int, str], values: Sequence[int]) -> list[int]:
    both = GENE_NUMBERS | LOOSE_GENE_NUMBERS
    beside = Counter(name for name in plain.values() if name in both)
    certain = bool(GENE_NUMBERS & beside.keys()) or len(beside) > 1
    return [p for p in values if plain[p] in (both if certain else GENE_NUMBERS)]


def _is_constant(cells: Cells, place: int) -> bool:
    if place in cells.texts:
        return False
    column = cells.column(place)
    given = column[~np.isnan(column)]
    return len(given) > 1 and bool((given == given[0]).all())


def _beside_counts(cells: Cells, places: Sequence[int], *, is_test: bool) -> list[int]:
    """Columns of fractions in a table that holds the counts of the same samples as well."""
    numeric = [place for place in places if place not in cells.texts]
    keys = {place: _sample_key(cells.header[place]) for place in numeric}
    repeated = {key for key, times in Counter(keys.values()).items() if times > 1}
    if not (is_test or repeated):
        return []
    whole = [place for place in numeric if _is_whole(cells.column(place))]
    fractions = [place for place in numeric if place not in set(whole)]
    of_samples = {keys[place] for place in whole}
    twins = all(keys[place] in of_samples for place in fractions)
    return fractions if (is_test and len(whole) > 1) or (whole and twins) else []


def _sample_key(name: str) -> tuple[str, ...]:
    """Words of a column's name that are not the unit of its values."""
    words = [word for word in re.split(r"[\W_]+", name.lower()) if word]
    return tuple(word for word in words if not _UNITS.fullmatch(word))


def _is_whole(column: Array) -> bool:
    given = column[np.isfinite(column)]
    return bool((given == np.floor(given)).all())


def _refuse_repeated(names: Sequence[str], path: Path) -> None:
    repeated = [name for name, times in Counter(names).items() if times > 1 and name]
    if repeated:
        raise FormatError(
            f"Column name {repeated[0]!r} stands {names.count(repeated[0])} times in the header",
            where=str(path),
            fix="Give each column a name of its own.",
        )
