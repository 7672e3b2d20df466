"""Inference on the genes of a model against formula fits and by planted truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from statsmodels.stats.multitest import multipletests

from atrasig.errors import UsageError
from atrasig.prediction.fitting import CAVEAT, TrainingData, infer
from tests.prediction.fitting.planting import plant


def _frame(data: TrainingData) -> pd.DataFrame:
    scaled = (data.features - data.features.mean(axis=0)) / data.features.std(axis=0)
    frame = pd.DataFrame(scaled, columns=list(data.genes))
    return frame.assign(y=data.response, lineage=list(data.groups))


def test_least_squares_with_lineage() -> None:
    data = plant(1, n=90, p=6, n_true=2, effect=0.5, n_lineages=5, lineage_spread=1)
    found = infer(data, data.genes)
    for row in found:
        fit = smf.ols(f"y ~ {row.gene} + C(lineage)", _frame(data)).fit()
        assert row.estimate == pytest.approx(fit.params[row.gene])
        assert [row.low, row.high] == pytest.approx(fit.conf_int().loc[row.gene].tolist())
        assert row.p == pytest.approx(fit.pvalues[row.gene])
        assert (row.n, row.note) == (90, "")
    assert [row.q for row in found] == pytest.approx(
        list(multipletests([row.p for row in found], method="fdr_bh")[1])
    )


def test_logit_leaves_out_lineages_of_one_class() -> None:
    data = plant(1, n=120, p=4, n_true=2, effect=0.7, n_lineages=4, kind="label")
    response = data.response.copy()
    response[data.group_codes == 2] = 0
    data = data.with_response(response)
    found = infer(data, data.genes[:3])
    frame = _frame(data)
    frame = frame[frame.lineage != data.lineages[2]]
    for row in found:
        fit = smf.logit(f"y ~ {row.gene} + C(lineage)", frame).fit(disp=0)
        assert row.estimate == pytest.approx(fit.params[row.gene], rel=1e-5)
        assert [row.low, row.high] == pytest.approx(fit.conf_int().loc[row.gene].tolist(), rel=1e-4)
        assert row.p == pytest.approx(fit.pvalues[row.gene], rel=1e-4)
        assert row.n == 90


def test_without_lineages() -> None:
    data = plant(2, n=60, p=3, n_true=1, effect=1)
    fit = smf.ols("y ~ g0000", _frame(data)).fit()
    assert infer(data, ["g0000"])[0].p == pytest.approx(fit.pvalues["g0000"])


def test_intervals_of_genes_not_selected_hold_the_truth() -> None:
    """Without selection 95 % of the intervals cover: 40 data sets, 25 genes without effect."""
    covered = []
    for seed in range(40):
        data = plant(seed, n=60, p=25, n_lineages=4, lineage_spread=1)
        covered += [row.low <= 0 <= row.high for row in infer(data, data.genes)]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.025)


def test_what_cannot_be_estimated_says_why() -> None:
    data = plant(1, n=40, p=3, n_lineages=4)
    features = data.features.copy()
    features[:, 1] = data.group_codes
    flat = replace(data, features=features)
    rows = infer(flat, flat.genes)
    assert rows[1].note == "the gene does not vary within lineages"
    assert np.isnan([rows[1].estimate, rows[1].low, rows[1].high, rows[1].p, rows[1].q]).all()
    assert np.isfinite([rows[0].q, rows[2].q]).all()

    alone = replace(data, groups=data.samples)
    assert infer(alone, data.genes)[0].note == "as many lineages as samples"


def test_separated_labels_have_no_finite_estimate() -> None:
    data = plant(1, n=40, p=3, kind="label")
    features = data.features.copy()
    features[:, 0] = data.response * 10 + features[:, 0]
    row = infer(replace(data, features=features), ["g0000"])[0]
    assert row.note.startswith("no finite estimate")
    assert np.isnan(row.p)


def test_a_label_that_is_the_lineage_has_no_estimate() -> None:
    data = plant(1, n=40, p=3, n_lineages=2, kind="label")
    data = data.with_response(data.group_codes.astype(float))
    row = infer(data, ["g0000"])[0]
    assert (row.note, row.n) == ("no lineage holds both classes", 0)


def test_unknown_genes_are_refused_and_the_caveat_is_there() -> None:
    with pytest.raises(UsageError, match="1 genes are not in the training data"):
        infer(plant(1), ["nowhere"])
    assert "chosen on the same samples" in CAVEAT
