"""Matrices put below each other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from atrasig.errors import InputError
from atrasig.io.counts.stack import Stack, shorten
from atrasig.io.table import RawMatrix


def _matrix(genes: str, values: list[list[float]], **more: object) -> RawMatrix:
    names = [f"s{row}" for row in range(len(values))]
    annotation = pd.DataFrame(more.pop("annotation", {}), index=range(len(genes)))
    return RawMatrix(np.array(values), names, list(genes), annotation, **more)  # type: ignore[arg-type]


def test_samples_layers_and_annotation_are_aligned() -> None:
    stack = Stack()
    first = {"length": ["1", "2"], "same": ["A", "B"]}
    second = {"length": ["9", "8"], "same": ["C", "B"]}
    stack.add(
        _matrix("ab", [[1, 2], [3, 4]], layers={"tpm": np.ones((2, 2))}, annotation=first), "x"
    )
    stack.add(_matrix("cb", [[5, 6]], layers={"tpm": np.zeros((1, 2))}, annotation=second), "y")
    made = stack.matrix(["p", "q", "r"], "folder")
    assert (made.samples, made.genes) == (["p", "q", "r"], ["a", "b", "c"])
    nan = np.nan
    np.testing.assert_array_equal(made.values, [[1, 2, nan], [3, 4, nan], [nan, 6, 5]])
    np.testing.assert_array_equal(made.layers["tpm"], [[1, 1, nan], [1, 1, nan], [nan, 0, 0]])
    assert made.gene_annotation.to_dict("list") == {"same": ["A", "B", "C"]}
    assert made.facts["annotation_that_differs"] == "length"
    assert made.obs is not None
    assert made.obs["file"].tolist() == ["x", "x", "y"]


def test_counts_add_up_and_texts_are_joined() -> None:
    stack = Stack()
    for file, model, layers in (("x", "v36", {"tpm": np.ones((1, 1))}), ("y", "v22", {})):
        stack.add(
            _matrix("a", [[1]], facts={"n": 2, "model": model, "kind": "k"}, layers=layers), file
        )
    facts = stack.matrix(["p", "q"], "folder").facts
    assert (facts["n"], facts["model"], facts["kind"]) == (4, "v36, v22", "k")
    assert facts["layers_not_in_every_file"] == "tpm"


@pytest.mark.parametrize("key", ["strand", "quantity", "declared_scale"])
def test_what_must_agree(key: str) -> None:
    stack = Stack()
    for file, facts in (("x", {key: "one"}), ("y", {key: "two"}), ("z", {})):
        stack.add(_matrix("a", [[1]], facts=facts), file)
    with pytest.raises(InputError, match=r"one \(x\), two \(y\), not stated \(z\)"):
        stack.matrix(["p", "q", "r"], "folder")


def test_repeated_names_are_refused_with_their_files() -> None:
    stack = Stack()
    stack.add(_matrix("a", [[1], [2]]), "x")
    stack.add(_matrix("a", [[1]]), "y")
    with pytest.raises(InputError, match=r"'p' stands in 2 files: x, y .*folder"):
        stack.matrix(["p", "q", "p"], "folder")


def test_long_lists_are_shortened() -> None:
    assert shorten(["a", "b"]) == "a, b"
    assert shorten(list("abcdefg")) == "a, b, c, d, e and 2 more"
