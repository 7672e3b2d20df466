"""The tree in the module docstring is the tree of classes; messages say what, where, how."""

from __future__ import annotations

import re
from importlib import import_module
from pkgutil import walk_packages

import pytest

import atrasig
from atrasig import errors
from atrasig.errors import AtrasigError, ConfigError, Fault, FaultsError, InputError, SheetError

LINE = re.compile(r"^    (?P<rail>[│ ]*)(?:[├└]── )?(?P<name>[A-Z]\w+)(?: {2,}(?P<text>.+))?$")


def documented() -> dict[str, tuple[str, str]]:
    """Class to its parent and description, as the docstring draws them."""
    tree: dict[str, tuple[str, str]] = {}
    ancestors: list[str] = []
    for line in str(errors.__doc__).split("::", 1)[1].splitlines():
        if match := LINE.match(line):
            depth = 0 if "── " not in line else 1 + len(match["rail"]) // 4
            ancestors[depth:] = [match["name"]]
            parent = ancestors[depth - 1] if depth else "Exception"
            tree[match["name"]] = (parent, match["text"] or "")
    return tree


def defined() -> dict[str, type[AtrasigError]]:
    for module in walk_packages(atrasig.__path__, "atrasig."):
        import_module(module.name)
    found: dict[str, type[AtrasigError]] = {}
    waiting: list[type[AtrasigError]] = [AtrasigError]
    while waiting:
        kind = waiting.pop()
        found[kind.__name__] = kind
        waiting += kind.__subclasses__()
    return {name: kind for name, kind in found.items() if kind.__module__.startswith("atrasig")}


def test_the_docstring_is_the_tree() -> None:
    drawn = {name: parent for name, (parent, _) in documented().items()}
    assert len(drawn) > 10
    assert drawn == {name: kind.__bases__[0].__name__ for name, kind in defined().items()}


def test_descriptions_are_those_of_the_classes() -> None:
    kinds = defined()
    for name, (_, text) in documented().items():
        if kinds[name].__module__ == "atrasig.errors" and text:
            said = str(kinds[name].__doc__).splitlines()[0].rstrip(".").lower()
            assert said.startswith(text.split(",")[0].lower()), name


def test_a_message_says_what_where_and_how() -> None:
    error = AtrasigError("The value is wrong", where="m.tsv, row 3", fix="Correct it.")
    assert str(error) == "The value is wrong (m.tsv, row 3). Correct it."
    assert (error.what, error.where, error.fix) == (
        "The value is wrong",
        "m.tsv, row 3",
        "Correct it.",
    )
    assert str(AtrasigError("The value is wrong")) == "The value is wrong."


@pytest.mark.parametrize("kind", [FaultsError, SheetError, ConfigError])
def test_faults_are_reported_together_in_order(kind: type[FaultsError]) -> None:
    faults = [Fault(12, "b", "late"), Fault(2, "z", "early"), Fault(0, "a", "anywhere")]
    error = kind("The sheet has faults", faults, where="s.tsv")
    assert isinstance(error, InputError)
    assert error.faults == (faults[2], faults[1], faults[0])
    assert str(error).splitlines() == [
        "The sheet has faults (s.tsv). All faults found:",
        "  - a: anywhere",
        "  - row 2, z: early",
        "  - row 12, b: late",
    ]
