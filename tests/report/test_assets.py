"""Style and scripts of a page: named in its policy, colours written once, light where need be."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING

import pytest

from atrasig.report import render_sample
from atrasig.report.assets import scripts, style_sheet

if TYPE_CHECKING:
    from atrasig.report import SampleRecord


def test_the_policy_names_what_stands_in_the_page_and_no_other(
    records: dict[str, SampleRecord],
) -> None:
    page = render_sample(records["APL-01"])
    inline = re.findall(r"<(?:style|script)>(.*?)</(?:style|script)>", page, re.DOTALL)
    found = {
        f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
        for text in inline
    }
    assert len(found) == 3
    assert set(re.findall(r"sha256-[A-Za-z0-9+/=]+", page.partition("<title>")[0])) == found
    assert " style=" not in page


def test_browsers_without_both_colours_get_the_light_ones() -> None:
    style = style_sheet("style.css")
    palette = style.partition("}")[0]
    _, _, fallback = style.partition("@supports not (color:light-dark(#000,#fff)){")
    wanted = dict(re.findall(r"(--[\w-]+):light-dark\((#\w+),#\w+\)", palette))
    assert len(wanted) > 15
    assert dict(re.findall(r"(--[\w-]+):(#\w+)", fallback)) == wanted
    assert style.count("{") == style.count("}")


@pytest.mark.parametrize("name", ["theme.js", "print.js", "sort.js", "hover.js"])
def test_scripts_write_no_markup_and_ask_no_network(name: str) -> None:
    text = scripts(name)
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                 "fetch(", "XMLHttpRequest", "import(", "http"):  # fmt: skip
        assert word not in text
