"""Final tables are the same in blocks as whole; pages are those that a run was told to make."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from atrasig.errors import OutputError, UsageError
from atrasig.failures import Failure
from atrasig.files import write_parquet
from atrasig.pipeline.by_sample import Block
from atrasig.pipeline.collect import MAX_PAIRS, Collected, collect
from atrasig.pipeline.pages import pages_folder, unpack_pages
from atrasig.pipeline.report import report
from atrasig.report import read_manifest, write_manifest
from atrasig.report.failure import write_failure
from atrasig.report.index import is_flagged, page_of

BLOCKS = ("scores", "calls", "enrichment", "hypotheses", "hypothesis_summaries")
CUTS = (0, 9, 18, 23)

Collect = Callable[..., Collected]


@pytest.fixture(scope="module")
def blocks(demo_work: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """The tables of the demo cut into three blocks of samples."""
    folder = tmp_path_factory.mktemp("blocks")
    rows = read_manifest(demo_work / "pages.tsv")
    cut: dict[str, list[Path]] = {name: [] for name in (*BLOCKS, "pages")}
    for place, (start, end) in enumerate(pairwise(CUTS)):
        names = [row.sample for row in rows[start:end]]
        for stem in BLOCKS:
            whole = pd.read_parquet(demo_work / f"{stem}.parquet")
            cut[stem].append(folder / f"{stem}.{place}.parquet")
            own = whole[whole["sample"].isin(names)].reset_index(drop=True)
            write_parquet(cut[stem][-1], own)
        cut["pages"].append(folder / f"pages.{place}.tsv")
        write_manifest(rows[start:end], cut["pages"][-1])
    return cut


@pytest.fixture
def collected(demo_run: Path, demo_work: Path, blocks: dict[str, list[Path]]) -> Collect:
    """Collect the demo from its blocks, with some of the tables changed."""

    def made(results: Path, **changed: Any) -> Collected:
        results.mkdir(exist_ok=True)
        if not (results / "samples").exists():
            (results / "samples").symlink_to(demo_run / "samples")
        stems = ("contrasts", "pairs", "pair_tests")
        of_matrix = {stem: [demo_work / f"{stem}.parquet"] for stem in stems}
        given: dict[str, Any] = {
            "exprs": [demo_work / "expr.h5ad"],
            **blocks,
            **of_matrix,
            "contrast_genes": [demo_work / "contrasts.genes.parquet"],
            "contrast_lists": [demo_work / "contrasts.lists.parquet"],
            "parameters": {},
            **changed,
        }
        return collect(results, **given)

    return made


def test_blocks_give_the_bytes_of_the_whole(
    collected: Collect, demo_run: Path, tmp_path: Path
) -> None:
    found = collected(tmp_path)
    assert found == (23, 0, 0)
    assert str(found) == "23 samples reported"
    tables = sorted(path.name for path in demo_run.glob("*.tsv"))
    assert len(tables) == 11
    for name in tables:
        assert (tmp_path / name).read_bytes() == (demo_run / name).read_bytes(), name
    for name in ("scores.parquet", "differential.parquet"):
        pd.testing.assert_frame_equal(*(pd.read_parquet(f / name) for f in (tmp_path, demo_run)))
    for name in ("atrasig_mqc.json",):
        assert (tmp_path / name).read_bytes() == (demo_run / name).read_bytes(), name
    ours, theirs = (json.loads((f / "provenance.json").read_text()) for f in (tmp_path, demo_run))
    assert ours["models"] == theirs["models"]
    assert ours["quality"] == theirs["quality"]


def test_tables_of_other_blocks_are_refused(
    collected: Collect, blocks: dict[str, list[Path]], demo_work: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="give flags to 0 samples, and 23 have a result"):
        collected(tmp_path, calls=[demo_work / "calls.parquet"])
    first, second, last = blocks["calls"]
    with pytest.raises(UsageError, match="give flags to 5 samples, and 23 have a result"):
        collected(tmp_path, calls=[second, first, last])
    assert not (tmp_path / "qc.tsv").exists()


def test_scores_of_a_sample_in_no_matrix_are_refused(
    collected: Collect, blocks: dict[str, list[Path]], tmp_path: Path
) -> None:
    strange = tmp_path / "strange.parquet"
    write_parquet(strange, pd.read_parquet(blocks["scores"][0]).replace("APL-1", "elsewhere"))
    with pytest.raises(UsageError, match="'elsewhere', which is in no matrix"):
        collected(tmp_path, scores=[strange, *blocks["scores"][1:]])


def test_pairs_beyond_those_a_page_lists_are_in_the_table(
    collected: Collect, demo_work: Path, tmp_path: Path
) -> None:
    pairs = pd.read_parquet(demo_work / "pairs.parquet")
    copies = -(-(MAX_PAIRS + 1) // len(pairs))
    write_parquet(tmp_path / "many.parquet", pd.concat([pairs] * copies))
    collected(tmp_path / "results", pairs=[tmp_path / "many.parquet"])
    page = (tmp_path / "results" / "index.html").read_text(encoding="utf-8")
    n_pairs = len(pairs) * copies
    assert f'>{MAX_PAIRS:,}</data> of <data value="{n_pairs}">{n_pairs:,}</data> pairs' in page
    assert len(pd.read_csv(tmp_path / "results" / "pairs.tsv", sep="\t")) == n_pairs


def _report(demo_work: Path, out: Path, pages: str, **changed: Any) -> Any:
    stems = ("scores", "drivers", "enrichment", "contrasts", "pairs", "hypotheses")
    given: dict[str, Any] = {stem: demo_work / f"{stem}.parquet" for stem in stems}
    given |= {"hypothesis_summaries": demo_work / "hypothesis_summaries.parquet"}
    given |= {"calls": [demo_work / "calls.parquet"], "block": Block(0, 8)} | changed
    given |= {"out": out, "manifest": out / "pages.tsv", "parameters": {}, "pages": pages}
    return report(demo_work / "expr.h5ad", **given)


def test_without_pages_the_rows_of_the_index_stay_the_same(demo_work: Path, tmp_path: Path) -> None:
    """Pages of an earlier run go, those of other samples stay."""
    (tmp_path / "samples").mkdir()
    for name in ("APL-1.html", "APL-1.json", "APL-1.pdf", "other.html"):
        (tmp_path / "samples" / name).touch()
    found = _report(demo_work, tmp_path, "none")
    assert found == (8, 8, [])
    expected = read_manifest(demo_work / "pages.tsv")[:8]
    assert read_manifest(tmp_path / "pages.tsv") == [
        row.model_copy(update={"page": ""}) for row in expected
    ]
    assert [path.name for path in (tmp_path / "samples").iterdir()] == ["other.html"]


def test_flagged_samples_get_the_pages_they_would_have_had(
    demo_run: Path, demo_work: Path, tmp_path: Path
) -> None:
    found = _report(demo_work, tmp_path, "flagged")
    rows = read_manifest(tmp_path / "pages.tsv")
    flagged = {row.sample for row in read_manifest(demo_work / "pages.tsv")[:8] if is_flagged(row)}
    assert {row.sample for row in rows if row.page} == flagged
    assert (found.n_rows, found.n_without_page) == (8, 8 - len(flagged))
    assert 0 < len(flagged) < 8
    pages = {path.name: path for path in (tmp_path / "samples").iterdir()}
    assert set(pages) == {f"{name}{ending}" for name in flagged for ending in (".html", ".json")}
    ours, theirs = (
        json.loads((f / "samples" / "APL-1.json").read_text()) for f in (tmp_path, demo_run)
    )
    for record in (ours, theirs):
        del record["provenance"]
    assert ours == theirs


def test_an_archive_without_pages_gives_an_empty_folder(tmp_path: Path) -> None:
    """The workflow promises the folder where results lie in storage."""
    with pages_folder(tmp_path / "pages.zip"):
        pass
    unpack_pages([tmp_path / "pages.zip"], tmp_path / "results")
    assert list((tmp_path / "results" / "samples").iterdir()) == []


def test_samples_without_a_page_are_no_failures(
    collected: Collect, blocks: dict[str, list[Path]], tmp_path: Path
) -> None:
    """One sample has the record of a failure, one a page that is absent, the others no page."""
    results = tmp_path / "results"
    (results / "samples").mkdir(parents=True)
    failure = Failure("AML-3", "report", "it was bad", "Mend it.")
    write_failure(failure, "counts.tsv.gz", results)
    pages = []
    for path in blocks["pages"]:
        rows = [row for row in read_manifest(path) if row.sample != "AML-3"]
        pages.append(tmp_path / path.name)
        write_manifest([row.model_copy(update={"page": ""}) for row in rows], pages[-1])
    found = collected(results, pages=pages)
    assert found == (22, 22, 1)
    said = "22 samples reported, 22 of them without a page (report.pages), 1 set aside"
    assert str(found) == said
    table = pd.read_csv(results / "failures.tsv", sep="\t")
    assert list(table["sample"]) == ["AML-3"]
    qc = pd.read_csv(results / "qc.tsv", sep="\t", keep_default_na=False)
    assert list(qc["sample"].unique()[:2]) == ["AML-3", "APL-1"]
    assert set(qc.loc[qc["sample"] == "AML-3", "flag"]) == {"failed"}
    facts = json.loads((results / "provenance.json").read_text())
    assert facts["samples"] == {"n_reported": 22, "n_without_page": 22, "n_failed": 1}
    page = (results / "index.html").read_text(encoding="utf-8")
    assert page.count(f'href="{page_of("AML-3")}"') == 1
    assert page.count('href="samples/') == 1
    assert "samples have no page" in page

    rows = read_manifest(pages[0])
    write_manifest([rows[0].model_copy(update={"page": "samples/absent.html"})], pages[0])
    with pytest.raises(OutputError, match="1 of 1 pages are not there"):
        collected(results, pages=pages)
