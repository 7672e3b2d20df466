"""Files that reach outside themselves are refused before anything of them is scored."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from anndata import AnnData
from scipy.sparse import csc_matrix, csr_matrix

from atrasig.errors import FormatError, InputError
from atrasig.scoring.run import score
from atrasig.signatures import SignatureSet
from tests.scoring.conftest import make_signature


@pytest.fixture
def listed(counts: AnnData) -> SignatureSet:
    return SignatureSet([make_signature("some", list(counts.var_names[:9]))])


def _external(store: h5py.File) -> None:
    del store["X"]
    store["X"] = h5py.ExternalLink("other.h5ad", "X")


def _stored_outside(store: h5py.File) -> None:
    shape = store["X"].shape
    del store["X"]
    store.create_dataset("X", shape, "f8", external=[("secret.bin", 0, 8 * shape[0] * shape[1])])


def _huge(store: h5py.File) -> None:
    del store["X"]
    store.create_dataset("X", (10**6, 10**6), "f8", chunks=(10, 10))


def _short(store: h5py.File) -> None:
    values = store["X"][:, :-1]
    del store["X"]
    store["X"] = values


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_external, "'X' is a link to another file"),
        (_stored_outside, "'X' draws its data from another file"),
        (_huge, "'X' unpacks to more than"),
        (_short, r"X is of shape \(23, 59\), and its names of \(23, 60\)"),
    ],
)
def test_h5ad(
    tmp_path: Path,
    counts: AnnData,
    listed: SignatureSet,
    spoil: Callable[[h5py.File], None],
    message: str,
) -> None:
    path = tmp_path / "m.h5ad"
    counts.write_h5ad(path)
    with h5py.File(path, "r+") as store:
        spoil(store)
    with pytest.raises(FormatError, match=message):
        score(path, listed)


@pytest.mark.parametrize("form", [csr_matrix, csc_matrix])
@pytest.mark.parametrize(
    ("name", "place", "value"),
    [("indices", 5, 10**6), ("indices", 5, -3), ("indptr", 4, 10**6), ("indptr", 0, 7)],
)
def test_indices_that_leave_the_matrix(
    tmp_path: Path,
    counts: AnnData,
    listed: SignatureSet,
    form: Callable[[np.ndarray], object],
    name: str,
    place: int,
    value: int,
) -> None:
    path = tmp_path / "m.h5ad"
    AnnData(form(counts.X), obs=counts.obs, var=counts.var).write_h5ad(path)
    with h5py.File(path, "r+") as store:
        store[f"X/{name}"][place] = value
    with pytest.raises(InputError, match=r"contradict themselves|Cannot read"):
        score(path, listed, method=["ucell", "weighted", "zscore"])


def _pickled(path: Path) -> None:
    for file in [*path.glob("X/.zarray"), *path.glob("X/zarr.json")]:
        record = json.loads(file.read_text())
        changed = {"filters": [{"id": "pickle"}], "codecs": [{"name": "numcodecs.pickle"}]}
        file.write_text(json.dumps(record | changed))


def _linked(path: Path) -> None:
    target = path.parent / "elsewhere"
    (path / "X").rename(target)
    (path / "X").symlink_to(target)


@pytest.mark.parametrize(
    ("spoil", "message"), [(_pickled, "packed by '.*pickle'"), (_linked, "'X' is a link")]
)
def test_zarr(
    tmp_path: Path,
    counts: AnnData,
    listed: SignatureSet,
    spoil: Callable[[Path], None],
    message: str,
) -> None:
    path = tmp_path / "m.zarr"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what the next version of anndata will write
        counts.write_zarr(path)
    spoil(path)
    with pytest.raises(FormatError, match=message):
        score(path, listed)
