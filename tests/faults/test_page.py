"""The ledger of what came of faults, and the page that is written from it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.fault_kills import SOAK
from benchmarks.fault_ledger import STAGE, Ledger, Outcome, code_state
from benchmarks.fault_page import page
from benchmarks.fault_rules import RULES

OUTCOME = Outcome(
    "kill -9", "score", "start", struck=True, survived=True, bytes_lost=0, seconds=1.0
)
FAILED = replace(OUTCOME, moment="end", survived=False, bytes_lost=1234, note="not as undisturbed")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    found = Ledger(tmp_path / "outcomes.jsonl")
    found.begin("kills", "aaa")
    found.add([OUTCOME, FAILED])
    return found


def test_a_run_that_was_stopped_goes_on_where_it_was(ledger: Ledger, tmp_path: Path) -> None:
    again = Ledger(tmp_path / "outcomes.jsonl")
    again.begin("kills", "aaa")
    assert again.settled() == {OUTCOME.key, FAILED.key}
    assert [outcome.part for outcome in again.outcomes()] == [1, 1]


def test_other_code_tries_again_what_failed_and_its_outcome_counts(
    ledger: Ledger, tmp_path: Path
) -> None:
    again = Ledger(tmp_path / "outcomes.jsonl")
    again.begin("kills", "bbb")
    assert again.settled() == {OUTCOME.key}
    again.add([replace(FAILED, survived=True, bytes_lost=0)])
    assert [(o.survived, o.code, o.part) for o in again.outcomes()] == [
        (True, "aaa", 1), (True, "bbb", 2)
    ]  # fmt: skip
    text = page(again.outcomes(), again.parts(), "bbb")
    assert "| kill -9 | score | start, end | 2 / 2 | 0 |" in text
    assert "made in 2 parts (kills),\n1 of them on an earlier state of the code." in text


def test_what_failed_and_what_came_too_late_is_told(ledger: Ledger) -> None:
    late = replace(ledger.outcomes()[0], moment="middle", struck=False)
    lost = replace(ledger.outcomes()[1], level=STAGE, moment="at a rename", bytes_lost=None)
    text = page([*ledger.outcomes(), late, lost], ledger.parts(), "aaa")
    assert "| kill -9 | score | start, end | 1 / 2 | 1,234 |" in text
    assert "| kill -9 | score | at a rename | 0 / 1 | unknown |" in text
    assert "because the job was over before: kill -9 score, middle." in text
    assert "\n1 of 3 trials were survived." in text


def test_runs_of_the_demo_are_one_row_of_growth(ledger: Ledger) -> None:
    runs = [
        replace(ledger.outcomes()[0], fault=SOAK, moment=f"run {n}", peak_mb=500 + n, own_mb=90)
        for n in range(1, 31)
    ]
    text = page(runs, ledger.parts(), "aaa")
    assert "30 of\n30 ended with the bytes" in text
    assert "| first 10 | 506 | 90 |" in text
    assert "| last 10 | 526 | 90 |" in text


def test_every_rule_of_the_workflow_is_disturbed(repository: Path) -> None:
    lines = [
        line
        for path in (repository / "workflow" / "rules").glob("*.smk")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert {line[5:-1] for line in lines if line.startswith("rule ")} == set(RULES)
    assert all(set(rule.after) <= set(RULES) for rule in RULES.values())


def test_the_state_of_the_code_is_that_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "atrasig").mkdir()
    (tmp_path / "atrasig" / "a.py").write_text("1\n", encoding="utf-8")
    before = code_state(tmp_path)
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "a.tsv").write_text("1\n", encoding="utf-8")
    assert code_state(tmp_path) == before
    (tmp_path / "atrasig" / "a.py").write_text("2\n", encoding="utf-8")
    assert code_state(tmp_path) != before
