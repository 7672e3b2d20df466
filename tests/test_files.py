"""Atomic writing, safe names, hashes, shipped data."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from hypothesis import given
from hypothesis import strategies as st

from atrasig import files
from atrasig.errors import FormatError, OutputError

WRITERS: dict[str, Callable[[Path], None]] = {
    "text": lambda path: files.write_text(path, "new"),
    "tsv": lambda path: files.write_tsv(path, pd.DataFrame({"a": [1]})),
    "parquet": lambda path: files.write_parquet(path, pd.DataFrame({"a": [1]})),
    "h5ad": lambda path: files.write_h5ad(path, AnnData(np.ones((1, 1)))),
}
EVERY_WRITER = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())


def fail_after_writing(path: Path) -> None:
    with files.atomic_path(path) as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt


# -- folders and patterns --------------------------------------------------------------------------


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree [1]"
    for name in ("b.tab", "a.tab", "s/a.tab", "s/deep/a.tab", ".hidden/a.tab", "s/.a.tab"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return root


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("", ["a.tab", "b.tab", "s/a.tab"]),
        ("s", ["s/a.tab", "s/deep/a.tab"]),
        ("a.tab", ["a.tab"]),
        ("*.tab", ["a.tab", "b.tab"]),
        ("?.tab", ["a.tab", "b.tab"]),
        ("*/a.tab", ["s/a.tab"]),
        ("**/a.tab", ["s/a.tab"]),
        ("*", ["a.tab", "b.tab", "s/a.tab"]),
        ("[ab].tab", []),
        ("*.txt", []),
        ("none", []),
        ("no\0thing*", []),
    ],
)
def test_files_that_a_path_stands_for(tree: Path, place: str, found: list[str]) -> None:
    assert [f.relative_to(tree).as_posix() for f in files.list_files(tree / place)] == found


def test_a_file_whose_name_holds_a_wildcard_is_no_pattern(tree: Path) -> None:
    (tree / "what?.tab").write_text("x")
    assert not files.is_pattern(tree / "what?.tab")
    assert files.list_files(tree / "what?.tab") == [tree / "what?.tab"]
    assert files.is_pattern(tree / "who?.tab")
    assert files.pattern_root(tree / "*" / "a.tab") == tree


def test_hash_of_folders_and_patterns(tree: Path, tmp_path: Path) -> None:
    file = tree / "a.tab"
    assert files.sha256_path(file) == files.sha256_file(file)
    whole, some = files.sha256_path(tree), files.sha256_path(tree / "*.tab")
    assert len({whole, some, files.sha256_path(tree / "s")}) == 3
    tree.rename(tmp_path / "moved")
    assert files.sha256_path(tmp_path / "moved") == whole
    (tmp_path / "moved" / "s" / "deep" / "a.tab").write_text("changed")
    assert files.sha256_path(tmp_path / "moved") != whole
    assert files.sha256_path(tmp_path / "moved" / "*.tab") == some


# -- atomic writing --------------------------------------------------------------------------------


def test_the_path_changes_only_when_the_block_succeeds(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "out.tsv.gz"
    with files.atomic_path(path) as temporary:
        assert temporary.parent == path.parent
        assert temporary.name.endswith(".tsv.gz")
        temporary.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_block_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    for before in (None, "old"):
        if before:
            path.write_text(before)
        with pytest.raises(KeyboardInterrupt):
            fail_after_writing(path)
        assert [file.read_text() for file in tmp_path.iterdir()] == ([before] if before else [])


@EVERY_WRITER
def test_written_files_obey_the_umask(tmp_path: Path, write: Callable[[Path], None]) -> None:
    before = os.umask(0o027)
    try:
        write(tmp_path / "out")
    finally:
        assert os.umask(before) == 0o027
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o640


@EVERY_WRITER
def test_a_place_that_cannot_be_written_to(tmp_path: Path, write: Callable[[Path], None]) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    for path in (tmp_path / "file" / "out.x", tmp_path / "folder"):
        with pytest.raises(OutputError, match=r"^Cannot write: .+ \(.+\)\. Choose"):
            write(path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["file", "folder"]


# -- forms -----------------------------------------------------------------------------------------


def test_text_is_utf8_with_line_feeds(tmp_path: Path) -> None:
    files.write_text(tmp_path / "t", "β\nγ\n")
    assert (tmp_path / "t").read_bytes() == b"\xce\xb2\n\xce\xb3\n"


def test_tsv_by_hand(tmp_path: Path) -> None:
    table = pd.DataFrame({"a": [1 / 3, np.nan], "b": ["x", None], "n": [1, 2]}, index=[5, 6])
    files.write_tsv(tmp_path / "t.tsv", table)
    assert (tmp_path / "t.tsv").read_bytes() == b"a\tb\tn\n0.3333333333\tx\t1\nNA\tNA\t2\n"


def test_tables_and_matrices_come_back(tmp_path: Path) -> None:
    table = pd.DataFrame({"a": [1 / 3, np.nan], "b": ["x", ""]}, index=[5, 6])
    files.write_parquet(tmp_path / "t.parquet", table)
    back = pd.read_parquet(tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(back, table.reset_index(drop=True), check_dtype=False)
    adata = AnnData(np.array([[1 / 3, np.nan]]), uns={"atrasig": {"n": 3}})
    files.write_h5ad(tmp_path / "m.h5ad", adata)
    read = files.read_h5ad(tmp_path / "m.h5ad")
    np.testing.assert_array_equal(read.X, adata.X)
    assert read.uns["atrasig"] == {"n": 3}


@pytest.mark.filterwarnings("ignore:.*written with")
def test_h5ad_that_cannot_be_read(tmp_path: Path) -> None:
    import h5py

    (tmp_path / "text.h5ad").write_text("no")
    with h5py.File(tmp_path / "other.h5ad", "w") as store:
        store.create_group("matrix").attrs["x"] = 1
    for name in ("none.h5ad", "text.h5ad", "other.h5ad"):
        with pytest.raises(FormatError, match=rf"Cannot read as h5ad: .*{name}.*again"):
            files.read_h5ad(tmp_path / name)


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    table = pd.DataFrame({"a": np.random.default_rng(0).random(50), "b": ["x"] * 50})
    for writer in (files.write_tsv, files.write_parquet):
        for name in "12":
            writer(tmp_path / name, table)
        assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


# -- names, hashes, JSON ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["s1", "TCGA-AB-2872-03A", "a_b", "x" * 80])
def test_plain_ids_are_their_file_name(name: str) -> None:
    assert files.safe_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../../etc/passwd", "a/b", "a b", "a\0b", "-rf", "β", "x" * 81, "\ud800"],
)
def test_other_ids_are_replaced(name: str) -> None:
    made = files.safe_name(name)
    assert made != name
    assert 13 < len(made) <= 80
    assert made[0].isascii()
    assert made[0].isalnum() or made[0] == "_"
    assert set(made) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


@given(st.lists(st.text(max_size=100), unique=True, max_size=20))
def test_two_ids_never_share_a_file(names: list[str]) -> None:
    assert len({files.safe_name(name) for name in names}) == len(names)
    assert all(files.safe_name(files.safe_name(name)) == files.safe_name(name) for name in names)


def test_hashes(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc" * 100_000)
    assert files.sha256_file(tmp_path / "f") == hashlib.sha256(b"abc" * 100_000).hexdigest()
    assert files.sha256_text("β") == hashlib.sha256(b"\xce\xb2").hexdigest()
    assert len(files.sha256_text("\udcff")) == 64


def test_canonical_json() -> None:
    value = {"b": [1, 2.5, None], "a": {"z": "β", "y": True}}
    text = files.canonical_json(value)
    assert json.loads(text) == value
    assert text == files.canonical_json(dict(reversed(value.items())))
    assert text.splitlines()[1] == '  "a": {'
    assert "β" in text
    assert text.endswith("}\n")
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.canonical_json({"x": float("nan")})


@pytest.mark.parametrize("name", ["genes.tsv.gz", "vocabulary.yaml", "signatures"])
def test_shipped_data_are_found(name: str) -> None:
    assert files.data_path(name).exists()


def test_data_path_outside_a_wheel(repository: Path) -> None:
    assert files.data_path("signatures") in {
        repository / "signatures",
        repository / "atrasig" / "data" / "signatures",
    }
