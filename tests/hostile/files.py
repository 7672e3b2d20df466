"""Packed, binary and broken files, and folders."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from atrasig.errors import AtrasigError, FormatError, InputError
from tests.hostile.making import Case, honest, take_matrix, text_file, tsv

PLAIN = tsv(honest()).encode()
_MATRIX_MARKET = "%%MatrixMarket matrix coordinate integer general\n"


def _zip(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def _case(name: str, make: Callable[[Path], Path], **outcome: Any) -> Case:
    return Case(name, make, take_matrix, **outcome)


def _refused(
    name: str,
    content: bytes,
    says: str,
    error: type[AtrasigError] = FormatError,
    file: str = "matrix.tsv",
) -> Case:
    return _case(name, text_file(content, file), error=error, says=says)


def _anndata(change: Callable[[Any], None]) -> Callable[[Path], Path]:
    """Write an h5ad file and change it with h5py."""

    def make(folder: Path) -> Path:
        import h5py
        from anndata import AnnData

        path = folder / "matrix.h5ad"
        AnnData(
            honest().T.to_numpy(dtype=np.float32),
            obs=pd.DataFrame(index=list(honest().columns)),
            var=pd.DataFrame(index=list(honest().index)),
        ).write_h5ad(path)
        with h5py.File(path, "r+") as file:
            change(file)
        return path

    return make


def _replace(file: Any, name: str, values: Any) -> None:
    attributes = dict(file[name].attrs)
    del file[name]
    file.create_dataset(name, data=values)
    file[name].attrs.update(attributes)


def _sparse_with_nan(folder: Path) -> Path:
    from anndata import AnnData
    from scipy.sparse import csr_matrix

    values = honest().T.to_numpy(dtype=np.float64, copy=True)
    values[0, 0] = np.nan
    path = folder / "matrix.h5ad"
    obs, var = pd.DataFrame(index=list(honest().columns)), pd.DataFrame(index=list(honest().index))
    AnnData(csr_matrix(values), obs=obs, var=var).write_h5ad(path)
    return path


def _tenx(change: Callable[[dict[str, str]], None]) -> Callable[[Path], Path]:
    """Write a 10x folder after changing the texts of its files."""

    def make(folder: Path) -> Path:
        frame = honest()
        entries = [
            f"{g + 1} {s + 1} {frame.iat[g, s]}"
            for g in range(frame.shape[0])
            for s in range(frame.shape[1])
        ]
        head = f"{_MATRIX_MARKET}{frame.shape[0]} {frame.shape[1]} {len(entries)}\n"
        files = {
            "matrix.mtx": head + "\n".join(entries) + "\n",
            "genes.tsv": "".join(f"{g}\t{g}\n" for g in frame.index),
            "barcodes.tsv": "".join(f"{'ACGT' * 4}-{i}\n" for i in range(frame.shape[1])),
        }
        change(files)
        for name, text in files.items():
            (folder / name).write_text(text)
        return folder

    return make


def _folder(**files: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        for name, text in files.items():
            (folder / name).write_text(text)
        return folder

    return make


def _h5ad_cut(folder: Path) -> Path:
    path = _anndata(lambda _: None)(folder)
    path.write_bytes(path.read_bytes()[:3000])
    return path


def _parquet_cut(folder: Path) -> Path:
    path = folder / "matrix.parquet"
    honest().to_parquet(path)
    path.write_bytes(path.read_bytes()[:800])
    return path


def _read_equal(result: Any) -> bool:
    counts = pd.DataFrame(result.layers["counts"].T, result.var_names, result.obs_names)
    return bool((counts.loc[honest().index] == honest()).all(axis=None))


_WORKBOOK = (("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<workbook/>"))
_GCT = "#1.2\n{}\t{}\nName\tDescription\ts1\ts2\nRARA\tx\t1\t2\nPML\tx\t3\t4\n"

CASES: list[Case] = [
    _refused("truncated gzip", gzip.compress(PLAIN)[:200], "damaged"),
    _refused("gzip with a wrong checksum", gzip.compress(PLAIN)[:-8] + b"\0" * 8, "damaged"),
    _refused("truncated bzip2", bz2.compress(PLAIN)[:200], "damaged"),
    _refused("truncated xz", lzma.compress(PLAIN)[:200], "damaged"),
    _refused("truncated zip", _zip(("m.tsv", PLAIN))[:200], "damaged"),
    _refused("zip of two tables", _zip(("a.tsv", PLAIN), ("b.tsv", PLAIN)), "2 files"),
    _refused("zip of nothing", _zip(), "0 files|empty|binary"),
    _refused("zip bomb", _zip(("m.tsv", b"gene\ts1\n" + b"0" * 300_000_000)), "times its size"),
    _refused(
        "gzip bomb", gzip.compress(b"gene\ts1\nTP53\t" + b"0" * 300_000_000), "times its size"
    ),
    _case(
        "zip with a path that climbs", text_file(_zip(("../../m.tsv", PLAIN))), check=_read_equal
    ),
    _case(
        "gzip named as plain text", text_file(gzip.compress(PLAIN), "matrix.txt"), check=_read_equal
    ),
    _case("plain text named as gzip", text_file(PLAIN, "matrix.tsv.gz"), check=_read_equal),
    _refused("gzip within gzip", gzip.compress(gzip.compress(PLAIN)), "binary|packed twice"),
    _refused("random bytes", np.random.default_rng(1).bytes(5000), "binary|UTF-8"),
    _refused("PNG picture", b"\x89PNG\r\n\x1a\n" + bytes(100), "picture|image|binary"),
    _refused("PDF", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "PDF"),
    _refused("pickle", pickle.dumps({"a": 1}), "pickle|binary"),
    _refused("R's RDS", gzip.compress(b"X\n\x00\x00\x00\x03" + bytes(64)), "RDS|R object|binary"),
    _refused("truncated parquet", b"PAR1" + bytes(50), "parquet"),
    _case("cut parquet", _parquet_cut, error=FormatError, says="parquet|binary"),
    _refused("truncated HDF5", b"\x89HDF\r\n\x1a\n" + bytes(60), "h5ad|HDF5"),
    _case("cut h5ad", _h5ad_cut, error=FormatError, says="h5ad|HDF5"),
    _case("h5ad without X", _anndata(lambda f: f.__delitem__("X")), error=FormatError, says="X"),
    _case(
        "h5ad of texts",
        _anndata(lambda f: _replace(f, "X", np.full((4, 60), b"a"))),
        error=FormatError,
        says="h5ad|number",
    ),
    _case(
        "h5ad with other dimensions",
        _anndata(lambda f: _replace(f, "X", np.ones((3, 7)))),
        error=FormatError,
        says="h5ad",
    ),
    _case(
        "h5ad with infinite values",
        _anndata(lambda f: _replace(f, "X", np.full((4, 60), np.inf))),
        error=InputError,
        says="infinite",
    ),
    _case(
        "h5ad with a pickled note",
        _anndata(lambda f: f.create_dataset("uns/note", data=np.void(pickle.dumps({"a": 1})))),
        check=_read_equal,
    ),
    _case("sparse h5ad with a missing value", _sparse_with_nan, error=InputError, says="missing"),
    _refused("workbook of nothing", _zip(*_WORKBOOK), "workbook|spreadsheet|sheet", file="m.xlsx"),
    _refused(
        "workbook bomb",
        _zip(*_WORKBOOK, ("xl/worksheets/sheet1.xml", b" " * 700_000_000)),
        "unpack|times its size|large",
        file="m.xlsx",
    ),
    _refused(
        "truncated workbook", _zip(*_WORKBOOK)[:150], "damaged|workbook|binary", file="m.xlsx"
    ),
    _refused("GCT with other dimensions", _GCT.format(7, 2).encode(), "7 genes x 2 samples"),
    _refused("GCT of a version to come", b"#1.9\n2\t2\n", "version"),
    _refused(
        "GCT with a word", _GCT.format(2, 2).replace("\t4\n", "\tx\n").encode(), "not a number"
    ),
    _case(
        "10x without barcodes",
        _tenx(lambda f: f.pop("barcodes.tsv")),
        error=FormatError,
        says="barcodes",
    ),
    _case(
        "10x with too few genes",
        _tenx(lambda f: f.update({"genes.tsv": "TP53\tTP53\n"})),
        error=FormatError,
        says="genes|dimensions|features",
    ),
    _case(
        "10x with a broken matrix",
        _tenx(lambda f: f.update({"matrix.mtx": "hello\n"})),
        error=FormatError,
        says="matrix",
    ),
    _case(
        "10x that points outside",
        _tenx(lambda f: f.update({"matrix.mtx": _MATRIX_MARKET + "60 4 1\n99 1 5\n"})),
        error=FormatError,
        says="matrix",
    ),
    _case(
        "no such file", lambda folder: folder / "none.tsv", error=InputError, says="no such file"
    ),
    _case("empty folder", lambda folder: folder, error=InputError, says="folder"),
    _case(
        "folder of other things",
        _folder(readme="hello", log="done"),
        error=InputError,
        says="folder|identifier|matrix",
    ),
    _refused("SOFT without table", b"^SAMPLE = GSM1\n!Sample_title = x\n", "holds no values"),
    _refused(
        "series matrix without values",
        b'!Series_title\t"x"\n!Sample_title\t"a"\t"b"\n!series_matrix_table_begin\n"ID_REF"\t"GSM1"\t"GSM2"\n!series_matrix_table_end\n',
        "supplementary|no value|empty",
    ),
]
