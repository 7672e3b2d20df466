"""Target genes file to file, on a genome whose target genes are known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from atrasig.errors import InputError, UsageError
from atrasig.pipeline.targets import TargetSettings, write_targets
from atrasig.targets.find import Thresholds
from atrasig.targets.motif import Motif
from tests.targets.planting import DOWNSTREAM, SITES, UPSTREAM, Planted, plant

FILES = {
    "targets.tsv", "elements.tsv", "elements.bed", "enrichment.tsv", "targets.json", "targets.md",
}  # fmt: skip


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return plant(tmp_path_factory.mktemp("planted"))


def settings(planted: Planted, **changes: object) -> TargetSettings:
    given = {
        "early": planted.path("early.csv"), "late": planted.path("late.csv"),
        "genome": planted.path("genome.fa.gz"), "gtf": planted.path("genes.gtf.gz"),
        "peaks": planted.path("rara.narrowPeak"), "upstream": UPSTREAM, "downstream": DOWNSTREAM,
        "thresholds": Thresholds(matches=1),
    }  # fmt: skip
    return TargetSettings(**(given | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def out(planted: Planted, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("targets") / "deep"
    write_targets(folder, settings(planted))
    return folder


def read(out: Path, name: str = "targets.tsv") -> pd.DataFrame:
    return pd.read_csv(out / name, sep="\t", keep_default_na=False, na_values="NA")


def test_every_gene_has_the_class_that_was_planted(planted: Planted, out: Path) -> None:
    genes = read(out).set_index("gene")
    assert sorted(genes.index) == sorted(planted.symbols)
    for gene in planted.symbols:
        early, late = planted.early.get(gene, 0), planted.late.get(gene, 0)
        change = np.sign([one for one in (early, late) if one])
        word = (
            "changed both ways" if len(set(change)) == 2
            else {1: "induced", -1: "repressed"}[int(change[0])] if len(change) else "unchanged"
        )  # fmt: skip
        bound, element = gene in planted.bound, gene in planted.elements
        if word == "unchanged":
            expected = "bound only" if bound else "motif only" if element else "no evidence"
        else:
            expected = (
                f"direct, bound and {word}" if bound
                else f"motif and {word}" if element else f"{word} only"
            )  # fmt: skip
        assert genes.at[gene, "class"] == expected, gene
        both = bool(early) + bool(late) == 2
        time = "both" if both else "early" if early else "late" if late else ""
        assert genes.at[gene, "time"] == time
    assert genes["class"].nunique() == 12


def test_the_evidence_stands_beside_the_class(planted: Planted, out: Path) -> None:
    genes = read(out).set_index("gene")
    for gene in planted.symbols:
        site = planted.elements.get(gene)
        assert genes.at[gene, "n_elements"] == bool(site)
        assert genes.at[gene, "n_elements_in_peaks"] == bool(site and gene in planted.bound)
        if site:
            assert genes.at[gene, "best_element"] == site
            assert genes.at[gene, "best_element_mismatches"] == 0
            half = len(SITES[site]) // 2
            assert abs(genes.at[gene, "best_element_tss_distance"] + 200 - half) <= 1
    assert (genes["length"] == UPSTREAM + DOWNSTREAM).all()
    assert genes["gc"].between(0.4, 0.65).all()


def test_elements_stand_in_bed_where_the_genome_has_them(planted: Planted, out: Path) -> None:
    elements = read(out, "elements.tsv")
    assert len(elements) == len(planted.elements)
    assert (elements["sequence"] == elements["arrangement"].map(SITES)).all()
    assert set(elements["strand"]) == {"+", "-"}
    bed = pd.read_csv(out / "elements.bed", sep="\t", header=None)
    assert bed[[0, 1, 2, 5]].astype(str).to_numpy().tolist() == (
        elements[["chrom", "start", "end", "strand"]].astype(str).to_numpy().tolist()
    )
    assert (bed[2] - bed[1] == elements["sequence"].str.len()).all()
    assert (bed[4] == 1000).all()


def test_elements_are_enriched_where_they_were_planted(out: Path) -> None:
    table = read(out, "enrichment.tsv").set_index(["group", "feature", "method"])
    row = table.xs("matched promoters, Fisher's exact test", level="method").loc[
        ("induced", "any element")
    ]
    assert row["low"] > 1
    assert row["n_group"] == row["n_background"]
    groups = {"induced", "repressed", "induced, early", "induced, late", "induced, both"}
    assert set(table.index.get_level_values("group")) == groups
    features = {"any element", "DR1", "DR2", "DR5", "peak", "element in a peak"}
    assert set(table.index.get_level_values("feature")) == features


def test_counts_and_inputs_are_recorded(planted: Planted, out: Path) -> None:
    record = json.loads((out / "targets.json").read_text())
    assert sum(record["classes"].values()) == len(planted.symbols)
    assert record["facts"]["peaks without a gene"] == 1
    assert record["facts"]["promoters"] == len(planted.symbols)
    assert record["inputs"]["genome"]["name"] == "genome.fa.gz"
    assert {path.name for path in out.iterdir()} == FILES
    page = (out / "targets.md").read_text()
    assert "direct, bound and induced" in page
    assert str(out) not in page
    assert str(planted.folder) not in page


def test_two_runs_write_the_same_bytes(planted: Planted, out: Path, tmp_path: Path) -> None:
    write_targets(tmp_path, settings(planted))
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (out / name).read_bytes()


def promoter_fasta(planted: Planted, path: Path) -> Path:
    """The promoters as a FASTA of their own, each as its gene runs."""
    from atrasig.targets.gtf import read_promoters
    from atrasig.targets.motif import decode, reverse_complement
    from atrasig.targets.sequences import promoters_of_genome

    windows = read_promoters(planted.path("genes.gtf.gz"), upstream=UPSTREAM, downstream=DOWNSTREAM)
    with path.open("w") as handle:
        for one, codes in promoters_of_genome(planted.path("genome.fa.gz"), windows):
            sequence = decode(codes if one.strand == "+" else reverse_complement(codes))
            place = f"{one.chrom}:{one.start}-{one.end}({one.strand})"
            handle.write(f">{one.names[1]}::{place}\n{sequence}\n")
    return path


def test_promoters_as_sequences_give_the_same(planted: Planted, out: Path, tmp_path: Path) -> None:
    """But for distances from start sites, which a FASTA does not tell."""
    fasta = promoter_fasta(planted, tmp_path / "promoters.fa")
    write_targets(
        tmp_path / "out", settings(planted, promoters=fasta, genome=None, gtf=None)
    )  # fmt: skip
    unknown = ["best_element_tss_distance", "peak_distance"]
    expected, found = read(out), read(tmp_path / "out")
    assert found[unknown].isna().all(axis=None)
    pd.testing.assert_frame_equal(found.drop(columns=unknown), expected.drop(columns=unknown))


def test_peaks_serve_without_sequences_and_sequences_without_peaks(
    planted: Planted, tmp_path: Path
) -> None:
    peaks = write_targets(tmp_path / "a", settings(planted, genome=None))
    assert "n_elements" not in peaks.genes
    assert peaks.counts["motif and induced"] == 0
    assert peaks.counts["direct, bound and induced"] > 0
    assert len(peaks.enrichment) == 0
    scanned = write_targets(
        tmp_path / "b", settings(planted, peaks=None, early=None, late=None,
                                 table=planted.path("late.csv"))
    )  # fmt: skip
    assert scanned.counts["direct, bound and induced"] == 0
    assert scanned.counts["motif and induced"] > 0
    assert set(scanned.genes["time"]) == {""}
    assert {"log2fc", "q", "response"} <= set(scanned.genes)


def test_a_gene_without_a_promoter_is_not_said_to_lack_evidence(
    planted: Planted, tmp_path: Path
) -> None:
    text = planted.path("late.csv").read_text() + "RARB,4,0.0001\nTGM2,0.1,0.9\nDHRS3,1,NA\n"
    (tmp_path / "late.csv").write_text(text)
    found = write_targets(tmp_path / "out", settings(planted, late=tmp_path / "late.csv"))
    classes = found.genes.set_index("gene")["class"]
    assert classes[["RARB", "TGM2", "DHRS3"]].tolist() == [
        "induced, promoter not examined", "unchanged, promoter not examined", "not tested",
    ]  # fmt: skip
    assert found.facts["genes of the tables without a promoter"] == 3


def test_inverted_repeats_and_mismatches_have_their_columns(
    planted: Planted, tmp_path: Path
) -> None:
    motif = Motif(direct=(5,), inverted=(0,), mismatches=1, total_mismatches=1)
    found = write_targets(tmp_path, settings(planted, motif=motif))
    assert {"DR5", "IR0"} <= set(found.genes)
    assert "DR1" not in found.genes
    worse = found.elements[found.elements["mismatches"] == 1]
    assert len(worse) > 0
    scores = {line.split("\t")[4] for line in (tmp_path / "elements.bed").read_text().splitlines()}
    assert scores == {"1000", "916"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"early": None, "late": None}, "either TABLE, or --early and --late"),
        ({"gtf": None}, "Where the promoters are is not known"),
        ({"genome": None, "peaks": None}, "no sequence to scan and no peak"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    planted: Planted, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        settings(planted, **changes)
    with pytest.raises(UsageError, match="as sequences and as places"):
        settings(planted, promoters=planted.path("genome.fa.gz"))


def test_nothing_is_written_where_something_is_wrong(planted: Planted, tmp_path: Path) -> None:
    fasta = tmp_path / "promoters.fa"
    fasta.write_text(">one\nACGT\n>two\nACGT\n")
    wrong = settings(planted, promoters=fasta, genome=None, gtf=None, peaks=None)
    with pytest.raises(InputError, match="No promoter is of a gene of the differential table"):
        write_targets(tmp_path / "out", wrong)
    fasta.write_text(f">{planted.symbols[0]}\nACGT\n")
    unplaced = settings(planted, promoters=fasta, genome=None, gtf=None)
    with pytest.raises(UsageError, match="places of the promoters are not known"):
        write_targets(tmp_path / "out", unplaced)
    assert not (tmp_path / "out").exists()
