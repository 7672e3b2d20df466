"""What keeps a checked configuration and sheet from being run as a workflow."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from atrasig.config import RunConfig
from atrasig.errors import Fault, UsageError
from atrasig.sheet import SampleSheet, is_remote, parse_remote

if TYPE_CHECKING:
    import pandas as pd


def braced(key: str, paths: Iterable[str]) -> list[Fault]:
    """Find paths that hold braces: Snakemake takes them for wildcards and cannot quote them."""
    return [
        Fault(0, key, f"{path!r} may not hold {{ }} < >, which Snakemake replaces; rename it")
        for path in paths
        if set("{}<>") & set(path)
    ]


def named_files(config: RunConfig) -> dict[str, tuple[str, ...]]:
    """List the files and folders that the configuration names beside the sheet, by key."""
    single = {
        "ingest.tx2gene": config.ingest.tx2gene,
        "ingest.platform": config.ingest.platform,
        "harmonise.genes": config.harmonise.genes,
        "cells.labels": config.cells.labels,
    }
    return {
        "signatures": config.signatures,
        "models": config.models,
        **{key: (path,) for key, path in single.items() if path},
    }


def absent(key: str, paths: Iterable[str]) -> list[Fault]:
    """Find named files that are not there."""
    return [
        Fault(0, key, f"{path!r} is not there; paths start from the folder the run is started in")
        for path in paths
        if not Path(path).exists()
    ]


def unasked(config: RunConfig, sheet: SampleSheet) -> list[Fault]:
    """Find matrices in storage that is not named: no network is used without being asked for."""
    remote = [parse_remote(name) for name in sheet.matrices if is_remote(name)]
    return [
        Fault(
            0,
            "matrix",
            f"{one.address} is fetched only if the configuration says storage: [{one.provider}]",
        )
        for one in remote
        if one.provider not in config.storage
    ]


def misfit(frame: pd.DataFrame, contrast: str) -> str:
    """Say why the samples of a sheet cannot carry a named contrast, empty where they can."""
    from atrasig.enrich.designs import named_contrast

    try:
        named_contrast(frame.set_index("sample"), contrast)
    except UsageError as error:
        return str(error)
    return ""
