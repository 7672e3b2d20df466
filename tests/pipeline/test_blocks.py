"""Names of many files on one command line."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from atrasig.pipeline.blocks import as_patterns, of_patterns

PATHS = st.lists(
    st.builds(
        "{}/{}.{}.parquet".format,
        st.sampled_from(["a", "b c", "d.7"]),
        st.sampled_from(["calls", "pages.0"]),
        st.integers(0, 12),
    )
    | st.sampled_from(["a/expr.h5ad", "a/scores.parquet", "0", "a.00.tsv"]),
    max_size=30,
)


@given(PATHS)
def test_the_same_files_come_back_in_the_same_order(files: list[str]) -> None:
    patterns = as_patterns(files)
    assert len(patterns) <= len(files)
    assert [str(path) for path in of_patterns([Path(name) for name in patterns])] == files


def test_any_number_of_blocks_is_one_name() -> None:
    files = [f"work/m/calls.{block}.parquet" for block in range(5_000)]
    assert as_patterns([*files, "expr.h5ad", *files]) == [
        "work/m/calls.{0..4999}.parquet", "expr.h5ad", "work/m/calls.{0..4999}.parquet"
    ]  # fmt: skip
