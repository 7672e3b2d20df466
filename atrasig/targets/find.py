"""Target genes: responses, elements and peaks joined by gene, classed and compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atrasig.errors import UsageError
from atrasig.targets.binding import assign_peaks, bound_genes
from atrasig.targets.classes import (
    BOTH_WAYS,
    CHANGED,
    CLASSES,
    EARLY,
    LATE,
    class_counts,
    class_of,
    joined_response,
    time_class,
)
from atrasig.targets.enrichment import COLUMNS, compare_groups
from atrasig.targets.evidence import add_elements, elements_of, in_peaks, promoters_by_gene
from atrasig.targets.gtf import Promoter
from atrasig.targets.naming import name_promoters
from atrasig.targets.response import INDUCED, REPRESSED, UNCHANGED, UNTESTED, Response
from atrasig.targets.sequences import is_placed

if TYPE_CHECKING:
    from atrasig.genes import GeneTable
    from atrasig.targets.scanned import Scanned

ANY_ELEMENT, PEAK = "any element", "peak"
Facts = dict[str, str | int | float]


@dataclass(frozen=True)
class Thresholds:
    """What counts, and how comparisons are made.

    Parameters
    ----------
    q, log2fc
        Highest adjusted p and smallest absolute log2 fold change of a changed gene.
    peak_distance
        See :func:`atrasig.targets.binding.assign_peaks`.
    matches, seed
        See :func:`atrasig.targets.matching.match_promoters`.
    """

    q: float = 0.05
    log2fc: float = 1.0
    peak_distance: int = 0
    matches: int = 3
    seed: int = 1


@dataclass(frozen=True, eq=False)
class Targets:
    """Target genes of ATRA.

    Parameters
    ----------
    genes
        One row a gene: its class, its response and the evidence.
    elements
        One row an element and gene.
    enrichment
        Comparison of groups; see :class:`atrasig.targets.enrichment.Compared`.
    facts
        What was taken, left out and counted.
    """

    genes: pd.DataFrame
    elements: pd.DataFrame
    enrichment: pd.DataFrame
    facts: Facts = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """Genes of each class."""
        return class_counts(self.genes["class"])


def find_targets(
    responses: Mapping[str, Response],
    promoters: Scanned | Sequence[Promoter],
    genes: GeneTable,
    peaks: pd.DataFrame | None = None,
    thresholds: Thresholds | None = None,
) -> Targets:
    """Join responses, response elements and peaks by gene.

    Parameters
    ----------
    responses
        One table called ``""``, or tables called ``early`` and ``late``.
    promoters
        Scanned promoters; or promoters without sequences, whose peaks alone are counted.
    genes
        Gene table.
    peaks
        Table of :func:`atrasig.targets.peaks.read_peaks`; None where binding was not measured.
    thresholds
        What counts as changed, and how groups are compared.

    Returns
    -------
    Targets
        Every gene of the tables and of the promoters has one row.

    Raises
    ------
    UsageError
        If there is nothing to examine promoters for, or promoters without coordinates are to be
        compared with peaks.
    InputError
        See :func:`atrasig.targets.naming.name_promoters`.
    """
    limits = thresholds or Thresholds()
    scanned = None if isinstance(promoters, Sequence) else promoters
    windows = list(promoters) if isinstance(promoters, Sequence) else promoters.promoters
    if scanned is None and peaks is None:
        raise UsageError(
            "There is no sequence to scan and no peak to look for",
            fix="Give promoters, or a genome with an annotation, or peaks.",
        )
    if peaks is not None and not all(map(is_placed, windows)):
        raise UsageError(
            "Peaks cannot be assigned: the places of the promoters are not known",
            fix="Give a genome and an annotation, or call the sequences GENE::chr1:100-3100(+).",
        )
    named, counts = name_promoters(windows, genes, responses)
    facts: Facts = {**counts}
    table = _responses(responses, limits).join(
        promoters_by_gene(named, windows, scanned), how="outer"
    )
    elements = elements_of(scanned, named)
    if peaks is not None:
        pairs = assign_peaks(windows, peaks, limits.peak_distance)
        bound = bound_genes(windows, named, peaks, pairs)
        table = table.join(bound)
        table["n_peaks"] = table["n_peaks"].fillna(0).where(table["n_promoters"].notna())
        elements["in_peak"] = in_peaks(elements, peaks)
        facts["peaks"] = len(peaks)
        facts["peaks without a gene"] = len(peaks) - len(np.unique(pairs[1]))
    table = add_elements(table, elements, scanned)
    table = _classed(table, list(responses))
    arrangements = list(scanned.expected) if scanned is not None else []
    table, compared = _compared(table, arrangements, limits)
    facts |= _counted(table, scanned, responses)
    return Targets(_ordered(table, arrangements), _tidy_elements(elements), compared, facts)


def _responses(responses: Mapping[str, Response], limits: Thresholds) -> pd.DataFrame:
    """Change, adjusted p and response of every gene at each time."""
    columns = []
    for time, response in responses.items():
        before = f"{time}_" if time else ""
        frame = response.table[["log2fc", "q"]].add_prefix(before)
        frame[f"{before}response"] = response.directions(limits.q, limits.log2fc)
        columns.append(frame)
    table = columns[0]
    for frame in columns[1:]:
        table = table.join(frame, how="outer")
    return table


def _classed(table: pd.DataFrame, times: list[str]) -> pd.DataFrame:
    columns = {time: f"{time}_response" if time else "response" for time in times}
    by_time = table[list(columns.values())].fillna(UNTESTED)
    table[by_time.columns] = by_time
    rows = by_time.to_numpy().tolist()
    table["change"] = [joined_response(row) for row in rows]
    table["time"] = [time_class(dict(zip(times, row, strict=True))) for row in rows]
    bound = _flags(table, "n_peaks")
    element = _flags(table, "n_elements")
    table["class"] = [
        class_of(change, bound=has_peak, element=has_element)
        for change, has_peak, has_element in zip(table["change"], bound, element, strict=True)
    ]
    return table


def _flags(table: pd.DataFrame, column: str) -> list[bool | None]:
    if column not in table:
        return [None] * len(table)
    return [None if np.isnan(number) else number > 0 for number in table[column]]


def _compared(
    table: pd.DataFrame, arrangements: list[str], limits: Thresholds
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compare changed genes with unchanged ones, where promoters were scanned."""
    if "length" not in table:
        return table, pd.DataFrame(columns=list(COLUMNS))
    examined = table[(table["length"] > 0) & table["change"].ne(UNTESTED)].copy()
    examined = examined.sort_index()
    features = {ANY_ELEMENT: "n_elements", **{name: name for name in arrangements}}
    if "n_peaks" in table:
        features[PEAK] = "n_peaks"
        features["element in a peak"] = "n_elements_in_peaks"
    frame = examined[["length", "gc"]].copy()
    for name, column in features.items():
        frame[name] = examined[column] > 0
    groups = _groups(examined)
    compared = compare_groups(
        frame,
        groups,
        examined["change"].eq(UNCHANGED).to_numpy(),
        list(features),
        matches=limits.matches,
        seed=limits.seed,
    )
    matched = pd.concat([compared.available[word] for word in (INDUCED, REPRESSED)])
    return table.assign(n_matched=matched.reindex(table.index)), compared.table


