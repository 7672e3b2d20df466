from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal
from scipy.sparse import csr_matrix
from scipy.stats import false_discovery_control, rankdata

from atrasig.enrich import COLUMNS, enrich_samples
from atrasig.errors import SignatureError, UsageError
from atrasig.scoring import score
from atrasig.signatures import load_signatures

Build = Callable[..., Any]


def test_hand_calculation_with_ties(matrix: Build, signature: Build) -> None:
    expr = matrix(np.array([[0, 0, 0, 0, 1, 2, 3, 4, 5, 6.0]]))
    pair = signature("pair", up=["G00004", "G00009"])

    [row] = enrich_samples(expr, [pair], min_matched=2).itertuples()

    # Ranks: four times 2.5, then 5 to 10. Sum of the pair 5 + 10, mean of a draw of two 11,
    # population variance 380 / 10 - 5.5^2 = 7.75, variance of the sum 2 * 8 / 9 * 7.75.
    assert row.z == pytest.approx(4 / (2 * 8 / 9 * 7.75) ** 0.5, rel=1e-12)
    sums = [a + b for a, b in combinations(rankdata(expr.X[0]), 2)]
    assert row.p == pytest.approx(2 * np.mean(np.array(sums) >= 15), rel=1e-9)
    hits = (5**1.25 + 10**1.25) / (5**0.25 + 10**0.25)
    assert row.es == pytest.approx(hits - (55 - 15) / 8, rel=1e-12)
    assert np.isnan(row.nes)
    assert (row.scope, row.contrast, row.metric) == ("sample", "", "rank sum")
    assert (row.n_genes, row.n_matched, row.leading_edge) == (2, 2, "G00009")


def test_p_is_that_of_singscore(matrix: Build) -> None:
    names = ("hallmark_apoptosis", "hallmark_notch_signaling", "ma_myeloid_differentiation")
    chosen = [signature for signature in load_signatures() if signature.id in names]
    up_only = [s for s in chosen if not s.down]
    genes = sorted(
        {gene for s in chosen for gene in (*s.up, *s.down)} | {f"X{i}" for i in range(500)}
    )
    rng = np.random.default_rng(4)
    expr = matrix(np.log2(rng.poisson(3, size=(3, len(genes))) + 1.0), genes=genes)
    ours = enrich_samples(expr, up_only)
    theirs = score(expr, up_only, method="singscore")
    assert len(ours) == len(theirs) == 6
    assert_allclose(ours["p"], theirs["p"], rtol=1e-12)
    assert_allclose(ours["z"], theirs["z"], rtol=1e-9)


def test_p_of_a_set_matches_random_draws(matrix: Build, signature: Build, tied: np.ndarray) -> None:
    expr = matrix(tied)
    ranks = rankdata(tied[0])
    members = np.argsort(-ranks, kind="stable")[5:290:19]
    table = enrich_samples(expr, [signature("a", up=expr.var_names[members])], samples=["s000"])
    rng = np.random.default_rng(3)
    drawn = np.concatenate(
        [
            ranks[np.argpartition(rng.random((10_000, 400)), 15, axis=1)[:, :15]].sum(1)
            for _ in range(10)
        ]
    )
    tails = [np.mean(drawn >= ranks[members].sum()), np.mean(drawn <= ranks[members].sum())]

    assert members.size == 15
    assert 0.001 < table["p"].item() < 0.2
    # The lattice of a sample with many ties errs to the large side.
    assert 0.97 < table["p"].item() / (2 * min(tails)) < 1.15


@pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")
def test_enrichment_score_equals_gseapy_where_nothing_ties(matrix: Build, signature: Build) -> None:
    import gseapy

    rng = np.random.default_rng(5)
    expr = matrix(rng.normal(8, 2, size=(4, 1000)))
    sets = {
        name: sorted(rng.choice(expr.var_names, size, replace=False))
        for name, size in (("a", 10), ("b", 60), ("c", 200))
    }
    peer = gseapy.ssgsea(
        expr.to_df().T, sets, min_size=5, max_size=1000, outdir=None, no_plot=True, threads=1
    ).res2d
    expected = peer.set_index(["Name", "Term"])["ES"].astype(float)

    table = enrich_samples(expr, [signature(name, up=genes) for name, genes in sets.items()])

    keys = pd.MultiIndex.from_frame(table[["sample", "signature"]])
    assert_allclose(table["es"], expected.loc[keys], rtol=1e-10)


