"""The shipped probe maps."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from atrasig.errors import GeneIdError
from atrasig.genes.probes import choose_chip, load_chips

Records = Callable[..., list[dict[str, str]]]


def test_shipped_maps_are_what_the_script_makes_of_its_sources(
    shared: Path, repository: Path, script: Callable[[str], ModuleType]
) -> None:
    chip = shared / "data/parity/gseapy/Human_AFFY_HG_U95_MSigDB_7_0_final.chip.gz"
    made = script("build_probe_maps").build(shared / "data/ids", chip)
    shipped = gzip.decompress((repository / "atrasig/data/probes.tsv.gz").read_bytes()).decode()
    assert made == shipped


def test_chips_are_those_of_the_documentation() -> None:
    sizes = {chip.name: len(chip.symbols) for chip in load_chips()}
    assert list(sizes) == ["HG-U133 Plus 2", "HumanHT-12 v4", "HG-U95Av2"]
    assert min(sizes.values()) > 11_000
    assert not any(name.startswith("AFFX") for chip in load_chips() for name in chip.symbols)


def test_every_probe_of_u133a_is_on_plus_2_with_its_symbols(records: Records) -> None:
    plus2 = load_chips()[0].symbols
    rows = [r for r in records("GPL96_HGU133A_probe2symbol.tsv.gz") if r["ID"][:5] != "AFFX-"]
    assert len(rows) > 21_000
    assert all(set(plus2[r["ID"]]) == set(r["Gene Symbol"].split(" /// ")) for r in rows)


def test_a_chip_needs_half_of_the_probes() -> None:
    assert choose_chip([]) is None
    assert choose_chip(["AFFX-BioB-5_at"]) is None
    assert choose_chip(["201746_at", "999999_at", "999998_at"]) is None
    chosen = choose_chip(["201746_at", "999999_at"])
    assert chosen is not None
    assert chosen.name == "HG-U133 Plus 2"


@pytest.mark.parametrize("content", [b"", gzip.compress(b"a\tb\n", mtime=0), b"\x1f\x8b\x08"])
def test_damaged_maps_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    path = tmp_path / "probes.tsv.gz"
    path.write_bytes(content)
    monkeypatch.setattr("atrasig.genes.probes.data_path", lambda name: path)
    with pytest.raises(GeneIdError, match="probe maps"):
        load_chips.__wrapped__()
