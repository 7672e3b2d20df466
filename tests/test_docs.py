"""The user's guide: it names what there is, and nothing that there is not."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import click
import pytest

from atrasig.cli import main
from atrasig.config import RunConfig
from atrasig.curation.slots import load_slots
from atrasig.harmonisation.scale import SCALES
from atrasig.io import FORMATS, ReadOptions, compression, frame
from atrasig.io.counts import star
from atrasig.prediction.artefact import SampleFloors
from atrasig.scoring.method import EXPRESSION, RELATIVE
from scripts.docs_links import ELSEWHERE, GENERATED, split_fences

PAGES = ("README.md", "config/README.md", "docs", "signatures/README.md")
_LINK = re.compile(r"\[[^\]]+\]\(([^)#]+)(?:#[^)]*)?\)")
_FACT = re.compile(r"\[((?:`[a-z0-9_]+`(?:, |\.\.\., )?|\.\.\., )+)\]")


def pages(repository: Path) -> list[Path]:
    found = [repository / name for name in PAGES]
    return [p for f in found for p in (written(f) if f.is_dir() else [f])]


def written(folder: Path) -> list[Path]:
    """Pages in a folder, without those that the guide is built from."""
    return sorted(p for p in folder.rglob("*.md") if "_build" not in p.parts)


def page(repository: Path, name: str) -> str:
    return (repository / "docs" / name).read_text(encoding="utf-8")


def command_lines(text: str) -> Iterator[str]:
    """Lines that a reader would type: indented, or in a block of bash."""
    for line, fenced in split_fences(text):
        typed = line.strip().removeprefix(".venv/bin/")
        if (fenced or line.startswith("    ")) and typed.startswith("atrasig "):
            yield typed.partition("  #")[0]


def options_of(command: click.Command) -> set[str]:
    return {name for option in command.params for name in option.opts if name.startswith("--")}


def find_command(words: list[str]) -> click.Command:
    command: click.Command = main
    for word in words:
        if not isinstance(command, click.Group):
            break
        assert word in command.commands, f"there is no command {word!r}"
        command = command.commands[word]
    return command


def test_every_format_stands_in_the_page_and_no_other(repository: Path) -> None:
    text = page(repository, "formats.md")
    rows = re.findall(r"^\| ((?:`[a-z0-9-]+`(?:, )?)+) \|", text, re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`([a-z0-9-]+)`", row)]
    listed = [name for name in named if not name.startswith("--")]
    assert sorted(listed) == sorted(FORMATS)


def test_every_option_of_ingest_stands_in_the_page(repository: Path) -> None:
    text = page(repository, "formats.md")
    assert [o for o in sorted(options_of(main.commands["ingest"])) if f"`{o}`" not in text] == []


def test_every_key_of_the_reading_options_stands_in_the_page(repository: Path) -> None:
    text = page(repository, "formats.md")
    section = RunConfig.model_fields["ingest"].annotation
    assert section is not None
    keys = list(section.model_fields)
    assert [key for key in keys if f"`ingest: {key}`" not in text] == []
    assert set(keys) - {"format"} == set(ReadOptions.__dataclass_fields__) - {"samples"}


def test_the_facts_that_the_pages_name_are_recorded(repository: Path) -> None:
    source = "\n".join(p.read_text() for p in (repository / "atrasig").rglob("*.py"))
    named = {
        fact
        for name in ("formats.md", "single_cell.md")
        for group in _FACT.findall(page(repository, name).replace("\n", " "))
        for fact in re.findall(r"`([a-z0-9_]+)`", group)
    }
    assert len(named) > 30
    words = set(re.findall(r"\w+", source))

    def is_recorded(fact: str) -> bool:
        cuts = [place for place, sign in enumerate(fact, start=1) if sign == "_"]
        made = any(f'"{fact[:cut]}{{' in source and fact[cut:] in words for cut in cuts)
        return fact in words or made

    assert [fact for fact in sorted(named) if not is_recorded(fact)] == []


def test_the_limits_that_the_pages_state_are_those_of_the_code(repository: Path) -> None:
    formats, cells = page(repository, "formats.md"), page(repository, "single_cell.md")
    assert f"{compression.SAFE_BYTES >> 20} MiB" in formats
    assert f"{compression.MAX_RATIO} times" in formats
    assert f"{star.STRANDED:.0%}".replace("%", " %") in formats
    assert f"{star.UNSTRANDED:.0%}".replace("%", " %") in formats
    assert f"fewer than {frame.MIN_GENES:.0%}".replace("%", " %") in formats
    floors = SampleFloors()
    assert floors.library_size == 1e6
    assert "a million reads" in cells
    assert f"{floors.coding_measured:,} measured protein-coding genes" in cells


def test_every_scale_and_platform_class_is_explained(repository: Path) -> None:
    text = page(repository, "scales.md")
    wanted = {*SCALES} - {"auto"} | EXPRESSION | set(RELATIVE)
    assert [name for name in sorted(wanted) if f"`{name}`" not in text] == []


def test_every_slot_is_named_with_its_number_of_genes(repository: Path) -> None:
    text = page(repository, "signatures.md")
    for name, slot in load_slots().items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{name}`"))
        assert row.endswith(f"| {slot.n_genes} |")


def test_commands_in_the_pages_are_those_of_the_program(repository: Path) -> None:
    lines = [line for file in pages(repository) for line in command_lines(file.read_text())]
    assert len(lines) > 15
    for line in lines:
        words = shlex.split(line)[1:]
        command = find_command(words)
        given = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert given <= options_of(command) | {"--help"}, line


def test_commands_in_the_text_are_there(repository: Path) -> None:
    for file in pages(repository):
        for words in re.findall(r"`atrasig ([a-z -]+)", file.read_text(encoding="utf-8")):
            find_command(words.split())


@pytest.mark.parametrize("name", [*PAGES, "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(repository: Path, name: str) -> None:
    path = repository / name
    for file in written(path) if path.is_dir() else [path]:
        for target in _LINK.findall(file.read_text(encoding="utf-8")):
            if "://" not in target and target not in GENERATED:
                assert (file.parent / target).exists(), f"{file}: {target}"


def test_the_table_of_contents_leads_to_every_page_of_the_guide(repository: Path) -> None:
    lines = page(repository, "index.md").splitlines()
    contents = [re.sub(r"^.+ <(\S+)>$", r"\1", line) for line in lines]
    guide = [str(p.relative_to(repository / "docs")) for p in written(repository / "docs")]
    guide += [*ELSEWHERE.values(), *GENERATED]
    scripts = (repository / "docs" / "tutorials").glob("*.py")
    guide += [f"tutorials/{script.stem}.md" for script in scripts]
    named = [name.removesuffix(".md") for name in guide if name != "index.md"]
    assert [name for name in named if sum(fnmatch(name, line) for line in contents) != 1] == []


def test_the_front_page_leads_to_the_table_of_contents(repository: Path) -> None:
    assert "](docs/index.md)" in (repository / "README.md").read_text(encoding="utf-8")
