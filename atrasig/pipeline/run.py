"""All stages for one matrix in one process, for a quick look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from atrasig.config import Pages
from atrasig.files import read_parquet
from atrasig.io import ReadOptions
from atrasig.pipeline import stages
from atrasig.pipeline.collect import collect
from atrasig.pipeline.hypotheses import hypotheses
from atrasig.pipeline.report import report
from atrasig.report.pdf import find_browser
from atrasig.sheet import matrix_id, read_sheet


@dataclass(frozen=True)
class RunSettings:
    """What a run can be told; as in the configuration of the workflow."""

    sheet: Path | None = None
    disease: str = ""
    tissue: str = ""
    scale: str = "auto"
    format: str | None = None
    options: ReadOptions = field(default_factory=ReadOptions)
    genes: Path | None = None
    methods: Sequence[str] = ("singscore", "ssgsea")
    signatures: Sequence[Path] = ()
    models: Sequence[Path] = ()
    seed: int = 1
    pages: Pages = "all"
    pdf: bool = False
    strict: bool = False

    def parameters(self) -> dict[str, Any]:
        """List the settings for the provenance as the configuration does, files by name."""
        return {
            "samples": self.sheet.name if self.sheet else "",
            "ingest": {"format": self.format or "", **self.options.as_record()},
            "harmonise": {"scale": self.scale, "genes": self.genes.name if self.genes else ""},
            "score": {"methods": list(self.methods)},
            "predict": {"disease": self.disease, "tissue": self.tissue},
            "report": {"pages": self.pages},
            "seed": self.seed,
            "signatures": [path.name for path in self.signatures],
            "models": [path.name for path in self.models],
        }


def run_matrix(matrix: Path, out: Path, settings: RunSettings) -> str:
    """Run every stage for one matrix.

    Parameters
    ----------
    matrix
        Expression matrix of any format that is read.
    out
        Results folder; the same files as the workflow writes.
    settings
        Sheet, context and parameters. Where the sheet names several matrices, the one whose path
        is `matrix` is run.

    Returns
    -------
    str
        A short table of the calls.

    Raises
    ------
    SheetError
        If the sheet does not name the matrix.
    OutputError
        If pages are to be printed and there is no browser.
    """
    if settings.pdf:
        find_browser()  # its absence is told before any work
    name = read_sheet(settings.sheet).name_of(matrix) if settings.sheet else matrix.name
    work = out / "work" / matrix_id(name)
    steps = _steps(matrix, name, work, out, settings)
    for step in stages.progress(steps, "atrasig run", len(steps)):
        step()
    return calls_table(read_parquet(work / "calls.parquet"))


def _steps(
    matrix: Path, name: str, work: Path, out: Path, settings: RunSettings
) -> list[Callable[[], object]]:
    raw, expr, pages = work / "raw.h5ad", work / "expr.h5ad", work / "pages.tsv"
    scores, calls, drivers = (work / f"{t}.parquet" for t in ("scores", "calls", "drivers"))
    enrichment, contrasts = work / "enrichment.parquet", work / "contrasts.parquet"
    genes, lists = work / "contrasts.genes.parquet", work / "contrasts.lists.parquet"
    pairs, pair_tests = work / "pairs.parquet", work / "pair_tests.parquet"
    found, summaries = work / "hypotheses.parquet", work / "hypothesis_summaries.parquet"
    in_sheet = name if settings.sheet else None
    chosen, parameters, strict = settings.signatures, settings.parameters(), settings.strict
    return [
        lambda: stages.ingest(
            matrix,
            raw,
            sheet=settings.sheet,
            name=in_sheet,
            format=settings.format,
            options=settings.options,
            strict=strict,
        ),
        lambda: stages.harmonise(
            raw,
            expr,
            sheet=settings.sheet,
            name=in_sheet,
            scale=settings.scale,
            genes=settings.genes,
            disease=settings.disease,
            tissue=settings.tissue,
            strict=strict,
        ),
        lambda: stages.score(
            expr, scores, signatures=chosen, methods=settings.methods, strict=strict
        ),
        lambda: stages.predict(
            expr,
            calls,
            drivers,
            signatures=chosen,
            models=settings.models,
            strict=strict,
        ),
        lambda: stages.pairs(expr, pairs, pair_tests, signatures=chosen, models=settings.models),
        lambda: stages.enrich(expr, enrichment, signatures=chosen, strict=strict),
        lambda: stages.contrast(
            expr,
            contrasts,
            genes=genes,
            lists=lists,
            signatures=chosen,
            seed=settings.seed,
            differential="linear",
        ),
        lambda: hypotheses(expr, found, summaries, strict=strict),
        lambda: report(
            expr,
            scores=scores,
            calls=[calls],
            drivers=drivers,
            enrichment=enrichment,
            contrasts=contrasts,
            pairs=pairs,
            hypotheses=found,
            hypothesis_summaries=summaries,
            out=out,
            manifest=pages,
            signatures=chosen,
            parameters=parameters,
            pages=settings.pages,
            pdf=settings.pdf,
            strict=strict,
        ),
        lambda: collect(
            out,
            exprs=[expr],
            scores=[scores],
            calls=[calls],
            enrichment=[enrichment],
            contrasts=[contrasts],
            contrast_genes=[genes],
            contrast_lists=[lists],
            pairs=[pairs],
            pair_tests=[pair_tests],
            hypotheses=[found],
            hypothesis_summaries=[summaries],
            pages=[pages],
            signatures=chosen,
            parameters=parameters,
        ),
    ]


def calls_table(calls: pd.DataFrame) -> str:
    """Format the primary calls as a short text table, one line a sample.

    Parameters
    ----------
    calls
        Table of calls, as :func:`atrasig.predict` returns it.

    Returns
    -------
    str
        Sample, sensitivity call with its score, response call with its score.
    """
    columns = {}
    for question in ("sensitivity", "response"):
        answers = calls[calls["primary"] & (calls["question"] == question)].set_index("sample")
        columns[question] = answers["call"]
        columns[f"{question} score"] = answers["score"]
    table = pd.DataFrame(columns).reindex(list(dict.fromkeys(calls["sample"])))
    return table.to_string(float_format="{:.3f}".format, index_names=False, na_rep="")
