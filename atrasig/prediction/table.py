"""The table beside an artefact: one row a gene."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any

from atrasig.errors import ModelError

NUMBERS = ("weight", "centre", "spread")
TYPICAL = "typical_"


def read_table(folder: Path, name: str) -> list[dict[str, Any]]:
    """Read the table that an artefact names.

    Parameters
    ----------
    folder
        Folder of the artefact.
    name
        File name of the table, tab-separated: ``gene`` and any of ``weight``, ``centre``,
        ``spread``, ``typical_<platform class>``; an empty cell is no figure.

    Returns
    -------
    list of dict
        Rows as :class:`atrasig.prediction.artefact.ModelGene` takes them.

    Raises
    ------
    ModelError
        If the name is no plain file name, the file cannot be read, or a column, number or gene is
        not as described.
    """
    if Path(name).name != name or not name.endswith(".tsv"):
        raise ModelError(
            f"table must be the plain name of a .tsv file, and is {name!r}",
            fix="Put the table into the folder of the model and give its file name.",
        )
    path = folder / name
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines, delimiter="\t", strict=True)
            _check_columns(path, list(reader.fieldnames or ()))
            rows = [_row(path, reader.line_num, cells) for cells in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ModelError(
            "The table of the model cannot be read",
            where=str(path),
            fix=f"Give a tab-separated text file ({error}).",
        ) from error
    times = Counter(row["gene"] for row in rows)
    twice = sorted(gene for gene, n in times.items() if n > 1)
    if twice:
        raise ModelError(
            f"Genes stand twice in the table: {', '.join(twice)}",
            where=str(path),
            fix="Give each gene one row.",
        )
    return rows


def _check_columns(path: Path, columns: list[str]) -> None:
    known = {"gene", *NUMBERS}
    unknown = [name for name in columns if name not in known and not name.startswith(TYPICAL)]
    if "gene" not in columns or unknown or len(set(columns)) < len(columns):
        raise ModelError(
            f"The table has the columns {', '.join(columns) or 'none'}",
            where=str(path),
            fix=f"Name each once: gene, {', '.join(NUMBERS)}, {TYPICAL}<platform class>.",
        )


def _row(path: Path, line: int, cells: dict[str, Any]) -> dict[str, Any]:
    try:
        figures = {
            name: float(text) for name, text in cells.items() if name != "gene" and text.strip()
        }
    except (AttributeError, ValueError, TypeError) as error:
        raise ModelError(
            "A row of the table is not a gene and numbers",
            where=f"{path}, line {line}",
            fix="Give every row as many cells as there are columns, numbers with a decimal point.",
        ) from error
    typical = {
        name.removeprefix(TYPICAL): figures.pop(name)
        for name in list(figures)
        if name.startswith(TYPICAL)
    }
    return {"gene": cells["gene"], **figures, "typical": typical}
