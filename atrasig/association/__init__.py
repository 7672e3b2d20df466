"""Scores against what the sheet knows of the samples: covariates, batch and survival."""

from __future__ import annotations

from atrasig.association.run import Association, associate
from atrasig.association.tables import COLUMNS, FACTS

__all__ = ["COLUMNS", "FACTS", "Association", "associate"]
