"""What snakemake plans, without running it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.workflow.running import Workplace, planned_jobs

# ingest, harmonise, pairs, contrasts and calls once a matrix; score, predict, enrich, hypotheses
# and report once a block
DEMO_JOBS = 2 * 5 + 2 * 5 + len(["collect", "failures", "all"])


def test_the_root_plans_jobs(workplace: Workplace) -> None:
    """A root Snakefile with only an include plans nothing and exits 0."""
    assert planned_jobs(workplace.snakemake("--dry-run")) == DEMO_JOBS


def test_the_inner_snakefile_plans_the_same(workplace: Workplace, repository: Path) -> None:
    inner = str(repository / "workflow" / "Snakefile")
    assert planned_jobs(workplace.snakemake("--dry-run", "--snakefile", inner)) == DEMO_JOBS


def test_the_default_profile_is_found(workplace: Workplace) -> None:
    assert re.search(r"workflow specific profile .*profiles/default", workplace.snakemake("-n"))


def test_jobs_follow_blocks_not_samples(workplace: Workplace) -> None:
    output = workplace.snakemake("--dry-run", "--config", "block_size=6")
    per_block = {"score", "predict", "enrich", "hypotheses", "report"}
    counts = dict(re.findall(r"^(\w+)\s+(\d+)$", output, flags=re.MULTILINE))
    # 23 samples of one matrix make 4 blocks of 6, one sample of the other matrix makes one
    assert {rule: int(counts[rule]) for rule in per_block} == dict.fromkeys(per_block, 5)


def test_every_rule_has_log_resources_and_version(repository: Path) -> None:
    for path in sorted((repository / "workflow" / "rules").glob("*.smk")):
        for rule in path.read_text(encoding="utf-8").split("\nrule ")[0:]:
            name = f"{path.name}: {rule.split(':')[0]}"
            assert "    log:" in rule, name
            assert "> {log:q} 2>&1" in rule, name
            assert "mem_mb=" in rule, name
            assert "runtime=" in rule, name
            assert "version=__version__" in rule, name


def test_lint_is_clean(workplace: Workplace) -> None:
    assert "in a good condition" in workplace.snakemake("--lint")


def test_faults_of_a_configuration_stop_the_plan(workplace: Workplace) -> None:
    output = workplace.snakemake(
        "-n", "--config", "block_sise=3", "seed=-1", 'predict={"disease": "AMLL"}', fails=True
    )
    assert "block_sise: unknown key; did you mean 'block_size'?" in output
    assert "seed: " in output
    assert "predict.disease: " in output


@pytest.mark.parametrize(
    ("setting", "fault"),
    [
        ("results=a{b}", "results: 'a{b}' may not hold { } < >"),
        ('signatures=["absent.gmt"]', "signatures: 'absent.gmt' is not there"),
        ('models=["absent.yaml"]', "models: 'absent.yaml' is not there"),
    ],
)
def test_paths_that_cannot_work_stop_the_plan(
    workplace: Workplace, setting: str, fault: str
) -> None:
    assert fault in workplace.snakemake("-n", "--config", setting, fails=True)


def test_a_matrix_that_snakemake_would_misread_stops_the_plan(workplace: Workplace) -> None:
    """Snakemake has no quoting for braces in a path: it would look for another file."""
    folder = workplace.folder / "braces"
    folder.mkdir()
    (folder / "{block}.csv").write_text("gene,A\nRARA,1\n", encoding="utf-8")
    (folder / "sheet.tsv").write_text("sample\tmatrix\nA\t{block}.csv\n", encoding="utf-8")
    output = workplace.snakemake("-n", "--config", "samples=braces/sheet.tsv", fails=True)
    assert "matrix: '{block}.csv' may not hold { } < >" in output


def test_an_absent_sheet_stops_the_plan(workplace: Workplace) -> None:
    assert "absent.tsv" in workplace.snakemake("-n", "--config", "samples=absent.tsv", fails=True)


def test_names_from_a_sheet_reach_no_shell(workplace: Workplace) -> None:
    """Matrix and sample names may hold anything; the files are read and nothing else happens."""
    name = "a b;touch pwned #'$(touch pwned)\".csv"
    folder = workplace.folder / "hostile & folder"
    folder.mkdir()
    genes = ["RARA", "RARB", "CYP26A1", "DHRS3", "TGM2", "ITGAM"]
    lines = ["gene,$(touch pwned),../up", *(f"{gene},{10 + i},{i}" for i, gene in enumerate(genes))]
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    quoted = '"' + name.replace('"', '""') + '"'
    rows = [f"$(touch pwned)\t{quoted}", f"../up\t{quoted}"]
    (folder / "sheet.tsv").write_text("\n".join(["sample\tmatrix", *rows]) + "\n", encoding="utf-8")
    workplace.snakemake(
        "--until",
        "ingest",
        "--config",
        "samples=hostile & folder/sheet.tsv",
        "results=hostile-results",
    )
    (raw,) = (workplace.folder / "hostile-results" / "work").glob("*/raw.h5ad")
    assert re.fullmatch(r"[A-Za-z0-9_-]+", raw.parent.name)
    assert list(workplace.folder.rglob("pwned")) == []
