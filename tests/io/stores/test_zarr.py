"""zarr stores: both versions, and what is refused in stores of strangers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csc_matrix, csr_matrix, issparse

from atrasig.errors import FormatError
from atrasig.io import read_expression, sniff

GENES = ["RARA", "PML", "CD38"]
VALUES = np.array([[0, 1.5, 0], [2.0, 0, 0]])
pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def stored(path: Path, values: Any, version: int = 2) -> Path:
    names = [f"s{number}" for number in range(values.shape[0])]
    obs = pd.DataFrame({"tissue": pd.Categorical(["blood"] * len(names))}, index=names)
    with anndata.settings.override(zarr_write_format=version):
        AnnData(values, obs=obs, var=pd.DataFrame(index=GENES)).write_zarr(path)
    return path


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("kind", [csr_matrix, csc_matrix, np.asarray])
def test_both_versions(tmp_path: Path, version: int, kind: Callable[..., Any]) -> None:
    path = stored(tmp_path / "m.zarr", kind(VALUES), version)
    assert (path / ("zarr.json" if version == 3 else ".zgroup")).is_file()
    assert sniff(path) == "zarr"
    adata = read_expression(path)
    assert issparse(adata.X) == (kind is not np.asarray)
    np.testing.assert_array_equal(adata.X.toarray() if issparse(adata.X) else adata.X, VALUES)
    assert list(adata.var["gene_id"]) == GENES
    assert adata.obs["tissue"].tolist() == ["blood", "blood"]


def edit(file: Path, **changes: Any) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def linked(path: Path) -> None:
    target = path.parent / "elsewhere"
    (path / "X").rename(target)
    (path / "X").symlink_to(target)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda p: edit(p / "X/.zarray", filters=[{"id": "pickle"}]), "packed by 'pickle'"),
        (lambda p: edit(p / "X/.zarray", compressor={"id": "pickle"}), "packed by 'pickle'"),
        (lambda p: edit(p / "X/.zarray", shape=[10**9, 3]), "unpacks to more than"),
        (lambda p: edit(p / "X/.zarray", chunks=[10**9, 3]), "unpacks to more than"),
        (linked, "'X' is a link"),
        (lambda p: (p / "X/.zarray").write_text("{"), "no JSON"),
        (lambda p: (p / "X/.zarray").write_text("[" * 100000), "no JSON"),
        (lambda p: (p / "X/0.0").write_bytes(b"junk"), "Cannot read 'X'"),
        (lambda p: (p / "obs/.zgroup").unlink(), "no AnnData|Cannot read"),
        (lambda p: (p / "X/.zarray").unlink(), "has no X|Cannot read"),
    ],
)
def test_spoiled(tmp_path: Path, spoil: Callable[[Path], None], message: str) -> None:
    path = stored(tmp_path / "m.zarr", VALUES)
    (path / ".zmetadata").unlink(missing_ok=True)
    spoil(path)
    with pytest.raises(FormatError, match=message):
        read_expression(path)


def test_pickle_inside_version_3(tmp_path: Path) -> None:
    path = stored(tmp_path / "m.zarr", VALUES, 3)
    shard = {
        "name": "sharding_indexed",
        "configuration": {"codecs": [{"name": "numcodecs.pickle"}]},
    }
    edit(path / "X/zarr.json", codecs=[shard])
    with pytest.raises(FormatError, match=r"packed by 'numcodecs\.pickle'"):
        read_expression(path)


def test_consolidated_metadata_are_not_believed(tmp_path: Path) -> None:
    path = stored(tmp_path / "m.zarr", VALUES)
    everything = {"X/.zarray": {"filters": [{"id": "pickle"}]}}
    (path / ".zmetadata").write_text(json.dumps({"metadata": everything}))
    np.testing.assert_array_equal(read_expression(path).X, VALUES)


def test_store_of_something_else(tmp_path: Path) -> None:
    (tmp_path / ".zgroup").write_text('{"zarr_format": 2}')
    with pytest.raises(FormatError, match="no AnnData in it: it holds nothing"):
        read_expression(tmp_path)


@settings(deadline=None, max_examples=12)
@given(
    arrays(np.float64, (2, 3), elements=st.sampled_from([0.0, 0.0, 1.5, 7.0])),
    st.sampled_from([2, 3]),
)
def test_written_and_read_back(
    tmp_path_factory: pytest.TempPathFactory, values: np.ndarray, version: int
) -> None:
    path = stored(tmp_path_factory.mktemp("zarr") / "m.zarr", csr_matrix(values), version)
    np.testing.assert_array_equal(read_expression(path).X.toarray(), values)
