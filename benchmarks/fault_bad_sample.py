"""One damaged sample among many: the others must come out as if the sheet had not named it."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

from benchmarks.fault_cohorts import many
from benchmarks.fault_ledger import Outcome
from benchmarks.fault_place import Place

FAULT = "one bad sample"
_OF_THE_RUN = {"failures.tsv", "provenance.json", "every_sample_has_a_result"}


def bad_sample(work: Path, samples: int) -> list[Outcome]:
    """Run a cohort through the workflow without a sample, with it damaged, and strictly.

    Parameters
    ----------
    work
        Folder of the cohort.
    samples
        How many, the damaged one among them.

    Returns
    -------
    list of Outcome
        Whether the run ends with an error that names the sample, and with the bytes of a run
        whose sheet leaves it out in all tables and records of the others; whether ``strict``
        stops.
    """
    began, bad = time.monotonic(), f"S{samples // 2:04}"
    without = many(work / "without", samples, damaged=bad, left_out=bad)
    damaged = many(work / "damaged", samples, damaged=bad)
    code, output = without.finish()
    if code:
        raise SystemExit(f"the run without the bad sample failed:\n{output[-3000:]}")
    code, output = damaged.finish()
    wrong = [] if code and "samples have failed" in output else [f"not told: {output[-1500:]}"]
    wrong += _differences(without, damaged, bad)
    moment = f"1 of {samples:,} samples"
    found = _outcome(moment, wrong, time.monotonic() - began)
    began = time.monotonic()
    shutil.rmtree(damaged.results)
    code, output = damaged.finish("--config", "strict=True")
    stops = (
        code
        and "'#REF!' is not a number" in output
        and not (damaged.results / "index.html").exists()
    )
    wrong = [] if stops else [f"strict did not stop: {output[-1500:]}"]
    return [found, _outcome(f"{moment}, strict: stops", wrong, time.monotonic() - began)]


def _outcome(moment: str, wrong: list[str], seconds: float) -> Outcome:
    return Outcome(
        FAULT,
        "whole workflow",
        moment,
        struck=True,
        survived=not wrong,
        bytes_lost=None if wrong else 0,
        seconds=seconds,
        note="; ".join(wrong),
    )


def _differences(without: Place, damaged: Place, bad: str) -> list[str]:
    """List what is not as in the run without the sample, but for what tells of it."""
    whole, found = without.contents(), damaged.contents()
    own = {name for name in found if Path(name).stem == bad}
    listed = {line.split("\t")[0] for line in _lines(found["failures.tsv"])[1:]}
    differing = [
        name
        for name, content in whole.items()
        if not _tells(name) and _others(name, found.get(name, b""), bad) != _others(name, content)
    ]
    wrong = [] if own == {f"samples/{bad}.{end}" for end in ("html", "json")} else ["no page"]
    wrong += [] if listed == {bad} else [f"failures.tsv lists {sorted(listed)}"]
    return wrong + ([f"not as without it: {', '.join(differing[:9])}"] if differing else [])


def _tells(name: str) -> bool:
    """Whether a file speaks of the whole run, or is the text of a record that is compared."""
    return Path(name).suffix in (".html", ".h5ad", ".xlsx") or Path(name).name in _OF_THE_RUN


def _others(name: str, content: bytes, bad: str = "") -> object:
    """Give what a file says of other samples: their flags, records but for columns left out."""
    if name == "qc.tsv":
        return [line for line in _lines(content) if not bad or line.split("\t")[0] != bad]
    if not (content and name.startswith("samples/")):
        return content
    record = json.loads(content)
    for source in record["provenance"]["inputs"]:
        for key in [key for key in source["reading"] if key.startswith("ignored_")]:
            del source["reading"][key]
    return record


def _lines(content: bytes) -> list[str]:
    return content.decode("utf-8").splitlines()
