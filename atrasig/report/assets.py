"""Style sheets and scripts of the pages: read once, made small, and named by their hashes."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources

_PALETTE = re.compile(r"\A:root \{.*?\n\}\n", re.DOTALL)
_BOTH = re.compile(r"light-dark\((#\w+), #\w+\)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_AROUND = re.compile(r"\s*([{};,])\s*")


@cache
def style_sheet(names: str) -> str:
    """Put style sheets together and take out what browsers do not need.

    Parameters
    ----------
    names
        File names among the templates, with blanks between. The first holds the colours in the
        block that it begins with; browsers that do not know ``light-dark()`` get the light ones.

    Returns
    -------
    str
        The style of a page.
    """
    text = "".join(map(asset, names.split()))
    colours = _PALETTE.match(text)
    if colours is None:
        return _small(text)
    light = _BOTH.sub(r"\1", colours[0])
    return _small(f"{text}@supports not (color: light-dark(#000, #fff)) {{ {light} }}")


def _small(text: str) -> str:
    return _AROUND.sub(r"\1", _COMMENT.sub("", text)).replace(": ", ":").replace(";}", "}").strip()


@cache
def scripts(names: str) -> str:
    """Put scripts together, without the blanks that lines begin with.

    Parameters
    ----------
    names
        File names among the templates, with blanks between.
    """
    return re.sub(r"\n\s+", "\n", "".join(map(asset, names.split())))


@cache
def asset(name: str) -> str:
    """Text of a file among the templates."""
    return (resources.files("atrasig.report") / "templates" / name).read_text(encoding="utf-8")


@cache
def digest(text: str) -> str:
    """Hash of an inline style or script, as a content security policy names it."""
    found = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(found).decode('ascii')}"
