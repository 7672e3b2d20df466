"""Ridge and elastic net against scikit-learn, and what the inner folds choose."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge

from atrasig.errors import InputError, UsageError
from atrasig.prediction.fitting import RegularisedRegression, make_folds, training_data
from atrasig.prediction.fitting.data import Kind, TrainingData
from atrasig.scoring.arrays import Array
from tests.prediction.fitting.planting import gene_names, plant, same


def _standardised(data: TrainingData) -> Array:
    return (data.features - data.features.mean(axis=0)) / data.features.std(axis=0)


@pytest.mark.parametrize("p", [30, 150])
def test_ridge_is_that_of_scikit_learn(p: int) -> None:
    data = plant(1, n=80, p=p, n_true=5, effect=0.5)
    fit = RegularisedRegression().fit(data, seed=0)
    other = Ridge(alpha=80 * fit.details["penalty"]).fit(_standardised(data), data.response)
    np.testing.assert_allclose(fit.weights, other.coef_, rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(
        fit.predict(data.features, data.genes), other.predict(_standardised(data)), rtol=1e-7
    )


@pytest.mark.parametrize("p", [30, 150])
def test_logistic_ridge_is_that_of_scikit_learn(p: int) -> None:
    data = plant(1, n=80, p=p, n_true=5, effect=0.5, kind="label")
    fit = RegularisedRegression(n_penalties=8).fit(data, seed=0)
    other = LogisticRegression(C=1 / (80 * fit.details["penalty"]), tol=1e-8, max_iter=5000)
    other.fit(_standardised(data), data.response)
    np.testing.assert_allclose(
        fit.predict(data.features, data.genes),
        other.decision_function(_standardised(data)),
        atol=2e-3 * np.ptp(other.decision_function(_standardised(data))),
    )


def test_elastic_net_is_that_of_scikit_learn() -> None:
    data = plant(1, n=80, p=120, n_true=5, effect=0.5)
    fit = RegularisedRegression(l1_ratio=0.5).fit(data, seed=0)
    other = ElasticNet(alpha=fit.details["penalty"], l1_ratio=0.5, tol=1e-8, max_iter=10_000)
    other.fit(_standardised(data), data.response)
    dense = np.zeros(120)
    dense[[int(gene[1:]) for gene in fit.genes]] = fit.weights
    np.testing.assert_allclose(dense, other.coef_, atol=5e-3)
    assert fit.details["n_selected"] == len(fit.genes) < 120


def test_elastic_net_of_a_label() -> None:
    data = plant(2, n=150, p=60, n_true=4, effect=1.5, kind="label")
    fit = RegularisedRegression(l1_ratio=0.5, n_penalties=8).fit(data, seed=0)
    assert set(gene_names(4)) <= set(fit.genes)
    assert len(fit.genes) < 60
    other = LogisticRegression(
        C=1 / (150 * fit.details["penalty"]), l1_ratio=0.5, solver="saga", max_iter=20_000, tol=1e-7
    ).fit(_standardised(data), data.response)
    expected = other.decision_function(_standardised(data))
    np.testing.assert_allclose(
        fit.predict(data.features, data.genes), expected, atol=0.01 * np.ptp(expected)
    )


@pytest.mark.parametrize("n_lineages", [0, 6])
def test_penalty_has_the_least_loss_over_inner_folds(n_lineages: int) -> None:
    data = plant(3, n=90, p=50, n_true=5, effect=0.4, n_lineages=n_lineages)
    recipe = RegularisedRegression(n_penalties=5)
    folds = make_folds(data, 5, seed=2)
    losses = []
    penalties = 50 * np.geomspace(10, 1e-4, 5)
    for penalty in penalties:
        errors = np.empty(90)
        for fold in range(folds.n_folds):
            training = folds.training(fold)
            inner = data.take(training)
            centre, spread = inner.features.mean(axis=0), inner.features.std(axis=0)
            model = Ridge(alpha=training.sum() * penalty)
            model.fit((inner.features - centre) / spread, inner.response)
            held_out = (data.features[~training] - centre) / spread
            errors[~training] = data.response[~training] - model.predict(held_out)
        losses.append((errors**2).mean())
    details = recipe.fit(data, seed=2).details
    assert details["penalty"] == pytest.approx(penalties[np.argmin(losses)])
    assert details["inner_loss"] == pytest.approx(min(losses))


@pytest.mark.parametrize("l1_ratio", [0.0, 0.5])
@pytest.mark.parametrize("kind", ["quantitative", "label"])
def test_order_of_the_input_changes_nothing(kind: Kind, l1_ratio: float) -> None:
    data = plant(4, n=60, p=80, n_true=3, effect=1, n_lineages=6, kind=kind)
    random = np.random.default_rng(0)
    rows, columns = random.permutation(60), random.permutation(80)
    mixed = training_data(
        [data.samples[i] for i in rows], [data.genes[j] for j in columns],
        data.features[np.ix_(rows, columns)], data.response[rows], data.kind,
        [data.groups[i] for i in rows],
    )  # fmt: skip
    recipe = RegularisedRegression(l1_ratio=l1_ratio, n_penalties=4)
    assert same(recipe.fit(data, seed=1), recipe.fit(mixed, seed=1))


def test_planted_genes_are_recovered(capsys: pytest.CaptureFixture[str]) -> None:
    lines, recall, precision = [], {}, {}
    for effect in (0.0, 0.2, 0.5, 1.0):
        chosen, right, top = 0, 0, 0
        for seed in range(3):
            data = plant(seed, n=300, p=500, n_true=10, effect=effect, n_lineages=10)
            fit = RegularisedRegression(l1_ratio=0.9).fit(data, seed)
            planted = set(gene_names(10))
            chosen, right = chosen + len(fit.genes), right + len(planted & set(fit.genes))
            strongest = np.argsort(-np.abs(fit.weights))[:10]
            top += len(planted & {fit.genes[i] for i in strongest})
        recall[effect], precision[effect] = right / 30, top / 30
        lines.append(
            f"effect {effect:.1f}: {chosen / 3:5.1f} genes, recall {recall[effect]:.2f}, "
            f"precision {right / max(chosen, 1):.2f}, of the ten largest {precision[effect]:.2f}"
        )
    with capsys.disabled():
        print("\nelastic net, 10 planted of 500 genes, 300 samples of 10 lineages")
        print("\n".join(lines))
    assert recall[0.5] == recall[1.0] == 1
    assert precision[0.5] == precision[1.0] == 1


def test_largest_penalty_of_elastic_net_leaves_no_gene() -> None:
    fit = RegularisedRegression(l1_ratio=0.5, n_penalties=1).fit(plant(1, n_true=3, effect=1), 0)
    assert fit.genes == ()
    assert np.isnan(fit.details["inner_loss"])
    predicted = fit.predict(np.ones((4, 100)), gene_names(100))
    np.testing.assert_array_equal(predicted, np.full(4, fit.intercept))


def test_a_gene_constant_in_the_training_rows_has_no_weight() -> None:
    data = plant(1, n=60, p=20, n_true=2, effect=1)
    data.features[:50, 3] = 0.7
    fit = RegularisedRegression().fit(data.take(np.arange(50)), 0)
    assert abs(fit.weights[3]) < 1e-12
    assert np.isfinite(fit.predict(data.features, data.genes)).all()


def test_lineages_that_hold_a_class_are_counted_or_refused() -> None:
    random = np.random.default_rng(0)
    labels = np.repeat([1.0, 0, 0], 10)
    data = training_data(
        [f"s{i:02d}" for i in range(30)], ["a", "b"], random.normal(size=(30, 2)), labels, "label",
        [f"l{i}" for i in range(3) for _ in range(10)],
    )  # fmt: skip
    assert RegularisedRegression(n_penalties=3).fit(data, 0).details["inner_folds_left_out"] == 1
    pair = data.take(np.arange(20))
    with pytest.raises(InputError, match="Every inner fold"):
        RegularisedRegression().fit(pair, 0)
    with pytest.raises(InputError, match="same response"):
        RegularisedRegression().fit(data.take(np.arange(10)), 0)


@pytest.mark.parametrize(
    "changes", [{"l1_ratio": -0.1}, {"l1_ratio": 1.1}, {"n_penalties": 0}, {"reach": 1}]
)
def test_settings_without_meaning(changes: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        RegularisedRegression(**changes)  # type: ignore[arg-type]
