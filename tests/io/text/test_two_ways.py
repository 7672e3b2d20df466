"""Reading in blocks and reading line by line give the same matrix."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atrasig.io import read_expression
from atrasig.io.cells import Cells
from atrasig.io.compression import open_text
from atrasig.io.options import Decimal
from atrasig.io.text import blocks
from atrasig.io.text.blocks import UncleanText
from atrasig.io.text.delimited import Facts, read_closely, read_evenly
from atrasig.io.text.layout import find_layout, take_head

GENES = ("RARA", "PML", "CEBPE", "CD38", "ITGAM", "TP53", "CYP26A1", "SPI1", "KIT", "FLT3")
SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
_WORDS = (
    "1 0 2.5 -0.125 1e-3 NA x 1,5 1,234 +4 nan NAN TRUE 1e400 0x1 1_0 nan(1) 9007199254740993 inf"
)
CELLS = st.sampled_from([*_WORDS.split(), "", " 7 ", '"8"'])


@st.composite
def matrices(draw: st.DrawFn) -> pd.DataFrame:
    """Tables of finite values with a few missing."""
    genes = draw(st.lists(st.sampled_from(GENES), min_size=2, unique=True))
    samples = draw(st.lists(st.sampled_from(["s1", "s 2", "003", "P"]), min_size=1, unique=True))
    value = st.floats(allow_nan=False, allow_infinity=False, width=64) | st.just(float("nan"))
    cells = draw(
        st.lists(value, min_size=len(genes) * len(samples), max_size=len(genes) * len(samples))
    )
    values = np.array(cells).reshape(len(genes), len(samples))
    values[0] = np.arange(len(samples)) + 0.5
    return pd.DataFrame(values, index=genes, columns=samples)


def read_text(path: Path, samples: list[str] | None = None) -> AnnData:
    """Read as delimited text: one column of numbers could be a ranked list of genes as well."""
    return read_expression(path, format="delimited", samples=samples)


def write_text(
    frame: pd.DataFrame, path: Path, separator: str, packing: str, encoding: str = "utf-8"
) -> Path:
    """Write a table; repr keeps every bit of its values."""
    cells = frame.map(lambda value: "NA" if np.isnan(value) else repr(value))
    data = cells.to_csv(sep=separator, index_label="gene").encode(encoding)
    if packing == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("m.txt", data)
        return path
    pack = {"plain": bytes, "gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
    path.write_bytes(pack[packing](data))
    return path


@SETTINGS
@given(
    frame=matrices(),
    separator=st.sampled_from("\t,;|"),
    packing=st.sampled_from(["plain", "gz", "bz2", "xz", "zip"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    side=st.sampled_from(["genes in rows", "samples in rows"]),
)
def test_what_is_written_is_read(
    tmp_path: Path, frame: pd.DataFrame, separator: str, packing: str, encoding: str, side: str
) -> None:
    table = frame.T if side == "samples in rows" else frame
    path = write_text(table, tmp_path / "m", separator, packing, encoding)
    adata = read_text(path, samples=list(frame.columns))
    np.testing.assert_array_equal(adata.X, frame.to_numpy().T)
    assert list(adata.var["gene_id"]) == list(frame.index)
    assert adata.uns["atrasig"]["input"]["orientation"] == side
    assert read_text(path).shape == adata.shape


@SETTINGS
@given(frame=matrices(), order=st.randoms(use_true_random=False))
def test_the_order_of_the_genes_makes_no_difference(
    tmp_path: Path, frame: pd.DataFrame, order: object
) -> None:
    shuffled = list(frame.index)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    first = read_text(write_text(frame, tmp_path / "a", "\t", "plain"))
    second = read_text(write_text(frame.loc[shuffled], tmp_path / "b", "\t", "gz"))
    np.testing.assert_array_equal(first.X, second[:, first.var_names].X)


@SETTINGS
@given(frame=matrices(), separator=st.sampled_from("\t;"))
def test_decimal_commas_are_read_like_points(
    tmp_path: Path, frame: pd.DataFrame, separator: str
) -> None:
    point = write_text(frame, tmp_path / "point", separator, "plain")
    comma = tmp_path / "comma"
    comma.write_text(point.read_text().replace(".", ","))
    adata = read_text(comma)
    np.testing.assert_array_equal(adata.X, read_text(point).X)
    assert adata.uns["atrasig"]["input"]["decimal"] == "comma"


def evenly(path: Path, decimal: Decimal) -> tuple[Cells, Facts]:
    with open_text(path) as handle:
        head = take_head(handle)
    return read_evenly(path, find_layout(head, path), head, decimal)


def closely(path: Path, decimal: Decimal) -> tuple[Cells, Facts]:
    with open_text(path) as handle:
        layout = find_layout(take_head(handle), path)
    return read_closely(path, layout, decimal)


def assert_same(first: tuple[Cells, Facts], second: tuple[Cells, Facts]) -> None:
    (cells, facts), (others, other_facts) = first, second
    assert facts == other_facts
    assert (cells.header, cells.number_places) == (others.header, others.number_places)
    np.testing.assert_array_equal(cells.numbers, others.numbers)
    assert cells.texts.keys() == others.texts.keys()
    for place, text in cells.texts.items():
        assert list(text) == list(others.texts[place])


@SETTINGS
@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=12),
    late=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=2),
    separator=st.sampled_from("\t;"),
    decimal=st.sampled_from(["auto", "point", "comma"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_both_ways_agree_wherever_the_quick_one_answers(
    tmp_path: Path,
    rows: list[list[str]],
    late: list[list[str]],
    separator: str,
    decimal: Decimal,
    end: str,
) -> None:
    plain = [["1", "2", "a"]] * 60 if late else []
    lines = [["gene", "s1", "s2", "s3"]]
    lines += [[f"g{i}", *row] for i, row in enumerate(rows + plain + late)]
    path = tmp_path / "m.tsv"
    path.write_text(end.join(map(separator.join, lines)) + end, newline="")
    try:
        quick = evenly(path, decimal)
    except UncleanText:
        return
    assert_same(quick, closely(path, decimal))


@pytest.mark.parametrize("block", [64, 1 << 10, 1 << 20])
def test_blocks_of_any_size_give_the_same_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    values = np.random.default_rng(5).gamma(0.3, 100.0, size=(300, 7))
    values[::13, 2] = np.nan
    frame = pd.DataFrame(values, index=[f"g{i}" for i in range(300)], columns=list("abcdefg"))
    path = write_text(frame, tmp_path / "m.gz", "\t", "gz")
    monkeypatch.setattr(blocks, "BLOCK_BYTES", block)
    quick = evenly(path, "auto")
    np.testing.assert_array_equal(quick[0].numbers, values.T)
    assert_same(quick, closely(path, "auto"))


@pytest.mark.parametrize(
    "text",
    [
        "gene\ts1\nRARA\t1\n\nPML\t2\n",
        "gene\ts1\nRARA\t1\n# end\n",
        'gene\ts1\twhat\nRARA\t1\t"two\nlines"\n',
        "gene\ts1\nRARA\t1\rPML\t2\r",
        "gene s1\nRARA 1\n",
        "gene\ts1\nRARA\t1\n\tNA\n",
        "gene\ts1\nRARA\t1\n" + "PML\t2\n" * 60 + "TP53\tx\n",
        "s1\ts2\n" + "RARA\t1\t\n" * 60 + "TP53\t1\t2\n",
        "gene\ts1\n" + "PML\t2\n" * 60 + "TP53\t3\t4\n",
        "gene\ts1\n" + "PML\t2\n" * 60 + "TP53\t3\0\n",
        "gene\ts1\n" + "PML\t2\n" * 60 + "TP53\tnan(1)\n",
    ],
)
def test_what_is_not_even_is_left_to_the_close_reading(tmp_path: Path, text: str) -> None:
    path = tmp_path / "m.tsv"
    path.write_text(text, newline="")
    with pytest.raises(UncleanText):
        evenly(path, "auto")


@pytest.mark.parametrize("quoted", ['5" tape', '"a"b', '"a ""b"""', "it's", '""'])
def test_quotation_marks_are_read_alike(tmp_path: Path, quoted: str) -> None:
    import csv

    line = f"RARA\t{quoted}\t1"
    path = tmp_path / "m.tsv"
    path.write_text(f"gene\twhat\ts1\n{line}\nPML\tx\t2\n")
    cells, _ = closely(path, "auto")
    assert cells.texts[1].iloc[0] == next(csv.reader([line], delimiter="\t"))[1]
