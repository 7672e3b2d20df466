"""The index shows its rows, all of them, and cannot be broken by what users type."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from atrasig.errors import InputError
from atrasig.report import (
    IndexRow,
    Overview,
    build_provenance,
    contrast_tables,
    index_row,
    read_manifest,
    render_index,
    write_index,
    write_manifest,
    write_sample,
)
from atrasig.report.index import ordered
from atrasig.report.index_data import index_data, json_block
from atrasig.report.index_view import PAGE_ROWS, STATIC_ROWS, check_counts
from atrasig.report.numbers import written
from tests.report.test_report_pages import HOSTILE, Page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from atrasig.report import SampleRecord
    from tests.report.conftest import Cohort

    Records = dict[str, SampleRecord]

BLOCK = re.compile(r'<script type="application/json" id="rows">(.*?)</script>', re.DOTALL)
LIMIT = 5_000_000


@pytest.fixture(scope="module")
def rows(records: Records) -> list[IndexRow]:
    return [index_row(record) for record in records.values()]


@pytest.fixture(scope="module")
def render(cohort: Cohort) -> Callable[[Sequence[IndexRow]], str]:
    provenance = build_provenance(cohort.provenance, [cohort.expr], cohort.tables["calls"])
    contrasts = contrast_tables(cohort.tables["contrasts"])
    return lambda rows: render_index(Overview.of(rows), provenance, contrasts)


@pytest.fixture(scope="module")
def text(rows: list[IndexRow], render: Callable[[Sequence[IndexRow]], str]) -> str:
    return render(rows)


@pytest.fixture(scope="module")
def hostile(cohort_of: Callable[[Sequence[str]], Cohort]) -> list[IndexRow]:
    bad = "</script><!--<script>\u2028\0 1.50 and 007, 2"
    return [
        index_row(record).model_copy(
            update={
                "disease": record.id,
                "groups": {"group": record.id},
                "failed": (bad, record.id),
                "n_fail": 2,
                "sensitivity_reason": bad,
                "response_reason": f"{record.id} 3.0",
            }
        )
        for record in cohort_of(HOSTILE).records()
    ]


def block_of(text: str) -> dict[str, Any]:
    """Data that the script of a page reads."""
    found = BLOCK.findall(text)
    assert len(found) == 1
    data: dict[str, Any] = json.loads(found[0])
    return data


def unpacked(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of packed data, field by field, as the script puts them together."""

    def reason(template: int, *numerals: str) -> str:
        pieces = data["templates"][template]
        pairs = zip(pieces, [*numerals, ""], strict=True)
        return "".join(piece + numeral for piece, numeral in pairs)

    texts = data["texts"]
    return [
        {
            **{name: values[i] for name, values in data["plain"].items()},
            **{name: texts[places[i]] for name, places in data["repeated"].items()},
            **{name: reason(*parts[i]) for name, parts in data["reasons"].items()},
            **{
                name: tuple(texts[place] for place in places[i])
                for name, places in data["checks"].items()
            },
            "groups": {
                name: texts[places[i]]
                for name, places in data["groups"].items()
                if places[i] is not None
            },
            "scores": {name: values[i] for name, values in data["scores"].items()},
        }
        for i in range(len(data["plain"]["sample"]))
    ]


def many(rows: Sequence[IndexRow], n: int) -> list[IndexRow]:
    """Rows like these with names, scores and reasons of their own."""
    rng = np.random.default_rng(5)
    reason = (
        "no APL programme; no validated model for other AML (its absence says nothing about "
        "RARA-high, NPM1 or IDH AML): ross_aml_with_pml_rara_fusion {:.3f} (threshold 0.150, lower "
        "bound {:.3f} not above 0.086); valk_aml_cluster_12 {:.3f} (threshold 0.128)"
    )

    def one(number: int) -> IndexRow:
        values = [round(float(value), 10) for value in rng.normal(0.1, 0.1, 18)]
        update: dict[str, Any] = {
            "sample": f"TCGA-AB-{number:04d}-03A-01T-0735-13",
            "page": f"samples/TCGA-AB-{number:04d}-03A-01T-0735-13.html",
            "scores": dict(
                zip(
                    (f"a_signature_of_the_library_{i}" for i in range(12)), values[:12], strict=True
                )
            ),
            "groups": {"group": f"arm {number % 4}", "timepoint": "baseline"},
            "warned": ("sequencing depth", "genes detected"),
        }
        for question in ("sensitivity", "response"):
            for name, end in zip(("score", "low", "high"), range(12, 15), strict=True):
                update[f"{question}_{name}"] = values[end + 3 * (question == "response")]
            update[f"{question}_reason"] = reason.format(*values[:3])
        return rows[number % len(rows)].model_copy(update=update)

    return [one(number) for number in range(n)]


