"""What a fitted model is, and is not, in plain words."""

from __future__ import annotations

import numpy as np

from atrasig.prediction.building.controls import CONTROL_RULE
from atrasig.prediction.building.domain import LIKENESS_RULE
from atrasig.prediction.building.figures import ALPHA, Judged
from atrasig.prediction.building.samples import Chosen
from atrasig.prediction.building.statement import Procedure, Statement
from atrasig.prediction.fitting import CAVEAT, Coefficients

_NOT_PATIENTS = (
    "No patient stands behind it: it was fitted on {}, and is applied to such samples alone."
)
_INTERVAL = (
    "The interval was calibrated on out-of-fold errors; for the final model, fitted on all "
    "samples, it is calibrated and not guaranteed, and it holds for samples like these."
)


def limits_of(
    statement: Statement,
    procedure: Procedure,
    chosen: Chosen,
    coefficients: Coefficients,
    judged: Judged,
    no_probability: str,
) -> tuple[str, ...]:
    """List what to know before believing a prediction, one sentence or two a line."""
    found = [
        _origin(procedure, chosen, coefficients),
        *chosen.left_out_in_words(),
        _against_chance(judged, procedure),
    ]
    materials = sorted({view.material or statement.material or "" for view in chosen.views})
    if "patient" not in materials:
        found.append(_NOT_PATIENTS.format(" and ".join(materials)))
    if statement.sensitive is None and statement.resistant is None:
        found.append("It has no thresholds: it gives a prediction and never a call.")
    else:
        found.append("Its thresholds were stated by the user, not learned from the data.")
    if statement.positive_controls:
        found.append(CONTROL_RULE)
    if chosen.features == "rank":
        found.append(LIKENESS_RULE)
    else:
        found.append("It weighs expression values and is applied to no sample.")
    if chosen.data.kind == "quantitative":
        found.append(_INTERVAL)
    if no_probability:
        found.append(f"{no_probability[0].upper()}{no_probability[1:]}.")
    return (*found, CAVEAT)


def _origin(procedure: Procedure, chosen: Chosen, coefficients: Coefficients) -> str:
    data = chosen.data
    lineages = f" of {len(data.lineages)} lineages" if data.lineages else ""
    text = (
        f"Fitted by atrasig fit, recipe {procedure.recipe}, seed {procedure.seed}, on "
        f"{chosen.features_in_words} of {len(data.samples)} samples{lineages}: "
        f"{int(np.count_nonzero(coefficients.weights)):,} of {len(chosen.panel):,} coding genes "
        f"have a weight; {len(data.constant_genes):,} do not vary; {chosen.n_unmeasured:,} more "
        "are not measured in every sample and take no part."
    )
    unconverged = coefficients.details.get("unconverged", 0)
    return text + (f" {unconverged} penalties did not converge." if unconverged else "")


def _against_chance(judged: Judged, procedure: Procedure) -> str:
    if not np.isfinite(judged.p):
        return "It was not compared with permuted responses: whether it beats chance is unknown."
    if procedure.permutations < 1 / ALPHA - 1:
        return (
            f"{procedure.permutations} permuted responses are too few to tell whether it beats "
            f"chance (p {judged.p:.3g})."
        )
    if judged.p <= ALPHA:
        return (
            f"Out of fold it does better than permuted responses (p {judged.p:.3g}, "
            f"{procedure.permutations} permutations); how much better, its validation table says."
        )
    return (
        f"OUT OF FOLD IT DOES NO BETTER THAN PERMUTED RESPONSES (p {judged.p:.3g}, "
        f"{procedure.permutations} permutations): do not rely on its predictions."
    )
