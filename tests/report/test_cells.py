"""The page of cells: every cell counts once; outlines are those of scipy, numbers of pandas."""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
from scipy.stats import gaussian_kde

from atrasig.report.cells import MAX_BINS, MAX_DOTS, CellData, CellScore
from atrasig.report.cells_figures import KINDS, LEVELS, level_of, type_key
from atrasig.report.cells_numbers import NO_PLACE, bin_cells, density, lay_out, spread
from atrasig.report.cells_page import render_cells
from atrasig.report.cells_violins import FEW, Violin, violins
from atrasig.report.html import RESEARCH_USE
from atrasig.report.numbers import written
from tests.report.test_report_pages import HOSTILE, Page

NAMES = ("monocyte", "T cell", "B cell", "stem")


def cells(n: int = 400, seed: int = 1, **changes: Any) -> CellData:
    """Cells of four types; some have no type, no place or no score."""
    draw = np.random.default_rng(seed)
    labels = np.asarray(NAMES, dtype=object)[draw.choice(4, n, p=(0.5, 0.3, 0.19, 0.01))]
    labels[:3] = ""
    places = draw.normal(0, 1, (n, 2)) + np.where(labels == "T cell", 6.0, 0.0)[:, None]
    places[5:7] = np.nan
    values = draw.gamma(2, 0.1, n) + np.where(labels == "monocyte", 0.3, 0.0)
    values[10:14] = np.nan
    scores = (
        CellScore("first", values, title="First", kind="response", n_genes=9, n_matched=8,
                  reasons="too few genes (4)"),
        CellScore("second", values[::-1].copy()),
    )  # fmt: skip
    settled: dict[str, Any] = {
        "file": "cells.h5ad", "sha256": "ab", "group": "cell_type", "labels": labels,
        "scores": scores, "method": "ucell", "method_title": "UCell (ranks)", "places": places,
        "map_how": "The map is that of the file.", "scoring": {"universe": "coding"},
        "provenance": {"atrasig": "1", "signature_set": "cd", "parameters": {}, "packages": {}},
    }  # fmt: skip
    return CellData(**settled | changes)


def test_quartiles_are_those_of_pandas() -> None:
    values = np.random.default_rng(2).normal(size=101)
    values[:7] = np.nan
    found, told = spread(values), pd.Series(values).describe()
    assert (found.n, found.n_missing) == (101, 7)
    assert [found.low, found.q1, found.median, found.q3, found.high] == pytest.approx(
        [told[name] for name in ("min", "25%", "50%", "75%", "max")]
    )
    assert spread(np.full(3, np.nan)) == (3, 3, None, None, None, None, None)


def test_an_outline_is_a_kernel_density() -> None:
    values = np.random.default_rng(3).gamma(2, 1, 200)
    outline = density(values)
    assert outline is not None
    expected = gaussian_kde(values)(outline[0])
    np.testing.assert_allclose(outline[1], expected / expected.max())
    assert (outline[0][0], outline[0][-1]) == (values.min(), values.max())
    assert density(np.full(20, 0.5)) is None


