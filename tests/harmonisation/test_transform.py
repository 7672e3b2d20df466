"""Values of genes: summed below the logarithm, medians of arrays, and what no value may lose."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from atrasig.harmonisation.collapse import GeneGroups
from atrasig.harmonisation.scale import ScaleDecision, decide_scale
from atrasig.harmonisation.transform import generalised_log2, harmonise_values
from tests.harmonisation.test_units import cpm, draw_counts

NAN = np.nan


def _groups(*names: str) -> GeneGroups:
    return GeneGroups.of(np.array(names, dtype=object))


def _as(scale: str, floor_share: float = 0.0) -> ScaleDecision:
    return ScaleDecision(scale, "microarray", "user", {"floor_share": floor_share})


LINEAR = [[3, 7], [4, 4]]
MEDIAN = [[2, 3], [3, 1.5]]


@pytest.mark.parametrize(
    ("scale", "last", "expected"),
    [
        ("counts", 3.0, np.log2([[250_001, 750_001], [500_001, 500_001]])),
        ("tpm", 3.0, np.log2(LINEAR)),
        ("fpkm", 3.0, np.log2(LINEAR)),
        ("linear", 3.0, np.log2(LINEAR)),
        ("log2", 1.5, MEDIAN),
        ("zscore", 1.5, MEDIAN),
    ],
)
def test_by_hand(scale: str, last: float, expected: object) -> None:
    values = np.array([[1.0, 2.0, 5.0], [NAN, 3.0, last]])
    found = harmonise_values(values, _groups("B", "A", "B"), _as(scale)).values
    np.testing.assert_allclose(found, expected, rtol=1e-15)


def test_of_intensities_the_median_is_taken_on_the_log_scale() -> None:
    values = np.array([[-6.0, 2.0, 5.0, 80.0], [NAN, 3.0, -4.0, NAN]])
    found = harmonise_values(values, _groups("B", "A", "B", "B"), _as("intensity")).values
    np.testing.assert_allclose(found, np.arcsinh([[1, 2.5], [1.5, -2]]) / np.log(2), rtol=1e-15)


def test_a_sample_without_reads_stays_at_zero() -> None:
    found = harmonise_values(np.zeros((1, 3)), _groups("A", "B", "B"), _as("counts"))
    assert found.values.tolist() == [[0, 0]]


@pytest.mark.parametrize(("form", "offset"), [("dense", 1.0), ("dense", 0.001), ("sparse", 1.0)])
def test_rows_of_one_gene_are_summed_below_the_logarithm(form: str, offset: float) -> None:
    rng = np.random.default_rng(4)
    tpm = rng.lognormal(2, 2, (4, 300)) * (rng.random((4, 300)) > 0.3)
    names = [f"G{i % 200:03d}" for i in range(300)]
    groups = _groups(*names)
    summed = harmonise_values(tpm, groups, _as("tpm")).values
    logs = np.log2(tpm + offset)
    if form == "sparse":
        found = harmonise_values(csr_array(logs), groups, _as("log2", 0.3)).values.toarray()
    else:
        found = harmonise_values(logs, groups, _as("log2", 0.3)).values
    np.testing.assert_allclose(found, np.log2(np.exp2(summed) - 1 + offset), rtol=1e-9, atol=1e-12)
    if form == "dense":
        np.testing.assert_array_equal(found[:, 100:], logs[:, 100:200])  # one row: as it was


def test_log_values_of_counts_become_their_counts_before_rows_are_summed() -> None:
    counts = draw_counts(8)
    names = [f"G{i % 2500:04d}" for i in range(counts.shape[1])]
    groups = _groups(*names)
    expected = harmonise_values(counts, groups, decide_scale(counts))
    for values in (cpm(counts), np.log2(cpm(counts) + 1), np.log2(counts + 1)):
        for form in (values, csr_array(values)):
            found = harmonise_values(form, groups, decide_scale(form))
            dense = found.values.toarray() if form is not values else found.values
            np.testing.assert_array_equal(dense, expected.values)


@given(st.lists(st.floats(-1e5, 1e6, allow_subnormal=False), min_size=2, max_size=40))
def test_the_generalised_logarithm_keeps_order_and_sign(values: list[float]) -> None:
    found = generalised_log2(np.sort(np.array(values)))
    assert (np.diff(found) >= 0).all()
    assert (np.sign(found) == np.sign(np.sort(values))).all()


def test_the_generalised_logarithm_is_log2_of_large_values() -> None:
    values = np.array([64.0, 1e3, 1e5])
    np.testing.assert_allclose(generalised_log2(values), np.log2(values), atol=1e-3)
    assert generalised_log2(np.array([-7.0]))[0] == -generalised_log2(np.array([7.0]))[0]
