"""Preranked GSEA against fgsea's own output and against gseapy called directly."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from atrasig.enrich.prerank import CHUNK, prerank


@pytest.fixture(scope="module")
def fgsea(shared: Path) -> Path:
    return shared / "data/parity/gseapy/fgsea"


@pytest.fixture(scope="module")
def stats(fgsea: Path) -> pd.Series:
    values = pd.read_csv(fgsea / "inputs/stats.tsv", sep="\t")["stats"]
    return pd.Series(values.to_numpy(), index=[f"G{i:04d}" for i in range(1, len(values) + 1)])


def test_scores_are_those_of_fgsea(fgsea: Path, stats: pd.Series) -> None:
    lines = (fgsea / "inputs/pathways.tsv").read_text(encoding="utf-8").splitlines()
    sets = {
        f"p{row:02d}": [f"G{int(place):04d}" for place in re.split(r"\s+", line.strip())]
        for row, line in enumerate(lines)
    }
    expected = pd.read_csv(fgsea / "refs/ref_calcGseaStatBatchCpp.tsv", sep="\t")["ES"]
    found = prerank(stats, sets, permutations=100)
    largest = np.abs(found["es"].to_numpy() - expected.to_numpy()).max()
    print(f"fgsea: {len(sets)} enrichment scores, largest difference {largest:.1e}")
    assert_allclose(found["es"], expected, rtol=1e-9)


def test_cumulative_scores_are_those_of_fgsea(fgsea: Path, stats: pd.Series) -> None:
    reference = pd.read_csv(fgsea / "refs/ref_calcGseaStatCumulative.tsv", sep="\t")
    reference = reference[reference["scoreType"] == "std"]["value"].to_numpy()
    lines = (fgsea / "inputs/pathways.tsv").read_text(encoding="utf-8").splitlines()
    sizes = {len(line.split()): [int(p) for p in line.split()] for line in lines}
    members = sizes.get(reference.size, [])
    if not members:
        pytest.skip("the set of the cumulative reference is not among the pathways")
    sets = {f"k{k:03d}": [f"G{p:04d}" for p in members[:k]] for k in range(2, reference.size + 1)}
    found = prerank(stats, sets, permutations=100, min_size=2)
    assert_allclose(found["es"], reference[1:], rtol=1e-9)


@pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")
def test_gseapy_called_with_the_same_inputs_says_the_same() -> None:
    import gseapy

    rng = np.random.default_rng(5)
    genes = [f"G{i:04d}" for i in range(2000)]
    metric = pd.Series(np.sort(rng.normal(size=2000))[::-1], index=genes)
    sets = {f"S{i}": list(rng.choice(genes, 10 + 5 * i, replace=False)) for i in range(12)}
    sets["S12"] = genes[:30:2] + genes[500:900:40]
    ours = prerank(metric, sets, seed=3)
    given = {"min_size": 5, "max_size": 1000, "permutation_num": 1000, "seed": 3, "threads": 1}
    quiet = {"outdir": None, "no_plot": True}
    multilevel = gseapy.prerank(metric, sets, method="multilevel", **given, **quiet).res2d
    same = multilevel.set_index("Term").loc[ours.index].astype({"NES": float, "NOM p-val": float})
    assert_allclose(ours["nes"], same["NES"], rtol=1e-12)
    assert_allclose(ours["p"], same["NOM p-val"], rtol=1e-12)
    permuted = gseapy.prerank(metric, sets, **given, **quiet).res2d
    other = permuted.set_index("Term").loc[ours.index].astype({"NES": float, "NOM p-val": float})
    error = (ours["nes"] / other["NES"] - 1).abs().max()
    print(f"NES by permuting the list: largest relative difference {error:.3f}")
    assert error < 0.08
    # A thousand permutations of one sign know p to about 3 / sqrt(500).
    assert (ours["p"] - other["NOM p-val"]).abs().max() < 0.1


def test_a_set_does_not_depend_on_the_other_sets_nor_on_threads() -> None:
    rng = np.random.default_rng(6)
    genes = [f"G{i:04d}" for i in range(800)]
    metric = pd.Series(rng.normal(size=800), index=genes)
    sets = {f"s{i:03d}": list(rng.choice(genes, 12, replace=False)) for i in range(CHUNK + 20)}
    steps: list[int] = []

    def watched(chunks: list[list[str]]) -> list[list[str]]:
        steps.extend(map(len, chunks))
        return chunks

    whole = prerank(metric, sets, permutations=100, threads=2, progress=watched)
    alone = prerank(metric, {name: sets[name] for name in ("s003", "s269")}, permutations=100)
    columns = ["es", "nes", "p", "leading_edge"]
    pd.testing.assert_frame_equal(whole.loc[alone.index, columns], alone[columns], check_exact=True)
    assert steps == [CHUNK, 20]


def test_p_is_uniform_for_random_sets() -> None:
    from scipy.stats import kstest

    rng = np.random.default_rng(8)
    genes = [f"G{i:04d}" for i in range(1500)]
    metric = pd.Series(rng.normal(size=1500), index=genes)
    sets = {f"s{i:03d}": list(rng.choice(genes, 25, replace=False)) for i in range(200)}
    found = prerank(metric, sets)
    assert kstest(found["p"], "uniform").pvalue > 0.001
    assert (found["q"] < 0.05).sum() <= 2
