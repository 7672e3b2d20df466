"""Faults of what a workflow runs on: disk, folder, locale, home, and the files between its jobs."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from benchmarks.fault_place import Place, wait_for
from benchmarks.fault_rules import INTERMEDIATES, RULES, forget
from benchmarks.fault_trials import Disturbed, Trial, mount, mounted
from benchmarks.measure import ROOT

_ALL = "whole workflow"
_LOCKED = """
for folder in "$0" "$1"; do
    mount --bind "$folder" "$folder"
    mount -o remount,ro,bind "$folder"
done
unset NUMBA_CACHE_DIR
shift
exec "$@"
"""
_PLAIN = {"LC_ALL": "C", "LANG": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
_UTF8 = {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "PYTHONUTF8": "0"}
_PLENTY_KB = 200 << 10


def of_the_machine(rules: Sequence[str]) -> list[Trial]:
    """List the trials: those of the files of some rules, and those of the whole workflow."""
    cut = [
        Trial("truncated intermediate", rule, Path(file).name, partial(_cut_short, rule, file))
        for rule in rules
        for file in INTERMEDIATES.get(rule, ())
    ]
    full = [
        Trial("disk full", _ALL, f"with {spare} kB left", partial(_fill, spare), disk=True)
        for spare in (0, 100, 1000)
    ]
    return [
        *cut,
        *full,
        Trial("read-only results", _ALL, "at the start", _read_only),
        Trial("two runs in one folder", _ALL, "while a job runs", _two_at_once),
        Trial("locale C", _ALL, "always", partial(_elsewhere, _PLAIN)),
        Trial("locale C.UTF-8", _ALL, "always", partial(_elsewhere, _UTF8)),
        Trial("home and program read-only", _ALL, "always", _without_home),
    ]


def _cut_short(rule: str, pattern: str, place: Place, rng: random.Random) -> Disturbed:
    """Cut a file of a rule; when the workflow has named it, let it be made again."""
    (file,) = place.results.glob(pattern)
    paths = [path for one in RULES[rule].files for path in place.results.glob(one)]
    kept = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}
    forget(place, rule)
    for path, (content, time) in kept.items():
        length = int(rng.uniform(0.1, 0.9) * len(content)) if path == file else len(content)
        path.write_bytes(content[:length])
        os.utime(path, ns=(time, time))
    code, output = place.finish()
    told = code != 0 and file.name in output and "atrasig: error: " in output
    file.unlink()
    return _disturbed(told, output)


def _fill(spare_kb: int, place: Place, _: random.Random) -> Disturbed:
    """Leave hardly any room on the disk, then plenty."""
    forget(place, "ingest")
    _leave_room(place, spare_kb)
    code, output = place.finish()
    told = code != 0 and "No space left on device" in output
    _leave_room(place, _PLENTY_KB)
    place.unlock()
    return _disturbed(told, output)


def _leave_room(place: Place, kilobytes: int) -> None:
    used = shutil.disk_usage(place.folder).used
    mount("-o", f"remount,rw,size={used + (kilobytes << 10)}", str(place.folder))


def _read_only(place: Place, _: random.Random) -> Disturbed:
    """Let nothing be written to the results."""
    forget(place, "ingest")
    mount("--bind", str(place.results), str(place.results))
    with mounted(place.results):
        mount("-o", "remount,ro,bind", str(place.results))
        code, output = place.finish()
    told = "Read-only file system" in output or "Write-protected output files" in output
    return _disturbed(code and told, output)


def _two_at_once(place: Place, _: random.Random) -> Disturbed:
    """Start the workflow where it is running."""
    forget(place, "ingest")
    first = place.start()
    struck = bool(wait_for(first, place.jobs))
    code, output = place.finish()
    first.communicate()
    told = code != 0 and "lock" in output and first.returncode == 0
    return Disturbed(struck, "" if told else f"not refused: {output[-500:]}")


def _elsewhere(environment: Mapping[str, str], place: Place, _: random.Random) -> Disturbed:
    """Run all of it with other variables."""
    shutil.rmtree(place.results)
    code, output = place.finish("--forceall", environment=environment)
    return _disturbed(code == 0, output)


def _without_home(place: Place, _: random.Random) -> Disturbed:
    """Run all of it where neither the home nor the installed program can be written to.

    Snakemake needs a cache that it can write: XDG_CACHE_HOME, where the home is none.
    """
    shutil.rmtree(place.results)
    shutil.rmtree(place.folder / ".snakemake")
    home, cache = place.folder / "home", place.folder / "cache"
    home.mkdir()
    locked = ("unshare", "--mount", "sh", "-ec", _LOCKED, str(home), str(ROOT / "atrasig"))
    environment = {"HOME": str(home), "XDG_CACHE_HOME": str(cache)}
    code, output = place.finish("--forceall", environment=environment, through=locked)
    if code:
        return Disturbed(struck=True, wrong=f"exit code {code}: {output[-1500:]}")
    compiled = any(cache.rglob("*.nbi"))
    return Disturbed(struck=True, wrong="" if compiled else "compiled loops are not kept")


def _disturbed(told: object, output: str) -> Disturbed:
    return Disturbed(struck=True, wrong="" if told else f"not told: {output[-1500:]}")