def test_rows_stand_failed_first_then_by_call_score_and_name(rows: list[IndexRow]) -> None:
    found = ordered([*rows, rows[0].model_copy(update={"sample": "AAA"})])
    assert [row.sample for row in found][:4] == ["POOR-05", "AAA", "APL-01", "AML-03"]
    words = ["sensitive", "intermediate", "no call", "resistant"]
    for one, other in itertools.pairwise(found):
        keys = [
            (not row.n_fail, words.index(row.sensitivity), -(row.sensitivity_score or -9))
            for row in (one, other)
        ]
        assert keys[0] <= keys[1]


def test_static_rows_equal_the_records(text: str, records: Records) -> None:
    found = Page(text).rows("index")
    assert len(found) == len(records)
    for row in found:
        record = records[row[0].split()[0]]
        assert row[7:9] == [record.metadata["disease"], record.metadata["timepoint"]]
        for cells, call in (
            (row[1:3], record.calls.sensitivity),
            (row[3:5], record.calls.response),
        ):
            shown = [call.score] if call.score is None else [call.score, call.low, call.high]
            assert cells[0] == call.call.capitalize()
            assert re.findall(r"[−\d.]+|–", cells[1]) == [written(v, "score") for v in shown]
            assert call.reason in row[9]
        assert row[5:7] == [str(record.flag_counts.failed), str(record.flag_counts.warned)]
        for flag in record.flags:
            assert (flag.flag in row[9]) == (flag.level != "pass")


def test_the_block_holds_every_field_of_every_row(
    rows: list[IndexRow], hostile: list[IndexRow]
) -> None:
    both = [*rows, *hostile]
    signatures = list(rows[0].scores)
    found = unpacked(json.loads(json_block(index_data(both, signatures, []))))
    assert found == [row.model_dump() for row in both]


def test_no_text_ends_the_block_or_becomes_markup(
    hostile: list[IndexRow], render: Callable[[Sequence[IndexRow]], str]
) -> None:
    text = render(hostile)
    inner = BLOCK.findall(text)[0]
    assert "<" not in inner
    assert [row["sample"] for row in unpacked(json.loads(inner))] == [
        row.sample for row in ordered(hostile)
    ]
    page = Page(text)
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)
    assert not [tag for tag, _ in page.tags if tag in ("img", "iframe", "object", "link")]
    assert [attrs.get("type") for tag, attrs in page.tags if tag == "script"] == [
        None, "application/json", None,
    ]  # fmt: skip
    for name in HOSTILE:
        assert name in page.words


def test_calls_and_checks_are_counted(text: str, rows: list[IndexRow]) -> None:
    page = Page(text)
    tallies = text.partition('<section id="calls">')[2].partition("</section>")[0]
    counts = [value for value, _ in Page(f"{tallies}</section>".join(("<section>", ""))).data]
    words = ("sensitive", "intermediate", "no call", "resistant")
    said = Counter(row.sensitivity for row in rows)
    assert counts[:5] == [len(rows), *(said[word] for word in words)]
    assert sum(counts[5:]) == len(rows)
    assert page.rows("check-counts") == [
        ["signature coverage", "1", "0"], ["library size", "0", "1"]
    ]  # fmt: skip
    assert [tuple(check) for check in check_counts(Overview.of(rows).briefs)] == [
        ("signature_coverage", 1, 0), ("library_size", 0, 1)
    ]  # fmt: skip


def test_filters_offer_what_the_rows_hold(text: str) -> None:
    page = Page(text)
    values = [attrs.get("value") for tag, attrs in page.tags if tag == "option"]
    assert {"fail:signature_coverage", "warn:library_size", "gastric cancer"} <= set(values)
    assert {"timepoint=baseline", "timepoint=exposed", "not responding", "resistant"} <= set(values)
    ids = {attrs.get("id") for tag, attrs in page.tags if tag in ("input", "select")}
    labelled = {attrs.get("for") for tag, attrs in page.tags if tag == "label"}
    assert ids == labelled
    hidden = {attrs.get("id") for _, attrs in page.tags if "hidden" in attrs}
    assert hidden == {"controls", "shown", "pager"}


