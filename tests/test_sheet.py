"""The sample sheet: what is read, what is refused, and where the faults are said to be."""

from __future__ import annotations

import csv
import io
import json
import string
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from atrasig.errors import Fault, InputError, SheetError
from atrasig.files import canonical_json, safe_name
from atrasig.sheet import (
    SampleRow,
    build_sheet,
    matrix_id,
    parse_fusions,
    read_sheet,
    resolve_matrix,
    sheet_schema,
)

KNOWN = list(SampleRow.model_fields)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "m.tsv").write_text("gene\ta\n")
    (tmp_path / "n.tsv").write_text("gene\ta\n")
    return tmp_path


def _write(folder: Path, text: str | bytes, name: str = "sheet.tsv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def _faults(folder: Path, text: str | bytes) -> list[Fault]:
    with pytest.raises(SheetError) as caught:
        read_sheet(_write(folder, text))
    assert caught.value.where is not None
    assert all(str(fault) in str(caught.value) for fault in caught.value.faults)
    return list(caught.value.faults)


def _places(faults: list[Fault]) -> list[tuple[int, str]]:
    return [(fault.row, fault.column) for fault in faults]


def test_a_full_sheet(folder: Path) -> None:
    sheet = read_sheet(
        _write(
            folder,
            "sample\tmatrix\tdisease\ttissue\tmaterial\tfusion\tgroup\tpatient\ttimepoint\tbatch\tage\n"
            "s1\tm.tsv\tLAML\tBM\tPatient\tpml-rara\tA\tp1\tbaseline\tb1\t61\n"
            "s2\tn.tsv\tacute myeloid leukemia\t\tcell-line\t\tB\tp1\tExposed\t\t\n"
            "s3\tm.tsv\t\t\t\t\t\t\t\t\t40\n",
        )
    )
    assert sheet.samples == ("s1", "s2", "s3")
    assert sheet.matrices == ("m.tsv", "n.tsv")
    first = sheet.rows[0]
    assert (first.disease, first.tissue) == ("acute myeloid leukemia", "bone marrow")
    assert (first.material, first.timepoint, first.fusions) == (
        "patient",
        "baseline",
        ("PML::RARA",),
    )
    assert sheet.rows[1].material == "cell line"
    assert sheet.rows[1].timepoint == "exposed"
    frame = sheet.to_frame()
    assert list(frame) == [*KNOWN, "age", "disease_as_given", "tissue_as_given"]
    assert frame["disease_as_given"].tolist() == ["LAML", "", ""]
    assert frame["tissue_as_given"].tolist() == ["BM", "", ""]
    assert frame["age"].tolist() == ["61", "", "40"]
    assert frame.map(lambda cell: isinstance(cell, str)).all().all()
    assert sheet.for_matrix("m.tsv").samples == ("s1", "s3")
    assert sheet.for_matrix("m.tsv").columns == sheet.columns
    assert sheet.by_matrix() == {name: sheet.for_matrix(name) for name in sheet.matrices}
    assert tuple(sheet.by_matrix()) == sheet.matrices
    assert resolve_matrix(sheet, "n.tsv") == folder / "n.tsv"
    assert resolve_matrix(sheet, "n.tsv").is_file()


def test_no_as_given_columns_where_nothing_differs(folder: Path) -> None:
    sheet = read_sheet(_write(folder, "sample,matrix,disease\ns1,m.tsv,multiple myeloma\n"))
    assert list(sheet.to_frame()) == KNOWN


def test_the_table_of_a_sheet_is_a_sheet(folder: Path) -> None:
    head = "sample\tmatrix\tdisease\tnote\n"
    text = head + '"a""b"\tm.tsv\tLAML\tx, y\n"#"\tm.tsv\t\t\n c \tm.tsv\tAPL\t\n'
    first = read_sheet(_write(folder, text))
    frame = first.to_frame()
    frame.to_csv(folder / "again.csv", index=False, quoting=csv.QUOTE_ALL)
    again = read_sheet(folder / "again.csv")
    assert first.samples == ('a"b', "#", "c")
    assert list(frame["sample_as_given"]) == ["", "", " c "]
    pd.testing.assert_frame_equal(again.to_frame()[list(frame)], frame)


def test_rows_are_frozen(folder: Path) -> None:
    sheet = read_sheet(_write(folder, "sample\tmatrix\ns1\tm.tsv\n"))
    with pytest.raises(ValidationError):
        sheet.rows[0].sample = "other"
    with pytest.raises(ValidationError):
        sheet.rows = ()


@pytest.mark.parametrize(
    "text",
    [
        "sample\tmatrix\tgroup\ns1\tm.tsv\tA, B\n",
        'sample,matrix,group\ns1,m.tsv,"A, B"\n',
        "\ufeffsample\tmatrix\tgroup\ns1\tm.tsv\tA, B\n",
        "# a comment, with commas\n\nsample\tmatrix\tgroup\n# another\ns1\tm.tsv\tA, B\n\t\t\n",
        "sample\tmatrix\tgroup\r\ns1\tm.tsv\tA, B\r\n",
        "sample\tmatrix\tgroup\rs1\tm.tsv\tA, B",
        '"sample"\t"matrix"\t"group"\n"s1"\t"m.tsv"\t"A, B"\n',
        " sample \tmatrix\tgroup\ns1\t m.tsv \t A, B \n",
    ],
)
def test_forms_of_the_same_sheet(folder: Path, text: str) -> None:
    sheet = read_sheet(_write(folder, text))
    assert sheet.columns == ("sample", "matrix", "group")
    assert [(r.sample, r.matrix, r.group) for r in sheet.rows] == [("s1", "m.tsv", "A, B")]


def test_all_faults_come_at_once_with_row_and_column(folder: Path) -> None:
    faults = _faults(
        folder,
        "# written by hand\n"  # 1
        "sample\tmatrix\tdisease\ttissue\tmaterial\ttimepoint\tfusion\n"  # 2
        "s1\tm.tsv\tAMLL\t\t\t\t\n"  # 3
        "s1\tm.tsv\t\tbonemarow\t\t\t\n"  # 4
        "\tm.tsv\t\t\tpatent\t\t\n"  # 5
        "s3\tnowhere.tsv\t\t\t\tbase line2\t\n"  # 6
        "s4\tm.tsv\t\t\t\t\tRARA\n"  # 7
        "s5\tm.tsv\n"  # 8
        "S3\tm.tsv\t\t\t\t\t\n"  # 9
        f"{'x' * 301}\tm.tsv\t\t\t\t\t\n",  # 10
    )
    assert _places(faults) == [
        (3, "disease"), (4, "sample"), (4, "tissue"), (5, "material"), (5, "sample"),
        (6, "matrix"), (6, "timepoint"), (7, "fusion"), (8, "(row)"), (9, "sample"), (10, "sample"),
    ]  # fmt: skip
    said = {(fault.row, fault.column): fault.message for fault in faults}
    assert "'AML'" in said[3, "disease"]
    assert "row 3" in said[4, "sample"]
    assert "'bone marrow'" in said[4, "tissue"]
    assert "'patient'" in said[5, "material"]
    assert str(folder / "nowhere.tsv") in said[6, "matrix"]
    assert "'baseline'" in said[6, "timepoint"]
    assert "PML::RARA" in said[7, "fusion"]
    assert "2 cells" in said[8, "(row)"]
    assert "7" in said[8, "(row)"]
    assert "'s3' on row 6" in said[9, "sample"]
    assert "301" in said[10, "sample"]


@pytest.mark.parametrize(
    ("header", "place", "said"),
    [
        ("sample\tgroup", (1, "matrix"), "missing"),
        ("matrix\tgroup", (1, "sample"), "missing"),
        ("Sample\tmatrix", (1, "sample"), "'Sample'"),
        ("sample\tmatrix\tgroup\tgroup", (1, "group"), "2 times"),
        ("sample\tmatrix\t", (1, "(header)"), "column 3"),
        ("sample\tmatrix\tqc_missing", (1, "qc_missing"), "qc_"),
        ("sample;matrix", (1, "sample"), "'sample;matrix'"),
    ],
)
def test_faults_of_the_header(folder: Path, header: str, place: tuple[int, str], said: str) -> None:
    row = "\t".join(["m.tsv"] * (header.count("\t") + 1))
    faults = {(f.row, f.column): f.message for f in _faults(folder, f"{header}\n{row}\n")}
    assert said in faults[place]


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "sample\tmatrix\n", "\ufeff"])
def test_a_sheet_without_samples(folder: Path, text: str) -> None:
    assert [f.column for f in _faults(folder, text)] == ["(file)"]


