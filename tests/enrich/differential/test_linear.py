"""Moderated linear models against limma's published formulas, statsmodels and R where it is."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import digamma, polygamma
from scipy.stats import f as f_distribution

from atrasig.enrich.differential.linear import moderated_effects
from atrasig.enrich.differential.moderation import Prior, fit_prior, squeeze, trigamma_inverse
from atrasig.errors import InputError

N_GENES = 1500


def two_groups(n_samples: int = 12) -> np.ndarray:
    side = np.repeat([1.0, 0.0], n_samples // 2)
    return np.column_stack([np.ones(n_samples), side])


def paired(n_pairs: int = 6) -> np.ndarray:
    patients = np.tile(np.eye(n_pairs)[:, 1:], (2, 1))
    return np.column_stack([two_groups(2 * n_pairs), patients])


DESIGNS = {"groups": two_groups(), "paired": paired()}


@pytest.fixture(scope="module")
def values() -> np.ndarray:
    rng = np.random.default_rng(3)
    level = rng.uniform(0, 12, N_GENES)
    sd = np.exp(-level / 8) / np.sqrt(rng.gamma(3, 1 / 3, N_GENES))
    return level + rng.normal(size=(12, N_GENES)) * sd


@pytest.mark.parametrize("name", DESIGNS)
def test_estimates_are_those_of_ordinary_least_squares(name: str, values: np.ndarray) -> None:
    import statsmodels.api as sm

    effects, prior = moderated_effects(values, DESIGNS[name], trend=False)
    df = 12 - DESIGNS[name].shape[1]
    for gene in (0, 7, 900):
        fit = sm.OLS(values[:, gene], DESIGNS[name]).fit()
        assert effects.log2fc[gene] == pytest.approx(fit.params[1], rel=1e-10)
        posterior = (df * fit.scale + prior.df * prior.variance[gene]) / (df + prior.df)
        expected = fit.bse[1] * np.sqrt(posterior / fit.scale)
        assert effects.se[gene] == pytest.approx(expected, rel=1e-10)
    assert_allclose((effects.low + effects.high) / 2, effects.log2fc, atol=1e-12)
    assert ((effects.p < 0.05) == ((effects.low > 0) | (effects.high < 0))).all()


def test_the_prior_is_recovered_from_simulated_variances() -> None:
    rng = np.random.default_rng(1)
    variance = 0.4 * f_distribution.rvs(6, 9, size=200_000, random_state=rng)
    prior = fit_prior(variance, 6.0)
    assert prior.df == pytest.approx(9, rel=0.03)
    assert prior.variance[0] == pytest.approx(0.4, rel=0.01)


def test_the_moments_of_the_prior_are_those_of_the_log_variances() -> None:
    rng = np.random.default_rng(2)
    variance = rng.gamma(2, 1, 500)
    prior = fit_prior(variance, 4.0)
    logs = np.log(variance)
    spread = polygamma(1, 2.0) + polygamma(1, prior.df / 2)
    assert logs.var(ddof=1) == pytest.approx(spread, rel=1e-6)
    centre = np.log(prior.variance[0]) + digamma(2.0) - np.log(2.0)
    assert logs.mean() == pytest.approx(centre - digamma(prior.df / 2) + np.log(prior.df / 2))


def test_variances_that_differ_by_chance_alone_become_one() -> None:
    variance = np.full(100, 2.0)
    prior = fit_prior(variance, 5.0)
    assert np.isinf(prior.df)
    assert_allclose(squeeze(np.arange(1.0, 101), 5.0, prior), prior.variance)
    assert_allclose(
        squeeze(np.array([2.0, 4.0]), 3.0, Prior(np.array([1.0, 1.0]), 6.0)), [4 / 3, 2]
    )


@pytest.mark.parametrize("value", [1e-8, 1e-3, 0.4, 2.0, 80.0, 1e9])
def test_trigamma_is_inverted(value: float) -> None:
    assert polygamma(1, trigamma_inverse(value)) == pytest.approx(value, rel=1e-6)


def test_order_of_genes_and_samples_changes_nothing(values: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    genes, samples = rng.permutation(N_GENES), rng.permutation(12)
    first, _ = moderated_effects(values, paired(), trend=True)
    again, _ = moderated_effects(values[samples][:, genes], paired()[samples], trend=True)
    assert_allclose(again.statistic, first.statistic[genes], rtol=1e-9)


def test_patients_taken_off_are_as_good_as_a_coefficient_each(values: np.ndarray) -> None:
    rng = np.random.default_rng(4)
    order, batch = rng.permutation(12), rng.normal(size=12)
    whole = np.column_stack([paired(), batch])[order]
    fixed = np.column_stack([two_groups(), batch])[order]
    patients = np.array([*"abcdef", *"abcdef"])[order].tolist()
    expected, _ = moderated_effects(values[order], whole, trend=True)
    found, _ = moderated_effects(values[order], fixed, trend=True, patients=patients)
    for name in ("log2fc", "se", "low", "high", "p"):
        assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-8, atol=1e-10)


def test_copies_are_refused() -> None:
    values = np.repeat(np.random.default_rng(1).normal(8, 1, (2, 50)), 3, axis=0)
    with pytest.raises(InputError, match="copies of one another"):
        moderated_effects(values, two_groups(6), trend=False)


LIMMA = """
suppressMessages(library(limma))
a <- commandArgs(TRUE)
y <- as.matrix(read.table(a[1])); d <- as.matrix(read.table(a[2])); dimnames(d) <- NULL
f <- eBayes(lmFit(y, d), trend = a[3] == "True")
t <- topTable(f, coef = 2, number = Inf, sort.by = "none", confint = TRUE)
out <- cbind(f$coef[, 2], f$t[, 2], f$p.value[, 2], t$CI.L, t$CI.R, t$adj.P.Val, f$df.prior)
write.table(format(out, digits = 16), a[4], quote = FALSE, row.names = FALSE, col.names = FALSE)
"""


def has_limma() -> bool:
    if shutil.which("Rscript") is None:
        return False
    found = subprocess.run(["Rscript", "-e", "library(limma)"], capture_output=True, check=False)
    return found.returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("trend", [False, True])
@pytest.mark.parametrize("name", DESIGNS)
def test_equals_limma(name: str, trend: bool, values: np.ndarray, tmp_path: Path) -> None:  # noqa: FBT001
    if not has_limma():
        pytest.skip("R with limma is not installed")
    files = [tmp_path / part for part in ("y.tsv", "d.tsv", "out.tsv", "limma.R")]
    np.savetxt(files[0], values.T, fmt="%.17g")
    np.savetxt(files[1], DESIGNS[name])
    files[3].write_text(LIMMA, encoding="utf-8")
    command = ["Rscript", files[3], files[0], files[1], str(trend), files[2]]
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
    expected = np.loadtxt(files[2]).T
    effects, prior = moderated_effects(values, DESIGNS[name], trend=trend)
    found = (effects.log2fc, effects.statistic, effects.p, effects.low, effects.high)
    for ours, theirs in zip(found, expected[:5], strict=True):
        assert_allclose(ours, theirs, rtol=1e-8, atol=1e-12)
    assert prior.df == pytest.approx(expected[6, 0], rel=1e-8)
