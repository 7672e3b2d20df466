"""Promoters of an annotation, by hand calculation."""

from __future__ import annotations

from pathlib import Path

import pytest

from atrasig.errors import FormatError, UsageError
from atrasig.targets.gtf import Promoter, plain_chromosome, read_promoters


def line(
    gene: str, transcript: str, start: int, end: int, strand: str = "+",
    feature: str = "transcript", chrom: str = "chr1",
) -> str:  # fmt: skip
    ids = f'gene_id "{gene}.3"; transcript_id "{transcript}"; gene_name "N{gene}";'
    return f"{chrom}\tHAVANA\t{feature}\t{start}\t{end}\t.\t{strand}\t.\t{ids}\n"


@pytest.fixture
def gtf(tmp_path: Path) -> Path:
    path = tmp_path / "a.gtf"
    path.write_text(
        "##provider: nobody\n"
        + line("B", "t3", 501, 900, "-")
        + line("B", "t4", 501, 800, "-")
        + line("A", "t1", 101, 300)
        + line("A", "t2", 151, 400)
        + line("A", "t2", 151, 160, feature="exon")
        + line("C", "t5", 6, 9, "+", chrom="chr2")
    )
    return path


def test_the_site_furthest_upstream_on_either_strand(gtf: Path) -> None:
    """Start sites in GTF count from 1: 101 on plus is 100 from 0, 900 on minus is 899."""
    assert read_promoters(gtf, upstream=20, downstream=10) == [
        Promoter(("A.3", "NA"), "chr1", 80, 110, "+", (100,)),
        Promoter(("B.3", "NB"), "chr1", 890, 920, "-", (899,)),
        Promoter(("C.3", "NC"), "chr2", 0, 15, "+", (5,)),
    ]


def test_every_site_with_windows_that_overlap_joined(gtf: Path) -> None:
    narrow = read_promoters(gtf, upstream=20, downstream=10, tss="every")
    assert [(p.names[0], p.start, p.end, p.tss) for p in narrow] == [
        ("A.3", 80, 110, (100,)), ("A.3", 130, 160, (150,)), ("B.3", 790, 820, (799,)),
        ("B.3", 890, 920, (899,)), ("C.3", 0, 15, (5,)),
    ]  # fmt: skip
    wide = read_promoters(gtf, upstream=90, downstream=10, tss="every")
    assert [(p.names[0], p.start, p.end, p.tss) for p in wide][:2] == [
        ("A.3", 10, 160, (100, 150)), ("B.3", 790, 890, (799,)),
    ]  # fmt: skip


@pytest.mark.parametrize("tss", ["outermost", "every"])
def test_windows_hold_the_bases_asked_for(gtf: Path, tss: str) -> None:
    for promoter in read_promoters(gtf, upstream=4, downstream=3, tss=tss):
        site = promoter.tss[0]
        before, after = site - promoter.start, promoter.end - site
        assert (before, after) == ((4, 3) if promoter.strand == "+" else (2, 5))


def test_exons_serve_where_there_are_no_transcripts(tmp_path: Path) -> None:
    path = tmp_path / "a.gtf"
    path.write_text(line("A", "t1", 301, 400, "-", "exon") + line("A", "t1", 101, 200, "-", "exon"))
    assert read_promoters(path, upstream=5, downstream=5)[0].tss == (399,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("##gff-version 3\n", "GFF3.*line 1"),
        ("chr1\tx\tgene\t1\n", "fewer than 9 fields.*line 1"),
        ("", "no transcript and no exon"),
        (line("A", "t", 5, 4), "no positions.*line 1"),
        (line("A", "t", 5, 9, "."), "strand is '.'"),
        (line("A", "t", 5, 9).replace("gene_id", "gid"), "no gene_id"),
    ],
)
def test_what_is_no_gtf_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "a.gtf"
    path.write_text(text)
    with pytest.raises(FormatError, match=message):
        read_promoters(path)


def test_windows_that_make_no_sense_are_refused(gtf: Path) -> None:
    for wrong in ({"upstream": -1}, {"upstream": 0, "downstream": 0}, {"tss": "some"}):
        with pytest.raises(UsageError):
            read_promoters(gtf, **wrong)  # type: ignore[arg-type]


def test_chromosomes_with_and_without_chr_are_the_same() -> None:
    assert [plain_chromosome(n) for n in ("chr1", "1", "chrM", "MT", "chrX")] == [
        "1", "1", "MT", "MT", "X",
    ]  # fmt: skip
