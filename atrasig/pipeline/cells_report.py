"""The page of cells, file to file: an h5ad in, one HTML file out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atrasig.errors import InputError, UsageError
from atrasig.files import sha256_file, write_text
from atrasig.io.table import as_text
from atrasig.pipeline.cells_map import find_map
from atrasig.pipeline.cells_stored import (
    KEY,
    StoredCells,
    column_of,
    holds,
    mapping,
    open_backed,
    read_stored,
)
from atrasig.scoring.registry import get_methods
from atrasig.signatures import SignatureSet, load_with_shipped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrasig.report.cells import CellData, CellScore

SHOWN = ("retinoid_response_core", "atra_differentiation_markers", "eppert_lsc_r")
"""Signatures of a page that names none: retinoid response, differentiation, stemness."""
MAX_SIGNATURES = 8
MAX_TYPES = 100
MAX_ROWS = 300
_QUALITY = "qc_"


@dataclass(frozen=True)
class CellsSettings:
    """What the page of cells can be told.

    Parameters
    ----------
    group
        Column of ``obs`` that says the type of each cell.
    signature
        Ids of the signatures to show; :data:`SHOWN` where none is named.
    signatures
        Further signature files.
    method, universe
        How cells are scored whose file holds no such scores.
    seed
        Seed of a map that is computed here.
    """

    group: str = "cell_type"
    signature: Sequence[str] = ()
    signatures: Sequence[Path] = ()
    method: str = "ucell"
    universe: str = "coding"
    seed: int = 1


def report_cells(cells: Path, out: Path, settings: CellsSettings) -> CellData:
    """Draw scored cells and write the page.

    Parameters
    ----------
    cells
        h5ad with the types of the cells in ``obs``. Coordinates are ``obsm["X_umap"]``, scores
        ``obsm["atrasig_<method>"]`` as :func:`atrasig.tl.score` writes them; what is missing is
        computed, and nothing is written to the file.
    out
        HTML file.
    settings
        What to show.

    Returns
    -------
    CellData
        What the page shows.

    Raises
    ------
    InputError
        If there is no such column, it has too many values, or there are no cells.
    UsageError
        If too many signatures are named.
    """
    from atrasig.provenance import package_versions, run_provenance
    from atrasig.report.cells import CellData
    from atrasig.report.cells_page import render_cells
    from atrasig.report.tables import plain

    library = load_with_shipped(settings.signatures)
    chosen = library.select(_wanted(settings))
    stored = read_stored(cells, settings.method)
    labels = _labels(stored.obs, settings.group)
    _refuse_many(len(set(labels.tolist())), len(chosen))
    scores, record, here = _scores(cells, stored, chosen, settings)
    found = find_map(cells, stored.places, len(labels), settings.seed)
    method = get_methods([settings.method])[0]
    data = CellData(
        file=cells.name,
        sha256=sha256_file(cells),
        group=settings.group,
        labels=labels,
        scores=tuple(_score(name, scores, record, chosen) for name in _wanted(settings)),
        method=method.name,
        method_title=method.title,
        method_reference=method.reference,
        scoring=_scoring(record, here=here),
        places=found.places,
        map_how=found.how,
        quality=_quality(stored.obs),
        facts=plain(mapping(stored.own.get("input"))),
        provenance=run_provenance(chosen, _parameters(settings, here=here))
        | {"packages": package_versions() | found.packages},
    )
    write_text(out, render_cells(data))
    return data


def _wanted(settings: CellsSettings) -> tuple[str, ...]:
    named = tuple(dict.fromkeys(settings.signature)) or SHOWN
    if len(named) > MAX_SIGNATURES:
        raise UsageError(
            f"{len(named)} signatures are named for one page",
            fix=f"Name {MAX_SIGNATURES} at most, and make several pages.",
        )
    return named


def _labels(obs: pd.DataFrame, group: str) -> NDArray[np.object_]:
    there = ", ".join(map(str, obs.columns)) or "none"
    if group not in obs:
        raise InputError(
            f"The cells have no column {group!r}",
            fix=f"Name one by --group. Their columns are: {there}.",
        )
    labels = np.asarray(as_text(obs[group]).str.strip(), dtype=object)
    number = len(set(labels.tolist()))
    if number > MAX_TYPES:
        raise InputError(
            f"The column {group!r} has {number} values, and a page shows {MAX_TYPES} types at most",
            fix=f"Name a column of cell types or clusters by --group. The columns are: {there}.",
        )
    return labels


def _refuse_many(n_types: int, n_signatures: int) -> None:
    if n_types * n_signatures > MAX_ROWS:
        raise UsageError(
            f"{n_signatures} signatures of {n_types} types make {n_types * n_signatures} rows, and "
            f"a page holds {MAX_ROWS}",
            fix="Name fewer signatures, and make several pages.",
        )


def _scores(
    cells: Path, stored: StoredCells, chosen: SignatureSet, settings: CellsSettings
) -> tuple[pd.DataFrame, Mapping[str, Any], bool]:
    """Give scores by column, the record they came with, and whether they were computed here."""
    key = KEY.format(settings.method)
    record = mapping(mapping(stored.own.get("scores")).get(key))
    if holds(stored, chosen, record):
        return stored.scores, record, False
    from atrasig import tl

    adata = open_backed(cells)
    try:
        tl.score(adata, chosen, method=settings.method, universe=settings.universe)
    finally:
        adata.file.close()
    return adata.obsm[key], adata.uns["atrasig"]["scores"][key], True


def _score(
    name: str, scores: pd.DataFrame, record: Mapping[str, Any], chosen: SignatureSet
) -> CellScore:
    from atrasig.report.cells import CellScore

    signature = chosen[name]
    table = record.get("signatures")
    row: Mapping[Any, Any] = {}
    if isinstance(table, pd.DataFrame) and name in table.index:
        row = table.loc[name].to_dict()
    source = signature.source
    doi = f", doi:{source.doi}" if source.doi else ""
    return CellScore(
        signature=name,
        values=scores[column_of(name)].to_numpy(dtype=np.float64),
        title=signature.title,
        kind=signature.kind,
        citation=f"{source.citation}{doi}",
        limits=tuple(signature.limits),
        n_genes=int(row["n_genes"]) if row else None,
        n_matched=int(row["n_matched"]) if row else None,
        reasons=str(row.get("reasons", "")),
    )


def _scoring(record: Mapping[str, Any], *, here: bool) -> dict[str, Any]:
    names = ("atrasig_version", "values_from", "platform", "universe", "universe_genes",
             "universe_sha256", "biotype_from", "n_samples")  # fmt: skip
    return {name: record[name] for name in names if name in record} | {"scored_for_this_page": here}


def _quality(obs: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
    return {
        str(name): obs[name].to_numpy(dtype=np.float64)
        for name in obs.columns
        if str(name).startswith(_QUALITY) and pd.api.types.is_numeric_dtype(obs[name])
    }


def _parameters(settings: CellsSettings, *, here: bool) -> dict[str, Any]:
    shown = {"group": settings.group, "signature": list(_wanted(settings)),
             "method": settings.method, "seed": settings.seed}  # fmt: skip
    return shown | ({"universe": settings.universe} if here else {})
