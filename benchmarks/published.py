"""Scores on public matrices beside published and peers' scores.

The matrices lie in ``../shared/data`` beside the repository and are not part of it; where they
are absent the section says so.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import io as matrix_market

from benchmarks.compare import align_signs
from benchmarks.inputs import write_input, write_matrix
from benchmarks.measure import ROOT, WARM, AbsentError, scores_once
from benchmarks.pairs import PAIRS
from benchmarks.tables import markdown
from benchmarks.ties import pair_correlation, pair_difference

DATA = ROOT.parent / "shared" / "data"
GSVA_SIZES = (10, 500)
GSVA_SETS = 100
PREFIX = "ENTREZ_"  # a short one would make aliases of genes, as E48
MIN_GENES = 5

Sets = dict[str, list[str]]


class Public:
    """One public matrix with gene sets, written for the tools, and its scores."""

    def __init__(self, name: str, table: pd.DataFrame, sets: Sets, folder: Path) -> None:
        self.name = name
        self.sets = keep_measured(sets, table.index)
        self.samples = list(table.columns)
        self.folder = folder / name.replace(" ", "_")
        self._scores: dict[str, np.ndarray] = {}
        self._warm = write_input(WARM["bulk"], folder)
        write_matrix(
            self.folder, np.ascontiguousarray(table.to_numpy(dtype=float).T), self.sets, table.index
        )

    def scores(self, tool: str) -> np.ndarray:
        """Return a tool's scores, samples x sets."""
        if tool not in self._scores:
            shape = len(self.samples), len(self.sets)
            self._scores[tool] = scores_once(tool, self.folder, self._warm).reshape(shape)
        return self._scores[tool]

    def frame(self, tool: str) -> pd.DataFrame:
        """Return a tool's scores as sets x samples, as they are published."""
        return pd.DataFrame(self.scores(tool).T, index=list(self.sets), columns=self.samples)

    def beside(self, *peers: str) -> list[list[str]]:
        """Compare peers' scores with ours: rows of a table."""
        return [self._row(peer) for peer in peers]

    def _row(self, peer: str) -> list[str]:
        pair = next(one for one in PAIRS if one.peer == peer)
        shape = f"{len(self.samples)} x {len(self.sets)}"
        try:
            ours, theirs = self.scores(pair.ours_tidy), self.scores(pair.peer)
        except AbsentError as absent:
            return [self.name, peer, shape, str(absent), ""]
        gap = pair_difference(pair, ours, theirs)
        return [self.name, peer, shape, f"{gap:.1e}", f"{pair_correlation(pair, ours, theirs):.6f}"]


def keep_measured(sets: Sets, genes: pd.Index) -> Sets:
    """Keep the measured genes of each set, and the sets with enough of them."""
    known = set(genes)
    kept = {name: [gene for gene in members if gene in known] for name, members in sets.items()}
    return {name: members for name, members in kept.items() if len(members) >= MIN_GENES}


