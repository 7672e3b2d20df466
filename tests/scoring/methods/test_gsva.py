"""GSVA against a transcription of the paper, gseapy and hand calculation; ties, gaps, constants."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from scipy.special import ndtr, pdtr

from atrasig.errors import UsageError
from atrasig.scoring.blocks import SampleBlock
from atrasig.scoring.kernels.density import gaussian_cdf, step_cdf, step_derivatives
from atrasig.scoring.method import Method, MethodResult
from atrasig.scoring.methods.gsva import METHODS, varying_genes
from atrasig.scoring.sets import SetIndex
from atrasig.signatures import Signature

NAMED = {method.name: method for method in METHODS}
KERNELS = ["gsva", "gsva_poisson", "gsva_none"]
TIED = 2.0**-40
Genes = Sequence[int]
Run = Callable[..., MethodResult]


def kernel_of(name: str) -> str:
    return {"gsva": "gaussian", "gsva_poisson": "poisson", "gsva_none": "none"}[
        name.removesuffix("_max")
    ]


def gene_names(n_genes: int) -> np.ndarray:
    return np.array([f"G{gene:03d}" for gene in range(n_genes)], dtype=object)


@pytest.fixture
def run(signature_of: Callable[..., Signature]) -> Run:
    def scored(
        name: str,
        values: np.ndarray,
        up: Sequence[Genes],
        down: Sequence[Genes] = (),
        columns: np.ndarray | None = None,
    ) -> MethodResult:
        places = np.arange(values.shape[1]) if columns is None else columns
        names = gene_names(places.size)
        index = SetIndex.build(
            [
                signature_of(
                    f"s{at}",
                    list(names[list(genes)]),
                    list(names[list(down[at])]) if down else None,
                )
                for at, genes in enumerate(up)
            ],
            names,
        )
        block = SampleBlock([f"s{i}" for i in range(values.shape[0])], values, places)
        return NAMED[name].function(block, index, False)

    return scored


def shares(values: np.ndarray, kernel: str, normal: Callable = ndtr) -> np.ndarray:
    """Share of the cohort below each value, one kernel a pair of samples."""
    out = np.full(values.shape, np.nan)
    for gene, column in enumerate(values.T):
        known = ~np.isnan(column)
        own = column[known]
        if np.unique(own).size < 2:
            continue
        if kernel == "gaussian":
            steps = normal((own[:, None] - own) / (own.std(ddof=1) / 4))
        elif kernel == "poisson":
            steps = pdtr(own[:, None], own + 0.5)
        else:
            steps = own[:, None] >= own
        out[known, gene] = steps.mean(axis=1)
    return out


def tabulated(z: np.ndarray) -> np.ndarray:
    """The table of the packages: 10,000 steps of 0.001, cut down to the step below, to 10."""
    table = ndtr(np.arange(10001) / 1000)
    upper = np.where(
        np.abs(z) > 10, 1.0, table[np.minimum(np.abs(z) / 10 * 10000, 10000).astype(int)]
    )
    return np.where(z < 0, 1 - upper, upper)


def tied_ranks(share: np.ndarray) -> np.ndarray:
    order = np.argsort(share)
    run = np.cumsum(np.r_[0, np.diff(share[order]) > TIED])
    ranks = np.empty(share.size)
    ranks[order] = (np.bincount(run, np.arange(share.size) + 1.0) / np.bincount(run))[run]
    return ranks


def transcription(
    values: np.ndarray, sets: Sequence[Genes], name: str, normal: Callable = ndtr
) -> np.ndarray:
    """Written out: the whole walk of every set, looked at after every run of tied genes."""
    out = np.empty((values.shape[0], len(sets)))
    for sample, own in enumerate(shares(values, kernel_of(name), normal)):
        ranked = np.flatnonzero(~np.isnan(own))
        ranks = tied_ranks(own[ranked])
        levels = np.unique(ranks)[::-1]
        for at, genes in enumerate(sets):
            inside = np.isin(ranked, genes)
            weights = np.abs(ranked.size / 2 - ranks) * inside
            rise = np.array([weights[ranks == level].sum() for level in levels]) / weights.sum()
            fall = np.array([(~inside)[ranks == level].sum() for level in levels]) / (~inside).sum()
            walk = np.r_[0.0, np.cumsum(rise) - np.cumsum(fall)]
            high, low = walk.max(), walk.min()
            further = high if high + low > 1e-12 else low
            out[sample, at] = further if name.endswith("_max") else high + low
    return out


def peer(values: np.ndarray, sets: Sequence[Genes], name: str) -> np.ndarray:
    gseapy = pytest.importorskip("gseapy")
    kernel = kernel_of(name)
    names = gene_names(values.shape[1])
    samples = [f"s{i}" for i in range(values.shape[0])]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = gseapy.gsva(
            pd.DataFrame(values.T, index=names, columns=samples),
            {f"set{at}": list(names[list(genes)]) for at, genes in enumerate(sets)},
            outdir=None,
            kcdf=None if kernel == "none" else kernel.title(),
            mx_diff=not name.endswith("_max"),
            min_size=1,
            max_size=values.shape[1],
            threads=1,
        ).res2d
    table = found.pivot(index="Name", columns="Term", values="ES").astype(float)
    return table.loc[samples, [f"set{at}" for at in range(len(sets))]].to_numpy()


def pick(seed: int, n_genes: int, sizes: Sequence[int]) -> list[np.ndarray]:
    draw = np.random.default_rng(seed)
    return [draw.choice(n_genes, size, replace=False) for size in sizes]


def counts(n_samples: int, n_genes: int) -> np.ndarray:
    drawn = np.random.default_rng(4).integers(20, 60, size=(n_samples, n_genes))
    return drawn.astype(float)


def normal_values(n_samples: int, n_genes: int) -> np.ndarray:
    return np.random.default_rng(1).normal(5, 2, size=(n_samples, n_genes))


def latin_square(size: int) -> np.ndarray:
    """Without a kernel nothing ties only where each sample has each place in a cohort once."""
    draw = np.random.default_rng(5)
    square = (np.arange(size)[:, None] * 7 + np.arange(size)) % size
    return square[draw.permutation(size)][:, draw.permutation(size)].astype(float)


def with_ties(n_samples: int, n_genes: int, seed: int = 6) -> np.ndarray:
    return np.random.default_rng(seed).poisson(1.5, size=(n_samples, n_genes)).astype(float)


EXAMPLES = {
    "gaussian": (normal_values(30, 200), pick(2, 200, [3, 12, 40, 150])),
    "poisson": (counts(30, 60), pick(3, 60, [3, 8, 20, 45])),
    "none": (latin_square(40), pick(3, 40, [3, 8, 20, 35])),
}


@pytest.mark.parametrize("name", list(NAMED))
def test_equals_the_published_walk(run: Run, name: str) -> None:
    values, sets = EXAMPLES[kernel_of(name)]
    found = run(name, values, sets)
    expected = transcription(values, sets, name)
    np.testing.assert_allclose(found.score, expected, rtol=0, atol=1e-12)
    assert found.reasons is None
    assert found.null is None


@pytest.mark.parametrize("name", list(NAMED)[2:])
def test_equals_gseapy_without_ties(run: Run, name: str) -> None:
    values, sets = EXAMPLES[kernel_of(name)]
    expected = peer(values, sets, name)
    found = run(name, values, sets).score
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["gsva", "gsva_max"])
def test_differs_from_gseapy_by_its_table_of_the_gaussian(run: Run, name: str) -> None:
    values, sets = EXAMPLES["gaussian"]
    theirs = peer(values, sets, name)
    by_table = transcription(values, sets, name, tabulated)
    np.testing.assert_allclose(theirs, by_table, rtol=0, atol=1e-12)
    found = run(name, values, sets).score
    assert np.median(np.abs(found - theirs)) < 1e-14
    np.testing.assert_allclose(found, theirs, rtol=0, atol=0.02)


@pytest.mark.parametrize("name", list(NAMED))
def test_ties_and_gaps_follow_the_transcription(run: Run, name: str) -> None:
    values = with_ties(25, 120)
    draw = np.random.default_rng(7)
    values[draw.random(values.shape) < 0.1] = np.nan
    sets = pick(8, 120, [5, 20, 60])
    expected = transcription(values, sets, name)
    found = run(name, values, sets).score
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("n_samples", [2, 3, 4, 6, 12])
def test_small_cohorts_tie_by_construction(run: Run, n_samples: int) -> None:
    values = np.random.default_rng(n_samples).normal(size=(n_samples, 150))
    sets = pick(9, 150, [5, 30])
    expected = transcription(values, sets, "gsva")
    np.testing.assert_allclose(run("gsva", values, sets).score, expected, rtol=0, atol=1e-12)


def test_by_hand_two_samples_and_two_runs(run: Run) -> None:
    # Of ten genes four are higher in the first sample: ranks 8.5, weights 3.5; the others 3.5, 1.5.
    first = np.array([2.0, 9.0, 4.0, 7.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    second = np.array([1.0, 3.0, 2.0, 1.0, 5.0, 5.0, 5.0, 5.0, 5.0, 9.0])
    values = np.stack([first, second])
    walk = (3 * 3.5) / (3 * 3.5 + 1.5) - 1 / 6
    found = run("gsva", values, [[0, 1, 2, 4]])
    assert found.score[0, 0] == pytest.approx(walk, abs=1e-15)
    # In the second sample six genes come first (ranks 7.5, weights 2.5), the others 2.5 each.
    assert found.score[1, 0] == pytest.approx(1 / 4 - 5 / 6, abs=1e-15)


@pytest.mark.parametrize("name", list(NAMED))
def test_scores_do_not_depend_on_any_order(run: Run, name: str) -> None:
    draw = np.random.default_rng(10)
    values, sets = with_ties(40, 150), pick(11, 150, [4, 25, 70])
    genes, samples = draw.permutation(150), draw.permutation(40)
    place = np.argsort(genes)
    before = run(name, values, sets).score
    after = run(name, values[samples][:, genes], [place[own] for own in sets]).score
    np.testing.assert_array_equal(after, before[samples])
    smooth = counts(40, 150) if "poisson" in name else normal_values(40, 150)
    before = run(name, smooth, sets).score
    after = run(name, smooth[samples][:, genes], [place[own] for own in sets]).score
    np.testing.assert_array_equal(after, before[samples])


@pytest.mark.parametrize("name", KERNELS)
def test_every_form_of_the_input_scores_alike(run: Run, name: str) -> None:
    values, sets = with_ties(30, 100), pick(12, 100, [5, 30])
    expected = run(name, values, sets).score
    spread = np.full((30, 150), 7.0)
    columns = np.random.default_rng(13).permutation(150)[:100]
    spread[:, columns] = values
    for same, places in [
        (values.astype(np.float32), None),
        (np.asfortranarray(values), None),
        (csr_array(values), None),
        (csr_array(values.astype(np.float32)), None),
        (spread, columns),
        (csr_array(spread), columns),
    ]:
        np.testing.assert_array_equal(run(name, same, sets, columns=places).score, expected)


def test_scores_do_not_depend_on_blocks(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    values, sets = EXAMPLES["gaussian"]
    expected = run("gsva", values, sets).score
    monkeypatch.setattr("atrasig.scoring.methods.gsva._BLOCK_VALUES", 7 * values.shape[0])
    np.testing.assert_array_equal(run("gsva", values, sets).score, expected)


def test_up_minus_down(run: Run) -> None:
    values, sets = EXAMPLES["gaussian"]
    up, down = sets[1], np.setdiff1d(sets[2], sets[1])
    both = run("gsva", values, [up], [down]).score
    apart = run("gsva", values, [up, down]).score
    np.testing.assert_allclose(both[:, 0], apart[:, 0] - apart[:, 1], rtol=0, atol=1e-15)


@pytest.mark.parametrize("name", KERNELS)
def test_constant_genes_change_nothing(run: Run, name: str) -> None:
    values, sets = with_ties(20, 90), pick(16, 90, [5, 30])
    constant = np.full((20, 8), 3.0)
    constant[:, 1] = np.nan
    constant[3:, 2] = np.nan
    constant[1:, 3] = np.nan
    wider = np.hstack([values, constant])
    expected = run(name, values, sets).score
    found = run(name, wider, [[*own, 90, 91, 92, 93, 94] for own in sets]).score
    np.testing.assert_array_equal(found, expected)


def test_constant_genes_are_told() -> None:
    values = with_ties(20, 90)
    values[:, [3, 50]] = 2.0
    values[5:, 60] = np.nan
    values[:5, 60] = 1.0
    for matrix in (values, csr_array(values)):
        block = SampleBlock([str(i) for i in range(20)], matrix, np.arange(90))
        assert np.flatnonzero(~varying_genes(block)).tolist() == [3, 50, 60]


def test_why_there_is_no_score(run: Run) -> None:
    values = np.random.default_rng(17).normal(size=(8, 12))
    values[:, :5] = 1.0
    found = run("gsva", values, [range(5), [0, 1, 2, 5, 6], range(5, 12)])
    assert np.isnan(found.score).all()
    assert [set(column) for column in found.reasons.T] == [
        {"fewer than 3 of its measured genes vary over the cohort"},
        {"fewer than 3 of its measured genes vary over the cohort"},
        {"no gene that varies over the cohort is outside its up genes"},
    ]
    parts = run("gsva", values, [[5, 6, 7]], [[0, 1, 2]])
    assert set(parts.reasons.ravel()) == {"none of its down genes varies over the cohort"}


def test_genes_in_the_middle_weigh_nothing(run: Run) -> None:
    # The first sample ranks four genes high, three low and three in between: these at 5 of 10.
    values = np.array(
        [[3.0] * 4 + [1.0] * 3 + [2.0] * 3, [1.0] * 4 + [3.0] * 6, [2.0] * 7 + [1.0] * 3]
    )
    found = run("gsva", values, [[7, 8, 9]])
    assert np.isnan(found.score[0, 0])
    assert found.reasons[0, 0].startswith("its up genes stand in the middle of the ranking")
    assert not np.isnan(found.score[1:]).any()


@pytest.mark.parametrize("wrong", [0.5, -1.0, 2.0**60, np.inf])
def test_poisson_refuses_what_is_not_counted(run: Run, wrong: float) -> None:
    values, sets = with_ties(10, 60), pick(18, 60, [6])
    values[4, 5] = np.nan
    assert not np.isnan(run("gsva_poisson", values, sets).score).any()
    values[4, 6] = wrong
    for matrix in (values, csr_array(values)):
        found = run("gsva_poisson", matrix, sets)
        assert np.isnan(found.score).all()
        assert "layers['counts']" in found.reasons[0, 0]
    assert NAMED["gsva_poisson"].refusal("microarray", 10)
    assert not NAMED["gsva"].refusal("microarray", 10)


def test_infinite_values_have_no_gaussian(run: Run) -> None:
    values, sets = with_ties(10, 60), pick(18, 60, [6])
    values[values == 0] = -np.inf
    with pytest.raises(UsageError, match="infinite"):
        run("gsva", values, sets)
    assert not np.isnan(run("gsva_none", values, sets).score).any()


def test_facts() -> None:
    assert [method.name for method in METHODS] == [
        "gsva",
        "gsva_max",
        "gsva_poisson",
        "gsva_poisson_max",
        "gsva_none",
        "gsva_none_max",
    ]
    assert all(isinstance(method, Method) and method.needs_cohort for method in METHODS)
    assert "2 samples" in NAMED["gsva"].refusal("", 1)


@pytest.mark.parametrize("n_samples", [2, 3, 7, 50, 900])
def test_gaussian_estimate_is_exact_to_rounding(n_samples: int) -> None:
    draw = np.random.default_rng(n_samples)
    values = np.stack(
        [
            draw.normal(size=n_samples),
            1e6 + draw.normal(size=n_samples),
            draw.lognormal(0, 3, size=n_samples),
            draw.integers(0, 2, size=n_samples) + draw.normal(0, 1e-6, size=n_samples),
            np.r_[1e5, draw.normal(size=n_samples - 1)],
        ]
    )
    found = np.empty_like(values)
    gaussian_cdf(values, np.sort(values, axis=1), step_derivatives(), found)
    expected = shares(values.T, "gaussian").T
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("mean", [0.3, 4.0, 90.0, 3e3, 2e5])
def test_poisson_estimate_is_exact_to_rounding(mean: float) -> None:
    draw = np.random.default_rng(int(mean))
    values = np.stack([draw.poisson(mean, 60), draw.negative_binomial(1, 1 / (1 + mean), 60)]) * 1.0
    found = np.empty_like(values)
    step_cdf(values, np.sort(values, axis=1), True, found)
    np.testing.assert_allclose(found, shares(values.T, "poisson").T, rtol=0, atol=1e-12)
