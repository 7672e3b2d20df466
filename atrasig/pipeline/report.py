"""The stage that writes what is said of each sample: record, page, and its row of the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from atrasig.failures import Failure, apart, failures_of
from atrasig.files import read_parquet
from atrasig.pipeline.by_sample import Block, block_samples, failures_of_tables
from atrasig.pipeline.opened import open_h5ad
from atrasig.pipeline.stages import progress
from atrasig.signatures import load_markers, load_with_shipped

if TYPE_CHECKING:
    from atrasig.config import Pages
    from atrasig.report import IndexRow

_ENDINGS = (".html", ".json", ".pdf")


class Reported(NamedTuple):
    """Samples of a block: rows of the index, how many have no page, and who was set aside here."""

    n_rows: int
    n_without_page: int
    failures: list[Failure]


def report(
    expr: Path,
    *,
    scores: Path,
    calls: Sequence[Path],
    drivers: Path,
    enrichment: Path,
    contrasts: Path,
    pairs: Path,
    hypotheses: Path,
    hypothesis_summaries: Path,
    out: Path,
    manifest: Path,
    signatures: Sequence[str | Path] = (),
    parameters: Mapping[str, Any],
    pages: Pages = "all",
    pdf: bool = False,
    block: Block | None = None,
    strict: bool = False,
) -> Reported:
    """Write record and page of the samples of a block, then the manifest that lists them all.

    Parameters
    ----------
    expr
        Harmonised matrix.
    scores, drivers, enrichment, hypotheses, hypothesis_summaries
        Tables of the block.
    calls
        Tables of all blocks of the matrix: a page shows where a sample stands in its cohort.
    contrasts, pairs
        Tables of the matrix.
    out
        Results folder; or a file ``*.zip``, which then holds the pages.
    manifest
        Table to write, one row a sample that has a result.
    signatures, parameters
        As the stages before were given them.
    pages
        Samples that get a record and a page: ``all``; ``flagged``, as
        :func:`atrasig.report.index.is_flagged` says; ``none``. What an earlier run wrote of the
        others is removed. A sample that was set aside always gets a page that says so; the first
        block writes those of the samples that are not in the matrix.
    pdf
        Print each page too.
    block, strict
        As for the stages before.
    """
    from atrasig.pipeline.pages import pages_folder
    from atrasig.provenance import run_provenance
    from atrasig.qc import flag_samples
    from atrasig.report import build_records, index_rows, write_manifest, write_sample
    from atrasig.report.failure import write_failure
    from atrasig.report.pdf import find_browser, print_pdf

    browser = find_browser() if pdf else None  # before any work is done in vain
    library = load_with_shipped(signatures)
    kinds = {signature.id: signature.kind for signature in library}
    scored = read_parquet(scores)
    called = pd.concat([read_parquet(path) for path in calls], ignore_index=True)
    tables = {
        "drivers": read_parquet(drivers),
        "enrichment": read_parquet(enrichment),
        "contrasts": read_parquet(contrasts),
        "pairs": read_parquet(pairs),
        "hypotheses": read_parquet(hypotheses),
        "hypothesis_summaries": read_parquet(hypothesis_summaries),
    }
    before = failures_of_tables([scored, *tables.values()])
    with open_h5ad(expr) as adata, pages_folder(out) as folder:

        def write(samples: list[str]) -> list[IndexRow]:
            own_calls = called[called["sample"].isin(samples)]
            flags = flag_samples(adata, scored, own_calls, samples)
            found = index_rows(
                adata, scores=scored, calls=own_calls, flags=flags, kinds=kinds, samples=samples
            )
            rows = [_with_page(row) if _gets_page(row, pages) else row for row in found]
            paged = [row.sample for row in rows if row.page]
            records = build_records(
                adata,
                scores=scored,
                calls=called,
                **tables,
                flags=flags,
                signatures=library,
                markers=load_markers(),
                provenance=run_provenance(library, parameters),
                samples=paged,
            )
            for record in progress(records, "report", len(paged)) if paged else ():
                _, page = write_sample(record, folder)
                if browser is not None:
                    print_pdf(page, page.with_suffix(".pdf"), browser)
            for row in rows:
                if not row.page:
                    _remove_page(row, folder)
            return rows

        chosen = [name for name in block_samples(adata, block) if name not in before]
        parts, own = apart(write, chosen, "report", among=adata.n_obs, strict=strict)
        is_first = block is None or block.index == 0
        for failure in [*(failures_of(adata) if is_first else ()), *before.values(), *own]:
            write_failure(failure, str(adata.uns["atrasig"]["matrix"]), folder)
    rows = [row for part in parts for row in part]
    write_manifest(rows, manifest)
    return Reported(len(rows), sum(not row.page for row in rows), own)


def _gets_page(row: IndexRow, pages: Pages) -> bool:
    from atrasig.report.index import is_flagged

    return pages == "all" or (pages == "flagged" and is_flagged(row))


def _with_page(row: IndexRow) -> IndexRow:
    from atrasig.report.index import page_of

    return row.model_copy(update={"page": page_of(row.sample)})


def _remove_page(row: IndexRow, folder: Path) -> None:
    """Remove what an earlier run wrote of a sample: it would be taken for a result of this one."""
    from atrasig.report.index import page_of

    for ending in _ENDINGS:
        with suppress(FileNotFoundError):
            (folder / page_of(row.sample)).with_suffix(ending).unlink()
