"""FASTA: what is read, and what is refused with its place."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from atrasig.errors import FormatError, InputError
from atrasig.targets.fasta import read_fasta
from atrasig.targets.gtf import Promoter
from atrasig.targets.motif import decode
from atrasig.targets.sequences import is_placed, promoters_of_fasta, promoters_of_genome


def written(path: Path, text: str) -> Path:
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


@pytest.mark.parametrize("name", ["a.fa", "a.fa.gz"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_records_in_any_line_length_and_case(tmp_path: Path, name: str, end: str) -> None:
    lines = ["", ">one first gene", "ACGT", "acgu", "", "nRyN", ">two", "TTTT", ">three|x", "A"]
    found = list(read_fasta(written(tmp_path / name, end.join(lines))))
    assert [(record.name, decode(record.codes)) for record in found] == [
        ("one", "ACGTACGTNNNN"), ("two", "TTTT"), ("three|x", "A"),
    ]  # fmt: skip
    assert found[0].header == "one first gene"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "There is no sequence"),
        ("ACGT\n", "first line does not begin with >.*line 1"),
        ("@read\nACGT\n+\nIIII\n", "first line does not begin with >"),
        (">\nACGT\n", "no name.*line 1"),
        (">a\n>b\nA\n", "'a' has no sequence.*line 1"),
        (">a\nA\n>a\nC\n", "Two records are called 'a'.*line 3"),
        (">a\nAC-GT\n", "Base 3 of record 'a' is '-'"),
        (">a\nACGT\nAC*T\n", "Base 7 of record 'a' is '\\*'"),
        (">a\nMEEPQSDPSV\n", "Base 2 of record 'a' is 'E'"),
        (">a\nMSHKVSDRMSHKVSDRMSHKVSDR\n", "100% of the letters .* proteins"),
    ],
)
def test_what_is_no_nucleic_acid_is_refused_with_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(FormatError, match=message):
        list(read_fasta(written(tmp_path / "a.fa", text)))


def test_places_of_promoters_are_taken_from_their_names(tmp_path: Path) -> None:
    text = (
        ">RARB::chr3:100-104(-)\nAACG\n>CYP26A1::chr10:5-8\nAAA\n"
        ">ENSG00000077092|RARB\nAAAA\n>x gene_symbol:TGM2\nA\n"
        ">DHRS3 range=chr1:11-13 5'pad=0 3'pad=0 strand=+ repeatMasking=none\nCCC\n"
    )
    found = list(promoters_of_fasta(written(tmp_path / "p.fa", text)))
    promoters = [promoter for promoter, _ in found]
    assert decode(found[0][1]) == "CGTT"
    assert promoters == [
        Promoter(("RARB",), "chr3", 100, 104, "-"),
        Promoter(("CYP26A1",), "chr10", 5, 8, "."),
        Promoter(("ENSG00000077092", "RARB"), "ENSG00000077092|RARB", 0, 4, ""),
        Promoter(("TGM2", "x"), "x", 0, 1, ""),
        Promoter(("DHRS3",), "chr1", 10, 13, "+"),
    ]
    assert [is_placed(promoter) for promoter in promoters] == [True, True, False, False, True]


def test_coordinates_that_do_not_fit_the_sequence_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "p.fa", ">RARB::chr3:100-104\nAAA\n")
    with pytest.raises(FormatError, match="3 bases and coordinates of 4"):
        list(promoters_of_fasta(path))


def test_windows_are_cut_out_of_a_genome(tmp_path: Path) -> None:
    path = written(tmp_path / "g.fa", ">chr2\nAACC\nGGTT\n>chr1 x\nACGTACGT\n")
    windows = [
        Promoter(("A",), "1", 2, 5, "+"),
        Promoter(("B",), "2", 6, 20, "-"),
        Promoter(("C",), "7", 0, 3, "-"),
    ]
    found = [(p.names[0], p.end, decode(codes)) for p, codes in promoters_of_genome(path, windows)]
    assert found == [("B", 8, "TT"), ("A", 5, "GTA")]


def test_a_genome_of_another_source_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "g.fa", ">NC_000001.11\nACGTACGT\n")
    with pytest.raises(InputError, match=r"No chromosome .* \(1\) .* \(NC_000001\.11\)"):
        list(promoters_of_genome(path, [Promoter(("A",), "chr1", 0, 3, "+")]))
    path = written(tmp_path / "h.fa", ">chr1\nACGTACGT\n")
    with pytest.raises(InputError, match="begins at 8, beyond the 8 bases"):
        list(promoters_of_genome(path, [Promoter(("A",), "chr1", 8, 9, "+")]))
