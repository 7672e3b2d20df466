"""Samples whose values cannot be expression are set aside; a matrix of such is refused."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.sparse import csr_array

from atrasig.errors import InputError, ScaleError
from atrasig.failures import failures_of
from atrasig.harmonisation import harmonise
from tests.harmonisation.conftest import Builder

N = 12


@pytest.fixture
def counts() -> np.ndarray:
    return np.random.default_rng(3).poisson(30, (N, 600)).astype(float)


@pytest.fixture
def logs() -> np.ndarray:
    return np.random.default_rng(4).gamma(4, 1.5, (N, 600)) + 0.1


def _spoil(values: np.ndarray, value: float, *rows: int) -> np.ndarray:
    out = values.copy()
    out[list(rows), 7] = value
    return out


@pytest.mark.parametrize("form", [np.asarray, csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("value", [-4.0, np.inf, 1e300])
def test_one_sample_is_set_aside_and_changes_no_other(
    build: Builder, coding: list[str], counts: np.ndarray, value: float, form: Callable[..., object]
) -> None:
    rest = np.delete(counts, 5, axis=0)
    names = [f"s{row}" for row in range(N)]
    found = harmonise(build(form(_spoil(counts, value, 5)), coding, names), strict=False)
    alone = harmonise(build(form(rest), coding, [n for n in names if n != "s5"]))
    assert [failure.sample for failure in failures_of(found)] == ["s5"]
    assert list(found.obs_names) == list(alone.obs_names)
    for ours, theirs in ((found.X, alone.X), (found.layers["counts"], alone.layers["counts"])):
        a, b = (m.toarray() if hasattr(m, "toarray") else m for m in (ours, theirs))
        np.testing.assert_array_equal(a, b)
    assert found.uns["atrasig"]["scale"] == alone.uns["atrasig"]["scale"]
    assert found.uns["atrasig"]["qc"] == alone.uns["atrasig"]["qc"]


def test_a_missing_value_of_a_sparse_matrix(
    build: Builder, coding: list[str], counts: np.ndarray
) -> None:
    found = harmonise(build(csr_array(_spoil(counts, np.nan, 2)), coding), strict=False)
    assert [failure.sample for failure in failures_of(found)] == ["s3"]


@pytest.mark.parametrize("scale", ["auto", "log2"])
def test_a_sample_without_logarithm_among_logarithms(
    build: Builder, coding: list[str], logs: np.ndarray, scale: str
) -> None:
    mixed = logs.copy()
    mixed[4] = np.exp2(2 * mixed[4])
    found = harmonise(build(mixed, coding), scale=scale, strict=False)
    (failure,) = failures_of(found)
    assert failure.sample == "s5"
    assert "another scale" in failure.reason
    assert found.uns["atrasig"]["scale"]["scale"] == "log2"


def test_samples_with_many_reads_among_shallow_ones_stay(build: Builder, coding: list[str]) -> None:
    values = np.random.default_rng(5).poisson(2, (N, 600)).astype(float)
    values[3] *= 900
    assert failures_of(harmonise(build(values, coding), strict=False)) == []


def test_many_faulty_samples_are_a_faulty_matrix(
    build: Builder, coding: list[str], counts: np.ndarray
) -> None:
    with pytest.raises(ScaleError, match="below 0"):
        harmonise(build(_spoil(counts, -4, 1, 2, 3), coding), strict=False)
    with pytest.raises(InputError, match="infinite"):
        harmonise(build(_spoil(counts, np.inf, *range(7)), coding), strict=False)


def test_what_one_sample_does_not_explain_is_refused(
    build: Builder, coding: list[str], counts: np.ndarray
) -> None:
    with pytest.raises(ScaleError, match="none is negative"):
        harmonise(build(counts, coding), scale="zscore", strict=False)


def test_strict_refuses_as_before(build: Builder, coding: list[str], counts: np.ndarray) -> None:
    for value in (-4.0, np.inf):
        with pytest.raises(InputError):
            harmonise(build(_spoil(counts, value, 5), coding))