def test_order_of_genes_samples_and_signatures_changes_nothing(
    matrix: Build, signature: Build, tied: np.ndarray
) -> None:
    expr = matrix(tied)
    rng = np.random.default_rng(1)
    names = np.asarray(expr.var_names)
    signatures = [
        signature(f"s{i}", up=rng.choice(names, 20, False), down=rng.choice(names, 15, False))
        for i in range(5)
    ]
    expected = enrich_samples(expr, signatures)

    shuffled = expr[rng.permutation(6)][:, rng.permutation(400)].copy()
    again = enrich_samples(shuffled, signatures[::-1])

    assert list(expected.columns) == list(COLUMNS)
    assert_frame_equal(
        again.sort_values(["sample", "signature"], kind="stable", ignore_index=True),
        expected,
        rtol=1e-12,
    )


def test_a_sample_does_not_depend_on_its_cohort(matrix: Build, signature: Build) -> None:
    rng = np.random.default_rng(2)
    expr = matrix(np.log2(rng.poisson(3, size=(140, 200)) + 1.0))
    sets = [signature("a", up=expr.var_names[:30], down=expr.var_names[30:50])]
    cohort = enrich_samples(expr, sets)

    alone = enrich_samples(expr, sets, samples=["s135"])

    rows = cohort[cohort["sample"] == "s135"].reset_index(drop=True)
    assert_frame_equal(alone, rows, rtol=1e-13)
    assert len(cohort) == 280


def test_unmeasured_genes_leave_the_ranking_and_floors_keep_the_row(
    matrix: Build, signature: Build
) -> None:
    values = np.tile(np.arange(40.0), (3, 1))
    values[1, 20:30] = np.nan
    values[2] = np.nan
    expr = matrix(values)
    few = signature("few", up=expr.var_names[26:34])
    thin = signature("thin", up=[*expr.var_names[:6], *(f"X{i}" for i in range(20))])

    table = enrich_samples(expr, [few, thin]).set_index(["sample", "signature"])

    assert table["n_matched"].tolist() == [8, 6, 4, 6, 0, 0]
    assert table["n_genes"].tolist() == [8, 26] * 3
    assert table["z"].notna().tolist() == [True, False, False, False, False, False]
    blank = table.loc[table["z"].isna()]
    assert blank[["es", "p", "q"]].isna().all(axis=None)
    assert blank["leading_edge"].eq("").all()
    lower = enrich_samples(expr, [few], min_matched=4, samples=["s001"])
    # Thirty genes are measured in s001; the four members hold ranks 21 to 24.
    spread = (4 * 26 / 29 * (30**2 - 1) / 12) ** 0.5
    assert lower["z"].item() == pytest.approx((90 - 4 * 15.5) / spread, rel=1e-12)


def test_q_is_benjamini_hochberg_within_a_sample(
    matrix: Build, signature: Build, tied: np.ndarray
) -> None:
    expr = matrix(tied)
    rng = np.random.default_rng(9)
    sets = [signature(f"a{i:02d}", up=rng.choice(expr.var_names, 20, False)) for i in range(12)]
    sets.append(signature("tiny", up=["G00001", "G00002"]))

    for _, rows in enrich_samples(expr, sets).groupby("sample"):
        tested = rows["p"].notna().to_numpy()
        assert tested.sum() == 12
        assert_allclose(rows["q"][tested], false_discovery_control(rows["p"][tested]))
        assert rows["q"][~tested].isna().all()


def test_leading_edge_is_on_the_side_of_the_direction(matrix: Build, signature: Build) -> None:
    values = np.array([[0, 0, 0, 0, 4, 5, 6, 7, 8, 8.0, 10, 11]])
    expr = matrix(values, genes=list("LKJIHGFEDCBA"))
    both = signature("both", up=list("LHDCAB"), down=list("AKLJFB"))

    table = enrich_samples(expr, [both])

    # Middle 6.5. Ranks: L K J I 2.5, H 5, G 6, F 7, E 8, D and C 9.5, B 11, A 12.
    assert table["direction"].tolist() == ["up", "down"]
    assert table["leading_edge"].tolist() == ["A;B;C;D", "J;K;L"]


