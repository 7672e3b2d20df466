"""Where ssGSEA has no score, and why."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from atrasig.scoring.method import WHOLE
from atrasig.scoring.methods.ssgsea import METHOD
from tests.scoring.methods.rank_cases import scores

PAIRS = [([0, 1, 2], []), ([0, 1, 2, 3, 4, 5], []), ([6], [0, 1]), ([], [0, 1]), ([0, 1], [2, 3])]


@pytest.mark.parametrize("as_stored", [np.asarray, csr_array], ids=["dense", "sparse"])
def test_why_there_is_no_score(as_stored: type) -> None:
    values = np.arange(1.0, 13.0).reshape(2, 6)
    values[1, :2] = np.nan
    found = scores(METHOD, as_stored(values), PAIRS, null=True)
    assert found.reasons is not None
    assert found.reasons.tolist() == [
        ["", WHOLE, "none of its up genes is measured", "", ""],
        ["", WHOLE, "none of its up genes is measured", "none of its down genes is measured",
         "none of its up genes is measured"],
    ]  # fmt: skip
    assert np.array_equal(np.isnan(found.score), found.reasons != "")
    assert found.null is not None
    assert np.array_equal(np.isnan(found.null.p), found.reasons != "")


def test_a_sample_without_measured_genes_has_neither_score_nor_p() -> None:
    values = np.arange(12.0).reshape(2, 6)
    values[0] = np.nan
    found = scores(METHOD, values, PAIRS[:1], null=True)
    assert found.null is not None
    for numbers in (found.score, found.null.mean, found.null.sd, found.null.p):
        assert np.isnan(numbers[:, 0]).tolist() == [True, False]
