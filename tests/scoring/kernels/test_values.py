"""Moments and sums over values against numpy, with what is missing and what is not stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from atrasig.scoring.kernels.values import Moments, gene_moments, sample_moments, set_sums

Form = Callable[[np.ndarray], Any]
FORMS: list[Form] = [np.asarray, np.asfortranarray, csr_array]


def values_with_holes(level: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(1)
    values = rng.gamma(2, 2, size=(30, 80)).astype(np.float32) + np.float32(level)
    values[rng.random(values.shape) < 0.6] = 0
    values[rng.random(values.shape) < 0.1] = np.nan
    values[3] = np.nan
    values[:, 5] = np.nan
    return values


def assert_moments(found: Moments, values: np.ndarray, axis: int) -> None:
    measured = np.moveaxis(values.astype(np.float64), axis, 1)
    for place, line in enumerate(measured):
        kept = line[~np.isnan(line)]
        assert found.count[place] == kept.size
        if kept.size == 0:
            assert np.isnan(found.mean[place])
            continue
        assert found.mean[place] == pytest.approx(kept.mean(), rel=1e-14)
        assert found.squares[place] == pytest.approx(kept.var() * kept.size, rel=1e-12, abs=1e-20)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_moments(form: Form, dtype: type) -> None:
    values = values_with_holes().astype(dtype)
    assert_moments(sample_moments(form(values)), values, 1)
    assert_moments(gene_moments(form(values)), values, 0)


@pytest.mark.parametrize("form", FORMS)
def test_sums_over_sets(form: Form) -> None:
    values = values_with_holes()
    rng = np.random.default_rng(2)
    sets = csr_array(random_array((7, 80), density=0.2, rng=rng))
    centre, shift = rng.normal(size=80), rng.normal(size=30)
    found = set_sums(form(values), sets, centre, shift)
    dense = sets.toarray()
    present = ~np.isnan(values)
    away = np.where(present, values - centre - shift[:, None], 0)
    np.testing.assert_allclose(found.value, away @ dense.T, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found.weight, present @ dense.T, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(found.square, present @ (dense**2).T, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("form", FORMS)
def test_gene_means_are_the_same_to_the_last_bit_in_any_order(form: Form) -> None:
    rng = np.random.default_rng(3)
    values = rng.lognormal(sigma=4, size=(500, 20))
    expected = gene_moments(form(values)).mean
    for _ in range(20):
        shuffled = values[rng.permutation(500)]
        np.testing.assert_array_equal(gene_moments(form(shuffled)).mean, expected)


def test_nothing_is_changed() -> None:
    values = values_with_holes()
    kept = values.copy()
    sample_moments(values)
    gene_moments(values)
    set_sums(values, csr_array(np.ones((1, 80))))
    np.testing.assert_array_equal(values, kept)
