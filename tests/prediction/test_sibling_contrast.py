"""The sibling contrast: by hand, gene by gene, and over all that can be decided."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from atrasig.prediction import predict_with_drivers
from atrasig.prediction.contrast import contrast_value
from atrasig.prediction.inputs import ModelInputs
from atrasig.prediction.kinds.sibling_contrast import SiblingContrastModel, apply, programme_level
from atrasig.prediction.loading import load_models, model_hash
from atrasig.prediction.sample import SampleView
from atrasig.signatures import load_signatures
from tests.prediction.making import (
    gene_names,
    make_expr,
    make_set,
    only,
    sibling_model,
    write_model,
)

if TYPE_CHECKING:
    from anndata import AnnData

# Ten genes in one sample, worth 10, 20, ..., 100: normalised ranks 0.1, 0.2, ..., 1.0.
VALUES = [[10.0 * (place + 1) for place in range(10)]]
SETS = make_set(
    list_a=["G0009", "G0008"],  # 1.0 and 0.9: mean 0.95
    sib_1=["G0000", "G0001", "G0009"],  # without the list's G0009: 0.1 and 0.2, mean 0.15
    sib_2=["G0004"],  # 0.5
    list_b=["G0007", "G0003"],  # 0.8 and 0.4: mean 0.6
    sib_3=["G0002", "G0005"],  # 0.3 and 0.6: mean 0.45
)
FIRST = 0.95 - (0.15 + 0.5) / 2  # 0.625
SECOND = 0.6 - 0.45  # 0.15


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    return write_model(tmp_path, sibling_model())


def test_score_by_hand(model_file: Path) -> None:
    found = predict_with_drivers(
        make_expr(VALUES), disease="gastric cancer", models=[model_file], signatures=SETS
    )
    row = only(found.calls, model="my_programme")
    assert row["score"] == pytest.approx((FIRST + SECOND) / 2, abs=1e-12)
    assert (row["n_genes"], row["n_matched"], row["coverage"]) == (9, 9, 1.0)
    assert row["low"] <= row["score"] <= row["high"]
    assert row["interval_kind"] == "95 % gene bootstrap of the score; not a probability"
    assert "list_a 0.625 (threshold 0.200" in row["reason"]
    assert "list_b 0.150 (threshold 0.200" in row["reason"]


def test_each_gene_by_hand(model_file: Path) -> None:
    drivers = predict_with_drivers(
        make_expr(VALUES), disease="gastric cancer", models=[model_file], signatures=SETS
    ).drivers.set_index(["set", "gene"])
    # (rank - 0.5) / genes of the list, halved over two contrasts; siblings count negatively.
    assert drivers.loc[("list_a", "G0009"), "contribution"] == pytest.approx(0.5 / 2 / 2)
    assert drivers.loc[("sib_1", "G0000"), "contribution"] == pytest.approx(0.4 / 2 / 2 / 2)
    assert drivers.loc[("sib_2", "G0004"), "contribution"] == pytest.approx(0.0, abs=1e-15)
    assert drivers.loc[("sib_3", "G0002"), "contribution"] == pytest.approx(0.2 / 2 / 2)
    assert drivers.loc[("list_b", "G0007"), "rank"] == pytest.approx(0.8)
    # A gene of the list is taken out of its siblings.
    assert ("sib_1", "G0009") not in drivers.index


def test_missing_genes_are_listed_and_leave_the_sum_alone(model_file: Path) -> None:
    values = np.array(VALUES)
    values[0, 8] = np.nan  # of list_a, not measured in this sample
    genes = gene_names(10)
    genes[5] = "ELSEWHERE"  # G0005 of sib_3 is not on this platform
    found = predict_with_drivers(
        make_expr(values, genes=genes),
        disease="gastric cancer",
        models=[model_file],
        signatures=SETS,
    )
    row = only(found.calls, model="my_programme")
    missing = found.drivers[~found.drivers["matched"]]
    assert set(zip(missing["set"], missing["gene"], strict=True)) == {
        ("list_a", "G0008"),
        ("sib_3", "G0005"),
    }
    assert missing[["rank", "contribution"]].isna().all(axis=None)
    # Nine genes are ranked: G0009 stands at 1, G0000 at 1/9, G0001 at 2/9, G0004 at 5/9.
    first = 1.0 - ((1 / 9 + 2 / 9) / 2 + 5 / 9) / 2
    second = (8 / 9 + 4 / 9) / 2 - 3 / 9
    assert row["score"] == pytest.approx((first + second) / 2, abs=1e-12)
    matched = found.drivers[found.drivers["matched"]]
    assert matched["contribution"].sum() == pytest.approx(row["score"], abs=1e-12)
    assert (row["n_genes"], row["n_matched"]) == (9, 7)
    # Half of list_a is missing.
    assert row["call"] == "no call"
    assert row["reason"] == "too few signature genes: 50% of a list measured, 60% needed"


@pytest.mark.parametrize(("of_figures", "call"), [(1.0, "no call"), (0.5, "sensitive")])
def test_figures_got_with_fewer_genes_hold_for_samples_with_as_few(
    tmp_path: Path, of_figures: float, call: str
) -> None:
    content = sibling_model(contrasts=[{"list": "list_a", "siblings": ["sib_1", "sib_2"]}])
    content["platforms"]["rnaseq_counts"] |= {
        "thresholds": [0.2],
        "non_target_q99": [-1.0],
        "non_target_maximum": [0.12],
        "target": [[0.4]],
        "coverage": of_figures,
    }
    genes = ["OTHER" if gene == "G0001" else gene for gene in gene_names(10)]  # half of sib_1
    row = _row(make_expr(VALUES, genes=genes), write_model(tmp_path, content))
    assert row["call"] == call
    if call == "no call":
        assert row["reason"] == "too few signature genes: 50% of a list measured, 60% needed"


def test_counts_widen_the_interval_and_say_so(model_file: Path) -> None:
    reads = np.array([[3.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0]])
    expr = make_expr(reads)
    alone = _row(expr, model_file)
    expr.layers["counts"] = reads
    noisy = _row(expr, model_file)
    assert noisy["interval_kind"] == (
        "95 % gene bootstrap and Poisson resampling of the counts; not a probability"
    )
    assert noisy["score"] == alone["score"]
    assert noisy["high"] - noisy["low"] > alone["high"] - alone["low"]
    expr.layers["counts"] = reads * 1e12  # so many reads that drawing them again changes no rank
    deep = _row(expr, model_file)
    assert (deep["low"], deep["high"]) == pytest.approx((alone["low"], alone["high"]))


def test_reads_are_drawn_from_the_content_of_a_sample(model_file: Path) -> None:
    reads = np.random.default_rng(2).integers(1, 30, size=(4, 10)).astype(float)
    whole = make_expr(reads, samples=["a", "b", "c", "d"])
    whole.layers["counts"] = reads
    turned = make_expr(reads[::-1], samples=["w", "x", "y", "z"])
    turned.layers["counts"] = csr_array(reads[::-1])
    bounds = ["score", "low", "high"]
    rows = _rows(whole, model_file)[bounds].to_numpy()
    np.testing.assert_array_equal(_rows(turned, model_file)[bounds].to_numpy()[::-1], rows)
    single = whole[["c"]].copy()
    np.testing.assert_array_equal(_rows(single, model_file)[bounds].to_numpy(), rows[2:3])


def test_counts_of_other_genes_than_the_ranked_are_not_drawn_from(model_file: Path) -> None:
    values = np.array(VALUES)
    values[0, 0] = np.nan
    expr = make_expr(values)
    expr.layers["counts"] = np.array(VALUES)  # has a gene that the values lack
    row = _row(expr, model_file)
    assert row["interval_kind"] == "95 % gene bootstrap of the score; not a probability"


def _rows(expr: AnnData, model_file: Path) -> pd.DataFrame:
    calls = predict_with_drivers(
        expr, disease="gastric cancer", models=[model_file], signatures=SETS
    ).calls
    return calls[calls["model"] == "my_programme"]


def _row(expr: AnnData, model_file: Path) -> pd.Series:
    return _rows(expr, model_file).iloc[0]


def test_a_list_without_any_gene_has_no_score_and_says_so(model_file: Path) -> None:
    genes = ["OTHER" if gene == "G0004" else gene for gene in gene_names(10)]
    row = only(
        predict_with_drivers(
            make_expr(VALUES, genes=genes),
            disease="gastric cancer",
            models=[model_file],
            signatures=SETS,
        ).calls,
        model="my_programme",
    )
    assert row["call"] == "no call"
    assert np.isnan(row["score"])
    assert row["reason"] == "too few signature genes: a list has no measured gene"
    assert row["n_matched"] == 8


def _shipped() -> SiblingContrastModel:
    return next(m for m in load_models() if isinstance(m, SiblingContrastModel))


def _independent_call(
    values: tuple[float, float], lows: tuple[float, float], depth: float, platform: str
) -> set[str]:
    """Calls that the text of the method allows."""
    figures = _shipped().platforms.get(platform)
    if depth < 1_000_000 or figures is None:
        return {"no call"}
    state = [
        (value >= threshold, low > bar, value > top)
        for value, low, threshold, bar, top in zip(
            values,
            lows,
            figures.thresholds,
            figures.non_target_q99,
            figures.non_target_maximum,
            strict=True,
        )
    ]
    if all(reached and clear for reached, clear, _ in state):
        return {"sensitive"}
    if any(reached and clear for reached, clear, _ in state) or all(top for _, _, top in state):
        return {"intermediate"}
    return {"no call"}


class Bench:
    """The shipped model on ranks that are set list by list."""

    def __init__(self) -> None:
        self.model = _shipped()
        self.library = load_signatures()
        self.hash = model_hash(self.model, self.library)
        lists = [c.list for c in self.model.contrasts]
        siblings = [name for c in self.model.contrasts for name in c.siblings]
        genes = sorted({g for name in (*lists, *siblings) for g in self.library[name].up})
        self.position = {gene: place for place, gene in enumerate(genes)}
        self.lists = [set(self.library[name].up) for name in lists]

    def view(
        self, levels: tuple[float, float], spread: float, depth: float, platform: str
    ) -> SampleView:
        rng = np.random.default_rng(1)
        ranks = np.full(len(self.position), 0.4)
        for genes, level in zip(self.lists, levels, strict=True):
            for gene in sorted(genes):
                noise = spread * rng.uniform(-1, 1)
                ranks[self.position[gene]] = np.clip(level + noise, 0, 1)
        return SampleView(
            name="s",
            disease="aml",
            tissue="",
            material="",
            patient="",
            timepoint="",
            fusions=(),
            platform=platform,
            species="human",
            library_size=depth,
            implied_reads=np.nan,
            coding_measured=19_000,
            ranks=ranks,
        )


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


def _grid() -> Iterator[tuple[tuple[float, float], float, float, str]]:
    levels = (0.1, 0.45, 0.55, 0.95)
    for pair in itertools.product(levels, levels):
        for spread in (0.0, 0.4):
            yield pair, spread, 5e6, "rnaseq_counts"
    for depth in (1e5, np.nan):
        for platform in ("rnaseq_counts", "microarray", "rnaseq_normalised", ""):
            yield (0.95, 0.95), 0.0, depth, platform


def test_the_programme_never_says_resistant(bench: Bench) -> None:
    seen: dict[str, int] = {}
    for levels, spread, depth, platform in _grid():
        view = bench.view(levels, spread, depth, platform)
        outcome = apply(bench.model, view, ModelInputs(bench.hash, bench.position, bench.library))
        seen[outcome.call] = seen.get(outcome.call, 0) + 1
        assert outcome.reason
        assert np.isfinite(outcome.score)
        total = sum(d.contribution for d in outcome.drivers if d.matched)
        assert total == pytest.approx(outcome.score, abs=1e-12)
    assert set(seen) == {"sensitive", "intermediate", "no call"}
    assert min(seen.values()) > 3


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    levels=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    spread=st.floats(0, 0.5),
    depth=st.sampled_from([5e5, 2e6, float("nan")]),
    platform=st.sampled_from(["rnaseq_counts", "microarray", "rnaseq_normalised"]),
)
def test_calls_follow_the_stated_rule(
    bench: Bench, levels: tuple[float, float], spread: float, depth: float, platform: str
) -> None:
    view = bench.view(levels, spread, depth, platform)
    outcome = apply(bench.model, view, ModelInputs(bench.hash, bench.position, bench.library))
    found = [
        contrast_value(view.ranks, bench.position, contrast, bench.library, (bench.hash, place))
        for place, contrast in enumerate(bench.model.contrasts)
    ]
    values = tuple(value.value for value in found if value is not None)
    lows = tuple(float(np.quantile(v.draws, 0.025)) for v in found if v is not None)
    assert outcome.call in _independent_call(values, lows, depth, platform)  # type: ignore[arg-type]
    assert outcome.call in {"sensitive", "intermediate", "no call"}


def test_reason_of_an_interval_that_reaches_down_to_other_samples(tmp_path: Path) -> None:
    # list_b reaches its threshold (0.15 >= 0.1), but of its two genes one stands lower.
    content = sibling_model()
    content["platforms"]["rnaseq_counts"] |= {"thresholds": [0.1, 0.1]}
    row = only(
        predict_with_drivers(
            make_expr(VALUES),
            disease="gastric cancer",
            models=[write_model(tmp_path, content)],
            signatures=SETS,
        ).calls,
        model="my_programme",
    )
    # G0003 alone against G0005 alone is the lowest draw: 0.4 - 0.6.
    assert row["call"] == "intermediate"
    assert row["reason"] == (
        "programme in part: list_a 0.625 (threshold 0.100); "
        "list_b 0.150 (threshold 0.100, lower bound -0.200 not above 0.100)"
    )


def test_a_sample_above_all_others_but_below_the_thresholds_is_intermediate(bench: Bench) -> None:
    figures = bench.model.platforms["rnaseq_counts"]
    between = tuple(
        (top + threshold) / 2
        for top, threshold in zip(figures.non_target_maximum, figures.thresholds, strict=True)
    )
    view = bench.view((0.4 + between[0], 0.4 + between[1]), 0.0, 5e6, "rnaseq_counts")
    outcome = apply(bench.model, view, ModelInputs(bench.hash, bench.position, bench.library))
    # Lists share genes, so the level is not exactly the contrast; it must lie between, though.
    assert outcome.call == "intermediate"


def test_no_target_sample_on_a_platform_is_said(tmp_path: Path) -> None:
    content = sibling_model()
    content["platforms"]["rnaseq_counts"] |= {"n_target": 0, "target": []}
    content["platforms"]["rnaseq_counts"]["thresholds"] = [0.01, 0.01]
    content["platforms"]["rnaseq_counts"]["non_target_q99"] = [-1, -1]
    row = only(
        predict_with_drivers(
            make_expr(VALUES),
            disease="gastric cancer",
            models=[write_model(tmp_path, content)],
            signatures=SETS,
        ).calls,
        model="my_programme",
    )
    assert row["call"] == "sensitive"
    assert "no sample with the programme was at hand" in row["reason"]


def test_programme_level() -> None:
    model = _shipped()
    figures = model.platforms["rnaseq_counts"]
    high, low = float(np.mean(figures.thresholds)), float(np.mean(figures.non_target_maximum))
    assert programme_level(model, "rnaseq_counts", high) == "present"
    assert programme_level(model, "rnaseq_counts", low) == "absent"
    assert programme_level(model, "rnaseq_counts", (low + high) / 2) == "between"
    assert programme_level(model, "rnaseq_counts", np.nan) == ""
    assert programme_level(model, "rnaseq_normalised", high) == ""
