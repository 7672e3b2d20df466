"""A small honest matrix, and what a case of the corpus is."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from atrasig.errors import AtrasigError

SECONDS = 20
"""No case may take longer: a hang is a fault."""


@dataclass(frozen=True)
class Case:
    """One bad input and its documented outcome.

    Parameters
    ----------
    name
        What is wrong with the input.
    make
        Writes the input into an empty folder and gives its path.
    use
        What a user does with it.
    error, says
        Class of the exception and a pattern of its message; no class: the input is taken.
    check
        What has to be true of an input that is taken.
    """

    name: str
    make: Callable[[Path], Path]
    use: Callable[[Path], Any]
    error: type[AtrasigError] | None = None
    says: str = ""
    check: Callable[[Any], bool] | None = None


@cache
def honest() -> pd.DataFrame:
    """Counts of 60 genes x 4 samples."""
    from atrasig.genes import load_gene_table

    genes = sorted(load_gene_table().coding)[1000:16000:250]
    counts = np.random.default_rng(5).negative_binomial(1, 0.002, size=(len(genes), 4))
    return pd.DataFrame(counts, index=genes, columns=["s1", "s2", "s3", "s4"])


def tsv(frame: pd.DataFrame, **how: Any) -> str:
    """Text of a matrix with genes in rows."""
    return frame.to_csv(sep="\t", index_label="gene", **how)


def text_file(content: str | bytes, name: str = "matrix.tsv") -> Callable[[Path], Path]:
    """Make a case's file from its content."""

    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return path

    return make


def changed(**cells: Any) -> pd.DataFrame:
    """Give the honest matrix with the second row's cells changed, by sample name."""
    frame = honest().astype(object)
    for sample, value in cells.items():
        frame.loc[frame.index[1], sample] = value
    return frame


def renamed(*names: str) -> pd.DataFrame:
    """Give the honest matrix with other sample names."""
    return honest().set_axis(list(names), axis=1)


def take_matrix(path: Path) -> Any:
    """Read and harmonise a matrix, as every command does."""
    from atrasig.harmonisation import harmonise
    from atrasig.io import read_expression

    return harmonise(read_expression(path))


@contextmanager
def time_limit() -> Iterator[None]:
    """Stop what takes too long."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"took more than {SECONDS} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
