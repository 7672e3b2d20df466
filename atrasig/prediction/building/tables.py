"""Tables beside an artefact: predictions of its training samples, inference on its genes."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pandas as pd

from atrasig.prediction.fitting import Coefficients, OutOfFold, TrainingData, infer
from atrasig.prediction.kinds.linear import LinearModel

MAX_GENES = 500
"""Genes tested one by one; a ridge regression weighs every gene."""


def prediction_table(
    out: OutOfFold, coefficients: Coefficients, model: LinearModel
) -> pd.DataFrame:
    """One row a training sample.

    Parameters
    ----------
    out
        Predictions out of fold.
    coefficients, model
        The fit on all samples, and its artefact.

    Returns
    -------
    pandas.DataFrame
        ``out_of_fold`` is the prediction by a model that did not see the sample, ``fitted`` that
        of the artefact, which did; ``score`` is ``out_of_fold`` without its fold's intercept, by
        which order is judged; ``low`` and ``high`` bound the interval about ``out_of_fold``.
    """
    data = out.data
    half = np.full(len(data.samples), np.nan)
    if model.interval is not None:
        own = model.interval.groups
        half = np.array(
            [(own.get(group) or model.interval.pooled).half_width for group in data.groups]
        )
    return pd.DataFrame(
        {
            "sample": list(data.samples),
            "group": list(data.groups),
            "response": data.response,
            "fold": out.folds.ids,
            "out_of_fold": out.predictions,
            "low": out.predictions - half,
            "high": out.predictions + half,
            "score": out.scores,
            "fitted": coefficients.predict(data.features, data.genes),
        }
    )


def inference_table(data: TrainingData, coefficients: Coefficients) -> pd.DataFrame:
    """One row a gene of the model, the largest weights first.

    Returns
    -------
    pandas.DataFrame
        Weight, frequency of selection where the recipe has one, and the estimate beside lineage
        with its 95 % interval, p and q for the 500 largest weights.
    """
    size = np.abs(coefficients.weights)
    order = np.lexsort((np.arange(size.size), -size))
    order = order[size[order] > 0][:MAX_GENES]
    genes = [coefficients.genes[place] for place in order]
    table = pd.DataFrame([asdict(row) for row in infer(data, genes)])
    table.insert(1, "weight", coefficients.weights[order])
    often = coefficients.details.get("frequencies", {})
    table.insert(2, "selected", [often.get(gene, np.nan) for gene in genes])
    table["caveat"] = "after selection on the same samples: optimistic (limits of the model)"
    return table
