from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal

from atrasig.enrich.prerank import prerank, strictly_decreasing
from atrasig.errors import InputError, UsageError


def walk(values: np.ndarray, places: list[int]) -> float:
    """Enrichment score as published: running sum along the descending list."""
    hit = np.zeros(values.size, dtype=bool)
    hit[places] = True
    steps = np.where(hit, np.abs(values), 0) / np.abs(values[hit]).sum() - ~hit / (~hit).sum()
    running = np.cumsum(steps)
    return running[np.argmax(np.abs(running))]


@pytest.fixture(scope="module")
def metric() -> pd.Series:
    rng = np.random.default_rng(8)
    return pd.Series(rng.normal(0, 2, 600), index=[f"G{i:03d}" for i in range(600)])


@pytest.fixture(scope="module")
def gene_sets(metric: pd.Series) -> dict[str, list[str]]:
    rng = np.random.default_rng(6)
    best = metric.sort_values(ascending=False).index
    sets = {f"random{i}": list(rng.choice(best, 15 + 5 * i, replace=False)) for i in range(6)}
    return sets | {"top": [*best[:25:2], *best[100:400:60]], "bottom": list(best[-12:])}


def test_score_is_the_published_walk_and_nes_its_ratio_to_random_sets(
    metric: pd.Series, gene_sets: dict[str, list[str]]
) -> None:
    table = prerank(metric, gene_sets)
    values = np.sort(metric.to_numpy())[::-1]
    place = {gene: i for i, gene in enumerate(metric.sort_values(ascending=False).index)}
    rng = np.random.default_rng(1)
    for name, genes in gene_sets.items():
        es = walk(values, [place[gene] for gene in genes])
        null = np.array([walk(values, rng.choice(600, len(genes), False)) for _ in range(1000)])
        same = null[np.sign(null) == np.sign(es)]
        row = table.loc[name]
        assert row["es"] == pytest.approx(es, rel=1e-9)
        assert row["nes"] == pytest.approx(es / abs(same.mean()), rel=0.08)
        assert row["p"] == pytest.approx(np.mean(np.abs(same) >= abs(es)), abs=0.1)
        assert row["n_matched"] == len(genes)


def test_the_ends_of_the_list_are_found(metric: pd.Series, gene_sets: dict[str, list[str]]) -> None:
    table = prerank(metric, gene_sets)
    ordered = metric.sort_values(ascending=False).index
    assert table.index.tolist() == sorted(gene_sets)
    assert table["nes"].idxmax() == "top"
    assert table["nes"].idxmin() == "bottom"
    assert table.loc["bottom", "leading_edge"].split(";") == list(ordered[::-1][:12])
    assert table.loc["top", "leading_edge"].split(";")[:13] == list(ordered[:25:2])
    assert 0 < table.loc["bottom", "p"] < 1e-12
    assert table.loc[["top", "bottom"], "q"].max() < 0.01
    assert table["q"].drop(["top", "bottom"]).min() > 0.05


