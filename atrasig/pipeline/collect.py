"""Gather the tables of all blocks into the final results of a run.

Tables are written block after block and matrix after matrix, so that memory grows with what a
matrix and a page hold and hardly with the samples of a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from atrasig.errors import OutputError
from atrasig.files import canonical_json, write_text, write_tsv_parts
from atrasig.pipeline.opened import read_annotation
from atrasig.pipeline.stacked import stacked, stacked_as_one, with_rows, write_stacked
from atrasig.signatures import load_roles, load_with_shipped

if TYPE_CHECKING:
    from anndata import AnnData

    from atrasig.report import IndexRow, Overview
    from atrasig.report.pairs import PairView
    from atrasig.report.workbook import Table

MAX_PAIRS = 2_000
"""Pairs, and tests of pairs, that the index page lists."""
_MODEL = ("model", "model_version", "model_hash")


class Collected(NamedTuple):
    """Samples of a run by what it made of them."""

    n_reported: int
    n_without_page: int
    n_failed: int

    def __str__(self) -> str:
        """Say it in a line."""
        parts = [f"{self.n_reported:,} samples reported"]
        if self.n_without_page:
            parts.append(f"{self.n_without_page:,} of them without a page (report.pages)")
        if self.n_failed:
            parts.append(f"{self.n_failed:,} set aside")
        return ", ".join(parts)


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
) -> Collected:
    """Write the final tables and their workbook, the index page and the provenance of a run.

    Parameters
    ----------
    results
        Results folder; the pages of the samples are in it already, or in `archives`.
    exprs
        Harmonised matrices, in the order of the sheet.
    scores, calls, enrichment, hypotheses, hypothesis_summaries, pages
        Tables of the blocks, in the same order; those of a matrix next to each other.
    archives
        Archives of pages to unpack into the results folder.
    contrasts, pairs, pair_tests
        Tables of contrasts, of pairs and of their tests, one a matrix.
    contrast_genes, contrast_lists
        Differential expression and over-representation of contrasts, one a matrix.
    signatures, parameters
        As the stages were given them.

    Returns
    -------
    Collected
        How many samples were reported, have no page, or failed.

    Raises
    ------
    OutputError
        If a page that a manifest lists is not there, or of a sample neither page nor failure.
    UsageError
        If the tables of scores and of calls are not of the same blocks.
    """
    from atrasig.pipeline.collected import Cohort
    from atrasig.pipeline.failed import failed_samples, failure_flags, write_failures
    from atrasig.pipeline.pages import unpack_pages
    from atrasig.provenance import run_provenance
    from atrasig.report import build_provenance, contrast_tables, write_index
    from atrasig.report.multiqc import FILE, multiqc_json
    from atrasig.report.run_tables import run_tables
    from atrasig.report.tables import plain

    matrices = [_annotation(path) for path in exprs]
    unpack_pages(archives, results)
    overview = _overview(pages, results)
    reported = {brief.sample for brief in overview.briefs}
    failed = failed_samples(matrices, reported, results)
    cohort = Cohort(matrices, scores, calls, reported)
    groups = stacked_as_one(contrasts)
    models = _Models()
    tables: dict[str, Iterable[pd.DataFrame]] = {
        "scores": stacked(scores),
        "calls": models.of(stacked(calls)),
        "pairs": stacked(pairs),
        "pair_tests": stacked(pair_tests),
        "hypotheses": stacked(hypotheses),
        "hypothesis_summaries": stacked(hypothesis_summaries),
        "enrichment": with_rows(chain([groups], stacked(enrichment))),
        "overrepresentation": stacked(contrast_lists),
        "roles": with_rows(cohort.roles(groups, load_roles())),
        "qc": with_rows(chain([failure_flags(failed)] if failed else [], cohort.flags())),
    }
    sheets = run_tables(overview, _method(scores))
    write_failures(failed, results)
    for name, parts in tables.items():
        write_tsv_parts(results / f"{name}.tsv", _noted(parts, sheets.get(name)))
    write_stacked(scores, results / "scores.parquet")
    write_stacked(contrast_genes, results / "differential.parquet")
    run = run_provenance(load_with_shipped(signatures), parameters)
    provenance = build_provenance(run, matrices, models.found)
    found = Collected(overview.n_rows, overview.n_without_page, len(failed))
    facts = provenance.model_dump(mode="json") | {
        "gene_table": run["gene_table"],
        "samples": found._asdict(),
    }
    _write_workbook(results, sheets, facts)
    facts["quality"] = {
        str(m.uns["atrasig"]["matrix"]): plain(m.uns["atrasig"]["qc"]) for m in matrices
    }
    write_text(results / "provenance.json", canonical_json(facts))
    write_text(results / FILE, multiqc_json(overview, provenance.atrasig))
    shown = _pairs(pairs, pair_tests)
    write_index(overview, provenance, contrast_tables(groups), results, shown, failed)
    return found


def _annotation(path: Path) -> AnnData:
    """Names and facts of the samples of a matrix; genes of a hundred matrices take a gigabyte."""
    from anndata import AnnData

    whole = read_annotation(path)
    return AnnData(obs=whole.obs, uns=whole.uns)


def _overview(pages: Sequence[Path], results: Path) -> Overview:
    from atrasig.report import Overview, read_manifest

    absent: list[str] = []

    def rows() -> Iterator[IndexRow]:
        for path in pages:
            for row in read_manifest(path):
                if row.page and not (results / row.page).is_file():
                    absent.append(row.page)
                yield row

    overview = Overview.of(rows())
    if absent:
        n_pages = overview.n_rows - overview.n_without_page
        raise OutputError(
            f"{len(absent)} of {n_pages} pages are not there, the first is {absent[0]}",
            where=str(results),
            fix="Run the report stage again (snakemake --forcerun report).",
        )
    return overview


class _Models:
    """Models that made the calls, noted while their table passes."""

    def __init__(self) -> None:
        self.found = pd.DataFrame(columns=list(_MODEL))

    def of(self, parts: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for part in parts:
            known = [self.found, part[list(_MODEL)].drop_duplicates()]
            self.found = pd.concat(known, ignore_index=True).drop_duplicates()
            yield part


def _noted(parts: Iterable[pd.DataFrame], sheet: Table | None) -> Iterator[pd.DataFrame]:
    """Pass the parts of a table on, and add each to its sheet of the workbook."""
    for part in parts:
        if sheet is not None:
            sheet.add(part)
        yield part


def _method(scores: Sequence[Path]) -> str:
    """Name the method that the first score was made by."""
    first = next(stacked(scores[:1], ["method"]))
    return str(first["method"].iloc[0]) if len(first) else ""


def _pairs(pairs: Sequence[Path], tests: Sequence[Path]) -> PairView:
    from atrasig.report.pairs import PairView, pair_parts, pair_test_parts

    shown, n_shown = _first_rows(pairs)
    tested, n_tested = _first_rows(tests)
    return PairView(pair_parts(shown), pair_test_parts(tested), n_shown, n_tested)


def _first_rows(paths: Sequence[Path]) -> tuple[pd.DataFrame, int]:
    """Give as many rows as a page lists, and count all."""
    kept: list[pd.DataFrame] = []
    n_kept = n_rows = 0
    for part in stacked(paths):
        kept.append(part.iloc[: MAX_PAIRS - n_kept])
        n_kept, n_rows = n_kept + len(kept[-1]), n_rows + len(part)
    return pd.concat(list(with_rows(kept)), ignore_index=True), n_rows


def _write_workbook(results: Path, sheets: Mapping[str, Table], facts: Mapping[str, Any]) -> None:
    from atrasig.report.html import RESEARCH_USE
    from atrasig.report.run_tables import flat
    from atrasig.report.workbook import write_workbook

    write_workbook(
        results / "atrasig.xlsx",
        "atrasig: sensitivity and response to all-trans retinoic acid (ATRA)",
        list(sheets.values()),
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
    write_stacked(tables, out)
