"""One damaged sample of a matrix or folder: the others are read as if it were not there."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from anndata import AnnData

from atrasig.errors import AtrasigError, FormatError
from atrasig.failures import failures_of
from atrasig.io import read_expression

GENES = ("RARA", "PML", "CD38", "TP53", "GATA2", "MYC")
SAMPLES = ("s1", "s2", "s3", "s4")


def _rows(**changed: str) -> list[list[str]]:
    """Genes x samples; a changed sample has this in the row of CD38."""
    rows = [["gene", *SAMPLES]]
    for place, gene in enumerate(GENES):
        cells = [str(10 * place + column) for column in range(len(SAMPLES))]
        if gene == "CD38":
            cells = [changed.get(name, cell) for name, cell in zip(SAMPLES, cells, strict=True)]
        rows.append([gene, *cells])
    return rows


def _write(path: Path, rows: list[list[str]]) -> Path:
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _assert_only_rest(adata: AnnData, whole: AnnData, failed: str, says: str) -> None:
    (failure,) = failures_of(adata)
    assert (failure.sample, failure.stage) == (failed, "ingest")
    assert says in failure.reason
    kept = [name for name in whole.obs_names if name != failed]
    assert list(adata.obs_names) == kept
    np.testing.assert_array_equal(adata.X, whole[kept].X)


@pytest.mark.parametrize("sheet", [None, SAMPLES], ids=["no sheet", "sheet"])
@pytest.mark.parametrize("side", ["genes in rows", "samples in rows"])
@pytest.mark.parametrize(("cell", "says"), [("#REF!", "'#REF!' is not"), ("inf", "is infinite")])
def test_a_damaged_cell(
    tmp_path: Path, cell: str, says: str, side: str, sheet: tuple[str, ...] | None
) -> None:
    def turn(rows: list[list[str]]) -> list[list[str]]:
        turned = [list(column) for column in zip(*rows, strict=True)]
        return rows if side == "genes in rows" else turned

    whole = read_expression(_write(tmp_path / "whole.tsv", turn(_rows())), samples=sheet)
    path = _write(tmp_path / "m.tsv", turn(_rows(s2=cell)))
    _assert_only_rest(read_expression(path, samples=sheet, strict=False), whole, "s2", says)
    with pytest.raises(FormatError, match=says):
        read_expression(path, samples=sheet)


def test_a_damaged_sample_that_is_not_asked_for_is_nobodys_fault(tmp_path: Path) -> None:
    path = _write(tmp_path / "m.tsv", _rows(s2="#REF!"))
    adata = read_expression(path, samples=["s1", "s3"], strict=False)
    assert failures_of(adata) == []
    assert read_expression(path, samples=["s1", "s3"]).n_obs == 2


def test_damage_of_most_samples_is_the_fault_of_the_matrix(tmp_path: Path) -> None:
    path = _write(tmp_path / "m.tsv", _rows(s1="x", s2="x", s3="x"))
    with pytest.raises(FormatError, match="'x' is not a number"):
        read_expression(path, strict=False)


def test_a_word_beside_genes_in_columns_is_refused_as_before(tmp_path: Path) -> None:
    rows = [list(column) for column in zip(*_rows(), strict=True)]
    for row, age in zip(rows, ("age", "50", "60", "unknown", "70"), strict=True):
        row.append(age)
    with pytest.raises(FormatError, match="'unknown' is not a number"):
        read_expression(_write(tmp_path / "m.tsv", rows), strict=False)


GCT = "#1.2\n2\t2\nNAME\tDescription\tA\tB\nRARA\tx\t1\t2\nPML\ty\t3\t4\n"
SERIES = (
    '!Series_geo_accession\t"GSE1"\n!series_matrix_table_begin\n"ID_REF"\t"A"\t"B"\n'
    '"RARA"\t1\t2\n"PML"\t3\t4\n!series_matrix_table_end\n'
)
DATA_SET = (
    "^DATASET = GDS1\n!dataset_table_begin\nID_REF\tIDENTIFIER\tGSM1\tGSM2\n"
    "1_at\tRARA\t1\t2\n2_at\tPML\t3\t4\n!dataset_table_end\n"
)
FAMILY = "".join(
    f"^SAMPLE = {name}\n!Sample_platform_id = GPL1\n!sample_table_begin\nID_REF\tVALUE\n"
    f"RARA\t{first}\nPML\t{second}\n{more}!sample_table_end\n"
    for name, first, second, more in (("A", 1, 3, ""), ("B", 2, 4, "TP53\t5\n"))
)
ORANGE = "mS#name\tRARA\tC#PML\nA\t1\t3\nB\t2\t4\n"


@pytest.mark.parametrize(
    ("text", "bad"),
    [(GCT, "B"), (SERIES, "B"), (DATA_SET, "GSM2"), (FAMILY, "B"), (ORANGE, "B")],
    ids=["GCT", "series matrix", "data set", "family", "Orange"],
)
def test_a_damaged_cell_of_other_formats(tmp_path: Path, text: str, bad: str) -> None:
    whole, path = (tmp_path / name for name in ("whole.txt", "m.txt"))
    whole.write_text(text, encoding="utf-8")
    good = read_expression(whole).obs_names[:1].tolist()
    end = text.rindex("4")
    path.write_text(f"{text[:end]}#REF!{text[end + 1 :]}", encoding="utf-8")
    adata = read_expression(path, strict=False)
    _assert_only_rest(adata, read_expression(whole, samples=good), bad, "'#REF!' is not a number")
    assert list(adata.var_names) == ["RARA", "PML"]
    with pytest.raises(FormatError, match="'#REF!' is not a number"):
        read_expression(path)
    assert read_expression(path, samples=good).n_obs == 1


def _star(path: Path, factor: int) -> None:
    head = [f"{name}\t1\t1\t1" for name in ("N_unmapped", "N_multimapping", "N_noFeature")]
    body = [f"{gene}\t{n * factor}\t{n}\t{n}" for n, gene in enumerate(GENES, start=1)]
    path.write_text("\n".join([*head, "N_ambiguous\t1\t1\t1", *body]) + "\n", encoding="utf-8")


@pytest.fixture
def star(tmp_path: Path) -> Path:
    folder = tmp_path / "star"
    folder.mkdir()
    for factor, name in enumerate(SAMPLES, start=2):
        _star(folder / f"{name}.ReadsPerGene.out.tab", factor)
    return folder


@pytest.mark.parametrize("sheet", [None, SAMPLES], ids=["no sheet", "sheet"])
@pytest.mark.parametrize("damage", ["empty", "cut short", "no text", "cut gzip", "word"])
@pytest.mark.parametrize("pattern", ["", "*.tab*"], ids=["folder", "pattern"])
def test_a_damaged_file(
    star: Path, damage: str, pattern: str, sheet: tuple[str, ...] | None
) -> None:
    whole = read_expression(star / pattern, samples=sheet)
    bad = star / "s2.ReadsPerGene.out.tab"
    text = bad.read_bytes()
    if damage == "cut gzip":
        bad.unlink()
        bad = star / "s2.ReadsPerGene.out.tab.gz"
        bad.write_bytes(gzip.compress(np.random.default_rng(1).bytes(9000) + text)[:4000])
    elif damage == "word":
        bad.write_bytes(text.replace(b"PML\t", b"PML\tmany\t"))
    else:
        bad.write_bytes({"empty": b"", "cut short": text[:-9], "no text": b"\0\1\2" * 99}[damage])
    adata = read_expression(star / pattern, samples=sheet, strict=False)
    _assert_only_rest(adata, whole, "s2", "")
    assert str(star) not in failures_of(adata)[0].reason
    assert adata.uns["atrasig"]["input"]["files"] == 3
    with pytest.raises(AtrasigError):
        read_expression(star / pattern, samples=sheet)
