"""A bucket of the local S3 server, and a cohort that runs from a folder of its own."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import Any

from tests.workflow.running import Workplace

SECRET = "not-to-be-seen-7c1e"


@dataclass(frozen=True)
class Bucket:
    """A bucket of the local S3 server."""

    url: str
    name: str

    def put(self, key: str, content: bytes) -> None:
        """Store an object."""
        self._client.put_object(Bucket=self.name, Key=key, Body=content)

    def get(self, key: str) -> bytes:
        """Fetch an object."""
        content: bytes = self._client.get_object(Bucket=self.name, Key=key)["Body"].read()
        return content

    def objects(self, prefix: str) -> dict[str, str]:
        """Entity tags of the objects below a prefix, by key."""
        listed = self._client.list_objects_v2(Bucket=self.name, Prefix=prefix)
        return {entry["Key"]: entry["ETag"] for entry in listed["Contents"]}

    def create(self) -> None:
        """Make the bucket."""
        self._client.create_bucket(Bucket=self.name)

    @property
    def _client(self) -> Any:
        import boto3

        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="key",
            aws_secret_access_key=SECRET,
        )


@dataclass(frozen=True)
class Cohort:
    """A folder with a sheet of two samples, from which the workflow runs."""

    place: Workplace

    def write_sheet(self, matrix: str) -> None:
        """Name the matrix of both samples."""
        rows = [f"{name}\t{matrix}\tAML\tpatient" for name in ("APL-1", "AML-1")]
        text = "\n".join(["sample\tmatrix\tdisease\tmaterial", *rows]) + "\n"
        (self.place.folder / "s.tsv").write_text(text, encoding="utf-8")

    def run(self, *options: str, **variables: str) -> tuple[int, str]:
        """Exit status of snakemake, and what it printed."""
        done = subprocess.run(
            [*self.place.command(*options), "--config", "samples=s.tsv", "storage=[s3,http]"],
            cwd=self.place.repository,
            env=os.environ | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout
