"""The faults of single stages that tests/faults tries, for every rule and each file."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.fault_ledger import STAGE, Outcome
from benchmarks.measure import ROOT


def of_the_stages() -> list[Outcome]:
    """Run tests/faults for all rules and note each of its cases."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "cases.xml"
        subprocess.run(
            [*command, "tests/faults", f"--junitxml={report}"],
            cwd=ROOT,
            env=os.environ | {"ATRASIG_FAULTS": "all"},
            check=False,
        )
        cases = ElementTree.parse(report).iter("testcase")
        return [found for case in cases for found in _of_case(case)]


def _of_case(case: ElementTree.Element) -> list[Outcome]:
    """Give the outcome of a test that says which fault it tries; none of one that was skipped."""
    told = {str(p.get("name")): str(p.get("value")) for p in case.iter("property")}
    if "fault" not in told or case.find("skipped") is not None:
        return []
    failed = [part for kind in ("failure", "error") for part in case.findall(kind)]
    return [
        Outcome(
            told["fault"],
            told["rule"],
            told["moment"],
            struck=True,
            survived=not failed,
            bytes_lost=None if failed else 0,
            seconds=float(case.get("time", 0)),
            level=STAGE,
            note=str(failed[0].get("message"))[:500] if failed else "",
        )
    ]
