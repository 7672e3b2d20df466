"""Layouts, coverage floor, universe, streaming and multiple testing of the runner."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy.sparse import csr_array
from statsmodels.stats.multitest import multipletests

import atrasig
from atrasig.errors import GeneIdError, UsageError
from atrasig.scoring import blocks
from atrasig.scoring.run import score
from atrasig.scoring.tables import COLUMNS
from atrasig.signatures import Signature, SignatureSet


def test_tidy_table_has_the_contracted_columns_in_order(
    untied: AnnData, sets: SignatureSet
) -> None:
    table = score(untied, sets, method=["singscore", "ssgsea"])
    assert tuple(table.columns) == COLUMNS
    assert len(table) == 5 * 4 * 2
    assert list(table["sample"][::8]) == list(untied.obs_names)
    assert list(table["signature"][:8:2]) == ["both", "down", "large", "small"]
    assert set(table["universe"]) == {"coding"}


def test_q_is_benjamini_hochberg_within_a_sample_and_method(
    untied: AnnData, sets: SignatureSet
) -> None:
    table = score(untied, sets, method=["singscore", "ssgsea"])
    for _, family in table.groupby(["sample", "method"]):
        assert np.allclose(family["q"], multipletests(family["p"], method="fdr_bh")[1])


def test_layouts_agree(untied: AnnData, sets: SignatureSet) -> None:
    tidy = score(untied, sets, method=["singscore", "ssgsea"])
    wide = score(untied, sets, method=["singscore", "ssgsea"], layout="wide")
    annotated = score(untied, sets, method=["singscore", "ssgsea"], layout="anndata")
    for row in tidy.itertuples():
        value = wide.loc[row.sample, (row.method, row.signature)]
        assert value == np.float32(row.score)
        assert annotated.obsm[f"atrasig_{row.method}"].loc[row.sample, row.signature] == value
    assert annotated.obsm["atrasig_singscore"].to_numpy().dtype == np.float32
    assert not untied.obsm


def test_streamed_table_equals_the_one_in_memory(
    tmp_path: Path, untied: AnnData, sets: SignatureSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = score(untied, sets, method=["singscore", "ssgsea"])
    monkeypatch.setattr(blocks, "BLOCK_SAMPLES", 2)
    out = tmp_path / "scores.parquet"
    assert score(untied, sets, method=["singscore", "ssgsea"], out=out) is None
    pd.testing.assert_frame_equal(pd.read_parquet(out).astype(whole.dtypes), whole)


def test_a_million_rows_are_refused_with_the_other_layout_named(
    sets: SignatureSet, expr_of: Callable[[np.ndarray], AnnData]
) -> None:
    expr = expr_of(np.zeros((250_001, 10)))
    with pytest.raises(UsageError, match=r"1,000,004 rows.*layout='anndata'.*out="):
        score(expr, sets)


def test_sparse_equals_dense(tied: AnnData, sets: SignatureSet) -> None:
    sparse = tied.copy()
    sparse.X = csr_array(tied.X)
    dense, other = (score(e, sets, method=["singscore", "ssgsea"]) for e in (tied, sparse))
    pd.testing.assert_frame_equal(dense, other)


def test_below_the_coverage_floor_there_is_a_reason_and_no_number(
    untied: AnnData, signature_of: Callable[..., Signature]
) -> None:
    present = list(untied.var_names)
    sets = SignatureSet(
        [
            signature_of("half", present[:4] + [f"X{i}" for i in range(4)]),
            signature_of("less", present[:4] + [f"X{i}" for i in range(5)]),
            signature_of("two", present[:2]),
            signature_of("onesided", present[:9], ["X0"]),
        ]
    )
    table = score(untied, sets).set_index(["sample", "signature"]).loc["s0"]
    assert np.isfinite(table.loc["half", "score"])
    assert table.loc["half", "reason"] == ""
    assert table.loc[["less", "two", "onesided"], ["score", "z", "p", "q"]].isna().all(axis=None)
    assert table.loc["less", "reason"].startswith("4 of 9 genes measured; needs 50%")
    assert "one direction has none" in table.loc["onesided", "reason"]
    assert table["n_matched"].to_dict() == {"half": 4, "less": 4, "onesided": 9, "two": 2}
    assert table.loc["half", "coverage"] == 0.5


def test_missing_values_count_against_coverage_in_their_sample_alone(
    untied: AnnData, sets: SignatureSet
) -> None:
    large = list(sets["large"].up)
    holed = untied.copy()
    holed.X[0, [holed.var_names.get_loc(g) for g in large[:40]]] = np.nan
    before, after = (score(e, sets).set_index(["sample", "signature"]) for e in (untied, holed))
    assert after.loc[("s0", "large"), "n_matched"] == 20
    assert np.isnan(after.loc[("s0", "large"), "score"])
    pd.testing.assert_frame_equal(after.drop("s0"), before.drop("s0"))


def test_universe_decides_which_genes_are_ranked(untied: AnnData, sets: SignatureSet) -> None:
    mixed = untied.copy()
    biotype = np.array(["protein_coding"] * 300 + ["lncRNA"] * 100)
    mixed.var["biotype"] = biotype
    coding = score(mixed, sets)
    listed = score(mixed, sets, universe=list(mixed.var_names[:300]))
    assert np.array_equal(coding["score"], listed["score"], equal_nan=True)
    assert listed["universe"].iloc[0].startswith("list:")
    assert not np.array_equal(coding["score"], score(mixed, sets, universe="all")["score"])


def test_wrong_arguments_say_what_is_known(untied: AnnData, sets: SignatureSet) -> None:
    with pytest.raises(UsageError, match="Unknown ranking universe 'exome'"):
        score(untied, sets, universe="exome")
    with pytest.raises(UsageError, match="Unknown layout 'long'"):
        score(untied, sets, layout="long")
    with pytest.raises(UsageError, match="no signature"):
        score(untied, SignatureSet([]))
    with pytest.raises(UsageError, match="no sample to score"):
        score(untied, sets, samples=[], out="never-written.parquet")
    with pytest.raises(UsageError, match="1 samples are not in the matrix, the first is 'zz'"):
        score(untied, sets, samples=["s0", "zz"])
    with pytest.raises(GeneIdError, match="Only 0 of 400 genes"):
        score(untied, sets, universe=["NOT1"])


def test_a_sample_whose_genes_all_tie_has_a_score_and_no_z(
    expr_of: Callable[[np.ndarray], AnnData], sets: SignatureSet
) -> None:
    values = np.vstack([np.zeros(400), np.random.default_rng(5).normal(size=400)])
    table = score(expr_of(values), sets, method=["singscore", "ssgsea"]).set_index("sample")
    flat, other = table.loc["s0"], table.loc["s1"]
    assert flat[["z", "p", "q"]].isna().all(axis=None)
    assert np.allclose(flat.loc[flat["method"] == "singscore", "score"], 0)
    assert other[["z", "p", "q"]].notna().all(axis=None)


def test_a_set_of_every_ranked_gene_has_a_reason_and_no_number(
    expr_of: Callable[[np.ndarray], AnnData], signature_of: Callable[..., Signature]
) -> None:
    expr = expr_of(np.arange(8.0)[None, :])
    sets = SignatureSet([signature_of("whole", list(expr.var_names))])
    table = score(expr, sets, method=["singscore", "ssgsea"])
    assert table["score"].isna().all()
    assert set(table["reason"]) == {"the set holds every ranked gene"}


def test_public_name_is_the_function_even_after_the_package_is_loaded() -> None:
    assert atrasig.score is score
