"""What the rules on single cells ask."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from atrasig.config import RunConfig
from atrasig.errors import Fault
from atrasig.sheet import is_remote, parse_remote
from atrasig.workflow_helpers.commands import repeat
from atrasig.workflow_helpers.resources import BASE_MEMORY_MB, SizedInput, Wildcards, memory_mb

_READ_IN_BANDS = frozenset({".h5ad", ".zarr"})
_MEMORY_PER_INPUT_MB = 0.1  # names and labels of the cells; their counts stay in the file
_NOTHING = "(?!)"


@dataclass(frozen=True)
class CellsPlan:
    """Which matrices of a run hold single cells, and what is done with them.

    Parameters
    ----------
    config
        The run configuration.
    matrices
        Name in the sheet of every matrix id.
    """

    config: RunConfig
    matrices: Mapping[str, str]

    @property
    def faults(self) -> list[Fault]:
        """Matrices that the configuration names and the sheet does not."""
        known = set(self.matrices.values())
        return [
            Fault(0, "cells.matrices", f"no sample of the sheet lies in {name!r}")
            for name in self.config.cells.matrices
            if name not in known
        ]

    @property
    def ids(self) -> list[str]:
        """Ids of the matrices of cells, in the order of the sheet."""
        named = set(self.config.cells.matrices)
        return [identifier for identifier, name in self.matrices.items() if name in named]

    @property
    def pattern(self) -> str:
        """Regular expression that matches the ids of matrices of cells and nothing else."""
        return "|".join(map(re.escape, self.ids)) or _NOTHING

    @property
    def others_pattern(self) -> str:
        """Regular expression that matches the ids of all other matrices and nothing else."""
        others = [identifier for identifier in self.matrices if identifier not in self.ids]
        return "|".join(map(re.escape, others)) or _NOTHING

    @property
    def tables(self) -> list[str]:
        """Files with the scores of cells."""
        scored = self.ids if self.config.cells.scores else []
        return [f"{self.config.results}/cells/{identifier}.parquet" for identifier in scored]

    def sum_options(self, wildcards: Wildcards) -> list[str]:
        """Give the options of ``atrasig pseudobulk``."""
        return [*self._options(wildcards), "--min-cells", str(self.config.cells.min_cells)]

    def score_options(self, wildcards: Wildcards) -> list[str]:
        """Give the options of ``atrasig score-cells``."""
        genes = self.config.harmonise.genes
        return [
            *self._options(wildcards),
            *repeat("--method", self.config.cells.scores),
            *(["--genes", genes] if genes else []),
            "--universe",
            self.config.score.universe,
            *repeat("--signatures", self.config.signatures),
        ]

    def _options(self, wildcards: Wildcards) -> list[str]:
        name = self.matrices[wildcards.matrix]
        given = {
            "--labels": self.config.cells.labels,
            "--format": self.config.ingest.format,
            "--sha256": parse_remote(name).sha256 if is_remote(name) else "",
        }
        options = [part for option, value in given.items() if value for part in (option, value)]
        return [*repeat("--by", self.config.cells.by), *options]

    def memory_mb(self, wildcards: Wildcards, input: SizedInput, attempt: int) -> int:
        """Ask for the memory of a stage that reads cells; much less where they come in bands."""
        name = self.matrices[wildcards.matrix].partition("#")[0]
        if PurePosixPath(name).suffix not in _READ_IN_BANDS:
            return memory_mb(wildcards, input, attempt)
        return int(BASE_MEMORY_MB + _MEMORY_PER_INPUT_MB * input.size_mb) * attempt
