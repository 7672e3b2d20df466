"""Base of the parts of a record, and the kinds of values they hold."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


def _none_for_nan(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def _empty_for_missing(value: Any) -> Any:
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else value


Number = Annotated[float | None, BeforeValidator(_none_for_nan)]
Count = Annotated[int | None, BeforeValidator(_none_for_nan)]
Text = Annotated[str, BeforeValidator(_empty_for_missing)]
Scalar = Annotated[str | float | None, BeforeValidator(_none_for_nan)]


class Part(BaseModel):
    """Base of all parts of a record: frozen, no unknown fields, no infinite numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
