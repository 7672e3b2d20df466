"""Where no signatures are named, the shipped ones and those of the user's library are taken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from atrasig.enrich import enrich_contrasts, enrich_samples
from atrasig.genes import load_gene_table
from atrasig.scoring import score
from atrasig.signatures import load_signatures
from atrasig.signatures.library import ENVIRONMENT

MINE = """\
id: mine
version: 1.0.0
title: A list of mine
kind: response
source: {citation: "A made-up source"}
obtained: published-list
licence: none stated
genes:
- {gene: RARB, direction: up}
- {gene: CYP26A1, direction: up}
- {gene: DHRS3, direction: up}
"""
TABLES: dict[str, Callable[[AnnData], pd.DataFrame]] = {
    "score": lambda expr: score(expr),
    "enrich_samples": lambda expr: enrich_samples(expr),
    "enrich_contrasts": lambda expr: enrich_contrasts(expr, permutations=100).table,
}


@pytest.mark.parametrize("name", TABLES)
def test_the_library_counts(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path))
    genes = sorted(load_gene_table().coding)
    values: Any = np.random.default_rng(1).normal(size=(4, len(genes)))
    var = pd.DataFrame({"biotype": "protein_coding"}, index=genes)
    obs = pd.DataFrame({"group": ["a", "a", "b", "b"]}, index=["s1", "s2", "s3", "s4"])
    expr = AnnData(values, obs=obs, var=var)
    shipped = set(load_signatures().ids)
    assert set(TABLES[name](expr)["signature"]) == shipped
    (tmp_path / "mine.yaml").write_text(MINE, encoding="utf-8")
    assert set(TABLES[name](expr)["signature"]) == {*shipped, "mine"}
