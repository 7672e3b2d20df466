"""Association file to file: what is read, what is written, and what the page shows."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from atrasig.errors import FormatError, InputError, SheetError
from atrasig.pipeline.associate import AssociateSettings, read_scores, write_association
from tests.association.cohorts import scores_of, sheet_of

N = 60
EVIL = "<script>alert('x')</script>"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of results with scores of one planted and some idle signatures."""
    folder = tmp_path_factory.mktemp("results")
    rng = np.random.default_rng(3)
    age = sheet_of(N)["age"].astype(float).to_numpy()
    values = {f"idle{place}": rng.normal(size=N) for place in range(4)}
    values["<b>aged"] = age / 10 + rng.normal(size=N)
    scores_of(values).to_parquet(folder / "scores.parquet")
    return folder


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> AssociateSettings:
    path = tmp_path_factory.mktemp("sheet") / "sheet.tsv"
    sheet = sheet_of(N).replace({"III": EVIL})
    sheet.to_csv(path, sep="\t", index=False)
    return AssociateSettings(
        sheet=path, covariates=("age", "sex", "stage"), adjust=("sex",), batch="batch",
        time="months", event="death",
    )  # fmt: skip


@pytest.fixture(scope="module")
def out(
    results: Path, settings: AssociateSettings, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("association") / "deep"
    write_association(results, folder, settings)
    return folder


def test_the_table_is_whole(out: Path) -> None:
    assert {path.name for path in out.iterdir()} == {"association.tsv", "association.html"}
    table = pd.read_csv(out / "association.tsv", sep="\t")
    assert len(table) == 5 * (1 + 1 + 1 + 3 + 1)
    aged = table[(table["signature"] == "<b>aged") & (table["covariate"] == "age")].iloc[0]
    assert aged["q"] < 0.01
    assert aged["low"] < aged["effect"] < aged["high"]


def test_two_runs_write_the_same_bytes(
    results: Path, settings: AssociateSettings, out: Path, tmp_path: Path
) -> None:
    write_association(results / "scores.parquet", tmp_path, settings)
    first, second = ((place / "association.tsv").read_bytes() for place in (out, tmp_path))
    assert first == second
    pages = [(place / "association.html").read_text("utf-8") for place in (out, tmp_path)]
    assert pages[0].replace(results.name, "scores.parquet") == pages[1]


def test_the_page_stands_alone_and_escapes_what_users_write(out: Path) -> None:
    page = (out / "association.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "<b>aged" not in page
    assert "&lt;b&gt;aged" in page
    assert set(re.findall(r'(?:src|href)="(.)', page)) <= {"#"}
    assert "Content-Security-Policy" in page
    assert str(out) not in page
    figures = re.findall(r"<figure>.*?</figure>", page, re.DOTALL)
    assert len(figures) == 5
    for figure in figures:
        drawn = ElementTree.fromstring(figure)
        effects = [node for node in drawn.iter("svg") if node.get("class") == "open"]
        assert len([node for node in effects if node.find("title") is not None]) == 5
        places = [float(node.get("x", "0%")[:-1]) for node in effects]
        assert all(0 <= place <= 100 for place in places)


def test_numbers_of_the_page_are_those_of_the_table(out: Path) -> None:
    page = (out / "association.html").read_text(encoding="utf-8")
    shown = {float(value) for value in re.findall(r'<data value="([^"]+)">', page)}
    table = pd.read_csv(out / "association.tsv", sep="\t")
    for name in ("effect", "low", "high", "p", "q"):
        for value in table[name].dropna():
            assert min(abs(value - one) for one in shown) <= 1e-8 * max(1, abs(value)), name


def test_nothing_is_written_where_something_is_wrong(results: Path, tmp_path: Path) -> None:
    path = tmp_path / "sheet.tsv"
    sheet_of(N).assign(age="same").to_csv(path, sep="\t", index=False)
    with pytest.raises(SheetError, match="'same' in every sample"):
        write_association(
            results, tmp_path / "out", AssociateSettings(sheet=path, covariates=("age",))
        )
    assert not (tmp_path / "out").exists()


def test_what_is_no_table_of_scores_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no table of scores"):
        read_scores(tmp_path)
    (tmp_path / "scores.parquet").write_text("sample\tscore\n")
    with pytest.raises(FormatError, match="Cannot read as parquet"):
        read_scores(tmp_path)
    pd.DataFrame({"sample": ["a"], "ssgsea/x": [1.0]}).to_parquet(tmp_path / "scores.parquet")
    with pytest.raises(FormatError, match="--layout tidy"):
        read_scores(tmp_path)
