"""How well frozen models do on labelled samples."""

from atrasig.prediction.validation.labels import Truth, read_label_sheet
from atrasig.prediction.validation.markdown import as_markdown
from atrasig.prediction.validation.run import Validation, validate

__all__ = ["Truth", "Validation", "as_markdown", "read_label_sheet", "validate"]
