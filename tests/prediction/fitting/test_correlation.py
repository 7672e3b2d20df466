"""The correlation signature: correlations, selection, calibration, planted truth."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata, spearmanr

from atrasig.errors import InputError, ModelError, UsageError
from atrasig.prediction.fitting import CorrelationSignature, training_data
from atrasig.prediction.fitting.correlation import _centred_ranks, _halves, _named, correlate
from atrasig.scoring.arrays import Array
from tests.prediction.fitting.planting import gene_names, plant, same


@pytest.fixture
def tied() -> tuple[Array, Array, Array]:
    """Features and response with ties, and lineages of unequal size."""
    random = np.random.default_rng(5)
    features = random.normal(size=(50, 8)).round(1)
    features[:, 7] = 2.5
    return features, random.normal(size=50).round(0), random.integers(0, 4, size=50)


def test_spearman_over_all_rows(tied: tuple[Array, Array, Array]) -> None:
    features, response, _ = tied
    found = correlate(
        _centred_ranks(features), _centred_ranks(response[:, None])[:, 0],
        np.zeros(50, np.intp), np.ones((1, 50)),
    )[0]  # fmt: skip
    expected = [spearmanr(features[:, gene], response)[0] for gene in range(7)]
    np.testing.assert_allclose(found[:7], expected, rtol=1e-12)
    assert found[7] == 0


def test_within_lineage_over_resamples(tied: tuple[Array, Array, Array]) -> None:
    features, response, codes = tied
    included = _halves(50, 6, seed=1)
    found = correlate(
        _centred_ranks(features), _centred_ranks(response[:, None])[:, 0], codes, included
    )
    ranks = pd.DataFrame(rankdata(features, axis=0)).assign(y=rankdata(response))
    for row, members in zip(found, included.astype(bool), strict=True):
        part, lineage = ranks[members], codes[members]
        centred = part - part.groupby(lineage).transform("mean")
        for gene in range(7):
            assert row[gene] == pytest.approx(np.corrcoef(centred[gene], centred["y"])[0, 1])
        assert row[7] == 0


def test_a_resample_without_a_difference_in_response_correlates_with_nothing() -> None:
    ranks = _centred_ranks(np.random.default_rng(0).normal(size=(20, 3)))
    label = np.eye(20)[0]
    members = np.ones((2, 20))
    members[0, 0] = 0
    found = correlate(ranks, _centred_ranks(label[:, None])[:, 0], np.zeros(20, np.intp), members)
    assert (found[0] == 0).all()
    assert (found[1] != 0).all()


def test_halves_come_with_their_complements() -> None:
    included = _halves(21, 10, seed=0)
    assert (included.sum(axis=1) == 10).all()
    assert ((included[:5] + included[5:]).max(axis=1) == 1).all()


def test_ties_go_to_the_earlier_gene_and_zero_is_never_named() -> None:
    strengths = np.array([[0.5, 0.9, 0.5, 0.5], [0.0, 0.0, 0.2, 0.0]])
    assert _named(strengths, 2).tolist() == [[1, 1, 0, 0], [0, 0, 1, 0]]
    assert _named(strengths, 4).tolist() == [[1, 1, 1, 1], [0, 0, 1, 0]]


def test_twins_are_told_apart_by_name() -> None:
    data = plant(3, n=80, p=30, n_true=1, effect=2)
    features = data.features.copy()
    features[:, 20] = features[:, 0]
    twins = training_data(data.samples, data.genes, features, data.response, "quantitative")
    fit = CorrelationSignature(top_k=1).fit(twins, seed=0)
    assert fit.genes == ("g0000",)


@pytest.mark.parametrize("kind", ["quantitative", "label"])
@pytest.mark.parametrize("n_lineages", [0, 6])
def test_order_of_the_input_changes_nothing(kind: str, n_lineages: int) -> None:
    data = plant(
        4, n=90, p=40, n_true=3, effect=1, n_lineages=n_lineages, kind=kind  # type: ignore[arg-type]
    )  # fmt: skip
    random = np.random.default_rng(0)
    rows, columns = random.permutation(90), random.permutation(40)
    mixed = training_data(
        [data.samples[i] for i in rows], [data.genes[j] for j in columns],
        data.features[np.ix_(rows, columns)], data.response[rows], data.kind,
        [data.groups[i] for i in rows],
    )  # fmt: skip
    recipe = CorrelationSignature()
    fit = recipe.fit(data, seed=1)
    assert fit.genes
    assert same(fit, recipe.fit(mixed, seed=1))
    np.testing.assert_allclose(
        fit.predict(data.features, data.genes)[rows],
        fit.predict(data.features[np.ix_(rows, columns)], [data.genes[j] for j in columns]),
        rtol=1e-12,
    )


def test_planted_genes_are_recovered(capsys: pytest.CaptureFixture[str]) -> None:
    effects, planted = (0.0, 0.1, 0.2, 0.3, 0.5, 1.0), set(gene_names(10))
    lines, precision, recall = [], {}, {}
    for share, effect in product((0.6, 0.9), effects):
        chosen, right = 0, 0
        for seed in range(3):
            data = plant(
                seed, n=300, p=500, n_true=10, effect=effect, n_lineages=10, lineage_spread=1
            )
            found = set(CorrelationSignature(share=share).fit(data, seed).genes)
            chosen, right = chosen + len(found), right + len(found & planted)
        recall[share, effect] = right / 30
        precision[share, effect] = right / chosen if chosen else np.nan
        lines.append(
            f"share {share:.1f}, effect {effect:.1f}: {chosen / 3:5.1f} genes, precision "
            f"{precision[share, effect]:.2f}, recall {recall[share, effect]:.2f}"
        )
    with capsys.disabled():
        print("\ncorrelation signature, 10 planted of 500 genes, 300 samples of 10 lineages")
        print("\n".join(lines))
    for effect in (0.5, 1.0):
        assert recall[0.6, effect] >= 0.9
        assert precision[0.6, effect] >= 0.6
        assert recall[0.9, effect] >= 0.7
        assert precision[0.9, effect] >= 0.9


def test_signs_and_calibration_of_a_strong_signal() -> None:
    data = plant(7, n=400, p=60, n_true=4, effect=1)
    fit = CorrelationSignature().fit(data, seed=0)
    assert np.sign(fit.weights[:4]).tolist() == [1, -1, 1, -1]
    fresh = plant(8, n=400, p=60, n_true=4, effect=1)
    predicted = fit.predict(fresh.features, fresh.genes)
    slope = np.polyfit(predicted, fresh.response, 1)[0]
    assert slope == pytest.approx(1, abs=0.1)
    assert fit.intercept == data.response.mean()


def test_slope_of_a_weak_signal_is_not_that_of_the_rows_it_was_found_on() -> None:
    slopes = []
    for seed in range(20):
        data = plant(seed, n=80, p=400, n_true=20, effect=0.3)
        fit = CorrelationSignature().fit(data, seed)
        score = fit.score(data.features, data.genes)
        if np.ptp(score) > 0:
            slopes.append(np.polyfit(score, data.response, 1)[0])
    # Regressed on its own rows the calibrated score still rises too little: it was shrunk.
    assert np.median(slopes) > 1.2


def test_without_a_signal_the_inner_folds_deny_it() -> None:
    fits = [CorrelationSignature().fit(plant(seed, n=60, p=50), seed) for seed in range(10)]
    denied = [fit for fit in fits if fit.details["note"]]
    assert len(denied) >= 3
    assert all((fit.weights == 0).all() for fit in denied)


def test_lineage_is_taken_out_on_request() -> None:
    data = plant(2, n=240, p=100, n_lineages=8, lineage_spread=2)
    assert len(CorrelationSignature(within_lineage=False).fit(data, 0).genes) > 5
    assert len(CorrelationSignature().fit(data, 0).genes) <= 3


def test_details_tell_the_bound_on_chance() -> None:
    details = CorrelationSignature(top_k=20).fit(plant(1, p=100), 0).details
    assert details["expected_by_chance_at_most"] == pytest.approx(400 / (0.2 * 100))


@pytest.mark.parametrize(
    "changes", [{"n_resamples": 3}, {"n_resamples": 0}, {"share": 0.5}, {"top_k": 0}]
)
def test_settings_without_meaning(changes: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        CorrelationSignature(**changes)  # type: ignore[arg-type]


def test_one_class_and_missing_genes_are_refused() -> None:
    data = plant(1, kind="label")
    with pytest.raises(InputError, match="same response"):
        CorrelationSignature().fit(data.take(data.response == 1), 0)
    fit = CorrelationSignature().fit(plant(1, n_true=2, effect=1), 0)
    with pytest.raises(ModelError, match="not in the matrix"):
        fit.predict(data.features[:, 1:], data.genes[1:])
