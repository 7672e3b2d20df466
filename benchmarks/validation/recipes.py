"""The part of the page on the recipes of ``atrasig fit``: a growth-inhibition screen."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from atrasig.prediction.fitting import binomial_band
from atrasig.prediction.validation.figure import Figure
from benchmarks.validation import gdsc
from benchmarks.validation.page import table

_COVERAGE = (Path(__file__).parent / "coverage.md").read_text(encoding="utf-8")
TITLE = "## The recipes of `atrasig fit` on a screen"
_INTRO = (Path(__file__).parent / "recipes.md").read_text(encoding="utf-8")


def part(data: Path, permutations: int) -> str:
    """Compute and write this part of the page."""
    screen = gdsc.Screen(data / "sensitivity_gdsc")
    fitted = gdsc.fit_all(screen.data, permutations)
    return "\n".join(
        [
            TITLE,
            _intro(screen),
            "### Positive controls\n\nNamed lines, counted from the most sensitive.\n",
            _controls(screen),
            "### Noise ceiling\n\nSpearman correlation of two fits of the same curves.\n",
            _figures(gdsc.noise_ceiling(screen)),
            "### Out-of-fold predictions\n\nSpearman correlation of prediction and measurement.\n",
            _figures([figure for fit in fitted for figure in fit.figures]),
            _COVERAGE,
            _coverage(fitted, screen),
        ]
    )


def _intro(screen: gdsc.Screen) -> str:
    known = screen.responses["ln_ic50"].dropna()
    return _INTRO.format(
        share=float((known < np.log(gdsc.PHARMACOLOGICAL_UM)).mean()),
        n=len(known),
        lines=len(screen.data.samples),
        genes=len(screen.data.genes),
        **screen.left_out,
    )


def _controls(screen: gdsc.Screen) -> str:
    rows = [
        [
            row["line"],
            row["reported"],
            row["tissue"],
            f"{row['ln_ic50']:.2f}" if row["tissue"] else "–",
            row["place"],
        ]
        for row in gdsc.controls(screen).to_dict("records")
    ]
    return table(["line", "reported", "tissue", "ln(IC50)", "place in its tissue"], rows)


def _figures(figures: list[Figure]) -> str:
    rows = [
        [f.model, f.how, str(f.n), "–" if np.isnan(f.value) else _span(f), f.reason]
        for f in figures
    ]
    return table(["what", "how", "n", "rho (95 %)", "note"], rows)


def _span(figure: Figure) -> str:
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"


def _coverage(fitted: list[gdsc.Fitted], screen: gdsc.Screen) -> str:
    rows = []
    for fit in fitted:
        for calibration, found in fit.coverage():
            rows.append(
                [
                    fit.name,
                    f"split conformal, calibrated on {calibration}",
                    found.lineage or "pooled",
                    f"{found.covered} of {found.n} ({found.share:.1%})",
                    f"{found.low} to {found.high}",
                    "yes" if found.is_inside else "**no**",
                    f"{found.median_width:.2f}",
                ]
            )
    covered, n, width = gdsc.jackknife_coverage(screen.data, gdsc.RECIPES[1])
    low, high = binomial_band(n, 1 - gdsc.ALPHA)
    rows.append(
        [
            gdsc.RECIPES[1].name,
            "jackknife+, guarantee 80 % (1 - 2a)",
            "pooled",
            f"{covered} of {n} ({covered / n:.1%})",
            f"{low} to {high}",
            "yes" if low <= covered <= high else "**no**",
            f"{width:.2f}",
        ]
    )
    head = [
        "recipe",
        "intervals (nominal 90 %)",
        "lines",
        "covered",
        "exact 99 % band",
        "inside",
        "median width",
    ]
    return table(head, rows)
