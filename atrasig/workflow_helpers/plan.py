"""A run as the rules see it: matrices, blocks, files, and the options of each command."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atrasig.config import RunConfig, load_config
from atrasig.errors import ConfigError, Fault, SheetError
from atrasig.files import canonical_json, data_path
from atrasig.pipeline.plan_faults import absent, braced, misfit, named_files, unasked
from atrasig.sheet import (
    SampleSheet,
    is_remote,
    matrix_id,
    parse_remote,
    read_sheet,
    resolve_matrix,
)
from atrasig.signatures.library import library_files
from atrasig.workflow_helpers.cells import CellsPlan
from atrasig.workflow_helpers.commands import repeat
from atrasig.workflow_helpers.hashing import tree_hash
from atrasig.workflow_helpers.resources import (
    BASE_MEMORY_MB,
    MEMORY_PER_SAMPLE_MB,
    SizedInput,
    Wildcards,
    read_memory_mb,
)

if TYPE_CHECKING:
    import pandas as pd

_SINGLE_FILES = ("ingest.tx2gene", "ingest.platform", "harmonise.genes", "cells.labels")


@dataclass(frozen=True)
class RunPlan:
    """A checked configuration and its sheet, as the rules need them.

    Parameters
    ----------
    config
        The run configuration.
    sheet
        The sample sheet that it names.
    """

    config: RunConfig
    sheet: SampleSheet

    @classmethod
    def from_config(cls, values: dict[str, Any]) -> RunPlan:
        """Check what Snakemake read from configuration files and its command line.

        Raises
        ------
        ConfigError
            With every fault of the configuration, or if a file that it names is not there.
        SheetError
            With every fault of the sheet, or if Snakemake cannot be given the path of a matrix.
        """
        config = load_config(values)
        faults = [*braced("results", [config.results]), *braced("samples", [config.samples])]
        faults += [
            fault for key, paths in named_files(config).items() for fault in absent(key, paths)
        ]
        if faults:
            raise ConfigError("The configuration has faults", faults)
        sheet = read_sheet(config.samples)
        faults = [*braced("matrix", sheet.matrices), *unasked(config, sheet)]
        if faults:
            raise SheetError("The sample sheet has faults", faults, where=config.samples)
        plan = cls(config, sheet)
        faults = [*plan.unfit_contrasts, *plan.cells.faults]
        if faults:
            raise ConfigError("The configuration has faults", faults)
        return plan

    @cached_property
    def fitting_contrasts(self) -> dict[str, tuple[str, ...]]:
        """Named contrasts that the samples of each matrix can carry, by matrix id."""
        named = self.config.enrich.contrasts
        if not named:
            return dict.fromkeys(self.matrices, ())
        return {
            identifier: tuple(text for text in named if not misfit(frame, text))
            for identifier, frame in self._frames.items()
        }

    @cached_property
    def unfit_contrasts(self) -> list[Fault]:
        """Named contrasts that no matrix of the sheet can carry, each with the reason."""
        fitting = {text for texts in self.fitting_contrasts.values() for text in texts}
        unfit = [text for text in self.config.enrich.contrasts if text not in fitting]
        if not unfit:
            return []
        first = next(iter(self._frames.values()))
        return [Fault(0, "enrich.contrasts", misfit(first, text)) for text in unfit]

    @cached_property
    def _frames(self) -> dict[str, pd.DataFrame]:
        return {identifier: sheet.to_frame() for identifier, sheet in self._sheets.items()}

    @cached_property
    def _sheets(self) -> dict[str, SampleSheet]:
        return {matrix_id(name): sheet for name, sheet in self.sheet.by_matrix().items()}

    @cached_property
    def matrices(self) -> dict[str, str]:
        """Name in the sheet of every matrix id, in the order of the sheet."""
        return {matrix_id(name): name for name in self.sheet.matrices}

    @cached_property
    def cells(self) -> CellsPlan:
        """The matrices of single cells."""
        return CellsPlan(self.config, self.matrices)

    @property
    def matrix_pattern(self) -> str:
        """Regular expression that matches the matrix ids and nothing else."""
        return "|".join(re.escape(identifier) for identifier in self.matrices)

    @cached_property
    def data_hash(self) -> str:
        """Hash of everything shipped or named that results rest on beside code and matrices."""
        shipped = [data_path("signatures"), data_path("genes.tsv.gz").parent]
        library = library_files()
        named = [path for paths in named_files(self.config).values() for path in paths]
        return tree_hash([*shipped, *library, *map(Path, named)])

    @property
    def parameters(self) -> str:
        """Configuration as one line of JSON, without what no result depends on.

        Paths are shortened to names, so that results are the same wherever files lie.
        """
        values = self.config.model_dump(
            mode="json", exclude={"results", "storage", "strict", "block_size"}
        )
        values["samples"] = Path(self.config.samples).name
        for key in ("signatures", "models"):
            values[key] = [Path(path).name for path in values[key]]
        values["cells"]["matrices"] = [Path(name).name for name in values["cells"]["matrices"]]
        for section, key in (name.split(".") for name in _SINGLE_FILES):
            values[section][key] = Path(values[section][key]).name
        return " ".join(canonical_json(values).split("\n")).strip()

    def blocks(self, identifier: str) -> range:
        """Numbers of the blocks into which the samples of a matrix are cut."""
        n_samples = len(self._sheets[identifier].rows)
        return range(-(-n_samples // self.config.block_size))

    def block_memory_mb(self, wildcards: Wildcards, input: SizedInput, attempt: int) -> int:
        """Ask for the memory of a stage that reads only its block of a matrix, in MB."""
        share = min(1.0, self.config.block_size / len(self._sheets[wildcards.matrix].rows))
        return int(read_memory_mb(input.size_mb * share)) * attempt

    def tables_memory_mb(self, wildcards: object, attempt: int) -> int:
        """Ask for the memory of the stage that gathers the tables of all samples, in MB."""
        return math.ceil(BASE_MEMORY_MB + MEMORY_PER_SAMPLE_MB * len(self.sheet.rows)) * attempt

    def per_matrix(self, file: str) -> list[str]:
        """List a file of the working folder of every matrix, in the order of the sheet."""
        return [f"{self.config.results}/work/{identifier}/{file}" for identifier in self.matrices]

    def per_block(self, stem: str, suffix: str = "parquet") -> list[str]:
        """List a file of every block of every matrix, in the order of the sheet."""
        return [
            f"{self.config.results}/work/{identifier}/{stem}.{block}.{suffix}"
            for identifier in self.matrices
            for block in self.blocks(identifier)
        ]

    def calls_of_matrix(self, wildcards: Wildcards) -> list[str]:
        """List the tables of calls of all blocks of the matrix of a rule."""
        work = f"{self.config.results}/work/{wildcards.matrix}"
        return [f"{work}/calls.{block}.parquet" for block in self.blocks(wildcards.matrix)]

    def parameters_json(self, wildcards: object) -> str:
        """Give `parameters` to a rule."""
        return self.parameters

    def matrix_name(self, wildcards: Wildcards) -> str:
        """Give the sheet's name of the matrix of a rule."""
        return self.matrices[wildcards.matrix]

    def provider(self, wildcards: Wildcards) -> str:
        """Name the storage plugin that fetches the matrix of a rule, empty for a local one."""
        name = self.matrix_name(wildcards)
        return parse_remote(name).provider if is_remote(name) else ""

    def matrix_path(self, wildcards: Wildcards, input: Any = None) -> str:
        """Give the matrix of a rule: a file, folder or pattern; where it is remote, as fetched."""
        name = self.matrix_name(wildcards)
        return str(input.matrix) if is_remote(name) else str(resolve_matrix(self.sheet, name))

    def matrix_files(self, wildcards: Wildcards) -> list[str]:
        """List the files that the matrix of a rule is read from; a remote one by its address.

        Raises
        ------
        SheetError
            If Snakemake cannot be given the path of one.
        """
        from atrasig.io import input_files

        name = self.matrix_name(wildcards)
        if is_remote(name):
            return [parse_remote(name).address]
        files = [str(file) for file in input_files(resolve_matrix(self.sheet, name))]
        faults = braced("matrix", files)
        if faults:
            raise SheetError("The sample sheet has faults", faults, where=self.config.samples)
        return files

    def signature_options(self, wildcards: object) -> list[str]:
        """Give the options that name the signatures."""
        return repeat("--signatures", self.config.signatures)

    def score_options(self, wildcards: object) -> list[str]:
        """Give the options of ``atrasig score``."""
        options = repeat("--method", self.config.score.methods)
        return [*options, *self.sample_enrich_options(wildcards)]

    def ingest_options(self, wildcards: Wildcards) -> list[str]:
        """Give the options of ``atrasig ingest``."""
        given = self.config.ingest.model_dump()
        name = self.matrix_name(wildcards)
        if is_remote(name):
            given["sha256"] = parse_remote(name).sha256
        return [part for key, value in given.items() if value for part in (f"--{key}", value)]

    def harmonise_options(self, wildcards: object) -> list[str]:
        """Give the options of ``atrasig harmonise``."""
        given = {
            "--scale": self.config.harmonise.scale,
            "--genes": self.config.harmonise.genes,
            "--disease": self.config.predict.disease,
            "--tissue": self.config.predict.tissue,
        }
        return [part for option, value in given.items() if value for part in (option, value)]

    def predict_options(self, wildcards: object) -> list[str]:
        """Give the options of ``atrasig predict``."""
        return [*repeat("--models", self.config.models), *self.signature_options(wildcards)]

    def sample_enrich_options(self, wildcards: object) -> list[str]:
        """Give the options of ``atrasig enrich`` by sample."""
        return ["--universe", self.config.score.universe, *self.signature_options(wildcards)]

    def report_options(self, wildcards: object) -> list[str]:
        """Give the options of ``atrasig report``."""
        pages = self.config.report.pages_of(len(self.sheet.rows))
        return ["--pages", pages, *self.signature_options(wildcards)]

    def contrast_options(self, wildcards: Wildcards) -> list[str]:
        """Give the options of ``atrasig enrich --contrasts``."""
        enrich = self.config.enrich
        numbers = {
            "--permutations": enrich.permutations,
            "--seed": self.config.seed,
            "--min-size": enrich.min_size,
            "--max-size": enrich.max_size,
        }
        return [
            *repeat("--contrast", self.fitting_contrasts[wildcards.matrix]),
            *(["--only-named"] if enrich.contrasts else []),
            "--differential",
            enrich.differential,
            *repeat("--covariate", enrich.covariates),
            *(part for option, value in numbers.items() for part in (option, str(value))),
            *self.sample_enrich_options(wildcards),
        ]
