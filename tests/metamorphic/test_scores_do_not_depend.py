"""What a score must not depend on: order, storage, blocks, threads, and for most the cohort."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy.sparse import csc_array, csr_array

import atrasig
from atrasig.scoring.registry import METHODS
from atrasig.signatures import SignatureSet
from tests.scoring.conftest import make_signature

N_SAMPLES, N_GENES = 23, 700
OF_ONE_SAMPLE = sorted(name for name, method in METHODS.items() if not method.needs_cohort)
OF_A_COHORT = sorted(name for name, method in METHODS.items() if method.needs_cohort)
KEY = ["sample", "signature", "method"]


def matrix(kind: str) -> AnnData:
    """Counts and logarithms that float32 holds exactly; with and without zeros."""
    rng = np.random.default_rng(17)
    rate = rng.gamma(0.7, 6.0, size=(1, N_GENES)) * rng.gamma(4, 0.25, size=(N_SAMPLES, N_GENES))
    counts = rng.poisson(rate).astype(float)
    values = {
        "counts": counts,
        "untied": (rate + rng.normal(size=rate.shape)).astype(np.float32).astype(float),
        "missing": np.where(rng.random(rate.shape) < 0.03, np.nan, counts),
    }[kind]
    genes = pd.Index([f"G{i:03d}" for i in range(N_GENES)], dtype=object)
    var = pd.DataFrame({"biotype": "protein_coding"}, index=genes)
    obs = pd.DataFrame(index=pd.Index([f"s{i:02d}" for i in range(N_SAMPLES)], dtype=object))
    return AnnData(X=values, obs=obs, var=var)


def signatures() -> SignatureSet:
    """Sets of one and of two directions, one of them large, one weighted."""
    rng = np.random.default_rng(5)
    names = [f"G{i:03d}" for i in range(N_GENES)]

    def pick(n: int) -> list[str]:
        return [str(g) for g in rng.choice(names, n, replace=False)]

    both = pick(50)
    weighted = make_signature("weighted", ["G001", "G100"], ["G200", "G300"])
    genes = tuple(
        replace(gene, weight=(0.5 + i) * (1 if gene.direction == "up" else -1))
        for i, gene in enumerate(weighted.genes)
    )
    return SignatureSet(
        [
            make_signature("large", pick(150)),
            make_signature("small", pick(5)),
            make_signature("both", both[:30], both[30:]),
            make_signature("down", [], pick(12)),
            weighted.model_copy(update={"genes": genes}),
        ]
    )


def scored(expr: AnnData, **settings: object) -> pd.DataFrame:
    """Table of scores by sample, signature and method."""
    settings = {"method": OF_ONE_SAMPLE, **settings}
    return atrasig.score(expr, signatures(), **settings).set_index(KEY).sort_index()


def check_same(found: pd.DataFrame, expected: pd.DataFrame, rtol: float = 1e-12) -> None:
    """Every number of the samples found is the one expected of them."""
    expected = expected.loc[found.index]
    assert found["reason"].tolist() == expected["reason"].tolist()
    for column in ("score", "z", "p", "q", "coverage"):
        scale = float(np.nanmax(np.abs(expected[column]), initial=1e-300))
        atol = rtol * scale if column in {"score", "z"} else 0.0
        # A p is the tail of a score, and shifts more than the score does.
        np.testing.assert_allclose(
            found[column], expected[column], rtol=rtol if column == "score" else 1e-9, atol=atol
        )


def shuffled_genes(expr: AnnData) -> AnnData:
    return expr[:, np.random.default_rng(1).permutation(N_GENES)].copy()


def shuffled_samples(expr: AnnData) -> AnnData:
    return expr[np.random.default_rng(2).permutation(N_SAMPLES)].copy()


def some_samples(expr: AnnData) -> AnnData:
    return expr[[3, 11, 4]].copy()


def stored_as(convert: Callable[[np.ndarray], object]) -> Callable[[AnnData], AnnData]:
    def change(expr: AnnData) -> AnnData:
        return AnnData(X=convert(expr.X), obs=expr.obs, var=expr.var)

    return change


FORMS: dict[str, Callable[[AnnData], AnnData]] = {
    "genes in another order": shuffled_genes,
    "samples in another order": shuffled_samples,
    "some of the samples": some_samples,
    "memory by genes": stored_as(np.asfortranarray),
    "CSR": stored_as(csr_array),
    "CSC": stored_as(csc_array),
    "float32": stored_as(lambda x: x.astype(np.float32)),
    "float32 CSR": stored_as(lambda x: csr_array(x.astype(np.float32))),
}
SETTINGS: dict[str, dict[str, object]] = {
    "blocks of 1": {"block_size": 1},
    "blocks of 7": {"block_size": 7},
    "two threads": {"threads": 2, "block_size": 4},
    "chosen samples": {"samples": ["s07", "s01"]},
}


@pytest.fixture(scope="module", params=["counts", "untied", "missing"])
def expr(request: pytest.FixtureRequest) -> AnnData:
    return matrix(request.param)


@pytest.fixture(scope="module")
def expected(expr: AnnData) -> pd.DataFrame:
    table = scored(expr)
    assert (table["reason"] == "").mean() > 0.5
    return table


@pytest.mark.parametrize("form", FORMS)
def test_of_one_sample_whatever_the_form(expr: AnnData, expected: pd.DataFrame, form: str) -> None:
    check_same(scored(FORMS[form](expr)), expected)


@pytest.mark.parametrize("how", SETTINGS)
def test_of_one_sample_however_it_is_computed(
    expr: AnnData, expected: pd.DataFrame, how: str
) -> None:
    check_same(scored(expr, **SETTINGS[how]), expected)


@pytest.mark.parametrize("alone", [["ucell"], ["aucell"], ["aucell", "ucell"], ["ssgsea"]])
@pytest.mark.parametrize("kind", ["counts", "untied", "missing"])
def test_of_one_sample_whichever_other_methods_are_asked_for(kind: str, alone: list[str]) -> None:
    wide = matrix(kind)
    several = AnnData(  # enough genes for UCell to leave some out
        np.hstack([wide.X] * 4), obs=wide.obs,
        var=pd.DataFrame(
            {"biotype": "protein_coding"},
            index=[*wide.var_names, *(f"H{i:04d}" for i in range(3 * N_GENES))],
        ),
    )  # fmt: skip
    together = ["singscore", "aucell", "ucell", "ssgsea"]
    expected = atrasig.score(several, signatures(), method=together, layout="wide")
    found = atrasig.score(several, signatures(), method=alone, layout="wide")
    pd.testing.assert_frame_equal(found, expected[found.columns], check_exact=True)


@pytest.mark.parametrize("form", sorted(set(FORMS) - {"some of the samples"}))
def test_of_a_cohort_whatever_the_form(form: str) -> None:
    whole = matrix("counts")
    expected = scored(whole, method=OF_A_COHORT)
    # Sums over a cohort are added up in the order of its samples and genes.
    check_same(scored(FORMS[form](whole), method=OF_A_COHORT), expected, rtol=1e-9)


@pytest.mark.parametrize("how", SETTINGS)
def test_of_a_cohort_however_it_is_computed(how: str) -> None:
    whole = matrix("counts")
    expected = scored(whole, method=OF_A_COHORT)
    check_same(scored(whole, method=OF_A_COHORT, **SETTINGS[how]), expected)
