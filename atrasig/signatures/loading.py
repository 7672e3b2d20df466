"""Signatures from files: the shipped ones, the user's library, and files named for a run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from atrasig.errors import SignatureError
from atrasig.files import data_path
from atrasig.signatures.approval import approve_symbols
from atrasig.signatures.collection import SignatureSet
from atrasig.signatures.gmt import read_gmt
from atrasig.signatures.library import library_files, unusable_installed
from atrasig.signatures.located import (
    Fault,
    LocatedMapping,
    content_faults,
    read_located,
    schema_faults,
    unusable,
)
from atrasig.signatures.model import Signature
from atrasig.signatures.records import MARKERS

NO_LICENCE_FOLDER = "no_licence_stated"
_ENDINGS = (".yaml", ".yml", ".gmt", ".gmt.gz")


class Inspected(NamedTuple):
    """A signature file as read: the signature where it can be made, and every fault."""

    signature: Signature | None
    raw: LocatedMapping
    faults: list[Fault]


def load_signatures(paths: Sequence[str | Path] | str | Path | None = None) -> SignatureSet:
    """Load the shipped signatures, or those of YAML and GMT files.

    Parameters
    ----------
    paths
        Files or folders; None loads the shipped set. In a folder, every ``.yaml``, ``.yml``,
        ``.gmt`` and ``.gmt.gz`` file directly in it and in its subfolder ``no_licence_stated`` is
        read, except ``markers.yaml``; other subfolders are left alone. Symbols of these files are
        mapped to approved ones, and what was printed is kept.

    Returns
    -------
    SignatureSet
        Sorted by id, whatever the order of `paths`.

    Raises
    ------
    SignatureError
        If a file is missing or faulty, or two signatures share an id.
    """
    if paths is None:
        return _shipped()
    listed = [paths] if isinstance(paths, (str, Path)) else list(paths)
    files = list(dict.fromkeys(file for path in listed for file in signature_files(Path(path))))
    origins: dict[str, Path] = {}
    signatures: list[Signature] = []
    for file in files:
        for signature in read_user_file(file):
            if signature.id in origins:
                raise SignatureError(
                    f"Signature id {signature.id} is used twice",
                    where=f"{origins[signature.id]} and {file}",
                    fix="Rename or remove one of them.",
                )
            origins[signature.id] = file
            signatures.append(signature)
    return SignatureSet(signatures)


def load_with_shipped(paths: Sequence[str | Path] = ()) -> SignatureSet:
    """Load the shipped signatures, the user's library, and further files beside them.

    Parameters
    ----------
    paths
        Files or folders, as for `load_signatures`.

    Returns
    -------
    SignatureSet
        All together.

    Raises
    ------
    SignatureError
        If a file is missing or faulty, or a signature has the id of another one and other genes.
    """
    together = _shipped().with_added(load_library())
    return together.with_added(load_signatures(paths) if paths else ())


def load_library() -> SignatureSet:
    """Load the signatures that the user has imported.

    Raises
    ------
    SignatureError
        If an installed file is faulty, or has an id that is taken; says how to remove it.
    """
    installed, broken = read_library()
    if broken:
        raise broken[0]
    return SignatureSet(installed.values())


def read_library() -> tuple[dict[Path, Signature], list[SignatureError]]:
    """Read the user's library, for commands that go on where a file of it is broken.

    Returns
    -------
    tuple
        Signatures by file, and one error for each file that cannot be used.
    """
    installed: dict[Path, Signature] = {}
    broken: list[SignatureError] = []
    taken = {signature.id: signature.sha256 for signature in _shipped()}
    for file in library_files():
        try:
            (signature,) = read_user_file(file)
        except SignatureError as error:
            broken.append(unusable_installed(file, error.fix or error.what))
            continue
        if signature.id not in taken:
            installed[file] = signature
        elif taken[signature.id] != signature.sha256:
            broken.append(unusable_installed(file, f"{signature.id} is the id of another one."))
        taken.setdefault(signature.id, signature.sha256)
    return installed, broken


def read_signature(path: str | Path) -> Signature:
    """Read one signature from YAML exactly as written.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Signature
        With the symbols of the file; `load_signatures` maps a user's symbols to approved ones.

    Raises
    ------
    SignatureError
        If the file cannot be read or breaks the format. All faults are reported together.
    """
    signature, _, faults = inspect_signature(Path(path))
    if faults or signature is None:
        raise unusable(Path(path), faults)
    return signature


def inspect_signature(path: Path) -> Inspected:
    """Read one signature from YAML with the faults of its format.

    Raises
    ------
    SignatureError
        If the file cannot be read or is not a YAML mapping.
    """
    raw, faults = read_located(path)
    signature: Signature | None = None
    try:
        signature = Signature.model_validate(raw)
    except ValidationError as error:
        faults += schema_faults(error, raw)
    return Inspected(signature, raw, faults + content_faults(raw))


def signature_files(path: Path) -> list[Path]:
    """List the signature files of a folder, or a file itself.

    Raises
    ------
    SignatureError
        If there is no such file or folder, or it holds no signatures.
    """
    if path.is_dir():
        files = _folder_files(path)
        if not files:
            raise SignatureError(
                "The folder has no signature files",
                where=str(path),
                fix=f"Add files ending in {', '.join(_ENDINGS)}.",
            )
        return files
    if not path.is_file():
        raise SignatureError("No such file or folder", where=str(path), fix="Check the path.")
    if not path.name.endswith(_ENDINGS):
        raise SignatureError(
            "Not a signature file",
            where=str(path),
            fix=f"Use {', '.join(_ENDINGS)}, or bring it in with `atrasig signatures import`.",
        )
    return [path]


def read_user_file(path: Path) -> SignatureSet:
    """Read a YAML or GMT file on approved symbols."""
    if path.suffix in {".yaml", ".yml"}:
        from atrasig.genes import load_gene_table

        return SignatureSet([approve_symbols(read_signature(path), load_gene_table())])
    return read_gmt(path)


@cache
def _shipped() -> SignatureSet:
    root = data_path("signatures")
    return SignatureSet(read_signature(file) for file in _folder_files(root))


def _folder_files(folder: Path) -> list[Path]:
    found = [*folder.glob("*"), *(folder / NO_LICENCE_FOLDER).glob("*")]
    return sorted(
        file
        for file in found
        if file.is_file() and file.name.endswith(_ENDINGS) and file.name != MARKERS
    )
