from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import ttest_ind, ttest_rel

from atrasig.enrich.metric import sam_paired, sam_unpaired
from atrasig.errors import InputError, UsageError


def test_hand_calculation() -> None:
    first = np.array([[4.0, 7.0, 1.0], [6.0, 7.0, 3.0]])
    second = np.array([[1.0, 2.0, 2.0], [1.0, 6.0, 2.0], [1.0, 4.0, 2.0]])
    # Pooled variances 2/3, 8/3, 2/3 with 3 degrees of freedom, times 1/2 + 1/3: errors
    # sqrt(5/9), sqrt(20/9), sqrt(5/9), of which sqrt(5)/3 is the median.
    root = 5**0.5 / 3
    assert_allclose(sam_unpaired(first, second), [4 / (2 * root), 3 / (3 * root), 0.0], rtol=1e-14)


def test_without_the_constant_it_is_students_t() -> None:
    rng = np.random.default_rng(4)
    first, second = rng.normal(1, 2, size=(4, 51)), rng.normal(0, 1, size=(6, 51))
    t = ttest_ind(first, second).statistic
    error = (first.mean(0) - second.mean(0)) / t
    expected = (first.mean(0) - second.mean(0)) / (error + np.median(error))
    assert_allclose(sam_unpaired(first, second), expected, rtol=1e-12)
    assert_allclose(sam_unpaired(second, first), -expected, rtol=1e-12)


def test_paired_form_is_the_paired_t_with_the_constant() -> None:
    rng = np.random.default_rng(4)
    before = rng.normal(5, 3, size=(5, 51))
    after = before + rng.normal(0.5, 0.3, size=(5, 51))
    error = (after - before).mean(0) / ttest_rel(after, before).statistic
    expected = (after - before).mean(0) / (error + np.median(error))
    assert_allclose(sam_paired(after - before), expected, rtol=1e-12)


def test_genes_without_spread_within_groups_stay_finite() -> None:
    first = np.array([[3.0, 1.0], [3.0, 2.0]])
    second = np.array([[1.0, 1.0], [1.0, 2.0]])
    # The only positive error is sqrt((0.5 + 0.5) / 2) = sqrt(1/2).
    assert_allclose(sam_unpaired(first, second), [2 * 2**0.5, 0.0], rtol=1e-14)


def test_too_few_or_copied_samples_are_refused() -> None:
    with pytest.raises(UsageError, match="two samples"):
        sam_unpaired(np.ones((1, 3)), np.ones((4, 3)))
    with pytest.raises(UsageError, match="not 1"):
        sam_paired(np.ones((1, 3)))
    with pytest.raises(InputError, match="replicates"):
        sam_unpaired(np.ones((2, 3)), np.zeros((2, 3)))
