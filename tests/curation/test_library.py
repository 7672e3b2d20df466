"""The user's library: import, list, show, remove, and what a broken file of it does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from atrasig.errors import SignatureError
from atrasig.signatures import load_library, load_signatures, load_with_shipped, read_signature
from atrasig.signatures.library import library_folder
from atrasig.workflow_helpers import RunPlan

Cli = Callable[..., Result]
Save = Callable[..., Path]
ROWS = [["gene", "direction"], ["RARB", "up"], ["GPR56", "down"]]


def test_folder_of_the_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ATRASIG_SIGNATURES", "here")
    assert library_folder() == Path("here")
    monkeypatch.delenv("ATRASIG_SIGNATURES")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert library_folder() == tmp_path / "atrasig" / "signatures"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert library_folder() == tmp_path / ".local" / "share" / "atrasig" / "signatures"


def test_an_import_is_read_by_every_run(cli: Cli, library: Path, save: Save) -> None:
    before = load_with_shipped().hash
    words = ["--id", "mine", "--title", "Of mine", "--kind", "response", "--doi", "10.1000/x"]
    done = cli("import", save(ROWS), *words, "--licence", "CC0")
    assert done.exit_code == 0, done.output
    assert "mine: 1 up, 1 down" in done.output
    assert "row 3, GPR56 is ADGRG1" in done.output
    made = load_with_shipped()["mine"]
    assert (made.up, made.down) == (("RARB",), ("ADGRG1",))
    assert (made.title, made.kind, made.licence) == ("Of mine", "response", "CC0")
    assert (made.source.citation, made.source.doi) == ("doi:10.1000/x", "10.1000/x")
    assert load_with_shipped().hash != before
    assert "mine" not in load_signatures()
    assert read_signature(library / "mine.yaml").sha256 == made.sha256
    listing = cli("list", "--kind", "response").output
    assert any(line.startswith("mine* ") for line in listing.splitlines())
    assert "ADGRG1  (printed GPR56)" in cli("show", "mine").output
    assert cli("check").exit_code == 0
    assert cli("remove", "mine").exit_code == 0
    assert load_with_shipped().hash == before
    assert "holds no signature mine" in cli("remove", "mine").output


def test_an_import_to_a_file_leaves_the_library_alone(
    cli: Cli, library: Path, save: Save, tmp_path: Path
) -> None:
    out = tmp_path / "out.yaml"
    assert cli("import", save(ROWS), "--id", "mine", "--out", out).exit_code == 0
    assert load_signatures(out).ids == ("mine",)
    assert not library.exists()


def test_ids_that_are_taken(cli: Cli, save: Save) -> None:
    path = save(ROWS)
    assert cli("import", path, "--id", "mine").exit_code == 0
    assert cli("import", path, "--id", "mine").exit_code == 0  # the same list again
    told_otherwise = cli("import", path, "--id", "mine", "--title", "Another title")
    assert told_otherwise.exit_code == 2
    assert "--replace" in told_otherwise.output
    other = save([["gene", "direction"], ["RXRA", "up"]], "other.tsv")
    refused = cli("import", other, "--id", "mine")
    assert refused.exit_code == 2
    assert "holds another signature mine" in refused.output
    assert cli("import", other, "--id", "mine", "--replace").exit_code == 0
    assert load_library()["mine"].symbols == ("RXRA",)
    assert "id of a shipped signature" in cli("import", path, "--id", "rarcc").output
    assert "name of a slot" in cli("import", path, "--id", "bolis2017-atra21").output
    assert "Give it one: --id" in cli("import", path).output


def test_several_sets_are_imported_whole_or_not_at_all(cli: Cli, save: Save) -> None:
    done = cli("import", save("A b\t\tRARB\n../x\t\tRXRA\n", "s.gmt"))
    assert done.exit_code == 0, done.output
    assert load_library().ids == ("../x", "A b")
    faulty = cli("import", save("C\t\tRARB\nD\t\tQQQ\tZZZ\n", "t.gmt"))
    assert faulty.exit_code == 2
    assert "C" not in load_library()


def test_a_broken_file_is_named_with_how_to_remove_it(cli: Cli, library: Path, save: Save) -> None:
    assert cli("import", save(ROWS), "--id", "mine").exit_code == 0
    (library / "bad.yaml").write_text("id: bad\n", encoding="utf-8")
    (library / ".hidden.yaml").write_text("nonsense", encoding="utf-8")
    with pytest.raises(SignatureError) as caught:
        load_with_shipped()
    for part in (str(library / "bad.yaml"), "genes: missing", "atrasig signatures remove bad"):
        assert part in str(caught.value)
    listing = cli("list")
    assert listing.exit_code == 1
    assert "mine* " in listing.output
    assert "remove bad" in listing.output
    checked = cli("check")
    assert checked.exit_code == 1
    assert f"{library / 'bad.yaml'}:1: genes: missing" in checked.output
    assert cli("remove", "bad").exit_code == 0
    assert cli("list").exit_code == 0


def test_a_file_under_a_taken_id_is_named(cli: Cli, library: Path, save: Save) -> None:
    assert cli("import", save(ROWS), "--id", "mine").exit_code == 0
    text = (library / "mine.yaml").read_text(encoding="utf-8")
    (library / "other.yaml").write_text(text.replace("id: mine", "id: rarcc"), encoding="utf-8")
    with pytest.raises(SignatureError, match="rarcc is the id of another one"):
        load_with_shipped()


def test_rules_run_again_after_an_import(cli: Cli, save: Save, repository: Path) -> None:
    def data_hash() -> str:
        samples = repository / "config" / "demo" / "samples.tsv"
        return RunPlan.from_config({"samples": str(samples)}).data_hash

    before = data_hash()
    assert cli("import", save(ROWS), "--id", "mine").exit_code == 0
    after = data_hash()
    assert after != before
    assert cli("remove", "mine").exit_code == 0
    assert data_hash() == before
