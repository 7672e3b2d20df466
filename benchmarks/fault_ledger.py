"""What came of faults, written down one by one: a run that is stopped goes on, parts add up."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from atrasig.files import sha256_files

_CODE = ("atrasig", "signatures", "workflow", "profiles", "config/demo")
WORKFLOW, STAGE = "workflow", "stage"


def key_of(fault: str, rule: str, moment: str, level: str = WORKFLOW) -> str:
    """Name a trial."""
    return f"{level}|{fault}|{rule}|{moment}"


@dataclass(frozen=True)
class Outcome:
    """What came of a fault.

    Parameters
    ----------
    fault, rule, moment
        What was done, to which job, and when.
    struck
        Whether the fault came about: a job may be over before it can be killed.
    survived
        Whether another start ended with the bytes of an undisturbed run, and nothing was left.
    bytes_lost
        Bytes of files that differ from those of an undisturbed run or are not there; None where
        a failing test does not tell.
    seconds
        How long it took.
    note
        What was wrong.
    peak_mb, own_mb
        Resident memory of the largest job, and of the process that disturbs the runs.
    level
        Whether a run of the workflow was disturbed, or a stage by itself.
    code, part
        State of the code it was tried on, and the part of the work, as the ledger counts them.
    """

    fault: str
    rule: str
    moment: str
    struck: bool
    survived: bool
    bytes_lost: int | None
    seconds: float
    note: str = ""
    peak_mb: float = 0.0
    own_mb: float = 0.0
    level: str = WORKFLOW
    code: str = ""
    part: int = 0

    @property
    def key(self) -> str:
        """What tells one trial from another."""
        return key_of(self.fault, self.rule, self.moment, self.level)


@dataclass(frozen=True)
class Part:
    """A start of the program: what it was asked for, and on which code."""

    asked: str
    code: str


def code_state(root: Path) -> str:
    """Hash of all that decides what a run does, as 12 hexadecimal digits."""
    files = [
        file
        for folder in _CODE
        for file in (root / folder).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    ]
    return sha256_files(root, files)[:12]


class Ledger:
    """Outcomes of all parts, each written down when it is known.

    Parameters
    ----------
    path
        JSON lines: one where a part begins, one for each outcome. Of several outcomes of a trial
        the last counts.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = 0
        self._code = ""

    def begin(self, asked: str, code: str) -> None:
        """Note that a part begins."""
        self._append({"asked": asked, "code": code})
        self._part, self._code = len(self.parts()), code

    def parts(self) -> list[Part]:
        """List the parts in their order."""
        return [Part(**line) for line in self._lines() if "asked" in line]

    def outcomes(self) -> list[Outcome]:
        """List the trials, each with what came of it last."""
        found = (Outcome(**line) for line in self._lines() if "fault" in line)
        return list({outcome.key: outcome for outcome in found}.values())

    def settled(self) -> set[str]:
        """Keys of the trials that need not be made again: survived, or made on this very code."""
        return {o.key for o in self.outcomes() if (o.struck and o.survived) or o.code == self._code}

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Write outcomes down and print them."""
        for outcome in outcomes:
            self._append(asdict(outcome) | {"code": self._code, "part": self._part})
            word = "survived" if outcome.survived else f"FAILED: {outcome.note}"
            struck = "" if outcome.struck else " (over before it was struck)"
            print(f"{outcome.key}: {word}{struck}, {outcome.seconds:.0f} s", flush=True)

    def _append(self, line: dict[str, object]) -> None:
        with self._path.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(line) + "\n")

    def _lines(self) -> Iterator[dict[str, Any]]:
        if self._path.exists():
            for line in self._path.read_text(encoding="utf-8").splitlines():
                yield json.loads(line)
