"""Servers on loopback: S3, and a folder by HTTP. Nothing leaves the machine."""

from __future__ import annotations

import functools
import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.storage.serving import Bucket, Cohort
from tests.workflow.running import BIN, Workplace

_SERVE = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
server.stop()
"""


@pytest.fixture(scope="session")
def bucket() -> Iterator[Bucket]:
    """An empty bucket."""
    pytest.importorskip("moto", reason="moto[server] (extra `dev`) serves S3 for this test")
    pytest.importorskip(
        "snakemake_storage_plugin_s3", reason="the S3 plugin (extra `storage`) is not installed"
    )
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _SERVE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        made = Bucket(f"http://127.0.0.1:{int(server.stdout.readline())}", "lab")
        made.create()
        yield made


@pytest.fixture(scope="session")
def served(repository: Path) -> Iterator[str]:
    """Address of the demo folder, by HTTP."""
    pytest.importorskip(
        "snakemake_storage_plugin_http", reason="the HTTP plugin (extra `storage`) is not installed"
    )
    folder = str(repository / "config" / "demo")
    handler = functools.partial(_Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def cohort(repository: Path, tmp_path: Path) -> Cohort:
    """A folder to run in."""
    pytest.importorskip("snakemake", reason="snakemake (extra `workflow`) is not installed")
    if not (BIN / "atrasig").is_file():
        pytest.fail("the command atrasig is not installed: `make test` does it")
    return Cohort(Workplace.make(tmp_path, repository))
