"""Validation file to file: what is read, what is written, and what the page shows."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from atrasig.errors import UsageError
from atrasig.harmonisation import harmonise
from atrasig.io import read_expression
from atrasig.pipeline.validate import ValidateSettings, validate_matrix

FILES = {
    "validation.tsv", "confusion.tsv", "predictions.tsv", "reliability.tsv", "validation.html",
}  # fmt: skip
FEW = {"draws": 200, "permutations": 100}


@pytest.fixture(scope="module")
def labels(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The truth of the demo with contexts, a dangerous name, and samples without a label."""
    truth = pd.read_csv(demo / "truth.tsv", sep="\t")
    truth["disease"] = "AML"
    truth["kind"] = truth["planted_truth"].replace("other AML", "<script>alert('x')</script>")
    truth.loc[truth["kind"].str.startswith("APL-like,"), "kind"] = ""
    path = tmp_path_factory.mktemp("labels") / "labels.tsv"
    truth.to_csv(path, sep="\t", index=False)
    return path


@pytest.fixture(scope="module")
def expr(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cohort of the demo, harmonised without its sheet."""
    path = tmp_path_factory.mktemp("expr") / "expr.h5ad"
    harmonise(read_expression(demo / "counts.tsv.gz")).write_h5ad(path)
    return path


@pytest.fixture(scope="module")
def settings(labels: Path) -> ValidateSettings:
    return ValidateSettings(
        sheet=labels,
        label="kind",
        positive="APL-like",
        group="response",
        model=("apl_programme",),
        **FEW,
    )


@pytest.fixture(scope="module")
def out(demo: Path, settings: ValidateSettings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("validation") / "deep"
    validate_matrix(demo / "counts.tsv.gz", folder, settings)
    return folder


def test_the_tables_agree_with_each_other(out: Path) -> None:
    assert {path.name for path in out.iterdir()} == FILES
    predictions = pd.read_csv(out / "predictions.tsv", sep="\t", keep_default_na=False)
    confusion = pd.read_csv(out / "confusion.tsv", sep="\t")
    figures = pd.read_csv(out / "validation.tsv", sep="\t")
    assert confusion["n"].sum() == len(predictions)
    named = figures.set_index(["measure", "how"])
    assert named.loc[("AUROC", "pooled"), "value"] == 1
    assert named.loc[("sensitivity", "pooled"), "value"] == 1
    assert named.loc[("specificity", "pooled"), "value"] == 1
    counts = named.loc["samples"]
    assert counts.loc["compared", "n"] == len(predictions) == 22
    assert counts.loc["label kind is empty", "reason"] == "shallow"
    assert counts.loc["in the table of labels and not in the matrix", "n"] == 1
    assert list(figures) == [
        "model", "measure", "how", "n", "n_positive", "n_negative", "value", "low", "high",
        "reason",
    ]  # fmt: skip


def test_a_harmonised_matrix_gives_the_same(
    expr: Path, out: Path, settings: ValidateSettings, tmp_path: Path
) -> None:
    validate_matrix(expr, tmp_path, settings)
    for name in ("validation.tsv", "confusion.tsv", "predictions.tsv"):
        assert (tmp_path / name).read_bytes() == (out / name).read_bytes()


def test_two_runs_write_the_same_bytes(
    expr: Path, settings: ValidateSettings, tmp_path: Path
) -> None:
    for folder in ("a", "b"):
        validate_matrix(expr, tmp_path / folder, settings)
    for name in FILES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_page_stands_alone_and_escapes_what_users_write(out: Path) -> None:
    page = (out / "validation.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert set(re.findall(r'(?:src|href)="(.)', page)) <= {"#"}
    assert "Content-Security-Policy" in page
    assert str(out) not in page
    figures = re.findall(r'<svg class="figure".*?</desc>', page, re.DOTALL)
    assert len(figures) == 3
    for drawn in re.findall(r"<figure.*?</figure>", page, re.DOTALL):
        ElementTree.fromstring(drawn)


def test_nothing_is_written_where_something_is_wrong(
    expr: Path, labels: Path, tmp_path: Path
) -> None:
    wrong = ValidateSettings(sheet=labels, label="kind", positive="nothing", **FEW)
    with pytest.raises(UsageError, match="No sample has 'nothing'"):
        validate_matrix(expr, tmp_path / "out", wrong)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_one_apl_of_tcga_is_told_from_the_19_others(shared: Path, tmp_path: Path) -> None:
    folder = shared / "data" / "aml_tcga20"
    settings = ValidateSettings(
        sheet=folder / "tcga_laml_20samples_meta.tsv", sample="sample_ID", label="FAB",
        positive="M3", disease="AML", model=("apl_programme",), **FEW,
    )  # fmt: skip
    found = validate_matrix(folder / "tcga_laml_20samples_htseq_counts.tsv.gz", tmp_path, settings)
    counts = found.confusion.set_index("call")
    assert counts.loc["sensitive", ["n_positive", "n_negative"]].tolist() == [1, 0]
    auroc = found.figures[found.figures["measure"] == "AUROC"].iloc[0]
    assert (auroc["value"], auroc["n_positive"], auroc["n_negative"]) == (1.0, 1, 19)
    assert "1 positive, 5 needed" in auroc["reason"]
