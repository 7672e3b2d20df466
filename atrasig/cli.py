"""Command line: thin commands around the stages."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from atrasig._version import __version__
from atrasig.errors import AtrasigError

_PATH = click.Path(path_type=Path)
_SEED, _PERMUTATIONS = 1, 1000


class _Commands(click.Group):
    """A group whose commands print an error of atrasig as one message, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AtrasigError as error:
            click.echo(f"atrasig: error: {error}", err=True)
            ctx.exit(2)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


def _together(*options: Callable[..., Any]) -> Callable[..., Any]:
    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


_signatures = click.option(
    "--signatures", "signatures", multiple=True, type=_PATH, metavar="PATH",
    help="Signature file or folder (YAML, GMT) beside the shipped set; repeatable.",
)  # fmt: skip
_block = _together(
    click.option("--block", type=click.IntRange(0), help="Work on this block of samples (from 0)."),
    click.option(
        "--block-size", type=click.IntRange(1), default=200, show_default=True,
        help="Samples a block.",
    ),
)  # fmt: skip
_universe = click.option(
    "--universe", default="coding", show_default=True, type=click.Choice(["coding", "all"]),
    help="Genes ranked against each other.",
)  # fmt: skip
_sheet = _together(
    click.option("--sheet", type=_PATH, help="Sample sheet (TSV or CSV)."),
    click.option("--matrix", "name", help="The sheet's name of this matrix."),
)
_context = _together(
    click.option("--disease", default="", help="Disease of samples whose sheet gives none."),
    click.option("--tissue", default="", help="Tissue of samples whose sheet gives none."),
)
_out = click.option("--out", required=True, type=_PATH, help="File to write.")
_parameters = click.option(
    "--parameters", default="{}", help="Parameters of the run as JSON, for the provenance."
)
_scale = click.option(
    "--scale", default="auto", show_default=True,
    type=click.Choice(["auto", "counts", "cpm", "tpm", "log2"]), help="Scale of the values.",
)  # fmt: skip


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: atrasig run counts.tsv.gz --disease AML --out results",
)
@click.version_option(__version__, prog_name="atrasig")
def main() -> None:
    """Score transcriptomes for ATRA sensitivity and response. Research use only.

    `run` does everything in one process; the other commands are its stages, which the Snakemake
    workflow calls.
    """


@main.command(epilog="Example: atrasig run counts.tsv.gz --sheet samples.tsv --out results")
@click.argument("matrix", type=_PATH)
@click.option("--sheet", type=_PATH, help="Sample sheet; by default every column is a sample.")
@click.option("--out", required=True, type=_PATH, help="Results folder.")
@_context
@_scale
@_signatures
@click.option(
    "--models", multiple=True, type=_PATH, metavar="PATH", help="Further model; repeatable."
)
@click.option("--seed", default=_SEED, show_default=True, help="Seed of the permutations.")
def run(matrix: Path, out: Path, **settings: Any) -> None:
    """Do all of it for one matrix: calls, scores, enrichment and pages."""
    from atrasig.pipeline.run import RunSettings, run_matrix

    click.echo(run_matrix(matrix, out, RunSettings(**settings)))
    click.echo(f"Pages: {out / 'index.html'}")


@main.command(epilog="Example: atrasig ingest counts.tsv.gz --out raw.h5ad")
@click.argument("matrix_file", metavar="MATRIX", type=_PATH)
@_out
@_sheet
@click.option("--format", help="Force a format: delimited, gct, h5ad, parquet.")
def ingest(
    matrix_file: Path, out: Path, sheet: Path | None, name: str | None, format: str | None
) -> None:
    """Read a matrix as it stands into h5ad."""
    from atrasig.pipeline import stages

    stages.ingest(matrix_file, out, sheet=sheet, name=name, format=format)


@main.command(epilog="Example: atrasig harmonise raw.h5ad --sheet samples.tsv --out expr.h5ad")
@click.argument("raw", type=_PATH)
@_out
@_sheet
@_scale
@_context
def harmonise(raw: Path, out: Path, **settings: Any) -> None:
    """Bring a matrix to log2 scale and approved gene symbols."""
    from atrasig.pipeline import stages

    stages.harmonise(raw, out, **settings)


@main.command(epilog="Example: atrasig score expr.h5ad --method singscore --out scores.parquet")
@click.argument("expr", type=_PATH)
@_out
@_signatures
@click.option(
    "--method", "methods", multiple=True, default=("singscore", "ssgsea"), show_default=True,
    help="Scoring method; repeatable.",
)  # fmt: skip
@_universe
@_block
def score(expr: Path, out: Path, block: int | None, block_size: int, **settings: Any) -> None:
    """Score samples against signatures."""
    from atrasig.pipeline import stages

    stages.score(expr, out, block=_as_block(block, block_size), **settings)


@main.command(
    epilog="Example: atrasig predict expr.h5ad --disease AML --out calls.parquet "
    "--drivers drivers.parquet"
)
@click.argument("expr", type=_PATH)
@_out
@click.option(
    "--drivers", required=True, type=_PATH, help="File for the contribution of each gene."
)
@_signatures
@click.option(
    "--models", multiple=True, type=_PATH, metavar="PATH", help="Further model; repeatable."
)
@_context
@_block
def predict(
    expr: Path, out: Path, drivers: Path, block: int | None, block_size: int, **settings: Any
) -> None:
    """Call sensitivity and response, or say why not."""
    from atrasig.pipeline import stages

    stages.predict(expr, out, drivers, block=_as_block(block, block_size), **settings)


