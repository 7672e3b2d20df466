"""Nested cross-validation sees training rows alone, and finds nothing where there is nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from atrasig.errors import UsageError
from atrasig.prediction.fitting import (
    CorrelationSignature,
    Folds,
    OutOfFold,
    Recipe,
    RegularisedRegression,
    TrainingData,
    make_folds,
    mean_over_folds,
    nested,
    permutation_p,
    permuted_null,
    training_data,
)
from atrasig.prediction.fitting.data import Kind
from atrasig.scoring.arrays import Array
from tests.prediction.fitting.planting import LeakyRecipe, leaking_folds, plant, same

SMALL = CorrelationSignature(n_resamples=20, inner_folds=3)
RECIPES: list[Recipe] = [
    SMALL,
    RegularisedRegression(n_penalties=4, inner_folds=3),
    RegularisedRegression(l1_ratio=0.5, n_penalties=4, inner_folds=3),
]


def _auroc(out: OutOfFold) -> float:
    return float(roc_auc_score(out.response, out.scores))


def _predictions(recipe: Recipe) -> Callable[[TrainingData, Folds], Array]:
    return lambda data, folds: nested(data, recipe, folds=folds).predictions


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
@pytest.mark.parametrize("kind", ["quantitative", "label"])
@pytest.mark.parametrize("n_lineages", [0, 6])
def test_no_recipe_sees_what_is_held_out(recipe: Recipe, kind: Kind, n_lineages: int) -> None:
    data = plant(5, n=60, p=40, n_true=3, effect=1, n_lineages=n_lineages, kind=kind)
    folds = make_folds(data, 4, seed=0)
    assert leaking_folds(_predictions(recipe), data, folds) == []


@pytest.mark.parametrize("kind", ["quantitative", "label"])
def test_a_leak_put_in_on_purpose_is_caught(kind: Kind) -> None:
    data = plant(5, n=60, p=40, kind=kind)
    folds = make_folds(data, 4, seed=0)

    def leaky(changed: TrainingData, folds: Folds) -> Array:
        return nested(changed, LeakyRecipe(changed), folds=folds).predictions

    def leaky_centring(changed: TrainingData, folds: Folds) -> Array:
        centred = training_data(
            changed.samples, changed.genes, changed.features - changed.features.mean(axis=0),
            changed.response - changed.response.mean(), "quantitative",
        )  # fmt: skip
        return nested(centred, RECIPES[1], folds=folds).predictions

    assert leaking_folds(leaky, data, folds) == [0, 1, 2, 3]
    assert leaking_folds(leaky_centring, data, folds) == [0, 1, 2, 3]


def test_a_leak_finds_much_where_there_is_nothing() -> None:
    leaky, honest = [], []
    for seed in range(20):
        data = plant(seed, n=60, p=200, kind="label")
        leaky.append(_auroc(nested(data, LeakyRecipe(data), n_folds=5)))
        honest.append(_auroc(nested(data, SMALL, n_folds=5)))
    assert np.mean(leaky) > 0.75
    assert abs(np.mean(honest) - 0.5) < 0.08


@pytest.mark.slow
@pytest.mark.parametrize(
    ("recipe", "n_lineages"),
    [(SMALL, 0), (SMALL, 9), (RegularisedRegression(n_penalties=2, inner_folds=2), 9)],
    ids=["correlation", "correlation-lineages", "ridge-lineages"],
)
def test_nested_estimates_are_unbiased_without_a_signal(
    recipe: Recipe, n_lineages: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """200 null runs. Pooled figures are printed beside: they fall below chance."""
    within, pooled, with_intercept = [], [], []
    for seed in range(200):
        data = plant(seed, n=36, p=20, n_lineages=n_lineages, lineage_spread=0.7, kind="label")
        out = nested(data, recipe, n_folds=3, seed=seed)
        within.append(mean_over_folds(out, roc_auc_score))
        pooled.append(_auroc(out))
        with_intercept.append(roc_auc_score(out.response, out.predictions))
    error = np.std(within, ddof=1) / np.sqrt(200)
    with capsys.disabled():
        print(
            f"\nnull, {recipe.name}, {n_lineages} lineages: mean AUROC within folds "
            f"{np.mean(within):.3f} ± {error:.3f}, pooled scores {np.mean(pooled):.3f}, "
            f"pooled predictions {np.mean(with_intercept):.3f}"
        )
    assert abs(np.mean(within) - 0.5) <= 2 * error
    assert abs(np.mean(pooled) - 0.5) <= 0.05


def test_intercepts_of_folds_run_against_what_they_did_not_see() -> None:
    """Why order is judged by scores: with nothing to find, pooled predictions order backwards."""
    data = plant(1, n=120, p=20, n_lineages=12, lineage_spread=1)
    noise = 0.1 * np.random.default_rng(0).normal(size=120)
    out = nested(data.with_response(data.group_codes + noise), SMALL, n_folds=12)
    intercepts = np.array([fit.intercept for fit in out.fits])[out.folds.ids]
    assert np.corrcoef(intercepts, out.response)[0, 1] < -0.99
    flat = [fold for fold, fit in enumerate(out.fits) if not fit.weights.any()]
    assert len(flat) > 6
    assert (out.scores[np.isin(out.folds.ids, flat)] == 0).all()


def test_mean_over_folds_by_hand() -> None:
    data = plant(1, n=20, p=5, kind="label")
    labels = np.array([0, 1, 1, 0, 1, 0, 0] + [1] * 13, dtype=float)
    scores = np.array([1, 2, 0, 5, 5, 1, 9] + [0] * 13, dtype=float)
    ids = np.array([0] * 4 + [1] * 3 + [2] * 13)
    out = OutOfFold(data.with_response(labels), scores, scores, Folds(ids, "by hand"), ())
    # Pairs in order: fold 0 has 1 of 4, fold 1 has 1 of 2, fold 2 has no pair.
    assert mean_over_folds(out, roc_auc_score) == pytest.approx(2 / 6)
    one_class = OutOfFold(data.with_response(np.ones(20)), scores, scores, out.folds, ())
    assert np.isnan(mean_over_folds(one_class, roc_auc_score))
    quantitative = OutOfFold(plant(1, n=20, p=5), scores, scores, Folds(ids, ""), ())
    assert mean_over_folds(quantitative, lambda y, _: y.size) == (16 + 9 + 169) / 20


def test_out_of_fold_is_a_loop_over_folds() -> None:
    data = plant(2, n=60, p=40, n_true=3, effect=1)
    ticks: list[tuple[int, int]] = []
    out = nested(
        data, SMALL, n_folds=5, seed=3, progress=lambda done, total: ticks.append((done, total))
    )
    assert ticks == [(i + 1, 5) for i in range(5)]
    folds = make_folds(data, 5, seed=3)
    np.testing.assert_array_equal(out.folds.ids, folds.ids)
    for fold in range(5):
        held_out = folds.ids == fold
        fit = SMALL.fit(data.take(~held_out), 3)
        assert same(fit, out.fits[fold])
        expected = fit.predict(data.features[held_out], data.genes)
        np.testing.assert_array_equal(out.predictions[held_out], expected)
        np.testing.assert_allclose(out.scores[held_out], expected - fit.intercept)
    np.testing.assert_array_equal(out.residuals, data.response - out.predictions)


def test_order_of_the_input_changes_nothing() -> None:
    data = plant(4, n=60, p=40, n_true=3, effect=1)
    random = np.random.default_rng(0)
    rows, columns = random.permutation(60), random.permutation(40)
    mixed = training_data(
        [data.samples[i] for i in rows], [data.genes[j] for j in columns],
        data.features[np.ix_(rows, columns)], data.response[rows], data.kind,
    )  # fmt: skip
    for recipe in RECIPES:
        one, other = nested(data, recipe, n_folds=4), nested(mixed, recipe, n_folds=4)
        np.testing.assert_array_equal(one.predictions, other.predictions)


def test_permuted_null_holds_no_signal_and_is_reproducible() -> None:
    data = plant(1, n=80, p=40, n_true=3, effect=1.5, kind="label")
    observed = _auroc(nested(data, SMALL, n_folds=4))
    ticks: list[int] = []
    null = permuted_null(
        data, SMALL, _auroc, n_permutations=19, n_folds=4, seed=5,
        progress=lambda done, total: ticks.append(done),
    )  # fmt: skip
    assert ticks == list(range(1, 20))
    assert observed > 0.8
    assert permutation_p(observed, null) == pytest.approx(0.05)
    again = permuted_null(data, SMALL, _auroc, n_permutations=3, n_folds=4, seed=5)
    np.testing.assert_array_equal(null[:3], again)


def test_permutation_within_lineages_keeps_their_means() -> None:
    data = plant(1, n=60, p=10, n_lineages=5, lineage_spread=1)
    seen: list[OutOfFold] = []

    def keep(out: OutOfFold) -> float:
        seen.append(out)
        return 0.0

    permuted_null(data, SMALL, keep, n_permutations=2, within_lineage=True, n_folds=3)
    permuted_null(data, SMALL, keep, n_permutations=2, n_folds=3)
    codes = data.group_codes
    sums = [np.bincount(codes, weights=out.response) for out in seen]
    expected = np.bincount(codes, weights=data.response)
    assert [np.allclose(found, expected) for found in sums] == [True, True, False, False]
    for out in seen:
        assert sorted(out.response) == sorted(data.response)
        assert not np.array_equal(out.response, data.response)


def test_permutation_within_lineages_needs_them() -> None:
    with pytest.raises(UsageError, match="needs lineages"):
        permuted_null(plant(1), SMALL, _auroc, n_permutations=1, within_lineage=True)


def test_permutation_p_by_hand() -> None:
    null = np.array([0.1, 0.4, 0.5, np.nan])
    assert permutation_p(0.45, null) == 3 / 5
    assert permutation_p(0.5, null) == 3 / 5
    assert permutation_p(0.6, np.zeros(99)) == 0.01
