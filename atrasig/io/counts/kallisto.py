"""Counts and TPM of kallisto (``abundance.tsv``, ``abundance.h5``)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from atrasig.errors import FormatError
from atrasig.io.counts.named_columns import Numbers, has_header, read_columns
from atrasig.io.counts.quantified import one_sample
from atrasig.io.format import Format, Head
from atrasig.io.options import ReadOptions
from atrasig.io.stores.hdf5 import names_inside, open_hdf5
from atrasig.io.table import RawMatrix

_MILLION = 1e6


def read_text(path: Path, options: ReadOptions) -> RawMatrix:
    """Read ``abundance.tsv``: estimated counts, and TPM beside them, of one sample.

    Parameters
    ----------
    path
        Table of kallisto; its lengths become annotation.
    options
        ``quantity``. Transcripts are returned as they are.

    Raises
    ------
    FormatError
        If a row is cut short or a field is no count.
    """
    columns = read_columns(path)
    values = {"counts": columns.counts("est_counts"), "tpm": columns.numbers("tpm")}
    kept = columns.annotation("length", "eff_length")
    return one_sample(path, options, columns.names("target_id"), values, kept)


def read_hdf5(path: Path, options: ReadOptions) -> RawMatrix:
    """Read ``abundance.h5``; TPM are computed from counts and effective lengths.

    Parameters
    ----------
    path
        HDF5 file of kallisto; bootstraps are not read.
    options
        ``quantity``. Transcripts are returned as they are.

    Raises
    ------
    FormatError
        If the file is damaged, or its parts differ in length.
    """
    with open_hdf5(path, "kallisto's abundance.h5") as store:
        names = [raw.decode("utf-8") for raw in store["aux/ids"][()]]
        counts = np.asarray(store["est_counts"][()], dtype=np.float64)
        lengths = np.asarray(store["aux/eff_lengths"][()], dtype=np.float64)
    if counts.shape != (len(names),) or lengths.shape != counts.shape or not (counts >= 0).all():
        raise FormatError(
            "The parts ids, eff_lengths and est_counts do not fit, or hold what is no count",
            where=str(path),
            fix="Run kallisto again, or give its abundance.tsv.",
        )
    values = {"counts": counts, "tpm": _tpm(counts, lengths)}
    kept = {"eff_length": [repr(float(length)) for length in lengths]}
    return one_sample(path, options, names, values, kept)


def _tpm(counts: Numbers, lengths: Numbers) -> Numbers:
    """Transcripts per million; NaN throughout where there is no read."""
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = np.where(counts > 0, counts / lengths, 0.0)
        tpm: Numbers = rate / rate.sum() * _MILLION
    return tpm


def _recognises_hdf5(head: Head) -> bool:
    return {"est_counts", "aux/ids", "aux/eff_lengths"} <= names_inside(head)


TEXT = Format(
    "kallisto", "kallisto abundance.tsv", has_header("target_id", "est_counts", "tpm"), read_text
)
HDF5 = Format("kallisto-h5", "kallisto abundance.h5", _recognises_hdf5, read_hdf5)
