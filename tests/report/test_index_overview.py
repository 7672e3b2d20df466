"""The index of a cohort too large to list: all are counted, some are listed, and that is told."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from atrasig.errors import UsageError
from atrasig.failures import Failure
from atrasig.report import (
    IndexRow,
    Overview,
    build_provenance,
    contrast_tables,
    index_row,
    index_rows,
    render_index,
)
from atrasig.report.index import is_flagged, ordered, page_of
from atrasig.report.index_view import FAILED_ROWS, index_view
from atrasig.report.pairs import Pair, PairTest, PairView
from tests.report.test_index import block_of, many
from tests.report.test_report_pages import HOSTILE, Page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from atrasig.report import SampleRecord
    from tests.report.conftest import Cohort

    Records = dict[str, SampleRecord]
    Render = Callable[..., str]

LISTED = 7
"""Things a page counts or draws: of all samples, whether listed or not."""
OF_ALL = (
    "n_rows", "tallies", "checks", "n_failing", "n_warning", "score_methods", "distributions",
    "unscored", "scatters", "n_both", "n_neither", "n_not_drawn",
)  # fmt: skip


@pytest.fixture(scope="module")
def rows(records: Records) -> list[IndexRow]:
    return many([index_row(record) for record in records.values()], 40)


@pytest.fixture(scope="module")
def render(cohort: Cohort) -> Render:
    provenance = build_provenance(cohort.provenance, [cohort.expr], cohort.tables["calls"])
    contrasts = contrast_tables(cohort.tables["contrasts"])
    return lambda overview, *more: render_index(overview, provenance, contrasts, *more)


def said(page: Page) -> str:
    """Text of a page, its white space as a reader sees it."""
    return " ".join("".join(page.words).split())


@pytest.mark.parametrize("at_most", [1, LISTED, 20, 39, 40, 100])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_first_in_order_are_listed_whatever_order_they_come_in(
    rows: list[IndexRow], at_most: int, seed: int
) -> None:
    shuffled = [rows[place] for place in np.random.default_rng(seed).permutation(len(rows))]
    overview = Overview.of(iter(shuffled), at_most)
    assert list(overview.rows) == ordered(rows)[:at_most]
    assert [brief.sample for brief in overview.briefs] == [row.sample for row in ordered(rows)]
    for brief, row in zip(overview.briefs, ordered(rows), strict=True):
        for name, value in brief._asdict().items():
            assert value == (bool(row.page) if name == "has_page" else getattr(row, name))


def test_counts_and_figures_are_of_all_samples(rows: list[IndexRow]) -> None:
    whole, part = index_view(Overview.of(rows), []), index_view(Overview.of(rows, LISTED), [])
    for name in OF_ALL:
        assert part[name] == whole[name], name
    assert [column.levels for column in part["heat"]] == [
        column.levels[:LISTED] for column in whole["heat"]
    ]
    assert part["heat_cells"] == whole["heat_cells"][:LISTED]
    data = json.loads(str(part["data"]).replace("\\u003c", "<"))
    assert len(data["plain"]["sample"]) == LISTED
    assert data["n_rows"] == len(rows)


def test_a_page_says_how_many_it_lists(rows: list[IndexRow], render: Render) -> None:
    page = Page(render(Overview.of(rows, LISTED)))
    assert f"{LISTED} of {len(rows)} samples are listed" in said(page)
    assert len(page.rows("index")) == LISTED
    assert "are listed" not in said(Page(render(Overview.of(rows))))


def test_samples_without_a_page_have_no_link(rows: list[IndexRow], render: Render) -> None:
    bare = [row.model_copy(update={"page": ""}) if n % 2 else row for n, row in enumerate(rows)]
    overview = Overview.of(bare)
    text = render(overview)
    page = Page(text)
    links = [attrs["href"] or "" for tag, attrs in page.tags if tag == "a"]
    assert {link for link in links if link.startswith("samples/")} == {
        row.page for row in bare if row.page
    }
    assert "" not in links
    assert len(page.rows("index")) == len(bare)
    assert f"{overview.n_without_page} of {len(bare)} samples have no page" in said(page)
    assert "every sample has its page" not in text
    assert "have no page" not in said(Page(render(Overview.of(rows))))


def _failures(names: Sequence[str]) -> list[tuple[str, Failure]]:
    return [(name, Failure(name, "ingest", f"{name} is bad", name)) for name in names]


def test_samples_without_result_come_first_with_reason_and_link(
    rows: list[IndexRow], render: Render
) -> None:
    failed = _failures([*HOSTILE, "plain"])
    text = render(Overview.of(rows), PairView(), failed)
    page = Page(text)
    sections = re.findall(r'<section id="(\w+)">', text)
    assert sections[0] == "failed"
    assert text.index('href="#failed"') < text.index('href="#checks"')
    assert f"{len(failed)} of {len(rows) + len(failed)} samples were set aside" in said(page)
    assert len(page.rows("without")) == len(failed)
    for _, failure in failed:
        assert page_of(failure.sample) in [attrs.get("href") for _, attrs in page.tags]
        assert failure.sample in page.words, failure.sample
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)
    assert not [tag for tag, _ in page.tags if tag in ("img", "iframe", "object", "link")]
    assert len([tag for tag, _ in page.tags if tag == "script"]) == 3
    assert block_of(text)["n_rows"] == len(rows)
    assert '"failed"' not in render(Overview.of(rows)).partition('id="rows"')[0]


def test_many_samples_without_result_are_counted(rows: list[IndexRow], render: Render) -> None:
    failed = _failures([f"F{number:04d}" for number in range(FAILED_ROWS + 3)])
    page = Page(render(Overview.of(rows), PairView(), failed))
    assert len(page.rows("without")) == FAILED_ROWS
    assert f"The first {FAILED_ROWS} are listed; all are in failures.tsv" in said(page)


def test_pairs_that_are_not_listed_are_counted(rows: list[IndexRow], render: Render) -> None:
    words = dict.fromkeys(Pair.model_fields, None) | {"patient": "P1", "model": "core"}
    pair = Pair.model_validate(words)
    test = PairTest.model_validate(dict.fromkeys(PairTest.model_fields, None) | {"model": "core"})
    page = Page(render(Overview.of(rows), PairView((pair,), (test,), 1_500, 1)))
    assert "The first 1 of 1,500 pairs; all are in pairs.tsv" in said(page)
    assert "pair_tests.tsv" not in said(page)


def _light(cohort: Cohort, samples: Sequence[str], **changed: Any) -> list[IndexRow]:
    tables = {name: cohort.tables[name] for name in ("scores", "calls", "flags")} | changed
    kinds = {signature.id: signature.kind for signature in cohort.signatures}
    return list(index_rows(cohort.expr, **tables, kinds=kinds, samples=samples))


def test_rows_without_a_record_are_those_of_the_record(
    cohort: Cohort, cohort_of: Callable[[Sequence[str]], Cohort]
) -> None:
    for one in (cohort, cohort_of(HOSTILE)):
        names = [str(name) for name in one.expr.obs_names]
        expected = [index_row(record) for record in one.records()]
        assert all(row.page == page_of(row.sample) for row in expected)
        assert _light(one, names) == [row.model_copy(update={"page": ""}) for row in expected]
        assert _light(one, names[1::-1]) == [
            expected[place].model_copy(update={"page": ""}) for place in (1, 0)
        ]


def test_a_sample_with_two_answers_to_a_question_is_refused(cohort: Cohort) -> None:
    calls = cohort.tables["calls"]
    with pytest.raises(UsageError, match="2 primary calls"):
        _light(cohort, ["APL-01"], calls=pd.concat([calls, calls[calls["primary"]]]))


def test_flagged_are_those_with_a_call_or_a_failed_check(rows: list[IndexRow]) -> None:
    silent: dict[str, Any] = {"n_fail": 0, "n_warn": 3, "groups": {"timepoint": "baseline"}}
    silent |= {"sensitivity": "no call", "response": "no call"}
    exposed: dict[str, Any] = {"groups": {"timepoint": "exposed"}}
    for update in ({}, {"response": "not responding"}, exposed, {"groups": {}}):
        assert not is_flagged(rows[0].model_copy(update=silent | update)), update
    for update in (
        {"n_fail": 1},
        *({"sensitivity": word} for word in ("sensitive", "intermediate", "resistant")),
        *({"response": word} for word in ("responding", "partial")),
        exposed | {"response": "not responding"},
    ):
        assert is_flagged(rows[0].model_copy(update=silent | update)), update
