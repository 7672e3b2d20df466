"""Fit sensitivity models: recipes, nested cross-validation, intervals, calibration, inference.

Pure functions on arrays. Reading tables, writing artefacts and showing progress are done by those
who call them.
"""

from atrasig.prediction.fitting.conformal import (
    ConformalWidths,
    Coverage,
    JackknifePlus,
    binomial_band,
    calibrate,
    conformal_quantile,
    held_out_coverage,
    jackknife_plus,
)
from atrasig.prediction.fitting.correlation import CorrelationSignature
from atrasig.prediction.fitting.data import TrainingData, training_data
from atrasig.prediction.fitting.folds import Folds, leave_one_out, make_folds
from atrasig.prediction.fitting.inference import CAVEAT, GeneEstimate, infer
from atrasig.prediction.fitting.nested import (
    OutOfFold,
    mean_over_folds,
    nested,
    permutation_p,
    permuted_null,
)
from atrasig.prediction.fitting.platt import Platt, platt
from atrasig.prediction.fitting.recipes import Coefficients, Recipe
from atrasig.prediction.fitting.regularised import RegularisedRegression

__all__ = [
    "CAVEAT",
    "Coefficients",
    "ConformalWidths",
    "CorrelationSignature",
    "Coverage",
    "Folds",
    "GeneEstimate",
    "JackknifePlus",
    "OutOfFold",
    "Platt",
    "Recipe",
    "RegularisedRegression",
    "TrainingData",
    "binomial_band",
    "calibrate",
    "conformal_quantile",
    "held_out_coverage",
    "infer",
    "jackknife_plus",
    "leave_one_out",
    "make_folds",
    "mean_over_folds",
    "nested",
    "permutation_p",
    "permuted_null",
    "platt",
    "training_data",
]
