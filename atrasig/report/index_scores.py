"""Key signatures of the cohort index, and how far a score lies from those of its matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

KEY_SIGNATURES = {
    "ross_aml_with_pml_rara_fusion": "APL programme (Ross, PML::RARA)",
    "valk_aml_cluster_12": "APL programme (Valk, cluster 12)",
    "retinoid_response_core": "Retinoid response core",
    "nb4_atra_induced_genes": "Genes that ATRA induces in NB4 cells",
    "martens_tretinoin_response": "NB4 cells, response to tretinoin (Martens, broad)",
    "atra_differentiation_markers": "Myeloid differentiation markers under ATRA",
    "lian_neutrophil_granule_constituents": "Constituents of neutrophil granules (Lian)",
    "brown_myeloid_cell_development": "Myeloid cell development (Brown)",
    "eppert_lsc_r": "Leukemia stem cells tested by xenograft (Eppert)",
    "hallmark_myc_targets_v1": "MYC targets",
    "hallmark_e2f_targets": "E2F targets",
    "hallmark_interferon_alpha_response": "Interferon alpha response",
}
"""Signatures of the heat map with their titles: what the calls rest on, what ATRA induces,
maturity, stemness, growth and interferon."""
_KINDS = ("sensitivity", "response", "differentiation", "stemness")
_PREFERRED = "singscore"
MIN_COMPARED = 5
"""Scores below which a median and a spread say nothing."""
MAX_LEVEL = 3
_TO_DEVIATION = 1.4826


def key_scores(
    scores: Mapping[str, Mapping[str, float | None]], kinds: Mapping[str, str]
) -> tuple[str, dict[str, float | None]]:
    """Scores of the key signatures of a sample by one method.

    Parameters
    ----------
    scores
        Score by method and signature.
    kinds
        Kind of each signature.

    Returns
    -------
    method : str
        singscore where it was run, as it reads a sample by itself; else the first by name; empty
        without scores.
    scores : dict
        Score by signature, None where it could not be computed. The scored ones of
        `KEY_SIGNATURES`, filled up to their number with other lists on sensitivity, response,
        differentiation and stemness.
    """
    if not scores:
        return "", {}
    method = _PREFERRED if _PREFERRED in scores else min(scores)
    own = scores[method]
    others = sorted(
        (name for name in own if kinds.get(name) in _KINDS and name not in KEY_SIGNATURES),
        key=lambda name: (_KINDS.index(kinds[name]), name),
    )
    chosen = [name for name in KEY_SIGNATURES if name in own] + others
    return method, {name: own[name] for name in chosen[: len(KEY_SIGNATURES)]}


def levels(scores: Sequence[float | None]) -> list[int | None]:
    """Distance of each score from the median of all, in whole deviations.

    The deviation is the median absolute deviation times 1.4826, which equals the standard
    deviation of normal values and does not follow outliers (doi:10.1080/01621459.1993.10476408).

    Parameters
    ----------
    scores
        Comparable scores, None for missing ones.

    Returns
    -------
    list of int or None
        One a score: 0 for less than one deviation, 1 or -1 for less than two, and so on up to
        `MAX_LEVEL` for that many or more. None for a missing score, and for all where fewer than
        `MIN_COMPARED` are known or where more than half are equal.
    """
    known = [score for score in scores if score is not None]
    if len(known) < MIN_COMPARED:
        return [None] * len(scores)
    middle = median(known)
    spread = _TO_DEVIATION * median(abs(score - middle) for score in known)
    if not spread:
        return [None] * len(scores)
    return [None if score is None else _level((score - middle) / spread) for score in scores]


def _level(deviations: float) -> int:
    return max(-MAX_LEVEL, min(MAX_LEVEL, int(deviations)))
