"""A stage killed at any file it writes, cut short in its input, or run twice at once.

Whatever happens, a file is whole or not there, and another start ends with the same bytes.
"""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.faults.conftest import Place
from tests.faults.nursery import Nursery

RULES = (
    "ingest", "harmonise", "score", "predict", "calls", "pairs", "enrich", "contrasts",
    "hypotheses", "report", "collect",
)  # fmt: skip
_OF_MANY = {"report": 5, "collect": 7}
"""File at which a rule that writes many is killed; the others at their last."""


def _written(place: Place, name: str) -> list[str]:
    """Files that a rule writes, below the results folder."""
    if name == "report":
        return [*(f for f in place.contents() if f.startswith("samples/")), "work/pages.tsv"]
    if name == "collect":
        return [file for file in place.contents() if "/" not in file]
    return [f"work/{file}" for file in place.rule(name).outputs]


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
    nursery: Nursery, undisturbed: Place, place: Place, name: str
) -> None:
    written = _written(place, name)
    for file in written:
        (place.folder / file).unlink()
    rule = place.rule(name)
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
    nursery: Nursery, place: Place, name: str, file: str
) -> None:
    """Nothing is written from it, so what the rule has written before stays as it is."""
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


@pytest.mark.parametrize("name", ["predict", "report"])
def test_out_of_memory_and_started_with_more(
    nursery: Nursery, undisturbed: Place, place: Place, name: str
) -> None:
    written = _written(place, name)
    for file in written:
        (place.folder / file).unlink()
    rule = place.rule(name)
    starved = nursery.run(rule.arguments, starve=True)
    assert starved.code != 0
    assert not (place.folder / written[-1]).exists()
    assert nursery.run(rule.arguments).code == 0
    assert place.contents() == undisturbed.contents()


def test_two_at_once_in_one_folder(nursery: Nursery, undisturbed: Place, place: Place) -> None:
    for name in ("harmonise", "contrasts", "report"):
        arguments = place.rule(name).arguments
        both = nursery.run_together(arguments, arguments)
        assert [one.code for one in both] == [0, 0], both
    assert place.contents() == undisturbed.contents()
