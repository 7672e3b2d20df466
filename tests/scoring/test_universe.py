"""Which genes are ranked, in a harmonised matrix and in any other."""

from __future__ import annotations

import numpy as np
import pytest

from atrasig.errors import GeneIdError
from atrasig.files import sha256_text
from atrasig.genes import load_gene_table
from atrasig.scoring.universe import choose_genes


def _symbols(*names: str) -> np.ndarray:
    return np.array(names, dtype=object)


def test_biotypes_of_the_matrix_decide_where_there_are_any() -> None:
    found = choose_genes(
        _symbols("TP53", "A1BG", "XIST"), _symbols("protein_coding", "none", "protein_coding")
    )
    assert list(found.symbols) == ["TP53", "XIST"]
    assert list(found.positions) == [0, 2]
    assert found.biotype_from == "matrix"


def test_symbols_without_biotypes_are_looked_up() -> None:
    found = choose_genes(_symbols("XIST", "TP53", "A1BG", "MT-RNR1", "AC000001.1"), None)
    assert list(found.symbols) == ["A1BG", "TP53"]
    assert found.biotype_from == f"gene table {load_gene_table().version}"
    assert found.name == "coding"
    assert choose_genes(_symbols("XIST", "TP53"), None, "all").biotype_from == ""


@pytest.mark.parametrize(
    "names", [("ENSG00000141510", "ENSG00000121410.12"), ("7157", "1"), ("Trp53", "A1bg")]
)
def test_other_identifiers_are_refused_with_what_to_do(names: tuple[str, ...]) -> None:
    with pytest.raises(GeneIdError, match=rf"0 of 2 .*{names[0]}.*atrasig\.harmonise"):
        choose_genes(_symbols(*names), None)


def test_hash_is_of_the_ranked_symbols_in_any_order_of_the_file() -> None:
    first = choose_genes(_symbols("TP53", "A1BG", "KRAS"), None)
    second = choose_genes(_symbols("KRAS", "TP53", "A1BG"), None, ["A1BG", "KRAS", "TP53"])
    assert first.sha256 == second.sha256 == sha256_text("A1BG\nKRAS\nTP53")
    assert first.sha256 != choose_genes(_symbols("TP53", "A1BG"), None).sha256
