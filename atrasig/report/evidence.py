"""Parts of a record that do not come from result tables: markers, evidence cards, provenance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atrasig.harmonisation.words import scale_in_words
from atrasig.report.parameters import changed_parameters
from atrasig.report.record import (
    EvidenceCard,
    InputMatrix,
    MarkerValue,
    MethodUsed,
    ModelUsed,
    Provenance,
)
from atrasig.report.tables import as_lines, as_mapping, as_texts, plain
from atrasig.scoring.blocks import platform_of, sample_blocks, sample_positions
from atrasig.scoring.method import RELATIVE
from atrasig.scoring.methods.zscore import STANDARDISED
from atrasig.scoring.registry import METHODS
from atrasig.scoring.universe import select_universe

if TYPE_CHECKING:
    from anndata import AnnData

    from atrasig.signatures import Marker, Signature


def evidence_cards(signatures: Iterable[Signature]) -> tuple[EvidenceCard, ...]:
    """Evidence cards of signatures, in order of their ids.

    Parameters
    ----------
    signatures
        Signatures that were scored, such as a `SignatureSet`.

    Returns
    -------
    tuple of EvidenceCard
        One card a signature.
    """
    cards = (
        EvidenceCard(
            id=signature.id,
            version=str(signature.version),
            title=signature.title,
            kind=signature.kind,
            n_up=len(signature.up),
            n_down=len(signature.down),
            context=as_texts(signature.context),
            source=as_texts(signature.source),
            obtained=signature.obtained,
            derivation=signature.derivation or "",
            licence=signature.licence,
            limits=as_lines(signature.limits),
            contradictions=as_lines(signature.contradictions),
            sha256=signature.sha256,
        )
        for signature in signatures
    )
    return tuple(sorted(cards, key=lambda card: card.id))


def methods_used(names: Iterable[str], expr: AnnData) -> tuple[MethodUsed, ...]:
    """Describe scoring methods, and the samples that their scores are relative to.

    Parameters
    ----------
    names
        Methods of the table of scores, in any order; they may repeat. Of one that is not in the
        registry only the name is known.
    expr
        Harmonised matrix, all of whose samples the methods saw that need the cohort.

    Returns
    -------
    tuple of MethodUsed
        In order of their names, each once.
    """
    return tuple(_method_used(name, expr) for name in sorted(set(names)))


def _method_used(name: str, expr: AnnData) -> MethodUsed:
    method = METHODS.get(name)
    if method is None:
        return MethodUsed(name=name, title="", reference="", null="", relative_to="")
    cohort = f"the {expr.n_obs} samples of this matrix"
    if platform_of(expr) == STANDARDISED:
        cohort = "the cohort to which the values were standardised"
    return MethodUsed(
        name=name,
        title=method.title,
        reference=method.reference,
        null=method.null,
        relative_to=cohort if method.needs_cohort else "",
    )


def marker_values(
    expr: AnnData, markers: Sequence[Marker], samples: Sequence[str]
) -> dict[str, tuple[MarkerValue, ...]]:
    """Level and within-sample percentile of each marker gene in each sample.

    Parameters
    ----------
    expr
        Harmonised matrix (samples x genes, log2 scale, NaN = not measured).
    markers
        Marker genes; their order is kept.
    samples
        Samples to look at, by name.

    Returns
    -------
    dict of str to tuple of MarkerValue
        The markers of each sample. The percentile is the average rank among the measured
        protein-coding genes of the sample, over their number, times 100; it is missing for a gene
        that is not protein-coding.
    """
    if not markers:
        return dict.fromkeys(samples, ())
    genes = [marker.gene for marker in markers]
    universe = select_universe(expr, "coding")
    values = _values(expr, genes, samples)
    ordered = platform_of(expr) not in RELATIVE
    places = pd.Index(universe.symbols).get_indexer(pd.Index(genes))
    percentiles: list[Any] = []
    for block in sample_blocks(expr, universe, samples):
        ranks = 100 * block.normalised_ranks()[:, places]
        percentiles.extend(np.where(ordered & (places >= 0), ranks, np.nan))
    return {
        sample: tuple(
            _marker(marker, float(value), float(percentile))
            for marker, value, percentile in zip(markers, levels, ranks, strict=True)
        )
        for sample, levels, ranks in zip(samples, values, percentiles, strict=True)
    }


def _values(expr: AnnData, genes: Sequence[str], samples: Sequence[str]) -> Any:
    from scipy.sparse import issparse

    rows, columns = sample_positions(expr, samples), expr.var_names.get_indexer(list(genes))
    block = expr.X[rows][:, np.maximum(columns, 0)]
    dense = np.asarray(block.toarray() if issparse(block) else block, dtype=np.float64)
    return np.where(columns >= 0, dense, np.nan)


def _marker(marker: Marker, value: float, percentile: float) -> MarkerValue:
    return MarkerValue(
        gene=marker.gene,
        label=marker.label,
        role=marker.role,
        direction=marker.direction,
        value=value,
        percentile=percentile,
        measured=not np.isnan(value),
        source="; ".join(as_texts(marker.source).values()),
        note=marker.note,
    )


def build_provenance(
    run: Mapping[str, Any], exprs: Iterable[AnnData], calls: pd.DataFrame
) -> Provenance:
    """Provenance of a record (one matrix) or of an index page (all matrices).

    Parameters
    ----------
    run
        ``atrasig`` (version), ``signature_set`` (hash), ``gene_table`` (version and hash),
        ``parameters`` and ``packages`` (name to version) of the run.
    exprs
        Harmonised matrices, each with ``uns["atrasig"]``.
    calls
        Calls table; the models that stand in it are listed with their versions and hashes.

    Returns
    -------
    Provenance
        No dates and no paths, so that equal input gives equal bytes.
    """
    used = calls[["model", "model_version", "model_hash"]].drop_duplicates()
    models = sorted(
        (str(model), "" if pd.isna(version) else str(version), "" if pd.isna(sha) else str(sha))
        for model, version, sha in used.itertuples(index=False)
    )
    return Provenance(
        atrasig=str(run["atrasig"]),
        signature_set=str(run.get("signature_set", "")),
        gene_table=as_texts(run.get("gene_table", {})),
        parameters=plain(run.get("parameters", {})),
        changed=plain(changed_parameters(run.get("parameters", {}))),
        packages=as_texts(run.get("packages", {})),
        models=tuple(
            ModelUsed(id=name, version=version, sha256=sha) for name, version, sha in models
        ),
        inputs=tuple(_input(expr) for expr in exprs),
    )


_NAMED = frozenset({"name", "sha256", "format"})


def _input(expr: AnnData) -> InputMatrix:
    facts = as_mapping(expr.uns.get("atrasig", {}))
    source = as_mapping(facts.get("input", {}))
    return InputMatrix(
        matrix=plain(facts.get("matrix")),
        name=plain(source.get("name")),
        sha256=plain(source.get("sha256")),
        format=plain(source.get("format")),
        platform=plain(facts.get("platform")),
        species=plain(facts.get("species")),
        scale_in_words=scale_in_words(as_mapping(facts.get("scale", {}))),
        scale=plain(as_mapping(facts.get("scale", {}))),
        reading=plain({k: v for k, v in source.items() if k not in _NAMED}),
        harmonised=plain(as_mapping(facts.get("qc", {}))),
    )
