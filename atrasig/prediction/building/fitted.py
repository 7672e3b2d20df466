"""A fitted model with its tables, and the files it is written to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from atrasig.files import write_text, write_tsv
from atrasig.prediction.building.writing import artefact_yaml, table_text
from atrasig.prediction.kinds.linear import LinearModel

_ENDINGS = (".yaml", ".tsv", ".validation.tsv", ".predictions.tsv", ".inference.tsv")


@dataclass(frozen=True)
class FittedModel:
    """A frozen model and what it was judged by.

    Parameters
    ----------
    model
        The artefact.
    predictions
        One row a training sample: response, prediction out of fold and of the frozen model.
    inference
        One row a gene: its association with the response, lineage held fixed.
    left_out
        One line a reason: samples that were not used.
    """

    model: LinearModel
    predictions: pd.DataFrame
    inference: pd.DataFrame
    left_out: tuple[str, ...]

    @property
    def validation(self) -> pd.DataFrame:
        """Validation table of the artefact."""
        return pd.DataFrame([row.model_dump() for row in self.model.validation])

    def save(self, folder: str | Path) -> list[Path]:
        """Write the artefact and its tables, the YAML last.

        Parameters
        ----------
        folder
            Made where it is missing; files of the same names are replaced, each whole.

        Returns
        -------
        list of pathlib.Path
            ``<id>.yaml``, which is what ``models`` takes, then its table and those of validation,
            predictions and inference.
        """
        stem = Path(folder) / self.model.id
        paths = [stem.with_name(f"{stem.name}{ending}") for ending in _ENDINGS]
        write_text(paths[1], table_text(self.model.genes))
        tables = (self.validation, self.predictions, self.inference)
        for path, table in zip(paths[2:], tables, strict=True):
            write_tsv(path, table)
        write_text(paths[0], artefact_yaml(self.model, paths[1].name))
        return paths