def read_gmt(path: Path) -> Sets:
    """Read gene sets, packed or not."""
    packed = path.read_bytes()
    text = (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode("utf-8")
    lines = [line.split("\t") for line in text.splitlines()]
    return {line[0]: sorted({gene for gene in line[2:] if gene}) for line in lines}


def read_gct(path: Path) -> pd.DataFrame:
    """Read a GCT file: genes x samples."""
    table = pd.read_csv(path, sep="\t", skiprows=2, index_col=0)
    return table.drop(columns=table.columns[0])


def highest_probe(table: pd.DataFrame, symbols: pd.Series) -> pd.DataFrame:
    """Keep for each symbol its probe with the widest interquartile range."""
    of = symbols.reindex(table.index).dropna()
    spread = table.loc[of.index].quantile(0.75, axis=1) - table.loc[of.index].quantile(0.25, axis=1)
    chosen = spread.groupby(of).idxmax()
    return table.loc[chosen.to_numpy()].set_axis(chosen.index.astype(str))


def mean_of_probes(table: pd.DataFrame, genes: pd.Series) -> pd.DataFrame:
    """Average the probes of each gene, named as :func:`with_prefix` does."""
    of = genes.reindex(table.index).dropna()
    return table.loc[of.index].groupby(PREFIX + of).mean()


def with_prefix(sets: Sets) -> Sets:
    """Name genes by a prefix and their Entrez id: gseapy takes no bare numbers for symbols."""
    return {name: [f"{PREFIX}{gene}" for gene in genes] for name, genes in sets.items()}


def gsva_rows(folder: Path) -> list[list[str]]:
    """Leukemia of GSVAdata: published scores of the first 25 sets, and GSVA's own today."""
    place = DATA / "parity" / "gsva"
    probes = pd.read_csv(place / "leukemia_eset_expr.tsv.gz", sep="\t", index_col=0)
    table = mean_of_probes(probes, probe_to_entrez())
    published = read_gmt(place / "c2BroadSets_entrez.gmt")
    sets = {
        name: genes
        for name, genes in with_prefix(published).items()
        if GSVA_SIZES[0] <= len(set(genes) & set(table.index)) <= GSVA_SIZES[1]
    }
    some = dict(list(sets.items())[:GSVA_SETS])  # the published ones are the first of the file
    data = Public("GSVA leukemia", table, some, folder)
    rows = data.beside("R:ssgsea", "R:gsva", "R:zscore", "R:plage", "gseapy:ssgsea", "gseapy:gsva")
    for method in ("ssgsea", "gsva", "zscore", "plage"):
        expected = pd.read_csv(
            place / f"leukemia_{method}_expected_first25.tsv", sep="\t", index_col=0
        )
        rows.append(published_row(data, f"published {method}", f"atrasig:{method}/tidy", expected))
    return rows


def published_row(data: Public, title: str, tool: str, expected: pd.DataFrame) -> list[str]:
    """Compare our scores with published ones (sets x samples) where both have a set."""
    both = [name for name in expected.index if name in data.sets]
    ours = data.frame(tool).loc[both, expected.columns].to_numpy()
    theirs = expected.loc[both].to_numpy(dtype=float)
    if "plage" in tool:
        ours = align_signs(ours.T, theirs.T).T
    pooled = abs(np.corrcoef(ours.ravel(), theirs.ravel())[0, 1])
    r = [abs(np.corrcoef(one, other)[0, 1]) for one, other in zip(ours, theirs, strict=True)]
    shape = f"{expected.shape[1]} x {len(both)} (of {len(expected)})"
    return [data.name, title, shape, "", f"{np.median(r):.4f} (all scores {pooled:.3f})"]


def probe_to_entrez() -> pd.Series:
    """Map probes of HG-U95 to Entrez ids by way of symbols."""
    chip = pd.read_csv(
        DATA / "parity" / "gseapy" / "Human_AFFY_HG_U95_MSigDB_7_0_final.chip.gz",
        sep="\t",
        index_col=0,
    )["Gene Symbol"]
    genes = pd.read_csv(DATA / "ids" / "ensembl_grch37_annotables.tsv.gz", sep="\t", dtype=str)
    entrez = genes.dropna(subset=["entrez"]).drop_duplicates("symbol").set_index("symbol")["entrez"]
    found = chip.map(entrez).dropna()
    return found[~found.index.duplicated()]


def singscore_rows(folder: Path) -> list[list[str]]:
    """TGF-beta and toy data of singscore: its formula in R."""
    place = DATA / "parity" / "singscore"
    rows = []
    for name, matrix in (("tgfb", "tgfb_expr_10_se"), ("toy", "toy_expr_se")):
        table = pd.read_csv(place / f"{matrix}.tsv.gz", sep="\t", index_col=0)
        sets = {
            part: (place / f"{name}_gs_{part}.txt").read_text(encoding="ascii").split()
            for part in ("up", "dn")
        }
        data = Public(f"singscore {name}", table.set_axis(table.index.astype(str)), sets, folder)
        rows += data.beside("R:singscore")
    return rows


def gseapy_rows(folder: Path) -> list[list[str]]:
    """Leukemia of the Broad Institute, Hallmark sets."""
    place = DATA / "parity" / "gseapy"
    chip = pd.read_csv(place / "Human_AFFY_HG_U95_MSigDB_7_0_final.chip.gz", sep="\t", index_col=0)[
        "Gene Symbol"
    ]
    probes = read_gct(place / "Leukemia_hgu95av2.gct.gz")
    table = highest_probe(probes, chip[~chip.index.duplicated()])
    data = Public(
        "gseapy leukemia", table, read_gmt(DATA / "gmt" / "h.all.v7.1.symbols.gmt"), folder
    )
    return data.beside("gseapy:ssgsea", "gseapy:gsva", "R:ssgsea", "R:gsva", "decoupler:ulm")


def ucell_rows(folder: Path) -> list[list[str]]:
    """Cells of UCell, Hallmark sets."""
    place = DATA / "parity" / "ucell"
    genes = (place / "genes.txt").read_text(encoding="utf-8").split()
    cells = (place / "cells.txt").read_text(encoding="utf-8").split()
    values = matrix_market.mmread(place / "sample_matrix.mtx").toarray()
    table = pd.DataFrame(values, index=genes, columns=cells)
    table = table.loc[~table.index.duplicated()]
    data = Public("UCell cells", table, read_gmt(DATA / "gmt" / "h.all.v7.1.symbols.gmt"), folder)
    return data.beside("pyucell:ucell", "decoupler:aucell", "decoupler:ulm", "scanpy:score_genes")


def genepattern_rows(folder: Path) -> list[list[str]]:
    """NCI-60 lines of GenePattern's ssGSEA: its projection, with today's sets of the same bands."""
    place = DATA / "parity" / "genepattern_ssgsea"
    table = read_gct(place / "P53_14samples_collapsed_symbols.gct")
    expected = read_gct(place / "P53_14samples_collapsed_symbols.PROJ.gct")
    bands = read_gmt(DATA / "gmt" / "c1.all.v7.0.symbols.gmt.gz")
    sets = {name: bands[name] for name in expected.index if name in bands}
    data = Public("GenePattern NCI-60", table.loc[~table.index.duplicated()], sets, folder)
    title = "published projection; bands of MSigDB C1 v7.0"
    return [published_row(data, title, "atrasig:ssgsea/tidy", expected)]


SOURCES: tuple[Callable[[Path], list[list[str]]], ...] = (
    gsva_rows,
    singscore_rows,
    gseapy_rows,
    ucell_rows,
    genepattern_rows,
)


def published_section(folder: Path) -> str:
    """Write the comparison on public matrices."""
    if not DATA.is_dir():
        return "## Public matrices\n\nNot present: `../shared/data` lies beside the repository."
    rows = [row for source in SOURCES for row in source(folder)]
    header = ("matrix", "beside", "samples x sets", "largest difference", "r over samples (median)")
    notes = [
        "GSVA leukemia: probes are brought to Entrez ids by way of symbols, the probes of "
        "a gene are averaged; its published scores rest on another mapping, so they are "
        "correlated only (per set over samples, and all scores at once).",
        "gseapy leukemia has values that tie (one decimal), UCell's cells have ties across the "
        "1,500th place: pyucell leaves such a group out or takes it as a whole, ours takes the "
        "mean over its places. decoupler breaks ties by chance and drops genes without values.",
        "GenePattern: the set file of the projection is not there. Its bands are taken from a "
        "later MSigDB, whole chromosomes are not in it, and the projection's exponent is not "
        "stated.",
        "Not comparable: singscore's published scores of TCGA and CCLE (their matrices are not "
        "there), GenePattern's `no_normalization.gct` (neither matrix nor sets), and the preranked "
        "GSEA of gseapy's and fgsea's folders (a test on one ranking, not a score of a sample).",
    ]
    return "\n\n".join(
        ["## Public matrices", markdown(header, rows), "\n".join(f"- {note}" for note in notes)]
    )
