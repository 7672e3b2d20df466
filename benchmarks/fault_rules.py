"""The rules of the workflow: how to know the job of each, and how to have it run again."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.fault_place import Place


@dataclass(frozen=True)
class Rule:
    """A rule.

    Parameters
    ----------
    words
        What tells its job from all others: words of its command line.
    files
        Files it writes, as patterns below the results. Without the first one the results lack it.
    after
        Rules that rest on it.
    of_cells
        Whether only cells need it.
    """

    words: tuple[str, ...]
    files: tuple[str, ...]
    after: tuple[str, ...] = ()
    of_cells: bool = False


_BLOCKS = ("score", "predict", "enrich", "hypotheses")
_END = ("report", "collect", "failures")
_ON_MATRIX = (*_BLOCKS, "calls", "pairs", "contrasts", *_END)
RULES = {
    "ingest": Rule(("atrasig", "ingest"), ("work/*/raw.h5ad",), ("harmonise", *_ON_MATRIX)),
    "pseudobulk": Rule(
        ("atrasig", "pseudobulk"), ("work/*/raw.h5ad",), ("harmonise", *_ON_MATRIX), of_cells=True
    ),
    "score_cells": Rule(
        ("atrasig", "score-cells"), ("cells/*.parquet", "cells/*.json"), of_cells=True
    ),
    "harmonise": Rule(("atrasig", "harmonise"), ("work/*/expr.h5ad",), _ON_MATRIX),
    "score": Rule(("atrasig", "score"), ("work/*/scores.0.parquet",), _END),
    "predict": Rule(
        ("atrasig", "predict"),
        ("work/*/calls.0.parquet", "work/*/drivers.0.parquet"),
        ("calls", *_END),
    ),
    "calls": Rule(("atrasig", "gather"), ("work/*/calls.parquet",), _END),
    "pairs": Rule(
        ("atrasig", "pairs"), ("work/*/pairs.parquet", "work/*/pair_tests.parquet"), _END
    ),
    "enrich": Rule(("atrasig", "enrich", "--block"), ("work/*/enrichment.0.parquet",), _END),
    "contrasts": Rule(
        ("atrasig", "enrich", "--contrasts"),
        (
            "work/*/contrasts.parquet", "work/*/contrasts.genes.parquet",
            "work/*/contrasts.lists.parquet",
        ),
        _END,
    ),
    "hypotheses": Rule(
        ("atrasig", "hypotheses"),
        ("work/*/hypotheses.0.parquet", "work/*/hypothesis_summaries.0.parquet"),
        _END,
    ),
    "report": Rule(("atrasig", "report"), ("work/*/pages.0.tsv",), ("collect", "failures")),
    "collect": Rule(("atrasig", "collect"), ("index.html",), ("failures",)),
    # The only one that is no command of ours.
    "failures": Rule(("cut",), ("work/every_sample_has_a_result",)),
}  # fmt: skip
INTERMEDIATES = {
    rule: [file for file in found.files if file.startswith("work/")]
    for rule, found in RULES.items()
    if rule != "failures" and not found.of_cells
}


def forget(place: Place, name: str) -> None:
    """Remove a file of a rule, and of all rules that rest on it.

    Snakemake makes nothing again that only finished files rest on, so those go with it.
    """
    for rule in (name, *RULES[name].after):
        for file in place.results.glob(RULES[rule].files[0]):
            file.unlink()
