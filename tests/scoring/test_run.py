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
from atrasig.scoring import job
from atrasig.scoring.method import EXPRESSION, Method, MethodResult
from atrasig.scoring.registry import METHODS
from atrasig.scoring.run import score
from atrasig.scoring.sources import memory
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
    tmp_path: Path, untied: AnnData, sets: SignatureSet
) -> None:
    whole = score(untied, sets, method=["singscore", "ssgsea"])
    out = tmp_path / "scores.parquet"
    done = score(untied, sets, method=["singscore", "ssgsea"], out=out, block_size=2, threads=2)
    assert done is None
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
    assert table.loc["onesided", "reason"] == "none of its down genes is measured"
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
    assert set(table["reason"]) == {"the set holds every measured gene"}


def test_public_name_is_the_function_even_after_the_package_is_loaded() -> None:
    assert atrasig.score is score


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("block_size", [1, 7, 100])
def test_scores_depend_neither_on_blocks_nor_on_threads(
    tied: AnnData, sets: SignatureSet, block_size: int, threads: int
) -> None:
    many = AnnData(np.tile(tied.X, (5, 1)), var=tied.var)
    whole = score(many, sets, method=["singscore", "ssgsea"], threads=1)
    parts = score(
        many, sets, method=["singscore", "ssgsea"], threads=threads, block_size=block_size
    )
    pd.testing.assert_frame_equal(parts, whole, rtol=1e-12)


def test_wide_table_streams_to_single_precision_columns(
    tmp_path: Path, untied: AnnData, sets: SignatureSet
) -> None:
    out = tmp_path / "scores.parquet"
    methods = ["ssgsea", "singscore"]
    score(untied, sets, method=methods, layout="wide", out=out, block_size=2)
    wide = score(untied, sets, method=methods, layout="wide")
    streamed = pd.read_parquet(out).set_index("sample")
    assert list(streamed.columns) == [f"{method}/{name}" for method, name in wide.columns]
    assert set(streamed.dtypes) == {np.dtype("float32")}
    assert list(streamed.index) == list(untied.obs_names)
    assert np.array_equal(streamed.to_numpy(), wide.to_numpy(), equal_nan=True)


def test_a_file_gives_the_scores_of_the_matrix_and_keeps_the_order_of_samples(
    tmp_path: Path, tied: AnnData, sets: SignatureSet
) -> None:
    path = tmp_path / "m.h5ad"
    tied.write_h5ad(path)
    for samples in (None, ["s3", "s0", "s4"]):
        inside = score(tied, sets, samples=samples)
        pd.testing.assert_frame_equal(score(path, sets, samples=samples, block_size=2), inside)
    with pytest.raises(UsageError, match=r"copies a matrix in memory.*atrasig\.tl\.score"):
        score(path, sets, layout="anndata")
    with pytest.raises(UsageError, match="layout='anndata' gives none"):
        score(tied, sets, layout="anndata", out=tmp_path / "x.parquet")


def test_a_layer_and_raw_values_are_scored_instead(tied: AnnData, sets: SignatureSet) -> None:
    expected = score(tied, sets)
    moved = tied.copy()
    moved.layers["log"] = csr_array(tied.X)
    moved.raw = tied
    moved.X = np.random.default_rng(8).normal(size=tied.shape)
    pd.testing.assert_frame_equal(score(moved, sets, layer="log"), expected, rtol=1e-12)
    pd.testing.assert_frame_equal(score(moved, sets, use_raw=True), expected)
    assert not np.allclose(score(moved, sets)["score"], expected["score"])


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("threads", [1, 3])
def test_a_failing_or_interrupted_run_leaves_no_file(
    tmp_path: Path,
    untied: AnnData,
    sets: SignatureSet,
    monkeypatch: pytest.MonkeyPatch,
    threads: int,
    error: type[BaseException],
) -> None:
    scored = job.score_block

    def failing(block: object, *rest: object, **options: object) -> object:
        if "s3" in block.names:
            raise error("no power")
        return scored(block, *rest, **options)

    monkeypatch.setattr(job, "score_block", failing)
    out = tmp_path / "scores.parquet"
    out.write_text("of an earlier run")
    with pytest.raises(error, match="no power"):
        score(untied, sets, out=out, block_size=1, threads=threads)
    assert [path.name for path in tmp_path.iterdir()] == ["scores.parquet"]
    assert out.read_text() == "of an earlier run"


def _centred(block: object, index: object, with_null: bool) -> MethodResult:  # noqa: FBT001
    """Score that depends on all samples: sum over the up genes, less the mean of the block."""
    total = np.asarray((index.up @ block.dense().T).T)
    return MethodResult(total - total.mean(axis=0))


@pytest.fixture
def cohort_method(monkeypatch: pytest.MonkeyPatch) -> str:
    method = Method(
        "centred", "test", "doi:none", True, True, False, (-np.inf, np.inf), "none", EXPRESSION,
        _centred,
    )  # fmt: skip
    monkeypatch.setitem(METHODS, "centred", method)
    return "centred"


