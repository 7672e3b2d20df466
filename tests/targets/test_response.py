"""Differential tables: columns found by name, genes by approved symbol, nothing dropped unsaid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from atrasig.errors import FormatError, UsageError
from atrasig.genes import load_gene_table
from atrasig.targets.response import ColumnChoice, read_response

GENES = load_gene_table()
ROWS = [("RARB", 3.0, 0.001), ("CYP26A1", -2.0, 0.01), ("DHRS3", 0.4, 0.02), ("TGM2", 2.0, 0.5)]


def written(tmp_path: Path, header: str, rows: list[str], name: str = "de.tsv") -> Path:
    path = tmp_path / name
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@pytest.mark.parametrize(
    ("header", "form"),
    [
        (
            "gene\tbaseMean\tlog2FoldChange\tlfcSE\tstat\tpvalue\tpadj",
            "{g}\t9\t{f}\t1\t1\t0.5\t{q}",
        ),
        ("\tlogFC\tAveExpr\tt\tP.Value\tadj.P.Val\tB", "{g}\t{f}\t9\t1\t0.5\t{q}\t1"),
        ("logFC\tAveExpr\tt\tP.Value\tadj.P.Val\tB", "{g}\t{f}\t9\t1\t0.5\t{q}\t1"),
        ("genes,logFC,logCPM,LR,PValue,FDR", "{g},{f},9,1,0.5,{q}"),
        ("symbol\tlog2fc\tlow\thigh\tp\tq", "{g}\t{f}\t0\t1\t0.5\t{q}"),
    ],
)
def test_tables_of_the_usual_tools(tmp_path: Path, header: str, form: str) -> None:
    rows = [form.format(g=gene, f=fold, q=q) for gene, fold, q in ROWS]
    found = read_response(written(tmp_path, header, rows), GENES)
    assert found.table.loc[[r[0] for r in ROWS]].to_numpy().tolist() == [
        [fold, q] for _, fold, q in ROWS
    ]  # fmt: skip
    assert found.directions(0.05, 1).to_dict() == {
        "RARB": "induced", "CYP26A1": "repressed", "DHRS3": "unchanged", "TGM2": "unchanged",
    }  # fmt: skip
    assert found.facts["rows"] == found.facts["genes"] == 4


def test_p_alone_is_adjusted_and_said_so(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    symbols = GENES.symbols[:200]
    p = rng.random(200) ** 3
    rows = [f"{gene}\t1\t{value:.17g}" for gene, value in zip(symbols, p, strict=True)]
    rows.append(f"{GENES.symbols[300]}\t1\tNA")
    found = read_response(written(tmp_path, "gene\tlogFC\tpvalue", rows), GENES)
    np.testing.assert_allclose(
        found.table.loc[list(symbols), "q"], multipletests(p, method="fdr_bh")[1], rtol=1e-12
    )
    assert "Benjamini-Hochberg" in str(found.facts["adjusted p column"])
    assert found.facts["genes without an adjusted p"] == 1
    assert found.directions(0.05, 0)[GENES.symbols[300]] == "not tested"


def test_ids_of_all_kinds_meet_in_one_symbol_and_are_counted(tmp_path: Path) -> None:
    rows = [
        "ENSG00000077092.19\t1\t0.2", "RARB\t2\t0.1", "P450RAI\t3\t0.1", "NOSUCHGENE\t4\t0.1",
        "\t5\t0.1", "TGM2\t1\tNA", "TGM2\t6\t0.9",
    ]  # fmt: skip
    found = read_response(written(tmp_path, "gene\tlog2fc\tpadj", rows), GENES)
    assert found.table["log2fc"].to_dict() == {
        "CYP26A1": 3, "NOSUCHGENE": 4, "RARB": 2, "TGM2": 6,
    }  # fmt: skip
    assert found.facts["rows without a gene"] == 1
    assert found.facts["rows of a gene with a lower p elsewhere"] == 2
    assert found.facts["gene names not known, kept as they are"] == 2  # one of them empty


def test_the_gene_column_that_is_known_best_is_taken(tmp_path: Path) -> None:
    rows = ["1\tRARB\t5915\t1\t0.5", "2\tTGM2\t7052\t1\t0.5"]
    header = "id\tgene_name\tentrez\tlogFC\tFDR"
    found = read_response(written(tmp_path, header, rows), GENES)
    assert found.facts["gene column"] == "gene_name"
    stated = read_response(written(tmp_path, header, rows), GENES, ColumnChoice(gene="entrez"))
    assert stated.table.index.tolist() == found.table.index.tolist() == ["RARB", "TGM2"]


def test_one_contrast_of_several_is_named(tmp_path: Path) -> None:
    rows = ["a vs b\tRARB\t1\t0.5", "c vs d\tRARB\t2\t0.5"]
    path = written(tmp_path, "contrast\tgene\tlog2fc\tq", rows)
    with pytest.raises(UsageError, match=r"2 contrasts.*'a vs b', 'c vs d'"):
        read_response(path, GENES)
    with pytest.raises(UsageError, match="no contrast 'x'"):
        read_response(path, GENES, ColumnChoice(contrast="x"))
    found = read_response(path, GENES, ColumnChoice(contrast="c vs d"))
    assert found.table.loc["RARB", "log2fc"] == 2
    assert found.facts["contrast"] == "c vs d"


@pytest.mark.parametrize(
    ("header", "row", "message"),
    [
        ("gene\tfold\tpadj", "RARB\t1\t0.5", "No column is the log2 fold change.*'fold'"),
        ("gene\tlogFC\tt", "RARB\t1\t0.5", "No column is the adjusted p"),
        ("tx\tlogFC\tpadj", "RARB\t1\t0.5", "No column holds genes"),
        ("id\tlogFC\tpadj", "1\t1\t0.5", "No gene of column 'id' is known"),
        ("gene\tlogFC\tpadj", "xyz\t1\t0.5", "No gene of column 'gene' is known"),
        ("gene\tlogFC\tpadj", "RARB\t1\t2", "holds 2"),
        ("gene\tlogFC\tpadj", "RARB\tup\t0.2", "'logFC' does not hold numbers"),
    ],
)
def test_a_table_that_cannot_be_understood_is_refused(
    tmp_path: Path, header: str, row: str, message: str
) -> None:
    with pytest.raises(FormatError, match=message):
        read_response(written(tmp_path, header, [row]), GENES)


def test_a_stated_column_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "gene\tlogFC\tpadj", ["RARB\t1\t0.5"])
    with pytest.raises(UsageError, match=r"no single column 'FDR'.*'padj'"):
        read_response(path, GENES, ColumnChoice(q="FDR"))
    path = written(tmp_path, "gene\tlogFC\tlog_fc\tpadj", ["RARB\t1\t1\t0.5"])
    with pytest.raises(UsageError, match="Several columns may be the log2 fold change"):
        read_response(path, GENES)


def test_published_tables_of_atra_are_read(shared: Path) -> None:
    """DESeq2 as it is; limma with column names of its own, which have to be stated."""
    folder = shared / "data"
    found = read_response(folder / "response_be2c" / "RAvControl_DESeq2output.csv.gz", GENES)
    assert found.facts["adjusted p column"] == "padj"
    assert found.directions(0.05, 1)[["CYP26A1", "DHRS3", "RARB"]].tolist() == ["induced"] * 3
    path = folder / "response_shsy5y" / "Pezzini2016_SHSY5Ycelldiff_DE_table.tsv.gz"
    with pytest.raises(FormatError, match="log2 fold change"):
        read_response(path, GENES)
    stated = read_response(path, GENES, ColumnChoice(log2fc="Differentiated"))
    raw = pd.read_csv(path, sep="\t").set_index("Gene.Name")
    assert stated.table.loc["CRABP2", "log2fc"] == pytest.approx(
        raw.loc["CRABP2", "Differentiated"]
    )
    assert stated.facts["genes"] > 14_000
