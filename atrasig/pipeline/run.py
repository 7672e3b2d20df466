"""All stages for one matrix in one process, for a quick look."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from atrasig.pipeline import stages
from atrasig.pipeline.collect import collect
from atrasig.errors import InputError
from atrasig.sheet import matrix_id, read_sheet


def run_matrix(
    matrix: Path,
    out: Path,
    *,
    sheet: Path | None = None,
    disease: str = "",
    tissue: str = "",
    scale: str = "auto",
    signatures: Sequence[Path] = (),
    models: Sequence[Path] = (),
    seed: int = 1,
) -> str:
    """Run every stage for one matrix.

    Parameters
    ----------
    matrix
        Expression matrix of any format that is read.
    out
        Results folder; the same files as the workflow writes.
    sheet
        Sample sheet; where it names several matrices, the one whose path is `matrix`.
    disease, tissue, scale, signatures, models, seed
        As in the configuration.

    Returns
    -------
    str
        A short table of the calls.

    Raises
    ------
    InputError
        If the sheet does not name the matrix.
    """
    name = _name_in_sheet(matrix, sheet) if sheet else matrix.name
    work = out / "work" / matrix_id(name)
    given: dict[str, Any] = {"signatures": signatures}
    parameters = {
        "disease": disease, "tissue": tissue, "scale": scale, "seed": seed,
        "signatures": [path.name for path in signatures], "models": [path.name for path in models],
    }  # fmt: skip
    expr, tables = work / "expr.h5ad", {
        key: work / f"{key}.parquet" for key in ("scores", "calls", "drivers", "enrichment", "contrasts")
    }
    steps = {
        "ingest": lambda: stages.ingest(matrix, work / "raw.h5ad", sheet=sheet, name=name),
        "harmonise": lambda: stages.harmonise(
            work / "raw.h5ad", expr, sheet=sheet, name=name if sheet else None, scale=scale
        ),
        "score": lambda: stages.score(expr, tables["scores"], **given),
        "predict": lambda: stages.predict(
            expr, tables["calls"], tables["drivers"], models=models, disease=disease, tissue=tissue, **given
        ),
        "enrich": lambda: stages.enrich(expr, tables["enrichment"], **given),
        "contrast": lambda: stages.contrast(expr, tables["contrasts"], seed=seed, **given),
        "report": lambda: stages.report(
            expr, out=out, manifest=work / "pages.tsv", parameters=parameters, **tables, **given
        ),
        "collect": lambda: collect(
            out, exprs=[expr], scores=[tables["scores"]], calls=[tables["calls"]],
            enrichment=[tables["enrichment"]], contrasts=[tables["contrasts"]],
            pages=[work / "pages.tsv"], parameters=parameters, **given,
        ),
    }  # fmt: skip
    for _, step in stages.progress(steps.items(), "atrasig run", len(steps)):
        step()
    return calls_table(pd.read_parquet(tables["calls"]))


def _name_in_sheet(matrix: Path, sheet: Path) -> str:
    rows = read_sheet(sheet)
    for name in rows.matrices:
        if (rows.folder / name).resolve() == matrix.resolve():
            return name
    raise InputError(
        f"The sheet does not name {matrix.name}",
        where=str(sheet),
        fix=f"It names: {', '.join(rows.matrices)} (relative to the sheet's folder).",
    )


def calls_table(calls: pd.DataFrame) -> str:
    """Primary calls as a short text table, one line a sample."""
    primary = calls[calls["primary"]]
    wide = primary.pivot(index="sample", columns="question", values="call")
    wide["score"] = primary[primary["question"] == "sensitivity"].set_index("sample")["score"]
    wide = wide.loc[list(dict.fromkeys(primary["sample"])), ["sensitivity", "score", "response"]]
    return wide.to_string(float_format="{:.3f}".format, index_names=False, na_rep="")