def test_a_drawn_outline_is_the_density() -> None:
    values = np.random.default_rng(4).normal(0.4, 0.1, 50)
    figure = str(violins([Violin("T", spread(values), values)], "score", "title"))
    path = re.search(r'<path d="M([^"]*)z" class="violin"', figure)
    assert path is not None
    points = np.array([[float(v) for v in p.split()] for p in path[1].split("L")])
    upper = points[: len(points) // 2]
    # Places run from 5 to 95 percent of the width, heights from the middle of 30 pixels upward.
    at = values.min() + np.ptp(values) * (upper[:, 0] / 1000 - 0.05) / 0.9
    expected = gaussian_kde(values)(at)
    np.testing.assert_allclose((15 - upper[:, 1]) / 15, expected / expected.max(), atol=0.01)
    median = re.search(r'<circle cx="([\d.]+)%" cy="\d+(?:\.\d+)?" r="5" class="point"', figure)
    assert median is not None
    share = (np.median(values) - values.min()) / np.ptp(values)
    assert float(median[1]) == pytest.approx(5 + 90 * share, abs=0.01)


def test_few_cells_are_drawn_one_by_one() -> None:
    values = np.linspace(0.1, 0.9, FEW - 1)
    figure = str(violins([Violin("T", spread(values), values)], "score", "title"))
    assert figure.count('class="single"') == FEW - 1
    assert "violin" not in figure


@pytest.mark.parametrize("seed", range(6))
def test_each_cell_lies_in_exactly_one_square(seed: int) -> None:
    draw = np.random.default_rng(seed)
    n, most = int(draw.integers(1, 3000)), int(draw.integers(20, 500))
    places = draw.normal(size=(n, 2)) * draw.lognormal(size=2)
    places[draw.random(n) < 0.05, draw.integers(2)] = draw.choice([np.nan, np.inf])
    values = np.where(draw.random(n) < 0.1, np.nan, draw.random(n))
    codes = draw.integers(0, 5, n)
    chart = lay_out(places, 400.0, 10.0)
    bins = bin_cells(chart, most)
    lost = ~np.isfinite(places).all(axis=1)
    assert ((bins.of_cell == NO_PLACE) == lost).all()
    assert bins.counts.sum() == n - lost.sum()
    assert bins.counts.size <= most
    kept, own = ~lost, bins.of_cell[~lost]
    assert (np.bincount(own, minlength=bins.counts.size) == bins.counts).all()
    for at, corner in ((chart.x[kept], bins.left[own]), (chart.y[kept], bins.top[own])):
        assert (at >= corner - 1e-9).all()
        assert (at <= corner + bins.side + 1e-9).all()
    table = pd.DataFrame({"bin": own, "score": values[kept], "code": codes[kept]})
    means, scored = bins.means(values)
    np.testing.assert_allclose(means, table.groupby("bin")["score"].mean())
    assert (scored == table.groupby("bin")["score"].count()).all()
    first, number = bins.commonest(codes, 5)
    assert (first == table.groupby("bin")["code"].agg(lambda c: c.mode().iloc[0])).all()
    assert (number == table.groupby("bin")["code"].agg(lambda c: c.value_counts().max())).all()


def test_shades_are_equal_steps() -> None:
    values = np.array([0.0, 0.1, np.nan, 0.52, 0.99, 1.0])
    assert level_of(values).tolist() == [0, 0, -1, 4, LEVELS - 1, LEVELS - 1]
    assert level_of(np.array([0.3, 0.3])).tolist() == [0, 0]


def test_a_type_is_not_told_by_its_hue_alone() -> None:
    marks = [str(type_key(code, binned=False)) for code in range(KINDS + 1)]
    shapes = [re.sub(r'class="[^"]*"', "", mark) for mark in marks]
    assert len(set(marks)) == KINDS + 1
    for code in range(5):
        assert shapes[code] != shapes[code + 5]


def test_a_page_shows_each_cell_and_what_is_missing() -> None:
    data = cells()
    text = render_cells(data)
    page = Page(text)
    n_placed = len(data.labels) - 2
    maps = re.findall(r'<svg class="map".*?</svg>', text, re.DOTALL)
    assert len(maps) == 3
    assert [part.count("h0") for part in maps[1:]] == [n_placed, n_placed]
    marks = re.findall(r'<path class="cell k\d" d="([^"]*)"', maps[0])
    assert sum(path.count("z") for path in marks) == n_placed
    words = " ".join(page.words)
    assert "2 of 400 cells have no place on the map." in words
    assert "3 of 400 cells have no value in the column cell_type." in words
    assert "4 of 400 cells have no score for first: too few genes (4)." in words
    assert "the reason is not recorded" in words
    small = sorted(n for n in (*NAMES, "no label") if 0 < (data.labels == n).sum() < FEW)
    assert all(name in words.partition("fewer than 10 cells")[2] for name in small)
    assert words.count(RESEARCH_USE) == 2
    assert "No call is made on a cell." in words


def test_tables_and_downloads_hold_the_same_numbers() -> None:
    data = cells()
    text = render_cells(data)
    rows = Page(text).rows("sortable spread")
    links = re.findall(r'href="data:text/csv;charset=utf-8,([^"]*)"', text)
    assert len(links) == 2
    names = [*NAMES[:3], *(["stem"] if (data.labels == "stem").any() else []), ""]
    names.sort(key=lambda name: (name == "", -int((data.labels == name).sum()), name))
    for number, score in enumerate(data.scores):
        table = list(csv.reader(io.StringIO(unquote(links[number]).replace("&amp;", "&"))))
        assert table[0][:3] == ["type", "n", "without_score"]
        for name, row, line in zip(names, rows[number * len(names) :], table[1:], strict=False):
            values = score.values[data.labels == name]
            known = values[~np.isnan(values)]
            numbers = np.quantile(known, (0, 0.25, 0.5, 0.75, 1))
            assert row == [
                name or "no label", str(values.size), str(values.size - known.size),
                *(written(v, "score") for v in numbers),
            ]  # fmt: skip
            assert line[0] == row[0]
            assert [float(v) for v in line[3:]] == pytest.approx(numbers)


def test_hostile_names_stay_text() -> None:
    labels = np.asarray([HOSTILE[i % len(HOSTILE)] for i in range(200)], dtype=object)
    for n in (200, MAX_DOTS + 200):
        data = cells(n)
        many = np.resize(labels, n)
        text = render_cells(
            cells(n, labels=many, file=HOSTILE[0], group=HOSTILE[1], scores=data.scores,
                  facts={HOSTILE[0]: HOSTILE[1]}, map_how=HOSTILE[0])
        )  # fmt: skip
        page = Page(text)
        assert [tag for tag, _ in page.tags].count("script") == 2
        assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
        assert not any(tag == "img" for tag, _ in page.tags)
        assert any(HOSTILE[0] in word for word in page.words)
    assert "'=1+1" in unquote(text)
    for tag, attributes in page.tags:
        for name in ("src", "href"):
            address = attributes.get(name) or ""
            assert not address.startswith(("http:", "//")), tag


def test_equal_cells_give_equal_bytes_whatever_their_number() -> None:
    for n in (300, MAX_DOTS + 1):
        assert render_cells(cells(n)) == render_cells(cells(n))


def test_a_page_stays_small() -> None:
    """The worst case: cells all over the map, and as many types as a page takes."""
    draw = np.random.default_rng(5)
    n = 60_000
    labels = np.asarray([f"type number {i}" for i in range(100)], dtype=object)[
        draw.integers(0, 100, n)
    ]
    scores = tuple(CellScore(f"list_{i}", draw.random(n)) for i in range(3))
    text = render_cells(cells(n, labels=labels, places=draw.random((n, 2)), scores=scores))
    assert len(text.encode()) < 1_000_000
    drawn = re.findall(r"<title>[^<]*\bcells?\b", text)
    assert len(drawn) <= MAX_BINS + len(scores) + 1
    told = [int(one.replace(",", "")) for one in re.findall(r"of ([\d,]+) cells: type", text)]
    assert sum(told) == n


def test_without_a_map_the_page_says_so() -> None:
    text = render_cells(cells(places=None, map_how="The file holds none, and why."))
    assert "There is no map. The file holds none, and why." in " ".join(Page(text).words)
    assert 'class="map"' not in text


def test_quality_and_cells_left_out_before() -> None:
    quality = {"qc_n_genes": np.arange(400.0), "qc_percent_mito": np.full(400, np.nan)}
    facts = {"cells_removed": 7, "cells_min_genes": "200", "cells_failing_min_genes": 5}
    page = Page(render_cells(cells(quality=quality, facts=facts)))
    rows = page.rows("quality")
    assert rows[0][:3] == ["Genes detected", "400", "0"]
    assert rows[1][2:] == ["400", *["–"] * 5]
    words = " ".join(" ".join(page.words).split())
    assert "left out in all 7" in words
    assert "beyond min_genes 200 5" in words
