"""The machine and the versions of a run."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

import atrasig
from benchmarks.measure import PEERS_PYTHON

OURS = ("numpy", "scipy", "numba", "pandas", "anndata")
PEERS = ("gseapy", "decoupler", "pyucell", "scanpy", "numpy", "numba")


def describe_machine(command: str) -> str:
    """Say in one paragraph where, with what and how the run was made."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    own = ", ".join(f"{name} {version(name)}" for name in OURS)
    return (
        f"`{command}` on {processor()}, {os.cpu_count()} cores, {memory:.0f} GB, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}; "
        f"atrasig {atrasig.__version__} with {own}; peers: {peer_versions()}; {r_versions()}."
    )


def processor() -> str:
    """Name of the processor."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "an unnamed processor"


def peer_versions() -> str:
    """Versions in the peers' environment."""
    if not PEERS_PYTHON.exists():
        return "not present"
    script = (
        "import json, sys; from importlib.metadata import version; "
        "print(json.dumps({name: version(name) for name in sys.argv[1:]}))"
    )
    done = subprocess.run(
        [str(PEERS_PYTHON), "-c", script, *PEERS], check=True, capture_output=True, text=True
    )
    return ", ".join(f"{name} {found}" for name, found in json.loads(done.stdout).items())


def r_versions() -> str:
    """Versions of R and GSVA."""
    found = shutil.which("Rscript")
    if found is None:
        return "R not present"
    script = "cat(as.character(getRversion()), as.character(packageVersion('GSVA')))"
    done = subprocess.run(
        [found, "--vanilla", "-e", script], check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        return "R's GSVA not present"
    r_version, gsva = done.stdout.split()
    return f"R {r_version} with GSVA {gsva}"
