"""Tables and facts on the screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from atrasig.failures import Failure


def shortened(text: str, width: int) -> str:
    """Cut a text to `width` characters, the last one an ellipsis where something is cut."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows of equal length, the first one the names, in aligned columns."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def print_facts(title: str, facts: Mapping[str, Any]) -> None:
    """Print a title and, below it, each fact that is there; texts of a tuple on one line."""
    click.echo(title)
    width = max(map(len, facts), default=0)
    for name, value in facts.items():
        text = "; ".join(value) if isinstance(value, tuple) else value
        if text not in (None, ""):
            click.echo(f"  {name:{width}}  {text}")


def tell_failures(failures: Sequence[Failure]) -> None:
    """Tell which samples a stage set aside; it has done its work, so its exit code is 0."""
    for failure in failures:
        text = f"sample {failure.sample!r} set aside: {failure.reason}. {failure.fix}"
        click.echo(f"atrasig: {text}", err=True)
