"""The cohorts that are disturbed: six samples of the demo, all of it, cells, and many samples."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.fault_place import Place
from benchmarks.measure import ROOT

DEMO = ROOT / "config" / "demo"
SAMPLES = ("APL-1", "APL-2", "AML-1", "AML-2", "P1-baseline", "P1-exposed")
# No plain locale can write this name.
_RENAMED = {"AML-2": "Ämlé 2"}
_OF_CELLS, _CELLS = ("P1-baseline", "P1-exposed"), 30
_SEED = 1


def six(folder: Path) -> Place:
    """Write a cohort of six samples of the demo, one of them with a name that is not plain."""
    place = Place.empty(folder)
    counts = _counts()[list(SAMPLES)].rename(columns=_RENAMED)
    counts.to_csv(folder / "counts.tsv", sep="\t")
    _sheet(SAMPLES, "counts.tsv").replace({"sample": _RENAMED}).pipe(_write_sheet, folder)
    return place


def demo(folder: Path) -> Place:
    """Write the whole cohort of the demo."""
    place = Place.empty(folder)
    for name in ("counts.tsv.gz", "counts_panel.tsv.gz", "samples.tsv"):
        shutil.copy(DEMO / name, folder)
    return place


def cells(folder: Path) -> Place:
    """Write a cohort of two samples of the demo, each as cells that its counts are drawn for."""
    from anndata import AnnData
    from scipy.sparse import csr_array

    place = Place.empty(folder, "cells: {matrices: [cells.h5ad], by: [sample], min_cells: 5}\n")
    counts = _counts()[list(_OF_CELLS)]
    rng = np.random.default_rng(_SEED)
    drawn = [rng.poisson(counts[name] / _CELLS, (_CELLS, len(counts))) for name in _OF_CELLS]
    names = [f"{name}-{number}" for name in _OF_CELLS for number in range(_CELLS)]
    adata = AnnData(
        csr_array(np.concatenate(drawn).astype(np.float32)),
        obs=pd.DataFrame({"sample": np.repeat(_OF_CELLS, _CELLS)}, index=names),
        var=pd.DataFrame(index=counts.index.astype(str)),
    )
    adata.write_h5ad(folder / "cells.h5ad")
    _sheet(_OF_CELLS, "cells.h5ad").pipe(_write_sheet, folder)
    return place


def many(folder: Path, samples: int, *, damaged: str = "", left_out: str = "") -> Place:
    """Write as many samples as are wanted, drawn from the counts of the demo, a tenth baselines.

    Parameters
    ----------
    folder
        Where.
    samples
        How many; they are called ``S0000``, ``S0001``, ...
    damaged
        Sample with a cell that is no number.
    left_out
        Sample that the sheet does not name.
    """
    place, known = Place.empty(folder), _counts()
    rng = np.random.default_rng(_SEED)
    drawn = {
        f"S{number:04}": rng.poisson(known.iloc[:, number % known.shape[1]])
        for number in range(samples)
    }
    counts = pd.DataFrame(drawn, index=known.index).astype(object)
    if damaged:
        counts.loc["CD38", damaged] = "#REF!"
    counts.to_csv(folder / "counts.tsv", sep="\t")
    sheet = pd.DataFrame({"sample": list(drawn), "matrix": "counts.tsv", "disease": "AML"})
    sheet["timepoint"] = ["baseline" if number % 10 == 0 else "" for number in range(samples)]
    _write_sheet(sheet[sheet["sample"] != left_out], folder)
    return place


def _counts() -> pd.DataFrame:
    return pd.read_csv(DEMO / "counts.tsv.gz", sep="\t", index_col=0)


def _sheet(samples: tuple[str, ...], matrix: str) -> pd.DataFrame:
    sheet = pd.read_csv(DEMO / "samples.tsv", sep="\t", dtype=str, keep_default_na=False)
    return sheet[sheet["sample"].isin(samples)].assign(matrix=matrix)


def _write_sheet(sheet: pd.DataFrame, folder: Path) -> None:
    sheet.to_csv(folder / "samples.tsv", sep="\t", index=False)
