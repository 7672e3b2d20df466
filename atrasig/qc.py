"""Quality flags of a sample: value, threshold, what was seen, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atrasig.prediction.artefact import SampleFloors
from atrasig.prediction.fusion import rara_fusions
from atrasig.sheet import parse_fusions

if TYPE_CHECKING:
    from anndata import AnnData

FLAG_COLUMNS = ("sample", "flag", "level", "value", "threshold", "message", "consequence")
_LOW_DETECTION = 0.5
_APL_MODEL = "apl_programme"
_FLOORS = SampleFloors()

Row = tuple[str, str, str, str, str, str]


def flag_samples(
    expr: AnnData, scores: pd.DataFrame, calls: pd.DataFrame, samples: Sequence[str] | None = None
) -> pd.DataFrame:
    """Flag what a reviewer must know of each sample before reading its calls.

    Parameters
    ----------
    expr
        Harmonised matrix.
    scores, calls
        Tables of these samples.
    samples
        Samples to flag, all by default.

    Returns
    -------
    pandas.DataFrame
        One row a (sample, flag): ``level`` (pass, warn, fail), ``value``, ``threshold``,
        ``message`` and ``consequence``, as text.
    """
    names = [str(name) for name in (expr.obs_names if samples is None else samples)]
    shared = list(_matrix_flags(expr.uns["atrasig"]))
    unscored = _unscored(scores)
    programme = calls[calls["model"] == _APL_MODEL].set_index("sample")
    rows: list[tuple[str, ...]] = []
    for name in names:
        obs = dict(expr.obs.loc[name])
        found = [
            *_depth_flags(obs),
            *_gene_flags(obs, unscored.get(name, (0, 0))),
            *_context_flags(obs, dict(programme.loc[name]) if name in programme.index else None),
            *shared,
        ]
        rows += [(name, *row) for row in found]
    return pd.DataFrame(rows, columns=list(FLAG_COLUMNS))


def _unscored(scores: pd.DataFrame) -> dict[str, tuple[int, int]]:
    per_set = scores.groupby(["sample", "signature"], sort=False)["score"].count() == 0
    grouped = per_set.groupby(level="sample", sort=False)
    return {
        str(name): (int(missing), int(total))
        for name, missing, total in zip(
            grouped.sum().index, grouped.sum(), grouped.count(), strict=True
        )
    }


def _depth_flags(obs: dict[str, Any]) -> Iterator[Row]:
    library = float(obs["qc_library_size"])
    if np.isnan(library):
        yield (
            "sequencing depth", "pass", "not counts", "", "The matrix holds no counts.",
            "Depth cannot be checked.",
        )  # fmt: skip
    else:
        deep = library >= _FLOORS.library_size
        yield (
            "sequencing depth",
            "pass" if deep else "fail",
            f"{library:,.0f} reads",
            f"{_FLOORS.library_size:,.0f} reads",
            "Reads assigned to genes.",
            "" if deep else "No call is made: ranks of rarely read genes are chance.",
        )
    measured, detected = int(obs["qc_coding_measured"]), int(obs["qc_coding_detected"])
    share = detected / measured if measured else 0.0
    low = share < _LOW_DETECTION
    yield (
        "genes detected",
        "warn" if low else "pass",
        f"{detected:,} of {measured:,}",
        f"{_LOW_DETECTION:.0%}",
        "Protein-coding genes above the sample's floor.",
        "Many genes tie at the floor; scores of low genes are compressed." if low else "",
    )


def _gene_flags(obs: dict[str, Any], unscored: tuple[int, int]) -> Iterator[Row]:
    measured = int(obs["qc_coding_measured"])
    enough = measured >= _FLOORS.coding_measured
    yield (
        "genes measured",
        "pass" if enough else "fail",
        f"{measured:,} protein-coding",
        f"{_FLOORS.coding_measured:,}",
        "Protein-coding genes with a value.",
        "" if enough else "No call is made: the ranking universe is too small.",
    )
    missing, total = unscored
    yield (
        "signature coverage",
        "warn" if missing else "pass",
        f"{missing} of {total} signatures not scored",
        "0",
        "Signatures with too few measured genes.",
        "Their scores are missing, each with its reason." if missing else "",
    )
    absent = int(obs["qc_missing"])
    yield (
        "missing values",
        "warn" if absent else "pass",
        f"{absent:,}",
        "0",
        "Genes without a value in this sample.",
        "They are left out of the ranking, never imputed." if absent else "",
    )


def _context_flags(obs: dict[str, Any], programme: dict[str, Any] | None) -> Iterator[Row]:
    disease = str(obs.get("disease", "") or "")
    yield (
        "disease stated",
        "pass" if disease else "warn",
        disease or "not in the sheet",
        "",
        "A sensitivity model holds for its disease alone.",
        "" if disease else "No sensitivity call is made unless a disease is given for the run.",
    )
    if programme is None:
        return
    fusions = rara_fusions(parse_fusions(str(obs.get("fusion", "") or "")))
    present = "threshold" in str(programme["reason"]) and programme["call"] in {
        "sensitive",
        "intermediate",
    }
    score = f"{float(programme['score']):.3f}"
    if present and not fusions:
        yield (
            "programme without fusion", "warn", score, "",
            "An APL programme is present and no RARA fusion is recorded.",
            "Confirm PML::RARA by a molecular test.",
        )  # fmt: skip
    if fusions and any("PML" in name.split("::") for name in fusions) and not present:
        yield (
            "fusion without programme", "warn", score, "",
            "PML::RARA is recorded and no APL programme is seen.",
            "Check the sample's identity and purity.",
        )  # fmt: skip


def _matrix_flags(facts: dict[str, Any]) -> Iterator[Row]:
    qc, scale = facts["qc"], facts["scale"]
    unmapped = int(qc["identifiers"].get("unmapped", 0))
    yield (
        "gene identifiers",
        "pass",
        f"{int(qc['rows_read']) - unmapped:,} of {int(qc['rows_read']):,} known",
        "",
        f"Identifiers read as {qc['identifier_kind']}; unknown ones keep their own name.",
        "",
    )
    collapsed = int(qc["rows_collapsed"])
    yield (
        "rows of one gene",
        "pass",
        f"{collapsed:,} rows of {int(qc['genes_with_several_rows']):,} genes",
        "",
        f"Collapsed to the {qc['collapsed_by']}.",
        "",
    )
    stated = scale["platform"] == "rnaseq_normalised"
    yield (
        "scale",
        "warn" if stated else "pass",
        str(scale["scale"]),
        "",
        f"Decided by {scale['decided_by']} for the whole matrix.",
        "CPM and TPM rank genes differently and cannot be told apart: give counts." if stated else "",
    )
