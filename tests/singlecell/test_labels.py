"""Labels of cells from a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from anndata import AnnData

from atrasig.errors import FormatError, InputError
from atrasig.singlecell import label_cells, pseudobulk

Cells = Callable[..., AnnData]
TABLE = "cell\tpatient\ttype\n" + "".join(
    f"c{n}\tp{n % 2}\t{'blast' if n < 4 else 'T'}\n" for n in range(6)
)


def _write(folder: Path, text: str) -> Path:
    path = folder / "labels.tsv"
    path.write_text(text, encoding="utf-8")
    return path


def test_sums_by_the_labels_of_a_table(cells: Cells, counts: np.ndarray, tmp_path: Path) -> None:
    labelled = label_cells(cells(counts), _write(tmp_path, TABLE))
    sums = pseudobulk(labelled, ["patient", "type"], min_cells=1)
    assert list(sums.obs_names) == ["p0|T", "p0|blast", "p1|T", "p1|blast"]
    np.testing.assert_array_equal(np.asarray(sums["p0|blast"].X).ravel(), counts[0] + counts[2])


def test_order_and_separator_of_the_table_do_not_matter(
    cells: Cells, counts: np.ndarray, tmp_path: Path
) -> None:
    header, *lines = TABLE.splitlines()
    turned = "\n".join([header, *reversed(lines)]).replace("\t", ",")
    one = label_cells(cells(counts), _write(tmp_path, TABLE))
    other = label_cells(cells(counts), _write(tmp_path, turned))
    assert one.obs.equals(other.obs)


def test_cells_without_labels_are_counted(cells: Cells, counts: np.ndarray, tmp_path: Path) -> None:
    lines = TABLE.splitlines()[:4]
    labelled = label_cells(cells(counts), _write(tmp_path, "\n".join([*lines, "x9\tp0\tT"])))
    facts = labelled.uns["atrasig"]["input"]
    assert (facts["cells_without_labels"], facts["labels_of_other_cells"]) == (3, 1)
    with pytest.raises(InputError, match="patient"):
        pseudobulk(labelled, ["patient"], min_cells=1)


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("", FormatError, "Cannot read|no label"),
        ("cell\nc0\n", FormatError, "no label"),
        ("cell\ttype\nc0\tT\nc0\tB\n", FormatError, "'c0' stands twice"),
        ("cell\ttype\nx\tT\n", InputError, "none of the 6 cells"),
    ],
)
def test_tables_that_label_nothing(
    cells: Cells,
    counts: np.ndarray,
    tmp_path: Path,
    text: str,
    error: type[InputError],
    says: str,
) -> None:
    with pytest.raises(error, match=says):
        label_cells(cells(counts), _write(tmp_path, text))
