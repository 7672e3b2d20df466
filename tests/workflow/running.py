"""Run snakemake and atrasig as a user does, in a folder of their own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

BIN = Path(sys.executable).parent
TABLES = (
    "calls.tsv", "pairs.tsv", "pair_tests.tsv", "hypotheses.tsv", "hypothesis_summaries.tsv",
    "scores.tsv", "scores.parquet", "enrichment.tsv",
    "qc.tsv", "differential.parquet", "overrepresentation.tsv", "roles.tsv",
)  # fmt: skip


@dataclass(frozen=True)
class Results:
    """The results folder of a finished run."""

    folder: Path

    def table(self, name: str) -> pd.DataFrame:
        """A final table; text columns keep the texts that pandas would take for missing."""
        path = self.folder / name
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        return pd.read_csv(path, sep="\t", keep_default_na=False, na_values=["NA"])

    def primary(self, question: str) -> pd.DataFrame:
        """The rows that answer a question, by sample."""
        calls = self.table("calls.tsv")
        rows = calls[calls["primary"] & (calls["question"] == question)].set_index("sample")
        assert rows.index.is_unique
        return rows

    def calls(self, question: str) -> dict[str, str]:
        """Call by sample."""
        return self.primary(question)["call"].to_dict()

    def record(self, sample: str) -> dict[str, Any]:
        """JSON record of a sample whose id is a plain file name."""
        text = (self.folder / "samples" / f"{sample}.json").read_text(encoding="utf-8")
        record: dict[str, Any] = json.loads(text)
        return record

    def section(self, sample: str, name: str) -> str:
        """HTML of a section of a sample's page."""
        page = (self.folder / "samples" / f"{sample}.html").read_text(encoding="utf-8")
        found = re.search(rf'<section id="{name}">.*?</section>', page, flags=re.DOTALL)
        assert found, f"the page of {sample} has no section {name}"
        return found.group()

    def bytes_by_name(self) -> dict[str, bytes]:
        """Contents of everything a user reads: tables, pages, records, index, provenance."""
        files = [path for path in self.folder.iterdir() if path.is_file()]
        files += (self.folder / "samples").iterdir()
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in files}


@dataclass(frozen=True)
class Workplace:
    """A folder from which the checkout's workflow runs, with nothing written to the checkout."""

    folder: Path
    repository: Path

    @classmethod
    def make(cls, folder: Path, repository: Path) -> Workplace:
        """Link what configurations name by relative paths."""
        for name in ("config", "tests"):
            (folder / name).symlink_to(repository / name)
        return cls(folder, repository)

    def command(self, *options: str) -> list[str]:
        """The command line of snakemake, two cores."""
        snakefile = str(self.repository / "Snakefile")
        base = [sys.executable, "-m", "snakemake", "--snakefile", snakefile]
        return [*base, "--directory", str(self.folder), "--cores", "2", *options]

    def snakemake(self, *options: str, fails: bool = False) -> str:
        """Run snakemake and return what it printed."""
        done = subprocess.run(
            self.command(*options),
            cwd=self.repository,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert (done.returncode != 0) == fails, done.stdout[-6000:]
        return done.stdout

    def atrasig(self, *arguments: str) -> str:
        """Run the command and return its output."""
        done = subprocess.run(
            [str(BIN / "atrasig"), *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def results(self, folder: str) -> Results:
        """Results below the folder."""
        return Results(self.folder / folder)


def planned_jobs(output: str) -> int:
    """Number of jobs that a dry run planned."""
    total = re.search(r"^total\s+(\d+)$", output, flags=re.MULTILINE)
    return int(total.group(1)) if total else 0
