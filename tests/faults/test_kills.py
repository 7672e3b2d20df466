"""A stage killed at any file it writes, cut short in its input, starved, or run twice at once.

Whatever happens, a file is whole or not there, and another start ends with the same bytes.
"""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.faults.conftest import EVERYTHING, RULES, Place, Tell, some
from tests.faults.nursery import Nursery

_OF_MANY = {"report": 5, "collect": 7}
"""File at which a rule that writes many is killed; the others at their last."""


def _temporary(place: Place) -> list[str]:
    return [file for file in place.contents() if ".atrasig-" in file]


def test_every_rule_is_here(undisturbed: Place, repository: Path) -> None:
    text = "".join(
        path.read_text(encoding="utf-8") for path in (repository / "workflow/rules").glob("*.smk")
    )
    ours = {rule.name for rule in undisturbed.rules()}
    assert ours == set(RULES)
    assert {line[5:-1] for line in text.split("\n") if line[:5] == "rule "} == ours | {"failures"}


@pytest.mark.parametrize("name", RULES)
def test_killed_in_the_last_moment_and_started_again(
    nursery: Nursery, undisturbed: Place, place: Place, tell: Tell, name: str
) -> None:
    tell("kill -9", name, "before a file is renamed to its place")
    written = place.written(name)
    rule = place.without(name).rule(name)
    at = _OF_MANY.get(name, len(written))
    killed = nursery.run(rule.arguments, kill_at=at)
    assert killed.code == -signal.SIGKILL, killed.output
    whole = undisturbed.contents()
    left = place.contents()
    (temporary,) = _temporary(place)
    assert {f: c for f, c in left.items() if f != temporary}.items() <= whole.items()
    assert len(whole) - len(left) + 1 == len(written) - (at - 1)
    again = nursery.run(rule.arguments)
    assert again.code == 0, again.output
    assert place.contents() == whole


@pytest.mark.parametrize(
    ("name", "file"),
    [(rule.name, file) for rule in Place(Path(), Path()).rules() for file in rule.inputs],
)
def test_an_intermediate_cut_to_half_is_told(
    nursery: Nursery, undisturbed: Place, place: Place, tell: Tell, name: str, file: str
) -> None:
    """Nothing is written from it, so what the rule has written before stays as it is."""
    tell("truncated input", name, file)
    rule, path = place.rule(name), place.folder / "work" / file
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    before = place.contents()
    done = nursery.run(rule.arguments)
    assert done.code == 2, done.output
    assert done.output.startswith("atrasig: error: ")
    assert file in done.output
    assert "Traceback" not in done.output
    assert place.contents() == before
    if EVERYTHING:
        again = nursery.run(place.writer(file).arguments, place.without(name).rule(name).arguments)
        assert again.code == 0, again.output
        assert place.contents() == undisturbed.contents()


@pytest.mark.parametrize("name", some("report"))
def test_out_of_memory_and_started_with_more(
    nursery: Nursery, undisturbed: Place, place: Place, tell: Tell, name: str
) -> None:
    tell("out of memory, then enough", name, "once loaded")
    rule, last = place.rule(name), place.folder / place.written(name)[-1]
    place.without(name)
    starved = nursery.run(rule.arguments, starve=True)
    assert starved.code != 0
    assert not last.exists()
    again = nursery.run(rule.arguments)
    assert again.code == 0, again.output
    assert place.contents() == undisturbed.contents()


@pytest.mark.parametrize("name", some("harmonise", "report"))
def test_two_at_once_in_one_folder(
    nursery: Nursery, undisturbed: Place, place: Place, tell: Tell, name: str
) -> None:
    tell("two at once", name, "from the start")
    arguments = place.without(name).rule(name).arguments
    both = nursery.run_together(arguments, arguments)
    assert [one.code for one in both] == [0, 0], both
    assert place.contents() == undisturbed.contents()
