"""The command that describes the scoring methods."""

from __future__ import annotations

import click

from atrasig.cli import options
from atrasig.cli.printing import print_facts, print_table

_UNIVERSES = {"chosen": "the ranking universe", "all": "all genes of the matrix"}
_COLUMNS = ("method", "depends on", "direction", "weights", "p", "title")


@click.command("methods", epilog="Example: atrasig methods ucell")
@click.argument("name", required=False, type=click.Choice(options.METHODS), metavar="[NAME]")
def methods(name: str | None) -> None:
    """List the scoring methods, or say all about one of them."""
    from atrasig.scoring.registry import METHODS

    if name is None:
        rows = [
            (
                method.name,
                "cohort" if method.needs_cohort else "sample",
                "yes" if method.handles_direction else "",
                "yes" if method.handles_weights else "",
                "" if method.null.startswith("none") else "yes",
                method.title,
            )
            for method in METHODS.values()
        ]
        print_table([_COLUMNS, *rows])
        return
    method = METHODS[name]
    low, high = method.limits
    scope = "all samples of the matrix" if method.needs_cohort else "the sample alone"
    print_facts(
        method.title,
        {
            "name": method.name,
            "reference": method.reference,
            "depends on": scope,
            "scores over": _UNIVERSES[method.universe],
            "range": f"{low:g} to {high:g}",
            "null": method.null,
            "needs": f"{method.min_genes} genes, {method.min_coverage:.0%} of the list, "
            f"{method.min_samples} sample{'s' if method.min_samples > 1 else ''}",
            "values": ", ".join(sorted(method.accepts)).replace("_", " "),
        },
    )
