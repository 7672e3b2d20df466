"""Values made of read counts: found where they are, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from atrasig.harmonisation.units import REFUTED, SHOWN, UNCLEAR, find_units, recover

NAN = np.nan
Array = np.ndarray


def draw_counts(seed: int, n_samples: int = 3, n_genes: int = 3000) -> Array:
    """Counts with many unread genes and a long upper tail, of a depth of their own a sample."""
    rng = np.random.default_rng(seed)
    level = rng.lognormal(2, 2.5, n_genes)
    level[rng.random(n_genes) < 0.2] = 0
    depth = rng.uniform(0.3, 3, (n_samples, 1))
    return rng.negative_binomial(2, 1 / (1 + level * depth / 2)).astype(float)


def cpm(counts: Array) -> Array:
    return counts / counts.sum(axis=1, keepdims=True) * 1e6


def rounded(values: Array, digits: int) -> Array:
    return np.array([[float(f"{v:.{digits}g}") for v in row] for row in values])


def with_prior(counts: Array) -> Array:
    """Log2 CPM with a prior that follows the library size."""
    size = counts.sum(axis=1, keepdims=True)
    prior = 2 * size / size.mean()
    return np.log2((counts + prior) / (size + 2 * prior) * 1e6)


EXACT: dict[str, Callable[[Array], Array]] = {
    "cpm": cpm,
    "cpm in single precision": lambda c: cpm(c).astype(np.float32),
    "cpm with 3 decimals": lambda c: np.round(cpm(c), 3),
    "cpm with 15 digits": lambda c: rounded(cpm(c), 15),
    "by size factors": lambda c: c / np.array([0.7, 1.0001, 1.9])[:, None],
    "log2 cpm": lambda c: np.log2(cpm(c) + 1),
    "log2 cpm in single precision": lambda c: np.log2(cpm(c) + 1).astype(np.float32),
    "log2 cpm with 6 decimals": lambda c: np.round(np.log2(cpm(c) + 1), 6),
    "log2 counts": lambda c: np.log2(c + 1),
    "ln per ten thousand": lambda c: np.log1p(cpm(c) / 100),
    "log10 cpm": lambda c: np.log10(cpm(c) + 1),
    "log2 cpm with a prior": with_prior,
    "log2 cpm with half a read": lambda c: np.log2((c + 0.5) / (c.sum(1, keepdims=True) + 1) * 1e6),
}
COARSE: dict[str, Callable[[Array], Array]] = {
    "log2 cpm with 4 decimals": lambda c: np.round(np.log2(cpm(c) + 1), 4),
    "cpm with 4 digits": lambda c: rounded(cpm(c), 4),
}


@pytest.mark.parametrize("form", EXACT)
def test_counts_come_back(form: str) -> None:
    counts = draw_counts(1)
    values = EXACT[form](counts).astype(np.float64)
    units = find_units(values, logged="log" in form or "ln" in form)
    assert {unit.verdict for unit in units} == {SHOWN}
    for row, unit, true in zip(values, units, counts, strict=True):
        np.testing.assert_array_equal(recover(row, unit), true)


@pytest.mark.parametrize("form", COARSE)
def test_of_coarse_values_the_order_and_the_low_counts_come_back(form: str) -> None:
    counts = draw_counts(2)
    values = COARSE[form](counts)
    units = find_units(values, logged="log" in form)
    assert {unit.verdict for unit in units} == {SHOWN}
    for row, unit, true in zip(values, units, counts, strict=True):
        found = recover(row, unit)
        np.testing.assert_array_equal(found[true < 500], true[true < 500])
        assert (np.diff(found[np.argsort(row, kind="stable")]) >= 0).all()
        np.testing.assert_allclose(found, true, rtol=2e-3)


def test_missing_values_stay_missing() -> None:
    counts = draw_counts(3)
    values = np.where(np.random.default_rng(1).random(counts.shape) < 0.2, NAN, cpm(counts))
    for row, unit, true in zip(values, find_units(values, logged=False), counts, strict=True):
        assert unit.verdict == SHOWN
        np.testing.assert_array_equal(recover(row, unit), np.where(np.isnan(row), NAN, true))


def test_sparse_equals_dense() -> None:
    values = cpm(draw_counts(4))
    assert find_units(csr_array(values), logged=False) == find_units(values, logged=False)
    logs = np.log2(values + 1)
    assert find_units(csr_array(logs), logged=True) == find_units(logs, logged=True)


def test_a_table_without_its_rarely_read_genes() -> None:
    counts = draw_counts(5)
    counts = counts[:, counts.min(axis=0) >= 4]
    values = cpm(counts)
    for row, unit, true in zip(values, find_units(values, logged=False), counts, strict=True):
        assert unit.verdict == SHOWN
        np.testing.assert_array_equal(recover(row, unit), true)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.floats(1e-4, 1e4))
def test_a_sample_is_judged_by_itself_whatever_its_factor(seed: int, factor: float) -> None:
    counts = draw_counts(seed, 1, 800)
    values = counts * factor
    unit = find_units(values, logged=False)[0]
    both = find_units(np.vstack([values, cpm(draw_counts(9, 1, 800))]), logged=False)
    assert repr(both[0]) == repr(unit)  # NaN included
    order = np.random.default_rng(seed).permutation(800)
    assert repr(find_units(values[:, order], logged=False)[0]) == repr(unit)
    if unit.verdict == SHOWN:
        np.testing.assert_array_equal(recover(values[0], unit), counts[0])


# -- what is not made of counts --------------------------------------------------------------------


def _lengths(n: int) -> Array:
    return np.random.default_rng(7).integers(200, 9000, n).astype(float)


def _tpm(counts: Array) -> Array:
    rates = counts / _lengths(counts.shape[1])
    return rates / rates.sum(axis=1, keepdims=True) * 1e6


def _array(counts: Array) -> Array:
    """Intensities as large as the counts, with a background that is measured."""
    return counts + np.random.default_rng(6).lognormal(4, 0.6, counts.shape)


OTHERS: dict[str, Callable[[Array], Array]] = {
    "tpm": _tpm,
    "tpm in single precision": lambda c: _tpm(c).astype(np.float32),
    "tpm with 2 decimals": lambda c: np.round(_tpm(c), 2),
    "tpm with 6 digits": lambda c: rounded(_tpm(c), 6),
    "fpkm": lambda c: c / _lengths(c.shape[1]) / c.sum(axis=1, keepdims=True) * 1e9,
    "expected counts": lambda c: c * np.random.default_rng(3).uniform(0.9, 1.1, c.shape),
    "intensities": _array,
    "intensities with 1 decimal": lambda c: np.round(_array(c), 1),
    "whole intensities": lambda c: np.round(_array(c)),
    "intensities from 20 on": lambda c: np.maximum(np.round(_array(c)) - 60, 20),
}


@pytest.mark.parametrize("log", ["", "log2", "log2 + 1", "ln + 1", "log2 + 0.001", "4 decimals"])
@pytest.mark.parametrize("name", OTHERS)
def test_other_values_are_not_taken_for_counts(name: str, log: str) -> None:
    values = OTHERS[name](draw_counts(11)).astype(np.float64)
    if log == "log2":
        values = np.log2(np.where(values > 0, values, NAN))
    elif log == "log2 + 0.001":
        values = np.log2(values + 0.001)
    elif log == "ln + 1":
        values = np.log1p(values)
    elif log:
        values = np.log2(values + 1)
        values = np.round(values, 4) if log == "4 decimals" else values
    verdicts = [unit.verdict for unit in find_units(values, logged=bool(log))]
    assert SHOWN not in verdicts


@pytest.mark.parametrize(
    "values",
    [
        [[0.5, 1.5, 4.5]],
        [[1.0, 2.0, 3.0]],
        [[0.0, 0.0, 0.0]],
        [[3.3, 3.3, 3.3]],
        [[NAN, NAN, NAN]],
        [[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]],
        [[0.25, 0.5, 0.75, 1.0, 1.25, 7.5]],
    ],
)
def test_few_values_show_nothing(values: Any) -> None:
    for logged in (False, True):
        assert find_units(np.array(values), logged=logged)[0].verdict in {UNCLEAR, REFUTED}


def test_a_sample_that_is_not_made_of_counts_is_told_apart() -> None:
    values = cpm(draw_counts(12))
    values[1] *= np.random.default_rng(1).uniform(0.99, 1.01, values.shape[1])
    verdicts = [unit.verdict for unit in find_units(values, logged=False)]
    assert verdicts == [SHOWN, REFUTED, SHOWN]


def test_steps_finer_than_a_read_are_fractions_that_were_rounded() -> None:
    counts = draw_counts(13, 2, 20_000) * 50
    shares = np.random.default_rng(2).random(counts.shape)
    expected = np.round(np.where(shares < 0.3, counts * shares, counts), 2)
    assert expected.sum(axis=1).min() > 1e7
    values = expected / np.array([[1234.5], [987.1]])
    assert {unit.verdict for unit in find_units(values, logged=False)} == {REFUTED}
    assert {unit.verdict for unit in find_units(np.log2(values + 1), logged=True)} == {REFUTED}


# -- real files ------------------------------------------------------------------------------------


def _gct(path: Path) -> Array:
    return pd.read_csv(path, sep="\t", skiprows=2, index_col=0).iloc[:, 1:].T.to_numpy(float)


def _others(data: Path) -> dict[str, Array]:
    def text(path: str, column: str) -> Array:
        return pd.read_csv(data / path, sep="\t", usecols=[column])[column].to_numpy(float)[None]

    def table(path: str) -> Array:
        return pd.read_csv(data / path, sep="\t", index_col=0).T.to_numpy(float)

    formats = "formats/tximportData"
    return {
        "P53": _gct(data / "parity/genepattern_ssgsea/P53_14samples_collapsed_symbols.gct"),
        "RSEM TPM": text(f"{formats}_rsem_ERR188021.genes.results.gz", "TPM"),
        "RSEM FPKM": text(f"{formats}_rsem_ERR188021.genes.results.gz", "FPKM"),
        "RSEM TPM, deep": text(f"{formats}_rsem_ERR188088.genes.results.gz", "TPM"),
        "salmon TPM": text(f"{formats}_salmon_ERR188021_quant.sf.gz", "TPM"),
        "kallisto TPM": text(f"{formats}_kallisto_ERR188021_abundance.tsv.gz", "tpm"),
        "GSE26901": pd.read_parquet(data / "gastric/GSE26901_expression.parquet").T.to_numpy(),
        "GSE62254": pd.read_parquet(data / "gastric/GSE62254_expression.parquet").T.to_numpy(),
        "HG-U95": table("parity/gsva/leukemia_eset_expr.tsv.gz"),
        "TGF-beta": table("parity/singscore/tgfb_expr_10_se.tsv.gz"),
    }


def test_real_arrays_and_tpm_are_not_taken_for_counts(shared: Path) -> None:
    for name, values in _others(shared / "data").items():
        forms = {"as it is": values}
        if values.max() > 40:
            forms |= {"log2": np.log2(values + 1), "single": np.log2(values + 1).astype("f4")}
        for form, matrix in forms.items():
            found = find_units(matrix.astype(np.float64), logged=float(matrix.max()) <= 40)
            assert SHOWN not in {unit.verdict for unit in found}, (name, form)


@pytest.mark.parametrize("form", [form for form in EXACT if form != "by size factors"])
def test_real_counts_come_back(shared: Path, form: str) -> None:
    path = shared / "data/aml_tcga20/tcga_laml_20samples_htseq_counts.tsv.gz"
    counts = pd.read_csv(path, sep="\t", index_col=0).iloc[:, :3].T.to_numpy(float)
    for step in (1, 7):
        part = counts[:, ::step]
        values = EXACT[form](part).astype(np.float64)
        units = find_units(values, logged="log" in form or "ln" in form)
        for row, unit, true in zip(values, units, part, strict=True):
            assert unit.verdict == SHOWN
            np.testing.assert_array_equal(recover(row, unit), true)
