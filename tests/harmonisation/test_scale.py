"""On which scale a matrix is: hand-made matrices, evidence, statements and refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from atrasig.errors import ScaleError, UsageError
from atrasig.harmonisation.bounds import Declaration
from atrasig.harmonisation.evidence import sample_floor, scale_evidence
from atrasig.harmonisation.scale import decide_scale

NAN = np.nan
N_GENES = 1200


def _matrices() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(11)
    counts = rng.negative_binomial(1, 0.01, size=(4, N_GENES)).astype(float)
    counts[rng.random(counts.shape) < 0.2] = 0
    rates = counts / rng.uniform(0.5, 8, size=N_GENES)
    tpm = rates / rates.sum(axis=1, keepdims=True) * 1e6
    cpm = counts / counts.sum(axis=1, keepdims=True) * 1e6
    array = rng.normal(7, 2, size=counts.shape)
    return {
        "counts": counts,
        "cpm": cpm,
        "normalised counts": counts / np.array([[0.61], [0.93], [1.07], [1.711]]),
        "log2 cpm": np.log2(cpm + 1),
        "log2 counts": np.log2(counts + 1),
        "tpm": tpm,
        "fpkm": rates * 3.7,
        "log2 tpm": np.log2(tpm + 1),
        "log2 tpm + 0.001": np.log2(tpm + 0.001),
        "array": np.exp2(np.abs(array)),
        "log2 array": array,
        "z": (array - array.mean(axis=0)) / array.std(axis=0, ddof=1),
        "log ratio": rng.normal(0, 0.8, size=counts.shape),
        "background-corrected": np.exp2(array) - np.quantile(np.exp2(array), 0.2),
        "test statistics": rng.normal(0, 15, size=counts.shape),
    }


@pytest.fixture(scope="module")
def matrices() -> dict[str, np.ndarray]:
    return _matrices()


@pytest.mark.parametrize(
    ("name", "scale", "platform"),
    [
        ("counts", "counts", "rnaseq_counts"),
        ("cpm", "cpm", "rnaseq_counts"),
        ("normalised counts", "cpm", "rnaseq_counts"),
        ("log2 cpm", "log_cpm", "rnaseq_counts"),
        ("log2 counts", "log_counts", "rnaseq_counts"),
        ("tpm", "tpm", "rnaseq_normalised"),
        ("fpkm", "linear", "rnaseq_normalised"),
        ("log2 tpm", "log2", "rnaseq_normalised"),
        ("log2 tpm + 0.001", "log2", "rnaseq_normalised"),
        ("array", "intensity", "microarray"),
        ("log2 array", "log2", "microarray"),
        ("background-corrected", "intensity", "microarray"),
    ],
)
@pytest.mark.parametrize("form", ["dense", "sparse", "with missing", "one sample"])
def test_scale_and_platform(
    matrices: dict[str, np.ndarray], name: str, scale: str, platform: str, form: str
) -> None:
    values: Any = matrices[name].copy()
    if form == "with missing":
        values[0, np.argmax(values[0] == np.median(values[0]))] = NAN
        values[:, 7] = NAN
    if form == "one sample":
        values = values[:1]
    if form == "with missing" and name == "tpm":
        values *= 1e6 / np.nansum(values, axis=1, keepdims=True)
    decision = decide_scale(csr_array(values) if form == "sparse" else values)
    assert (decision.scale, decision.platform) == (scale, platform)
    assert decision.decided_by == "values"
    assert bool(decision.as_record()["made_of"]) == (decision.is_of_reads and scale != "counts")


def test_every_sample_but_a_few_must_be_made_of_counts(matrices: dict[str, np.ndarray]) -> None:
    rng = np.random.default_rng(3)
    cpm = np.vstack([matrices["cpm"]] * 5)
    cpm[7] *= rng.uniform(0.9, 1.1, N_GENES)
    decision = decide_scale(cpm)
    assert decision.scale == "cpm"
    platforms = decision.sample_platforms()
    assert platforms[7] == "rnaseq_normalised"
    assert set(platforms[:7] + platforms[8:]) == {"rnaseq_counts"}
    assert decision.evidence["samples_of_none"] == 1
    cpm[:4] *= rng.uniform(0.9, 1.1, N_GENES)
    assert decide_scale(cpm).platform == "rnaseq_normalised"


def test_samples_that_tell_nothing_do_not_decide(matrices: dict[str, np.ndarray]) -> None:
    values = np.vstack([matrices["log2 cpm"], np.zeros((2, N_GENES))])
    decision = decide_scale(values)
    assert decision.scale == "log_cpm"
    assert decision.sample_platforms() == ("rnaseq_counts",) * 6


# -- evidence --------------------------------------------------------------------------------------


def test_evidence_by_hand() -> None:
    values = np.array([[0.0, 0, 2.5, 4], [1, 1, 1, NAN], [3, 7, NAN, -8], [0, 0, 0, 0]])
    assert scale_evidence(values) == {
        "samples": 4.0,
        "genes": 4.0,
        "minimum": -8.0,
        "maximum": 7.0,
        "integer_share": 13 / 14,
        "negative_share": 1 / 14,
        "floor_share": 0.75,  # of 2/4, 3/3, none and 4/4
        "zero_share": 0.25,  # of 2/4, none, none and 4/4
        "lowest_sum": 2.0,
        "highest_sum": 6.5,
        "gene_mean": pytest.approx((4 / 4 + 8 / 4) / 2),
        "gene_sd": pytest.approx((np.std([0, 1, 3, 0]) + np.std([0, 1, 7, 0])) / 2),
    }


def test_sparse_evidence_equals_dense() -> None:
    rng = np.random.default_rng(2)
    values = np.where(rng.random((5, 40)) < 0.6, 0, rng.normal(3, 4, (5, 40)))
    values[3] = np.abs(values[3]) + 1
    sparse = csr_array(values)
    sparse.data[0] = values[0, sparse.indices[0]] = 0.0  # stored zero
    dense, found = scale_evidence(values), scale_evidence(sparse)
    for key in set(dense) - {"gene_mean", "gene_sd"}:
        assert found[key] == pytest.approx(dense[key], rel=1e-12), key
    for mine, other in zip(sample_floor(sparse), sample_floor(values), strict=True):
        np.testing.assert_array_equal(mine, other)


def test_floor_of_a_sample_without_values() -> None:
    floor, n_floor = sample_floor(np.array([[NAN, NAN], [1, NAN]]))
    assert floor.tolist() == [np.inf, 1]
    assert n_floor.tolist() == [0, 1]


# -- values relative to a cohort -------------------------------------------------------------------


@pytest.mark.parametrize(("ddof", "n_samples"), [(0, 3), (1, 3), (0, 50), (1, 50)])
def test_z_scores(ddof: int, n_samples: int) -> None:
    values = np.random.default_rng(4).normal(8, 3, size=(n_samples, 200))
    z = (values - values.mean(axis=0)) / values.std(axis=0, ddof=ddof)
    for form in (z, np.where(np.arange(200) < 190, [[NAN]] + [[0]] * (n_samples - 1), 0) + z):
        decision = decide_scale(form)
        assert (decision.scale, decision.platform) == ("zscore", "zscore")
    assert decide_scale(z, "log2").platform == "microarray"


@pytest.mark.parametrize("name", ["log ratio", "z"])
def test_a_few_samples_of_a_standardised_cohort_are_no_expression(
    matrices: dict[str, np.ndarray], name: str
) -> None:
    decision = decide_scale(matrices[name][:2])
    assert (decision.scale, decision.platform) == ("log_ratio", "relative")
    assert decide_scale(matrices[name][:2], "zscore").platform == "zscore"


# -- arrays ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["counts", "cpm", "log2 counts", "log2 cpm", "array"])
def test_probes_are_never_counts(matrices: dict[str, np.ndarray], name: str) -> None:
    decision = decide_scale(matrices[name], declared=Declaration(probes=True))
    assert decision.platform == "microarray"
    assert decision.scale == ("log2" if "log2" in name else "intensity")


def test_negative_intensities_of_genes_are_in_doubt(matrices: dict[str, np.ndarray]) -> None:
    values = matrices["background-corrected"]
    assert "Negative values" in decide_scale(values).as_record()["doubts"]
    assert decide_scale(values, declared=Declaration(probes=True)).doubts == ()


def test_test_statistics_are_refused(matrices: dict[str, np.ndarray]) -> None:
    with pytest.raises(ScaleError, match=r"reach from -.* 5\d% of them negative.*fold changes"):
        decide_scale(matrices["test statistics"])


@pytest.mark.parametrize("name", ["counts", "tpm", "fpkm", "whole copy numbers"])
@pytest.mark.parametrize("form", ["dense", "sparse"])
def test_a_negative_amount_of_sequencing_is_refused(
    matrices: dict[str, np.ndarray], name: str, form: str
) -> None:
    calls = np.random.default_rng(1).integers(-1, 3, size=(4, N_GENES)).astype(float)
    values = matrices.get(name, calls).copy()
    values[2, 5] = -7
    values[0, 0] = max(values.max(), 20)
    known = Declaration(samples=["a", "b", "c", "d"], genes=[f"G{i}" for i in range(N_GENES)])
    wrong: Any = csr_array(values) if form == "sparse" else values
    with pytest.raises(ScaleError, match=r"lowest -7 \(sample 'c', gene 'G5'\)"):
        decide_scale(wrong, declared=known)
    with pytest.raises(ScaleError, match=r"sample 3, gene 6"):
        decide_scale(wrong)
    assert decide_scale(wrong, "intensity").platform == "microarray"


def test_negative_whole_numbers_of_probes_are_intensities() -> None:
    values = np.random.default_rng(1).integers(0, 9000, size=(4, 60)).astype(float)
    values[1, 3] = -50
    decision = decide_scale(values, declared=Declaration(probes=True))
    assert (decision.scale, decision.platform) == ("intensity", "microarray")
    with pytest.raises(ScaleError, match="whole numbers as of sequencing"):
        decide_scale(values)


def test_zeros_above_negative_logarithms_are_in_doubt(matrices: dict[str, np.ndarray]) -> None:
    tpm = matrices["tpm"]
    filled = np.where(tpm > 0, np.log2(np.where(tpm > 0, tpm, 1)), 0)
    filled[:, :40] = -0.5 - np.arange(40) / 100
    assert "is 0 put for the logarithm of none?" in decide_scale(filled).as_record()["doubts"]
    assert decide_scale(matrices["log2 tpm + 0.001"]).doubts == ()


def test_expression_after_a_correction_is_no_log_ratio(matrices: dict[str, np.ndarray]) -> None:
    low = np.random.default_rng(2).normal(0, 0.4, size=(4, N_GENES))
    corrected = np.where(np.arange(N_GENES) < 800, low, matrices["log2 array"])
    assert decide_scale(corrected).scale == "log2"
    assert decide_scale(matrices["log ratio"]).scale == "log_ratio"


# -- statements ------------------------------------------------------------------------------------


def test_the_format_declares_and_the_user_overrules(matrices: dict[str, np.ndarray]) -> None:
    expected = matrices["counts"] * 1.01
    declared = Declaration(scale="counts")
    found = decide_scale(expected, declared=declared)
    assert (found.scale, found.platform) == ("counts", "rnaseq_counts")
    assert found.decided_by == "format"
    assert "taken as expected counts" in found.as_record()["doubts"]
    overruled = decide_scale(expected, "fpkm", declared)
    assert (overruled.scale, overruled.platform) == ("fpkm", "rnaseq_normalised")
    assert overruled.decided_by == "user"
    with pytest.raises(ScaleError, match="declared by the file format to be counts but reach"):
        decide_scale(matrices["background-corrected"], declared=declared)
    odd = decide_scale(expected, declared=Declaration(scale="rpkm2"))
    assert odd.decided_by == "values"
    assert "'rpkm2', which is not known" in odd.as_record()["doubts"]


@pytest.mark.parametrize(
    ("unit", "platform"), [("cell", "single_cell"), ("pseudobulk", "single_cell_pseudobulk")]
)
def test_cells(matrices: dict[str, np.ndarray], unit: str, platform: str) -> None:
    for name in ("counts", "log2 cpm"):
        decision = decide_scale(matrices[name], declared=Declaration(unit=unit))
        assert decision.platform == platform
        assert set(decision.sample_platforms()) <= {platform}


@pytest.mark.parametrize(
    ("stated", "name", "words"),
    [
        ("counts", "log2 tpm", "are not whole numbers"),
        ("counts", "tpm", "are not whole numbers"),
        ("log2", "tpm", "stated to be log2 but reach"),
        ("log2", "counts", "stated to be log2 but reach"),
        ("counts", "background-corrected", "stated to be counts but reach down to -"),
        ("tpm", "background-corrected", "stated to be tpm but reach down to -"),
        ("cpm", "log ratio", "stated to be cpm but reach down to -"),
        ("zscore", "counts", "stated to be z-scores but none is negative"),
    ],
)
def test_impossible_statements_are_refused(
    matrices: dict[str, np.ndarray], stated: str, name: str, words: str
) -> None:
    with pytest.raises(ScaleError, match=words):
        decide_scale(matrices[name], stated)


@pytest.mark.parametrize(
    ("stated", "name", "words"),
    [
        ("counts", "fpkm", "fractions: taken as expected counts"),
        ("tpm", "log2 tpm", "already logarithms?"),
        ("linear", "log2 array", "already logarithms?"),
    ],
)
def test_odd_statements_stand_in_doubt(
    matrices: dict[str, np.ndarray], stated: str, name: str, words: str
) -> None:
    decision = decide_scale(np.abs(matrices[name]), stated)
    assert decision.scale == stated
    assert words in decision.as_record()["doubts"]


def test_logarithms_of_logarithms_are_in_doubt(matrices: dict[str, np.ndarray]) -> None:
    twice = np.log2(matrices["log2 tpm"] + 1)
    assert "or taken twice?" in decide_scale(twice).as_record()["doubts"]
    assert decide_scale(matrices["log2 tpm"]).doubts == ()


def test_whole_numbers_that_add_up_to_a_million(matrices: dict[str, np.ndarray]) -> None:
    decision = decide_scale(np.round(matrices["tpm"]))
    assert (decision.scale, decision.platform) == ("tpm", "rnaseq_normalised")
    assert "rounded CPM or TPM" in decision.as_record()["doubts"]
    rarefied = np.zeros((3, 4))
    rarefied[:, 0] = 1e6
    assert decide_scale(rarefied).scale == "counts"


def test_share_of_fractions_is_told() -> None:
    values = np.ones((2, 50))
    values[0, 0] = 0.5
    for form in (values, csr_array(values)):
        with pytest.raises(ScaleError, match=r"1\.00% of them are not whole"):
            decide_scale(form, "counts")


def test_a_matrix_without_values_is_refused() -> None:
    with pytest.raises(ScaleError, match="no value"):
        decide_scale(np.full((2, 3), NAN))


def test_unknown_scale_is_a_wrong_call() -> None:
    with pytest.raises(UsageError, match=r"'rpm'.*auto, counts, cpm, tpm, fpkm"):
        decide_scale(np.ones((1, 1)), "rpm")


@pytest.mark.parametrize("stated", ["counts", "cpm", "tpm", "fpkm", "linear", "log2", "intensity"])
def test_a_possible_statement_stands(stated: str) -> None:
    decision = decide_scale(np.arange(12.0).reshape(2, 6), stated)
    assert (decision.scale, decision.decided_by) == (stated, "user")


@pytest.mark.parametrize(
    ("column", "scale"), [("expected_count", "counts"), ("TPM", "tpm"), ("FPKM", "linear")]
)
def test_expected_counts_are_known_by_their_whole_numbers(
    shared: Path, column: str, scale: str
) -> None:
    files = sorted((shared / "data" / "formats").glob("tximportData_rsem_*.genes.results.gz"))
    values = np.stack([pd.read_csv(file, sep="\t")[column].to_numpy() for file in files])
    decision = decide_scale(values)
    assert decision.scale == scale
    assert bool(decision.doubts) == (scale == "counts")


def test_gene_sums_of_salmon_are_expected_counts(shared: Path) -> None:
    folder = shared / "data"
    reads = pd.read_csv(folder / "formats" / "tximportData_salmon_ERR188021_quant.sf.gz", sep="\t")
    table = pd.read_csv(folder / "ids" / "ensembl_grch38_tx2gene.tsv.gz", sep="\t")
    genes = reads["Name"].str.split(".").str[0].map(table.set_index("enstxp")["ensgene"])
    sums = reads.groupby(genes)[["NumReads", "TPM"]].sum()
    assert decide_scale(sums[["NumReads"]].to_numpy().T).scale == "counts"
    assert decide_scale(sums[["TPM"]].to_numpy().T).scale != "counts"
