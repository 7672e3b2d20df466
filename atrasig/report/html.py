"""Records to pages: one self-contained HTML file each, nothing fetched, nothing computed."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markupsafe import Markup, escape

from atrasig.failures import Failure
from atrasig.report.assets import digest, scripts, style_sheet
from atrasig.report.facts import fact_lines
from atrasig.report.figures import percentile_bar
from atrasig.report.index_overview import Overview
from atrasig.report.index_view import index_view
from atrasig.report.numbers import number
from atrasig.report.pairs import NO_PAIRS, PairView
from atrasig.report.record import Contrast, Provenance, SampleRecord
from atrasig.report.room import MAX_BYTES, ROOMS
from atrasig.report.view import TONES, sample_view

if TYPE_CHECKING:
    from jinja2 import Environment, Template

_DOI = re.compile(r"doi:(10\.\d{4,}/[^\s,;\[\]]*[^\s,;.\[\]])")
RESEARCH_USE = "Research use only. Not for diagnosis or treatment decisions."


def render_sample(record: SampleRecord) -> str:
    """HTML page of one sample.

    Parameters
    ----------
    record
        The record; equal records give equal bytes.

    Returns
    -------
    str
        A whole page with inline style and figures, readable offline and without scripts. Where it
        would be too large to mail, it shows less of its long lists and says so.
    """
    for room in ROOMS:
        page = render_page("sample.html.j2", "print.js sort.js hover.js", sample_view(record, room))
        if len(page.encode()) <= MAX_BYTES:
            break
    return page


def render_index(
    overview: Overview,
    provenance: Provenance,
    contrasts: Sequence[Contrast],
    pairs: PairView = NO_PAIRS,
    failed: Sequence[tuple[str, Failure]] = (),
) -> str:
    """HTML index of a cohort.

    Parameters
    ----------
    overview
        The samples that have a result.
    provenance
        Provenance of the whole run.
    contrasts
        Enrichment of the contrasts of groups; may be empty.
    pairs
        Pairs of the run and their tests; may be empty.
    failed
        Name of the matrix and failure of each sample without result.

    Returns
    -------
    str
        A whole page; links to the sample pages are relative.
    """
    view = index_view(overview, contrasts, failed) | {"pairs": pairs, "provenance": provenance}
    return render_page("index.html.j2", "print.js index.js", view, style="style.css index.css")


def render_page(
    template: str, script: str, view: dict[str, Any], *, style: str = "style.css"
) -> str:
    """Fill a template, with its style and scripts inside and a policy that admits no other.

    Parameters
    ----------
    template, script
        File names among the templates; several scripts with blanks between.
    view
        What the template shows; text is escaped.
    style
        Style sheets, that of all pages first.
    """
    sheet, theme, code = style_sheet(style), scripts("theme.js"), scripts(script)
    policy = (
        f"default-src 'none'; style-src '{digest(sheet)}'; "
        f"script-src '{digest(theme)}' '{digest(code)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    page = _template(template).render(
        **view,
        style=sheet,
        theme=theme,
        script=code,
        policy=policy,
        research_use=RESEARCH_USE,
        tones=TONES,
    )
    return page if page.endswith("\n") else page + "\n"


@cache
def _template(name: str) -> Template:
    return _environment().get_template(name)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("atrasig.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=number,
        place=percentile_bar,
        plain=_plain,
        file_name=_file_name,
        lines=fact_lines,
        sentence=_sentence,
        linked=_linked,
    )
    return environment


def _file_name(path: str) -> str:
    """Keep the last part of a matrix's path; the whole stands in the provenance."""
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def _sentence(text: str) -> str:
    """Write a reason as a sentence."""
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _linked(text: str) -> Markup:
    """Escape a citation and make a link of each DOI in it."""
    return Markup(
        _DOI.sub(
            lambda found: (
                f'<a href="https://doi.org/{quote(unescape(found[1]), safe="/()")}">'
                f"doi:{found[1]}</a>"
            ),
            str(escape(text)),
        )
    )


def _plain(value: Any) -> str:
    """Write a parameter or threshold: nothing for None, a text as it is, else one line of JSON."""
    if value is None:
        return ""
    return (
        value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    )