def test_order_of_genes_sets_and_members_changes_nothing_where_values_tie(
    gene_sets: dict[str, list[str]], capfd: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(3)
    tied = pd.Series(np.round(rng.normal(0, 1, 600)), index=[f"G{i:03d}" for i in range(600)])
    expected = prerank(tied, gene_sets, permutations=100)
    for seed in range(3):
        shuffled = {
            name: list(np.random.default_rng(seed).permutation(gene_sets[name]))
            for name in reversed(gene_sets)
        }
        again = prerank(tied.sample(frac=1, random_state=seed), shuffled, permutations=100)
        assert_frame_equal(again, expected, check_exact=True)
    assert capfd.readouterr().err == ""


@pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")
def test_gseapy_alone_depends_on_row_order_where_values_tie(
    capfd: pytest.CaptureFixture[str],
) -> None:
    import gseapy

    tied = pd.Series([3.0] + [1.0] * 200 + [-2.0], index=[f"G{i:03d}" for i in range(202)])
    genes = [f"G{i:03d}" for i in range(1, 60)]

    def score(metric: pd.Series) -> float:
        answer = gseapy.prerank(
            metric, {"s": genes}, min_size=5, permutation_num=100, outdir=None, no_plot=True
        )
        return float(answer.res2d["ES"].iloc[0])

    assert abs(score(tied) - score(tied[::-1])) > 0.1
    assert "Duplicated values" in capfd.readouterr().err
    ours = [prerank(m, {"s": genes}, permutations=100)["es"].item() for m in (tied, tied[::-1])]
    assert ours[0] == ours[1]


def test_symbols_keep_their_case() -> None:
    rng = np.random.default_rng(0)
    names = [f"C{i}orf{i}" for i in range(150)] + [f"c{i}ORF{i}" for i in range(150)]
    metric = pd.Series(np.linspace(3, -3, 300) + rng.normal(0, 0.01, 300), index=names)
    mixed = {"a": names[:10], "b": [name.upper() for name in names[:20]]}
    table = prerank(metric, mixed, permutations=100)
    assert table["n_matched"].tolist() == [10, 0]
    assert set(table.loc["a", "leading_edge"].split(";")) == set(names[:10])


def test_sets_outside_the_limits_keep_their_row(
    metric: pd.Series, gene_sets: dict[str, list[str]]
) -> None:
    sets = {
        "none": ["X1", "X2"],
        "few": list(metric.index[:4]),
        "fits": list(metric.index[:40]) * 2,
        "many": list(metric.index[:101]),
        "all": list(metric.index),
    }
    table = prerank(metric, sets, permutations=100, min_size=5, max_size=100)
    assert table["n_matched"].to_dict() == {
        "all": 600,
        "few": 4,
        "fits": 40,
        "many": 101,
        "none": 0,
    }
    assert table["nes"].notna().to_dict() == dict.fromkeys(table.index, False) | {"fits": True}
    assert table.loc["few", "leading_edge"] == ""
    only_small = prerank(metric, {"few": sets["few"]}, permutations=100)
    assert only_small[["es", "nes", "p", "q"]].isna().all(axis=None)
    everything = prerank(metric, {"all": sets["all"]}, permutations=100)
    assert everything["es"].isna().all()


def test_no_normalised_score_without_a_permutation_of_its_sign() -> None:
    rng = np.random.default_rng(0)
    values = np.sort(rng.exponential(size=500))[::-1]
    metric = pd.Series(values, index=[f"G{i:03d}" for i in range(500)])
    table = prerank(metric, {"last": list(metric.index[-20:])}, permutations=100)
    assert table["es"].item() == pytest.approx(-1)
    assert table[["nes", "p", "q"]].isna().all(axis=None)


def test_a_set_of_zeros_does_not_break_gseapy() -> None:
    metric = pd.Series([2.0, 1.0] + [0.0] * 60 + [-1.0], index=[f"G{i:02d}" for i in range(63)])
    table = prerank(metric, {"zeros": list(metric.index[10:30])}, permutations=200)
    assert table["es"].notna().all()


@pytest.mark.parametrize(
    ("values", "names", "message"),
    [
        ([1.0, np.nan, 2.0], "abc", "1 of 3 ranked genes"),
        ([1.0, np.inf, -np.inf], "abc", "2 of 3 ranked genes"),
        ([1.0, 2.0, 3.0], "aba", "'a' more than once"),
        ([0.0, 0.0], "ab", "all zero"),
        ([1.0], "a", "two genes"),
    ],
)
def test_lists_that_cannot_be_ranked(values: list[float], names: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        prerank(pd.Series(values, index=list(names)), {"s": ["a", "b"]})


def test_arguments_that_make_no_sense(metric: pd.Series) -> None:
    with pytest.raises(UsageError, match="5 permutations"):
        prerank(metric, {"s": ["a"]}, permutations=5)
    with pytest.raises(UsageError, match="from 9 to 8"):
        prerank(metric, {"s": ["a"]}, min_size=9, max_size=8)


@given(
    st.lists(
        st.floats(-1e6, 1e6) | st.sampled_from([0.0, 1.0, -1.0]), min_size=2, max_size=50
    ).filter(lambda values: max(map(abs, values)) > 1e-200)
)
def test_ties_are_broken_by_less_than_any_statistic_resolves(values: list[float]) -> None:
    ordered = np.sort(values)[::-1]
    broken = strictly_decreasing(ordered)
    assert (np.diff(broken) < 0).all()
    assert_allclose(broken, ordered, atol=len(values) * np.abs(ordered).max() * 2.0**-49, rtol=0)
