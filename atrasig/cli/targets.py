"""The command that finds target genes of ATRA."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from atrasig.cli import options
from atrasig.cli.printing import print_facts, print_table

if TYPE_CHECKING:
    import pandas as pd


def _spacers(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, ...]:
    """Read numbers of bases, separated by commas; none where the text is empty."""
    try:
        return tuple(int(part) for part in value.split(",") if part.strip())
    except ValueError:
        raise click.BadParameter(f"{value!r} is no list of whole numbers, such as 1,2,5") from None


_TABLES = options.together(
    click.option("--early", type=options.PATH, help="Table of an early time point, with --late."),
    click.option("--late", type=options.PATH, help="Table of a late time point."),
    click.option("--gene-column", default="", help="Column of genes, where its name is unusual."),
    click.option("--log2fc-column", default="", help="Column of log2 fold changes, likewise."),
    click.option("--q-column", default="", help="Column of adjusted p, likewise."),
    click.option("--contrast", default="", help="Contrast to take of a table of several."),
    click.option(
        "--q", default=0.05, show_default=True, type=click.FloatRange(0, 1),
        help="Highest adjusted p of a changed gene.",
    ),
    click.option(
        "--log2fc", default=1.0, show_default=True, type=click.FloatRange(0),
        help="Smallest absolute log2 fold change of a changed gene.",
    ),
)  # fmt: skip
_SEQUENCES = options.together(
    click.option(
        "--promoters", type=options.PATH,
        help="FASTA of promoters called after their genes; with GENE::chr1:100-3100(+) their "
        "places are known too.",
    ),
    click.option("--genome", type=options.PATH, help="FASTA of a genome, with --gtf."),
    click.option("--gtf", type=options.PATH, help="GTF of the genes of a genome."),
    click.option(
        "--upstream", default=2500, show_default=True, type=click.IntRange(0),
        help="Bases of a promoter before the start site.",
    ),
    click.option(
        "--downstream", default=500, show_default=True, type=click.IntRange(0),
        help="Bases of a promoter from the start site on.",
    ),
    click.option(
        "--tss", default="outermost", show_default=True,
        type=click.Choice(["outermost", "every"]),
        help="Start sites of a gene: the one furthest upstream, or those of all its transcripts.",
    ),
    click.option("--peaks", type=options.PATH, help="ChIP peaks, BED or narrowPeak."),
    click.option(
        "--peak-distance", default=0, show_default=True, type=click.IntRange(0),
        help="Assign peaks within so many bases of a start site too; 0: in promoters alone.",
    ),
)  # fmt: skip
_ELEMENTS = options.together(
    click.option(
        "--direct", default="1,2,5", show_default=True, callback=_spacers, metavar="N,N,...",
        help="Spacers of direct repeats.",
    ),
    click.option(
        "--inverted", default="", callback=_spacers, metavar="N,N,...",
        help="Spacers of inverted repeats.",
    ),
    click.option(
        "--everted", default="", callback=_spacers, metavar="N,N,...",
        help="Spacers of everted repeats.",
    ),
    click.option(
        "--half-site", default="RGKTCA", show_default=True, help="Half-site in the IUPAC code."
    ),
    click.option(
        "--mismatches", default=0, show_default=True, type=click.IntRange(0, 3),
        help="Mismatches allowed in each half-site.",
    ),
    click.option(
        "--total-mismatches", type=click.IntRange(0, 6),
        help="Mismatches allowed in both together; default: twice as many.",
    ),
)  # fmt: skip
_COMPARISON = options.together(
    click.option(
        "--matches", default=3, show_default=True, type=click.IntRange(1),
        help="Unchanged promoters of like length and GC drawn for each changed gene.",
    ),
    click.option(
        "--seed", default=options.SEED, show_default=True, type=click.IntRange(0),
        help="Seed of the draws.",
    ),
)  # fmt: skip


@click.command(
    epilog="Examples: atrasig targets atra_vs_vehicle.tsv --promoters promoters.fa.gz "
    "--out targets; "
    "atrasig targets --early atra_6h.csv --late atra_72h.csv --genome hg38.fa.gz "
    "--gtf genes.gtf.gz --peaks rara.narrowPeak --out targets"
)
@click.argument("table", type=options.PATH, required=False)
@_TABLES
@_SEQUENCES
@_ELEMENTS
@_COMPARISON
@options.genes
@click.option("--out", required=True, type=options.PATH, help="Folder to write to.")
def targets(table: Path | None, out: Path, **given: Any) -> None:
    """Find target genes of ATRA: induced, with a response element, bound.

    TABLE is a differential table, ATRA against vehicle, of limma, DESeq2, edgeR or atrasig.
    Promoters are scanned for retinoic acid response elements on both strands. Written are
    targets.tsv (a row a gene with its class and the evidence), elements.tsv and elements.bed,
    enrichment.tsv, targets.json and targets.md.
    """
    from atrasig.pipeline.targets import TargetSettings, write_targets
    from atrasig.targets import Motif, Thresholds
    from atrasig.targets.response import ColumnChoice

    def take(*names: str) -> dict[str, Any]:
        return {name: given.pop(name) for name in names}

    columns = {
        "gene": given.pop("gene_column"), "log2fc": given.pop("log2fc_column"),
        "q": given.pop("q_column"), "contrast": given.pop("contrast"),
    }  # fmt: skip
    motif = take("half_site", "direct", "inverted", "everted", "mismatches", "total_mismatches")
    limits = take("q", "log2fc", "peak_distance", "matches", "seed")
    found = write_targets(
        out,
        TargetSettings(
            table=table,
            columns=ColumnChoice(**columns),
            motif=Motif(**motif),
            thresholds=Thresholds(**limits),
            **given,
        ),
    )
    print_facts("Taken and counted", found.facts)
    click.echo()
    print_table([("class", "genes"), *((n, str(c)) for n, c in found.counts.items() if c)])
    if len(found.enrichment):
        click.echo()
        print_table([("group", "feature", "method", "odds ratio", "p"), *_rows(found.enrichment)])
    click.echo(f"Page: {out / 'targets.md'}")


def _rows(table: pd.DataFrame) -> list[tuple[str, ...]]:
    return [
        (
            row["group"],
            row["feature"],
            row["method"],
            row["reason"] or f"{row['odds_ratio']:.2f} ({row['low']:.2f} to {row['high']:.2f})",
            "" if row["p"] != row["p"] else f"{row['p']:.2g}",
        )
        for row in table.to_dict("records")
    ]
