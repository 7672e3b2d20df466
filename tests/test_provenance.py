"""What made the numbers: complete, the same in every run, and without a trace of the machine."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, version

import pytest

from atrasig import __version__, provenance
from atrasig.files import canonical_json
from atrasig.genes import load_gene_table
from atrasig.provenance import PACKAGES, package_versions, run_provenance
from atrasig.signatures import load_signatures


def test_facts_of_a_run() -> None:
    signatures = load_signatures()
    parameters = {"seed": 7, "disease": "AML", "signatures": []}
    facts = run_provenance(signatures, parameters)
    assert facts == {
        "atrasig": __version__,
        "signature_set": signatures.hash,
        "gene_table": {"version": load_gene_table().version, "sha256": load_gene_table().sha256},
        "parameters": parameters,
        "packages": package_versions(),
    }


def test_the_same_run_gives_the_same_bytes() -> None:
    signatures = load_signatures()
    first = canonical_json(run_provenance(signatures, {"b": 1, "a": 2}))
    second = canonical_json(run_provenance(signatures, {"a": 2, "b": 1}))
    assert first == second
    assert json.loads(first)["parameters"] == {"a": 2, "b": 1}


def test_the_signature_set_is_that_which_was_scored() -> None:
    some = load_signatures().select(["lsc17"])
    assert run_provenance(some, {})["signature_set"] == some.hash
    assert some.hash != load_signatures().hash


def test_later_changes_of_the_parameters_do_not_reach_the_record() -> None:
    parameters = {"seed": 1}
    facts = run_provenance(load_signatures(), parameters)
    parameters["seed"] = 2
    assert facts["parameters"] == {"seed": 1}


def test_versions_of_the_packages_that_compute() -> None:
    import numpy

    versions = package_versions()
    assert list(versions) == ["python", *PACKAGES]
    assert versions["numpy"] == numpy.__version__
    assert all(versions[name] == version(name) for name in PACKAGES)


def test_a_package_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(provenance, "version", absent)
    versions = package_versions()
    assert {versions[name] for name in PACKAGES} == {"not installed"}
    assert versions["python"]
