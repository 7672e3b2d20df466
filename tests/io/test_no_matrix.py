"""Files that hold no matrix: each is named, and refused with what to do instead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from atrasig.errors import FormatError
from atrasig.io import read_expression, sniff

Writer = Callable[[str, "str | bytes"], Path]
PAGE = "<!DOCTYPE html>\n<html><head><title>404 &amp;\n Not Found</title></head></html>"
FASTQ = "@SRR1.1 1\nACGTACGTAA\n+\nIIIIIIIIII\n"
GTF = '#!genome-build GRCh38\nchr1\tHAVANA\tgene\t11869\t14409\t.\t+\t.\tgene_id "ENSG1";\n'
TAR = b"m.tsv".ljust(257, b"\0") + b"ustar\x0000" + bytes(248)

CASES: list[tuple[str | bytes, str]] = [
    ("3 2 1\n# A B\nA A B\n", "CLS file.*atrasig sheet"),
    ("#numeric\n#dose\n1 2 3\n", "CLS file"),
    ("Probe Set ID\tGene Symbol\tGene Title\n1_at\tRARA\tx\n", "CHIP file.*--platform"),
    ("SET_A\thttp://x\tRARA\tPML\nSET_B\tna\tTP53\n", r"gene sets \(GMT\).*--signatures"),
    ("RARA\t2.5\nPML\t0.1\nTP53\t-1e-3\n", r"ranked list.*\(RNK\)"),
    ("# made by x\nRARA\t-2.5\nPML\t0.1\n", r"ranked list.*\(RNK\)"),
    ('<?xml version="1.0"?>\n\n<EDB LC_PROC="none">\n', r"result of GSEA \(\.edb\)"),
    ('<?xml version="1.0"?>\n<MINiML xmlns="x">\n', "MINiML.*series matrix"),
    ('<?xml version="1.0"?>\n<svg/>\n', "XML, no table"),
    (PAGE, r"web page.*titled '404 & Not Found'.*download"),
    ("\n\n  <HTML>\n<body>login</body>", r"web page, not the file that it offers \("),
    ("%PDF-1.7\n%\xe2\n", "PDF, no table"),
    (b"\x89PNG\r\n\x1a\n\x00\x00", "image"),
    (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image"),
    ("[CEL]\nVersion=3\n", "CEL file.*RMA"),
    (b"@\x00\x00\x00\x04\x00\x00\x00\x00", "CEL file"),
    (b"\x3b\x01\x00\x00\x00\x10", "CEL file"),
    (b"IDAT\x03\x00", "IDAT file"),
    (b"X\n\x00\x00\x00\x03\x00\x04", "saved by R.*write.table"),
    (b"RDX3\nX\n\x00\x00", "saved by R"),
    (b"\x80\x04\x95\x10\x00\x00", "pickle.*parquet"),
    (b"\x93NUMPY\x01\x00", "NumPy"),
    (b"MATLAB 5.0 MAT-file\x00", "MATLAB"),
    (b"FEA1\x00\x00", "feather of version 1"),
    (b"BAM\x01\x00\x00", "aligned reads.*featureCounts"),
    ("@HD\tVN:1.6\n@SQ\tSN:chr1\tLN:1\n", "aligned reads"),
    (b"NCBI.sra\x05\x03", r"reads \(SRA\)"),
    (FASTQ, r"reads \(FASTQ\).*salmon"),
    (">ENST1 cdna\nACGTACGTACGTAA\n", "FASTA"),
    ("##fileformat=VCFv4.2\n#CHROM\tPOS\n", "variants"),
    (GTF, "annotation of genes"),
    (TAR, r"archive \(tar\).*Unpack"),
    (b"\x28\xb5\x2f\xfd\x04\x00\x00", "Zstandard"),
    ('{"genes": ["RARA"]}', "JSON"),
    ("[[1, 2], [3, 4]]", "JSON"),
]


@pytest.mark.parametrize(("content", "words"), CASES)
@pytest.mark.parametrize("name", ["m.tsv", "m.gz"])
def test_each_is_refused_in_one_sentence(
    write: Writer, content: str | bytes, words: str, name: str
) -> None:
    path = write(name, content)
    assert sniff(path) == "no-matrix"
    with pytest.raises(FormatError, match=words):
        read_expression(path)


@pytest.mark.parametrize(
    "text",
    [
        "gene\ts1\nRARA\t2\nPML\t-1\n",
        "gene\tdescription\ts1\nRARA\tx\t1\nPML\ty\n",
        "RARA\t5\nPML\t3\nTP53\t1\n",
        "id\tsymbol\tname\ts1\nx\tRARA\ty\t1\nz\tPML\n",
        "@gene\ts1\nRARA\t1\nPML\t2\nTP53\t3\n",
        '"gene"\t"s1"\nRARA\t1\n',
        "<5\ts1\nRARA\t1\n",
    ],
)
def test_tables_are_not_taken_for_one_of_them(write: Writer, text: str) -> None:
    assert sniff(write("m.tsv", text)) != "no-matrix"


def test_forced_on_a_table(write: Writer) -> None:
    with pytest.raises(FormatError, match="of no kind that is refused"):
        read_expression(write("m.tsv", "gene\ts1\nRARA\t1\n"), format="no-matrix")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("gene_sets.gmt", "GMT"),
        ("genes.gmt", "GMT"),
        ("geneset.gsva.gmt", "GMT"),
        ("gsea_data.gsea_data.rnk", "RNK"),
        ("results.edb", "GSEA"),
        ("Leukemia.cls", "CLS"),
        ("Human_AFFY_HG_U95_MSigDB_7_0_final.chip.gz", "CHIP"),
    ],
)
def test_real_files(shared: Path, name: str, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        read_expression(shared / "data/parity/gseapy" / name)
