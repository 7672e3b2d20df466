"""The store of tables: what it keeps, and what several threads do to it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from atrasig.scoring.features import RANK, Feature
from atrasig.scoring.nulls import LinearScore, RankPopulation, linear_null
from atrasig.scoring.nulls.keeping import Store
from atrasig.scoring.nulls.population import _SHARED, _SHARED_BYTES


def test_what_was_not_asked_for_longest_is_forgotten() -> None:
    store, made = Store(2 * 80), list[str]()

    def ask(key: str) -> None:
        store.find(key, lambda: (made.append(key), np.zeros(10))[1])

    for key in "abaca":
        ask(key)
    assert "".join(made) == "abc"
    ask("b")
    assert "".join(made) == "abcb"
    assert store.n_bytes == 160


def test_a_table_larger_than_the_store_is_given_but_not_kept() -> None:
    store = Store(100)
    assert store.find("large", lambda: (1.0, np.ones(100)))[1].sum() == 100
    assert store.n_bytes == 0


def test_threads_that_displace_each_others_tables_get_their_own() -> None:
    store = Store(400)

    def ask(key: int) -> bool:
        return bool((store.find(key % 50, lambda: np.full(20, key % 50)) == key % 50).all())

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(5000)))


def test_memory_does_not_grow_with_the_sizes_and_statistics_of_samples() -> None:
    sizes = np.array([5.0, 20.0])

    def null_of(sample: int) -> np.ndarray:
        cap = Feature(
            f"capped at {sample}",
            lambda rank, n: np.minimum(n + 1 - rank, 500 + sample),
            truncated=True,
            unit=1.0,
        )
        population = RankPopulation.untied(9000 + sample)
        line = LinearScore.of(cap, const=0.0, a_up=-1 / sizes, k_up=sizes)
        return linear_null(population, line, np.array([-400.0, -450.0])).p

    with ThreadPoolExecutor(2) as pool:
        several = np.array(list(pool.map(null_of, range(150))))
    assert _SHARED.n_bytes <= _SHARED_BYTES
    assert np.array_equal(several[:3], [null_of(sample) for sample in range(3)])


def test_samples_without_ties_share_their_tables() -> None:
    first, second = RankPopulation.untied(77), RankPopulation.untied(77)
    assert first.moments((RANK,)) is second.moments((RANK,))
    assert first.moments((RANK,)) is not RankPopulation.untied(78).moments((RANK,))
