"""Response models on SH-SY5Y: three cultures before and three after retinoic acid, then BDNF."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import yaml

from atrasig.files import data_path, write_text
from atrasig.harmonisation import harmonise
from atrasig.io import read_expression
from atrasig.prediction.validation import validate

if TYPE_CHECKING:
    from anndata import AnnData

SOURCE = "response_shsy5y/Pezzini2016_SHSY5Ycelldiff_DE_table.tsv.gz"
TITLE = "SH-SY5Y, 3 untreated cultures and 3 after retinoic acid and then BDNF (counts)"
MODELS = ("neuroblastoma_differentiation", "retinoid_response")
MARK = "# All below is written by make validation.\n"
DIGITS = 4
_HOW = {"pooled": "pooled", "permuted labels": "permuted labels"}
_MEASURES = ("AUROC", "AUROC p", "sensitivity", "specificity")


def read_cultures(data: Path) -> AnnData:
    """Read the six cultures with what is known of each."""
    table = pd.read_csv(data / SOURCE, sep="\t", index_col="Gene.ID")
    runs = [name for name in map(str, table) if name.startswith("SRR") and "CPM" not in name]
    counts = table[runs]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "counts.tsv"
        counts.to_csv(path, sep="\t")
        expr = harmonise(read_expression(path))
    untreated = ["nodiff" in name for name in expr.obs_names]
    expr.obs["timepoint"] = np.where(untreated, "baseline", "exposed")
    expr.obs["material"] = "cell line"
    expr.obs["exposed"] = np.where(untreated, "no", "yes")
    return expr


def rows(expr: AnnData, model: str) -> list[dict[str, Any]]:
    """Figures of one model, as its artefact keeps them."""
    found = validate(expr, label="exposed", positive="yes", model=model, disease="neuroblastoma")
    figures = found.figures
    kept = figures[figures["measure"].isin(_MEASURES) & figures["how"].isin(list(_HOW))]
    return [_row(figure) for figure in kept.to_dict("records")] + [_noise(found.predictions)]


def _row(figure: Mapping[Any, Any]) -> dict[str, Any]:
    numbers = {
        name: round(float(figure[name]), DIGITS)
        for name in ("value", "low", "high")
        if not np.isnan(figure[name])
    }
    counts = {name: int(figure[name]) for name in ("n", "n_positive", "n_negative")}
    names = {"data": TITLE, "measure": str(figure["measure"]), "how": str(figure["how"])}
    return {**names, **counts, **numbers, "note": str(figure["reason"])}


def _noise(predictions: pd.DataFrame) -> dict[str, Any]:
    """How far untreated cultures lie from each other, beside which a shift is to be read."""
    untreated = predictions.loc[predictions["label"] == "no", "score"]
    return {
        "data": TITLE,
        "measure": "noise",
        "how": "largest shift of an untreated culture from the other two",
        "n": len(untreated),
        "value": round(float(untreated.abs().max()), DIGITS),
        "note": "no repeated exposure of one culture was at hand, so there is no noise ceiling",
    }


def freeze(data: Path, folder: Path | None = None) -> list[Path]:
    """Write the figures into the artefacts, below the mark; the same data give the same bytes."""
    expr = read_cultures(data)
    written = []
    for model in MODELS:
        shipped = data_path("signatures") / "models" / f"{model}.yaml"
        head, _, _ = shipped.read_text(encoding="utf-8").partition(MARK)
        text = yaml.safe_dump(
            {"validation": rows(expr, model)}, sort_keys=False, default_flow_style=None, width=100
        )
        path = (folder or shipped.parent) / shipped.name
        write_text(path, head + MARK + text)
        written.append(path)
    return written
