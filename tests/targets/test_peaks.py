"""Peaks: reading them, and assigning them to genes."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from atrasig.errors import FormatError, UsageError
from atrasig.targets.binding import assign_peaks, bound_genes, overlapping
from atrasig.targets.gtf import Promoter
from atrasig.targets.peaks import read_peaks

NARROW = "chr1\t100\t200\tp\t500\t.\t7.5\t3\t2\t40\n"


def test_bed_and_narrow_peaks_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.bed").write_text("track name=x\n#c\nchr1\t5\t9\n\n")
    (tmp_path / "b.bed").write_text("browser x\n1\t5\t9\tp\t3\t+\n")
    (tmp_path / "c.narrowPeak.gz").write_bytes(
        gzip.compress((NARROW + NARROW.replace("\t40", "\t-1")).encode())
    )
    plain, scored, narrow = (read_peaks(path) for path in sorted(tmp_path.iterdir()))
    assert plain.iloc[0, :3].tolist() == ["chr1", 5, 9]
    assert np.isnan(plain["score"][0])
    assert scored.iloc[0].tolist() == ["1", 5, 9, 3.0, 7]
    assert narrow.to_numpy().tolist() == [
        ["chr1", 100, 200, 7.5, 140], ["chr1", 100, 200, 7.5, 150],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "There is no peak"),
        ("chr1 5 9\n", "1 fields, 3 are needed.*line 1"),
        ("chr1\t5\t9\nchr1\t5\n", "2 fields, 3 are needed.*line 2"),
        ("chr1\t5\t9\nchr1\t5.5\t9\n", "'5.5' is no whole number.*line 2"),
        ("#x\nchr1\t9\t9\n", "chr1:9-9 is no interval.*line 2"),
        ("chr1\t-1\t9\n", "is no interval"),
        ("chr1\t1\t9\tp\thigh\n", "score 'high' is no number"),
        (NARROW.replace("\t40", "\t100"), "summit lies 100 bases into a peak of 100"),
    ],
)
def test_what_is_no_interval_is_refused_with_its_line(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "a.bed"
    path.write_text(text)
    with pytest.raises(FormatError, match=message):
        read_peaks(path)


def intervals(rng: np.random.Generator, n: int) -> tuple[list[str], np.ndarray, np.ndarray]:
    starts = rng.integers(0, 2000, n)
    return rng.choice(["chr1", "2", "chrX"], n).tolist(), starts, starts + rng.integers(1, 60, n)


def test_overlaps_are_those_of_every_pair_compared() -> None:
    rng = np.random.default_rng(1)
    first, second = intervals(rng, 120), intervals(rng, 90)
    second = ([name.removeprefix("chr") for name in second[0]], *second[1:])
    expected = [
        (i, j)
        for i in range(120)
        for j in range(90)
        if first[0][i].removeprefix("chr") == second[0][j]
        and first[1][i] < second[2][j]
        and second[1][j] < first[2][i]
    ]
    assert len(expected) > 50
    assert list(zip(*(side.tolist() for side in overlapping(first, second)), strict=True)) == (
        expected
    )


def test_intervals_that_only_touch_do_not_overlap() -> None:
    assert len(overlapping((["1"], [0], [10]), (["1"], [10], [20]))[0]) == 0
    assert len(overlapping((["1"], [0], [11]), (["1"], [10], [20]))[0]) == 1
    assert len(overlapping(([], [], []), (["1"], [10], [20]))[0]) == 0


@pytest.fixture
def peaks() -> pd.DataFrame:
    rows = [("chr1", 150, 160, 3.0, 155), ("chr1", 400, 410, 9.0, 405), ("chr2", 150, 160, 1, 155)]
    return pd.DataFrame(rows, columns=["chrom", "start", "end", "score", "summit"])


PROMOTERS = [
    Promoter(("A",), "1", 100, 200, "+", (180,)),
    Promoter(("B",), "1", 300, 350, "-", (320,)),
]


def test_peaks_are_assigned_by_overlap_and_by_distance(peaks: pd.DataFrame) -> None:
    near = [side.tolist() for side in assign_peaks(PROMOTERS, peaks)]
    assert near == [[0], [0]]
    at = [side.tolist() for side in assign_peaks(PROMOTERS, peaks, distance=80)]
    assert at == [[0, 1], [0, 1]]
    assert assign_peaks(PROMOTERS, peaks, distance=79)[0].tolist() == [0]
    found = bound_genes(PROMOTERS, ["A", "B"], peaks, assign_peaks(PROMOTERS, peaks, 300))
    assert found.loc["A"].tolist() == [2, 9.0, -25.0]
    assert found.loc["B"].tolist() == [2, 9.0, -85.0]


def test_a_distance_needs_start_sites(peaks: pd.DataFrame) -> None:
    with pytest.raises(UsageError, match="cannot be measured"):
        assign_peaks([Promoter(("A",), "1", 1, 2, "+")], peaks, distance=10)