def test_a_file_that_cannot_be_read(folder: Path) -> None:
    with pytest.raises(SheetError, match=r"No such file"):
        read_sheet(folder / "none.tsv")
    assert _places(_faults(folder, b"sample\tmatrix\ns\xff1\tm.tsv\n")) == [(2, "(file)")]


@pytest.mark.parametrize("bad", ["a\tb", "a\nb", "a\0b", "a\x1b[0m", "a\x7f", "a\x85b", "a\rb"])
def test_control_characters_in_ids(folder: Path, bad: str) -> None:
    faults = _faults(folder, f'sample\tmatrix\n"{bad}"\tm.tsv\ns2\tm.tsv\ns2\tm.tsv\n')
    assert (2, "sample") in _places(faults)
    assert "control character" in faults[0].message
    assert bad not in faults[0].message
    assert len(faults) == 2


def test_line_numbers_count_lines_inside_quoted_cells(folder: Path) -> None:
    text = 'sample\tmatrix\tnote\ns1\tm.tsv\t"two\n# lines"\ns1\tm.tsv\t\n'
    assert _places(_faults(folder, text)) == [(4, "sample")]


def test_broken_quotes(folder: Path) -> None:
    faults = _faults(folder, 'sample\tmatrix\n"a"b\tm.tsv\ns2\tx.tsv\ns3\t"m.tsv\n')
    assert _places(faults) == [(2, "(row)"), (3, "matrix"), (4, "(row)")]


