"""Pseudobulk samples of a file of cells: all there are, or those that a sheet names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from atrasig.errors import InputError
from atrasig.failures import Failure, is_minority, told, with_failures
from atrasig.files import write_h5ad
from atrasig.pipeline.checksum import expect_sha256
from atrasig.sheet import read_sheet
from atrasig.singlecell.pseudobulk import sum_cells
from atrasig.singlecell.stored import open_cells

if TYPE_CHECKING:
    from anndata import AnnData

_SHOWN = 5


def pseudobulk(
    cells_file: Path,
    out: Path,
    *,
    by: Sequence[str],
    min_cells: int,
    labels: Path | None = None,
    format: str | None = None,
    sheet: Path | None = None,
    name: str | None = None,
    sha256: str = "",
    strict: bool = False,
) -> AnnData:
    """Sum the cells of a file by their labels, and write the sums as h5ad.

    Parameters
    ----------
    cells_file, out
        File of cells of any format, and file to write.
    by, min_cells
        As for :func:`atrasig.pseudobulk`.
    labels, format
        As for :func:`atrasig.singlecell.stored.open_cells`.
    sheet, name
        Sheet that names the sums to take, and its name of the file.
    sha256
        SHA-256 that the file must have; empty for any.
    strict
        Whether a sum of too few cells stops it.

    Returns
    -------
    anndata.AnnData
        What was written, with the sums that were set aside.

    Raises
    ------
    InputError
        If there are no such cells, or the sheet names a sum that there is not.
    """
    if sha256:
        expect_sha256(cells_file, sha256)
    wanted = None
    if sheet is not None:
        rows = read_sheet(sheet)
        given = name or (rows.matrices[0] if len(rows.matrices) == 1 else rows.name_of(cells_file))
        wanted = rows.for_matrix(given).samples
    with open_cells(cells_file, by, format=format, labels=labels) as cells:
        sums = sum_cells(cells, by, min_cells)
    if wanted is not None:
        sums = choose_sums(sums, wanted, str(cells_file), strict=strict)
    write_h5ad(out, sums)
    return sums


def choose_sums(sums: AnnData, wanted: Sequence[str], where: str, *, strict: bool) -> AnnData:
    """Take the sums that a sheet names.

    Parameters
    ----------
    sums
        As of :func:`atrasig.pseudobulk`.
    wanted
        Names of samples.
    where
        File of the cells, for messages.
    strict
        Whether a sum of too few cells is an error.

    Returns
    -------
    anndata.AnnData
        The sums in the order of the sheet. Those of too few cells are set aside
        (:func:`atrasig.failures.failures_of`), those that the sheet does not name are listed in
        ``uns["atrasig"]["pseudobulk"]["sums_not_in_sheet"]``.

    Raises
    ------
    InputError
        If no cell has the labels of a sample, or most samples have too few cells.
    """
    own = sums.uns["atrasig"]
    there, left = list(map(str, sums.obs_names)), own["pseudobulk"]
    small = dict(zip(left["groups_left_out"], left["cells_left_out"], strict=True))
    unknown = [name for name in wanted if name not in {*there, *small}]
    if unknown:
        shown, known = (", ".join(map(repr, names[:_SHOWN])) for names in (unknown, there))
        raise InputError(
            f"{len(unknown)} of {len(wanted)} samples of the sheet are no sums of cells: {shown}",
            where=where,
            fix=f"There are {len(there)} sums: {known}{', ...' if len(there) > _SHOWN else ''}. "
            f"They are named by {' | '.join(left['by'])} of their cells.",
        )
    failures = [_too_few(name, int(small[name]), own) for name in wanted if name in small]
    if failures and (strict or not is_minority(len(failures), len(wanted))):
        raise told(failures[0])
    others = sorted(set(there) - set(wanted))
    chosen = sums[[name for name in wanted if name not in small]].copy()
    facts = own["input"] | {"pseudobulk_sums_not_in_sheet": len(others)}
    groups = left | {"sums_not_in_sheet": others}
    chosen.uns["atrasig"] = with_failures({"input": facts, "pseudobulk": groups}, failures)
    return chosen


def _too_few(name: str, n_cells: int, own: dict[str, dict[str, object]]) -> Failure:
    needed = own["input"]["pseudobulk_min_cells"]
    return Failure.of(
        name,
        "ingest",
        InputError(
            f"The sum has {n_cells} cells, and {needed} are needed",
            fix="Lower cells.min_cells, or take the sample out of the sheet.",
        ),
    )
