"""Frozen models applied to one sample at a time."""

from atrasig.prediction.loading import load_models
from atrasig.prediction.run import Predictions, predict, predict_with_drivers

__all__ = ["Predictions", "load_models", "predict", "predict_with_drivers"]
