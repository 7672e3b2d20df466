"""Scores against gseapy and transcriptions of the published formulas; ties; nulls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy.stats import rankdata

from atrasig.errors import UsageError
from atrasig.scoring import score
from atrasig.scoring.blocks import SampleBlock
from atrasig.scoring.registry import METHODS, get_methods
from atrasig.scoring.sets import SetIndex
from atrasig.signatures import Signature, SignatureSet

ES_COLUMN = "ES"


def published_ssgsea(values: np.ndarray, members: np.ndarray) -> float:
    """Barbie 2009: difference of the running sums of hits (weighted) and misses, integrated."""
    order = np.argsort(-values, kind="stable")
    ranks = np.arange(values.size, 0, -1, dtype=float)
    hit = members[order]
    weights = np.where(hit, ranks**0.25, 0.0)
    p_hit = np.cumsum(weights) / weights.sum()
    p_miss = np.cumsum(~hit) / (~hit).sum()
    return float(np.sum(p_hit - p_miss))


def published_singscore(values: np.ndarray, up: np.ndarray, down: np.ndarray) -> float:
    """Foroutan 2018: mean rank scaled by its attainable range and centred; down reversed."""
    total, n = 0.0, values.size
    for members, ranks in ((up, rankdata(values)), (down, rankdata(-values))):
        k = int(members.sum())
        if k:
            low, high = (k + 1) / 2, (2 * n - k + 1) / 2
            total += (ranks[members].mean() - low) / (high - low) - 0.5
    return total


def gseapy_es(expr: AnnData, sets: dict[str, list[str]], genes: list[str]) -> pd.DataFrame:
    """ES of gseapy with the rows of the matrix in the given order; samples x sets."""
    import gseapy

    frame = expr.to_df().T.loc[genes]
    found = gseapy.ssgsea(
        data=frame,
        gene_sets=sets,
        sample_norm_method="rank",
        outdir=None,
        no_plot=True,
        min_size=1,
        max_size=1000,
        threads=1,
        seed=1,
    ).res2d
    return found.pivot(index="Name", columns="Term", values=ES_COLUMN).astype(float)


def one_sided(sets: SignatureSet) -> dict[str, list[str]]:
    return {s.id: list(s.up) for s in sets if not s.down}


def in_method(table: pd.DataFrame, method: str, column: str = "score") -> pd.DataFrame:
    part = table[table["method"] == method]
    return part.pivot(index="sample", columns="signature", values=column)


@pytest.mark.filterwarnings("ignore:The inplace keyword:FutureWarning")
@pytest.mark.filterwarnings("ignore::DeprecationWarning:gseapy")
def test_ssgsea_equals_gseapy_where_nothing_ties(untied: AnnData, sets: SignatureSet) -> None:
    ours = in_method(score(untied, sets, method="ssgsea"), "ssgsea")
    theirs = gseapy_es(untied, one_sided(sets), list(untied.var_names))
    np.testing.assert_allclose(ours[theirs.columns].loc[theirs.index], theirs, rtol=1e-10)


@pytest.mark.filterwarnings("ignore:The inplace keyword:FutureWarning")
@pytest.mark.filterwarnings("ignore::DeprecationWarning:gseapy")
def test_gseapy_depends_on_the_order_of_tied_rows_and_ours_does_not(
    tied: AnnData, sets: SignatureSet
) -> None:
    genes = list(tied.var_names)
    shuffled = [str(g) for g in np.random.default_rng(9).permutation(genes)]
    first, second = (gseapy_es(tied, one_sided(sets), order) for order in (genes, shuffled))
    scale = np.abs(first.to_numpy()).max()
    assert np.abs(first - second).to_numpy().max() > 0.05 * scale
    ours = score(tied, sets, method=["singscore", "ssgsea"])
    again = score(tied[:, shuffled].copy(), sets, method=["singscore", "ssgsea"])
    np.testing.assert_allclose(again["score"], ours["score"], rtol=1e-12)


def test_both_methods_equal_the_published_formulas_where_nothing_ties(
    untied: AnnData, sets: SignatureSet
) -> None:
    table = score(untied, sets, method=["singscore", "ssgsea"])
    ours = {name: in_method(table, name) for name in ("singscore", "ssgsea")}
    genes = np.asarray(untied.var_names)
    for row, sample in enumerate(untied.obs_names):
        values = untied.X[row]
        for signature in sets:
            up, down = np.isin(genes, signature.up), np.isin(genes, signature.down)
            es = sum(
                sign * published_ssgsea(values, part)
                for sign, part in ((1, up), (-1, down))
                if part.any()
            )
            assert ours["ssgsea"].loc[sample, signature.id] == pytest.approx(es, rel=1e-10)
            expected = published_singscore(values, up, down)
            assert ours["singscore"].loc[sample, signature.id] == pytest.approx(
                expected, rel=1e-10, abs=1e-14
            )


def test_tied_ssgsea_is_the_mean_over_orders_of_the_tied_genes(
    tied: AnnData, sets: SignatureSet
) -> None:
    """Running sums over 10,000 random orders, weights from tie-averaged ranks."""
    n_orders, draw = 10_000, np.random.default_rng(8)
    genes, values = np.asarray(tied.var_names), np.asarray(tied.X[0])
    ranks = rankdata(values)
    # The same values with a random place within each tie; highest first.
    order = np.argsort(-(ranks + 0.4 * draw.random((n_orders, ranks.size))), axis=1)
    ours = in_method(score(tied, sets, method="ssgsea"), "ssgsea").loc["s0"]
    for signature in (s for s in sets if not s.down):
        hit = np.isin(genes, signature.up)[order]
        weights = np.where(hit, ranks[order] ** 0.25, 0.0)
        gained = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
        lost = np.cumsum(~hit, axis=1) / (~hit).sum(axis=1, keepdims=True)
        drawn = (gained - lost).sum(axis=1)
        error = drawn.std() / np.sqrt(n_orders)
        print(f"{signature.id}: {ours[signature.id]:.3f}, mean {drawn.mean():.3f} +- {error:.3f}")
        assert drawn.std() > 0
        assert ours[signature.id] == pytest.approx(drawn.mean(), abs=4 * error)


@pytest.mark.parametrize("matrix", ["untied", "tied"])
def test_scores_do_not_change_with_rows_columns_or_cohort(
    matrix: str, sets: SignatureSet, request: pytest.FixtureRequest
) -> None:
    expr: AnnData = request.getfixturevalue(matrix)
    draw = np.random.default_rng(4)
    whole = score(expr, sets, method=["singscore", "ssgsea"]).set_index(
        ["sample", "signature", "method"]
    )
    shuffled = expr[draw.permutation(expr.n_obs)][:, draw.permutation(expr.n_vars)].copy()
    alone = expr[["s3"]].copy()
    for other in (shuffled, alone):
        again = score(other, sets, method=["singscore", "ssgsea"]).set_index(
            ["sample", "signature", "method"]
        )
        expected = whole.loc[again.index]
        for column in ("score", "z", "p", "q"):
            np.testing.assert_allclose(again[column], expected[column], rtol=1e-12)


def test_scores_do_not_change_under_a_monotone_transform(tied: AnnData, sets: SignatureSet) -> None:
    other = tied.copy()
    other.X = np.exp(tied.X) * 3
    first, second = (score(e, sets, method=["singscore", "ssgsea"]) for e in (tied, other))
    assert np.array_equal(first["score"], second["score"])


def random_set_scores(values: np.ndarray, k_up: int, k_down: int, n: int) -> dict[str, np.ndarray]:
    """Scores of random disjoint up and down sets in one sample, by the closed forms."""
    ranks = rankdata(values)
    size, total = ranks.size, ranks.size * (ranks.size + 1) / 2
    draw = np.random.default_rng(7)
    picks = np.argsort(draw.random((n, size)), axis=1)[:, : k_up + k_down]
    out = {"singscore": np.zeros(n), "ssgsea": np.zeros(n)}
    for part, k, sign in ((picks[:, :k_up], k_up, 1), (picks[:, k_up:], k_down, -1)):
        if k == 0:
            continue
        r = ranks[part]
        centred = (r.mean(axis=1) - (k + 1) / 2) / (size - k) - 0.5
        out["singscore"] += sign * centred
        hits = (r**1.25).sum(axis=1) / (r**0.25).sum(axis=1)
        out["ssgsea"] += sign * (hits - (total - r.sum(axis=1)) / (size - k))
    return out


@pytest.mark.parametrize(("k_up", "k_down"), [(8, 0), (40, 0), (15, 10), (0, 20)])
@pytest.mark.parametrize("matrix", ["untied", "tied"])
def test_null_moments_equal_those_of_random_sets(
    matrix: str,
    k_up: int,
    k_down: int,
    request: pytest.FixtureRequest,
    signature_of: Callable[..., Signature],
) -> None:
    expr: AnnData = request.getfixturevalue(matrix)
    names = list(expr.var_names)
    signature = signature_of("x", names[:k_up], names[k_up : k_up + k_down])
    index = SetIndex.build([signature], np.asarray(names, dtype=object))
    block = SampleBlock(["s0"], np.asarray(expr.X[:1]), np.arange(len(names)))
    n = 20_000
    drawn = random_set_scores(np.asarray(expr.X[0]), k_up, k_down, n)
    for name in ("singscore", "ssgsea"):
        null = METHODS[name].function(block, index, True).null
        assert null is not None
        sd = drawn[name].std()
        assert null.mean[0, 0] == pytest.approx(drawn[name].mean(), abs=4 * sd / np.sqrt(n))
        assert null.sd[0, 0] == pytest.approx(sd, rel=0.02)


def test_registry_states_the_facts_of_each_method() -> None:
    assert all(m.reference.startswith("doi:") for m in METHODS.values())
    assert all(name == m.name and m.limits[0] < m.limits[1] for name, m in METHODS.items())
    assert {m.name for m in METHODS.values() if m.needs_cohort} == {
        "zscore", "plage", "control_genes",
        *(f"gsva{kernel}{form}" for kernel in ("", "_poisson", "_none") for form in ("", "_max")),
    }  # fmt: skip


def test_methods_are_named_once_and_known() -> None:
    own = replace(METHODS["ucell"], name="mine")
    assert get_methods(["singscore", own]) == (METHODS["singscore"], own)
    with pytest.raises(UsageError, match=r"Unknown scoring method 'gsva2'.*singscore"):
        get_methods(["singscore", "gsva2"])
    with pytest.raises(UsageError, match="once"):
        get_methods(["ucell", METHODS["ucell"]])