def test_a_method_that_needs_the_cohort_sees_all_of_it_whatever_is_chosen(
    tmp_path: Path, untied: AnnData, sets: SignatureSet, cohort_method: str
) -> None:
    path = tmp_path / "m.h5ad"
    untied.write_h5ad(path)
    methods = ["singscore", cohort_method, "ssgsea"]
    whole = score(untied, sets, method=methods)
    assert np.allclose(
        whole[whole["method"] == cohort_method].groupby("signature")["score"].sum(), 0
    )
    some = score(path, sets, method=methods, samples=["s4", "s1"], block_size=1, threads=2)
    chosen = pd.concat([whole[whole["sample"] == name] for name in ("s4", "s1")])
    pd.testing.assert_frame_equal(some, chosen.reset_index(drop=True), rtol=1e-12)
    alone = score(untied, sets, method=cohort_method, samples=["s4"], layout="wide")
    assert np.allclose(
        alone.loc["s4", cohort_method],
        some[(some["sample"] == "s4") & (some["method"] == cohort_method)]["score"],
    )


def test_a_cohort_that_does_not_fit_is_refused_with_its_size(
    tmp_path: Path,
    untied: AnnData,
    sets: SignatureSet,
    cohort_method: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "m.h5ad"
    untied.write_h5ad(path)
    monkeypatch.setattr(memory, "memory_bytes", lambda: 60_000)
    with pytest.raises(UsageError, match=r"centred compares.*all 5 must.*quarter.*one sample"):
        score(path, sets, method=cohort_method)
    assert score(path, sets) is not None
    assert score(untied, sets, method=cohort_method) is not None


def test_numbers_below_one_are_refused(untied: AnnData, sets: SignatureSet) -> None:
    with pytest.raises(UsageError, match="threads=0"):
        score(untied, sets, threads=0)
    with pytest.raises(UsageError, match="block_size=0"):
        score(untied, sets, block_size=0)


def _whole(block: object, index: object, with_null: bool) -> MethodResult:  # noqa: FBT001
    """Sum over the up genes, which are all there."""
    return MethodResult(np.asarray((index.up @ block.dense().T).T))


@pytest.mark.parametrize("form", [np.asarray, csr_array])
@pytest.mark.parametrize("needs_cohort", [False, True])
def test_a_method_that_sums_over_all_genes_gets_them_whichever_are_ranked(
    tied: AnnData,
    sets: SignatureSet,
    form: Callable[[np.ndarray], object],
    needs_cohort: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    method = Method(
        "whole", "test", "doi:none", needs_cohort, True, False, (-np.inf, np.inf), "none",
        EXPRESSION, _whole, reads="values", universe="all", min_coverage=1.0,
    )  # fmt: skip
    monkeypatch.setitem(METHODS, "whole", method)
    tied.var["biotype"] = np.where(np.arange(tied.n_vars) % 2, "lncRNA", "protein_coding")
    expected = tied[:, list(sets["large"].up)].X.sum(axis=1)
    tied.X = form(tied.X)
    methods = ["ssgsea", "whole", "singscore"]
    table = score(tied, sets, method=methods, block_size=2, threads=2)
    assert list(table["method"][:3]) == methods
    rows = table[table["signature"] == "large"].set_index("method")
    np.testing.assert_allclose(rows.loc["whole", "score"], expected)
    assert set(rows.loc["whole", "universe"]) == {"all"}
    assert set(rows.loc["whole", "n_matched"]) == {60}
    coding = sum(int(gene[1:]) % 2 == 0 for gene in sets["large"].up)
    assert set(rows.loc["ssgsea", "n_matched"]) == {coding}
    alone = score(tied, sets, method="ssgsea")
    pd.testing.assert_frame_equal(
        table[table["method"] == "ssgsea"].reset_index(drop=True), alone, rtol=1e-12
    )
    annotated = score(tied, sets, method=methods, layout="anndata")
    records = annotated.uns["atrasig"]["scores"]
    assert records["atrasig_whole"]["universe"] == "all"
    assert records["atrasig_whole"]["universe_genes"] == tied.n_vars
    assert records["atrasig_ssgsea"]["universe"] == "coding"
    assert set(score(tied, sets, method=methods, universe="all")["universe"]) == {"all"}


def test_reasons_are_those_of_each_cell(
    untied: AnnData, signature_of: Callable[..., Signature]
) -> None:
    """Said for many samples at once, they are what each sample would be told alone."""
    genes = list(untied.var_names)
    listed = SignatureSet(
        [
            signature_of("both", genes[:10], genes[10:16]),
            signature_of("up", [*genes[20:27], "X1"]),
            signature_of("absent", ["X1", "X2", "X3", genes[30]]),
        ]
    )
    untied.X[1, :6] = untied.X[2, 10:16] = untied.X[3, 20:25] = np.nan
    together = score(untied, listed)
    alone = pd.concat([score(untied[[row]].copy(), listed) for row in range(5)])
    assert list(together["reason"]) == list(alone["reason"])
    told = together.set_index(["sample", "signature"])["reason"]
    assert told["s3", "up"] == "2 of 8 genes measured; needs 50% and at least 3 genes"
    assert told["s0", "absent"] == "1 of 4 genes measured; needs 50% and at least 3 genes"
    assert told["s0", "up"] == told["s1", "both"] == ""


def test_progress_is_shown_when_asked_for_and_nowhere_else(
    untied: AnnData, sets: SignatureSet, capsys: pytest.CaptureFixture[str]
) -> None:
    score(untied, sets)
    assert capsys.readouterr().err == ""
    score(untied, sets, progress=True)
    assert "0/5" in capsys.readouterr().err
