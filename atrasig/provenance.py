"""What made the numbers: versions, hashes and parameters; no dates and no paths."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from atrasig._version import __version__
from atrasig.genes import load_gene_table
from atrasig.signatures import SignatureSet

PACKAGES = ("anndata", "gseapy", "numpy", "pandas", "scanpy", "scipy", "statsmodels")


def package_versions() -> dict[str, str]:
    """Versions of Python and of the packages that compute numbers."""
    versions = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "not installed"
    return versions


def run_provenance(signatures: SignatureSet, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Facts of a run that do not depend on its samples.

    Parameters
    ----------
    signatures
        The signatures that were scored.
    parameters
        The run's parameters.

    Returns
    -------
    dict
        ``atrasig``, ``signature_set`` (hash), ``gene_table``, ``parameters`` and ``packages``.
    """
    table = load_gene_table()
    return {
        "atrasig": __version__,
        "signature_set": signatures.hash,
        "gene_table": {"version": table.version, "sha256": table.sha256},
        "parameters": dict(parameters),
        "packages": package_versions(),
    }