def _groups(examined: pd.DataFrame) -> dict[str, NDArray[np.bool_]]:
    groups = {word: examined["change"].eq(word).to_numpy() for word in (INDUCED, REPRESSED)}
    for time in (EARLY, LATE, "both"):
        if f"{EARLY}_response" in examined:
            groups[f"induced, {time}"] = groups[INDUCED] & examined["time"].eq(time).to_numpy()
    return groups


def _counted(
    table: pd.DataFrame, scanned: Scanned | None, responses: Mapping[str, Response]
) -> Facts:
    facts: Facts = {f"genes {word}": int(table["change"].eq(word).sum()) for word in CHANGED}
    for word in (UNCHANGED, UNTESTED):
        facts[f"genes {word}"] = int(table["change"].eq(word).sum())
    if scanned is not None:
        facts["bases scanned"] = int(scanned.composition.sum())
        facts["bases not known"] = int(scanned.composition[:, 4].sum())
        found = scanned.elements["arrangement"].value_counts()
        for name, expected in scanned.expected.items():
            facts[f"{name} elements"] = int(found.get(name, 0))
            facts[f"{name} elements expected by chance"] = round(expected, 2)
    if len(responses) == 1:
        facts.pop(f"genes {BOTH_WAYS}")
    return facts


def _ordered(table: pd.DataFrame, arrangements: list[str]) -> pd.DataFrame:
    """Genes by class, then by adjusted p, then by name; class and change in front."""
    names = [str(name) for name in table]
    adjusted = [name for name in names if name == "q" or name.endswith("_q")]
    rank = {name: place for place, name in enumerate(CLASSES)}
    table = table.rename_axis("gene").reset_index()
    keys = pd.DataFrame({"class": table["class"].map(rank), "q": table[adjusted].min(axis=1)})
    keys["gene"] = table["gene"]
    order = keys.sort_values(["class", "q", "gene"], na_position="last", kind="stable").index
    first = ["gene", "class", "change", "time"]
    rest = [name for name in names if name not in first]
    whole = [name for name in rest if name.startswith("n_") or name in arrangements]
    whole += [name for name in rest if name in ("length", "best_element_mismatches")]
    table = table.loc[order, [*first, *rest]].reset_index(drop=True)
    return table.astype(dict.fromkeys(whole, "Int64"))


def _tidy_elements(elements: pd.DataFrame) -> pd.DataFrame:
    ordered = elements.drop(columns="promoter").drop_duplicates(
        ["gene", "chrom", "start", "end", "arrangement"]
    )
    return ordered.sort_values(["chrom", "start", "end", "arrangement", "gene"], ignore_index=True)
