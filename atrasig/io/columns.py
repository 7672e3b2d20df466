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
from atrasig.genes import load_gene_table
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
    "percentagegenegccontent percentagegccontent chromosome chr chrom chromosomename "
    "chromosomescaffoldname seqname seqnames strand genestart geneend txstart txend chromstart "
    "chromend startbp endbp startposition endposition chromosomestart chromosomeend genestartbp "
    "geneendbp transcriptcount exoncount probeid arrayaddressid arrayaddress"
)
"""Names of numbers that describe a gene."""
LOOSE_GENE_NUMBERS = _words("start end width position pos gc size")
"""Names that could be samples too: they describe a gene only beside another such column."""

SUMMARIES = {
    "total": "sum", "totals": "sum", "sum": "sum", "rowsum": "sum", "grandtotal": "sum",
    "mean": "mean", "average": "mean", "rowmean": "mean", "avg": "mean", "median": "median",
}  # fmt: skip
"""Names of columns that sum up the samples, and how: they are believed where the values agree."""
SAMPLE_NUMBERS = _words(
    "age ageatdiagnosis agediagnosis gender sex os osmonths osdays ostime osstatus osevent pfs "
    "pfstime dfs dfstime efs efstime rfs time event status futime fustat survival survivaltime "
    "survivalstatus vitalstatus label target class group stage grade batch plate replicate lane "
    "librarysize libsize normfactors sizefactor sizefactors totalcounts totalreads nreads ncounts "
    "ncountrna ngenes nfeaturerna percentmt pctcountsmt rin purity index unnamed0"
)
"""Names of numbers that describe a sample, unless one is the symbol of a gene."""
_NO_SYMBOL = frozenset({"unmapped", "alias", "ambiguous"})

_BESIDE_A_VALUE = re.compile(
    r"(?:detectionpval(?:ue)?|beadstderr|beadstdev|avgnbeads|nbeads|arraystdev|conflo|confhi)$"
)
_UNITS = re.compile(
    r"(?:raw|read|reads|expected|count|counts|cpm|tpm|fpkm|rpkm|rpm|norm|normalised|normalized"
    r"|log|log2|log10|vst|rlog|tmm)"
)
_CALLS = frozenset(["P", "A", "M", *MISSING])
_SHOWN = 20
_PROBED_ROWS = 1000


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
        return facts_on_ignored(cells, self.ignored)


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


def facts_on_ignored(cells: Cells, ignored: dict[str, list[int]]) -> dict[str, str | int]:
    """Count and name the columns that are ignored, by the reason why."""
    facts: dict[str, str | int] = {"ignored_columns": sum(map(len, ignored.values()))}
    for reason, places in ignored.items():
        names = [cells.title(place) for place in places]
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        if names:
            facts[f"ignored_{reason}"] = f"{len(names)}: {', '.join(names[:_SHOWN])}{more}"
    return facts


def numbers_on_samples(cells: Cells) -> list[int]:
    """Places of the columns of numbers that describe the samples of a table with these in rows."""
    named = [p for p in cells.number_places if plain_name(cells.header[p]) in SAMPLE_NUMBERS]
    if not named:
        return []
    kinds = load_gene_table().resolve([cells.header[place] for place in named]).kinds
    return [place for place, kind in zip(named, kinds, strict=True) if kind in _NO_SYMBOL]


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
    ignored["precision"] = [p for p in values if _BESIDE_A_VALUE.search(plain[p])]
    left = _without(values, ignored)
    if is_test:
        ignored["constant"] = [place for place in left if _is_constant(cells, place)]
        left = _without(left, ignored)
    ignored["not_counts"] = _beside_counts(cells, left, is_test=is_test)
    left = _without(left, ignored)
    ignored["summaries"] = _summaries(cells, left)
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


def _summaries(cells: Cells, places: Sequence[int]) -> list[int]:
    """Columns that are named as a sum or mean of all samples, and are that."""
    named = {p: SUMMARIES.get(plain_name(cells.header[p])) for p in places if p not in cells.texts}
    samples = [place for place in named if named[place] is None]
    if len(samples) < 2 or len(samples) == len(named):
        return []
    values = np.stack([cells.column(place)[:_PROBED_ROWS] for place in samples])
    of_samples = {"sum": values.sum(axis=0), "mean": values.mean(axis=0)}
    of_samples["median"] = np.median(values, axis=0)
    return [
        place
        for place, kind in named.items()
        if kind and _agree(cells.column(place)[:_PROBED_ROWS], of_samples[kind])
    ]


def _agree(column: Array, expected: Array) -> bool:
    both = np.isfinite(column) & np.isfinite(expected)
    return bool(both.any()) and bool(np.allclose(column[both], expected[both], rtol=1e-2, atol=0.5))


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
