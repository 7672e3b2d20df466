"""Quality flags of a sample: value, threshold, what was seen, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atrasig.harmonisation import MIN_KNOWN
from atrasig.prediction.artefact import SampleFloors
from atrasig.prediction.sample import SPARSE
from atrasig.qc.context import context_flags, programme_flags
from atrasig.qc.flag import Facts, Flag

if TYPE_CHECKING:
    from anndata import AnnData

FLAG_COLUMNS = ("sample", "flag", "level", "value", "threshold", "message", "consequence")
_LOW_DETECTION = 0.5
_FLOORS = SampleFloors()


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
        ``message`` and ``consequence``, as text. Only ``pass`` may have no consequence.
    """
    names = [str(name) for name in (expr.obs_names if samples is None else samples)]
    shared = list(_matrix_flags(expr.uns["atrasig"]))
    platform = str(expr.uns["atrasig"].get("platform", ""))
    unscored = _unscored(scores)
    answers: dict[str, list[Facts]] = {}
    for row in calls.to_dict("records"):
        answers.setdefault(str(row["sample"]), []).append(row)
    rows: list[tuple[str, ...]] = []
    for name in names:
        obs = dict(expr.obs.loc[name])
        given = answers.get(name, [])
        found = [
            *_depth_flags(obs),
            *_gene_flags(obs, unscored.get(name, (0, 0)), given),
            *context_flags(obs, given),
            *programme_flags(obs, given, platform),
            *shared,
        ]
        rows += [flag.row(name) for flag in found]
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


def _depth_flags(obs: Facts) -> Iterator[Flag]:
    library = float(obs["qc_library_size"])
    floor = f"{_FLOORS.library_size:,.0f} reads"
    if np.isnan(library):
        yield Flag(
            "sequencing depth",
            "pass",
            "not counts",
            floor,
            "The matrix holds no counts.",
            "Depth cannot be checked.",
        )
    else:
        deep = library >= _FLOORS.library_size
        yield Flag(
            "sequencing depth",
            "pass" if deep else "fail",
            f"{library:,.0f} reads",
            floor,
            "Reads assigned to genes.",
            "" if deep else "No call is made: ranks of rarely read genes are chance.",
        )
    measured, detected = int(obs["qc_coding_measured"]), int(obs["qc_coding_detected"])
    low = detected < _LOW_DETECTION * measured
    yield Flag(
        "genes detected",
        "warn" if low else "pass",
        f"{detected:,} of {measured:,}",
        f"{_LOW_DETECTION:.0%}",
        "Protein-coding genes above the sample's floor.",
        "Many genes tie at the floor; scores of low genes are compressed." if low else "",
    )


def _gene_flags(obs: Facts, unscored: tuple[int, int], calls: Sequence[Facts]) -> Iterator[Flag]:
    measured = int(obs["qc_coding_measured"])
    enough = measured >= _FLOORS.coding_measured
    yield Flag(
        "genes measured",
        "pass" if enough else "fail",
        f"{measured:,} protein-coding",
        f"{_FLOORS.coding_measured:,}",
        "Protein-coding genes with a value.",
        "" if enough else "No call is made: the ranking universe is too small.",
    )
    missing, total = unscored
    yield Flag(
        "signature coverage",
        "warn" if missing else "pass",
        f"{missing} of {total} signatures not scored",
        "0",
        "Signatures with too few measured genes.",
        "Their scores are missing, each with its reason." if missing else "",
    )
    rested = [call for call in calls if call["n_genes"]]
    if rested:
        shares = [f"{c['model']} {c['n_matched']:,} of {c['n_genes']:,}" for c in rested]
        sparse = [str(call["model"]) for call in calls if str(call["reason"]).startswith(SPARSE)]
        yield Flag(
            "model coverage",
            "fail" if sparse else "pass",
            "; ".join(shares),
            f"{_FLOORS.coverage:.0%} of each list",
            "Measured genes of each model.",
            f"No call is made by {', '.join(sparse)}: too much of a list is missing."
            if sparse
            else "",
        )
    absent = int(obs["qc_missing"])
    yield Flag(
        "missing values",
        "warn" if absent else "pass",
        f"{absent:,}",
        "0",
        "Genes without a value in this sample.",
        "They are left out of the ranking, never imputed." if absent else "",
    )


def _matrix_flags(facts: Facts) -> Iterator[Flag]:
    qc, scale = facts["qc"], facts["scale"]
    dropped = int(qc.get("summary_rows_dropped", 0))
    others = int(qc.get("samples_not_in_sheet", 0))
    rows = int(qc["rows_read"]) - dropped
    known = rows - int(qc["identifiers"].get("unmapped", 0))
    yield Flag(
        "gene identifiers",
        "pass",
        f"{known:,} of {rows:,} known",
        f"{MIN_KNOWN:.0%}",
        f"Identifiers read as {qc['identifier_kind']}; unknown ones keep their own name.",
    )
    yield Flag(
        "rows of one gene",
        "pass",
        f"{int(qc['rows_collapsed']):,} rows of {int(qc['genes_with_several_rows']):,} genes",
        "one row a gene",
        f"Collapsed to the {qc['collapsed_by']}.",
    )
    yield Flag(
        "left out of the matrix",
        "pass",
        f"{dropped:,} rows, {others:,} samples",
        "0 rows, 0 samples",
        "Rows that count reads outside genes; samples that the sheet does not name.",
    )
    ambiguous = scale["platform"] == "rnaseq_normalised"
    yield Flag(
        "scale",
        "warn" if ambiguous else "pass",
        str(scale["scale"]),
        "counts, CPM stated as such, or an array",
        f"Decided by {scale['decided_by']} for the whole matrix.",
        "TPM ranks genes otherwise than counts and CPM do, and cannot always be told from CPM: "
        "give counts, or state the scale."
        if ambiguous
        else "",
    )
