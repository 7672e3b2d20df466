"""Pages of a block in one archive, for workflows whose results folder no job can reach."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from atrasig.errors import FormatError
from atrasig.files import atomic_path
from atrasig.temporary import temporary_folder

_MEMBER = re.compile(r"samples/[A-Za-z0-9][A-Za-z0-9_-]*\.(?:html|json|pdf)")
_NO_DATE = (1980, 1, 1, 0, 0, 0)


@contextmanager
def pages_folder(out: Path) -> Iterator[Path]:
    """Give the folder to write pages to: `out`, or one that is packed into it.

    Parameters
    ----------
    out
        Results folder; or a file ``*.zip``, whose bytes depend on the pages only.
    """
    if out.suffix != ".zip":
        yield out
        return
    with temporary_folder() as folder:
        yield folder
        with (
            atomic_path(out) as temporary,
            zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for page in sorted(folder.glob("samples/*")):
                member = zipfile.ZipInfo(page.relative_to(folder).as_posix(), _NO_DATE)
                archive.writestr(member, page.read_bytes(), zipfile.ZIP_DEFLATED)


def unpack_pages(archives: Sequence[Path], results: Path) -> None:
    """Unpack archives of pages into the results folder; it has a folder of pages even if empty.

    Raises
    ------
    FormatError
        If an archive is damaged, or holds anything but pages and records of samples.
    """
    if archives:
        (results / "samples").mkdir(parents=True, exist_ok=True)
    for path in archives:
        try:
            with zipfile.ZipFile(path) as archive:
                _unpack(archive, path, results)
        except zipfile.BadZipFile as error:
            raise _not_pages(path, f"it is damaged: {error}") from error


def _unpack(archive: zipfile.ZipFile, path: Path, results: Path) -> None:
    for name in archive.namelist():
        if not _MEMBER.fullmatch(name):
            raise _not_pages(path, f"it holds {name!r}")
        with atomic_path(results / name) as temporary:
            temporary.write_bytes(archive.read(name))


def _not_pages(path: Path, reason: str) -> FormatError:
    return FormatError(
        f"This is no archive of pages: {reason}",
        where=str(path),
        fix="Run the report stage again (snakemake --forcerun report).",
    )
