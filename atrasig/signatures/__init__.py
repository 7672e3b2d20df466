"""Signature files: the shipped library, users' YAML and GMT files, markers, fusions, modifiers.

Every file is validated whole: all its faults are reported together, each with its line and how to
mend it. The format is described in ``signatures/README.md``.
"""

from __future__ import annotations

from atrasig.signatures.collection import SignatureSet
from atrasig.signatures.gmt import read_gmt, write_gmt
from atrasig.signatures.loading import (
    NO_LICENCE_FOLDER,
    load_library,
    load_signatures,
    load_with_shipped,
    read_signature,
)
from atrasig.signatures.model import (
    NO_LICENCE,
    AtraRole,
    Context,
    Signature,
    SignatureGene,
    Source,
    table_hash,
)
from atrasig.signatures.records import (
    FusionStatement,
    Marker,
    Modifier,
    RoleSignature,
    load_fusions,
    load_markers,
    load_modifiers,
    load_roles,
)

__all__ = [
    "NO_LICENCE",
    "NO_LICENCE_FOLDER",
    "AtraRole",
    "Context",
    "FusionStatement",
    "Marker",
    "Modifier",
    "RoleSignature",
    "Signature",
    "SignatureGene",
    "SignatureSet",
    "Source",
    "load_fusions",
    "load_library",
    "load_markers",
    "load_modifiers",
    "load_roles",
    "load_signatures",
    "load_with_shipped",
    "read_gmt",
    "read_signature",
    "table_hash",
    "write_gmt",
]
