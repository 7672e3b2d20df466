"""The functions that the rules ask, without Snakemake."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrasig.errors import ConfigError, SheetError
from atrasig.files import data_path
from atrasig.sheet import matrix_id
from atrasig.workflow_helpers import (
    RunPlan,
    block_patterns,
    call_summary,
    collect_options,
    matrix_memory_mb,
    memory_mb,
    prefer_own_commands,
    repeat,
    runtime_minutes,
    tree_hash,
)

NO_WILDCARDS = SimpleNamespace()


@pytest.fixture
def cohort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two matrices, five and one samples, in which a run is started."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sheets").mkdir()
    groups = {"A": "a $(x)", "B": "a $(x)", "C": "b", "D": "b"}
    lines = ["sample\tmatrix\tgroup"]
    for matrix, samples in {"one.tsv": "ABCDE", "two $.tsv": "F"}.items():
        (tmp_path / "sheets" / matrix).write_text("gene\nRARA\n", encoding="utf-8")
        lines += [f"{sample}\t{matrix}\t{groups.get(sample, '')}" for sample in samples]
    (tmp_path / "sheets" / "s.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "own.gmt").write_text("own\t\tRARA\tRARB\n", encoding="utf-8")
    return tmp_path


def _plan(**values: object) -> RunPlan:
    return RunPlan.from_config({"samples": "sheets/s.tsv", "results": "out", **values})


def _of(matrix: str) -> SimpleNamespace:
    return SimpleNamespace(matrix=matrix_id(matrix))


@pytest.mark.usefixtures("cohort")
class TestPlan:
    def test_matrices_keep_the_order_and_names_of_the_sheet(self) -> None:
        plan = _plan()
        assert list(plan.matrices.values()) == ["one.tsv", "two $.tsv"]
        assert plan.matrix_name(_of("two $.tsv")) == "two $.tsv"
        assert Path(plan.matrix_path(_of("two $.tsv"))) == Path("sheets/two $.tsv")
        assert plan.matrix_files(_of("two $.tsv")) == [str(Path("sheets/two $.tsv"))]

    def test_pattern_matches_the_ids_and_nothing_else(self) -> None:
        plan = _plan()
        assert all(re.fullmatch(plan.matrix_pattern, name) for name in plan.matrices)
        assert not re.fullmatch(plan.matrix_pattern, "one")

    @pytest.mark.parametrize(("size", "blocks"), [(1, 5), (2, 3), (5, 1), (6, 1), (200, 1)])
    def test_blocks_cover_the_samples_of_their_matrix(self, size: int, blocks: int) -> None:
        plan = _plan(block_size=size)
        assert list(plan.blocks(matrix_id("one.tsv"))) == list(range(blocks))
        assert list(plan.blocks(matrix_id("two $.tsv"))) == [0]

    def test_files_come_in_the_order_of_the_sheet(self) -> None:
        plan = _plan(block_size=3)
        one, two = plan.matrices
        assert plan.per_matrix("expr.h5ad") == [
            f"out/work/{one}/expr.h5ad",
            f"out/work/{two}/expr.h5ad",
        ]
        assert plan.per_block("pages", suffix="tsv") == [
            f"out/work/{one}/pages.0.tsv",
            f"out/work/{one}/pages.1.tsv",
            f"out/work/{two}/pages.0.tsv",
        ]

    def test_options_say_what_the_configuration_says(self) -> None:
        plan = _plan(
            signatures=["own.gmt"],
            score={"methods": ["ssgsea"], "universe": "all"},
            predict={"disease": "AML"},
            enrich={"contrasts": ["a $(x) vs b"], "permutations": 7, "min_size": 2, "max_size": 9},
            seed=3,
        )
        own = ["--universe", "all", "--signatures", "own.gmt"]
        assert plan.score_options(NO_WILDCARDS) == ["--method", "ssgsea", *own]
        assert plan.sample_enrich_options(NO_WILDCARDS) == own
        assert plan.harmonise_options(NO_WILDCARDS) == ["--scale", "auto", "--disease", "AML"]
        assert plan.predict_options(NO_WILDCARDS) == ["--signatures", "own.gmt"]
        numbers = ["--permutations", "7", "--seed", "3", "--min-size", "2", "--max-size", "9"]
        numbers = ["--differential", "linear", "--covariate", "batch", *numbers]
        named = ["--contrast", "a $(x) vs b", "--only-named"]
        assert plan.contrast_options(_of("one.tsv")) == [*named, *numbers, *own]
        assert plan.contrast_options(_of("two $.tsv")) == ["--only-named", *numbers, *own]

    @pytest.mark.parametrize(
        ("report", "pages"),
        [
            ({}, "all"),
            ({"at_most": 6}, "all"),
            ({"at_most": 5}, "flagged"),
            ({"pages": "none", "at_most": 5}, "none"),
            ({"pages": "flagged"}, "flagged"),
        ],
    )
    def test_a_run_of_six_samples_writes_the_pages_it_is_told(
        self, report: dict[str, object], pages: str
    ) -> None:
        plan = _plan(report=report, signatures=["own.gmt"])
        own = ["--pages", pages, "--signatures", "own.gmt"]
        assert plan.report_options(NO_WILDCARDS) == own

    def test_a_contrast_that_no_matrix_can_carry_is_a_fault(self) -> None:
        with pytest.raises(ConfigError, match=r"enrich\.contrasts: .*'a \$\(x\) vs c'.*'b'"):
            _plan(enrich={"contrasts": ["a $(x) vs c"]})

    def test_parameters_name_no_folder_and_nothing_that_changes_no_result(
        self, cohort: Path
    ) -> None:
        here = _plan(signatures=["own.gmt"])
        there = _plan(
            samples=str(cohort / "sheets/s.tsv"),
            signatures=[str(cohort / "own.gmt")],
            results="elsewhere",
            block_size=1,
        )
        assert here.parameters == there.parameters
        assert "\n" not in here.parameters
        values = json.loads(here.parameters)
        assert values["samples"] == "s.tsv"
        assert values["signatures"] == ["own.gmt"]
        assert values["enrich"]["permutations"] == 1000

    def test_data_hash_follows_the_contents_of_signatures(self, cohort: Path) -> None:
        before = _plan(signatures=["own.gmt"]).data_hash
        assert _plan().data_hash != before
        (cohort / "own.gmt").write_text("own\t\tRARA\tRARG\n", encoding="utf-8")
        assert _plan(signatures=["own.gmt"]).data_hash != before

    def test_all_faults_of_paths_are_told_at_once(self) -> None:
        with pytest.raises(ConfigError) as caught:
            _plan(results="a{b}", signatures=["x.gmt"], models=["y.yaml"])
        assert [fault.column for fault in caught.value.faults] == [
            "models",
            "results",
            "signatures",
        ]

    def test_a_folder_and_a_pattern_are_given_as_their_files(self, cohort: Path) -> None:
        folder = cohort / "sheets" / "star"
        folder.mkdir()
        for name in ("A.counts", "B.counts"):
            (folder / name).write_text("RARA\t1\n", encoding="utf-8")
        (folder / "huge.bam").write_bytes(b"BAM\1\0")
        text = "sample\tmatrix\nA\tstar\nB\tstar/B*\n"
        (cohort / "sheets/b.tsv").write_text(text, encoding="utf-8")
        plan = _plan(samples="sheets/b.tsv")
        assert plan.matrix_path(_of("star")) == "sheets/star"
        assert plan.matrix_path(_of("star/B*")) == "sheets/star/B*"
        assert plan.matrix_files(_of("star")) == ["sheets/star/A.counts", "sheets/star/B.counts"]
        assert plan.matrix_files(_of("star/B*")) == ["sheets/star/B.counts"]
        (folder / "{x}.counts").write_text("RARA\t1\n", encoding="utf-8")
        with pytest.raises(SheetError, match=r"\{x\}\.counts' may not hold"):
            plan.matrix_files(_of("star"))

    def test_files_that_do_not_fit_are_left_to_the_reader(self, cohort: Path) -> None:
        folder = cohort / "sheets" / "mixed"
        folder.mkdir()
        (folder / "A.counts").write_text("RARA\t1\n", encoding="utf-8")
        (folder / "B.txt").write_text("Geneid\tLength\tx.bam\nPML\t1\t2\n", encoding="utf-8")
        (cohort / "sheets/b.tsv").write_text("sample\tmatrix\nA\tmixed\n", encoding="utf-8")
        plan = _plan(samples="sheets/b.tsv")
        assert plan.matrix_files(_of("mixed")) == ["sheets/mixed/A.counts", "sheets/mixed/B.txt"]

    def test_a_matrix_with_braces_is_refused(self, cohort: Path) -> None:
        (cohort / "sheets/{x}.tsv").write_text("gene\n", encoding="utf-8")
        (cohort / "sheets/b.tsv").write_text("sample\tmatrix\nA\t{x}.tsv\n", encoding="utf-8")
        with pytest.raises(SheetError, match=r"'\{x\}\.tsv' may not hold"):
            _plan(samples="sheets/b.tsv")


@pytest.mark.usefixtures("cohort")
def test_a_stage_that_reads_its_block_asks_by_the_share_of_the_block() -> None:
    """Five samples lie in the matrix: two of them take two fifths of what all would take."""
    large = SimpleNamespace(size_mb=10_000)
    base = matrix_memory_mb(None, SimpleNamespace(size_mb=0), 1)
    whole = matrix_memory_mb(None, large, 1) - base
    of = _of("one.tsv")
    assert _plan(block_size=2).block_memory_mb(of, large, 1) == base + whole * 2 // 5
    assert _plan(block_size=9).block_memory_mb(of, large, 1) == base + whole
    assert _plan(block_size=9).block_memory_mb(of, large, 2) == 2 * (base + whole)


@pytest.mark.usefixtures("cohort")
def test_the_stage_that_gathers_asks_by_the_samples() -> None:
    asked = [_plan().tables_memory_mb(NO_WILDCARDS, attempt) for attempt in (1, 2)]
    assert asked[0] > matrix_memory_mb(None, SimpleNamespace(size_mb=0), 1)
    assert asked[1] == 2 * asked[0]


def test_shipped_data_are_part_of_the_hash() -> None:
    assert data_path("signatures").is_dir()
    assert data_path("genes.tsv.gz").is_file()


def test_tree_hash_depends_on_names_and_contents_only(tmp_path: Path) -> None:
    def make(folder: str, **files: str) -> Path:
        root = tmp_path / folder
        (root / "inner").mkdir(parents=True)
        for name, text in files.items():
            (root / "inner" / name).write_text(text, encoding="utf-8")
        return root

    first = make("first", a="1", b="2")
    assert tree_hash([first]) == tree_hash([make("second", b="2", a="1")])
    assert tree_hash([first]) != tree_hash([make("third", a="2", b="1")])
    assert tree_hash([first]) != tree_hash([make("fourth", a="1", c="2")])
    assert tree_hash([first / "inner/a", first]) != tree_hash([first, first / "inner/a"])


def test_collect_options_name_every_file() -> None:
    files = {"expr": ["a/expr.h5ad", "b/expr.h5ad"], "pages": "a/pages.0.tsv"}
    assert collect_options(NO_WILDCARDS, files) == [
        *("--expr", "a/expr.h5ad", "--expr", "b/expr.h5ad"),
        *("--pages", "a/pages.0.tsv"),
    ]


def test_blocks_are_named_together_so_that_a_command_stays_short() -> None:
    blocks = [f"a/calls.{block}.parquet" for block in range(5_000)]
    together = "a/calls.{0..4999}.parquet"
    assert collect_options(NO_WILDCARDS, {"calls": blocks}) == ["--calls", together]
    assert block_patterns(NO_WILDCARDS, SimpleNamespace(blocks=blocks)) == [together]


@given(st.lists(st.text()))
def test_repeat_interleaves(values: list[str]) -> None:
    options = repeat("--x", values)
    assert options[0::2] == ["--x"] * len(values)
    assert options[1::2] == values


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.integers(1, 5))
def test_larger_input_and_later_attempts_ask_for_more(a: float, b: float, attempt: int) -> None:
    small, large = (SimpleNamespace(size_mb=size) for size in sorted((a, b)))
    for ask in (memory_mb, matrix_memory_mb, runtime_minutes):
        assert 0 < ask(None, small, attempt) <= ask(None, large, attempt)
        assert ask(None, small, attempt) < ask(None, small, attempt + 1)


def test_own_commands_come_first_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.pathsep.join(["/usr/bin", "/bin"]))
    prefer_own_commands()
    prefer_own_commands()
    own = str(Path(sys.executable).parent)
    assert os.environ["PATH"].split(os.pathsep) == [own, "/usr/bin", "/bin"]


def test_summary_shows_primary_calls_only(tmp_path: Path) -> None:
    rows = [
        ("A", "sensitivity", "sensitive", "True"),
        ("A", "sensitivity", "no call", "False"),
        ("A", "response", "no call", "True"),
        ("long name", "sensitivity", "no call", "True"),
        ("long name", "response", "responding", "True"),
    ]
    lines = ["sample\tquestion\tcall\tprimary", *("\t".join(row) for row in rows)]
    (tmp_path / "calls.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert call_summary(tmp_path) == "\n".join([
        "sample     sensitivity  response",
        "A          sensitive    no call",
        "long name  no call      responding",
        "",
        f"Index page: {tmp_path / 'index.html'}",
    ])  # fmt: skip
