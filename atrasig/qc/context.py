"""Flags on what is declared of a sample, held against what was found in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from atrasig.prediction.artefact import SampleFloors
from atrasig.prediction.declared import LEFT_OUT
from atrasig.prediction.fusion import rara_fusions, recorded_fusions
from atrasig.prediction.gate import CONTRADICTS, NO_DISEASE
from atrasig.prediction.kinds.sibling_contrast import (
    NO_REFERENCE,
    SiblingContrastModel,
    programme_level,
)
from atrasig.prediction.loading import load_models
from atrasig.prediction.outcome import NO_CALL
from atrasig.prediction.sample import SPARSE, cell_text
from atrasig.qc.flag import Facts, Flag

_APL_MODEL = "apl_programme"
_FLOORS = SampleFloors()
_STATED = "stated in the sheet"


def context_flags(obs: Facts, calls: Sequence[Facts]) -> Iterator[Flag]:
    """Flag what the sheet says of a sample, or does not, given its rows of the calls."""
    primary = {str(call["question"]): call for call in calls if call["primary"]}
    sensitivity, response = primary.get("sensitivity"), primary.get("response")
    disease = cell_text(obs.get("disease"))
    refused = sensitivity is None or str(sensitivity["reason"]).startswith(NO_DISEASE)
    known = bool(disease) or not refused
    yield Flag(
        "disease stated",
        "pass" if known else "warn",
        disease or ("given for the run" if known else "not in the sheet"),
        _STATED,
        "A sensitivity model holds for its disease alone.",
        "" if known else "No sensitivity call is made unless a disease is given for the run.",
    )
    unstated = [name for name in ("material", "timepoint") if not cell_text(obs.get(name))]
    if unstated and sensitivity is not None and sensitivity["call"] != NO_CALL:
        yield Flag(
            "context assumed",
            "warn",
            f"{' and '.join(unstated)} not stated",
            _STATED,
            "The sample is taken as an untreated sample of a patient.",
            "The sensitivity call does not hold if it is not: fill the sheet.",
        )
    if response is not None:
        yield from _baseline_flags(obs, response)
    contrary = [str(call["model"]) for call in calls if CONTRADICTS in str(call["reason"])]
    if contrary:
        yield Flag(
            "call against disease",
            "warn",
            ", ".join(contrary),
            disease or "given for the run",
            "A programme or fusion was found that contradicts the declared disease.",
            "Check the diagnosis and the sample's identity before using the call.",
        )


def _baseline_flags(obs: Facts, response: Facts) -> Iterator[Flag]:
    reference = str(response["reference"])
    _, _, left_out = reference.partition(LEFT_OUT)
    if left_out:
        yield Flag(
            "baselines left out",
            "warn",
            left_out,
            "every declared baseline",
            "Baselines that cannot serve, each with its reason.",
            "The response is judged without them.",
        )
    unstated = [name for name in ("disease", "tissue") if not cell_text(obs.get(name))]
    paired = reference.startswith("own baseline")
    if len(unstated) == 2 and response["call"] != NO_CALL and not paired:
        yield Flag(
            "baseline context",
            "warn",
            "disease and tissue not in the sheet",
            _STATED,
            "Baselines of other samples are taken as of the same tissue.",
            "Tissues differ in retinoid tone: the response call holds only if it is one tissue.",
        )


def programme_flags(obs: Facts, calls: Sequence[Facts], platform: str) -> Iterator[Flag]:
    """Flag the APL programme against recorded fusions and the kind of data."""
    unknown = [str(call["model"]) for call in calls if NO_REFERENCE in str(call["reason"])]
    if unknown:
        yield Flag(
            "platform reference",
            "warn",
            platform.replace("_", " ") or "unnamed",
            "a platform with frozen figures",
            f"No frozen figures for this kind of data: {', '.join(unknown)}.",
            "Scores are shown and no call is made from them.",
        )
    programme = next((call for call in calls if call["model"] == _APL_MODEL), None)
    level = _programme_level(obs, programme, platform) if programme is not None else ""
    if programme is None or not level:
        return
    fusions = rara_fusions(recorded_fusions(cell_text(obs.get("fusion"))))
    score, bounds = f"{float(programme['score']):.3f}", _bounds(platform)
    if level == "present" and not fusions:
        yield Flag(
            "programme without fusion",
            "warn",
            score,
            bounds,
            "An APL programme is present and no RARA fusion is recorded.",
            "Confirm PML::RARA by a molecular test.",
        )
    if level == "absent" and any("PML" in name.split("::") for name in fusions):
        yield Flag(
            "fusion without programme",
            "warn",
            score,
            bounds,
            "PML::RARA is recorded and no APL programme is seen.",
            "Check the sample's identity and purity.",
        )


def _programme_level(obs: Facts, programme: Facts, platform: str) -> str:
    """Where the programme stands whatever gate closed the call, empty where it cannot be read."""
    library = float(obs["qc_library_size"])
    reads = float(obs.get("qc_implied_reads", np.nan)) if np.isnan(library) else library
    shallow = reads < _FLOORS.library_size  # False for NaN: depth is unknown there
    poor = int(obs["qc_coding_measured"]) < _FLOORS.coding_measured
    sparse = float(programme["coverage"]) < _FLOORS.coverage
    if shallow or poor or sparse or str(programme["reason"]).startswith(SPARSE):
        return ""
    if programme["call"] != NO_CALL:
        return "present"
    return programme_level(_apl_model(), platform, float(programme["score"]))


def _apl_model() -> SiblingContrastModel:
    return next(
        model
        for model in load_models()
        if isinstance(model, SiblingContrastModel) and model.id == _APL_MODEL
    )


def _bounds(platform: str) -> str:
    figures = _apl_model().platforms.get(platform)
    if figures is None:
        return "no frozen figures"
    low, high = np.mean(figures.non_target_maximum), np.mean(figures.thresholds)
    return f"absent to {low:.3f}, present from {high:.3f}"
