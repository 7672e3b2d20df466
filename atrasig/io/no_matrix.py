"""Files that people take for matrices: each is recognised, and refused with what to do instead."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from atrasig.errors import FormatError
from atrasig.io.format import Format, Head
from atrasig.io.frame import MISSING
from atrasig.io.options import ReadOptions
from atrasig.io.table import RawMatrix

_R_EXPORT = (
    "In R, write the matrix as text: write.table(as.matrix(x), 'matrix.tsv', sep = '\\t', "
    "quote = FALSE, col.names = NA)."
)
_QUANTIFY = "Align or quantify the reads first (STAR, salmon, ...), and give the counts."
_UNPACK = "Unpack it, and give the matrix in it."
_PROBED = 50
_MATRIX = "Give the expression matrix itself."


@dataclass(frozen=True)
class _Kind:
    """A kind of file: how it is recognised, what it is, and what to do instead."""

    recognises: Callable[[Head], object]
    what: str
    fix: str


def _starts(*marks: bytes, at: int = 0) -> Callable[[Head], object]:
    return lambda head: head.content[at:].startswith(marks)


def _begins(pattern: str) -> Callable[[Head], object]:
    """Whether the text, without blanks before it, begins so."""
    wanted = re.compile(pattern, re.IGNORECASE)
    return lambda head: wanted.match("\n".join(head.lines[:20]).lstrip())


def _fields(head: Head) -> list[list[str]]:
    """Fields of the whole lines at the beginning of a text with tabs."""
    whole = head.lines if head.content.endswith((b"\n", b"\r")) else head.lines[:-1]
    return [line.split("\t") for line in whole if line.strip()]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text.strip() in MISSING
    return True


def _is_gmt(head: Head) -> bool:
    rows = _fields(head)
    widths = {len(row) for row in rows}
    # A table has lines of one width and numbers; a list of gene sets has neither.
    texts = {text.strip() for row in rows[:_PROBED] for text in row[2:]} - set(MISSING)
    return len(widths) > 1 and min(widths) > 2 and not any(map(_is_number, texts))


def _is_ranked_list(head: Head) -> bool:
    rows = [row for row in _fields(head) if not row[0].startswith("#")]
    if len(rows) < 2 or any(len(row) != 2 or not _is_number(row[1]) for row in rows):
        return False
    values = [float(row[1]) for row in rows if row[1].strip() not in MISSING]
    return min(values, default=0) < 0 and (
        values == sorted(values) or values == sorted(values, reverse=True)
    )


def _is_fastq(head: Head) -> bool:
    lines = head.lines[:4]
    return len(lines) == 4 and lines[0].startswith("@") and lines[2].startswith("+")


def _is_page(head: Head) -> object:
    return _begins(r"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?<(!doctype html|html)\b")(head)


# Asked in this order: the more particular first.
_KINDS = (
    _Kind(_begins(r"#numeric\s|\d+[ \t]+\d+[ \t]+1\s*\n\s*#"),
          "This is a CLS file: groups of samples without values",
          "Give the matrix; the groups go into a sheet by `atrasig sheet MATRIX --cls FILE`."),
    _Kind(_begins(r"probe set id\tgene symbol\b"),
          "This is a CHIP file: names of probes without values",
          "Give the matrix; the names belong to --platform."),
    _Kind(_begins(r"(<\?xml[^>]*>\s*)?<edb\b"),
          "This is a result of GSEA (.edb), no expression matrix", _MATRIX),
    _Kind(_is_page, "This is a web page, not the file that it offers",
          "The download failed, needs a login, or took the page: download the file itself."),
    _Kind(_begins(r"(<\?xml[^>]*>\s*)?<miniml\b"), "This is MINiML, the XML of GEO",
          "Download the series matrix or the SOFT file of the record."),
    _Kind(_begins(r"<\?xml|<svg|<[a-z][\w:]*[^>\t]*>"), "This is XML, no table", _MATRIX),
    _Kind(_starts(b"%PDF"), "This is a PDF, no table",
          "Tables in a PDF lose cells: download the matrix that belongs to it."),
    _Kind(_starts(b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*"),
          "This is an image, no table", _MATRIX),
    _Kind(_starts(b"[CEL]", b"[CEL]\r", b"@\x00\x00\x00\x04\x00\x00\x00", b"\x3b\x01\x00\x00"),
          "This is a CEL file: intensities of an array before normalisation",
          "Normalise all CEL files together (RMA of the R packages oligo or affy), and give the "
          "matrix."),
    _Kind(_starts(b"IDAT"), "This is an IDAT file: raw intensities of an array",
          "Give the normalised matrix."),
    _Kind(_starts(b"RDX2\n", b"RDX3\n", b"X\n\x00\x00\x00", b"A\n2\n", b"A\n3\n"),
          "This is an object saved by R (RDS, RData)", _R_EXPORT),
    _Kind(_starts(*(bytes([0x80, version]) for version in (2, 3, 4, 5))),
          "This is a Python pickle, which can run code when it is opened",
          "Write the table as TSV, parquet or h5ad."),
    _Kind(_starts(b"\x93NUMPY"), "This is a NumPy array, without names of genes and samples",
          "Write a table with both, as TSV or parquet."),
    _Kind(_starts(b"MATLAB 5.0"), "This is a MATLAB file",
          "Write the matrix as TSV with names of genes and samples."),
    _Kind(_starts(b"FEA1"), "This is feather of version 1", "Write it again as version 2."),
    _Kind(_starts(b"BAM\x01", b"CRAM", b"@HD\t", b"@SQ\t"), "These are aligned reads",
          "Count them first (featureCounts, HTSeq), and give the counts."),
    _Kind(_starts(b"NCBI.sra"), "These are reads (SRA)", _QUANTIFY),
    _Kind(_is_fastq, "These are reads (FASTQ)", _QUANTIFY),
    _Kind(_begins(r">[^\t\n]*\n[ACGTUN]{10,}(\s|$)"), "These are sequences (FASTA)", _QUANTIFY),
    _Kind(_begins(r"##fileformat=VCF"), "These are variants (VCF), no expression", _MATRIX),
    _Kind(_begins(r"(#!?[^\n]*\n)*[^\t\n]+\t[^\t\n]+\t(gene|transcript|exon|CDS)\t\d+\t\d+\t"),
          "This is an annotation of genes (GTF, GFF), no expression", _MATRIX),
    _Kind(_begins(r"(#[^\n]*\n)*hugo_symbol\t([^\n]*\t)?variant_classification\b"),
          "These are mutations (MAF), no expression", _MATRIX),
    _Kind(_starts(b"ustar", at=257), "This is an archive (tar)", _UNPACK),
    _Kind(_starts(b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x28\xb5\x2f\xfd"),
          "The file is packed by 7-Zip, RAR or Zstandard", _UNPACK),
    _Kind(_begins(r"[{\[]\s*([\"{\[\]}]|-?\d)"), "This is JSON, no table",
          "Write the matrix as TSV."),
    _Kind(_is_gmt, "These are gene sets (GMT), no expression",
          "Give the matrix; gene sets belong to --signatures."),
    _Kind(_is_ranked_list, "This is a ranked list of genes (RNK), no expression of samples",
          _MATRIX),
)  # fmt: skip


def read(path: Path, options: ReadOptions) -> RawMatrix:
    """Refuse a file.

    Parameters
    ----------
    path
        File of a kind that holds no matrix.
    options
        Not used.

    Raises
    ------
    FormatError
        Always: what the file is, and what to do instead.
    """
    head = Head.of(path)
    kind = _kind(head)
    if kind is None:
        raise FormatError(
            "The file is of no kind that is refused",
            where=str(path),
            fix="Leave the format to the content.",
        )
    title = re.search(r"<title[^>]*>([^<]{1,200})", "\n".join(head.lines), re.IGNORECASE)
    shown = " ".join(html.unescape(title[1]).split())[:80] if title else ""
    of_page = f", titled {shown!r}" if kind.recognises is _is_page and shown else ""
    raise FormatError(kind.what + of_page, where=str(path), fix=kind.fix)


def _kind(head: Head) -> _Kind | None:
    return next((kind for kind in _KINDS if kind.recognises(head)), None)


def _recognises(head: Head) -> bool:
    return not head.is_folder and _kind(head) is not None


FORMAT = Format(
    "no-matrix", "Files that hold no matrix, each refused with a reason", _recognises, read
)