def test_the_same_fault_is_reported_once_with_its_rows(folder: Path) -> None:
    rows = "".join(f"s{i}\tgone.tsv\n" for i in range(10))
    (fault,) = _faults(folder, f"sample\tmatrix\n{rows}")
    assert fault.row == 2
    assert "also row 3, 4, 5, 6, 7 and 4 more" in fault.message


@pytest.mark.parametrize("cell", ["star", "star/", "star/*.tab", "st?r/*", "*/x.tab", "m.tsv"])
def test_a_matrix_may_be_a_folder_or_a_pattern(folder: Path, cell: str) -> None:
    (folder / "star").mkdir()
    (folder / "star" / "x.tab").write_text("RARA\t1\n")
    sheet = read_sheet(_write(folder, f"sample\tmatrix\ns1\t{cell}\n"))
    assert sheet.matrices == (cell,)
    assert resolve_matrix(sheet, cell) == folder / cell


def test_folders_and_patterns_without_a_file(folder: Path) -> None:
    (folder / "empty").mkdir()
    cells = [
        "empty",
        "empty/*",
        "*.gct",
        "nowhere/*.tsv",
        "a\0*",
        "x" * 5000 + "/*",
        f"*/{'x' * 5000}",
    ]
    rows = "".join(f's{i}\t"{cell}"\n' for i, cell in enumerate(cells))
    faults = _faults(folder, f"sample\tmatrix\n{rows}")
    assert {(i + 2, "matrix") for i in range(len(cells))} <= set(_places(faults))
    said = {fault.row: fault.message for fault in faults}
    assert "is an empty folder; give a path relative to the sheet's folder" in said[2]
    assert "matches no file" in said[3]


