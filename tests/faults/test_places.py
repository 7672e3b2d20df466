"""A full disk, a folder that cannot be written to, a plain locale, no home."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import Place, Tell, some
from tests.faults.nursery import Nursery


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
@pytest.mark.parametrize("name", some("harmonise", "report", "collect"))
def test_a_full_disk_is_told_and_another_start_mends(
    nursery: Nursery, undisturbed: Place, small_disk: Place, tell: Tell, name: str
) -> None:
    tell("disk full", name, "no room at all")
    place, rule = small_disk.without(name), small_disk.rule(name)
    whole = undisturbed.contents()
    _resize(place, spare=0)
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
@pytest.mark.parametrize("name", some("ingest", "report", "collect"))
def test_a_folder_that_cannot_be_written_to(
    nursery: Nursery, undisturbed: Place, small_disk: Place, tell: Tell, name: str
) -> None:
    tell("read-only folder", name, "from the start")
    place, rule = small_disk.without(name), small_disk.rule(name)
    before = place.contents()
    _mount("-o", "remount,ro", str(place.folder))
    done = nursery.run(rule.arguments)
    assert done.code == 2, done.output
    assert "Read-only file system" in done.output
    assert "Traceback" not in done.output
    assert place.contents() == before
    _mount("-o", "remount,rw", str(place.folder))
    again = nursery.run(rule.arguments)
    assert again.code == 0, again.output
    assert place.contents() == undisturbed.contents()


_PLAIN = {"LC_ALL": "C", "LANG": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
# Nobody, not even root, can make a folder there; scoring compiles and keeps what it made.
_HOMELESS = {"HOME": "/proc/nobody", "XDG_CACHE_HOME": "/proc/nobody"}


@pytest.mark.parametrize(
    ("fault", "environment", "name"),
    [
        *(pytest.param("locale C", _PLAIN, n, id=f"C-{n}") for n in some("ingest", "report")),
        *(pytest.param("no home", _HOMELESS, n, id=f"homeless-{n}") for n in some("score")),
    ],
)
def test_results_do_not_depend_on_locale_and_home(
    undisturbed: Place,
    place: Place,
    tell: Tell,
    fault: str,
    environment: dict[str, str],
    name: str,
) -> None:
    tell(fault, name, "from the start")
    arguments = place.without(name).rule(name).arguments
    clean = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"}
    done = subprocess.run(
        [sys.executable, "-c", "from atrasig.cli import main; main()", *arguments],
        env=clean | environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert place.contents() == undisturbed.contents()
