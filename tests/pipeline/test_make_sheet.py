"""A sheet from a matrix's own metadata: every row can be read again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from atrasig.cli import main
from atrasig.errors import InputError, OutputError, SheetError
from atrasig.pipeline.make_sheet import make_sheet
from atrasig.sheet import read_sheet, resolve_matrix


def _gct(path: Path, samples: Sequence[str], metadata: dict[str, Sequence[str]]) -> Path:
    lines = ["#1.3", f"1\t{len(samples)}\t1\t{len(metadata)}", "\t".join(["id", "d", *samples])]
    lines += ["\t".join([name, "na", *texts]) for name, texts in metadata.items()]
    lines += ["\t".join(["RARA", "x", *("1" for _ in samples)])]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_metadata_go_where_they_belong(tmp_path: Path) -> None:
    metadata = {
        "Tissue": ["marrow of bone", "bone marrow"],
        "disease": ["AML", ""],
        "Timepoint": ["Baseline", "exposed"],
        "qc_depth": ["1", "2"],
        "sample": ["x", "y"],
        "dose uM": ["0", "1"],
        "group": ["a", "b"],
    }
    (tmp_path / "in").mkdir()
    matrix = _gct(tmp_path / "in" / "m.gct", ["s1", "s2"], metadata)
    out = tmp_path / "out" / "samples.tsv"
    made = make_sheet(matrix, out)
    sheet = read_sheet(out)
    assert sheet.samples == ("s1", "s2")
    assert sheet.matrices == ("../in/m.gct",)
    assert resolve_matrix(sheet, sheet.matrices[0]).samefile(matrix)
    assert [row.disease for row in sheet.rows] == ["acute myeloid leukemia", ""]
    assert [row.timepoint for row in sheet.rows] == ["baseline", "exposed"]
    assert [row.group for row in sheet.rows] == ["a", "b"]
    extra = sheet.rows[1].model_extra or {}
    assert {n: extra[n] for n in ("matrix_Tissue", "matrix_qc_depth", "matrix_sample")} == {
        "matrix_Tissue": "bone marrow",
        "matrix_qc_depth": "2",
        "matrix_sample": "y",
    }
    assert extra["dose uM"] == "1"
    assert made.renamed["matrix_Tissue"] == "Tissue"
    assert made.n_samples == 2


def test_what_the_user_says_comes_first(tmp_path: Path) -> None:
    matrix = _gct(tmp_path / "m.gct", ["s1"], {"disease": ["healthy"], "tissue": ["breast"]})
    out = tmp_path / "samples.tsv"
    make_sheet(matrix, out, disease="AML", tissue="bone marrow")
    row = read_sheet(out).rows[0]
    assert (row.disease, row.tissue) == ("acute myeloid leukemia", "bone marrow")
    assert (row.model_extra or {})["matrix_disease"] == "healthy"
    with pytest.raises(InputError, match="no such disease"):
        make_sheet(matrix, out, disease="no such disease", force=True)


def test_classes_become_groups(tmp_path: Path) -> None:
    matrix = _gct(tmp_path / "m.gct", ["s1", "s2"], {"group": ["a", "b"]})
    (tmp_path / "m.cls").write_text("2 2 1\n# ALL AML\nALL AML\n")
    out = tmp_path / "samples.tsv"
    make_sheet(matrix, out, cls=tmp_path / "m.cls")
    assert [row.group for row in read_sheet(out).rows] == ["ALL", "AML"]
    (tmp_path / "n.cls").write_text("#numeric\n#dose\n0 1.5\n#batch\n1 2\n")
    make_sheet(matrix, out, cls=tmp_path / "n.cls", force=True)
    header = out.read_text().splitlines()[0].split("\t")
    assert header == ["sample", "matrix", "dose", "matrix_batch", "group"]
    (tmp_path / "w.cls").write_text("3 1 1\n# A\nA A A\n")
    with pytest.raises(InputError, match="class file has 3 samples, the matrix 2"):
        make_sheet(matrix, out, cls=tmp_path / "w.cls", force=True)


def test_an_existing_sheet_is_kept(tmp_path: Path) -> None:
    matrix = _gct(tmp_path / "m.gct", ["s1"], {})
    out = tmp_path / "samples.tsv"
    out.write_text("mine")
    with pytest.raises(OutputError, match=r"There is a sheet already.*--force"):
        make_sheet(matrix, out)
    assert out.read_text() == "mine"
    make_sheet(matrix, out, force=True)
    assert read_sheet(out).samples == ("s1",)


HOSTILE = ["=cmd|' /C calc'!A0", "#s2", "a,b", 'say "hi"', "s 5", "../../etc", "<b>x</b>", "\u2603"]


def test_hostile_texts_stay_as_they_are(tmp_path: Path) -> None:
    matrix = _gct(tmp_path / "m.gct", HOSTILE, {"note": HOSTILE[::-1], "\u200bodd": HOSTILE})
    out = tmp_path / "samples.tsv"
    made = make_sheet(matrix, out)
    sheet = read_sheet(out)
    assert list(sheet.samples) == HOSTILE
    assert [(row.model_extra or {})["note"] for row in sheet.rows] == HOSTILE[::-1]
    assert made.formulas == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.gct", "samples.tsv"]


def test_a_matrix_that_no_sheet_can_describe(tmp_path: Path) -> None:
    matrix = _gct(tmp_path / "m.gct", ["s1", "S1"], {})
    with pytest.raises(SheetError, match=r"cannot be described.*samples\.tsv[\s\S]*file name"):
        make_sheet(matrix, tmp_path / "samples.tsv")
    assert not (tmp_path / "samples.tsv").exists()


def test_control_characters_of_metadata(tmp_path: Path) -> None:
    import anndata
    import numpy as np
    import pandas as pd

    obs = pd.DataFrame({"note": ["a\tb\nc", "x"]}, index=["s1", "s2"])
    var = pd.DataFrame(index=["RARA", "PML"])
    anndata.AnnData(np.ones((2, 2)), obs=obs, var=var).write_h5ad(tmp_path / "m.h5ad")
    made = make_sheet(tmp_path / "m.h5ad", tmp_path / "samples.tsv")
    rows = read_sheet(tmp_path / "samples.tsv").rows
    assert [(row.model_extra or {})["note"] for row in rows] == ["a b c", "x"]
    assert made.cleaned == 1


def test_command(tmp_path: Path) -> None:
    matrix = _gct(tmp_path / "m.gct", ["=1+1"], {"Sample": ["x"]})
    out = tmp_path / "samples.tsv"
    command = ["sheet", str(matrix), "--disease", "AML", "--out", str(out)]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    assert "1 samples; columns: sample, matrix, disease, matrix_Sample" in done.output
    assert "begin like a formula" in done.output
    again = CliRunner().invoke(main, command)
    assert again.exit_code == 2
    assert "--force" in again.output
    assert CliRunner().invoke(main, [*command, "--force"]).exit_code == 0


def test_real_data_set(shared: Path, tmp_path: Path) -> None:
    out = tmp_path / "samples.tsv"
    matrix = shared / "data/formats/GDS507.soft.gz"
    made = make_sheet(matrix, out, disease="KIRC", tissue="kidney")
    sheet = read_sheet(out)
    assert made.n_samples == len(sheet.rows) == 17
    assert resolve_matrix(sheet, sheet.matrices[0]).samefile(matrix)
    states = [(row.model_extra or {})["disease state"] for row in sheet.rows]
    assert (states.count("RCC"), states.count("normal")) == (9, 8)
    assert {row.disease for row in sheet.rows} == {"kidney renal clear cell carcinoma"}


def test_real_classes(shared: Path, tmp_path: Path) -> None:
    folder = shared / "data/parity/gseapy"
    out = tmp_path / "samples.tsv"
    make_sheet(folder / "Leukemia_hgu95av2.gct.gz", out, cls=folder / "Leukemia.cls")
    rows = read_sheet(out).rows
    assert all(row.sample.startswith(row.group) for row in rows)
    assert [row.group for row in rows] == ["ALL"] * 24 + ["AML"] * 24


def test_series_matrix(tmp_path: Path) -> None:
    lines = [
        '!Series_geo_accession\t"GSE1"',
        '!Sample_title\t"one"\t"two"',
        '!Sample_geo_accession\t"GSM1"\t"GSM2"',
        '!Sample_source_name_ch1\t"blood"\t"blood"',
        '!Sample_characteristics_ch1\t"tissue: bone marrow"\t"tissue: bone marrow"',
        '!Sample_characteristics_ch1\t"disease: my own word"\t"disease: AML"',
        '!Sample_characteristics_ch1\t"age: 50"\t"batch: 2"',
        "!series_matrix_table_begin",
        '"ID_REF"\t"GSM1"\t"GSM2"',
        '"RARA"\t1\t2',
        "!series_matrix_table_end",
    ]
    (tmp_path / "m.txt").write_text("\n".join(lines) + "\n")
    make_sheet(tmp_path / "m.txt", tmp_path / "samples.tsv")
    first, second = read_sheet(tmp_path / "samples.tsv").rows
    assert (first.tissue, first.disease, second.batch) == ("bone marrow", "", "2")
    assert first.model_extra == {
        "title": "one",
        "geo_accession": "GSM1",
        "source_name": "blood",
        "matrix_disease": "my own word",
        "age": "50",
    }