def test_a_long_matrix_name_is_a_fault_not_a_crash(folder: Path) -> None:
    faults = _faults(folder, f'sample\tmatrix\ns1\t{"x" * 5000}\ns2\t\ns3\t"a\0b"\n')
    assert {(2, "matrix"), (3, "matrix"), (4, "matrix")} == set(_places(faults))


def test_a_pair_may_lack_its_baseline_and_repeat_a_timepoint(folder: Path) -> None:
    text = "sample\tmatrix\tpatient\ttimepoint\na\tm.tsv\tp1\texposed\nb\tm.tsv\tp1\texposed\n"
    assert read_sheet(_write(folder, text)).samples == ("a", "b")


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "a/b", "<script>alert(1)</script>", "a b", "ünï", "患者1",
     "'; DROP TABLE", "$(touch x)", "--help", ".", "a" * 300, "\u202eabc"],
)  # fmt: skip
def test_hostile_ids_are_kept_as_text(folder: Path, name: str) -> None:
    sheet = read_sheet(_write(folder, f"sample\tmatrix\n{name}\tm.tsv\n"))
    assert sheet.samples == (name,)


def test_blanks_around_an_id_are_dropped_and_said(folder: Path) -> None:
    sheet = read_sheet(_write(folder, "sample\tmatrix\n lead\tm.tsv\nplain\tm.tsv\n"))
    assert sheet.samples == ("lead", "plain")
    assert list(sheet.to_frame()["sample_as_given"]) == [" lead", ""]
    assert _places(_faults(folder, "sample\tmatrix\na\tm.tsv\na \tm.tsv\n")) == [(3, "sample")]


ids = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40)


@given(st.lists(ids.filter(lambda text: bool(text.strip())), min_size=1, max_size=8))
def test_ids_are_accepted_exactly_when_unique_as_file_names(names: list[str]) -> None:
    files = {safe_name(name.strip()).casefold() for name in names}
    if len(files) == len(names):
        assert build_sheet(names, "m.tsv").samples == tuple(name.strip() for name in names)
    else:
        with pytest.raises(SheetError):
            build_sheet(names, "m.tsv")


def _file_name(name: str) -> str:
    return safe_name(name.strip() or name).casefold()


@given(st.lists(ids, min_size=1, max_size=5, unique_by=_file_name))
def test_any_id_survives_a_csv_file(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    kept = [name for name in names if name.strip()]
    if not kept:
        return
    folder = tmp_path_factory.mktemp("sheet")
    (folder / "m.tsv").touch()
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([["sample", "matrix"], *([name, "m.tsv"] for name in kept)])
    assert read_sheet(_write(folder, text.getvalue())).samples == tuple(
        name.strip() for name in kept
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("PML::RARA", ("PML::RARA",)),
        ("PML-RARA", ("PML::RARA",)),
        ("pml/rara", ("PML::RARA",)),
        ("PML--RARA", ("PML::RARA",)),
        ("PML-RAR\u03b1", ("PML::RARA",)),
        ("PML\u2013RARA", ("PML::RARA",)),
        ("HLA-A::RARA", ("HLA-A::RARA",)),
        ("PML::RARA; RUNX1-RUNX1T1", ("PML::RARA", "RUNX1::RUNX1T1")),
        ("PML::RARA;PML-RARA;", ("PML::RARA",)),
        ("", ()),
    ],
)
def test_fusions(text: str, wanted: tuple[str, ...]) -> None:
    assert parse_fusions(text) == wanted
    assert parse_fusions(";".join(wanted)) == wanted


