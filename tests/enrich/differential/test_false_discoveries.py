"""False discovery rate of simulated designs, at nominal q = 0.05."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from atrasig.enrich.designs import named_contrast
from atrasig.enrich.differential import contrast_design
from atrasig.enrich.differential.linear import moderated_effects
from atrasig.scoring.tables import benjamini_hochberg

N_GENES, N_CHANGED, RUNS = 1000, 100, 150
SHEETS = {
    "paired": {"timepoint": ["exposed", "baseline"] * 6, "patient": [*"aabbccddeeff"]},
    "batch": {
        "timepoint": ["exposed"] * 6 + ["baseline"] * 6,
        "batch": ["1", "2", "1", "2", "1", "1", "2", "2", "1", "2", "2", "1"],
    },
    "unbalanced": {
        "timepoint": ["exposed"] * 3 + ["baseline"] * 11,
        "batch": ["1", "1", "2", *["1", "2"] * 4, "2", "2", "2"],
    },
}


def proportion(name: str, rng: np.random.Generator) -> float:
    """False discoveries among the discoveries of one simulated cohort, 0 where there are none."""
    n_samples = len(SHEETS[name]["timepoint"])
    obs = pd.DataFrame(SHEETS[name], index=[f"s{i:02d}" for i in range(n_samples)])
    design = contrast_design(obs, named_contrast(obs, "exposed vs baseline"))
    sd = 1 / np.sqrt(rng.gamma(4, 1 / 4, N_GENES))
    values = rng.normal(size=(len(design.samples), N_GENES)) * sd
    for column in ("patient", "batch"):
        if column in obs:
            own = obs.loc[list(design.samples), column]
            shift = {level: rng.normal(0, 2, N_GENES) for level in sorted(set(own))}
            values += np.stack([shift[level] for level in own])
    values[design.matrix[:, 1] == 1, :N_CHANGED] += 3
    effects, _ = moderated_effects(values, design.matrix, trend=False)
    found = benjamini_hochberg(effects.p) <= 0.05
    return float(found[N_CHANGED:].sum() / max(found.sum(), 1))


@pytest.mark.slow
@pytest.mark.parametrize("name", SHEETS)
def test_false_discovery_rate(name: str) -> None:
    rng = np.random.default_rng(20)
    found = np.array([proportion(name, rng) for _ in range(RUNS)])
    # Benjamini-Hochberg controls at the share of unchanged genes times the nominal rate.
    expected = 0.05 * (1 - N_CHANGED / N_GENES)
    error = found.std(ddof=1) / RUNS**0.5
    print(
        f"{name}: false discovery rate {found.mean():.4f} +- {error:.4f}, expected {expected:.3f}"
    )
    assert abs(found.mean() - expected) < 3 * error


def test_leaving_the_patients_out_loses_the_effects() -> None:
    rng = np.random.default_rng(3)
    obs = pd.DataFrame(SHEETS["paired"], index=[f"s{i:02d}" for i in range(12)])
    design = contrast_design(obs, named_contrast(obs, "exposed vs baseline"))
    shift = rng.normal(0, 4, (6, 200))
    own = [ord(obs.loc[sample, "patient"]) - ord("a") for sample in design.samples]
    values = rng.normal(size=(12, 200)) + shift[own]
    values[design.matrix[:, 1] == 1, :20] += 4
    paired, _ = moderated_effects(values, design.matrix, trend=False)
    unpaired, _ = moderated_effects(values, design.matrix[:, :2], trend=False)
    assert (benjamini_hochberg(paired.p)[:20] <= 0.05).mean() > 0.9
    assert (benjamini_hochberg(unpaired.p)[:20] <= 0.05).mean() < 0.3
