"""A small cohort, its undisturbed results, and the commands of the rules that made them."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy.sparse import csr_array

from tests.faults.nursery import Nursery

SAMPLES = ["APL-1", "APL-2", "AML-1", "AML-2", "P1-baseline", "P1-exposed"]
# No plain locale can write this name.
RENAMED = {"AML-2": "Ämlé 2"}
EVERY_GENE, CELLS = 3, 20
RULES = (
    "ingest", "harmonise", "score", "predict", "calls", "pairs", "enrich", "contrasts",
    "hypotheses", "report", "collect", "pseudobulk", "score_cells",
)  # fmt: skip
EVERYTHING = os.environ.get("ATRASIG_FAULTS") == "all"
"""Whether to try each fault on every rule, as `make faults` does."""
Tell = Callable[[str, str, str], None]


def some(*rules: str) -> tuple[str, ...]:
    """Rules that a fault is tried on in every run of the tests."""
    return RULES if EVERYTHING else rules


@dataclass(frozen=True)
class Rule:
    """A rule's command: arguments, the files it reads of other rules, the files it writes."""

    name: str
    arguments: list[str]
    inputs: list[str]
    outputs: list[str]


@dataclass(frozen=True)
class Place:
    """A results folder and the commands that fill it, in the order of the workflow."""

    cohort: Path
    folder: Path

    def rules(self) -> list[Rule]:
        """Commands as the rules of the workflow write them, for one matrix and one block."""
        sheet = ["--sheet", str(self.cohort / "samples.tsv")]
        block = ["--block", "0", "--block-size", "200"]

        def rule(name: str, start: list[str], inputs: str, outputs: dict[str, str]) -> Rule:
            files = [part for option, file in outputs.items() for part in (option, self.at(file))]
            return Rule(name, [*start, *files], inputs.split(), list(outputs.values()))

        expr = self.at("expr.h5ad")
        short = ["--permutations", "100", "--differential", "linear"]
        report = [
            part
            for option, file in {
                "--expr": "expr.h5ad", "--scores": "scores.parquet", "--calls": "calls.parquet",
                "--drivers": "drivers.parquet", "--enrichment": "enrichment.parquet",
                "--contrasts": "contrasts.parquet", "--pairs": "pairs.parquet",
                "--hypotheses": "hypotheses.parquet", "--hypothesis-summaries": "summaries.parquet",
            }.items()
            for part in (option, self.at(file))
        ]  # fmt: skip
        collect = [
            part
            for option, file in {
                "--contrast-genes": "genes.parquet", "--contrast-lists": "lists.parquet",
                "--pair-tests": "tests.parquet", "--pages": "pages.tsv",
            }.items()
            for part in (option, self.at(file))
        ]  # fmt: skip
        gathered = [p for p in report if p not in ("--drivers", self.at("drivers.parquet"))]
        return [
            rule(
                "ingest", ["ingest", str(self.cohort / "counts.tsv"), *sheet], "",
                {"--out": "raw.h5ad"},
            ),
            rule(
                "harmonise", ["harmonise", self.at("raw.h5ad"), *sheet], "raw.h5ad",
                {"--out": "expr.h5ad"},
            ),
            rule("score", ["score", expr, *block], "expr.h5ad", {"--out": "scores.parquet"}),
            rule(
                "predict", ["predict", expr, *block], "expr.h5ad",
                {"--out": "calls.0.parquet", "--drivers": "drivers.parquet"},
            ),
            rule(
                "calls", ["gather", self.at("calls.0.parquet")], "calls.0.parquet",
                {"--out": "calls.parquet"},
            ),
            rule(
                "pairs", ["pairs", expr], "expr.h5ad",
                {"--out": "pairs.parquet", "--tests": "tests.parquet"},
            ),
            rule("enrich", ["enrich", expr, *block], "expr.h5ad", {"--out": "enrichment.parquet"}),
            rule(
                "contrasts", ["enrich", expr, "--contrasts", *short], "expr.h5ad",
                {
                    "--out": "contrasts.parquet", "--genes-out": "genes.parquet",
                    "--lists-out": "lists.parquet",
                },
            ),
            rule(
                "hypotheses", ["hypotheses", expr, *block], "expr.h5ad",
                {"--out": "hypotheses.parquet", "--summaries": "summaries.parquet"},
            ),
            rule(
                "report", ["report", *report, *block, "--out", str(self.folder)],
                "expr.h5ad scores.parquet calls.parquet drivers.parquet enrichment.parquet "
                "contrasts.parquet pairs.parquet hypotheses.parquet summaries.parquet",
                {"--manifest": "pages.tsv"},
            ),
            rule(
                "pseudobulk", ["pseudobulk", self.cells, "--by", "sample", "--min-cells", "5"], "",
                {"--out": "sums.h5ad"},
            ),
            rule(
                "score_cells", ["score-cells", self.cells, "--by", "sample"], "",
                {"--out": "cells.parquet", "--record": "cells.json"},
            ),
            Rule(
                "collect", ["collect", str(self.folder), *gathered, *collect],
                ["scores.parquet", "lists.parquet", "tests.parquet", "pages.tsv"],
                [],
            ),
        ]  # fmt: skip

    @property
    def cells(self) -> str:
        """File of single cells."""
        return str(self.cohort / "cells.h5ad")

    def rule(self, name: str) -> Rule:
        """The rule of a name."""
        (found,) = [rule for rule in self.rules() if rule.name == name]
        return found

    def writer(self, file: str) -> Rule:
        """The rule that writes a file of the working folder."""
        (found,) = [rule for rule in self.rules() if file in rule.outputs]
        return found

    def written(self, name: str) -> list[str]:
        """Files that a rule has written, below the results folder."""
        if name == "report":
            return [*(f for f in self.contents() if f.startswith("samples/")), "work/pages.tsv"]
        if name == "collect":
            return [file for file in self.contents() if "/" not in file]
        return [f"work/{file}" for file in self.rule(name).outputs]

    def without(self, name: str) -> Place:
        """The same, once the files of a rule are removed."""
        for file in self.written(name):
            (self.folder / file).unlink()
        return self

    def at(self, file: str) -> str:
        """Path of a file of the working folder."""
        return str(self.folder / "work" / file)

    def contents(self) -> dict[str, bytes]:
        """Bytes of all files by path, temporary ones too."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }

    def copy_to(self, folder: Path) -> Place:
        """The same at another place, with all that is there."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Place(self.cohort, folder)


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """One for all tests."""
    with Nursery.open() as opened:
        yield opened


