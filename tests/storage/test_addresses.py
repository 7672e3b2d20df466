"""Addresses of matrices in a sheet, and the rule that nothing is fetched without being asked."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from atrasig.errors import InputError, SheetError
from atrasig.pipeline.pages import pages_folder, unpack_pages
from atrasig.pipeline.stages import ingest
from atrasig.sheet import is_remote, matrix_id, parse_remote, read_sheet
from atrasig.workflow_helpers import RunPlan

DIGEST = "0123456789abcdef" * 4
WEB = f"https://example.org/a/counts.tsv.gz#sha256={DIGEST}"


def _sheet(folder: Path, *matrices: str) -> Path:
    rows = [f"s{number}\t{matrix}" for number, matrix in enumerate(matrices)]
    path = folder / "s.tsv"
    path.write_text("\n".join(["sample\tmatrix", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "provider", "address", "digest"),
    [
        (WEB, "http", "https://example.org/a/counts.tsv.gz", DIGEST),
        (f"http://h:1/x.tsv#sha256={DIGEST}", "http", "http://h:1/x.tsv", DIGEST),
        ("s3://lab/in/x.h5ad", "s3", "s3://lab/in/x.h5ad", ""),
        (f"s3://lab/x.h5ad#sha256={DIGEST}", "s3", "s3://lab/x.h5ad", DIGEST),
    ],
)
def test_addresses(name: str, provider: str, address: str, digest: str) -> None:
    assert is_remote(name)
    found = parse_remote(name)
    assert (found.provider, found.address, found.sha256) == (provider, address, digest)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("https://example.org/x.tsv", "checksum"),
        ("https://example.org/x.tsv#sha256=12", "checksum"),
        ("s3://lab/x.tsv#md5=12", "checksum"),
        (f"https://user:word@example.org/x.tsv#sha256={DIGEST}", "password"),
        (f"https://example.org/x.tsv?Signature=word#sha256={DIGEST}", "query"),
        ("ftp://example.org/x.tsv", "not read"),
        ("file:///etc/passwd", "not read"),
        ("s3://lab", "names no file"),
        ("s3://lab/../other/x.tsv", "names no file"),
        ("s3://lab/%2e%2e/x.tsv", "names no file"),
        ("s3://lab/folder/", "folder"),
        ("s3://lab/*.tsv", "pattern"),
        ("https://[::1/x.tsv", "not an address"),
    ],
)
def test_addresses_that_are_refused(tmp_path: Path, name: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        parse_remote(name)
    assert "word" not in str(caught.value).replace("password", "")
    with pytest.raises(SheetError, match=says):
        read_sheet(_sheet(tmp_path, name))


def test_nothing_is_fetched_that_the_configuration_does_not_name(tmp_path: Path) -> None:
    sheet = str(_sheet(tmp_path, WEB, "s3://lab/x.h5ad"))
    with pytest.raises(SheetError, match=r"storage: \[http\]") as caught:
        RunPlan.from_config({"samples": sheet, "storage": ["s3"]})
    assert "s3://lab" not in str(caught.value)
    plan = RunPlan.from_config({"samples": sheet, "storage": ["s3", "http"]})
    of = SimpleNamespace(matrix=matrix_id(WEB))
    assert plan.provider(of) == "http"
    assert plan.matrix_files(of) == ["https://example.org/a/counts.tsv.gz"]
    assert plan.ingest_options(of)[-2:] == ["--sha256", DIGEST]
    assert matrix_id(WEB).startswith("counts-")


def test_storage_changes_no_parameter_of_the_results(tmp_path: Path) -> None:
    (tmp_path / "x.tsv").write_text("gene\ts0\n", encoding="utf-8")
    sheet = str(_sheet(tmp_path, "x.tsv"))
    plain, stored = (
        RunPlan.from_config({"samples": sheet, **given}) for given in ({}, {"storage": ["s3"]})
    )
    assert plain.parameters == stored.parameters


def test_a_file_of_another_checksum_is_not_read(tmp_path: Path) -> None:
    matrix = tmp_path / "m.tsv"
    matrix.write_text("gene\ts1\nTP53\t5\n", encoding="utf-8")
    with pytest.raises(InputError, match="SHA-256"):
        ingest(matrix, tmp_path / "raw.h5ad", sha256=DIGEST)
    assert not (tmp_path / "raw.h5ad").exists()


def test_pages_come_out_of_their_archive_as_they_went_in(tmp_path: Path) -> None:
    archives = [tmp_path / "a.zip", tmp_path / "b.zip"]
    for archive in archives:
        with pages_folder(archive) as folder:
            (folder / "samples").mkdir()
            (folder / "samples" / "x.html").write_text("page", encoding="utf-8")
            (folder / "samples" / "x.json").write_text("{}", encoding="utf-8")
    assert archives[0].read_bytes() == archives[1].read_bytes()
    unpack_pages(archives, tmp_path / "results")
    assert (tmp_path / "results/samples/x.html").read_text(encoding="utf-8") == "page"
