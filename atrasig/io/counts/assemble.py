"""Folders and patterns of files of one sample each, assembled into one matrix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from atrasig.errors import FormatError, InputError
from atrasig.files import is_pattern, sha256_files
from atrasig.io.counts.quantified import sample_name
from atrasig.io.counts.sample_files import PER_SAMPLE, Choice, choose_files, holds_samples, progress
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
        NaN where a file does not list a gene; ``obs["file"]`` the file of a sample.

    Raises
    ------
    InputError
        If files are of several formats, hold samples of the same name, or differ in strand or
        scale.
    FormatError
        If a file is damaged, or a table holds several samples.
    """
    choice = choose_files(path, forced)
    files, names = _wanted_files(choice, options, path)
    single = replace(options, samples=None)
    stack, inside, sizes = Stack(), [], []
    for file in progress(files, "read"):
        matrix = choice.format.read(file, single)
        _refuse_several(matrix, choice.format, file)
        inside += matrix.samples
        sizes.append(len(matrix.samples))
        stack.add(matrix, choice.names([file])[0])
    if choice.format.name in _NAMED_INSIDE:
        names = _name_samples(inside, names, sizes, options.samples)
    matrix = stack.matrix(names, str(path))
    matrix.facts.update(_facts(choice, files, path))
    return matrix


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
    names = [sample_name(file)[0] for file in choice.files]
    if choice.format.name in _NAMED_INSIDE:
        return choice.files, names
    chosen = [
        place
        for place, name in enumerate(names)
        if options.samples is None or name in set(options.samples)
    ]
    missing = sorted(set(options.samples or ()) - set(names))
    if missing:
        raise missing_samples(missing, len(set(options.samples or ())), names, str(path))
    files, names = [choice.files[place] for place in chosen], [names[place] for place in chosen]
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


def _facts(choice: Choice, files: Sequence[Path], path: Path) -> dict[str, str | int]:
    facts: dict[str, str | int] = {
        "name": str(path.relative_to(choice.root)) if is_pattern(path) else path.resolve().name,
        "sha256": sha256_files(choice.root, files),
        "files": len(files),
        "files_format": choice.format.name,
        "files_ignored": len(choice.ignored),
        "files_of_no_sample_wanted": len(choice.files) - len(files),
    }
    for key, several in (("ignored_files", choice.ignored), ("twin_files", choice.twins)):
        if several:
            facts[key] = shorten(choice.names(several), _SHOWN)
    return facts


def _recognises(head: Head) -> bool:
    return is_pattern(head.path) or (head.is_folder and holds_samples(head.path))


FORMAT = Format("files", "Folder or pattern of files of one sample", _recognises, read, True)
