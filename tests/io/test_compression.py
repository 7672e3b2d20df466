"""Packed files: what is opened, what is refused."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atrasig.errors import FormatError
from atrasig.io import compression
from atrasig.io.compression import is_packed, open_bytes, open_text, text_encoding

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
}


def zipped(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/"), data)
    return path


def content(path: Path) -> bytes:
    with open_bytes(path) as stream:
        return stream.read()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(), packing=st.sampled_from([*PACKERS, "zip"]))
def test_bytes_come_out_as_they_went_in(tmp_path: Path, data: bytes, packing: str) -> None:
    path = tmp_path / "m"
    if packing == "zip":
        zipped(path, m=data)
    else:
        path.write_bytes(PACKERS[packing](data))
    if packing != "plain" or not is_packed(data[:8]):
        assert content(path) == data


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz", "zip"])
def test_damage_is_named_wherever_it_is(tmp_path: Path, packing: str) -> None:
    data = bytes(range(256)) * 400
    path = tmp_path / "m"
    whole = zipped(path, m=data).read_bytes() if packing == "zip" else PACKERS[packing](data)
    for damaged in (whole[: len(whole) // 2], whole[:-9], whole[:40] + b"\0" * 40 + whole[80:]):
        path.write_bytes(damaged)
        with pytest.raises(FormatError, match="packed file is damaged"):
            content(path)


def test_two_members_of_gzip_are_one_file(tmp_path: Path) -> None:
    path = tmp_path / "m.gz"
    path.write_bytes(gzip.compress(b"a\n") + gzip.compress(b"b\n"))
    assert content(path) == b"a\nb\n"


def test_archives_of_several_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"holds 2 files: 'a', 'b'.*Unpack it"):
        content(zipped(tmp_path / "two.zip", a=b"1", b=b"2"))
    with pytest.raises(FormatError, match="holds 0 files: none"):
        content(zipped(tmp_path / "none.zip"))


def test_what_a_mac_puts_beside_the_file_does_not_count(tmp_path: Path) -> None:
    made = zipped(tmp_path / "m.zip", m=b"1", __MACOSX___m=b"x", x__DS_Store=b"y")
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("folder/", "")
        archive.writestr("folder/m.tsv", b"1")
        archive.writestr("__MACOSX/folder/._m.tsv", b"x")
        archive.writestr("folder/.DS_Store", b"y")
    assert content(made) == b"1"


def test_a_password_is_told(tmp_path: Path) -> None:
    data = bytearray(zipped(tmp_path / "m.zip", m=b"1").read_bytes())
    data[6] |= 1  # the flag of an encrypted member, here and in the directory
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "m.zip").write_bytes(data)
    with pytest.raises(FormatError, match="damaged or encrypted"):
        content(tmp_path / "m.zip")


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz"])
def test_a_bomb_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packing: str) -> None:
    monkeypatch.setattr(compression, "SAFE_BYTES", 1 << 16)
    path = tmp_path / "m"
    path.write_bytes(PACKERS[packing](b"\0" * (8 << 20)))
    with pytest.raises(FormatError, match="unpacks to more than 300"):
        content(path)


def test_errors_of_the_one_who_reads_pass_through(tmp_path: Path) -> None:
    path = zipped(tmp_path / "m.zip", m=b"1")
    for error in (RuntimeError("mine"), OSError("mine"), EOFError("mine")):
        with pytest.raises(type(error), match="mine"), open_bytes(path):
            raise error


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("pack", PACKERS.values())
def test_text(tmp_path: Path, encoding: str, pack: Callable[[bytes], bytes]) -> None:
    text = "gène\ts1\r\nRARA\t1\n"
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    path = tmp_path / "m"
    path.write_bytes(pack(mark + text.encode(encoding)))
    with open_text(path) as handle:
        assert handle.read() == text
    assert text_encoding(path) == ("utf-16" if "16" in encoding else "utf-8-sig")


def test_text_of_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "m"
    path.write_bytes("gène".encode("latin-1"))
    with (
        pytest.raises(FormatError, match="not UTF-8: byte 0xe8 after 'g'"),
        open_text(path) as text,
    ):
        text.read()
    path.write_bytes("gène".encode("utf-16")[:-1])
    with pytest.raises(FormatError, match="not UTF-16"), open_text(path) as text:
        text.read()
