"""What a killed process leaves is removed by the next; what a living one writes stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from atrasig.temporary import owned_name, remove_leftovers, temporary_folder

_WRITE = """
import sys, time
from atrasig.files import atomic_path
with atomic_path(sys.argv[1]) as temporary:
    temporary.write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _anew() -> None:
    remove_leftovers.cache_clear()


def _write_half(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITE, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    return process


def test_leftovers_of_a_killed_process_go_and_files_of_a_living_one_stay(tmp_path: Path) -> None:
    killed, living = _write_half(tmp_path / "a.tsv"), _write_half(tmp_path / "b.tsv")
    try:
        killed.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, killed.pid, os.WEXITED | os.WNOWAIT)  # a zombie until it is asked for
        assert len(list(tmp_path.iterdir())) == 2
        remove_leftovers(tmp_path)
        (left,) = tmp_path.iterdir()
        assert f"-{living.pid}-" in left.name
    finally:
        for process in (killed, living):
            process.kill()
            process.communicate()


def test_files_of_another_machine_stay_for_a_day(tmp_path: Path) -> None:
    new, old = tmp_path / ".atrasig-00000000-1-a.tsv", tmp_path / ".atrasig-00000000-1-b.tsv"
    folder = tmp_path / "atrasig-00000000-1-c"
    folder.mkdir()
    (folder / "content").touch()
    for path in (new, old):
        path.touch()
    long_ago = time.time() - 2 * 24 * 3600
    for path in (old, folder):
        os.utime(path, (long_ago, long_ago))
    remove_leftovers(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [new.name]


@pytest.mark.parametrize("name", ["atrasig-notes.txt", ".atrasig-2024-1-x", "x-00000000-1-a"])
def test_files_of_others_stay(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.touch()
    os.utime(path, (0, 0))
    remove_leftovers(tmp_path)
    assert path.exists()


def test_a_folder_lives_as_long_as_it_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with temporary_folder() as folder:
        assert folder.parent == tmp_path
        assert folder.name.startswith(owned_name())
    assert list(tmp_path.iterdir()) == []
