"""Which models speak about one sample, and whether they agree."""

from __future__ import annotations

import pandas as pd
import pytest

from atrasig.errors import UsageError
from atrasig.prediction.agreement import agreement


def _calls(*said: tuple[str, str], question: str = "sensitivity") -> pd.DataFrame:
    """A table of calls of sample ``s``, the first of them primary, and of another sample."""
    rows = [
        {"sample": "s", "question": question, "model": m, "call": c, "primary": place == 0}
        for place, (m, c) in enumerate(said)
    ]
    other = {"sample": "t", "question": question, "model": "x", "call": "resistant"}
    return pd.DataFrame([*rows, {**other, "primary": True}])


@pytest.mark.parametrize(
    ("said", "level", "words"),
    [
        ([("none", "no call")], "no call", "no model makes a call"),
        (
            [("b", "no call"), ("a", "no call")],
            "no call",
            "no model makes a call; no call by b and a",
        ),
        ([("a", "sensitive")], "one model", "a (sensitive) alone makes a call"),
        (
            [("b", "no call"), ("a", "intermediate")],
            "one model",
            "a (intermediate) alone makes a call; no call by b",
        ),
        (
            [("b", "sensitive"), ("c", "sensitive"), ("a", "sensitive")],
            "agree",
            "b (sensitive), a (sensitive) and c (sensitive) agree",
        ),
        (
            [("b", "sensitive"), ("a", "intermediate"), ("c", "no call")],
            "differ in part",
            "b (sensitive) and a (intermediate) differ in part; no call by c",
        ),
        (
            [("b", "resistant"), ("a", "intermediate")],
            "differ in part",
            "b (resistant) and a (intermediate) differ in part",
        ),
        (
            [("b", "resistant"), ("a", "intermediate"), ("c", "sensitive")],
            "contradict",
            "b (resistant), a (intermediate) and c (sensitive) contradict each other",
        ),
    ],
)
def test_words_of_sensitivity(said: list[tuple[str, str]], level: str, words: str) -> None:
    found = agreement(_calls(*said), "s", "sensitivity")
    assert (found.level, found.words) == (level, words)


@pytest.mark.parametrize(
    ("second", "level"),
    [("responding", "agree"), ("partial", "differ in part"), ("not responding", "contradict")],
)
def test_words_of_response(second: str, level: str) -> None:
    calls = _calls(("a", "responding"), ("b", second), question="response")
    assert agreement(calls, "s", "response").level == level


def test_order_and_other_samples_do_not_matter() -> None:
    calls = _calls(("b", "sensitive"), ("c", "no call"), ("a", "intermediate"))
    wanted = agreement(calls, "s", "sensitivity")
    assert wanted.speaking == (("b", "sensitive"), ("a", "intermediate"))
    assert wanted.silent == ("c",)
    assert agreement(calls.iloc[::-1], "s", "sensitivity") == wanted
    assert agreement(calls[calls["sample"] == "s"], "s", "sensitivity") == wanted


def test_an_answer_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="no answer to the question of response for sample 's'"):
        agreement(_calls(("a", "sensitive")), "s", "response")
