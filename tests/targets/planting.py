"""A small genome whose target genes are known, as the files that a user has."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from atrasig.genes import load_gene_table

SITES = {"DR5": "AGGTCACCGAAAGTTCA", "DR2": "AGGTCAAAAGGTCA", "DR1": "AGGTCAAAGGTCA"}
N, SPAN, UPSTREAM, DOWNSTREAM = 320, 4000, 1500, 500


@dataclass(frozen=True)
class Planted:
    """Files, and what was planted: genes by number, every tenth of them with a name alone."""

    folder: Path
    symbols: tuple[str, ...]
    elements: dict[str, str]
    bound: frozenset[str]
    early: dict[str, float]
    late: dict[str, float]

    def path(self, name: str) -> Path:
        return self.folder / name


def plant(folder: Path) -> Planted:
    """Two chromosomes; genes on alternate strands, a site 200 bases upstream of its start."""
    rng = np.random.default_rng(4)
    table = load_gene_table()
    symbols = sorted(table.coding)[1000 : 1000 + N]
    letters = np.frombuffer(b"ACGT", np.uint8)
    genome = {c: letters[rng.integers(0, 4, SPAN * N // 2)].tobytes().decode() for c in "12"}
    genome = {c: text.replace("TCA", "TCC").replace("TGA", "TGG") for c, text in genome.items()}
    gtf, elements, peaks, bound = [], {}, [], set()
    for number, symbol in enumerate(symbols):
        chrom, strand = "12"[number % 2], "+-"[number // 2 % 2]
        tss = SPAN * (number // 2) + 2000
        site = ("", "DR5", "DR2", "DR1")[number % 4] if number < 120 else ""
        if site:
            elements[symbol] = site
            genome[chrom] = _with_site(genome[chrom], SITES[site], tss, strand)
        if number % 3 == 0 and number < 150:
            bound.add(symbol)
            peaks.append(f"chr{chrom}\t{tss - 250}\t{tss + 250}\tp{number}\t0\t.\t9\t5\t4\t200")
        span = (tss, tss + 900) if strand == "+" else (tss - 900, tss + 1)
        ensembl = str(table.frame.at[symbol, "ensembl"]).partition("|")[0] or symbol
        ids = f'gene_id "{ensembl}.1"; transcript_id "t{number}"; gene_name "{symbol}";'
        gtf.append(f"chr{chrom}\tx\ttranscript\t{span[0] + 1}\t{span[1]}\t.\t{strand}\t.\t{ids}")
    early = dict.fromkeys(symbols[:40], 2.0) | dict.fromkeys(symbols[40:60], -2.0)
    late = dict.fromkeys(symbols[20:100], 3.0) | dict.fromkeys(symbols[100:110], -3.0)
    peaks.append("chr2\t1\t20\tnowhere\t0\t.\t1\t1\t1\t-1")
    _write(folder / "genome.fa.gz", "".join(f">{c}\n{_folded(t)}" for c, t in genome.items()))
    _write(folder / "genes.gtf.gz", "\n".join(gtf) + "\n")
    _write(folder / "rara.narrowPeak", "\n".join(peaks) + "\n")
    for name, changed in (("early", early), ("late", late)):
        rows = [f"{s},{changed.get(s, 0.1)},{1e-4 if s in changed else 0.8}" for s in symbols]
        _write(folder / f"{name}.csv", "gene,log2FoldChange,padj\n" + "\n".join(rows) + "\n")
    return Planted(folder, tuple(symbols), elements, frozenset(bound), early, late)


def _with_site(text: str, site: str, tss: int, strand: str) -> str:
    """Lower case, as masked repeats are, on the strand of the gene."""
    if strand == "+":
        return text[: tss - 200] + site.lower() + text[tss - 200 + len(site) :]
    back = site[::-1].translate(str.maketrans("ACGT", "tgca"))
    return text[: tss + 201 - len(site)] + back + text[tss + 201 :]


def _folded(text: str) -> str:
    return "".join(f"{text[at : at + 60]}\n" for at in range(0, len(text), 60))


def _write(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
