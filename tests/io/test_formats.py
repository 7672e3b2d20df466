"""The choice of a reader, and what all readers have in common."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import atrasig
from atrasig.errors import FormatError, InputError
from atrasig.io import FORMATS, read_expression, sniff
from atrasig.io.table import storable_names, unique_names

Writer = Callable[[str, "str | bytes"], Path]
FORMAT_OF = {
    "gct": "gct",
    "gct3": "gct",
    "parquet": "parquet",
    "parquet_rows": "parquet",
    "h5ad": "h5ad",
    "sparse": "h5ad",
}


def test_every_format_gives_the_same_matrix(files: dict[str, Path], frame: pd.DataFrame) -> None:
    for name, path in files.items():
        adata = read_expression(path)
        expected = frame.to_numpy().T
        values = adata.X
        if name == "sparse":
            values, expected = adata.X.toarray(), np.nan_to_num(expected)
        np.testing.assert_array_equal(values, expected, err_msg=name)
        assert values.dtype == np.float64, name
        assert list(adata.obs_names) == list(frame.columns), name
        assert list(adata.var["gene_id"]) == list(frame.index), name
        assert adata.uns["atrasig"]["input"]["format"] == FORMAT_OF.get(name, "delimited"), name


def test_the_input_is_identified(files: dict[str, Path]) -> None:
    for path in files.values():
        record = read_expression(path).uns["atrasig"]["input"]
        assert record["name"] == path.name
        assert record["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert not any("/" in str(value) for value in record.values())


@pytest.mark.parametrize("ending", [".csv", ".txt", ".h5ad", ".parquet", ".gct", ".gz", ""])
def test_content_decides_not_the_ending(
    files: dict[str, Path], tmp_path: Path, ending: str
) -> None:
    for name, path in files.items():
        copy = tmp_path / f"copy_{name}{ending}"
        copy.write_bytes(path.read_bytes())
        assert sniff(copy) == FORMAT_OF.get(name, "delimited")
        assert read_expression(copy).shape == (3, 6)


def test_tsv_in_a_csv_file_keeps_its_commas(write: Writer) -> None:
    path = write("m.csv", "gene\tdescription\ts1\nRARA\treceptor, alpha\t1\n")
    adata = read_expression(path)
    assert adata.var["description"].tolist() == ["receptor, alpha"]


def test_a_comment_that_only_resembles_gct(write: Writer) -> None:
    path = write("m.tsv", "#1.2 is the version of the pipeline\ngene\ts1\nRARA\t1\n")
    assert sniff(path) == "delimited"
    assert read_expression(path).shape == (1, 1)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_missing_file_and_empty_folder_in_every_reader(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"There is no such file .*Check the path"):
        read_expression(tmp_path / "none.tsv", format=name)
    with pytest.raises(InputError, match=re.escape(str(tmp_path))):
        read_expression(tmp_path, format=name)


def test_missing_file_and_empty_folder_are_of_no_format(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no such file"):
        sniff(tmp_path / "none.tsv")
    with pytest.raises(FormatError, match="The folder holds no matrix"):
        sniff(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_empty_file(write: Writer, content: bytes) -> None:
    for name in ("m.tsv", "m.tsv.gz"):
        with pytest.raises(InputError, match=r"empty|no header line"):
            read_expression(write(name, content))


@pytest.mark.parametrize("content", [b"\x7fELF\x02\x01\x00", b"gene\ts1\x00\nRARA\t1\n"])
def test_binary_file(write: Writer, content: bytes) -> None:
    with pytest.raises(FormatError, match=r"binary and of no known format.*delimited.*gct.*h5ad"):
        read_expression(write("m.xlsx", content))


def test_unknown_and_wrong_format(files: dict[str, Path]) -> None:
    with pytest.raises(FormatError, match=r"Unknown format 'word'.*delimited.*gct.*h5ad"):
        read_expression(files["tsv"], format="word")
    for name in ("gct", "h5ad", "parquet"):
        with pytest.raises(FormatError, match=r"m\.tsv"):
            read_expression(files["tsv"], format=name)
    for name in ("h5ad", "parquet"):
        with pytest.raises(FormatError, match="not UTF-8"):
            read_expression(files[name], format="delimited")


def test_public_name_and_text_path(files: dict[str, Path]) -> None:
    assert atrasig.read_expression is read_expression
    assert read_expression(str(files["tsv"]), samples=["s3"]).obs_names.tolist() == ["s3"]


def test_unique_names_never_meet_a_given_name() -> None:
    assert unique_names(["A", "B", "A", "A"]) == ["A", "B", "A#2", "A#3"]
    made = unique_names(["A", "A", "A#2", "A#3", "A"])
    assert len(set(made)) == 5
    assert made[0] == "A"


def test_storable_names() -> None:
    given = ["gene_id", "_index", "", "a/b", "a_b", "."]
    assert storable_names(given) == [
        "gene_id_of_file",
        "_index_of_file",
        "unnamed",
        "a_b",
        "a_b#2",
        "._of_file",
    ]