@pytest.fixture(scope="session")
def undisturbed(
    nursery: Nursery, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> Place:
    """Results of six samples of the demo that nothing happened to; made once for all workers."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    place = Place(base / "faults_cohort", base / "faults_undisturbed")
    made = base / "faults_undisturbed.made"
    with (base / "faults_undisturbed.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _write_cohort(repository / "config" / "demo", place.cohort)
            _write_cells(place)
            done = nursery.run(*(rule.arguments for rule in place.rules()))
            assert done.code == 0, done.output
            made.touch()
    return place


def _write_cohort(demo: Path, cohort: Path) -> None:
    cohort.mkdir()
    counts = pd.read_csv(demo / "counts.tsv.gz", sep="\t", index_col=0, dtype=str)[SAMPLES]
    counts.iloc[::EVERY_GENE].rename(columns=RENAMED).to_csv(cohort / "counts.tsv", sep="\t")
    sheet = pd.read_csv(demo / "samples.tsv", sep="\t", dtype=str, keep_default_na=False)
    sheet = sheet[sheet["sample"].isin(SAMPLES)].assign(matrix="counts.tsv")
    sheet.replace({"sample": RENAMED}).to_csv(cohort / "samples.tsv", sep="\t", index=False)


def _write_cells(place: Place) -> None:
    counts = pd.read_csv(place.cohort / "counts.tsv", sep="\t", index_col=0)[SAMPLES[:2]]
    rng = np.random.default_rng(1)
    drawn = rng.poisson(counts.T.to_numpy().repeat(CELLS, axis=0) / CELLS)
    owners = [name for name in counts for _ in range(CELLS)]
    obs = pd.DataFrame({"sample": owners}, index=[f"c{n}" for n in range(len(owners))])
    var = pd.DataFrame(index=counts.index.astype(str))
    AnnData(csr_array(drawn.astype(np.float32)), obs=obs, var=var).write_h5ad(place.cells)


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Tell:
    """Note which fault a test tries, on which rule and when, for the page on reliability."""

    def note(fault: str, rule: str, moment: str) -> None:
        properties = {"fault": fault, "rule": rule, "moment": moment}
        request.node.user_properties.extend(properties.items())

    return note


@pytest.fixture
def place(undisturbed: Place, tmp_path: Path) -> Place:
    """A copy of the undisturbed results to disturb."""
    return undisturbed.copy_to(tmp_path / "place")
