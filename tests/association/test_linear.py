"""Linear models against statsmodels, hand calculations and simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats

from atrasig.association.columns import Column
from atrasig.association.degrees import effective_df
from atrasig.association.design import plan
from atrasig.association.linear import fit_linear


def groups(*sizes: int) -> Column:
    codes = np.repeat(np.arange(len(sizes), dtype=float), sizes)
    kind = "binary" if len(sizes) == 2 else "categorical"
    return Column("group", kind, codes, tuple("abcdefghij"[: len(sizes)]))


def everybody(column: Column) -> np.ndarray:
    return np.ones(len(column.values), dtype=bool)


def test_effects_and_errors_are_those_of_statsmodels() -> None:
    rng = np.random.default_rng(3)
    n = 60
    age = Column("age", "continuous", rng.normal(60, 10, n))
    sex = Column("sex", "binary", rng.integers(0, 2, n).astype(float), ("F", "M"))
    y = rng.normal(size=n) + 0.03 * age.values + sex.values * rng.normal(size=n)
    fit = fit_linear(y, plan(np.ones(n, dtype=bool), age, [sex]))
    frame = pd.DataFrame({"y": y, "age": age.values, "sex": sex.values})
    expected = smf.ols("y ~ age + C(sex)", frame).fit(cov_type="HC3")
    found = fit.each[0]
    assert found.effect == pytest.approx(expected.params["age"] * age.sd)
    se = expected.bse["age"] * age.sd
    assert found.statistic == pytest.approx(found.effect / se)
    assert found.high - found.effect == pytest.approx(stats.t.ppf(0.975, found.df) * se)
    assert found.p == pytest.approx(2 * stats.t.sf(abs(found.statistic), found.df))
    without = smf.ols("y ~ C(sex)", frame).fit()
    assert fit.share == pytest.approx(1 - expected.ssr / without.ssr)


def test_each_group_and_all_together_are_those_of_statsmodels() -> None:
    rng = np.random.default_rng(4)
    column = groups(12, 20, 15, 9)
    y = rng.normal(size=56) * (1 + column.values) + 0.3 * column.values
    fit = fit_linear(y, plan(everybody(column), column, []))
    frame = pd.DataFrame({"y": y, "g": column.values})
    expected = smf.ols("y ~ C(g)", frame).fit(cov_type="HC3")
    assert [one.effect for one in fit.each] == pytest.approx(list(expected.params.iloc[1:]))
    wald = expected.wald_test(np.eye(4)[1:], use_f=True, scalar=True).statistic
    together = fit.overall.df + 2
    assert fit.overall.statistic == pytest.approx(wald * fit.overall.df / together)
    assert fit.overall.p == pytest.approx(stats.f.sf(fit.overall.statistic, 3, fit.overall.df))


@pytest.mark.parametrize("sizes", [(18, 2), (15, 5), (10, 10), (40, 7)])
def test_degrees_of_two_groups_by_hand(sizes: tuple[int, int]) -> None:
    # HC3 of a group is s^2 / (n - 1), and s^2 has variance 2 sigma^4 / (n - 1).
    first, second = (1 / (size - 1) for size in sizes)
    column = groups(*sizes)
    each, together = plan(everybody(column), column, []).degrees
    expected = (first + second) ** 2 / (first**3 + second**3)
    assert each[0] == pytest.approx(expected)
    assert together == pytest.approx(expected)


def test_degrees_of_all_groups_do_not_depend_on_the_reference() -> None:
    column = groups(8, 5, 12)
    turned = Column("group", "categorical", (column.values + 1) % 3, ("b", "c", "a"))
    found = [plan(everybody(one), one, []).degrees[1] for one in (column, turned)]
    assert found[0] == pytest.approx(found[1])


def test_degrees_follow_from_the_definition() -> None:
    rng = np.random.default_rng(0)
    matrix = np.column_stack([np.ones(30), rng.normal(size=(30, 2)), rng.random(30) < 0.2])
    inverse = np.linalg.inv(matrix.T @ matrix)
    residual = np.eye(30) - matrix @ inverse @ matrix.T
    parts = (matrix @ inverse[-1]) / np.diag(residual)
    form = parts[:, None] * residual @ residual.T * parts[None, :]
    expected = np.trace(form) ** 2 / np.trace(form @ form)
    assert effective_df(matrix, 1)[0][0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("sizes", "spreads"),
    [((18, 2), (1, 1)), ((15, 5), (1, 2)), ((50, 10), (1, 2)), ((40, 30, 32, 7), (1, 1, 1, 1)),
     ((5,) * 8, (1,) * 8)],
)  # fmt: skip
def test_a_true_null_is_rejected_no_more_often_than_stated(
    sizes: tuple[int, ...], spreads: tuple[float, ...]
) -> None:
    column, n_draws = groups(*sizes), 400
    design = plan(everybody(column), column, [])
    sd = np.asarray(spreads, dtype=float)[column.values.astype(int)]
    rng = np.random.default_rng(5)
    p = []
    for _ in range(n_draws):
        fit = fit_linear(rng.normal(size=len(sd)) * sd, design)
        p.append((fit.each[-1].p, fit.overall.p))
    rates = (np.array(p) < 0.05).mean(axis=0)
    print(f"{sizes} {spreads}: rejected {rates[0]:.3f} (last group), {rates[1]:.3f} (all)")
    assert (rates <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / n_draws)).all()


def test_intervals_cover_a_planted_difference() -> None:
    column, n_draws = groups(30, 20), 500
    design = plan(everybody(column), column, [])
    rng = np.random.default_rng(6)
    covered = 0
    for _ in range(n_draws):
        y = 0.7 * column.values + rng.normal(size=50) * (1 + column.values)
        found = fit_linear(y, design).each[0]
        covered += found.low <= 0.7 <= found.high
    print(f"95 % intervals cover {covered / n_draws:.3f}")
    assert covered / n_draws >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / n_draws)
    assert covered / n_draws <= 0.985


def test_groups_too_small_for_a_test_of_all_are_not_tested() -> None:
    column = groups(2, 2, 2, 2, 2, 2, 2, 2)
    fit = fit_linear(np.random.default_rng(1).normal(size=16), plan(everybody(column), column, []))
    assert np.isnan(fit.overall.p)
