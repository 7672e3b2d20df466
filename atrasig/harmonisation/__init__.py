"""From a matrix as read to the one form that every later stage takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atrasig._version import __version__
from atrasig.errors import AtrasigError, GeneIdError
from atrasig.failures import Failure, failures_of, with_failures
from atrasig.genes import GeneTable, Resolution, load_gene_table, read_gene_table
from atrasig.harmonisation.aside import decide_without_faulty
from atrasig.harmonisation.bands import by_bands
from atrasig.harmonisation.bounds import Declaration
from atrasig.harmonisation.collapse import GeneGroups, collapse
from atrasig.harmonisation.evidence import sample_floor
from atrasig.harmonisation.scale import ScaleDecision, decide_scale
from atrasig.harmonisation.selection import (
    as_float,
    choose_samples,
    drop_summary_rows,
    identifiers,
)
from atrasig.harmonisation.transform import Harmonised, harmonise_values, row_sums
from atrasig.sheet import SampleSheet

if TYPE_CHECKING:
    from anndata import AnnData

MIN_KNOWN = 0.05
"""Share of known identifiers below which a table is taken for something else than genes."""
_ANNOTATION = ("ensembl", "entrez", "biotype")
_HOW = "{} of the measured rows of a sample"


@dataclass(frozen=True)
class _Source:
    """The values that are harmonised, and what is known of them."""

    values: Any
    name: str
    declared: Declaration
    stated: str


def harmonise(
    adata: AnnData,
    sheet: SampleSheet | str | Path | None = None,
    *,
    matrix: str | None = None,
    scale: str = "auto",
    genes: GeneTable | str | Path | None = None,
    strict: bool = True,
) -> AnnData:
    """Bring a matrix to log2 scale and approved gene symbols.

    Parameters
    ----------
    adata
        Samples x genes as read by :func:`atrasig.read_expression`. Where it has
        ``layers["counts"]`` and no scale is stated, these are harmonised and not ``X``.
    sheet
        Sample sheet or its path; its rows choose the samples and become ``obs``.
    matrix
        The sheet's name of this matrix; needed where the sheet names several.
    scale
        ``auto``, or the scale of ``X``: ``counts``, ``cpm``, ``tpm``, ``fpkm``, ``linear``,
        ``log2``, ``intensity`` or ``zscore``.
    genes
        Table of genes or its path, the shipped one by default. A gene that the shipped table
        knows by the same Ensembl or Entrez id gets the shipped symbol, which signatures use.
    strict
        Refuse the matrix if the values of one sample cannot be expression. Otherwise such samples
        are set aside and ``uns["atrasig"]["failed"]`` lists them, beside those that were set aside
        when the matrix was read.

    Returns
    -------
    anndata.AnnData
        ``X`` on a log2 scale (``log2(CPM+1)`` of counts and of what is proportional to them), NaN
        where not measured; ``layers["counts"]`` where counts were given, ``layers["tpm"]`` where
        they were; ``var_names`` approved symbols, sorted, with ``ensembl``, ``entrez``,
        ``biotype`` and ``source_ids``; ``obs`` the sheet and ``qc_`` columns;
        ``uns["atrasig"]`` the decisions and every count of what was done.

    Raises
    ------
    InputError
        If a sample of the sheet is not in the matrix, or a value is infinite, or missing in a
        sparse matrix.
    GeneIdError
        If fewer than 5 % of the identifiers are known, or the table of genes cannot be read.
    ScaleError
        If the values contradict the scale.
    """
    table = _gene_table(genes)
    chosen, name = choose_samples(adata, sheet, matrix)
    chosen, n_summary = drop_summary_rows(chosen)
    facts = dict(adata.uns.get("atrasig", {}).get("input", {}))
    renamed = table.names_in(load_gene_table())
    resolution, n_renamed = _resolve(chosen, table).renamed(renamed)
    groups = GeneGroups.of(resolution.symbols)
    source = _source(chosen, scale, facts, resolution, strict=strict)
    decision, faults = _decided(source, strict=strict)
    failures = [*failures_of(adata), *_failures(chosen, faults)]
    if faults:
        kept = [row for row in range(chosen.n_obs) if row not in faults]
        chosen, source = chosen[kept].copy(), replace(source, values=source.values[kept])
    found = harmonise_values(source.values, groups, decision)
    result = _assemble(chosen, groups, found.values, table.frame.rename(index=renamed))
    if decision.scale == "counts":
        result.layers["counts"] = found.reads
    if "tpm" in chosen.layers:
        result.layers["tpm"] = collapse(as_float(chosen.layers["tpm"], "tpm"), groups, "sum")
    _annotate_samples(result, decision, found, source.values)
    repeated = groups.sizes[groups.sizes > 1]
    facts_of_matrix = {
        "version": __version__,
        "matrix": name,
        "platform": decision.platform,
        "species": resolution.species,
        "scale": {"source": source.name} | decision.as_record(),
        "input": facts,
        "qc": {
            "samples": result.n_obs,
            "samples_not_in_sheet": adata.n_obs - result.n_obs - len(faults),
            "rows_read": adata.n_vars,
            "summary_rows_dropped": n_summary,
            "genes": result.n_vars,
            "coding_genes": int((result.var["biotype"] == "protein_coding").sum()),
            "missing_values": int(result.obs["qc_missing"].sum()),
            "negative_values": int(result.obs["qc_negative"].sum()),
            "constant_samples": int(result.obs["qc_constant"].sum()),
            "gene_table": table.version,
            "genes_renamed": n_renamed,
            "collapsed_by": _HOW.format(found.how),
            "identifier_kind": resolution.kind,
            "identifiers_conflicting": resolution.conflicting,
            "array": resolution.chip,
            "identifiers": {kind: int(n) for kind, n in sorted(resolution.counts.items())},
            "genes_with_several_rows": int(repeated.size),
            "rows_collapsed": int(repeated.sum()),
        },
    }
    result.uns["atrasig"] = with_failures(facts_of_matrix, failures)
    return result


def _decided(source: _Source, *, strict: bool) -> tuple[ScaleDecision, dict[int, AtrasigError]]:
    if strict:
        return decide_scale(source.values, source.stated, source.declared), {}
    return decide_without_faulty(source.values, source.stated, source.declared)


def _failures(chosen: AnnData, faults: dict[int, AtrasigError]) -> list[Failure]:
    names = [str(name) for name in chosen.obs_names]
    return [Failure.of(names[row], "harmonise", faults[row]) for row in sorted(faults)]


def _gene_table(genes: GeneTable | str | Path | None) -> GeneTable:
    if genes is None:
        return load_gene_table()
    return genes if isinstance(genes, GeneTable) else read_gene_table(genes)


def _resolve(adata: AnnData, table: GeneTable) -> Resolution:
    names = identifiers(adata)
    resolution = table.resolve(names)
    known = len(names) - resolution.counts["unmapped"] - resolution.counts["ambiguous"]
    if known < MIN_KNOWN * len(names):
        shown = ", ".join(map(repr, names[:3]))
        raise GeneIdError(
            f"{known:,} of {len(names):,} gene identifiers are known, fewer than "
            f"{MIN_KNOWN:.0%}; the first are {shown}",
            fix="Use Ensembl ids, Entrez ids, gene symbols or probes of a known array.",
        )
    return resolution


def _source(
    adata: AnnData,
    stated: str,
    facts: dict[str, Any],
    resolution: Resolution,
    *,
    strict: bool,
) -> _Source:
    """Choose counts where there are any: the models are fitted on counts."""
    counted = "counts" in adata.layers and stated in {"auto", "counts"}
    named = any(name.startswith("probes_") for name in facts)
    declared = Declaration(
        name="The values of layers['counts']" if counted else "The values",
        scale="counts" if counted else str(facts.get("declared_scale", "")),
        unit=str(facts.get("unit", "")),
        probes=named or resolution.kind == "probe",
        samples=[str(name) for name in adata.obs_names],
        genes=identifiers(adata),
    )
    if counted:
        values = as_float(adata.layers["counts"], "layers['counts']", strict=strict)
        return _Source(values, "layers['counts']", declared, "auto")
    return _Source(as_float(adata.X, "X", strict=strict), "X", declared, stated)


def _assemble(adata: AnnData, groups: GeneGroups, values: Any, frame: pd.DataFrame) -> AnnData:
    from anndata import AnnData

    facts = frame.reindex(groups.symbols)[list(_ANNOTATION)].fillna("").astype(str)
    facts.index = pd.Index(groups.symbols, dtype=object)
    facts["source_ids"] = groups.join(np.asarray(identifiers(adata), dtype=object))
    return AnnData(X=values, obs=adata.obs.copy(), var=facts)


def _annotate_samples(
    result: AnnData, decision: ScaleDecision, found: Harmonised, source: Any
) -> None:
    from scipy.sparse import issparse

    coding = np.flatnonzero(result.var["biotype"] == "protein_coding")
    if issparse(result.X):
        measured = np.full(result.n_obs, coding.size)
        missing = np.zeros(result.n_obs)
    else:
        measured = by_bands(result.X, lambda x: (~np.isnan(x[:, coding])).sum(axis=1))
        missing = by_bands(result.X, lambda x: np.isnan(x).sum(axis=1))
    lowest = by_bands(result.X, lambda x: np.column_stack(sample_floor(x[:, coding])))
    floor, n_floor = lowest[:, 0], lowest[:, 1].astype(np.int64)
    # Of logarithms and intensities the lowest stands for not detected, of all others 0.
    has_zero = decision.is_of_reads or decision.is_of_amounts
    at_floor = np.where(floor == 0, n_floor, 0) if has_zero else n_floor
    reads = np.full(result.n_obs, np.nan) if found.reads is None else row_sums(found.reads)
    counted = decision.scale == "counts"
    result.obs["qc_library_size"] = row_sums(source) if counted else np.nan
    result.obs["qc_implied_reads"] = np.nan if counted else _implied(reads, decision)
    result.obs["qc_coding_measured"] = measured.astype(np.int64)
    result.obs["qc_coding_detected"] = (measured - at_floor).astype(np.int64)
    result.obs["qc_constant"] = ((n_floor == measured) & (measured > 0)).astype(np.int64)
    result.obs["qc_missing"] = missing.astype(np.int64)
    result.obs["qc_negative"] = _negative(source) if decision.scale == "intensity" else 0
    platforms = decision.sample_platforms()
    if set(platforms) - {decision.platform}:
        result.obs["qc_platform"] = np.array(platforms, dtype=object)


def _implied(reads: np.ndarray, decision: ScaleDecision) -> np.ndarray:
    """Count the units of a sample as reads, NaN where no unit is shown."""
    shown = np.array([unit.verdict == "shown" for unit in decision.units], dtype=bool)
    return np.where(shown, reads, np.nan) if shown.size else np.full(reads.shape, np.nan)


def _negative(values: Any) -> np.ndarray:
    """Count the values below 0 of each sample."""
    return np.asarray((values < 0).sum(axis=1)).ravel().astype(np.int64)
