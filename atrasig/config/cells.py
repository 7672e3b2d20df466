"""The section of a configuration that is about single cells."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, model_validator

CellMethod = Literal[
    "singscore", "singscore_undirected", "singscore_dispersion", "stingscore",
    "stingscore_blood", "ssgsea", "ucell", "aucell", "ulm", "weighted",
]  # fmt: skip
"""Scoring methods that take one cell at a time."""
Label = Annotated[StrictStr, Field(min_length=1)]


class CellsConfig(BaseModel):
    """What is done with matrices of single cells."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    matrices: tuple[StrictStr, ...] = Field(
        default=(),
        description="Matrices of the sheet that hold single cells, named as in its column matrix. "
        "Their samples in the sheet are sums of cells, named by the labels of these: P1|Monocyte.",
    )
    by: tuple[Label, ...] = Field(
        default=("sample", "cell_type"),
        min_length=1,
        description="Columns of labels whose cells are summed together.",
    )
    min_cells: StrictInt = Field(
        default=10, ge=1, description="Cells a sum needs; a sample of fewer is set aside."
    )
    labels: StrictStr = Field(
        default="",
        description="Table with the names of cells in its first column and their labels in others, "
        "for a matrix that has none; empty: the labels of the matrix.",
    )
    scores: tuple[CellMethod, ...] = Field(
        default=("ucell",),
        description="Methods by which each cell is scored; none: cells are only summed.",
    )

    @model_validator(mode="after")
    def _labels_of_one_matrix(self) -> Self:
        if self.labels and len(self.matrices) > 1:
            text = f"labels names the cells of one matrix, and matrices lists {len(self.matrices)}"
            raise ValueError(f"{text}; names of cells may repeat between them")
        return self
