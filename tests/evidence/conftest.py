"""The shipped evidence base."""

from __future__ import annotations

import pytest

from atrasig.evidence import EvidenceBase, load_evidence


@pytest.fixture(scope="session")
def base() -> EvidenceBase:
    return load_evidence()
