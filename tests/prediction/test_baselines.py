"""What is worked out once for all references equals what each reference gives by itself."""

from __future__ import annotations

import numpy as np
import pytest

from atrasig.prediction.baselines import Baselines, Group, ranks_at
from atrasig.prediction.inputs import ModelInputs
from atrasig.prediction.sample import SampleView
from atrasig.scoring.arrays import Array
from atrasig.signatures import load_signatures

GENES = 60
PLACES = np.array([3, 7, 8, 20, 21, 40, 59])


def a_view(name: str, ranks: Array, patient: str = "", tissue: str = "") -> SampleView:
    return SampleView(
        name=name, disease="aml", tissue=tissue, material="", patient=patient,
        timepoint="baseline", fusions=(), platform="", species="", library_size=np.nan,
        implied_reads=np.nan, coding_measured=GENES, ranks=ranks,
    )  # fmt: skip


def some_views(n: int, *, missing: float = 0.0) -> list[SampleView]:
    rng = np.random.default_rng([n, int(100 * missing)])
    ranks = np.round(rng.random((n, GENES)), 1)  # many ties
    ranks[rng.random(ranks.shape) < missing] = np.nan
    return [a_view(f"S{row:02}", own) for row, own in enumerate(ranks)]


@pytest.mark.parametrize("missing", [0.0, 0.05])
@pytest.mark.parametrize("n", [2, 3, 4, 9, 10])
def test_median_without_a_sample_is_that_of_the_others(n: int, missing: float) -> None:
    views = some_views(n, missing=missing)
    group = Group(tuple(views), ())
    for judged in [*views, a_view("elsewhere", np.full(GENES, 0.5))]:
        others = [view for view in views if view.name != judged.name]
        assert group.without(judged.name) == tuple(others)
        expected = np.median(np.array([view.ranks[PLACES] for view in others]), axis=0)
        np.testing.assert_array_equal(group.median_without(judged, PLACES), expected)


def test_median_without_the_only_sample_is_not_known() -> None:
    view = some_views(1)[0]
    assert np.isnan(Group((view,), ()).median_without(view, PLACES)).all()


def test_groups_are_of_one_context_and_say_why_a_baseline_is_not_in() -> None:
    ranks = np.arange(GENES) / GENES
    views = [a_view("c", ranks), a_view("a", ranks), a_view("b", ranks, tissue="blood")]
    baselines = Baselines(views)
    assert [view.name for view in baselines.views] == ["a", "b", "c"]
    group = baselines.alike(("aml", "", ""), lambda view: "odd" * (view.name == "c"), "floors")
    assert [view.name for view in group.views] == ["a"]
    assert group.faults == (("c", "odd"),)
    other = baselines.alike(("aml", "", ""), lambda view: "", "other floors")
    assert [view.name for view in other.views] == ["a", "c"]


def test_a_patient_without_a_name_has_no_baselines() -> None:
    ranks = np.arange(GENES) / GENES
    baselines = Baselines([a_view("a", ranks), a_view("b", ranks, patient="P1")])
    assert baselines.of_patient("") == ()
    assert [view.name for view in baselines.of_patient("P1")] == ["b"]
    assert list(baselines.of_patient("P2")) == []


def test_ranks_of_baselines_are_those_of_the_samples() -> None:
    views = some_views(5, missing=0.1)
    symbols = [f"G{place}" for place in range(GENES)]
    position = {symbol: place for place, symbol in enumerate(symbols)}
    genes = ["G7", "ABSENT", "G3"]
    inputs = ModelInputs("0" * 64, position, load_signatures(), Baselines(views))
    chosen = [views[3], views[0]]
    expected = ranks_at(chosen, np.array([7, -1, 3]))
    assert np.isnan(expected[:, 1]).all()
    np.testing.assert_array_equal(inputs.ranks_of_all(chosen, genes), expected)
    # A sample of the name of a baseline that is another one keeps its own ranks.
    same_name = a_view("S03", np.full(GENES, 0.25))
    found = inputs.ranks_of_all([same_name], genes)
    np.testing.assert_array_equal(found, [[0.25, np.nan, 0.25]])
