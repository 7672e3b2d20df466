"""How columns of a sheet become numbers, groups, times and events."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from atrasig.association.columns import read_columns, read_survival
from atrasig.errors import SheetError, UsageError


def table(**columns: list[str]) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    return pd.DataFrame(columns, index=[f"s{place}" for place in range(n)])


KNOWN = table(
    age=["50", "61.5", "NA", "70", "44", "58"],
    mutated=["1", "0", "1.0", "0", "", "1"],
    stage=["III", "I", "II", "I", "II", "III"],
    grade=["1", "2", "3", "1", "2", "3"],
)


def test_numbers_two_values_and_words() -> None:
    found = read_columns(KNOWN, ["age", "mutated", "stage"])
    assert [one.kind for one in found.values()] == ["continuous", "binary", "categorical"]
    assert found["mutated"].levels == ("0", "1")
    assert found["mutated"].values == pytest.approx([1, 0, 1, 0, np.nan, 1], nan_ok=True)
    assert found["stage"].levels == ("I", "II", "III")
    assert found["age"].sd == pytest.approx(np.std([50, 61.5, 70, 44, 58], ddof=1))
    assert found["stage"].described() == "I (2), II (2), III (2)"


def test_numbers_can_name_groups_and_a_reference_be_chosen() -> None:
    found = read_columns(
        KNOWN, ["grade", "stage"], categorical=["grade"], references={"stage": "III"}
    )
    assert found["grade"].levels == ("1", "2", "3")
    assert found["stage"].levels == ("III", "I", "II")


def test_a_group_of_one_is_no_reference_by_itself() -> None:
    known = table(site=["a", "b", "b", "c", "c", "c"])
    assert read_columns(known, ["site"])["site"].levels == ("b", "a", "c")


def test_all_faults_of_all_columns_are_told_together() -> None:
    known = table(
        same=["x"] * 6, empty=["", "NA", "nan", "", "", ""], id=list("abcdef"),
        age=["50", "61", "45+", "70", "44", "58"],
    )  # fmt: skip
    with pytest.raises(SheetError) as caught:
        read_columns(known, ["same", "empty", "id", "age"])
    assert [fault.column for fault in caught.value.faults] == ["age", "empty", "id", "same"]
    text = str(caught.value)
    assert "'45+' (sample 's2') is no number" in text
    assert "6 values in 6 samples" in text
    assert read_columns(known, ["age"], missing=["45+"])["age"].known.sum() == 5


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(UsageError, match=r"no column 'Age'.*'age'"):
        read_columns(KNOWN, ["Age"])
    with pytest.raises(UsageError, match="'age' is not among"):
        read_columns(KNOWN, ["stage"], categorical=["age"])
    with pytest.raises(SheetError, match="no group 'IV'"):
        read_columns(KNOWN, ["stage"], references={"stage": "IV"})
    with pytest.raises(SheetError, match="holds numbers"):
        read_columns(KNOWN, ["age"], references={"age": "50"})


def test_events_in_many_words() -> None:
    known = table(
        t=["1", "2.5", "3", "0", "NA", "4", "5"],
        e=["Dead", "alive", "1:DECEASED", "0:LIVING", "1.0", "no", ""],
    )
    found = read_survival(known, "t", "e")
    assert found.event == pytest.approx([1, 0, 1, 0, 1, 0, np.nan], nan_ok=True)
    assert found.known.tolist() == [True, True, True, True, False, True, False]


def test_odd_times_and_events_are_told_together() -> None:
    known = table(t=["-1", "2", "x"], e=["1", "lost", "2"])
    with pytest.raises(SheetError) as caught:
        read_survival(known, "t", "e")
    text = str(caught.value)
    assert "'-1' (sample 's0') and 1 more is no time" in text
    assert "'lost' (sample 's1') and 1 more is neither event nor none" in text
