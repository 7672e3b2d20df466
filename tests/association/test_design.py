"""Which samples a model uses, and when it refuses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from atrasig.association.columns import Column
from atrasig.association.design import plan
from atrasig.association.linear import fit_linear

N = 40
ALL = np.ones(N, dtype=bool)


def column(name: str, values: np.ndarray, levels: str = "") -> Column:
    kind = "continuous" if not levels else ("binary" if len(levels) == 2 else "categorical")
    return Column(name, kind, np.asarray(values, dtype=float), tuple(levels))


def test_a_group_of_one_changes_nothing_for_the_others() -> None:
    rng = np.random.default_rng(0)
    codes = np.array([2] + [0] * 20 + [1] * 19)
    x, y = rng.normal(size=N), rng.normal(size=N)
    design = plan(ALL, column("x", x), [column("g", codes, "abc")])
    assert (design.n, design.n_left_out, design.notes) == (39, 1, ("g c: 1 sample, left out",))
    whole = smf.ols("y ~ x + C(g)", pd.DataFrame({"x": x, "y": y, "g": codes})).fit()
    sd = float(np.std(x, ddof=1))
    assert fit_linear(y[design.used], design).each[0].effect == pytest.approx(
        whole.params["x"] * sd
    )


def test_missing_values_are_counted_and_not_filled_in() -> None:
    x, z = np.arange(N, dtype=float), np.arange(N, dtype=float) % 7
    x[:3], z[2:5] = np.nan, np.nan
    scored = ALL.copy()
    scored[[4, 10]] = False
    design = plan(scored, column("x", x), [column("z", z)])
    assert design.n_missing == 4
    assert design.n + design.n_missing + design.n_left_out == scored.sum()


def test_aliased_columns_are_named() -> None:
    batch = column("batch", np.arange(N) % 4, "abcd")
    site = column("site", np.arange(N) % 2, "xy")
    assert plan(ALL, site, [batch]).reason == (
        "site cannot be told from batch: the columns are aliased"
    )
    x = column("x", np.random.default_rng(0).normal(size=N))
    copied = column("copied", 3 * x.values - 1)
    assert plan(ALL, copied, [batch, x]).reason.startswith("copied cannot be told from x:")
    both = column("both", x.values + (batch.values == 2))
    assert plan(ALL, both, [batch, x]).reason.startswith("both cannot be told from batch and x:")


def test_one_sample_that_fixes_a_coefficient_is_refused() -> None:
    spike = np.zeros(N)
    spike[5] = 1
    assert "one sample alone" in plan(ALL, column("spike", spike), []).reason


def test_too_few_samples_are_refused() -> None:
    few = np.arange(N) < 6
    x = column("x", np.random.default_rng(0).normal(size=N))
    assert plan(few, x, []).reason.startswith("6 samples for 2 coefficients")
    assert plan(~ALL, x, []).reason == "no sample has all values"
    assert plan(np.arange(N) < 20, column("x", np.arange(N) // 20), []).reason.startswith(
        "the same"
    )


def test_groups_without_events_are_left_out_of_survival() -> None:
    group = column("g", np.arange(N) % 2, "ab")
    event = np.where(group.values == 1, 0.0, 1.0)
    design = plan(ALL, None, [group], followed=ALL, event=event)
    assert (design.n, design.n_left_out) == (20, 20)
    assert design.notes == ("g b: 20 samples without event, left out",)
    assert design.adjusting.shape == (20, 0)
