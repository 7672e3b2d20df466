"""Folders and patterns of files of one sample each, assembled into one matrix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from atrasig.errors import AtrasigError, FormatError, InputError
from atrasig.failures import is_of_the_file
from atrasig.files import is_pattern, sha256_files
from atrasig.io.counts.quantified import sample_name
from atrasig.io.counts.sample_files import (
    PER_SAMPLE,
    Choice,
    choose_files,
    holds_samples,
    no_sample,
    progress,
)
from atrasig.io.counts.stack import Stack, refuse_repeated, shorten
from atrasig.io.format import Format, Head
from atrasig.io.options import ReadOptions
from atrasig.io.table import RawMatrix, missing_samples
from atrasig.io.text import delimited

_NAMED_INSIDE = {"featurecounts", "delimited"}
_SHOWN = 10


def read(path: Path, options: ReadOptions, forced: Format | None = None) -> RawMatrix:
    """Read files of one sample each into one matrix, in the order of their names.

    Parameters
    ----------
    path
        A folder (the files in it and in its folders) or a pattern such as ``counts/*.tsv``.
    options
        As for every file. Where ``samples`` are named and files are named after samples, only
        their files are read.
    forced
        Format that the files have; by default their content tells.

    Returns
    -------
    RawMatrix
        NaN where a file does not list a gene; ``obs["file"]`` the file of a sample; ``faults``
        the samples whose files cannot be read.

    Raises
    ------
    InputError
        If files are of several formats, hold samples of the same name, or differ in strand or
        scale.
    FormatError
        If no file can be read.
    """
    choice = _with_empty(choose_files(path, forced), options.samples, path)
    files, names = _wanted_files(choice, options, path)
    single = replace(options, samples=None)
    stack, good, faults = Stack(), list[_Good](), dict[Path, AtrasigError]()
    for file, name in zip(progress(files, "read"), names, strict=True):
        if file in choice.broken:
            faults[file] = choice.broken[file]
            continue
        try:
            matrix = _read_one(choice.format, file, single)
        except (AtrasigError, OSError) as error:
            if not is_of_the_file(error):
                raise
            faults[file] = _as_fault(error, file)
            continue
        good.append(_Good(file, name, matrix.samples))
        stack.add(matrix, choice.names([file])[0])
    if not good:
        raise next(iter(faults.values()))
    names = [one.name for one in good]
    if choice.format.name in _NAMED_INSIDE:
        inside = [name for one in good for name in one.inside]
        names = _name_samples(inside, names, [len(g.inside) for g in good], options.samples)
    matrix = stack.matrix(names, str(path))
    matrix.facts.update(_facts(choice, [one.file for one in good], len(faults), path))
    return replace(matrix, faults=_by_sample(faults, names, options.samples))


@dataclass(frozen=True)
class _Good:
    """A file that was read: the name of its sample by the file, and those inside."""

    file: Path
    name: str
    inside: list[str]


def _read_one(format: Format, file: Path, options: ReadOptions) -> RawMatrix:
    matrix = format.read(file, options)
    _refuse_several(matrix, format, file)
    for fault in matrix.faults.values():
        raise fault
    return matrix


def _as_fault(error: Exception, file: Path) -> AtrasigError:
    if isinstance(error, AtrasigError):
        return error
    fix = "Mend the file or its permissions, or take it out."
    return InputError(f"The file cannot be read: {error}", where=str(file), fix=fix)


def _by_sample(
    faults: dict[Path, AtrasigError], read: Sequence[str], wanted: Sequence[str] | None
) -> dict[str, AtrasigError]:
    """Name the samples of files that cannot be read, so that names inside are not known.

    Raises
    ------
    AtrasigError
        If it cannot be told whose file it is.
    """
    missing = [name for name in wanted or () if name not in set(read)]
    found: dict[str, AtrasigError] = {}
    for file, fault in faults.items():
        by_file = sample_name(file)[0]
        if wanted is None or by_file in missing:
            found[by_file] = fault
        elif len(missing) == len(faults) == 1:
            found[missing[0]] = fault
        elif missing:
            raise fault
    return found


def reader_for(format: Format, path: Path) -> Format:
    """Make the format of a folder, or pattern, whose files are of one format.

    Raises
    ------
    InputError
        If files of the format hold more than one sample as a rule.
    """
    if format not in (*PER_SAMPLE, delimited.FORMAT):
        raise InputError(
            f"This is a folder or several files, not one file of format {format.name}",
            where=str(path),
            fix="Give the file of the matrix.",
        )
    return replace(FORMAT, read=partial(read, forced=format))


def _wanted_files(choice: Choice, options: ReadOptions, path: Path) -> tuple[list[Path], list[str]]:
    """Files to read, and the names of their samples as far as files name them."""
    every = sorted([*choice.files, *choice.broken])
    names = [sample_name(file)[0] for file in every]
    if choice.format.name in _NAMED_INSIDE:
        return every, names
    chosen = [
        place
        for place, name in enumerate(names)
        if options.samples is None or name in set(options.samples)
    ]
    missing = sorted(set(options.samples or ()) - set(names))
    if missing:
        raise missing_samples(missing, len(set(options.samples or ())), names, str(path))
    files, names = [every[place] for place in chosen], [names[place] for place in chosen]
    refuse_repeated(names, choice.names(files), str(path))
    return files, names


def _refuse_several(matrix: RawMatrix, format: Format, file: Path) -> None:
    if format == delimited.FORMAT and len(matrix.samples) != 1:
        raise FormatError(
            f"The table holds {len(matrix.samples)} samples: {shorten(matrix.samples)}; "
            "of a folder or a pattern every file must hold one",
            where=str(file),
            fix="Give it as a matrix of its own.",
        )


def _name_samples(
    inside: list[str], files: list[str], sizes: list[int], wanted: Sequence[str] | None
) -> list[str]:
    """Names in the files, unless they repeat (``count`` in each) or the sheet has the files'."""
    if set(sizes) != {1}:
        return inside
    repeats = max(Counter(inside).values()) > 1
    if wanted is None:
        return files if repeats else inside
    return files if repeats or not set(wanted) <= set(inside) else inside


def _with_empty(choice: Choice, wanted: Sequence[str] | None, path: Path) -> Choice:
    """Count an ignored file that is named after a missing sample among the broken ones."""
    held = {sample_name(file)[0] for file in choice.files}
    missing = set(wanted or ()) - held
    if choice.format.name in _NAMED_INSIDE or not missing:
        return choice
    empty = [file for file in choice.ignored if sample_name(file)[0] in missing]
    broken = choice.broken | {file: no_sample([file], choice.root, path) for file in empty}
    left = [file for file in choice.ignored if file not in broken]
    return replace(choice, ignored=left, broken=broken)


def _facts(
    choice: Choice, files: Sequence[Path], n_broken: int, path: Path
) -> dict[str, str | int]:
    facts: dict[str, str | int] = {
        "name": str(path.relative_to(choice.root)) if is_pattern(path) else path.resolve().name,
        "sha256": sha256_files(choice.root, files),
        "files": len(files),
        "files_format": choice.format.name,
        "files_ignored": len(choice.ignored),
        "files_of_no_sample_wanted": (
            len(choice.files) + len(choice.broken) - len(files) - n_broken
        ),
    }
    if n_broken:
        facts["files_that_cannot_be_read"] = n_broken
    for key, several in (("ignored_files", choice.ignored), ("twin_files", choice.twins)):
        if several:
            facts[key] = shorten(choice.names(several), _SHOWN)
    return facts


def _recognises(head: Head) -> bool:
    return is_pattern(head.path) or (head.is_folder and holds_samples(head.path))


FORMAT = Format("files", "Folder or pattern of files of one sample", _recognises, read, True)
