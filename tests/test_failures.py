"""Which samples a stage fails for is found without asking each of them."""

from __future__ import annotations

import errno

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atrasig.errors import FormatError, OutputError
from atrasig.failures import (
    Failure,
    apart,
    failures_in,
    is_minority,
    is_of_the_file,
    mark_failures,
)

SAMPLES = [f"s{number}" for number in range(200)]


class _Stage:
    """A stage that fails for some samples and counts how often it is asked."""

    def __init__(self, bad: set[str], error: Exception | None = None) -> None:
        self.bad, self.error, self.runs = bad, error or ZeroDivisionError("poison"), 0

    def __call__(self, samples: list[str]) -> list[str]:
        self.runs += 1
        if self.bad & set(samples):
            raise self.error
        return samples


@settings(max_examples=50, deadline=None)
@given(st.sets(st.sampled_from(SAMPLES[1:]), max_size=8))
def test_all_others_pass_in_their_order(bad: set[str]) -> None:
    stage = _Stage(bad)
    parts, failures = apart(stage, SAMPLES, "score", others=["other"])
    assert [name for part in parts for name in part] == [s for s in SAMPLES if s not in bad]
    assert [failure.sample for failure in failures] == [s for s in SAMPLES if s in bad]
    assert stage.runs <= 5 + 2 * 8 * max(len(bad), 1)


def test_reason_and_stage_are_told() -> None:
    _, failures = apart(_Stage({"b"}), ["a", "b", "c"], "predict")
    (failure,) = failures
    assert (failure.stage, failure.reason) == ("predict", "ZeroDivisionError: poison")
    assert failure.fix


def test_what_fails_for_all_is_the_fault_of_the_stage() -> None:
    stage = _Stage(set(SAMPLES))
    with pytest.raises(ZeroDivisionError):
        apart(stage, SAMPLES, "score")
    assert stage.runs < 10


def test_another_sample_tells_whose_fault_a_block_of_one_is() -> None:
    with pytest.raises(ZeroDivisionError):
        apart(_Stage({"a"}), ["a"], "score")
    with pytest.raises(ZeroDivisionError):
        apart(_Stage({"a", "z"}), ["a"], "score", others=["z"])
    parts, failures = apart(_Stage({"a"}), ["a"], "score", others=["z"])
    assert parts == []
    assert [failure.sample for failure in failures] == ["a"]


def test_where_no_other_can_be_tried_one_of_many_is_at_fault() -> None:
    parts, failures = apart(_Stage({"a"}), ["a"], "report", among=3)
    assert parts == []
    assert [failure.sample for failure in failures] == ["a"]
    with pytest.raises(ZeroDivisionError):
        apart(_Stage({"a"}), ["a"], "report", among=1)
    with pytest.raises(ZeroDivisionError):
        apart(_Stage({"a", "b"}), ["a", "b"], "report", among=3)


def test_of_no_sample_there_is_nothing() -> None:
    assert apart(_Stage(set()), [], "report") == ([], [])


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), MemoryError()])
def test_want_of_the_machine_is_no_fault_of_a_sample(error: Exception) -> None:
    with pytest.raises(type(error)):
        apart(_Stage({"b"}, error), ["a", "b", "c"], "report")


def test_a_result_that_cannot_be_written_is_no_fault_of_a_sample() -> None:
    error = OutputError("Cannot write", fix="Make room.")
    error.__cause__ = OSError(errno.EROFS, "read-only")
    with pytest.raises(OutputError):
        apart(_Stage({"b"}, error), ["a", "b", "c"], "report")


def test_strict_stops_at_the_first() -> None:
    stage = _Stage({"b"})
    with pytest.raises(ZeroDivisionError):
        apart(stage, ["a", "b", "c"], "score", strict=True)
    assert stage.runs == 1


def test_failures_travel_with_a_table(tmp_path: object) -> None:
    failure = Failure("a/b ☃", "score", "reason", "fix")
    table = pd.DataFrame({"x": [1.0]})
    plain, marked = f"{tmp_path}/plain.parquet", f"{tmp_path}/marked.parquet"
    mark_failures(table, []).to_parquet(plain)
    mark_failures(table, [failure]).to_parquet(marked)
    assert failures_in(pd.read_parquet(plain)) == []
    assert failures_in(pd.read_parquet(marked)) == [failure]


def test_paths_are_told_without_their_folder() -> None:
    error = FormatError("'x' is no number", where="/home/me/in.tsv, row 'A'", fix="Mend\nit.")
    failure = Failure.of("s", "ingest", error, folder="/home/me/")
    assert failure.reason == "'x' is no number (in.tsv, row 'A')"
    assert failure.fix == "Mend it."


def test_half_of_the_samples_may_fail() -> None:
    assert is_minority(1, 2)
    assert is_minority(3, 6)
    assert not is_minority(1, 1)
    assert not is_minority(2, 3)
    assert not is_minority(0, 0)


def test_want_of_file_handles_is_no_fault_of_the_file() -> None:
    assert is_of_the_file(PermissionError(errno.EACCES, "denied"))
    assert is_of_the_file(FormatError("cut short", fix="Fetch it again."))
    assert not is_of_the_file(OSError(errno.EMFILE, "too many open files"))
