"""The section of a configuration that is about the pages of samples."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt

Pages = Literal["all", "flagged", "none"]
"""Samples that get a page."""


class ReportConfig(BaseModel):
    """Which samples get a page."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pages: Pages = Field(
        default="all",
        description="Samples that get a page and a record of their own: all, flagged (a check "
        "failed; or called sensitive, intermediate, resistant, responding or partial; or not "
        "responding though exposed) or none. Tables, index and checks cover every sample; one that "
        "was set aside always gets a page that says why.",
    )
    at_most: StrictInt = Field(
        default=0,
        ge=0,
        description="Largest run, in samples, whose every sample gets a page where pages is all; "
        "in a larger one the flagged do. 0: no limit.",
    )

    def pages_of(self, n_samples: int) -> Pages:
        """Say which samples of a run of this size get a page."""
        over = self.pages == "all" and 0 < self.at_most < n_samples
        return "flagged" if over else self.pages
