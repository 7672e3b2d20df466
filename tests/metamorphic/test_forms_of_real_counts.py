"""What common tools make of the same real counts, and what is decided for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from atrasig.harmonisation.scale import decide_scale

Array = np.ndarray


@dataclass(frozen=True)
class Cohort:
    """Counts of real samples, samples x genes, with what other scales need."""

    counts: Array

    @cached_property
    def library(self) -> Array:
        return np.asarray(self.counts.sum(axis=1, keepdims=True))

    @cached_property
    def expressed(self) -> Array:
        """Genes that a usual filter keeps: a read per million in three samples."""
        return (self.cpm >= 1).sum(axis=0) >= 3

    @cached_property
    def cpm(self) -> Array:
        return self.counts / self.library * 1e6

    @cached_property
    def normalised(self) -> Array:
        """Counts by size factors: the median ratio to the geometric means."""
        logs = np.log(self.counts[:, (self.counts > 0).all(axis=0)])
        factors = np.exp(np.median(logs - logs.mean(axis=0), axis=1, keepdims=True))
        return np.asarray(self.counts / factors)

    @cached_property
    def fpkm(self) -> Array:
        return self.cpm / self._lengths * 1e3

    @cached_property
    def tpm(self) -> Array:
        return self.fpkm / self.fpkm.sum(axis=1, keepdims=True) * 1e6

    @cached_property
    def expected(self) -> Array:
        """Expected counts: three genes in ten share reads with others."""
        rng = np.random.default_rng(1)
        share = np.where(rng.random(self.counts.shape) < 0.3, rng.random(self.counts.shape), 1)
        return np.round(self.counts * share, 2)

    @cached_property
    def upper_quartile(self) -> Array:
        """Expected counts by their upper quartile, as RSEM's normalised counts of TCGA are."""
        quartiles = [np.quantile(row[row > 0], 0.75) for row in self.expected]
        return self.expected / np.array(quartiles)[:, None] * 1000

    @property
    def _lengths(self) -> Array:
        return np.random.default_rng(2).integers(200, 9000, self.counts.shape[1]).astype(float)

    def log_cpm(self, prior: float, genes: Array) -> Array:
        """Log2 CPM with a prior count in proportion to effective library sizes."""
        size = self.counts[:, genes].sum(axis=1, keepdims=True)
        size = size * np.random.default_rng(3).uniform(0.8, 1.2, size.shape)
        prior = prior * size / size.mean()
        return np.log2((self.counts[:, genes] + prior) / (size + 2 * prior) * 1e6)


def _voom(cohort: Cohort) -> Array:
    kept = cohort.counts[:, cohort.expressed]
    return np.log2((kept + 0.5) / (kept.sum(axis=1, keepdims=True) + 1) * 1e6)


def _stabilised(cohort: Cohort) -> Array:
    """Variance-stabilised for a dispersion of 0.1 + 4 / mean (Anders & Huber 2010)."""
    mean, flat, steep = cohort.normalised, 0.1, 4.0
    root = np.sqrt(flat * mean * (1 + steep + flat * mean))
    return np.log2((1 + steep + 2 * flat * mean + 2 * root) / (4 * flat))


def _shrunken(cohort: Cohort) -> Array:
    """Logarithms drawn towards the gene's mean the more, the lower it is."""
    mean = cohort.normalised.mean(axis=0)
    low, weight = np.log2(mean + 0.5), mean / (mean + 10)
    return low + (np.log2(cohort.normalised + 0.5) - low) * weight


def _quantile_normalised(values: Array) -> Array:
    order = np.argsort(np.argsort(values, axis=1, kind="stable"), axis=1)
    return np.asarray(np.sort(values, axis=1).mean(axis=0)[order])


def _log2(values: Array) -> Array:
    return np.asarray(np.log2(values + 1))


def _shifted(cohort: Cohort) -> Array:
    """Log CPM after a correction that adds something to every gene."""
    shift = np.random.default_rng(4).normal(0, 0.3, cohort.counts.shape[1])
    return _log2(cohort.cpm) + shift


def _standardised(cohort: Cohort) -> Array:
    values = _log2(cohort.cpm[:, cohort.expressed])
    return np.asarray((values - values.mean(axis=0)) / values.std(axis=0, ddof=1))


