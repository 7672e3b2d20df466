from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.stats import fisher_exact, hypergeom
from statsmodels.stats.multitest import multipletests

from atrasig.enrich.lists import LIST_COLUMNS, list_table, over_represented


@pytest.fixture
def differential() -> pd.DataFrame:
    """Two hundred genes: the first thirty rise, the next ten fall."""
    genes = [f"g{i:03d}" for i in range(200)]  # lower case: gseapy would fold it
    log2fc = np.r_[np.ones(30), -np.ones(10), np.full(160, 0.1)]
    return pd.DataFrame({"gene": genes, "log2fc": log2fc, "q": np.r_[np.zeros(40), np.ones(160)]})


def test_p_is_hypergeometric_with_the_tested_genes_as_background(
    differential: pd.DataFrame,
) -> None:
    genes = list(differential["gene"])
    sets = {
        "half": genes[20:40], "none": genes[100:110], "few": genes[:3],
        "extra": [*genes[:12], *(f"not{i}" for i in range(50))], "all": genes[:150],
    }  # fmt: skip
    found = over_represented(differential, sets, max_size=100).set_index(["list", "set"])
    up = found.loc["up"]
    for name, matched, shared in (("half", 20, 10), ("extra", 12, 12), ("none", 10, 0)):
        row = up.loc[name]
        assert (row["n_matched"], row["n_shared"], row["n_list"]) == (matched, shared, 30)
        assert row["p"] == pytest.approx(hypergeom.sf(shared - 1, 200, matched, 30), rel=1e-9)
        table = [[shared, matched - shared], [30 - shared, 200 - matched - 30 + shared]]
        assert row["p"] == pytest.approx(fisher_exact(table, alternative="greater")[1], rel=1e-9)
        odds = np.array(table) + 0.5
        assert row["odds_ratio"] == pytest.approx(
            odds[0, 0] * odds[1, 1] / (odds[0, 1] * odds[1, 0])
        )
    assert up.loc["few", "reason"] == "3 genes tested; needs 5 to 100"
    assert up.loc["all", "reason"] == "150 genes tested; needs 5 to 100"
    tested = up["p"].notna()
    assert_allclose(up.loc[tested, "q"], multipletests(up.loc[tested, "p"], method="fdr_bh")[1])
    assert found.loc[("down", "half"), "genes"].split(";") == genes[30:40]


def test_no_changed_gene_says_so(differential: pd.DataFrame) -> None:
    still = differential.assign(q=1.0)
    found = over_represented(still, {"s": list(differential["gene"][:20])})
    assert found["reason"].tolist() == ["no gene changes up", "no gene changes down"]
    assert found[["p", "q", "odds_ratio"]].isna().all(axis=None)


def test_a_gene_without_q_is_background_only(differential: pd.DataFrame) -> None:
    unknown = differential.assign(q=differential["q"].where(differential.index != 0))
    found = over_represented(unknown, {"s": list(differential["gene"][:20])})
    assert found["n_list"].tolist() == [29, 10]
    assert found["n_background"].tolist() == [200, 200]


def test_an_empty_table_has_its_columns() -> None:
    assert list(list_table().columns) == list(LIST_COLUMNS)
