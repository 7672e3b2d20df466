"""The run configuration: its keys, defaults, JSON schema and commented default file."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictInt,
    StrictStr,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo

from atrasig.config.cells import CellMethod, CellsConfig
from atrasig.config.faults import faults_of
from atrasig.config.report import Pages, ReportConfig
from atrasig.config.text import read_yaml
from atrasig.errors import ConfigError
from atrasig.vocabulary import VocabularyMiss, load_vocabulary

__all__ = [
    "CellMethod",
    "CellsConfig",
    "EnrichConfig",
    "HarmoniseConfig",
    "IngestConfig",
    "Method",
    "Pages",
    "PredictConfig",
    "ReportConfig",
    "RunConfig",
    "Scale",
    "ScoreConfig",
    "config_schema",
    "default_yaml",
    "load_config",
]

SCHEMA_PATH = "../workflow/schemas/config.schema.json"
_WIDTH = 96
_BARE = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")


def _known_disease(text: str) -> str:
    return _known(text, "disease")


def _known_tissue(text: str) -> str:
    return _known(text, "tissue")


def _known(text: str, kind: Literal["disease", "tissue"]) -> str:
    if text:
        try:
            getattr(load_vocabulary(), kind)(text)
        except VocabularyMiss as miss:
            raise ValueError(str(miss)) from miss
    return text


Scale = Literal[
    "auto", "counts", "cpm", "tpm", "fpkm", "linear", "log2", "intensity", "zscore"
]  # fmt: skip
"""What a user may say of the values of a matrix."""
Method = Literal[
    "singscore", "singscore_undirected", "singscore_dispersion", "stingscore",
    "stingscore_blood", "ssgsea", "ucell", "aucell", "ulm", "weighted", "zscore", "plage",
    "control_genes", "gsva", "gsva_max", "gsva_poisson", "gsva_poisson_max", "gsva_none",
    "gsva_none_max",
]  # fmt: skip
"""Scoring methods that a run may name."""
Contrast = Annotated[StrictStr, StringConstraints(pattern=r"^\S(.*\S)? vs \S(.*\S)?$")]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class IngestConfig(_Section):
    """How the matrices are read where their content leaves it open."""

    format: StrictStr = Field(
        default="",
        description="Format of the matrices; empty: decided by content. `atrasig formats` lists "
        "them.",
    )
    quantity: Literal["auto", "counts", "tpm"] = Field(
        default="auto",
        description="Which values to take where a file holds several: auto (counts where there "
        "are any), counts or tpm.",
    )
    strand: Literal["auto", "unstranded", "forward", "reverse"] = Field(
        default="auto",
        description="Strandedness of the library, for counts of STAR: auto (decided by the totals "
        "of the columns), unstranded, forward or reverse.",
    )
    decimal: Literal["auto", "point", "comma"] = Field(
        default="auto", description="Decimal separator of text: auto, point or comma."
    )
    worksheet: StrictStr = Field(
        default="", description="Worksheet of a workbook; empty: the first that holds a matrix."
    )
    tx2gene: StrictStr = Field(
        default="",
        description="Table of transcript and gene ids, by which transcripts are summed to genes; "
        "empty: none.",
    )
    platform: StrictStr = Field(
        default="",
        description="Table of an array's probes and gene symbols; empty: the shipped ones.",
    )


class HarmoniseConfig(_Section):
    """How a matrix is brought to the log2 scale."""

    scale: Scale = Field(
        default="auto",
        description="Scale of the values in the matrices: auto (decided once a matrix and "
        "recorded), counts, cpm, tpm, fpkm, linear (other sequencing amounts), log2, intensity "
        "(an array, not logarithms) or zscore. State it where auto refuses to decide or is wrong.",
    )
    genes: StrictStr = Field(
        default="",
        description="Gene table made by `atrasig genes build`; empty: the shipped one.",
    )


class ScoreConfig(_Section):
    """Which scores are computed."""

    methods: tuple[Method, ...] = Field(
        default=("singscore", "ssgsea"),
        min_length=1,
        description="Scoring methods (`atrasig methods` describes them). Scores by zscore, plage, "
        "control_genes and gsva depend on the other samples of the matrix, and are labelled so; "
        "of z-scored values only zscore, ulm, plage and gsva make sense.",
    )
    universe: Literal["coding", "all"] = Field(
        default="coding",
        description="Genes that are ranked: coding (protein-coding genes, comparable between "
        "platforms) or all (every gene of the matrix).",
    )


class PredictConfig(_Section):
    """What is known of samples whose sheet does not say it."""

    disease: Annotated[StrictStr, AfterValidator(_known_disease)] = Field(
        default="",
        description="Disease of samples whose sheet gives none (name, synonym or TCGA code); "
        "empty: not known, so no sensitivity call is made for them.",
    )
    tissue: Annotated[StrictStr, AfterValidator(_known_tissue)] = Field(
        default="", description="Tissue of samples whose sheet gives none; empty: not known."
    )


class EnrichConfig(_Section):
    """Enrichment of the signatures."""

    contrasts: tuple[Contrast, ...] = Field(
        default=(),
        description="Contrasts between groups, each as 'A vs B'; empty: exposed vs baseline where "
        "the sheet gives timepoints, two groups against each other, each of more groups against "
        "the rest.",
    )
    differential: Literal["auto", "linear", "deseq2"] = Field(
        default="linear",
        description="Test of the genes in a contrast: linear (linear models of log2 values with "
        "moderated variance; seconds), deseq2 (counts; some minutes a contrast) or auto (deseq2 "
        "where there are counts).",
    )
    covariates: tuple[StrictStr, ...] = Field(
        default=("batch",),
        description="Columns of the sheet that enter the model of a contrast as factors, where "
        "they vary; patients enter by themselves where all have samples on both sides.",
    )
    permutations: StrictInt = Field(
        default=1000, ge=1, description="Permutations behind the p-values of a contrast."
    )
    min_size: StrictInt = Field(
        default=5,
        ge=1,
        description="Smallest number of measured genes for a signature to be tested.",
    )
    max_size: StrictInt = Field(
        default=1000,
        ge=1,
        description="Largest number of measured genes for a signature to be tested.",
    )

    @model_validator(mode="after")
    def _sizes_in_order(self) -> Self:
        if self.min_size > self.max_size:
            text = f"min_size ({self.min_size}) is larger than max_size ({self.max_size})"
            raise ValueError(f"{text}; swap or widen them")
        return self


class RunConfig(_Section):
    """Everything a run can be told; unknown keys are refused."""

    samples: StrictStr = Field(
        default="config/demo/samples.tsv",
        min_length=1,
        description="Sample sheet (TSV or CSV); the paths in its column matrix are relative to "
        "the sheet's folder. This path is relative to the folder the run is started in.",
    )
    results: StrictStr = Field(
        default="results", min_length=1, description="Folder the results are written to."
    )
    signatures: tuple[StrictStr, ...] = Field(
        default=(),
        description="Signature files or folders (YAML, GMT) of your own, used beside the shipped "
        "set.",
    )
    models: tuple[StrictStr, ...] = Field(
        default=(), description="Model files (YAML) of your own, applied beside the shipped ones."
    )
    ingest: IngestConfig = Field(default=IngestConfig(), description="How the matrices are read.")
    harmonise: HarmoniseConfig = Field(
        default=HarmoniseConfig(), description="How a matrix is brought to the log2 scale."
    )
    score: ScoreConfig = Field(default=ScoreConfig(), description="Which scores are computed.")
    predict: PredictConfig = Field(
        default=PredictConfig(),
        description="What is known of samples whose sheet does not say it.",
    )
    enrich: EnrichConfig = Field(
        default=EnrichConfig(), description="Enrichment of the signatures."
    )
    cells: CellsConfig = Field(
        default=CellsConfig(), description="What is done with matrices of single cells."
    )
    report: ReportConfig = Field(default=ReportConfig(), description="Which samples get a page.")
    storage: tuple[Literal["s3", "http"], ...] = Field(
        default=(),
        description="Storage that matrices of the sheet may be fetched from: s3 (s3://...), http "
        "(http:// and https://); none: the run uses no network. Needs the extra `storage`.",
    )
    # Not StrictBool: of `--config strict=true` Snakemake makes the text "true".
    strict: bool = Field(
        default=False,
        description="Stop at the first sample that cannot be taken. Otherwise it is set aside with "
        "its reason, the others are finished, and the run ends with an error that counts them.",
    )
    block_size: StrictInt = Field(
        default=200, ge=1, description="Samples a job: jobs work on blocks of this many samples."
    )
    seed: StrictInt = Field(
        default=1,
        ge=0,
        le=2**32 - 1,
        description="Seed of every random number; same seed, same results.",
    )


def load_config(source: str | Path | Mapping[str, Any]) -> RunConfig:
    """Read and check a configuration.

    Parameters
    ----------
    source
        YAML file, or the configuration as a mapping. Keys left out take their defaults.

    Returns
    -------
    RunConfig
        Frozen.

    Raises
    ------
    ConfigError
        With every fault, located by dotted key (and line, for a file).
    """
    if isinstance(source, Mapping):
        values, lines, where = dict(source), dict[str, int](), None
    else:
        values, lines = read_yaml(Path(source))
        where = str(source)
    try:
        return RunConfig.model_validate(values)
    except ValidationError as error:
        faults = faults_of(error, RunConfig, lines)
        raise ConfigError("The configuration has faults", faults, where=where) from None


def config_schema() -> dict[str, Any]:
    """JSON schema of the configuration, for editors and ``snakemake.utils.validate``.

    Returns
    -------
    dict
        JSON schema 2020-12 with every default; sections are written out in place, so that
        validators which fill in defaults reach the nested ones.
    """
    schema = RunConfig.model_json_schema()
    sections = schema.pop("$defs")
    for entry in schema["properties"].values():
        reference = entry.pop("$ref", None)
        if reference:
            section = sections[reference.rsplit("/", 1)[1]]
            entry.update({key: value for key, value in section.items() if key not in entry})
    _drop_titles(schema)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "atrasig run configuration",
    }


def default_yaml(values: Mapping[str, Any] | None = None) -> str:
    """Write the default configuration as YAML, every key under its description.

    Parameters
    ----------
    values
        Top-level values that replace defaults.

    Returns
    -------
    str
        YAML; its first line names the schema for editors.
    """
    config = load_config(values or {})
    head = f"# yaml-language-server: $schema={SCHEMA_PATH}"
    note = "# Configuration of an atrasig run. Every key may be left out; its default applies then."
    return "\n".join([head, note, *_block(config, "")]) + "\n"


def _block(section: BaseModel, indent: str) -> Iterator[str]:
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        yield from ([""] if not indent else []) + _comment(field, indent)
        if isinstance(value, BaseModel):
            yield f"{indent}{name}:"
            yield from _block(value, f"{indent}  ")
        else:
            yield f"{indent}{name}: {_scalar(value)}"


def _comment(field: FieldInfo, indent: str) -> list[str]:
    text = field.description or ""
    return textwrap.wrap(
        text, _WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# "
    )


def _scalar(value: object) -> str:
    if isinstance(value, str) and _BARE.fullmatch(value) and yaml.safe_load(value) == value:
        return value
    if isinstance(value, tuple):
        return f"[{', '.join(_scalar(item) for item in value)}]"
    return json.dumps(value, ensure_ascii=False)  # JSON is YAML


def _drop_titles(schema: Any) -> None:
    for entry in schema.get("properties", {}).values():
        entry.pop("title", None)
        _drop_titles(entry)
