"""Sample sheets, configurations and signature files that are broken or dangerous."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from atrasig.config import load_config
from atrasig.errors import AtrasigError, ConfigError, SheetError, SignatureError
from atrasig.sheet import read_sheet
from atrasig.signatures import load_signatures
from tests.hostile.making import Case, honest, text_file, tsv

_BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
_OBJECT = "id: !!python/object/apply:os.system ['touch owned']\n"


def _sheet(text: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / "m.tsv").write_text(tsv(honest()))
        return text_file(text, "samples.tsv")(folder)

    return make


def _case(
    name: str, make: Any, use: Callable[[Path], Any], error: type[AtrasigError], says: str
) -> Case:
    return Case(name, make, use, error, says)


def _signatures(path: Path) -> Any:
    return load_signatures([path])


def _gmt(text: str) -> Callable[[Path], Path]:
    return text_file(text, "sets.gmt")


def _yaml(text: str) -> Callable[[Path], Path]:
    return text_file(text, "signature.yaml")


_MOUSE = "".join(f"SET{i}\tmouse\tRara\tPml\tCd38\tItgam\tTrp53\n" for i in range(2))

CASES: list[Case] = [
    _case(
        "sheet without columns",
        _sheet("id\tfile\ns1\tm.tsv\n"),
        read_sheet,
        SheetError,
        "(?s)matrix.*sample",
    ),
    _case(
        "sheet with a sample twice",
        _sheet("sample\tmatrix\ns1\tm.tsv\ns1\tm.tsv\n"),
        read_sheet,
        SheetError,
        "s1",
    ),
    _case(
        "sheet with a matrix that is not there",
        _sheet("sample\tmatrix\ns1\tnone.tsv\n"),
        read_sheet,
        SheetError,
        "does not exist",
    ),
    _case(
        "sheet with a word that is no timepoint",
        _sheet("sample\tmatrix\ttimepoint\ns1\tm.tsv\tlater\n"),
        read_sheet,
        SheetError,
        "later",
    ),
    _case(
        "sheet with an unknown disease",
        _sheet("sample\tmatrix\tdisease\ns1\tm.tsv\tbogus disease\n"),
        read_sheet,
        SheetError,
        "bogus",
    ),
    _case(
        "sheet with an empty sample",
        _sheet("sample\tmatrix\n\tm.tsv\n"),
        read_sheet,
        SheetError,
        "empty",
    ),
    _case("sheet that is empty", _sheet(""), read_sheet, SheetError, "empty|no "),
    _case(
        "sheet in latin-1",
        lambda folder: text_file("sample\tmatrix\né\tm.tsv\n".encode("latin-1"), "s.tsv")(folder),
        read_sheet,
        SheetError,
        "UTF-8",
    ),
    _case(
        "sheet with NUL bytes", _sheet("sample\tmatrix\ns\0\tm.tsv\n"), read_sheet, SheetError, ""
    ),
    _case(
        "configuration bomb",
        text_file(_BOMB, "config.yaml"),
        load_config,
        ConfigError,
        "alias|anchor|large|unknown|not a key|Extra",
    ),
    _case(
        "configuration that runs code",
        text_file(_OBJECT, "config.yaml"),
        load_config,
        ConfigError,
        "",
    ),
    _case(
        "configuration with an unknown key",
        text_file("samplez: x.tsv\n", "config.yaml"),
        load_config,
        ConfigError,
        "samplez",
    ),
    _case(
        "configuration that is a list",
        text_file("- a\n- b\n", "config.yaml"),
        load_config,
        ConfigError,
        "",
    ),
    _case("signature bomb", _yaml(_BOMB), _signatures, SignatureError, ""),
    _case("signature that runs code", _yaml(_OBJECT), _signatures, SignatureError, ""),
    _case(
        "signature without genes",
        _yaml("id: x\nversion: 1.0.0\n"),
        _signatures,
        SignatureError,
        "genes",
    ),
    _case(
        "GMT with blanks for tabs",
        _gmt("SET1 desc RARA PML CD38\n"),
        _signatures,
        SignatureError,
        "TAB",
    ),
    _case("GMT that is empty", _gmt(""), _signatures, SignatureError, "no gene sets"),
    _case(
        "GMT with a set twice",
        _gmt("A\tx\tRARA\nA\tx\tPML\n"),
        _signatures,
        SignatureError,
        "already used",
    ),
    _case("GMT with a set of nothing", _gmt("A\tx\n"), _signatures, SignatureError, ""),
    _case(
        "GMT in UTF-16",
        lambda folder: text_file("A\tx\tRARA\n".encode("utf-16"), "s.gmt")(folder),
        _signatures,
        SignatureError,
        "UTF-8|text",
    ),
    _case("GMT with the genes of a mouse", _gmt(_MOUSE), _signatures, SignatureError, "mouse"),
]
