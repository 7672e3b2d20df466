"""Tables of blocks put below each other, whatever the blocks hold."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from pyarrow.parquet import ParquetFile

from atrasig.errors import FormatError
from atrasig.files import write_parquet, write_tsv, write_tsv_parts
from atrasig.pipeline.stacked import filled, stacked, stacked_as_one, with_rows, write_stacked

WHOLE = pd.DataFrame(
    {
        "sample": ["a", "b", "c", "d"],
        "score": [1 / 3, None, -2.5e-30, 4.0],
        "n_genes": [1, 2, 3, 4],
        "primary": [True, False, True, False],
        "reason": ["", None, 'tab\tand "quote" and\nline', "é"],
    }
)


def _blocks(folder: Path, *cuts: int) -> list[Path]:
    paths = []
    for place, (start, end) in enumerate(zip((0, *cuts), (*cuts, 4), strict=True)):
        paths.append(folder / f"t.{place}.parquet")
        write_parquet(paths[-1], WHOLE[start:end].reset_index(drop=True))
    return paths


@pytest.mark.parametrize("cuts", [(), (1,), (1, 2, 3), (0, 2, 2, 4)])
def test_blocks_are_as_the_whole(tmp_path: Path, cuts: tuple[int, ...]) -> None:
    paths = _blocks(tmp_path, *cuts)
    write_tsv(tmp_path / "whole.tsv", WHOLE)
    write_tsv_parts(tmp_path / "parts.tsv", stacked(paths))
    assert (tmp_path / "parts.tsv").read_bytes() == (tmp_path / "whole.tsv").read_bytes()
    write_stacked(paths, tmp_path / "parts.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "parts.parquet"), WHOLE)
    pd.testing.assert_frame_equal(stacked_as_one(paths), WHOLE)


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 2**17])
def test_bytes_do_not_depend_on_the_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr("atrasig.pipeline.stacked.GROUP_ROWS", rows)
    written = set()
    for cuts in [(), (1,), (3,), (1, 2, 3), (0, 2, 2, 4)]:
        write_stacked(_blocks(tmp_path, *cuts), tmp_path / "out.parquet")
        written.add((tmp_path / "out.parquet").read_bytes())
    assert len(written) == 1
    groups = ParquetFile(tmp_path / "out.parquet").metadata
    assert groups.num_row_groups == -(-4 // rows)


def test_a_column_without_values_takes_the_type_of_the_others(tmp_path: Path) -> None:
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    write_parquet(paths[0], pd.DataFrame({"x": [None], "n": [1]}))
    write_parquet(paths[1], pd.DataFrame({"x": ["text"], "n": [0.5]}))
    write_stacked(paths, tmp_path / "out.parquet")
    found = pd.read_parquet(tmp_path / "out.parquet")
    assert found["x"].isna().tolist() == [True, False]
    assert (found["x"][1], *found["n"]) == ("text", 1.0, 0.5)


def test_where_no_block_has_rows_the_columns_stay(tmp_path: Path) -> None:
    paths = _blocks(tmp_path, 4)[1:]
    assert filled(paths) == paths
    for found in (stacked(paths), with_rows([WHOLE[:0], WHOLE[:0]])):
        (frame,) = found
        assert list(frame.columns) == list(WHOLE.columns)
    assert [len(frame) for frame in with_rows([WHOLE[:0], WHOLE[:1], WHOLE[:0]])] == [1]
    write_stacked(paths, tmp_path / "out.parquet")
    assert list(pd.read_parquet(tmp_path / "out.parquet").columns) == list(WHOLE.columns)


def test_without_any_table_there_is_an_empty_one(tmp_path: Path) -> None:
    assert [frame.shape for frame in stacked([])] == [(0, 0)]
    assert [frame.shape for frame in with_rows([])] == [(0, 0)]
    write_stacked([], tmp_path / "out.parquet")
    assert pd.read_parquet(tmp_path / "out.parquet").shape == (0, 0)


def test_other_columns_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    first, other = _blocks(tmp_path, 2)
    write_parquet(other, WHOLE.drop(columns="score"))
    with pytest.raises(FormatError, match=r"columns are not those.*t\.1\.parquet"):
        write_tsv_parts(tmp_path / "out.tsv", stacked([first, other]))
    with pytest.raises(FormatError, match="columns are not those"):
        write_stacked([first, other], tmp_path / "out.parquet")
    assert not list(tmp_path.glob("*out*"))


def test_a_table_that_was_cut_short_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    first, other = _blocks(tmp_path, 2)
    other.write_bytes(other.read_bytes()[:-20])
    with pytest.raises(FormatError, match=r"t\.1\.parquet"):
        write_tsv_parts(tmp_path / "out.tsv", stacked([first, other]))
    with pytest.raises(FormatError, match=r"t\.1\.parquet"):
        write_stacked([first, other], tmp_path / "out.parquet")
    assert not list(tmp_path.glob("*out*"))
