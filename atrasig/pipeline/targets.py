"""Target genes file to file: tables, sequences and peaks in; classes, elements and a page out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from atrasig._version import __version__
from atrasig.errors import UsageError
from atrasig.files import canonical_json, sha256_file, write_text, write_tsv
from atrasig.provenance import package_versions
from atrasig.targets.find import Targets, Thresholds, find_targets
from atrasig.targets.gtf import Promoter, read_promoters
from atrasig.targets.markdown import render_targets
from atrasig.targets.motif import Codes, Motif
from atrasig.targets.peaks import read_peaks
from atrasig.targets.response import ColumnChoice, Response, read_response
from atrasig.targets.scanned import Scanned, scan_promoters
from atrasig.targets.sequences import promoters_of_fasta, promoters_of_genome

if TYPE_CHECKING:
    import pandas as pd

    from atrasig.genes import GeneTable

_SHOWN_FROM = 1.0
"""Seconds of work from which a progress bar is shown."""
_FULL = 1000
"""Score of an element without mismatches in BED."""
Item = TypeVar("Item")


@dataclass(frozen=True)
class TargetSettings:
    """What the search for target genes can be told.

    Parameters
    ----------
    table
        Differential table of one time point; or `early` and `late`, one or both.
    early, late
        Differential tables of two time points.
    columns
        Columns of these tables where their names are unusual.
    promoters
        FASTA of promoters.
    genome, gtf
        FASTA of a genome and GTF of its genes; `gtf` alone serves peaks without a scan.
    upstream, downstream, tss
        Windows; see :func:`atrasig.targets.gtf.read_promoters`.
    peaks
        BED or narrowPeak.
    motif
        What counts as a response element.
    thresholds
        What counts as changed, and how groups are compared.
    genes
        Gene table; the shipped one where None.
    """

    table: Path | None = None
    early: Path | None = None
    late: Path | None = None
    columns: ColumnChoice = field(default_factory=ColumnChoice)
    promoters: Path | None = None
    genome: Path | None = None
    gtf: Path | None = None
    upstream: int = 2500
    downstream: int = 500
    tss: str = "outermost"
    peaks: Path | None = None
    motif: Motif = field(default_factory=Motif)
    thresholds: Thresholds = field(default_factory=Thresholds)
    genes: Path | None = None

    def __post_init__(self) -> None:
        if (self.table is None) == (self.early is None and self.late is None):
            raise UsageError(
                "Differential tables are of one time point, or early and late",
                fix="Give either TABLE, or --early and --late.",
            )
        if self.promoters and (self.genome or self.gtf):
            raise UsageError(
                "Promoters are given as sequences and as places in a genome",
                fix="Give either --promoters, or --genome and --gtf.",
            )
        if not self.promoters and not self.gtf:
            raise UsageError(
                "Where the promoters are is not known",
                fix="Give --promoters, or --genome and --gtf (--gtf alone with --peaks).",
            )
        if self.gtf and not self.genome and not self.peaks:
            raise UsageError(
                "There is no sequence to scan and no peak to look for",
                fix="Give --genome, or --peaks, or both.",
            )

    @property
    def tables(self) -> dict[str, Path]:
        """Differential tables by time; the time is empty where there is one."""
        given = {"": self.table, "early": self.early, "late": self.late}
        return {time: path for time, path in given.items() if path is not None}

    @property
    def files(self) -> dict[str, Path]:
        """Every file that is read, by its role."""
        given = {
            "promoters": self.promoters, "genome": self.genome, "annotation": self.gtf,
            "peaks": self.peaks, "gene table": self.genes,
        }  # fmt: skip
        tables = {f"{time} table".strip(): path for time, path in self.tables.items()}
        return tables | {role: path for role, path in given.items() if path is not None}

    def parameters(self) -> dict[str, Any]:
        """Parameters but for the files, as they are recorded."""
        motif, limits = self.motif, self.thresholds
        return {
            "half-site": motif.half_site,
            "arrangements": ", ".join(one.name for one in motif.arrangements),
            "mismatches allowed in a half-site": motif.mismatches,
            "mismatches allowed in an element": motif.allowed,
            "highest adjusted p": limits.q,
            "smallest log2 fold change": limits.log2fc,
            "upstream": self.upstream if self.gtf else "",
            "downstream": self.downstream if self.gtf else "",
            "start sites": self.tss if self.gtf else "",
            "peak distance": limits.peak_distance if self.peaks else "",
            "matched promoters a gene": limits.matches,
            "seed": limits.seed,
        }


def write_targets(out: Path, settings: TargetSettings) -> Targets:
    """Find target genes and write them.

    Parameters
    ----------
    out
        Folder for ``targets.tsv``, ``elements.tsv``, ``elements.bed``, ``enrichment.tsv``,
        ``targets.json`` (counts, parameters, hashes of the inputs) and ``targets.md``. Nothing is
        written before all is computed.
    settings
        Files and parameters.

    Returns
    -------
    Targets
        The tables as written.
    """
    genes = _gene_table(settings.genes)
    responses = {
        time: read_response(path, genes, settings.columns) for time, path in settings.tables.items()
    }
    peaks = read_peaks(settings.peaks) if settings.peaks else None
    promoters, lacking = _promoters(settings)
    found = find_targets(responses, promoters, genes, peaks, settings.thresholds)
    found.facts.update(_facts_of_tables(responses) | lacking)
    files = {role: path.name for role, path in settings.files.items()}
    parameters = settings.parameters()
    page = render_targets(found, files | {name: str(value) for name, value in parameters.items()})
    record = {
        "atrasig": __version__,
        "gene_table": {"version": genes.version, "sha256": genes.sha256},
        "inputs": {
            role: {"name": path.name, "sha256": sha256_file(path)}
            for role, path in settings.files.items()
        },
        "parameters": parameters,
        "classes": found.counts,
        "facts": found.facts,
        "packages": package_versions(),
    }
    write_tsv(out / "targets.tsv", found.genes)
    write_tsv(out / "elements.tsv", found.elements)
    write_tsv(out / "enrichment.tsv", found.enrichment)
    write_text(out / "elements.bed", as_bed(found.elements, settings.motif))
    write_text(out / "targets.json", canonical_json(record))
    write_text(out / "targets.md", page)
    return found


def as_bed(elements: pd.DataFrame, motif: Motif) -> str:
    """Write elements as BED: gene and arrangement are the name.

    Parameters
    ----------
    elements
        Table of elements.
    motif
        What counted as an element.

    Returns
    -------
    str
        Six columns. The score is 1000 for an element without mismatches, and falls by the same
        step with each.
    """
    bases = 2 * len(motif.half_site)
    lines = (
        f"{chrom}\t{start}\t{end}\t{gene}|{name}\t{_FULL * (bases - wrong) // bases}\t{strand}\n"
        for chrom, start, end, gene, name, wrong, strand in zip(
            *(elements[column].tolist() for column in (
                "chrom", "start", "end", "gene", "arrangement", "mismatches", "strand",
            )),
            strict=True,
        )
    )  # fmt: skip
    return "".join(lines)


def _gene_table(path: Path | None) -> GeneTable:
    from atrasig.genes import load_gene_table, read_gene_table

    return read_gene_table(path) if path else load_gene_table()


def _promoters(
    settings: TargetSettings,
) -> tuple[Scanned | Sequence[Promoter], dict[str, int]]:
    """Promoters, scanned where there are sequences, and how many had none."""
    if settings.promoters:
        read = promoters_of_fasta(settings.promoters)
        return scan_promoters(_bar(read, None), settings.motif), {}
    if settings.gtf is None:
        raise UsageError("There is no annotation", fix="Give --gtf.")
    windows = read_promoters(
        settings.gtf,
        upstream=settings.upstream,
        downstream=settings.downstream,
        tss=settings.tss,
    )
    if settings.genome is None:
        return windows, {}
    cut = promoters_of_genome(settings.genome, windows)
    scanned = scan_promoters(_bar(cut, len(windows)), settings.motif)
    lacking = {
        "promoters on chromosomes that the genome lacks": len(windows) - len(scanned.promoters)
    }
    return scanned, lacking


def _facts_of_tables(responses: dict[str, Response]) -> dict[str, str | int | float]:
    return dict(
        chain.from_iterable(
            ((f"{time} table: {name}".strip(), value) for name, value in response.facts.items())
            for time, response in responses.items()
        )
    )


def _bar(items: Iterable[tuple[Promoter, Codes]], total: int | None) -> Iterator[Any]:
    """Show a progress bar on a terminal once the work takes a while."""
    from tqdm import tqdm

    bar = tqdm(
        items, desc="targets", unit=" promoters", total=total, disable=None, leave=False,
        delay=_SHOWN_FROM,
    )  # fmt: skip
    return iter(bar)
