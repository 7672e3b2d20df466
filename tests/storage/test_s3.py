"""A run whose matrix and results lie on S3."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest

from atrasig.pipeline.run import RunSettings, run_matrix
from tests.storage.serving import SECRET, Bucket, Cohort

TABLES = ("calls.tsv", "scores.tsv", "qc.tsv")


@pytest.mark.slow
def test_matrix_and_results_on_s3(
    bucket: Bucket, cohort: Cohort, repository: Path, tmp_path: Path
) -> None:
    matrix = repository / "config" / "demo" / "counts.tsv.gz"
    bucket.put("in/counts.tsv.gz", matrix.read_bytes())
    cohort.write_sheet("s3://lab/in/counts.tsv.gz")
    where = ("--default-storage-provider", "s3", "--default-storage-prefix", "s3://lab/run")
    variables = {
        "SNAKEMAKE_STORAGE_S3_ENDPOINT_URL": bucket.url,
        "SNAKEMAKE_STORAGE_S3_ACCESS_KEY": "key",
        "SNAKEMAKE_STORAGE_S3_SECRET_KEY": SECRET,
    }
    status, said = cohort.run(*where, **variables)
    assert status == 0, said[-6000:]
    first = bucket.objects("run/results/")
    samples = {key for key in first if "/samples/" in key and not key.endswith("timestamp")}
    pages = {f"run/results/samples/{name}" for name in _pages("APL-1", "AML-1")}
    assert samples == pages
    assert {f"run/results/{name}" for name in (*TABLES, "index.html", "provenance.json")} <= set(
        first
    )
    assert not (cohort.place.folder / "results").exists()
    _no_secret(cohort.place.folder, said, bucket, first)

    status, said = cohort.run(*where, **variables)
    assert status == 0, said[-6000:]
    assert "Nothing to be done" in said, said[-3000:]
    assert bucket.objects("run/results/") == first

    _same_as_local(cohort, bucket, matrix, tmp_path / "local")


def _pages(*samples: str) -> list[str]:
    return [f"{sample}.{ending}" for sample in samples for ending in ("html", "json")]


def _no_secret(folder: Path, said: str, bucket: Bucket, keys: dict[str, str]) -> None:
    """The key of the storage is in no log, no metadata and no result."""
    assert SECRET not in said
    files = [path for path in (folder / ".snakemake").rglob("*") if path.is_file()]
    assert any(path.suffix == ".log" for path in files)
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []
    assert [key for key in keys if SECRET.encode() in bucket.get(key)] == []


def _same_as_local(cohort: Cohort, bucket: Bucket, matrix: Path, out: Path) -> None:
    """Storage changes no number."""
    cohort.write_sheet(str(matrix))
    run_matrix(matrix, out, RunSettings(sheet=cohort.place.folder / "s.tsv"))
    for name in TABLES:
        stored = pd.read_csv(BytesIO(bucket.get(f"run/results/{name}")), sep="\t")
        local = pd.read_csv(out / name, sep="\t")
        pd.testing.assert_frame_equal(stored, local)
