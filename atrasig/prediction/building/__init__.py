"""From a matrix and a response to a model artefact: choose samples, fit, judge, freeze, write."""

from atrasig.prediction.building.build import fit
from atrasig.prediction.building.fitted import FittedModel

__all__ = ["FittedModel", "fit"]
