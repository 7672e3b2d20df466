"""Names of probes from the platform table of a GEO file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from atrasig.errors import FormatError
from atrasig.io.geo.platform import check_known, name_probes
from atrasig.io.identifiers import unnamed_probe


def _named(**columns: list[str]) -> tuple[list[str], dict[str, str | int]]:
    facts: dict[str, str | int] = {}
    table = pd.DataFrame(columns, dtype=object)
    return name_probes(["a", "b", "7", "not in it"], table, facts), facts


def test_a_column_named_for_symbols_wins() -> None:
    names, facts = _named(
        ID=["a", "b", "7"], ENTREZ_GENE_ID=["1", "2", "3"], Symbol=["RARA", "PML /// RARA", ""]
    )
    assert names == ["RARA", "PML /// RARA", "probe 7", "not in it"]
    assert facts == {
        "identifier_column": "Symbol",
        "probes_without_symbol": 2,
        "probes_of_several_genes": 1,
    }


def test_a_table_without_genes_keeps_the_probes() -> None:
    names, facts = _named(ID=["a", "b", "7"], ROW=["1", "2", "3"], SPOT=["x", "y", "z"])
    assert names == ["a", "b", "probe 7", "not in it"]
    assert (facts["identifier_column"], facts["probes_without_symbol"]) == ("ID", 4)


def test_numbers_are_marked() -> None:
    assert [unnamed_probe(name) for name in ("7", "7_at")] == ["probe 7", "7_at"]


def test_unknown_probes_are_refused() -> None:
    check_known(["RARA", "what"], "GPL1", Path("m"))
    for probes in (["1", "2"], ["what", "is", "this"]):
        with pytest.raises(FormatError, match=r"platform GPL1, whose table.*--platform TABLE"):
            check_known(probes, "GPL1", Path("m"))
