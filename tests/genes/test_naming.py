"""Genes that two tables call differently."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from atrasig.genes import COLUMNS, GeneTable, load_gene_table
from atrasig.genes.naming import renamed_genes
from atrasig.harmonisation import harmonise
from atrasig.scoring import score


def frame(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Frame of a gene table from (symbol, ensembl, entrez)."""
    return pd.DataFrame(rows, columns=["symbol", "ensembl", "entrez"]).set_index("symbol")


OTHER = frame(("A", "E1", "1"), ("B", "E2", "2"), ("C", "E3|E4", "3"), ("D", "", "4"))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("A", "E1", "1"), ("B", "E2", "2")], {}),
        ([("NEW", "E1", "1")], {"NEW": "A"}),
        ([("NEW", "", "1")], {"NEW": "A"}),
        ([("NEW", "E99", "1")], {"NEW": "A"}),
        ([("NEW", "E1", "2")], {"NEW": "A"}),  # the Ensembl id goes before the Entrez id
        ([("NEW", "E9", "9")], {}),
        ([("B", "E1", "1"), ("A", "E2", "2")], {"B": "A", "A": "B"}),  # names were swapped
        ([("NEW", "E1", "1"), ("A", "E9", "9")], {"NEW": "A", "A": "E9"}),  # the name was reused
        ([("NEW", "E1", "1"), ("A", "", "9")], {"NEW": "A", "A": "9"}),
        ([("NEW", "E1", "1"), ("A", "", "")], {"NEW": "A", "A": "A?"}),
        ([("A", "E9", "9")], {}),  # the id was replaced; the name stayed
        ([("C", "E3", "3"), ("NEW", "E4", "5")], {}),  # C was split and kept its name
        ([("N1", "E3", ""), ("N2", "E4", "")], {}),  # C was split; neither is C
        ([("N1", "E1", ""), ("N2", "E1", "")], {}),  # an id of two genes says nothing
    ],
)
def test_renamed_genes(rows: list[tuple[str, str, str]], expected: dict[str, str]) -> None:
    assert renamed_genes(frame(*rows), OTHER) == expected
    assert renamed_genes(frame(*rows[::-1]), OTHER) == expected


def test_a_table_agrees_with_itself() -> None:
    table = load_gene_table()
    assert table.names_in(table) == {}
    assert renamed_genes(table.frame, table.frame) == {}


@pytest.fixture(scope="module")
def newer() -> GeneTable:
    """Make the shipped table, some genes of a signature renamed as a later release might."""
    table = load_gene_table()
    rows = table.frame.reset_index()
    names = {"CYP26A1": "NEWNAME1", "DHRS3": "NEWNAME2", "RARB": "NEWNAME3"}
    changed = rows["symbol"].isin(names)
    assert changed.sum() == 3
    rows.loc[changed, "previous"] = rows.loc[changed, "symbol"]
    rows["symbol"] = rows["symbol"].replace(names)
    cells = rows[list(COLUMNS)].sort_values("symbol").itertuples(index=False, name=None)
    return GeneTable("\n".join(map("\t".join, cells)), "later", "0" * 64)


def _matrix(names: list[str]) -> AnnData:
    values = np.random.default_rng(3).negative_binomial(2, 0.01, (3, len(names))).astype(float)
    return AnnData(values, var=pd.DataFrame({"gene_id": names}, index=[f"r{n}" for n in names]))


@pytest.mark.parametrize("kind", ["new names", "former names", "ids"])
def test_genes_of_a_newer_table_meet_the_signatures(newer: GeneTable, kind: str) -> None:
    renamed = newer.names_in(load_gene_table())
    own = newer.frame[newer.frame["ensembl"] != ""]
    genes = sorted({*list(own.index[:600]), *renamed})
    shipped = [renamed.get(gene, gene) for gene in genes]
    names = {
        "new names": genes,
        "former names": shipped,
        "ids": list(newer.frame.loc[genes, "ensembl"]),
    }
    found = harmonise(_matrix([n.split("|")[0] for n in names[kind]]), genes=newer)
    expected = harmonise(_matrix(shipped))
    assert list(found.var_names) == list(expected.var_names)
    np.testing.assert_array_equal(found.X, expected.X)
    assert found.uns["atrasig"]["qc"]["genes_renamed"] == 3
    assert expected.uns["atrasig"]["qc"]["genes_renamed"] == 0
    assert (found.var["biotype"] == expected.var["biotype"]).all()
    matched = score(found, method="singscore").set_index("signature")["n_matched"]
    assert (
        matched == score(expected, method="singscore").set_index("signature")["n_matched"]
    ).all()


def test_names_that_name_no_gene_stay(newer: GeneTable, tmp_path: Path) -> None:
    resolution = newer.resolve(["NEWNAME1", "NOGENE", "TP53"])
    renamed, n_renamed = resolution.renamed({"NEWNAME1": "CYP26A1", "NOGENE": "TP53"})
    assert list(renamed.symbols) == ["CYP26A1", "NOGENE", "TP53"]
    assert n_renamed == 1
    assert list(resolution.symbols) == ["NEWNAME1", "NOGENE", "TP53"]
