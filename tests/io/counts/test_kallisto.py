"""Counts and TPM of kallisto."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from atrasig.errors import FormatError
from atrasig.io import ReadOptions, sniff
from atrasig.io.counts.kallisto import read_hdf5, read_text

Writer = Callable[[str, "str | bytes"], Path]
REAL = "data/formats/tximportData_kallisto_ERR188021_abundance.tsv.gz"


def test_the_real_file(shared: Path) -> None:
    path = shared / REAL
    assert sniff(path) == "kallisto"
    table = pd.read_csv(path, sep="\t")
    matrix = read_text(path, ReadOptions())
    assert matrix.samples == ["tximportData_kallisto_ERR188021"]
    assert matrix.genes == table["target_id"].tolist()
    np.testing.assert_array_equal(matrix.values[0], table["est_counts"])
    np.testing.assert_array_equal(matrix.layers["tpm"][0], table["tpm"])


def test_the_hdf5_file_gives_what_the_text_gives(shared: Path, tmp_path: Path) -> None:
    import h5py

    table = pd.read_csv(shared / REAL, sep="\t").tail(3000)
    text = tmp_path / "S1" / "abundance.tsv"
    text.parent.mkdir()
    table.to_csv(text, sep="\t", index=False)
    with h5py.File(tmp_path / "S1" / "abundance.h5", "w") as store:
        store["aux/ids"] = np.array(table["target_id"], dtype="S")
        store["aux/eff_lengths"] = table["eff_length"].to_numpy(dtype=float)
        store["aux/lengths"] = table["length"].to_numpy()
        store["est_counts"] = table["est_counts"].to_numpy(dtype=float)
    path = tmp_path / "S1" / "abundance.h5"
    assert sniff(path) == "kallisto-h5"
    matrix, other = read_hdf5(path, ReadOptions()), read_text(text, ReadOptions())
    assert (matrix.samples, matrix.genes) == (other.samples, other.genes)
    np.testing.assert_array_equal(matrix.values, other.values)
    written = other.layers["tpm"][0]
    # The text's TPM are of all transcripts, these of the 3000 kept.
    expected = written / written.sum() * 1e6
    np.testing.assert_allclose(matrix.layers["tpm"][0], expected, rtol=1e-3, atol=1e-3)


def test_a_sample_without_reads_has_no_tpm(write: Writer) -> None:
    header = "target_id\tlength\teff_length\test_counts\ttpm\n"
    matrix = read_text(write("abundance.tsv", header + "T1\t9\t8\t0\t-nan\n"), ReadOptions())
    assert matrix.values.tolist() == [[0.0]]
    assert np.isnan(matrix.layers["tpm"]).all()


def test_parts_that_do_not_fit(tmp_path: Path) -> None:
    import h5py

    path = tmp_path / "abundance.h5"
    with h5py.File(path, "w") as store:
        store["aux/ids"] = np.array(["a", "b"], dtype="S")
        store["aux/eff_lengths"] = np.ones(2)
        store["est_counts"] = np.ones(3)
    with pytest.raises(FormatError, match="do not fit"):
        read_hdf5(path, ReadOptions())
