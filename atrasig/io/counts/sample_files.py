"""Which files of a folder, or of those that a pattern matches, hold samples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from atrasig.errors import AtrasigError, FormatError, InputError
from atrasig.files import is_pattern, list_files, match_pattern, pattern_root
from atrasig.genes import looks_like_gene_ids
from atrasig.io.counts import featurecounts, gdc, htseq, kallisto, rsem, salmon, star, stringtie
from atrasig.io.counts.quantified import is_named_by_quantifier, sample_name
from atrasig.io.counts.stack import named_groups, shorten
from atrasig.io.format import Format, Head
from atrasig.io.text import delimited

PER_SAMPLE = (
    star.FORMAT,
    gdc.FORMAT,
    rsem.GENES,
    rsem.TRANSCRIPTS,
    salmon.FORMAT,
    kallisto.TEXT,
    kallisto.HDF5,
    stringtie.FORMAT,
    featurecounts.FORMAT,
    htseq.FORMAT,
)
"""Formats of quantifiers, most specific first."""

# A quantifier writes both; the first is summed to genes by its own map, or needs no HDF5.
_TWINS = {"rsem": "rsem-isoforms", "kallisto": "kallisto-h5"}
# Salmon leaves the transcripts beside the genes that it has summed them to.
_SUMMED = ("quant.sf", "quant.genes.sf")
_MIN_GENES = 0.3
_PROBED = 400


@dataclass(frozen=True)
class Choice:
    """The files that make up a matrix.

    Parameters
    ----------
    root
        Folder that the names of files start from.
    format
        The one format that they have.
    files
        Sorted.
    ignored
        Files of a folder that hold no sample.
    twins
        Files that hold the same samples in another form.
    broken
        Files that should hold a sample and do not, each with the reason.
    """

    root: Path
    format: Format
    files: list[Path]
    ignored: list[Path]
    twins: list[Path]
    broken: dict[Path, AtrasigError]

    def names(self, files: Iterable[Path]) -> list[str]:
        """Give names relative to the root."""
        return _relative(self.root, files)


def choose_files(path: Path, forced: Format | None = None) -> Choice:
    """Find the files of samples in a folder or among those that a pattern matches.

    Parameters
    ----------
    path
        A folder, of which the files in it and in its folders are looked at, or a pattern.
    forced
        Format that the files have; by default their content tells.

    Returns
    -------
    Choice
        Files of a folder that hold no sample are left out; of a pattern every file must hold one.

    Raises
    ------
    InputError
        If there is no file, or they are of several formats.
    FormatError
        If no file holds a sample, though a pattern matches it or a quantifier named it.
    """
    root = pattern_root(path) if is_pattern(path) else path if path.is_dir() else path.parent
    named = set(match_pattern(path) if is_pattern(path) else ())
    groups: dict[str, list[Path]] = {}
    formats = {format.name: format for format in (*PER_SAMPLE, delimited.FORMAT)}
    unknown: list[Path] = []
    broken: dict[Path, AtrasigError] = {}
    for file in progress(list_files(path), "look"):
        try:
            format = forced if forced and file in named else _format_of(file, forced)
        except FormatError as error:
            broken[file] = error
            continue
        if format is None:
            unknown.append(file)
        else:
            groups.setdefault(format.name, []).append(file)
    if not groups:
        tables = [file for file in unknown if _is_table(file)]
        groups, unknown = {"delimited": tables} if tables else {}, sorted({*unknown} - {*tables})
    empty = [f for f in unknown if f in named or is_named_by_quantifier(f)]
    broken |= {file: no_sample([file], root, path) for file in empty}
    twins = _take_twins(groups)
    if not groups and broken:
        raise no_sample(empty, root, path) if empty else next(iter(broken.values()))
    if len(groups) != 1:
        raise _not_one_format({name: _relative(root, f) for name, f in groups.items()}, path)
    (name, files), *_ = groups.items()
    ignored = [file for file in unknown if file not in broken]
    return Choice(root, forced or formats[name], files, ignored, twins, broken)


def holds_samples(folder: Path) -> bool:
    """Whether a folder holds a file of a sample, or one that a quantifier named."""
    damaged: list[FormatError] = []
    for file in list_files(folder):
        try:
            if _format_of(file, None) or _is_table(file) or is_named_by_quantifier(file):
                return True
        except FormatError as error:
            damaged.append(error)
    if damaged:
        raise damaged[0]
    return False


def progress(files: Sequence[Path], label: str) -> Iterable[Path]:
    """Go through files with a bar on a terminal."""
    from tqdm import tqdm

    bar: Iterable[Path] = tqdm(files, desc=label, disable=None, leave=False)
    return bar


def _take_twins(groups: dict[str, list[Path]]) -> list[Path]:
    """Take out the files that repeat the samples of others in another form."""
    taken = []
    for name, twin in _TWINS.items():
        samples = {sample_name(file)[0] for file in groups.get(name, [])}
        repeated = [file for file in groups.get(twin, []) if sample_name(file)[0] in samples]
        taken += repeated
        left = [file for file in groups.pop(twin, []) if file not in set(repeated)]
        groups |= {twin: left} if left else {}
    files = groups.get("salmon", [])
    summed = {f for f in files if f.with_name(f.name.replace(*_SUMMED)) in set(files) - {f}}
    groups |= {"salmon": [file for file in files if file not in summed]} if summed else {}
    return [*taken, *sorted(summed)]


def _format_of(file: Path, forced: Format | None) -> Format | None:
    try:
        head = Head.of(file)
    except FormatError:
        raise
    except InputError:  # an empty file, as many programs leave them
        return None
    if forced is not None:
        is_it = _is_table(file) if forced == delimited.FORMAT else forced.recognises(head)
        return forced if is_it else None
    return next((format for format in PER_SAMPLE if format.recognises(head)), None)


def _is_table(file: Path) -> bool:
    """Whether the first column names genes and another holds numbers."""
    try:
        lines = Head.of(file).lines
    except FormatError:
        raise
    except InputError:
        return False
    separator = "\t" if any("\t" in line for line in lines) else ","
    rows = [line.split(separator) for line in lines[:-1] if line.strip() and line[0] not in "#!"]
    numeric = [row for row in rows[1:] if any(_is_number(field) for field in row[1:])]
    genes = [row[0].strip('" ') for row in numeric[:_PROBED]]
    is_even = len({len(row) for row in rows[1:]}) == 1
    return is_even and bool(genes) and looks_like_gene_ids(genes) >= _MIN_GENES


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def no_sample(files: Sequence[Path], root: Path, path: Path) -> FormatError:
    """Make the error of files in which there is no sample."""
    return FormatError(
        f"{len(files)} files are empty or of no format that holds one sample: "
        f"{shorten(_relative(root, files))}",
        where=str(path),
        fix="Write them again, remove them, or give a pattern that leaves them out.",
    )


def _not_one_format(groups: dict[str, list[str]], path: Path) -> InputError:
    if not groups:
        return InputError(
            "The folder holds no matrix, and no file with the counts of a sample",
            where=str(path),
            fix="Files are looked for in the folder and in the folders in it.",
        )
    return InputError(
        f"The files are of {len(groups)} formats: {named_groups(groups)}",
        where=str(path),
        fix="Give a pattern that matches those of one, such as 'folder/*ReadsPerGene.out.tab'.",
    )


def _relative(root: Path, files: Iterable[Path]) -> list[str]:
    return [file.relative_to(root).as_posix() for file in files]
