"""Blocks and signatures for methods that look at values, and the changes that must not matter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from atrasig.scoring.blocks import SampleBlock
from atrasig.scoring.method import Method
from atrasig.scoring.sets import SetIndex
from atrasig.signatures import Signature, SignatureGene, Source

Weights = Mapping[str, float]
Form = Callable[[np.ndarray], Any]
FORMS: list[Form] = [np.asarray, csr_array]


def symbols(n_genes: int) -> np.ndarray:
    """Symbols whose alphabetical order is that of their numbers."""
    return np.array([f"G{i:05d}" for i in range(n_genes)], dtype=object)


def block_of(values: Any, platform: str = "microarray", columns: Any = None) -> SampleBlock:
    """Samples whose columns are in the order of the symbols, or stand at `columns`."""
    names = [f"s{i}" for i in range(values.shape[0])]
    places = np.arange(values.shape[1]) if columns is None else columns
    return SampleBlock(names, values, places, platform)


def signature(name: str, weights: Weights, scale: str = "") -> Signature:
    """A signature of signed weights; +1 and -1 are directions unless a scale is given."""
    genes = [
        SignatureGene(
            gene=gene, direction="up" if weight > 0 else "down", weight=weight if scale else None
        )
        for gene, weight in weights.items()
    ]
    return Signature(
        id=name,
        version="1.0.0",
        title=name,
        kind="pathway",
        scale="rank" if scale == "rank" else "log2",
        source=Source(citation="made for this test"),
        obtained="curated",
        licence="none needed",
        genes=tuple(genes),
    )


def index_of(n_genes: int, *signatures: Signature) -> SetIndex:
    """The sets over the universe of `symbols(n_genes)`."""
    return SetIndex.build(signatures, symbols(n_genes))


def some_sets(n_genes: int, scale: str = "") -> SetIndex:
    """Sets of 60 up, 6 up, 18 up with 12 down, and 12 down genes."""
    draw = np.random.default_rng(3)

    def pick(name: str, n_up: int, n_down: int) -> Signature:
        chosen = draw.choice(symbols(n_genes), n_up + n_down, replace=False)
        sizes = np.round(draw.uniform(0.5, 2, chosen.size), 3) if scale else np.ones(chosen.size)
        signs = np.repeat([1.0, -1.0], [n_up, n_down])
        return signature(name, dict(zip(map(str, chosen), signs * sizes, strict=True)), scale)

    parts = {"large": (60, 0), "small": (6, 0), "both": (18, 12), "down": (0, 12)}
    return index_of(n_genes, *(pick(name, *sizes) for name, sizes in parts.items()))


def scores(method: Method, block: SampleBlock, index: SetIndex) -> np.ndarray:
    """Scores without a null, shape (samples, sets)."""
    return method.function(block, index, False).score


def cells(n_samples: int = 40, n_genes: int = 400, seed: int = 4) -> np.ndarray:
    """Non-negative values of which three quarters are 0, exact in float32."""
    draw = np.random.default_rng(seed)
    values = draw.gamma(2, 2, size=(n_samples, n_genes))
    values[draw.random(values.shape) < 0.75] = 0
    return values.astype(np.float32).astype(np.float64)


def assert_same_whatever_the_form(
    method: Method, values: np.ndarray, index: SetIndex, tolerance: float = 1e-12
) -> None:
    """Scores do not depend on how the same values are stored, or on the order of the samples."""
    expected = scores(method, block_of(values), index)
    assert np.isfinite(expected).any()
    order = np.random.default_rng(9).permutation(values.shape[1])
    shuffled = np.empty_like(values)
    shuffled[:, order] = values
    forms = {
        "sparse": block_of(csr_array(values)),
        "float32": block_of(values.astype(np.float32)),
        "sparse float32": block_of(csr_array(values.astype(np.float32))),
        "by genes": block_of(np.asfortranarray(values)),
        "other columns": block_of(shuffled, columns=order),
        "sparse, other columns": block_of(csr_array(shuffled), columns=order),
    }
    size = np.nanmax(np.abs(expected))
    for form, block in forms.items():
        found = scores(method, block, index)
        np.testing.assert_allclose(
            found, expected, rtol=tolerance, atol=tolerance * size, err_msg=form
        )
    rows = np.random.default_rng(8).permutation(values.shape[0])
    found = scores(method, block_of(values[rows]), index)
    np.testing.assert_allclose(found, expected[rows], rtol=tolerance, atol=tolerance * size)


def with_missing(values: np.ndarray, share: float = 0.05) -> np.ndarray:
    """The values, some of them not measured."""
    changed = values.copy()
    changed[np.random.default_rng(6).random(values.shape) < share] = np.nan
    return changed


def leukemia(shared: Path) -> tuple[np.ndarray, np.ndarray]:
    """Real arrays, samples x probes, and the probes in alphabetical order."""
    path = shared / "data/parity/gsva/leukemia_eset_expr.tsv.gz"
    frame = pd.read_csv(path, sep="\t", index_col=0).sort_index()
    return frame.to_numpy().T.copy(), np.asarray(frame.index, dtype=object)


def printed(shared: Path, method: str, probes: np.ndarray) -> tuple[SetIndex, np.ndarray]:
    """Sets of which R's GSVA printed scores, by all probes of their genes, and those scores."""
    chip = shared / "data/parity/gseapy/Human_AFFY_HG_U95_MSigDB_7_0_final.chip.gz"
    called = pd.read_csv(chip, sep="\t", index_col=0)["Gene Symbol"]
    called = called[~called.index.duplicated()]
    ids = shared / "data/ids/ensembl_grch38_annotables.tsv.gz"
    table = pd.read_csv(ids, sep="\t", dtype=str).dropna(subset=["entrez"])
    entrez = table.drop_duplicates("symbol").set_index("symbol")["entrez"]
    gene_of = pd.Series(probes, index=probes).map(called).map(entrez).dropna()
    probes_of = gene_of.groupby(gene_of).groups
    expected = pd.read_csv(
        shared / f"data/parity/gsva/leukemia_{method}_expected_first25.tsv", sep="\t", index_col=0
    )
    lines = (shared / "data/parity/gsva/c2BroadSets_entrez.gmt").read_text().splitlines()
    genes = {line.split("\t")[0]: line.split("\t")[2:] for line in lines}
    listed = [
        signature(name, {probe: 1.0 for gene in genes[name] for probe in probes_of.get(gene, [])})
        for name in expected.index
    ]
    return SetIndex.build(listed, probes), expected.to_numpy().T
