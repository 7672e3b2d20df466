"""Every number of a page is one of its record, and the numbers of the shown parts are all there.

Three kinds of numbers stand on a page, and each has its check:

- ``<data value="exact">rounded</data>``: the value is in the record, the text is its rounding.
- titles of marks and words of strips (`data-say`): roundings of numbers of the record.
- numbers in sentences: words of the record or of the templates, or a length of a list.

Not checked are the numbers of axes (they are round numbers between the ends, chosen by the figure),
places of marks in a figure (their titles are), style, scripts and the downloads (`test_downloads`).
Of the record's shown parts these numbers are not in ``<data>``: matched and all genes of scores
(plain text; `test_report_pages` reads the table cell by cell), their `coverage`, `es` of contrasts
(NES stands there), `share` and `n_fitting` of hypotheses (they stand in the summary), running sums
and the other scores of a cohort (they are drawn), and what follows the first rows of lists that the
page says are cut.
"""

from __future__ import annotations

import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import atrasig.report
from atrasig.report import render_sample
from atrasig.report.numbers import written
from atrasig.report.pairs import Pair
from atrasig.report.parameters import command
from atrasig.report.parts import TOP_DRIVERS
from atrasig.report.room import MAX_BYTES, ROOMS
from atrasig.report.view import PAGE_CONTRAST_ROWS
from tests.report.test_report_pages import HOSTILE, Page, numbers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from atrasig.report import SampleRecord
    from tests.report.conftest import Cohort

    Records = dict[str, SampleRecord]

KINDS = ("score", "part", "z", "p", "share", "percentile", "level", "count")
NUMBER = re.compile(r"[+−-]?\d[\d.,]*(?:e[+−-]?\d+)?%?")
AXES = ("axis", "ends")
VOID = {"meta", "br"}


