"""Validation file to file: a matrix and labels in, tables and a page out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atrasig.files import read_h5ad, write_text, write_tsv
from atrasig.io import ReadOptions
from atrasig.prediction.validation import Validation, read_label_sheet
from atrasig.prediction.validation import validate as compare
from atrasig.sheet import SampleSheet
from atrasig.signatures import load_with_shipped

if TYPE_CHECKING:
    from anndata import AnnData

_SHOWN_FROM = 1.0
"""Seconds of work from which a progress bar is shown."""


@dataclass(frozen=True)
class ValidateSettings:
    """What a validation can be told; see :func:`atrasig.validate` and :func:`atrasig.harmonise`."""

    sheet: Path | None = None
    sample: str = "sample"
    label: str = ""
    positive: str = ""
    response: str = ""
    group: str = ""
    model: Sequence[str] = ()
    models: Sequence[Path] = ()
    signatures: Sequence[Path] = ()
    disease: str = ""
    tissue: str = ""
    scale: str = "auto"
    format: str | None = None
    options: ReadOptions = field(default_factory=ReadOptions)
    genes: Path | None = None
    draws: int = 2000
    permutations: int = 1000
    seed: int = 1

    def facts(self, matrix: Path) -> dict[str, Any]:
        """Facts for the head of the page, files by name."""
        return {
            "Matrix": matrix.name,
            "Labels": self.sheet.name if self.sheet else "",
            "Label": self.label,
            "Positive label": self.positive,
            "Response": self.response,
            "Group": self.group,
            "Disease": self.disease,
            "Bootstrap draws": self.draws,
            "Permutations": self.permutations,
            "Seed": self.seed,
        }


def validate_matrix(matrix: Path, out: Path, settings: ValidateSettings) -> Validation:
    """Compare frozen models with labels and write what was found.

    Parameters
    ----------
    matrix
        Harmonised h5ad, or a matrix of any format that is read; the latter is harmonised as
        ``atrasig run`` does.
    out
        Folder for ``validation.tsv``, ``confusion.tsv``, ``predictions.tsv``,
        ``reliability.tsv`` and ``validation.html``. Nothing is written before all is computed.
    settings
        Labels, models and parameters.

    Returns
    -------
    Validation
        The tables as written.
    """
    from atrasig.report.validation_page import render_validation

    sheet = read_label_sheet(settings.sheet, sample=settings.sample) if settings.sheet else None
    found = compare(
        read_matrix(matrix, sheet, settings),
        sheet,
        label=settings.label,
        positive=settings.positive,
        response=settings.response,
        group=settings.group,
        model=settings.model,
        models=settings.models,
        signatures=load_with_shipped(settings.signatures),
        disease=settings.disease or None,
        tissue=settings.tissue or None,
        draws=settings.draws,
        permutations=settings.permutations,
        seed=settings.seed,
        progress=_bar,
    )
    page = render_validation(found, settings.facts(matrix))
    for name in ("predictions", "confusion", "reliability"):
        write_tsv(out / f"{name}.tsv", getattr(found, name))
    write_tsv(out / "validation.tsv", found.figures)
    write_text(out / "validation.html", page)
    return found


def read_matrix(matrix: Path, sheet: SampleSheet | None, settings: ValidateSettings) -> AnnData:
    """Read a harmonised matrix as it is, and harmonise any other.

    A sheet that names matrices chooses the samples before, as in a run; a mere table of labels
    leaves them all.
    """
    if _is_harmonised(matrix):
        return read_h5ad(matrix)
    from atrasig.harmonisation import harmonise
    from atrasig.io import read_expression
    from atrasig.singlecell import annotate_cells

    choosing = sheet if sheet is not None and "matrix" in sheet.columns else None
    name = choosing.name_of(matrix) if choosing else None
    samples = choosing.for_matrix(name).samples if choosing and name else None
    raw = read_expression(matrix, format=settings.format, samples=samples, options=settings.options)
    if raw.uns["atrasig"]["input"].get("unit") == "cell":
        raw = annotate_cells(raw)
    return harmonise(raw, choosing, matrix=name, scale=settings.scale, genes=settings.genes)


def _is_harmonised(matrix: Path) -> bool:
    import h5py

    if not matrix.is_file() or not h5py.is_hdf5(matrix):
        return False
    with h5py.File(matrix) as file:
        return "uns/atrasig/platform" in file


def _bar(jobs: Sequence[Any]) -> Any:
    """Show a progress bar on a terminal once the work takes a while."""
    from tqdm import tqdm

    return tqdm(jobs, desc="validate", disable=None, leave=False, delay=_SHOWN_FROM)
