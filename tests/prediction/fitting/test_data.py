"""What may be fitted on, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from atrasig.errors import InputError
from atrasig.prediction.fitting import TrainingData, training_data


def _data(**changes: Any) -> TrainingData:
    random = np.random.default_rng(0)
    given: dict[str, Any] = {
        "samples": [f"s{i}" for i in range(24)],
        "genes": ["b", "a", "c"],
        "features": random.normal(size=(24, 3)),
        "response": random.normal(size=24),
        "kind": "quantitative",
    }
    return training_data(**(given | changes))


def test_sorts_samples_and_genes_with_their_values() -> None:
    names = [f"s{i:02d}" for i in range(24)]
    features = np.arange(72.0).reshape(24, 3)
    data = _data(
        samples=names[::-1],
        features=features,
        response=np.arange(24.0),
        groups=["x"] * 12 + ["y"] * 12,
    )
    assert data.samples == tuple(names)
    assert data.genes == ("a", "b", "c")
    assert data.features[0].tolist() == [70, 69, 71]
    assert data.response[0] == 23
    assert data.groups[0] == "y"
    assert data.lineages == ("x", "y")


def test_constant_genes_are_left_out_and_listed() -> None:
    features = np.random.default_rng(1).normal(size=(24, 3))
    features[:, 0] = 0.1
    data = _data(features=features)
    assert data.genes == ("a", "c")
    assert data.constant_genes == ("b",)


def test_take_keeps_order_and_lineages() -> None:
    data = _data(groups=[f"l{i % 3}" for i in range(24)])
    part = data.take(np.array([5, 2]))
    assert part.samples == (data.samples[2], data.samples[5])
    assert part.groups == (data.groups[2], data.groups[5])
    np.testing.assert_array_equal(part.features, data.features[[2, 5]])


HOLED = np.where(np.eye(24, 3) > 0, np.nan, 1.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"samples": ["s"] * 24}, "sample names are repeated"),
        ({"genes": ["a", "a", "c"]}, "1 gene names are repeated: 'a'"),
        ({"genes": ["a", "", "c"]}, "A gene has no name"),
        ({"groups": ["x"] * 23 + [""]}, "1 of 24 samples have no lineage: 's23'"),
        ({"groups": ["x"]}, "24 samples have 1 lineages"),
        ({"features": HOLED}, "3 genes have a value that is missing"),
        ({"features": np.ones((24, 3))}, "nothing to fit on"),
        ({"features": np.ones((24, 2))}, "do not fit features of shape"),
        ({"response": np.array([np.inf] + [1.0] * 23)}, "1 samples have no finite response: 's0'"),
        ({"response": np.ones(24)}, "one value in all samples"),
        ({"response": np.arange(24.0), "kind": "label"}, "the response holds 2.0"),
        ({"response": np.eye(24)[0], "kind": "label"}, "1 positive and 23 negative"),
    ],
)
def test_refusals_name_the_fault(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        _data(**changes)


def test_too_few_samples() -> None:
    with pytest.raises(InputError, match="19 samples are too few"):
        _data(
            samples=[f"s{i}" for i in range(19)], features=np.eye(19, 3), response=np.arange(19.0)
        )
