"""The cache of compiled loops: it holds for one state of all their sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from atrasig.scoring.kernels import compile as compiling
from atrasig.scoring.kernels.order import ordered


def test_the_digest_depends_on_every_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(compiling.__file__).parent
    for path in folder.glob("*.py"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(compiling, "__file__", str(tmp_path / "compile.py"))
    digest = compiling.sources_digest.__wrapped__
    before = digest()
    assert before == compiling.sources_digest()
    for path in sorted(tmp_path.glob("*.py")):
        path.write_bytes(path.read_bytes() + b"#")
        before, after = digest(), before
        assert before != after, path.name


def test_files_of_the_cache_carry_the_digest_and_loops_their_names() -> None:
    assert compiling.sources_digest() in ordered._cache._impl.filename_base  # type: ignore[attr-defined]
    assert ordered.__name__ == ordered.__qualname__ == "ordered"
