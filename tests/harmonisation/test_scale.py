"""On which scale a matrix is: hand-made matrices, evidence and refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from atrasig.errors import ScaleError, UsageError
from atrasig.harmonisation.scale import (
    ScaleDecision,
    decide_scale,
    sample_floor,
    scale_evidence,
    to_log2,
)

NAN = np.nan


def _matrices() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(11)
    counts = rng.negative_binomial(1, 0.01, size=(4, 300)).astype(float)
    counts[rng.random(counts.shape) < 0.2] = 0
    lengths = rng.uniform(0.5, 8, size=300)
    rates = counts / lengths
    tpm = rates / rates.sum(axis=1, keepdims=True) * 1e6
    array = rng.normal(7, 2, size=(4, 300))
    floored = np.log2(tpm + 1)
    return {
        "counts": counts,
        "tpm": tpm,
        "linear": np.exp2(np.abs(array)),
        "fpkm": rates * 3.7,
        "log2 sequencing": floored,
        "log2 array": array,
        "z": (array - array.mean(axis=0)) / array.std(axis=0, ddof=1),
        "negative": array * 100 - 600,
    }


@pytest.fixture(scope="module")
def matrices() -> dict[str, np.ndarray]:
    return _matrices()


@pytest.mark.parametrize(
    ("name", "scale", "platform"),
    [
        ("counts", "counts", "rnaseq_counts"),
        ("tpm", "tpm", "rnaseq_normalised"),
        ("linear", "linear", "microarray"),
        ("log2 sequencing", "log2", "rnaseq_normalised"),
        ("log2 array", "log2", "microarray"),
    ],
)
@pytest.mark.parametrize("form", ["dense", "sparse", "with missing", "one sample"])
def test_scale_and_platform(
    matrices: dict[str, np.ndarray], name: str, scale: str, platform: str, form: str
) -> None:
    values: Any = matrices[name].copy()
    if form == "with missing":
        values[0, np.argmin(values[0])] = NAN
        values[:, 7] = NAN
    if form == "one sample":
        values = values[:1]
    if form == "with missing" and name == "tpm":
        values *= 1e6 / np.nansum(values, axis=1, keepdims=True)
    decision = decide_scale(csr_array(values) if form == "sparse" else values)
    assert (decision.scale, decision.platform, decision.stated) == (scale, platform, False)


def test_fpkm_with_zeros_is_linear_sequencing(matrices: dict[str, np.ndarray]) -> None:
    values = matrices["fpkm"].copy()
    values[:, :60] = 0
    decision = decide_scale(values)
    assert (decision.scale, decision.platform) == ("linear", "rnaseq_normalised")


def test_evidence_by_hand() -> None:
    values = np.array([[0.0, 0, 2.5, 4], [1, 1, 1, NAN], [3, 7, NAN, 8]])
    evidence = scale_evidence(values)
    assert evidence == {
        "minimum": 0.0,
        "maximum": 8.0,
        "integer_share": 9 / 10,
        "floor_share": 0.5,  # of 2/4, 3/3 and 1/3
        "lowest_sum": 3.0,
        "highest_sum": 18.0,
        "gene_mean": pytest.approx((4 / 3 + 8 / 3) / 2),
        "gene_sd": pytest.approx((np.std([0, 1, 3]) + np.std([0, 1, 7])) / 2),
    }


def test_sparse_evidence_equals_dense() -> None:
    rng = np.random.default_rng(2)
    values = np.where(rng.random((5, 40)) < 0.6, 0, rng.normal(3, 4, (5, 40)))
    values[3] = np.abs(values[3]) + 1
    sparse = csr_array(values)
    sparse.data[0] = values[0, sparse.indices[0]] = 0.0  # stored zero
    dense, found = scale_evidence(values), scale_evidence(sparse)
    for key in set(dense) - {"gene_mean", "gene_sd"}:
        assert found[key] == pytest.approx(dense[key], rel=1e-12), key
    for mine, other in zip(sample_floor(sparse), sample_floor(values), strict=True):
        np.testing.assert_array_equal(mine, other)


def test_floor_of_a_sample_without_values() -> None:
    floor, n_floor = sample_floor(np.array([[NAN, NAN], [1, NAN]]))
    assert floor.tolist() == [np.inf, 1]
    assert n_floor.tolist() == [0, 1]


@pytest.mark.parametrize(("ddof", "n_samples"), [(0, 3), (1, 3), (0, 50), (1, 50)])
def test_z_scores_are_refused(ddof: int, n_samples: int) -> None:
    values = np.random.default_rng(4).normal(8, 3, size=(n_samples, 200))
    z = (values - values.mean(axis=0)) / values.std(axis=0, ddof=ddof)
    with pytest.raises(ScaleError, match="z-scores"):
        decide_scale(z)
    z[:, :190][0] = NAN
    with pytest.raises(ScaleError, match="z-scores"):
        decide_scale(z)
    assert decide_scale(z, "log2").scale == "log2"


def test_negative_linear_values_are_refused(matrices: dict[str, np.ndarray]) -> None:
    with pytest.raises(ScaleError, match=r"reach from -.* negative values on a linear scale"):
        decide_scale(matrices["negative"])


def test_a_matrix_without_values_is_refused() -> None:
    with pytest.raises(ScaleError, match="no value"):
        decide_scale(np.full((2, 3), NAN))


@pytest.mark.parametrize(
    ("stated", "name", "words"),
    [
        ("counts", "log2 array", "are not whole numbers"),
        ("counts", "tpm", "are not whole numbers"),
        ("log2", "tpm", "stated to be log2 but reach"),
        ("log2", "counts", "stated to be log2 but reach"),
        ("counts", "negative", "stated to be counts but reach down to -"),
        ("tpm", "negative", "stated to be tpm but reach down to -"),
        ("cpm", "negative", "stated to be cpm but reach down to -"),
    ],
)
def test_impossible_statements_are_refused(
    matrices: dict[str, np.ndarray], stated: str, name: str, words: str
) -> None:
    with pytest.raises(ScaleError, match=words):
        decide_scale(matrices[name], stated)


def test_share_of_fractions_is_told() -> None:
    values = np.ones((2, 50))
    values[0, 0] = 0.5
    for form in (values, csr_array(values)):
        with pytest.raises(ScaleError, match=r"1\.00% of them are not whole"):
            decide_scale(form, "counts")


def test_unknown_scale_is_a_wrong_call() -> None:
    with pytest.raises(UsageError, match=r"'fpkm'.*auto, counts, cpm, tpm, log2"):
        decide_scale(np.ones((1, 1)), "fpkm")


@pytest.mark.parametrize("stated", ["counts", "cpm", "tpm", "log2"])
def test_a_possible_statement_stands(stated: str) -> None:
    decision = decide_scale(np.arange(12.0).reshape(2, 6), stated)
    assert (decision.scale, decision.stated) == (stated, True)
    assert decision.as_record()["decided_by"] == "user"


def test_to_log2_by_hand() -> None:
    values = np.array([[0.0, 3, 7], [1, NAN, 15]])
    library = np.array([1e6, 16.0])
    for scale, expected in {
        "counts": [[0, 2, 3], [np.log2(62500 + 1), NAN, np.log2(937500 + 1)]],
        "tpm": [[0, 2, 3], [1, NAN, 4]],
        "linear": [[0, 2, 3], [1, NAN, 4]],
        "log2": values,
    }.items():
        decision = ScaleDecision(scale, "microarray", True, {})  # type: ignore[arg-type]
        np.testing.assert_allclose(to_log2(values, decision, library), expected, rtol=1e-15)
        sparse = csr_array(np.nan_to_num(values))
        again = to_log2(sparse, decision, library)
        np.testing.assert_array_equal(
            again.toarray(), to_log2(np.nan_to_num(values), decision, library)
        )
        assert sparse.data.max() == 15


def test_a_sample_without_reads_stays_at_zero() -> None:
    decision = ScaleDecision("counts", "rnaseq_counts", False, {})
    assert to_log2(np.zeros((1, 3)), decision, np.zeros(1)).tolist() == [[0, 0, 0]]
