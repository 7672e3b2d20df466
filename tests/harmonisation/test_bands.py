"""Figures taken band by band are those of the whole matrix, to the last digit."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from atrasig.harmonisation import bands as module
from atrasig.harmonisation.bands import bands, by_bands
from atrasig.harmonisation.evidence import sample_floor, scale_evidence
from atrasig.harmonisation.selection import as_float
from atrasig.harmonisation.transform import log2_cpm, row_sums

Array = NDArray[np.float64]


@pytest.fixture
def low_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_VALUES", 5_000)


def a_matrix(kind: str) -> Array:
    rng = np.random.default_rng(3)
    values = rng.lognormal(3, 2, (23, 2_100))
    if kind == "counts":
        return np.asarray(rng.poisson(values), dtype=np.float64)
    if kind == "missing":
        values[rng.random(values.shape) < 0.01] = np.nan
        values[4] = np.nan
    return np.log2(values)


@pytest.mark.usefixtures("low_bands")
def test_bands_cover_each_row_once() -> None:
    values = a_matrix("counts")
    rows = [np.arange(23)[band] for band in bands(values)]
    assert len(rows) > 5
    np.testing.assert_array_equal(np.concatenate(rows), np.arange(23))
    assert [values[band].shape for band in bands(values[:0])] == [(0, 2_100)]
    np.testing.assert_array_equal(by_bands(values, lambda band: band[:, 0]), values[:, 0])


@pytest.mark.usefixtures("low_bands")
@pytest.mark.parametrize("kind", ["counts", "logarithms", "missing"])
def test_evidence_is_that_of_the_whole_matrix(kind: str) -> None:
    values = a_matrix(kind)
    found = scale_evidence(values)
    measured = ~np.isnan(values)
    finite = values[measured]
    some = values[:, measured.all(axis=0)]
    n_measured = np.maximum(measured.sum(axis=1), 1)
    sums = np.nansum(values, axis=1)
    floor = np.where(measured, values, np.inf).min(axis=1)
    n_floor = ((values == floor[:, None]) & measured).sum(axis=1)
    tied = np.where(n_floor > 1, n_floor, 0)
    expected = {
        "samples": 23.0,
        "genes": 2_100.0,
        "minimum": finite.min(),
        "maximum": finite.max(),
        "integer_share": np.mean(finite == np.round(finite)),
        "negative_share": np.mean(finite < 0),
        "floor_share": np.median(tied / n_measured),
        "zero_share": np.median((values == 0).sum(axis=1) / n_measured),
        "lowest_sum": sums[sums != 0].min(),
        "highest_sum": sums[sums != 0].max(),
        "gene_mean": np.median(some.mean(axis=0)) if some.size else 0.0,
        "gene_sd": np.median(some.std(axis=0)) if some.size else 0.0,
    }
    assert found == expected
    for mine, other in zip(sample_floor(values), (floor, n_floor), strict=True):
        np.testing.assert_array_equal(mine, other)


@pytest.mark.usefixtures("low_bands")
def test_sums_and_logarithms_are_those_of_the_whole_matrix() -> None:
    values = a_matrix("counts")
    total = np.nansum(values, axis=1)
    np.testing.assert_array_equal(row_sums(values), total)
    expected = np.log2(values * (1e6 / total)[:, None] + 1)
    np.testing.assert_array_equal(log2_cpm(values), expected)


@pytest.mark.usefixtures("low_bands")
def test_values_are_copied_where_they_must_change_and_not_else() -> None:
    values = a_matrix("logarithms")
    assert as_float(values, "X") is values
    values[7, 3], values[20, 0] = -0.0, 0.0
    found = as_float(values, "X")
    assert not np.signbit(found[7, 3])
    assert np.signbit(values[7, 3])
    np.testing.assert_array_equal(found, values)
    assert as_float(values.astype(np.float32), "X").dtype == np.float64
