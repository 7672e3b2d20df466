"""A full disk, a folder that cannot be written to, a plain locale, no home."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import Place
from tests.faults.nursery import Nursery

_CHAIN = """
import sys
from atrasig.cli import main
for command in sys.stdin.read().split("\\n\\n"):
    main(command.split("\\n"), standalone_mode=False)
"""


def _mount(*options: str) -> None:
    done = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")


@pytest.fixture
def small_disk(undisturbed: Place, tmp_path: Path) -> Iterator[Place]:
    """The results on a disk with hardly any room."""
    if os.geteuid() != 0:
        pytest.skip("a disk of a certain size is made by root only")
    folder = tmp_path / "disk"
    folder.mkdir()
    _mount("-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder))
    try:
        yield undisturbed.copy_to(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _resize(place: Place, *, spare: int) -> None:
    used = shutil.disk_usage(place.folder).used
    _mount("-o", f"remount,rw,size={used + spare}", str(place.folder))


@pytest.mark.root
@pytest.mark.parametrize("name", ["ingest", "harmonise", "score", "report", "collect"])
def test_a_full_disk_is_told_and_another_start_mends(
    nursery: Nursery, undisturbed: Place, small_disk: Place, name: str
) -> None:
    place, rule = small_disk, small_disk.rule(name)
    first = rule.outputs[0] if rule.outputs else "../enrichment.tsv"
    (place.folder / "work" / first).unlink()
    whole = undisturbed.contents()
    _resize(place, spare=4096)
    done = nursery.run(rule.arguments)
    assert done.code == 2, done.output
    # HDF5 may say the same of its own when it closes the file.
    told = done.output.rstrip("\n").rsplit("\n", 1)[-1]
    assert told.startswith("atrasig: error: Cannot write: No space left on device")
    assert place.contents().items() <= whole.items()
    _resize(place, spare=64 << 20)
    again = nursery.run(rule.arguments)
    assert again.code == 0, again.output
    assert place.contents() == whole


@pytest.mark.root
def test_a_folder_that_cannot_be_written_to(
    nursery: Nursery, undisturbed: Place, small_disk: Place
) -> None:
    place = small_disk
    _mount("-o", "remount,ro", str(place.folder))
    for rule in map(place.rule, ("ingest", "harmonise", "calls", "report", "collect")):
        done = nursery.run(rule.arguments)
        assert done.code == 2, (rule.name, done.output)
        assert "Read-only file system" in done.output
        assert "Traceback" not in done.output
    assert place.contents() == undisturbed.contents()


@pytest.mark.parametrize(
    ("environment", "names"),
    [
        (
            {"LC_ALL": "C", "LANG": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
            ["ingest", "harmonise", "report"],
        ),
        # Nobody, not even root, can make a folder there; scoring compiles and keeps what it made.
        ({"HOME": "/proc/nobody", "XDG_CACHE_HOME": "/proc/nobody"}, ["score"]),
    ],
    ids=["locale C", "no home"],
)
def test_results_do_not_depend_on_locale_and_home(
    undisturbed: Place, place: Place, environment: dict[str, str], names: list[str]
) -> None:
    rules = [place.rule(name) for name in names]
    clean = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"}
    done = subprocess.run(
        [sys.executable, "-c", _CHAIN],
        input="\n\n".join("\n".join(rule.arguments) for rule in rules).encode(),
        env=clean | environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert place.contents() == undisturbed.contents()