@pytest.mark.parametrize(
    "text",
    ["RARA", "HLA-A-RARA", "PML::", "::RARA", "A::B::C", "none", "PML RARA", "t(15;17)", "-"],
)
def test_fusions_that_cannot_be_read(text: str) -> None:
    with pytest.raises(InputError, match="PML::RARA"):
        parse_fusions(text)


def test_build_sheet() -> None:
    sheet = build_sheet(["a", "b"], Path("data") / "x.tsv.gz", disease="M3", material="cell line")
    assert sheet.path is None
    assert sheet.matrices == ("x.tsv.gz",)
    assert resolve_matrix(sheet, "x.tsv.gz") == Path("data/x.tsv.gz")
    assert {row.disease for row in sheet.rows} == {"acute promyelocytic leukemia"}
    assert {row.material for row in sheet.rows} == {"cell line"}
    assert sheet.to_frame()["disease_as_given"].tolist() == ["M3", "M3"]
    with pytest.raises(SheetError) as caught:
        build_sheet(["a", "a"], "x.tsv", disease="nonsense")
    assert [(f.row, f.column) for f in caught.value.faults] == [(1, "disease"), (2, "sample")]


def test_a_matrix_that_the_sheet_does_not_name() -> None:
    with pytest.raises(SheetError, match=r"'x\.tsv'"):
        build_sheet(["a"], "x.tsv").for_matrix("y.tsv")


def test_matrix_id_is_stable_safe_and_readable() -> None:
    # The six digits are sha256("demo/counts.tsv.gz")[:6], by hand with sha256sum.
    assert matrix_id("demo/counts.tsv.gz") == "counts-837701"
    assert matrix_id("a/counts.tsv") != matrix_id("b/counts.tsv")
    assert matrix_id("../..").startswith("matrix-")


@given(st.text(max_size=60))
def test_matrix_id_has_only_safe_characters(name: str) -> None:
    made = matrix_id(name.encode("utf-8", "ignore").decode())
    assert set(made) <= set(string.ascii_letters + string.digits + "_-")
    assert len(made) <= 47


def test_schema_matches_the_committed_copy(repository: Path) -> None:
    committed = repository / "workflow" / "schemas" / "samples.schema.json"
    fix = "run: python scripts/generate_config.py"
    assert committed.read_text(encoding="utf-8") == canonical_json(sheet_schema()), fix


def test_what_read_sheet_accepts_passes_the_schema(folder: Path, repository: Path) -> None:
    validate = pytest.importorskip("snakemake.utils", reason="needs the extra `workflow`").validate
    schema = str(repository / "workflow" / "schemas" / "samples.schema.json")
    path = _write(folder, "sample\tmatrix\ttimepoint\tage\ns1\tm.tsv\tBaseline\t5\n")
    raw = pd.read_csv(path, sep="\t", dtype=str)
    validate(raw, schema)
    assert raw["group"].tolist() == [""]
    assert raw["age"].tolist() == ["5"]
    validate(read_sheet(path).to_frame(), schema)
    with pytest.raises(Exception, match="matrix"):
        validate(pd.DataFrame({"sample": ["s1"]}), schema)


def test_schema_describes_every_column() -> None:
    properties = sheet_schema()["properties"]
    assert list(properties) == KNOWN
    assert all(entry["description"] for entry in properties.values())
    assert json.loads(canonical_json(sheet_schema())) == sheet_schema()


@pytest.mark.parametrize("cell", ["star", "star/", "star/*.tab", "s?ar/*"])
def test_a_folder_or_pattern_is_found_in_the_sheet(tmp_path: Path, cell: str) -> None:
    (tmp_path / "star").mkdir()
    (tmp_path / "star" / "x.tab").write_text("RARA\t1\n")
    (tmp_path / "m.tsv").write_text("gene\ty\nRARA\t1\n")
    sheet = tmp_path / "samples.tsv"
    sheet.write_text(f"sample\tmatrix\ny\tm.tsv\nx\t{cell}\n")
    assert read_sheet(sheet).name_of(tmp_path / cell) == cell
