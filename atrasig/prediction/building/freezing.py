"""What a fit learned, in the form that an artefact freezes."""

from __future__ import annotations

import numpy as np

from atrasig.prediction.artefact import ModelGene, TrainingRecord
from atrasig.prediction.building.domain import typical
from atrasig.prediction.building.figures import Judged
from atrasig.prediction.building.samples import Chosen
from atrasig.prediction.building.statement import Procedure, Statement
from atrasig.prediction.fitting import Coefficients, calibrate, platt
from atrasig.prediction.kinds.linear_parts import Interval, Probability, Width

METHOD = "conformal, calibrated on out-of-fold errors"


def digits(value: float) -> float:
    """Ten significant digits: those after may differ between machines."""
    return float(f"{value:.10g}")


def samples_behind(statement: Statement, chosen: Chosen) -> dict[str, int]:
    """Training samples labelled sensitive and resistant, or measured beyond the thresholds."""
    response, high = chosen.data.response, statement.higher_is
    low = "resistant" if high == "sensitive" else "sensitive"
    if chosen.data.kind == "label":
        return {high: int(response.sum()), low: int((response == 0).sum())}
    thresholds = {"sensitive": statement.sensitive, "resistant": statement.resistant}
    above, below = thresholds[high], thresholds[low]
    return {
        high: 0 if above is None else int((response >= above).sum()),
        low: 0 if below is None else int((response <= below).sum()),
    }


def frozen_probability(
    judged: Judged, coefficients: Coefficients
) -> tuple[Probability | None, str]:
    """Platt scaling of the frozen model's prediction, which is its score plus the intercept."""
    out = judged.out
    if out.data.kind != "label":
        return None, ""
    fitted, reason = platt(out.scores, out.response)
    if fitted is None:
        return None, reason
    return Probability(
        slope=digits(fitted.slope),
        intercept=digits(fitted.intercept - fitted.slope * coefficients.intercept),
        n_positive=fitted.n_positive,
        n_negative=fitted.n_negative,
    ), ""


def frozen_interval(judged: Judged, procedure: Procedure, chosen: Chosen) -> Interval | None:
    """Conformal half widths of a measured response; None where n is too small for one."""
    data = judged.out.data
    if data.kind == "label":
        return None
    found = calibrate(judged.out.residuals, data.groups, 1 - procedure.level)
    if not 0 < found.pooled < np.inf:
        return None
    by_name = chosen.group_column if chosen.group_column in ("tissue", "disease") else ""
    own = {
        name: Width(half_width=digits(width), n=data.groups.count(name))
        for name, width in found.by_lineage.items()
        if by_name and 0 < width < np.inf
    }
    return Interval(
        level=procedure.level,
        method=METHOD,
        pooled=Width(half_width=digits(found.pooled), n=found.n),
        column=by_name if own else "",  # type: ignore[arg-type]
        groups=own,
    )


def frozen_genes(chosen: Chosen, coefficients: Coefficients) -> tuple[ModelGene, ...]:
    """Every gene of the panel, with coefficients where it has a weight."""
    figures = {
        gene: {"weight": digits(w), "centre": digits(c), "spread": digits(s)}
        for gene, w, c, s in zip(
            coefficients.genes, coefficients.weights, coefficients.centre, coefficients.spread,
            strict=True,
        )
        if w
    }  # fmt: skip
    medians = typical(chosen.ranks)
    ranked = chosen.features == "rank"
    return tuple(
        ModelGene(
            gene=gene,
            typical={chosen.platform: round(float(median), 4)} if ranked else {},
            **figures.get(gene, {}),
        )
        for gene, median in zip(chosen.panel, medians, strict=True)
    )


def training_record(statement: Statement, chosen: Chosen) -> TrainingRecord:
    """Say what the model was made from."""
    data = chosen.data
    n_positive = int(data.response.sum()) if data.kind == "label" else None
    n = len(data.samples)
    return TrainingRecord(
        source=statement.source,
        n=n,
        n_positive=n_positive,
        n_negative=None if n_positive is None else n - n_positive,
        sha256=statement.sha256,
    )
