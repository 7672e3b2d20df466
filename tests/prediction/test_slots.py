"""Slots: filled by a TEST table or refused with the row, scored, and reported end to end."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from atrasig.cli import main
from atrasig.curation.slots import find_slot, load_slots
from atrasig.errors import ModelError, SignatureError
from atrasig.genes import load_gene_table
from atrasig.prediction import predict, predict_with_drivers
from atrasig.signatures import SignatureSet, load_library
from tests.curation.making import drawn_rows, write_xlsx
from tests.prediction.making import make_expr, make_signature, only

GASTRIC, BREAST = "guarrera2023-gastric42", "bolis2017-atra21"
Rows = list[list[str]]


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "library"
    monkeypatch.setenv("ATRASIG_SIGNATURES", str(folder))
    return folder


@pytest.fixture
def fill(library: Path, tmp_path: Path) -> Callable[..., Result]:
    def import_rows(rows: Rows, slot: str = GASTRIC) -> Result:
        path = tmp_path / "TEST_table_of_random_genes.tsv"
        path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
        return CliRunner().invoke(main, ["signatures", "import", "--as", slot, str(path)])

    return import_rows


# --- filling ---


def test_slots_are_data_with_the_published_facts() -> None:
    assert set(load_slots()) == {GASTRIC, BREAST}
    gastric, breast = find_slot(GASTRIC), find_slot(BREAST)
    assert (gastric.n_genes, breast.n_genes) == (42, 21)
    assert gastric.published.doi == "10.1186/s13046-023-02869-w"
    reported = " ".join(gastric.reported)
    assert "27 gastric-cancer cell lines" in reported
    assert "45 %" in reported
    assert gastric.context.diseases == ("gastric_cancer",)
    assert breast.context.diseases == ("breast_cancer",)
    with pytest.raises(SignatureError, match="Slots: bolis2017-atra21, guarrera2023-gastric42"):
        find_slot("none")


def test_a_table_of_the_published_size_fills_the_slot(fill: Callable[..., Result]) -> None:
    rows = drawn_rows(42)
    done = fill(rows)
    assert done.exit_code == 0, done.output
    made = load_library()[GASTRIC]
    assert [(g, d) for g, d, _ in made.rows] == sorted((g, d) for g, d in rows[1:])
    assert (made.kind, made.context.diseases) == ("sensitivity", ("gastric cancer",))
    assert made.source.doi == "10.1186/s13046-023-02869-w"
    assert made.derivation == "brought by the user: TEST_table_of_random_genes.tsv"
    assert any("45 %" in text for text in made.limits)
    assert fill(drawn_rows(21), BREAST).exit_code == 0
    assert load_library().ids == (BREAST, GASTRIC)


def test_weights_are_kept_and_previous_symbols_mapped(fill: Callable[..., Result]) -> None:
    rows = [[gene, {"up": "0.5", "down": "-0.25"}[d]] for gene, d in drawn_rows(41)[1:]]
    done = fill([["Gene symbol", "Coefficient"], *rows, ["GPR56", "1.5"]])
    assert done.exit_code == 0, done.output
    assert "row 43, GPR56 is ADGRG1" in done.output
    made = load_library()[GASTRIC]
    weights = {gene.gene: gene.weight for gene in made.genes}
    assert weights["ADGRG1"] == 1.5
    assert set(weights.values()) == {0.5, -0.25, 1.5}


def test_a_worksheet_fills_the_slot(library: Path, tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "TEST.xlsx", {"S1": [["Table S1"], *drawn_rows(42)]})
    done = CliRunner().invoke(main, ["signatures", "import", "--as", GASTRIC, str(path)])
    assert done.exit_code == 0, done.output
    assert load_library()[GASTRIC].n_genes == 42


def _replaced(rows: Rows, place: int, row: list[str]) -> Rows:
    return [*rows[:place], row, *rows[place + 1 :]]


def _faulty() -> dict[str, tuple[Rows, str]]:
    rows = drawn_rows(42)
    adgrg1 = _replaced(_replaced(rows, 4, ["GPR56", "up"]), 9, ["ADGRG1", "up"])
    return {
        "41 rows": (rows[:-1], "the table has 41 rows of genes, 42 are needed"),
        "43 rows": (drawn_rows(43), "the table has 43 rows of genes, 42 are needed"),
        "duplicate": (
            _replaced(rows, 7, rows[3]),
            f"row 8, {rows[3][0]}: {rows[3][0]} stands in row 4, {rows[3][0]} too",
        ),
        "two names": (adgrg1, "row 10, ADGRG1: ADGRG1 stands in row 5, GPR56 too"),
        "unknown": (_replaced(rows, 5, ["NOWHERE", "up"]), "row 6, NOWHERE: no known gene"),
        "several genes": (_replaced(rows, 5, ["1-Mar", "up"]), "row 6: '1-Mar' is what a spread"),
        "no direction": (_replaced(rows, 5, [rows[5][0], ""]), f"row 6, {rows[5][0]}: it has no"),
        "no directions": ([row[:1] for row in rows], f"row 2, {rows[1][0]}: it has no direction"),
    }


@pytest.mark.parametrize("case", _faulty())
def test_a_table_that_does_not_fit_is_refused_with_the_row(
    case: str, fill: Callable[..., Result], library: Path
) -> None:
    rows, expected = _faulty()[case]
    done = fill(rows)
    assert done.exit_code == 2
    assert expected in done.output
    assert not library.exists()


def test_all_faults_of_a_table_come_at_once(fill: Callable[..., Result]) -> None:
    rows = _replaced(_replaced(drawn_rows(41), 5, ["NOWHERE", "up"]), 7, ["RARB", ""])
    output = fill(rows).output
    for part in ("row 6, NOWHERE", "row 8, RARB: it has no direction", "41 rows of genes"):
        assert part in output


# --- calls ---

UPHILL = [10.0 * (place + 1) for place in range(42)]


def test_an_empty_slot_says_how_to_fill_it_in_one_sentence(library: Path) -> None:
    expr = make_expr([UPHILL])
    for disease, slot, model in (
        ("gastric cancer", GASTRIC, "gastric_guarrera2023"),
        ("TNBC", BREAST, "breast_bolis2017"),
    ):
        row = only(predict(expr, disease=disease), model=model)
        assert row["call"] == "no call"
        assert row["reason"].endswith(f"add it with `atrasig signatures import --as {slot} TABLE`")
        assert row["n_genes"] == 0
        assert row["primary"] == (model == "gastric_guarrera2023")  # in TNBC a rule stands before
    exposed = make_expr([UPHILL], {"timepoint": ["exposed"]})
    row = only(predict(exposed, disease="gastric cancer"), primary=True)
    assert row["reason"].startswith("the sample was taken after exposure")
    assert f"atrasig signatures import --as {GASTRIC} TABLE" in row["reason"]


def _filling(weights: dict[str, float] | None = None) -> SignatureSet:
    genes = [f"G{place:04d}" for place in range(42)]
    return SignatureSet([make_signature(GASTRIC, genes[21:], genes[:21], weights)])


def test_a_filled_slot_scores_and_makes_no_call(library: Path) -> None:
    expr = make_expr([UPHILL, UPHILL[::-1]])
    expr.uns["atrasig"] = {"platform": "microarray"}
    expr.obs["qc_coding_measured"] = 20_000
    found = predict_with_drivers(expr, disease="gastric cancer", signatures=_filling())
    rows = found.calls[found.calls["model"] == "gastric_guarrera2023"].set_index("sample")
    # By hand: ranks 1/42 to 42/42 less 0.5, the upper half counted up and the lower down.
    ranks = np.arange(1, 43) / 42 - 0.5
    expected = (ranks[21:].sum() - ranks[:21].sum()) / 42
    assert rows.loc["s0", "score"] == pytest.approx(expected)
    assert rows.loc["s1", "score"] == pytest.approx(-expected)
    assert set(rows["call"]) == {"no call"}
    assert rows["threshold_high"].isna().all()
    parts = found.drivers[found.drivers["sample"] == "s0"]
    assert parts["contribution"].sum() == pytest.approx(expected)
    assert len(parts) == 42


def test_weights_change_the_hash_of_a_filled_slot_and_not_its_score(library: Path) -> None:
    expr = make_expr([UPHILL])
    weights = {f"G{place:04d}": (1.0 + place if place >= 21 else -1.0) for place in range(42)}
    plain, weighted = (
        only(predict(expr, disease="gastric cancer", signatures=sets), primary=True)
        for sets in (_filling(), _filling(weights))
    )
    assert plain["score"] == weighted["score"]
    assert plain["model_hash"] != weighted["model_hash"]
    assert plain["model_hash"] != only(predict(expr, disease="STAD"), primary=True)["model_hash"]


def test_a_list_of_another_size_under_the_name_of_a_slot_is_refused() -> None:
    wrong = SignatureSet([make_signature(GASTRIC, ["G0001", "G0002"])])
    with pytest.raises(ModelError, match="has 2 genes and the published list of this name has 42"):
        predict(make_expr([UPHILL]), disease="gastric cancer", signatures=wrong)


# --- end to end ---


@pytest.fixture(params=["demo", "GSE26901"])
def matrix(request: pytest.FixtureRequest, tmp_path: Path, repository: Path) -> Path:
    """Three samples: of the simulated demo, and gastric cancers on an array."""
    path = tmp_path / "matrix.tsv"
    if request.param == "demo":
        frame = pd.read_csv(repository / "config/demo/counts.tsv.gz", sep="\t", index_col=0)
        frame.iloc[:, :3].to_csv(path, sep="\t")
    else:
        shared: Path = request.getfixturevalue("shared")
        frame = pd.read_parquet(shared / "data" / "gastric" / "GSE26901_expression.parquet")
        frame.iloc[:, :3].to_csv(path, sep="\t")
    return path


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def _run(matrix: Path, out: Path) -> None:
    words = ["run", str(matrix), "--disease", "gastric cancer", "--out", str(out)]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output


def test_a_filled_slot_stands_in_scores_calls_and_pages(
    fill: Callable[..., Result], matrix: Path, tmp_path: Path
) -> None:
    _run(matrix, tmp_path / "before")
    page = next((tmp_path / "before" / "samples").glob("*.html")).read_text(encoding="utf-8")
    assert page.count(f"atrasig signatures import --as {GASTRIC} TABLE") >= 1
    assert GASTRIC not in {row["signature"] for row in _table(tmp_path / "before" / "scores.tsv")}

    measured = set(pd.read_csv(matrix, sep="\t", usecols=[0]).iloc[:, 0].astype(str))
    known = load_gene_table().resolve(sorted(measured)).symbols
    coding = sorted(set(known) & load_gene_table().coding)
    chosen = np.random.default_rng(1).choice(coding, 42, replace=False)
    rows = [[gene, "up" if place % 3 else "down"] for place, gene in enumerate(chosen)]
    assert fill([["gene", "direction"], *rows]).exit_code == 0

    out = tmp_path / "after"
    _run(matrix, out)
    scores = [row for row in _table(out / "scores.tsv") if row["signature"] == GASTRIC]
    assert {row["n_genes"] for row in scores} == {"42"}
    assert len({row["sample"] for row in scores}) == 3
    assert all(np.isfinite(float(row["score"])) for row in scores)
    calls = [row for row in _table(out / "calls.tsv") if row["model"] == "gastric_guarrera2023"]
    assert len(calls) == 3
    for row in calls:
        assert (row["call"], row["primary"]) == ("no call", "True")
        assert np.isfinite(float(row["score"]))
        assert f"score {float(row['score']):+.3f} by the 42 genes of {GASTRIC}" in row["reason"]
        assert "no reference or threshold is frozen" in row["reason"]
    for file in (out / "samples").glob("*.json"):
        record = json.loads(file.read_text(encoding="utf-8"))
        assert GASTRIC in {card["id"] for card in record["signatures"]}
        assert GASTRIC in {row["signature"] for row in record["enrichment"]["sample"]}
        page = file.with_suffix(".html").read_text(encoding="utf-8")
        assert "no reference or threshold is frozen" in page
        assert GASTRIC in page
        assert "is missing, because its genes" not in page
