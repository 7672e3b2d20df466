"""The weighted linear score: all genes, on the right scale, or none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from atrasig.harmonisation import harmonise
from atrasig.io import read_expression
from atrasig.scoring.methods.weighted import METHOD, NO_WEIGHTS
from atrasig.scoring.run import score
from atrasig.scoring.sets import SetIndex
from atrasig.signatures import SignatureSet, load_signatures
from tests.scoring.methods.cohort_making import (
    assert_same_whatever_the_form,
    block_of,
    cells,
    index_of,
    scores,
    signature,
    some_sets,
    symbols,
)


def test_by_hand() -> None:
    genes = symbols(5)
    index = index_of(5, signature("x", {genes[0]: 0.5, genes[1]: 2.0, genes[4]: -0.25}, "log2"))
    values = np.array([[1.0, 2.0, 9.0, 9.0, 4.0], [0.0, 3.0, 9.0, 9.0, 8.0]])
    expected = [[0.5 + 4 - 1], [6 - 2]]
    for matrix in (values, csr_array(values)):
        np.testing.assert_allclose(scores(METHOD, block_of(matrix), index), expected)


def test_form_and_order_do_not_matter() -> None:
    assert_same_whatever_the_form(METHOD, cells(), some_sets(400, "log2"))


def test_a_sample_does_not_depend_on_the_others() -> None:
    values, index = cells(), some_sets(400, "log2")
    whole = scores(METHOD, block_of(values), index)
    np.testing.assert_array_equal(scores(METHOD, block_of(values[3:5]), index), whole[3:5])


def test_a_missing_gene_leaves_no_published_score() -> None:
    genes = symbols(6)
    index = index_of(
        6,
        signature("measured", {genes[0]: 1.0, genes[1]: 2.0}, "log2"),
        signature("outside", {genes[0]: 1.0, genes[1]: 2.0, "elsewhere": -1.0}, "log2"),
    )
    values = np.arange(12.0).reshape(2, 6)
    values[1, 1] = np.nan
    result = METHOD.function(block_of(values), index, False)
    assert result.score[0, 0] == 2.0
    assert np.isnan(result.score[[0, 1, 1], [1, 0, 1]]).all()
    assert result.reasons is not None
    matrix = "genes missing from the matrix: the sum needs them all"
    either = "genes missing from the matrix or this sample: the sum needs them all"
    assert result.reasons.tolist() == [
        ["", f"1 of 3 {matrix}"],
        [f"1 of 2 {either}", f"2 of 3 {either}"],
    ]


@pytest.mark.parametrize("scale", ["", "rank"])
def test_lists_without_weights_for_these_values(scale: str) -> None:
    result = METHOD.function(block_of(cells()), some_sets(400, scale), False)
    assert np.isnan(result.score).all()
    assert result.reasons is not None
    words = "its weights are for rank values, these are log2" if scale else NO_WEIGHTS
    assert set(result.reasons.ravel()) == {words}


def test_lsc17_as_shipped(repository: Path) -> None:
    shipped = load_signatures(repository / "signatures/no_licence_stated/lsc17.yaml")
    (lsc17,) = shipped
    genes = np.array(sorted(lsc17.symbols), dtype=object)
    values = np.random.default_rng(2).normal(6, 2, size=(3, genes.size))
    found = scores(METHOD, block_of(values), SetIndex.build([lsc17], genes))
    weights = {gene.gene: gene.weight for gene in lsc17.genes}
    expected = values @ [weights[gene] for gene in genes]
    np.testing.assert_allclose(found[:, 0], expected)
    assert genes.size == 17
    assert weights["DNMT3B"] == 0.0874


def test_lsc17_of_real_counts_needs_its_gene_that_is_not_coding(shared: Path) -> None:
    path = shared / "data/aml_tcga20/tcga_laml_20samples_htseq_counts.tsv.gz"
    expr = harmonise(read_expression(path))
    lists = SignatureSet([load_signatures()["lsc17"]])
    assert expr.var.loc["FAM30A", "biotype"] == "lncRNA"
    table = score(expr, lists, method=["weighted", "singscore"]).set_index("method")
    own, other = table.loc["weighted"], table.loc["singscore"]
    by_hand = sum(gene.weight * expr[:, gene.gene].X[:, 0] for gene in lists["lsc17"].genes)
    np.testing.assert_allclose(own["score"], by_hand, rtol=1e-12)
    assert np.ptp(by_hand) > 0
    assert set(own["universe"]) == {"all"}
    assert set(own["n_matched"]) == {17}
    assert set(own["coverage"]) == {1.0}
    assert set(other["universe"]) == {"coding"}
    assert set(other["n_matched"]) == {16}

    without = expr[:, expr.var_names != "FAM30A"]
    table = score(without, lists, method="weighted")
    assert table["score"].isna().all()
    assert set(table["reason"]) == {"1 of 17 genes missing from the matrix: the sum needs them all"}