def test_leading_edge_holds_25_genes_at_most(matrix: Build, signature: Build) -> None:
    expr = matrix(np.arange(100.0)[None])
    table = enrich_samples(expr, [signature("a", up=expr.var_names[60:])])
    assert table["leading_edge"].item().split(";") == [f"G{i:05d}" for i in range(99, 74, -1)]


def test_no_test_where_ranks_cannot_differ(matrix: Build, signature: Build) -> None:
    flat = matrix(np.full((1, 50), 3.3))
    some = signature("some", up=flat.var_names[:10])
    everything = signature("everything", up=flat.var_names)
    assert enrich_samples(flat, [some])[["z", "p", "q"]].isna().all(axis=None)
    ramp = matrix(np.arange(50.0)[None])
    assert enrich_samples(ramp, [everything])[["es", "z", "p"]].isna().all(axis=None)


def test_sparse_equals_dense(matrix: Build, signature: Build, tied: np.ndarray) -> None:
    expr = matrix(tied)
    sets = [signature("a", up=expr.var_names[:40], down=expr.var_names[90:130])]
    sparse = expr.copy()
    sparse.X = csr_matrix(tied)
    assert_frame_equal(enrich_samples(sparse, sets), enrich_samples(expr, sets))


def test_non_coding_genes_are_not_ranked(matrix: Build, signature: Build) -> None:
    expr = matrix(np.arange(60.0)[None])
    expr.var["biotype"] = ["protein_coding"] * 30 + ["lncRNA"] * 30
    top_coding = [signature("a", up=expr.var_names[20:30])]
    coding = enrich_samples(expr, top_coding)
    everything = enrich_samples(expr, top_coding, universe="all")
    assert coding["z"].item() > 3
    assert abs(everything["z"].item()) < 1.5


def test_faults_are_named(matrix: Build, signature: Build) -> None:
    expr = matrix(np.arange(60.0)[None])
    one = signature("one", up=expr.var_names[:10])
    with pytest.raises(UsageError, match="nobody"):
        enrich_samples(expr, [one], samples=["nobody"])
    with pytest.raises(SignatureError, match="'one'"):
        enrich_samples(expr, [one, one])
    with pytest.raises(UsageError, match="no signature"):
        enrich_samples(expr, [])
    assert list(enrich_samples(expr, [one], samples=[]).columns) == list(COLUMNS)


@pytest.mark.parametrize("platform", ["zscore", "relative"])
def test_values_without_an_order_of_genes_are_refused_row_by_row(
    matrix: Build, signature: Build, platform: str
) -> None:
    expr = matrix(np.random.default_rng(1).normal(size=(2, 100)))
    sets = [signature("a", up=expr.var_names[:20], down=expr.var_names[30:40])]
    assert enrich_samples(expr, sets)["reason"].eq("").all()
    expr.uns["atrasig"] = {"platform": platform}
    table = enrich_samples(expr, sets)
    assert list(table.columns) == list(COLUMNS)
    assert len(table) == 4
    assert table[["es", "z", "p", "q"]].isna().all(axis=None)
    assert table["leading_edge"].eq("").all()
    assert table["n_matched"].tolist() == [20, 10] * 2
    assert table["reason"].str.contains("how a sample differs from").all()


def test_parts_that_are_not_tested_say_why(matrix: Build, signature: Build) -> None:
    expr = matrix(np.arange(30.0)[None])
    few = signature("few", up=[*expr.var_names[:4], "X1"])
    thin = signature("thin", up=[*expr.var_names[:6], *(f"X{i}" for i in range(20))])
    whole = signature("whole", up=expr.var_names)
    reasons = enrich_samples(expr, [few, thin, whole]).set_index("signature")["reason"]
    assert reasons["few"] == "4 of 5 genes measured; needs 5"
    assert reasons["thin"] == "6 of 26 genes measured; needs 13"
    assert reasons["whole"] == "the set holds every measured gene"
