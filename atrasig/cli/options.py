"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

PATH = click.Path(path_type=Path)
SEED, PERMUTATIONS = 1, 1000
# Written out so that --help need not load what checks a configuration; tests compare them.
SCALES = ("auto", "counts", "cpm", "tpm", "fpkm", "linear", "log2", "intensity", "zscore")
PAGES = ("all", "flagged", "none")
DIFFERENTIAL = ("auto", "linear", "deseq2")
METHODS = (
    "singscore", "singscore_undirected", "singscore_dispersion", "stingscore",
    "stingscore_blood", "ssgsea", "ucell", "aucell", "ulm", "weighted", "zscore", "plage",
    "control_genes", "gsva", "gsva_max", "gsva_poisson", "gsva_poisson_max", "gsva_none",
    "gsva_none_max",
)  # fmt: skip


def together(*options: Callable[..., Any]) -> Callable[..., Any]:
    """Make one decorator of several options."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


signatures = click.option(
    "--signatures", "signatures", multiple=True, type=PATH, metavar="PATH",
    help="Signature file or folder (YAML, GMT) beside the shipped set; repeatable.",
)  # fmt: skip
block = together(
    click.option("--block", type=click.IntRange(0), help="Work on this block of samples (from 0)."),
    click.option(
        "--block-size", type=click.IntRange(1), default=200, show_default=True,
        help="Samples a block.",
    ),
)  # fmt: skip
universe = click.option(
    "--universe", default="coding", show_default=True, type=click.Choice(["coding", "all"]),
    help="Genes ranked against each other.",
)  # fmt: skip
sheet = together(
    click.option("--sheet", type=PATH, help="Sample sheet (TSV or CSV)."),
    click.option("--matrix", "name", help="The sheet's name of this matrix."),
)
context = together(
    click.option("--disease", default="", help="Disease of samples whose sheet gives none."),
    click.option("--tissue", default="", help="Tissue of samples whose sheet gives none."),
)
out = click.option("--out", required=True, type=PATH, help="File to write.")
parameters = click.option(
    "--parameters", default="{}", help="Parameters of the run as JSON, for the provenance."
)
scale = click.option(
    "--scale", default="auto", show_default=True, type=click.Choice(SCALES),
    help="Scale of the values; auto decides and states why. Write intensity for an array without "
    "logarithms, linear for other sequencing amounts, zscore for values standardised by gene.",
)  # fmt: skip
methods = click.option(
    "--method", "methods", multiple=True, default=("singscore", "ssgsea"), show_default=True,
    type=click.Choice(METHODS), metavar="NAME",
    help="Scoring method; repeatable. `atrasig methods` lists them.",
)  # fmt: skip

pages = click.option(
    "--pages", default="all", show_default=True, type=click.Choice(PAGES),
    help="Samples that get a page: all; flagged, those with a failed check or a call beyond "
    "'not responding' of an unexposed sample; or none. Tables and index hold every sample.",
)  # fmt: skip
strict = click.option(
    "--strict", is_flag=True,
    help="Stop at a sample that cannot be taken; by default it is set aside with its reason.",
)  # fmt: skip
pdf = click.option(
    "--pdf", is_flag=True,
    help="Print every page to PDF too, by Chromium or Chrome; a second or two each.",
)  # fmt: skip

reading = together(
    click.option("--format", help="Force a format; `atrasig formats` lists them."),
    click.option(
        "--quantity", default="auto", show_default=True,
        type=click.Choice(["auto", "counts", "tpm"]), help="Which of the values a file holds.",
    ),
    click.option(
        "--strand", default="auto", show_default=True,
        type=click.Choice(["auto", "unstranded", "forward", "reverse"]),
        help="Strandedness of the library, for counts of STAR.",
    ),
    click.option(
        "--decimal", default="auto", show_default=True,
        type=click.Choice(["auto", "point", "comma"]), help="Decimal separator of text.",
    ),
    click.option("--worksheet", default="", help="Worksheet of a workbook."),
    click.option(
        "--tx2gene", type=PATH, help="Table of transcript and gene ids; transcripts are summed."
    ),
    click.option("--platform", type=PATH, help="Table of an array's probes and gene symbols."),
)  # fmt: skip
genes = click.option(
    "--genes", type=PATH, help="Gene table made by `atrasig genes build`; default: the shipped one."
)


def read_options(settings: dict[str, Any]) -> dict[str, Any]:
    """Take what `reading` gave out of the settings of a command: ``format`` and ``options``."""
    from dataclasses import fields

    from atrasig.io import ReadOptions

    given = {
        field.name: settings.pop(field.name)
        for field in fields(ReadOptions)
        if field.name in settings
    }
    return {"format": settings.pop("format"), "options": ReadOptions(**given)}