@main.command(epilog="Example: atrasig enrich expr.h5ad --contrasts --out contrasts.parquet")
@click.argument("expr", type=_PATH)
@_out
@_signatures
@_universe
@_block
@click.option("--contrasts", "in_groups", is_flag=True, help="Between groups instead of by sample.")
@click.option(
    "--contrast", "contrasts", multiple=True, metavar="'A vs B'",
    help="Contrast; repeatable. Default: all that the sheet allows.",
)  # fmt: skip
@click.option("--only-named", is_flag=True, help="Test no contrast where none is named.")
@click.option("--permutations", default=_PERMUTATIONS, show_default=True, type=click.IntRange(1))
@click.option("--seed", default=_SEED, show_default=True, type=click.IntRange(0))
@click.option("--min-size", default=5, show_default=True, type=click.IntRange(1))
@click.option("--max-size", default=1000, show_default=True, type=click.IntRange(1))
def enrich(expr: Path, out: Path, block: int | None, block_size: int, **settings: Any) -> None:
    """Test which signatures are enriched, in each sample or between groups."""
    from atrasig.pipeline import stages

    given = {name: settings.pop(name) for name in ("signatures", "universe")}
    if not settings.pop("in_groups"):
        stages.enrich(expr, out, block=_as_block(block, block_size), **given)
        return
    for skipped in stages.contrast(expr, out, **given, **settings):
        click.echo(f"atrasig: contrast not tested: {skipped}", err=True)


@main.command(
    epilog="Example: atrasig report --expr expr.h5ad --scores s.parquet --calls c.parquet "
    "--drivers d.parquet --enrichment e.parquet --contrasts k.parquet --out results "
    "--manifest pages.tsv"
)
@click.option("--expr", required=True, type=_PATH, help="Harmonised matrix.")
@click.option("--scores", required=True, type=_PATH)
@click.option("--calls", required=True, type=_PATH)
@click.option("--drivers", required=True, type=_PATH)
@click.option("--enrichment", required=True, type=_PATH)
@click.option("--contrasts", required=True, type=_PATH)
@click.option("--out", required=True, type=_PATH, help="Results folder.")
@click.option("--manifest", required=True, type=_PATH, help="File that lists the pages written.")
@_signatures
@_parameters
@_block
def report(block: int | None, block_size: int, parameters: str, **settings: Any) -> None:
    """Write record and page of each sample."""
    from atrasig.pipeline import stages

    stages.report(block=_as_block(block, block_size), parameters=_as_json(parameters), **settings)


@main.command(epilog="The workflow calls it last; `atrasig run` does it for one matrix.")
@click.argument("results", type=_PATH)
@click.option("--expr", "exprs", required=True, multiple=True, type=_PATH)
@click.option("--scores", required=True, multiple=True, type=_PATH)
@click.option("--calls", required=True, multiple=True, type=_PATH)
@click.option("--enrichment", required=True, multiple=True, type=_PATH)
@click.option("--contrasts", required=True, multiple=True, type=_PATH)
@click.option("--pages", required=True, multiple=True, type=_PATH)
@_signatures
@_parameters
def collect(results: Path, parameters: str, **settings: Any) -> None:
    """Gather blocks into the final tables, the provenance and the index page."""
    from atrasig.pipeline.collect import collect as gather

    gather(results, parameters=_as_json(parameters), **settings)


@main.group()
def signatures() -> None:
    """Look at the shipped signatures."""


@signatures.command("list", epilog="Example: atrasig signatures list")
@_signatures
def list_signatures(signatures: tuple[Path, ...]) -> None:
    """List signatures with kind, size and source."""
    from atrasig.signatures import load_with_shipped

    for entry in load_with_shipped(signatures):
        click.echo(f"{entry.id}\t{entry.kind}\t{entry.n_genes} genes\t{entry.title}")


@signatures.command("show", epilog="Example: atrasig signatures show retinoid_response_core")
@click.argument("identifier", metavar="ID")
@_signatures
def show_signature(identifier: str, signatures: tuple[Path, ...]) -> None:
    """Show one signature: where it can be read, its limits and its genes."""
    from atrasig.files import canonical_json
    from atrasig.signatures import load_with_shipped

    found = load_with_shipped(signatures)[identifier]
    click.echo(canonical_json(found.model_dump(mode="json", exclude_none=True)), nl=False)


@main.command(epilog="Example: atrasig simulate --out demo --seed 1")
@click.option("--out", required=True, type=_PATH, help="Folder to write to.")
@click.option("--seed", default=_SEED, show_default=True, type=click.IntRange(0))
def simulate(out: Path, seed: int) -> None:
    """Write a simulated cohort with known truth, for trying the software out. Not evidence."""
    from atrasig.simulate import write_demo

    for path in write_demo(out, seed):
        click.echo(path)


def _as_block(index: int | None, size: int) -> Any:
    from atrasig.pipeline.stages import Block

    return None if index is None else Block(index, size)


def _as_json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise click.BadParameter(f"not JSON: {error}", param_hint="--parameters") from error
    if not isinstance(value, dict):
        raise click.BadParameter("a JSON object is needed", param_hint="--parameters")
    return value


if __name__ == "__main__":
    sys.exit(main())