class Words(HTMLParser):
    """Texts of a page outside of style, scripts and axes; ``<data>``; words of marks and strips."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, str]] = []
        self.told: list[str] = []
        self.data: list[tuple[str, float, str]] = []
        self.section = ""
        self._value = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "section":
            self.section = found["id"]
        self.told += [found[name] for name in ("data-say", "data-before") if name in found]
        self._value = found.get("value", "")
        if tag not in VOID:
            self.open.append((tag, found.get("class", "")))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        tag = self.open[-1][0] if self.open else ""
        if tag == "data":
            self.data.append((self.section, float(self._value), data))
        elif tag not in ("style", "script") and self.section != "downloads":
            self.told += [] if any(name in AXES for _, name in self.open) else [data]


@cache
def _template_numbers() -> set[str]:
    folder = Path(atrasig.report.__file__).parent
    names = ("sample.html.j2", "macros.html.j2", "base.html.j2")
    sources = [*(folder / "templates" / name for name in names), folder / "prose.py"]
    texts = "".join(path.read_text(encoding="utf-8") for path in sources)
    return set(NUMBER.findall(texts))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, str):
        yield value


def _lengths(value: Any) -> Iterator[int]:
    """Lengths of all lists, and of what a page shows of those that it cuts."""
    if isinstance(value, dict):
        for item in value.values():
            yield from _lengths(item)
    elif isinstance(value, list):
        yield len(value)
        for item in value:
            yield from _lengths(item)


def _explained(record: SampleRecord) -> set[str]:
    """Texts of numbers that may stand in a sentence of the page of a record."""
    content = json.loads(record.model_dump_json())
    known = numbers_of(content)
    texts = {written(abs(value), kind).lstrip("+") for value in known for kind in KINDS}
    texts |= {f"{value:,.0f}" for value in known} | {f"{value:.3g}" for value in known}
    words = " ".join([*_strings(content), command(record.provenance)])
    listed = {str(length) for length in _lengths(content)}
    # Lists that are counted by what they have in common: combinations of one status, lists of
    # signatures that have no card of their own, rows of enrichment that are shown.
    counted = {str(n) for n in range(len(record.signatures) + 1)}
    return texts | set(NUMBER.findall(words)) | listed | counted | _template_numbers()


def _bare(token: str) -> str:
    return token.strip(".,").lstrip("+−-")


def _shown(record: SampleRecord) -> Iterator[tuple[str, Iterable[float | None]]]:
    """Numbers of the record that must stand in ``<data>``, by the section they belong to."""
    for call in (record.calls.sensitivity, record.calls.response):
        given = call.score is not None
        yield "calls", [
            call.score, call.low, call.high, call.percentile, call.probability,
            *([call.threshold_low, call.threshold_high] if given else []),
            *([call.control_score, call.control_low, call.control_high] if call.control else []),
            *([call.n_matched, call.n_genes, call.coverage] if call.n_genes else []),
        ]  # fmt: skip
    for place in record.standing:
        if place.cohort_percentile is not None:
            yield "place", [
                place.percentile, place.n_below, place.n_cohort, place.cohort_percentile
            ]  # fmt: skip
    for call in record.models:
        if not call.primary:
            yield "models", [call.score, call.low, call.high]
    for score in record.scores:
        if not score.signature.startswith(("test_stem", "test_alpha", "test_gamma", "test_sib")):
            yield "scores", [score.score, score.z, score.p, score.q]
        else:
            yield "scores", [score.z]
    for part in record.drivers:
        if part.n_matched:
            top = part.genes[:TOP_DRIVERS]
            yield "genes", [part.total, *([part.n_others, part.others] if part.n_others else [])]
            yield "genes", [number for gene in top for number in (gene.contribution, gene.rank)]
            yield "genes", [n for entry in part.sets for n in (entry.n_matched, entry.contribution)]
        yield "genes", [part.n_missing or None]
    for marker in record.markers:
        yield "markers", [marker.value, marker.percentile]
    for pair in record.pairs:
        yield "pairs", [
            pair.delta, pair.low, pair.high, pair.control_delta, pair.control_low,
            pair.control_high, pair.n_matched, pair.n_genes,
        ]  # fmt: skip
    for row in record.enrichment.sample:
        if not row.signature.startswith(("test_stem", "test_alpha", "test_gamma", "test_sib")):
            yield "enrichment", [row.es, row.z, row.p, row.q, row.n_matched, row.n_genes]
    for contrast in record.enrichment.contrasts:
        for row in contrast.rows[:PAGE_CONTRAST_ROWS]:
            yield "enrichment", [
                row.nes, row.p, row.q, row.n_matched, row.n_genes, row.n_leading_edge
            ]  # fmt: skip
    found = record.hypotheses
    if found.n_tested:
        yield "hypotheses", [found.n_tested, found.expected_false, found.n_supported]
    for entry in found.entries:
        for marker in entry.markers:
            if entry.status == "supported":
                yield "hypotheses", [
                    marker.value, marker.percentile, marker.n_beyond, marker.n_reference, marker.p
                ]  # fmt: skip
            elif not marker.reason:
                yield "hypotheses", [marker.percentile, marker.n_reference, marker.p]


@pytest.fixture(scope="module")
def pages(records: Records) -> dict[str, tuple[SampleRecord, Words]]:
    return {name: (record, Words(render_sample(record))) for name, record in records.items()}


def test_every_marked_number_is_one_of_the_record(
    pages: dict[str, tuple[SampleRecord, Words]],
) -> None:
    for record, page in pages.values():
        known = numbers_of(json.loads(record.model_dump_json()))
        assert [(value, text) for _, value, text in page.data if value not in known] == []
        for _, value, text in page.data:
            assert text in {written(value, kind) for kind in KINDS}


def test_the_numbers_of_the_shown_parts_are_on_the_page(
    pages: dict[str, tuple[SampleRecord, Words]],
) -> None:
    sections = set()
    for record, page in pages.values():
        for section, numbers in _shown(record):
            there = {value for name, value, _ in page.data if name == section}
            wanted = {float(number) for number in numbers if number is not None}
            assert wanted <= there, section
            sections.add(section)
    assert sections >= {"calls", "place", "models", "scores", "genes", "markers", "enrichment",
                        "hypotheses"}  # fmt: skip


def test_every_other_number_is_a_word_of_the_record_or_the_template(
    pages: dict[str, tuple[SampleRecord, Words]],
) -> None:
    for record, page in pages.values():
        explained = {_bare(token) for token in _explained(record)}
        tokens = {_bare(token) for told in page.told for token in NUMBER.findall(told)}
        assert sorted(tokens - explained) == []


def test_pairs_are_all_there(records: Records) -> None:
    pair = Pair(
        patient="P1", model="test_core_model", baseline="A", exposed="B", delta=0.125, low=0.0625,
        high=0.1875, interval_kind="made up", n_genes=10, n_matched=9, control="test_alpha",
        control_delta=0.03125, control_low=-0.25, control_high=0.375, specificity="told",
        reason="told",
    )  # fmt: skip
    record = records["APL-01"].model_copy(update={"pairs": (pair,)})
    page = Words(render_sample(record))
    there = [value for section, value, _ in page.data if section == "pairs"]
    assert there == [0.125, 0.0625, 0.1875, 0.03125, -0.25, 0.375, 9, 10]
    assert "test_core_model: 0.125 (0.062 to 0.188), 0.125" in page.told


def test_strips_tell_rank_and_score_of_each_tick(
    pages: dict[str, tuple[SampleRecord, Words]],
) -> None:
    record, page = pages["APL-01"]
    part = next(part for part in record.drivers if part.model == "test_apl_model")
    told = "\n".join(page.told)
    for gene in part.genes:
        assert gene.rank is not None
        assert f"{gene.gene}: {written(gene.rank, 'score')}" in told
    for place in record.standing:
        assert {written(score, "score") for score in place.cohort} <= set(told.split("\n"))


def test_contributions_of_the_page_sum_to_the_score(records: Records) -> None:
    for record in records.values():
        scores = {call.model: call.score for call in record.models}
        section = render_sample(record).partition('<section id="genes">')[2]
        blocks = section.partition("</section>")[0].split("<h3>")[1:]
        for block, part in zip(blocks, record.drivers, strict=True):
            table = block.partition("</table>")[0]
            values = [float(v) for v in re.findall(r'<td><data value="([^"]+)">[+−]', table)]
            if part.n_matched:
                *parts, total = values
                assert sum(parts) == pytest.approx(total, abs=1e-9)
                assert total == pytest.approx(scores[part.model], abs=1e-9)


def test_names_that_would_break_a_page_are_shown(
    cohort_of: Callable[[Sequence[str]], Cohort],
) -> None:
    names = [name for name in HOSTILE if len(name) < 100]
    cohort = cohort_of(names)
    bad = {name: f"{HOSTILE[0]} {name}" for name in names}
    drivers = cohort.tables["drivers"].assign(
        gene=lambda frame: frame["gene"] + frame["sample"].map(bad)
    )
    for record in cohort.records(drivers=drivers):
        page = Page(render_sample(record))
        assert [tag for tag, _ in page.tags].count("script") == 2
        assert {tag for tag, _ in page.tags}.isdisjoint({"img", "iframe", "object", "form", "base"})
        part = record.drivers[0]
        text = " ".join(" ".join(page.words).split())
        assert " ".join(part.genes[0].gene.split()) in text


def test_the_command_names_what_differs(cohort: Cohort) -> None:
    def made(**parameters: Any) -> str:
        provenance = {**cohort.provenance, "parameters": parameters}
        return command(cohort.records(["APL-01"], provenance=provenance)[0].provenance)

    assert made(seed=1) == "atrasig run counts.tsv.gz --out results"
    assert made(samples="a b.tsv", score={"methods": ["ssgsea", "ulm"]}, seed=3) == (
        "atrasig run counts.tsv.gz --sheet 'a b.tsv' --method ssgsea --method ulm --seed 3 "
        "--out results"
    )
    assert made(enrich={"min_size": 9}).startswith("snakemake --cores 1 --configfile")
    assert made() == ""


def test_a_page_that_would_be_too_large_shows_less_and_says_so(cohort: Cohort) -> None:
    record = cohort.records(["APL-01"])[0]
    first = record.scores[0]
    scores = tuple(
        first.model_copy(update={"signature": f"one_of_many_lists_{i:03}", "method": method})
        for i in range(60)
        for method in ("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l")
    )
    page = render_sample(record.model_copy(update={"scores": scores}))
    assert len(page.encode()) <= MAX_BYTES
    assert f"The first {ROOMS[1].signatures} of 60 signatures" in page
