"""What a job asks of a cluster."""

from __future__ import annotations

from typing import Protocol

# What jobs took, with room to spare (docs/scale.md). Python with the libraries of a stage, beside
# the two snakemake that a cluster's job consists of:
BASE_MEMORY_MB = 2_000
_MEMORY_PER_INPUT_MB = 30  # compressed counts and tables unpack and are copied
_MEMORY_PER_MATRIX_MB = 5  # a harmonised matrix is compressed less, and only read
MEMORY_PER_SAMPLE_MB = 0.02  # what the index counts and draws of all samples
_BASE_MINUTES = 10
_INPUT_MB_PER_MINUTE = 10


class Wildcards(Protocol):
    """The wildcards of a rule of one matrix."""

    matrix: str


class SizedInput(Protocol):
    """The input files of a rule."""

    size_mb: float


def memory_mb(wildcards: object, input: SizedInput, attempt: int) -> int:
    """Ask for memory in MB: by the size of the input, and more at each attempt."""
    return int(BASE_MEMORY_MB + _MEMORY_PER_INPUT_MB * input.size_mb) * attempt


def matrix_memory_mb(wildcards: object, input: SizedInput, attempt: int) -> int:
    """Ask for the memory of a stage that reads a harmonised matrix, in MB."""
    return int(read_memory_mb(input.size_mb)) * attempt


def read_memory_mb(size_mb: float) -> float:
    """Give the memory that reading so much of a harmonised file takes, in MB."""
    return BASE_MEMORY_MB + _MEMORY_PER_MATRIX_MB * size_mb


def runtime_minutes(wildcards: object, input: SizedInput, attempt: int) -> int:
    """Ask for time in minutes: by the size of the input, and more at each attempt."""
    return int(_BASE_MINUTES + input.size_mb / _INPUT_MB_PER_MINUTE) * attempt
