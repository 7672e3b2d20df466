"""Results as Markdown tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.cases import Growth
from benchmarks.inputs import Spec
from benchmarks.measure import Run


@dataclass(frozen=True)
class Row:
    """One comparison.

    Parameters
    ----------
    case, ours, peer
        What is compared.
    ratio
        How many times less ours takes, ``None`` where it was not measured.
    required
        What is required of it, ``None`` where nothing is.
    note
        Agreement of the scores, or why nothing was measured.
    """

    case: str
    ours: str
    peer: str
    ratio: float | None = None
    required: float | None = None
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the required ratio is reached; what was not measured is not met."""
        return self.ratio is not None and self.required is not None and self.ratio >= self.required

    @property
    def failure(self) -> str:
        """What is required and not met, ``""`` where there is nothing."""
        if self.required is None or self.met:
            return ""
        found = (
            self.note if self.ratio is None else f"{self.ratio:.1f} instead of {self.required:g}"
        )
        return f"{self.case}, {self.ours} beside {self.peer}: {found}"

    @property
    def cells(self) -> list[str]:
        """The row's cells."""
        return [
            self.case,
            self.ours,
            self.peer,
            "–" if self.ratio is None else ratio_text(self.ratio),
            "–" if self.required is None else f"{self.required:g}",
            "–" if self.required is None else "yes" if self.met else "**no**",
            self.note,
        ]


def ratio_text(ratio: float) -> str:
    """Write a ratio with three digits."""
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.3g}"


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def ratio_table(rows: Sequence[Row]) -> str:
    """Write the comparisons."""
    header = ("case", "ours", "peer", "ratio", "required", "met", "agreement of the scores")
    return markdown(header, [row.cells for row in rows])


def run_table(runs: Sequence[Run]) -> str:
    """Write what each call took."""
    header = ("input", "samples x genes x sets", "call", "CPU s", "wall s", "peak MB", "input MB")
    rows = [
        [
            run.spec.kind,
            f"{run.spec.n_samples:,} x {run.spec.n_genes:,} x {run.spec.n_sets:,}",
            run.tool,
            f"{run.cpu:.3f}",
            f"{run.wall:.3f}",
            f"{run.peak:,.0f}",
            f"{run.input:,.0f}",
        ]
        for run in sorted(runs, key=lambda run: (run.spec.name, run.tool.partition(":")[::-1]))
    ]
    return markdown(header, rows)


def growth_table(growth: Growth, found: Sequence[tuple[Spec, Run | None, Run | None]]) -> str:
    """Write how a call grows, and what one more of the unit costs."""
    unit = growth.unit.removeprefix("n_")
    header = (unit, "ours CPU s", f"µs for each of the {unit}", "peak MB", "peer CPU s", "ratio")
    rows = []
    for spec, own, peer in found:
        size = getattr(spec, growth.unit)
        rows.append(
            [
                f"{size:,}",
                f"{own.cpu:.3f}" if own else "–",
                f"{own.cpu / size * 1e6:,.1f}" if own else "–",
                f"{own.peak:,.0f}" if own else "–",
                f"{peer.cpu:.2f}" if peer else "not run",
                f"{peer.cpu / own.cpu:,.0f}" if own and peer else "–",
            ]
        )
    title = f"## Growth in {growth.name}: {growth.ours} beside {growth.peer}"
    return f"{title}\n\n{markdown(header, rows)}"