def _centred(cohort: Cohort) -> Array:
    values = _log2(cohort.cpm[:, cohort.expressed])
    return np.asarray(values - np.median(values, axis=0))


Form = Callable[[Cohort], Array]
COUNTS, SEQUENCED, ARRAY = "rnaseq_counts", "rnaseq_normalised", "microarray"
FORMS: dict[str, tuple[Form, str, str]] = {
    "counts": (lambda c: c.counts, "counts", COUNTS),
    "CPM": (lambda c: c.cpm, "cpm", COUNTS),
    "DESeq2 normalised counts": (lambda c: c.normalised, "cpm", COUNTS),
    "log2 of these": (lambda c: _log2(c.normalised), "log_cpm", COUNTS),
    "Xena log2(count+1)": (lambda c: _log2(c.counts), "log_counts", COUNTS),
    "voom": (_voom, "log_cpm", COUNTS),
    "voom, 4 decimals": (lambda c: np.round(_voom(c), 4), "log_cpm", COUNTS),
    "edgeR cpm(log=TRUE)": (lambda c: c.log_cpm(2, c.expressed), "log_cpm", COUNTS),
    "edgeR, all genes": (lambda c: c.log_cpm(2, c.expressed | True), "log_cpm", COUNTS),
    "edgeR, prior 0.25": (lambda c: c.log_cpm(0.25, c.expressed), "log_cpm", COUNTS),
    "CPM, 1 decimal": (lambda c: np.round(c.cpm, 1), "tpm", SEQUENCED),
    "TPM": (lambda c: c.tpm, "tpm", SEQUENCED),
    "Xena log2(TPM+0.001)": (lambda c: np.log2(c.tpm + 0.001), "log2", SEQUENCED),
    "log2(TPM+1)": (lambda c: _log2(c.tpm), "log2", SEQUENCED),
    "FPKM": (lambda c: c.fpkm, "linear", SEQUENCED),
    "log2(FPKM+1)": (lambda c: _log2(c.fpkm), "log2", SEQUENCED),
    "expected counts": (lambda c: c.expected, "counts", COUNTS),
    "log2 of expected counts + 1": (lambda c: _log2(c.expected), "log2", SEQUENCED),
    "Xena log2(norm_count+1)": (lambda c: _log2(c.upper_quartile), "log2", SEQUENCED),
    "VST": (_stabilised, "log2", SEQUENCED),
    "rlog": (_shrunken, "log2", SEQUENCED),
    "quantile-normalised": (lambda c: _quantile_normalised(_log2(c.cpm)), "log2", SEQUENCED),
    # Without the genes of no read nothing tells these logarithms from those of an array.
    "VST, filtered": (lambda c: _stabilised(c)[:, c.expressed], "log2", ARRAY),
    "rlog, filtered": (lambda c: _shrunken(c)[:, c.expressed], "log2", ARRAY),
    "log2(TPM+1), filtered": (lambda c: _log2(c.tpm[:, c.expressed]), "log2", ARRAY),
    "batch-corrected": (_shifted, "log2", ARRAY),
    "z-scores": (_standardised, "zscore", "zscore"),
    "centred": (_centred, "log_ratio", "relative"),
}


@pytest.fixture(scope="module")
def cohort(shared: Path) -> Cohort:
    path = shared / "data/aml_tcga20/tcga_laml_20samples_htseq_counts.tsv.gz"
    table = pd.read_csv(path, sep="\t", index_col=0)
    return Cohort(table.iloc[:, :8].T.to_numpy(float))


@pytest.mark.parametrize("name", FORMS)
def test_what_is_decided(cohort: Cohort, name: str) -> None:
    form, scale, platform = FORMS[name]
    decision = decide_scale(form(cohort))
    assert (decision.scale, decision.platform) == (scale, platform)


@pytest.mark.parametrize("name", FORMS)
def test_in_single_precision_too(cohort: Cohort, name: str) -> None:
    form, scale, platform = FORMS[name]
    decision = decide_scale(form(cohort).astype(np.float32).astype(np.float64))
    assert (decision.scale, decision.platform) == (scale, platform)
