"""The hostile corpus: each case ends in the documented exception or the documented result."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from atrasig.errors import AtrasigError
from tests.hostile import files, tables, text_matrices
from tests.hostile.making import Case, time_limit

CASES = [*text_matrices.CASES, *files.CASES, *tables.CASES]


def _fault(case: Case, folder: Path) -> str:
    """What is wrong with the outcome of a case; empty where it is clean."""
    folder.mkdir()
    path = case.make(folder)
    before = sorted(folder.parent.rglob("*"))
    try:
        with time_limit():
            result = case.use(path)
    except AtrasigError as error:
        if case.error is None:
            return f"refused: {error}"
        if not isinstance(error, case.error):
            return f"{type(error).__name__} instead of {case.error.__name__}: {error}"
        if not re.search(case.says, str(error)):
            return f"the message does not say {case.says!r}: {error}"
        if not error.fix:
            return f"the message does not say how to mend it: {error}"
    except Exception as error:  # noqa: BLE001 - a library's exception is the fault looked for
        return f"{type(error).__name__} of a library: {error}"
    else:
        if case.error is not None:
            return f"taken, though {case.error.__name__} is documented"
        if case.check is not None and not case.check(result):
            return "taken, but the result is not the documented one"
    if sorted(folder.parent.rglob("*")) != before:
        return "files were left behind"
    return ""


def test_names_are_unique() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


def test_every_case_ends_cleanly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faults = {}
    for number, case in enumerate(CASES):
        fault = _fault(case, tmp_path / str(number))
        if fault:
            faults[case.name] = fault
    with capsys.disabled():
        refused = sum(case.error is not None for case in CASES)
        print(
            f"\nhostile corpus: {len(CASES)} cases, {len(CASES) - len(faults)} clean "
            f"({refused} to be refused, {len(CASES) - refused} to be taken)"
        )
    assert len(CASES) >= 60
    assert faults == {}
