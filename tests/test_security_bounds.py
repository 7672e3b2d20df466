"""Tiny files that declare or unpack to enormous matrices end in a clear error, in little memory.

Each is read by a process whose address space is limited, so that a reader that believes the file
dies of it; the peak of memory is measured beside.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

LIMIT_MB = 4000
"""Address space of the reading process: Python with its numerical libraries maps up to 2 GB."""
GROWTH_MB = 900
"""Memory that reading any of the files may take; an honest table of the limit takes as much."""
HUGE = 10**12

READ = """
import json, os, resource, sys
import anndata, h5py, pandas, pyarrow.parquet, scipy.sparse, zarr
from atrasig.errors import AtrasigError
from atrasig.io import read_expression

def told(path):
    try:
        read_expression(path)
        return ["taken", "", ""]
    except AtrasigError as error:
        return [type(error).__name__, str(error), error.fix or ""]

limit = int(sys.argv[1]) * 2**20
for path in sys.argv[2:]:
    if (child := os.fork()) == 0:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        answer = told(path)
        growth = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print(json.dumps([path, *answer, growth // 1024]), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


def _mtx(folder: Path, rows: int, columns: int, entries: int) -> Path:
    head = "%%MatrixMarket matrix coordinate integer general\n"
    (folder / "matrix.mtx").write_text(f"{head}{rows} {columns} {entries}\n1 1 5\n")
    (folder / "genes.tsv").write_text("TP53\tTP53\nRARA\tRARA\n")
    (folder / "barcodes.tsv").write_text("ACGTACGTACGTACGT-1\n")
    return folder


def _h5ad(folder: Path) -> Path:
    import numpy as np
    import pandas as pd
    from anndata import AnnData
    from scipy.sparse import csr_matrix

    path = folder / "m.h5ad"
    obs, var = pd.DataFrame(index=["a", "b"]), pd.DataFrame(index=["TP53", "RARA", "PML"])
    AnnData(csr_matrix(np.ones((2, 3))), obs=obs, var=var).write_h5ad(path)
    return path


def _sparse_h5ad_of_another_shape(folder: Path) -> Path:
    import h5py

    path = _h5ad(folder)
    with h5py.File(path, "r+") as file:
        file["X"].attrs["shape"] = [2, HUGE]
    return path


def _h5ad_never_written(folder: Path) -> Path:
    """HDF5 allocates no chunk that was never written: the file stays small."""
    import h5py

    path = _h5ad(folder)
    with h5py.File(path, "r+") as file:
        del file["X"]
        values = file.create_dataset("X", shape=(10**6, 10**6), chunks=(1000, 1000), dtype="f8")
        values.attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})
    return path


def _sparse_h5ad_never_written(folder: Path) -> Path:
    import h5py

    path = _h5ad(folder)
    with h5py.File(path, "r+") as file:
        for name in ("data", "indices"):
            del file[f"X/{name}"]
            file["X"].create_dataset(name, shape=(10**11,), chunks=(10**5,), dtype="i4")
    return path


def _tenx_h5(folder: Path) -> Path:
    import h5py

    path = folder / "m.h5"
    with h5py.File(path, "w") as file:
        group = file.create_group("matrix")
        group["barcodes"] = [b"ACGTACGTACGTACGT-1"]
        group["data"], group["indices"], group["indptr"] = [5], [0], [0, 1]
        group["shape"] = [HUGE, 1]
        group["features/id"] = group["features/name"] = [b"ENSG00000141510"]
        group["features/feature_type"] = [b"Gene Expression"]
    return path


def _loom(folder: Path) -> Path:
    import h5py

    path = folder / "m.loom"
    with h5py.File(path, "w") as file:
        file.create_dataset("matrix", shape=(10**6, 10**6), chunks=(1000, 1000), dtype="f4")
        file["row_attrs/Gene"] = [b"TP53"]
        file["col_attrs/CellID"] = [b"a"]
    return path


def _zarr(folder: Path) -> Path:
    path = folder / "m.zarr"
    path.mkdir()
    (path / ".zgroup").write_text('{"zarr_format": 2}')
    marks = {"encoding-type": "anndata", "encoding-version": "0.1.0"}
    (path / ".zattrs").write_text(json.dumps(marks))
    array = {
        "zarr_format": 2, "shape": [10**7, 10**7], "chunks": [1000, 1000], "dtype": "<f8",
        "compressor": None, "fill_value": 0, "order": "C", "filters": None,
    }  # fmt: skip
    for name in ("X", "obs", "var"):
        (path / name).mkdir()
        (path / name / ".zarray").write_text(json.dumps(array))
    return path


def _parquet(folder: Path) -> Path:
    """Columns of one repeated value are stored as that value and a count."""
    import pyarrow as pa
    from pyarrow import parquet

    path = folder / "m.parquet"
    rows = 20_000_000
    table = pa.table(
        {
            "gene": pa.DictionaryArray.from_arrays(pa.array([0] * 10, pa.int32()), ["TP53"]),
            "s1": pa.array([0.0] * 10),
        }
    )
    batch = pa.concat_tables([table] * (rows // 10)).combine_chunks()
    parquet.write_table(batch, path, compression="zstd")
    return path


def _gct(folder: Path) -> Path:
    path = folder / "m.gct"
    path.write_text(f"#1.2\n{HUGE}\t{HUGE}\nName\tDescription\ts1\nRARA\tx\t1\n")
    return path


def _gz(folder: Path) -> Path:
    path = folder / "m.tsv.gz"
    with gzip.open(path, "wb") as handle:
        handle.write(b"gene\ts1\n")
        for _ in range(1000):
            handle.write(b"TP53\t" + b"0" * 1_000_000 + b"\n")
    return path


def _gz_of_columns(folder: Path) -> Path:
    path = folder / "m.tsv.gz"
    with gzip.open(path, "wb") as handle:
        for _ in range(400):
            handle.write(b"\t" * 1_000_000)
    return path


def _zip_that_lies(folder: Path) -> Path:
    """The directory states ten bytes; the packed data hold a gigabyte."""
    path = folder / "m.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("m.tsv", "w") as member,
    ):
        for _ in range(1000):
            member.write(b"0" * 1_000_000)
    content = path.read_bytes()
    size = (10**9).to_bytes(4, "little")
    assert content.count(size) >= 1
    path.write_bytes(content.replace(size, (10).to_bytes(4, "little")))
    return path


def _workbook(folder: Path) -> Path:
    """A dimension of a million rows and columns, and one cell at its far end."""
    path = folder / "m.xlsx"
    far = '<c r="XFD1048576"><v>1</v></c>'
    sheet = f'<sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576">{far}</row>'
    names = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" '
        f'Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{names}" xmlns:r="{relations}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" '
        f'Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{names}">{sheet}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


CASES: dict[str, Callable[[Path], Path]] = {
    "mtx of 10^12 rows": lambda folder: _mtx(folder, HUGE, HUGE, 1),
    "mtx of 10^12 entries": lambda folder: _mtx(folder, 2, 1, HUGE),
    "h5ad, sparse, of 10^12 genes": _sparse_h5ad_of_another_shape,
    "h5ad of 8 TB never written": _h5ad_never_written,
    "h5ad, sparse, of 800 GB never written": _sparse_h5ad_never_written,
    "10x HDF5 of 10^12 features": _tenx_h5,
    "loom of 4 TB never written": _loom,
    "zarr of 800 TB never written": _zarr,
    "parquet of 20 million equal rows": _parquet,
    "GCT of 10^12 x 10^12": _gct,
    "gzip of 1 GB": _gz,
    "gzip of 400 million columns": _gz_of_columns,
    "zip that lies about 1 GB": _zip_that_lies,
    "workbook of 17 billion cells": _workbook,
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """Class of the error, message, remedy and growth of memory in MB; none where one died."""
    paths = {name: make(tmp_path_factory.mktemp("huge")) for name, make in CASES.items()}
    for name, path in paths.items():
        files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
        assert sum(one.stat().st_size for one in files) < 2_500_000, name
    done = subprocess.run(
        [sys.executable, "-c", READ, str(LIMIT_MB), *map(str, paths.values())],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
        env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    answers = {path: answer for path, *answer in map(json.loads, done.stdout.splitlines())}
    return {name: answers.get(str(path), []) for name, path in paths.items()}


@pytest.mark.parametrize("name", CASES)
def test_a_tiny_file_takes_little_memory(outcomes: dict[str, list[Any]], name: str) -> None:
    assert outcomes[name], "the process died"
    outcome, message, fix, growth = outcomes[name]
    assert outcome in ("FormatError", "InputError"), message
    assert message
    assert fix
    assert growth < GROWTH_MB


def test_peaks_are_told(outcomes: dict[str, list[Any]], capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print("\nmemory taken by tiny files that declare enormous matrices (MB):")
        for name, answer in outcomes.items():
            print(
                f"  {name}: {answer[3] if answer else 'died'}; {answer[1][:90] if answer else ''}"
            )
