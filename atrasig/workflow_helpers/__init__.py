"""What the Snakemake rules ask: which files, which blocks, which options.

Functions that take `wildcards` are given to Snakemake as they are. Whatever comes from a sheet or a
configuration reaches the options of a rule through such a function, because Snakemake would read
braces in a literal string as wildcards of its own; paths that hold braces are refused.
"""

from atrasig.workflow_helpers.commands import (
    block_patterns,
    collect_options,
    folder_of,
    prefer_own_commands,
    repeat,
)
from atrasig.workflow_helpers.hashing import tree_hash
from atrasig.workflow_helpers.plan import RunPlan
from atrasig.workflow_helpers.resources import matrix_memory_mb, memory_mb, runtime_minutes
from atrasig.workflow_helpers.summary import call_summary

__all__ = [
    "RunPlan",
    "block_patterns",
    "call_summary",
    "collect_options",
    "folder_of",
    "matrix_memory_mb",
    "memory_mb",
    "prefer_own_commands",
    "repeat",
    "runtime_minutes",
    "tree_hash",
]
