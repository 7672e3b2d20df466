"""Commands for the stages of a run, which the workflow calls."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from atrasig.cli import options
from atrasig.cli.printing import tell_failures


@click.command(epilog="Example: atrasig score expr.h5ad --method singscore --out scores.parquet")
@click.argument("expr", type=options.PATH)
@options.out
@options.signatures
@options.methods
@options.universe
@click.option(
    "--layout", default="tidy", show_default=True, type=click.Choice(["tidy", "wide"]),
    help="One row a score with z, p and q, as later stages need; or one row a sample, scores only.",
)  # fmt: skip
@click.option(
    "--threads", type=click.IntRange(1),
    help="Blocks scored at the same time; default: the cores of the job.",
)  # fmt: skip
@options.block
@options.strict
def score(expr: Path, out: Path, block: int | None, block_size: int, **settings: Any) -> None:
    """Score samples against signatures.

    EXPR is a harmonised matrix, as h5ad, zarr or parquet; it is read block by block.
    """
    from atrasig.pipeline import stages

    tell_failures(stages.score(expr, out, block=_as_block(block, block_size), **settings))


@click.command(
    epilog="Example: atrasig predict expr.h5ad --disease AML --out calls.parquet "
    "--drivers drivers.parquet"
)
@click.argument("expr", type=options.PATH)
@options.out
@click.option(
    "--drivers", required=True, type=options.PATH, help="File for the contribution of each gene."
)
@options.signatures
@click.option(
    "--models", multiple=True, type=options.PATH, metavar="PATH", help="Further model; repeatable."
)
@options.context
@options.block
@options.strict
def predict(
    expr: Path, out: Path, drivers: Path, block: int | None, block_size: int, **settings: Any
) -> None:
    """Call sensitivity and response, or say why not."""
    from atrasig.pipeline import stages

    own = _as_block(block, block_size)
    tell_failures(stages.predict(expr, out, drivers, block=own, **settings))


@click.command(
    epilog="Example: atrasig pairs expr.h5ad --out pairs.parquet --tests pair_tests.parquet"
)
@click.argument("expr", type=options.PATH)
@options.out
@click.option("--tests", required=True, type=options.PATH, help="File for the tests of the cohort.")
@options.signatures
@click.option(
    "--models", multiple=True, type=options.PATH, metavar="PATH", help="Further model; repeatable."
)
@options.context
def pairs(expr: Path, out: Path, tests: Path, **settings: Any) -> None:
    """Compare exposed with baseline samples of each patient.

    Pairs are made by the columns `patient` and `timepoint` of the sample sheet.
    """
    from atrasig.pipeline import stages

    stages.pairs(expr, out, tests, **settings)


@click.command(
    epilog="Example: atrasig hypotheses expr.h5ad --out hypotheses.parquet "
    "--summaries hypothesis_summaries.parquet"
)
@click.argument("expr", type=options.PATH)
@options.out
@click.option("--summaries", required=True, type=options.PATH, help="File for one row a sample.")
@options.block
@options.strict
def hypotheses(
    expr: Path,
    out: Path,
    summaries: Path,
    block: int | None,
    block_size: int,
    *,
    strict: bool,
) -> None:
    """Find combinations that marker genes speak for, to be tested.

    Marker genes of published combinations are held against the declared baselines, or the other
    samples, of the same disease in EXPR. Hypotheses for research, no advice on treatment.
    """
    from atrasig.pipeline.hypotheses import hypotheses as find

    own = _as_block(block, block_size)
    tell_failures(find(expr, out, summaries, block=own, strict=strict))


@click.command(epilog="Example: atrasig enrich expr.h5ad --contrasts --out contrasts.parquet")
@click.argument("expr", type=options.PATH)
@options.out
@options.signatures
@options.universe
@options.block
@click.option("--contrasts", "in_groups", is_flag=True, help="Between groups instead of by sample.")
@click.option(
    "--contrast", "contrasts", multiple=True, metavar="'A vs B'",
    help="Contrast to test, instead of all that the sheet allows; repeatable.",
)  # fmt: skip
@click.option("--only-named", is_flag=True, help="Test no contrast where none is named.")
@click.option(
    "--gmt", "gmt", multiple=True, type=options.PATH, metavar="FILE",
    help="Gene sets (GMT) to test beside the signatures; repeatable.",
)  # fmt: skip
@click.option(
    "--genes-out", "genes", type=options.PATH, metavar="FILE",
    help="File for the differential expression of contrasts (.parquet or .tsv); default: the name "
    "of --out with .genes before its ending.",
)  # fmt: skip
@click.option(
    "--lists-out", "lists", type=options.PATH, metavar="FILE",
    help="File for the over-representation among changed genes; default: the name of --out with "
    ".lists before its ending.",
)  # fmt: skip
@click.option(
    "--differential", default="auto", show_default=True,
    type=click.Choice(options.DIFFERENTIAL),
    help="Test of the genes of a contrast: DESeq2 on counts (minutes), linear models of log2 "
    "values with moderated variance (seconds), or auto: DESeq2 where there are counts.",
)  # fmt: skip
@click.option(
    "--covariate", "covariates", multiple=True, default=("batch",), show_default=True,
    metavar="COLUMN",
    help="Column of the sheet that enters the model of a contrast as a factor; repeatable.",
)  # fmt: skip
@click.option(
    "--threads", default=1, show_default=True, type=click.IntRange(1),
    help="Threads of the permutations.",
)  # fmt: skip
@click.option(
    "--permutations",
    default=options.PERMUTATIONS,
    show_default=True,
    type=click.IntRange(1),
    help="Permutations behind the p-values of a contrast.",
)
@click.option(
    "--seed",
    default=options.SEED,
    show_default=True,
    type=click.IntRange(0),
    help="Seed of the permutations.",
)
@click.option(
    "--min-size",
    default=5,
    show_default=True,
    type=click.IntRange(1),
    help="Fewest measured genes of a signature, for contrasts.",
)
@click.option(
    "--max-size", default=1000, show_default=True, type=click.IntRange(1),
    help="Most measured genes of a signature, for contrasts.",
)  # fmt: skip
@options.strict
def enrich(expr: Path, out: Path, block: int | None, block_size: int, **settings: Any) -> None:
    """Test signatures for enrichment, by sample or between groups."""
    from atrasig.pipeline import stages

    given, strict = {"universe": settings.pop("universe")}, settings.pop("strict")
    given["signatures"] = (*settings.pop("signatures"), *settings.pop("gmt"))
    if not settings.pop("in_groups") and not settings["contrasts"]:
        own = _as_block(block, block_size)
        tell_failures(stages.enrich(expr, out, block=own, strict=strict, **given))
        return
    for name in ("genes", "lists"):
        settings[name] = settings[name] or out.with_suffix(f".{name}{out.suffix}")
    for line in stages.contrast(expr, out, **given, **settings):
        click.echo(f"atrasig: {line}", err=True)


@click.command(
    epilog="Example: atrasig report --expr expr.h5ad --scores s.parquet --calls c.parquet "
    "--drivers d.parquet --enrichment e.parquet --contrasts k.parquet --pairs b.parquet "
    "--hypotheses h.parquet --hypothesis-summaries u.parquet --out results --manifest pages.tsv"
)
@click.option("--expr", required=True, type=options.PATH, help="Harmonised matrix.")
@click.option("--scores", required=True, type=options.PATH, help="Table of scores.")
@click.option(
    "--calls", required=True, multiple=True, type=options.PATH,
    help="Table of calls; repeatable, all blocks of the matrix.",
)  # fmt: skip
@click.option("--drivers", required=True, type=options.PATH, help="Contribution of each gene.")
@click.option("--enrichment", required=True, type=options.PATH, help="Enrichment of each sample.")
@click.option("--contrasts", required=True, type=options.PATH, help="Enrichment between groups.")
@click.option("--pairs", required=True, type=options.PATH, help="Table of pairs.")
@click.option("--hypotheses", required=True, type=options.PATH, help="Table of hypotheses.")
@click.option(
    "--hypothesis-summaries", required=True, type=options.PATH, help="Summary of each sample."
)
@click.option(
    "--out", required=True, type=options.PATH,
    help="Results folder; or a file *.zip, which then holds the pages.",
)  # fmt: skip
@click.option(
    "--manifest", required=True, type=options.PATH, help="File that lists the pages written."
)
@options.signatures
@options.parameters
@options.pages
@options.pdf
@options.block
@options.strict
def report(block: int | None, block_size: int, parameters: str, **settings: Any) -> None:
    """Write record and page of each sample."""
    from atrasig.pipeline.report import report as write

    own, given = _as_block(block, block_size), _as_json(parameters)
    found = write(block=own, parameters=given, **settings)
    tell_failures(found.failures)
    if found.n_without_page:
        counted = f"{found.n_without_page:,} of {found.n_rows:,} samples get no page"
        click.echo(f"atrasig: {counted} (--pages {settings['pages']})", err=True)


@click.command(epilog="Example: atrasig gather 'calls.{0..9}.parquet' --out calls.parquet")
@click.argument("tables", nargs=-1, required=True, type=options.PATH)
@options.out
def gather(tables: tuple[Path, ...], out: Path) -> None:
    """Put tables of blocks below each other into one.

    TABLES are parquet files of the same stage, in the order of their blocks. Numbered ones can be
    named together: 'calls.{0..9}.parquet' is ten.
    """
    from atrasig.pipeline.blocks import of_patterns
    from atrasig.pipeline.collect import gather as stack

    stack(of_patterns(tables), out)


@click.command(
    epilog="Example: atrasig collect results --expr expr.h5ad --scores s.parquet --calls c.parquet "
    "--enrichment e.parquet --contrasts k.parquet --pairs b.parquet --pair-tests t.parquet "
    "--hypotheses h.parquet --hypothesis-summaries u.parquet --pages pages.tsv"
)
@click.argument("results", type=options.PATH)
@click.option(
    "--expr",
    "exprs",
    required=True,
    multiple=True,
    type=options.PATH,
    help="Harmonised matrix; repeatable.",
)
@click.option(
    "--scores",
    required=True,
    multiple=True,
    type=options.PATH,
    help="Table of scores; repeatable.",
)
@click.option(
    "--calls",
    required=True,
    multiple=True,
    type=options.PATH,
    help="Table of calls; repeatable.",
)
@click.option(
    "--enrichment",
    required=True,
    multiple=True,
    type=options.PATH,
    help="Enrichment of each sample; repeatable.",
)
@click.option(
    "--contrasts",
    required=True,
    multiple=True,
    type=options.PATH,
    help="Enrichment between groups; repeatable.",
)
@click.option(
    "--pairs",
    required=True,
    multiple=True,
    type=options.PATH,
    help="Table of pairs; repeatable.",
)
@click.option(
    "--pair-tests",
    required=True,
    multiple=True,
    type=options.PATH,
    help="Tests of the pairs; repeatable.",
)
@click.option(
    "--hypotheses",
    required=True,
    multiple=True,
    type=options.PATH,
    help="Table of hypotheses; repeatable.",
)
@click.option(
    "--hypothesis-summaries",
    required=True,
    multiple=True,
    type=options.PATH,
    help="Summaries of samples; repeatable.",
)
@click.option(
    "--contrast-genes",
    multiple=True,
    type=options.PATH,
    help="Differential expression of contrasts; repeatable.",
)
@click.option(
    "--contrast-lists",
    multiple=True,
    type=options.PATH,
    help="Over-representation in contrasts; repeatable.",
)
@click.option(
    "--pages",
    required=True,
    multiple=True,
    type=options.PATH,
    help="Manifest of pages; repeatable.",
)
@click.option(
    "--archives", multiple=True, type=options.PATH,
    help="Archive of pages to unpack into the results folder; repeatable.",
)  # fmt: skip
@options.signatures
@options.parameters
def collect(results: Path, parameters: str, **settings: Any) -> None:
    """Gather blocks into tables, provenance and the index page.

    The workflow calls it last; `atrasig run` does it for one matrix. Numbered tables can be named
    together: 'calls.{0..9}.parquet' is ten.
    """
    from atrasig.pipeline.blocks import of_patterns
    from atrasig.pipeline.collect import collect as gather

    files = {name: of_patterns(paths) for name, paths in settings.items()}
    found = gather(results, parameters=_as_json(parameters), **files)
    click.echo(f"atrasig: {found}", err=True)


def _as_block(index: int | None, size: int) -> Any:
    from atrasig.pipeline.by_sample import Block

    return None if index is None else Block(index, size)


def _as_json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise click.BadParameter(f"not JSON: {error}", param_hint="--parameters") from error
    if not isinstance(value, dict):
        raise click.BadParameter("a JSON object is needed", param_hint="--parameters")
    return value
