"""Gather the tables of all blocks into the final results of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from atrasig.errors import OutputError
from atrasig.files import canonical_json, read_parquet, write_parquet, write_text, write_tsv
from atrasig.pipeline.opened import read_annotation
from atrasig.signatures import load_roles, load_with_shipped

if TYPE_CHECKING:
    from atrasig.report import IndexRow


def collect(
    results: Path,
    *,
    exprs: Sequence[Path],
    scores: Sequence[Path],
    calls: Sequence[Path],
    enrichment: Sequence[Path],
    contrasts: Sequence[Path],
    pairs: Sequence[Path],
    pair_tests: Sequence[Path],
    hypotheses: Sequence[Path],
    hypothesis_summaries: Sequence[Path],
    pages: Sequence[Path],
    archives: Sequence[Path] = (),
    contrast_genes: Sequence[Path] = (),
    contrast_lists: Sequence[Path] = (),
    signatures: Sequence[str | Path] = (),
    parameters: Mapping[str, Any],
) -> None:
    """Write the final tables and their workbook, the index page and the provenance of a run.

    Parameters
    ----------
    results
        Results folder; the pages of the samples are in it already, or in `archives`.
    exprs
        Harmonised matrices, in the order of the sheet.
    scores, calls, enrichment, hypotheses, hypothesis_summaries, pages
        Tables of the blocks, in the same order.
    archives
        Archives of pages to unpack into the results folder.
    contrasts, pairs, pair_tests
        Tables of contrasts, of pairs and of their tests, one a matrix.
    contrast_genes, contrast_lists
        Differential expression and over-representation of contrasts, one a matrix.
    signatures, parameters
        As the stages were given them.

    Raises
    ------
    OutputError
        If a page that a manifest lists is not there, or of a sample neither page nor failure.
    """
    from atrasig.pipeline.failed import failed_samples, failure_flags, write_failures
    from atrasig.pipeline.pages import unpack_pages
    from atrasig.provenance import run_provenance
    from atrasig.report import build_provenance, contrast_tables, read_manifest, write_index
    from atrasig.report.multiqc import FILE, multiqc_json
    from atrasig.report.pairs import PairView, pair_parts, pair_test_parts

    matrices = [read_annotation(path) for path in exprs]
    rows = [row for path in pages for row in read_manifest(path)]
    unpack_pages(archives, results)
    absent = [row.page for row in rows if not (results / row.page).is_file()]
    if absent:
        raise OutputError(
            f"{len(absent)} of {len(rows)} pages are not there, the first is {absent[0]}",
            where=str(results),
            fix="Run the report stage again (snakemake --forcerun report).",
        )
    failed = failed_samples(matrices, rows, results)
    write_failures(failed, results)
    groups = _stack(contrasts)
    tables = {
        "scores": _stack(scores),
        "calls": _stack(calls),
        "pairs": _stack(pairs),
        "pair_tests": _stack(pair_tests),
        "hypotheses": _stack(hypotheses),
        "hypothesis_summaries": _stack(hypothesis_summaries),
        "enrichment": pd.concat([groups, _stack(enrichment)], ignore_index=True),
        "overrepresentation": _stack(contrast_lists),
    }
    tables["roles"] = _roles(matrices, tables["scores"], groups)
    flags = _flags(matrices, rows, tables["scores"], tables["calls"])
    tables["qc"] = pd.concat([failure_flags(failed), flags]) if failed else flags
    for name, table in tables.items():
        write_tsv(results / f"{name}.tsv", table)
    write_parquet(results / "scores.parquet", tables["scores"])
    write_parquet(results / "differential.parquet", _stack(contrast_genes))
    run = run_provenance(load_with_shipped(signatures), parameters)
    provenance = build_provenance(run, matrices, tables["calls"])
    facts = provenance.model_dump(mode="json") | {"gene_table": run["gene_table"]}
    _write_workbook(results, rows, tables, facts)
    facts["quality"] = {
        str(m.uns["atrasig"]["matrix"]): _plain(m.uns["atrasig"]["qc"]) for m in matrices
    }
    write_text(results / "provenance.json", canonical_json(facts))
    write_text(results / FILE, multiqc_json(rows, provenance.atrasig))
    cohort = PairView(pair_parts(tables["pairs"]), pair_test_parts(tables["pair_tests"]))
    write_index(rows, provenance, contrast_tables(groups), results, cohort)


def _write_workbook(
    results: Path,
    rows: Sequence[IndexRow],
    tables: Mapping[str, pd.DataFrame],
    facts: Mapping[str, Any],
) -> None:
    from atrasig.report.html import RESEARCH_USE
    from atrasig.report.run_tables import flat, run_tables
    from atrasig.report.workbook import write_workbook

    write_workbook(
        results / "atrasig.xlsx",
        "atrasig: sensitivity and response to all-trans retinoic acid (ATRA)",
        run_tables(rows, tables),
        flat(facts),
        notes=[RESEARCH_USE, f"Version {facts['atrasig']}."],
        footer=RESEARCH_USE,
    )


def gather(tables: Sequence[Path], out: Path) -> None:
    """Put tables of blocks below each other into one.

    Parameters
    ----------
    tables
        Tables of the same columns, in the order of the blocks.
    out
        Table to write.
    """
    write_parquet(out, _stack(tables))


def _stack(paths: Sequence[Path]) -> pd.DataFrame:
    frames = [read_parquet(path) for path in paths] or [pd.DataFrame()]
    filled = [frame for frame in frames if len(frame)] or frames[:1]
    return pd.concat(filled, ignore_index=True)


def _roles(matrices: Sequence[Any], scores: pd.DataFrame, contrasts: pd.DataFrame) -> pd.DataFrame:
    """Panel of the five roles: contrasts first, then the samples of each matrix."""
    from atrasig.enrich.roles import contrast_roles, sample_roles

    roles = load_roles()
    own = [scores[scores["sample"].isin(set(matrix.obs_names))] for matrix in matrices]
    parts = [contrast_roles(contrasts, roles), *(sample_roles(rows, roles) for rows in own)]
    filled = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(filled, ignore_index=True)


def _flags(
    matrices: Sequence[Any],
    rows: Sequence[IndexRow],
    scores: pd.DataFrame,
    calls: pd.DataFrame,
) -> pd.DataFrame:
    """Flag the samples that have a result."""
    from atrasig.qc import flag_samples

    parts, reported = [], {row.sample for row in rows}
    for matrix in matrices:
        names = [str(name) for name in matrix.obs_names if str(name) in reported]
        own_scores = scores[scores["sample"].isin(names)]
        own_calls = calls[calls["sample"].isin(names)]
        parts.append(flag_samples(matrix, own_scores, own_calls, names))
    return pd.concat(parts, ignore_index=True)


def _plain(value: Any) -> Any:
    """Values as read back from HDF5, as plain JSON values."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return value.item() if hasattr(value, "item") else value