def test_heat_map_holds_every_score(text: str, rows: list[IndexRow]) -> None:
    shown = {row[0]: row[1:] for row in Page(text).rows("heat")}
    for row in rows:
        scores = [row.sensitivity_score, row.response_score, *row.scores.values()]
        assert shown[row.sample] == [written(score, "score") for score in scores]
    missing = text.count('<td class="gap">')
    known = sum(score is None for row in rows for score in row.scores.values())
    assert missing == known + sum(row.sensitivity_score is None for row in rows) + sum(
        row.response_score is None for row in rows
    )


def test_large_index_is_small_and_whole(
    rows: list[IndexRow], render: Callable[[Sequence[IndexRow]], str]
) -> None:
    large = many(rows, 5000)
    text = render(large)
    assert len(text.encode()) < LIMIT
    assert len(Page(text).rows("index")) == STATIC_ROWS
    data = block_of(text)
    assert unpacked(data) == [row.model_dump() for row in ordered(large)]
    assert data["page_rows"] == PAGE_ROWS
    assert {len(column) for column in data["levels"]} == {5000}
    assert "The first" in text
    assert ">5,000</data> samples in this order" in text


def test_index_is_the_same_whatever_the_order(
    rows: list[IndexRow], text: str, render: Callable[[Sequence[IndexRow]], str]
) -> None:
    assert render(rows[::-1]) == text


def test_an_index_without_samples_or_scores_says_so(
    rows: list[IndexRow], render: Callable[[Sequence[IndexRow]], str]
) -> None:
    assert "No sample has a score." in render([])
    bare = {
        name: None for name in IndexRow.model_fields if name.endswith(("_score", "_low", "_high"))
    }
    text = render([rows[0].model_copy(update={**bare, "scores": {}, "groups": {}})])
    assert "No sample has both scores." in text
    assert "No check failed or warned" in text
    assert "filter-group" not in text.partition("<script>")[0]


def test_index_links_reach_the_pages(
    cohort_of: Callable[[Sequence[str]], Cohort], tmp_path: Path
) -> None:
    hostile = cohort_of(HOSTILE)
    records = hostile.records()
    for record in records:
        write_sample(record, tmp_path)
    provenance = build_provenance(hostile.provenance, [hostile.expr], hostile.tables["calls"])
    rows = [index_row(record) for record in records]
    page = Page(write_index(Overview.of(rows), provenance, [], tmp_path).read_text("utf-8"))
    links = [attrs["href"] or "" for tag, attrs in page.tags if tag == "a"]
    pages = [link for link in links if link.startswith("samples/")]
    assert len(pages) == len(HOSTILE)
    assert all((tmp_path / link).is_file() for link in pages)
    assert {"calls.tsv", "scores.tsv", "atrasig.xlsx"} <= set(links)


def test_manifest_gives_the_rows_back(
    hostile: list[IndexRow], rows: list[IndexRow], tmp_path: Path
) -> None:
    given = [row.model_copy(update={"sensitivity_reason": "a reason"}) for row in [*hostile, *rows]]
    write_manifest(given, tmp_path / "pages.tsv")
    back = read_manifest(tmp_path / "pages.tsv")
    for found, row in zip(back, given, strict=True):
        for name, value in row.model_dump(exclude={"scores"}).items():
            expected = pytest.approx(value, rel=1e-9) if isinstance(value, float) else value
            assert getattr(found, name) == expected
        assert list(found.scores) == list(row.scores)
        for name, score in row.scores.items():
            assert found.scores[name] == (score and pytest.approx(score, rel=1e-9))


def test_an_empty_block_has_a_manifest_too(tmp_path: Path) -> None:
    write_manifest([], tmp_path / "pages.tsv")
    assert read_manifest(tmp_path / "pages.tsv") == []


def test_a_manifest_of_other_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pages.tsv"
    path.write_text("sample\tpage\nA\tsamples/A.html\n", encoding="utf-8")
    with pytest.raises(InputError, match="not those of a page manifest"):
        read_manifest(path)
