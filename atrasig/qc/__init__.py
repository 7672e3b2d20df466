"""Quality flags of a sample: value, threshold, what was seen, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atrasig.prediction.artefact import SampleFloors
from atrasig.prediction.sample import SPARSE, cell_text
from atrasig.qc.context import context_flags, programme_flags
from atrasig.qc.flag import Facts, Flag
from atrasig.qc.matrix import matrix_flags

if TYPE_CHECKING:
    from anndata import AnnData

FLAG_COLUMNS = ("sample", "flag", "level", "value", "threshold", "message", "consequence")
_LOW_DETECTION = 0.5
_FLOORS = SampleFloors()
_DEPTH = f"at least {_FLOORS.library_size:,.0f} reads"


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
    shared = list(matrix_flags(expr.uns["atrasig"]))
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
            *_depth_flags(obs, expr.uns["atrasig"]),
            *_value_flags(obs, platform),
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


def _depth_flags(obs: Facts, facts: Facts) -> Iterator[Flag]:
    library = float(obs["qc_library_size"])
    if not np.isnan(library):
        yield _known_depth(library)
    else:
        yield _no_depth() if _is_array(facts) else _unknown_depth(obs)
    measured, detected = int(obs["qc_coding_measured"]), int(obs["qc_coding_detected"])
    low = detected < _LOW_DETECTION * measured
    yield Flag(
        "genes detected",
        "warn" if low else "pass",
        f"{detected:,} of {measured:,}",
        f"at least {_LOW_DETECTION:.0%}",
        "Protein-coding genes above the sample's floor.",
        "Many genes tie at the floor; scores of low genes are compressed." if low else "",
    )


def _is_array(facts: Facts) -> bool:
    """Whether probes or intensities show that nothing was sequenced."""
    probes = facts.get("qc", {}).get("identifier_kind") == "probe"
    named = any(str(name).startswith("probes_") for name in facts.get("input", {}))
    return probes or named or facts["scale"]["scale"] == "intensity"


def _no_depth() -> Flag:
    return Flag(
        "sequencing depth",
        "warn",
        "unknown",
        _DEPTH,
        "Arrays measure intensities, not reads.",
        "Whether enough was measured is not checked.",
    )


def _known_depth(library: float) -> Flag:
    deep = library >= _FLOORS.library_size
    return Flag(
        "sequencing depth",
        "pass" if deep else "fail",
        f"{library:,.0f} reads",
        _DEPTH,
        "Reads assigned to genes.",
        "" if deep else "No call is made: ranks of rarely read genes are chance.",
    )


def _unknown_depth(obs: Facts) -> Flag:
    implied = float(obs.get("qc_implied_reads", np.nan))
    message = "The matrix holds no counts, so the number of reads is not known."
    if not np.isnan(implied):
        message = (
            "The matrix holds no counts. If the smallest step of its values is one read, the "
            f"sample has {implied:,.0f}."
        )
    shallow = implied < _FLOORS.library_size
    return Flag(
        "sequencing depth",
        "fail" if shallow else "warn",
        "unknown",
        _DEPTH,
        message,
        "No call is made: the values stand for too few reads."
        if shallow
        else "A sample with too few reads cannot be told from a good one: give counts.",
    )


def _value_flags(obs: Facts, platform: str) -> Iterator[Flag]:
    if int(obs.get("qc_constant", 0)):
        yield Flag(
            "constant sample",
            "fail",
            "one value for all genes",
            "values that differ",
            "All measured protein-coding genes have the same value.",
            "No call is made: equal values have no ranks.",
        )
    negative = int(obs.get("qc_negative", 0))
    if negative:
        yield Flag(
            "negative intensities",
            "warn",
            f"{negative:,}",
            "0",
            "Values below the background that was taken off.",
            "They keep their order below all others; nothing is clipped. Low genes are noise.",
        )
    own = cell_text(obs.get("qc_platform"))
    if own and own != platform:
        yield Flag(
            "scale of this sample",
            "warn",
            own.replace("_", " "),
            platform.replace("_", " "),
            "Its values are no whole multiples of one unit, those of the other samples are.",
            "It is judged as normalised values, for which models may have no reference.",
        )


def _gene_flags(obs: Facts, unscored: tuple[int, int], calls: Sequence[Facts]) -> Iterator[Flag]:
    measured = int(obs["qc_coding_measured"])
    enough = measured >= _FLOORS.coding_measured
    yield Flag(
        "genes measured",
        "pass" if enough else "fail",
        f"{measured:,} protein-coding",
        f"at least {_FLOORS.coding_measured:,}",
        "Protein-coding genes with a value.",
        "" if enough else "No call is made: the ranking universe is too small.",
    )
    missing, total = unscored
    yield Flag(
        "signature coverage",
        "warn" if missing else "pass",
        f"{missing} of {total} signatures not scored",
        "0",
        "Signatures without a score by any method, mostly for want of measured genes.",
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
            f"at least {_FLOORS.coverage:.0%} of each list",
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
