"""Made-up matrices, signatures and model files, small enough to compute by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import yaml

from atrasig.signatures import Signature, SignatureGene, SignatureSet, Source

if TYPE_CHECKING:
    from anndata import AnnData

DEEP = 5_000_000.0
FREE_FLOORS = {"library_size": 0, "coding_measured": 0, "coverage": 0.6}


def gene_names(n: int) -> list[str]:
    """G0000, G0001, ..."""
    return [f"G{place:04d}" for place in range(n)]


def make_expr(
    values: Any,
    obs: Mapping[str, Sequence[object]] | None = None,
    *,
    samples: Sequence[str] | None = None,
    genes: Sequence[str] | None = None,
    platform: str = "rnaseq_counts",
    library_size: float = DEEP,
) -> AnnData:
    """A harmonised matrix of coding genes, as `harmonise` would hand it over."""
    from anndata import AnnData

    matrix = np.array(values, dtype=np.float64)
    names = list(samples or [f"s{place}" for place in range(matrix.shape[0])])
    facts = pd.DataFrame(dict(obs or {}), index=pd.Index(names, dtype=object), dtype=object)
    measured = (~np.isnan(matrix)).sum(axis=1)
    facts["qc_library_size"] = library_size
    facts["qc_coding_measured"] = measured
    facts["qc_coding_detected"] = measured
    facts["qc_missing"] = np.isnan(matrix).sum(axis=1)
    listed = list(genes or gene_names(matrix.shape[1]))
    var = pd.DataFrame({"biotype": "protein_coding"}, index=pd.Index(listed, dtype=object))
    return AnnData(X=matrix, obs=facts, var=var, uns={"atrasig": {"platform": platform}})


def make_signature(
    name: str,
    up: Sequence[str],
    down: Sequence[str] = (),
    weights: Mapping[str, float] | None = None,
    scale: str = "rank",
) -> Signature:
    """A signature of the given genes."""
    listed = [(gene, "up") for gene in up] + [(gene, "down") for gene in down]
    return Signature(
        id=name,
        version="1.0.0",
        title=name,
        kind="sensitivity",
        scale=scale,  # type: ignore[arg-type]
        source=Source(citation="made for this test"),
        obtained="curated",
        licence="none needed",
        genes=tuple(
            SignatureGene(gene=g, direction=d, weight=(weights or {}).get(g))  # type: ignore[arg-type]
            for g, d in listed
        ),
    )


def make_set(**lists: Sequence[str]) -> SignatureSet:
    """Signatures of up genes by id."""
    return SignatureSet([make_signature(name, genes) for name, genes in lists.items()])


def rank_model(**changed: Any) -> dict[str, Any]:
    """A user's rank_signature model for gastric cancer."""
    return {
        "id": "my_gastric",
        "version": "1.0.0",
        "title": "Made up",
        "question": "sensitivity",
        "kind": "rank_signature",
        "priority": 50,
        "grade": "cell lines",
        "context": {"diseases": ["gastric_cancer"]},
        "floors": FREE_FLOORS,
        "universe": "coding",
        "signature": "my_genes",
        "sensitive": 0.2,
        "resistant": -0.2,
        "n_sensitive": 4,
        "n_resistant": 5,
        "source": "made for this test",
        **changed,
    }


def sibling_model(**changed: Any) -> dict[str, Any]:
    """A sibling-contrast model for gastric cancer with two contrasts."""
    figures = {
        "thresholds": [0.2, 0.2],
        "non_target_q99": [0.1, 0.1],
        "non_target_maximum": [0.12, 0.12],
        "target": [[0.4], [0.4]],
        "n_non_target": 19,
        "n_target": 1,
        "source": "made for this test",
    }
    return {
        "id": "my_programme",
        "version": "1.0.0",
        "title": "Made up",
        "question": "sensitivity",
        "kind": "sibling_contrast",
        "priority": 10,
        "grade": "patients",
        "context": {"diseases": ["gastric_cancer"]},
        "floors": FREE_FLOORS,
        "universe": "coding",
        "contrasts": [
            {"list": "list_a", "siblings": ["sib_1", "sib_2"]},
            {"list": "list_b", "siblings": ["sib_3"]},
        ],
        "platforms": {"rnaseq_counts": figures},
        "absent": "nothing there",
        **changed,
    }


def shift_model(**changed: Any) -> dict[str, Any]:
    """A baseline-shift model that replaces the shipped one."""
    return {
        "id": "retinoid_response",
        "version": "1.0.0",
        "title": "Made up",
        "question": "response",
        "kind": "baseline_shift",
        "priority": 10,
        "grade": "cell lines",
        "context": {},
        "floors": FREE_FLOORS,
        "universe": "coding",
        "signature": "my_core",
        "min_baselines": 3,
        "min_shift": 0.1,
        **changed,
    }


def write_model(folder: Path, content: Mapping[str, Any] | str) -> Path:
    """Write a model file and return its path."""
    text = content if isinstance(content, str) else yaml.safe_dump(dict(content), sort_keys=False)
    path = folder / f"model_{len(list(folder.iterdir()))}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def with_obs(expr: AnnData, samples: Sequence[str], **columns: object) -> AnnData:
    """Some samples of a matrix with other facts about them."""
    chosen = expr[list(samples)].copy()
    for column, value in columns.items():
        chosen.obs[column] = value
    return chosen


def repeated(expr: AnnData, sample: str, **columns: Sequence[object]) -> AnnData:
    """One sample over and over (s0, s1, ...), each time with other facts about it."""
    from anndata import AnnData

    n = len(next(iter(columns.values())))
    names = pd.Index([f"s{place}" for place in range(n)], dtype=object)
    obs = pd.DataFrame([expr.obs.loc[sample]] * n).set_index(names)
    for column, values in columns.items():
        obs[column] = np.array(values, dtype=object)
    matrix = np.repeat(expr[sample].X, n, axis=0)
    return AnnData(X=matrix, obs=obs, var=expr.var, uns=dict(expr.uns))


def only(calls: pd.DataFrame, question: str = "sensitivity", **wanted: object) -> pd.Series:
    """The one row of a question that has these values."""
    rows = calls[calls["question"] == question]
    for column, value in wanted.items():
        rows = rows[rows[column] == value]
    assert len(rows) == 1, rows[["sample", "model", "call", "primary"]].to_string()
    return rows.iloc[0]


def primary(calls: pd.DataFrame, question: str = "sensitivity") -> pd.Series:
    """The primary row of a question in the calls of one sample."""
    return only(calls, question, primary=True)
