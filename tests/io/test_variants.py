"""The layouts that sources of expression data use: real values, no option, the right matrix."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from atrasig import harmonise, read_expression
from atrasig.errors import FormatError
from atrasig.genes import load_gene_table
from atrasig.io import ReadOptions
from atrasig.sheet import build_sheet
from tests.io.workbooks.making_workbooks import xlsx

Writer = Callable[[str, "str | bytes"], Path]
N_GENES = 2500
STATISTICS = ("logFC", "AveExpr", "t", "P.Value", "adj.P.Val", "B")
DEPMAP = ("SequencingID", "ModelID", "IsDefaultEntryForModel", "IsDefaultEntryForMC")
COUNTERS = ("__no_feature", "__ambiguous", "__too_low_aQual", "__not_aligned")


class Source:
    """Counts of four leukaemias, and what other programs make of them."""

    def __init__(self, path: Path) -> None:
        table = pd.read_csv(path, sep="\t", index_col=0)
        genes = load_gene_table().frame
        coding = genes[(genes["biotype"] == "protein_coding") & (genes["entrez"].astype(str) != "")]
        symbols = {ensembl: symbol for symbol, ensembl in coding["ensembl"].items()}
        plain = table.index.str.replace(r"\..*", "", regex=True)
        known = [at for at, name in enumerate(plain) if name in symbols]
        rows = np.sort(np.random.default_rng(1).choice(known, N_GENES, replace=False))
        self.versioned, self.ensembl = list(table.index[rows]), list(plain[rows])
        self.symbol = [symbols[name] for name in self.ensembl]
        self.entrez = [str(coding["entrez"][name]).split("|")[0] for name in self.symbol]
        self.mouse = [
            coding["mouse_symbol"][name] or f"Gm{n}" for n, name in enumerate(self.symbol)
        ]
        self.counts = table.iloc[rows, :4].reset_index(drop=True)
        self.counts.columns = [f"TCGA-AB-{2803 + n}-03" for n in range(4)]
        lengths = np.random.default_rng(2).integers(500, 9000, N_GENES)
        per_base = self.counts.div(lengths, axis=0)
        self.tpm = (per_base / per_base.sum() * 1e6).round(4)
        self.cpm = self.counts / self.counts.sum() * 1e6
        self.log_tpm = np.log2(self.tpm + 1)


def table(values: pd.DataFrame, separator: str = "\t", **first: Sequence[object]) -> str:
    """Write genes in rows; ``_`` names a column by nothing, ``__`` in a name stands for a blank."""
    named = {("" if name == "_" else name.replace("__", " ")): list(v) for name, v in first.items()}
    frame = pd.concat([pd.DataFrame(named, dtype=object), values], axis=1)
    return frame.to_csv(sep=separator, index=False)


def in_rows(values: pd.DataFrame, genes: Sequence[str], **first: Sequence[object]) -> str:
    """Write samples in rows, their names under ``sample`` unless columns are given."""
    frame = values.T.set_axis(list(genes), axis=1).reset_index(drop=True)
    named = first or {"sample": list(values)}
    head = pd.DataFrame({("" if n == "_" else n): list(v) for n, v in named.items()}, dtype=object)
    return pd.concat([head, frame], axis=1).to_csv(index=False)


def renamed(values: pd.DataFrame, pattern: str) -> pd.DataFrame:
    return values.set_axis([pattern.format(name) for name in values], axis=1)


def firehose(s: Source) -> str:
    lines = [["Hybridization REF"], ["gene_id"]]
    units = ("raw_count", "scaled_estimate", "transcript_id")
    for name in s.counts:
        lines[0] += [f"{name}A-01T"] * 3
        lines[1] += units
    share = s.counts / s.counts.sum()
    names = zip(s.symbol, s.entrez, strict=True)
    for row, (symbol, entrez) in enumerate(names):
        fields = [
            [str(s.counts.iat[row, n]), f"{share.iat[row, n]:.3g}", "uc1.2"] for n in range(4)
        ]
        lines.append([f"{symbol}|{entrez}", *chain(*fields)])
    return "\n".join(map("\t".join, lines)) + "\n"


def depmap(s: Source) -> str:
    values = s.log_tpm.iloc[:, [0, 0, 1, 2, 3]]
    ids = ["CDS-1", "CDS-2", "CDS-3", "CDS-4", "CDS-5"], [f"ACH-{n}" for n in (1, 1, 2, 3, 4)]
    flags = ["No", "Yes", "Yes", "Yes", "Yes"]
    columns = dict(zip(DEPMAP, [*ids, flags, flags], strict=True))
    return in_rows(values, pairs(s, "{} ({})"), _=range(5), **columns)


def pairs(s: Source, pattern: str) -> list[str]:
    return [pattern.format(*names) for names in zip(s.symbol, s.entrez, strict=True)]


def genome_studio(s: Source) -> str:
    lines = ["Illumina Inc. GenomeStudio version 1.9.0", "Normalization = none", ""]
    columns: dict[str, Any] = {"ProbeID": range(N_GENES), "SYMBOL": s.symbol}
    for name in s.tpm:
        columns[f"{name}.AVG_Signal"] = s.tpm[name] + 90
        columns[f"{name}.Detection Pval"] = 0.01
        columns[f"{name}.BEAD_STDERR"] = 2.5
    return "\n".join(lines) + "\n" + pd.DataFrame(columns).to_csv(sep="\t", index=False)


def with_statistics(s: Source) -> str:
    statistics = {name: np.linspace(-1, 1, N_GENES) for name in STATISTICS}
    return table(pd.concat([np.log2(s.cpm + 1), pd.DataFrame(statistics)], axis=1), ",", _=s.symbol)


def feature_counts(s: Source) -> str:
    twice = ["1;1"] * N_GENES
    program = '# Program:featureCounts v2.0.1; Command:"featureCounts" "-a" "genes.gtf"\n'
    places = {"Chr": twice, "Start": twice, "End": twice, "Strand": ["+;+"] * N_GENES}
    counts = renamed(s.counts, "star/{0}/{0}.Aligned.sortedByCoord.out.bam")
    return program + table(counts, Geneid=s.ensembl, **places, Length=[900] * N_GENES)


def german(values: pd.DataFrame, symbols: Sequence[str]) -> str:
    return values.set_axis(symbols, axis=0).to_csv(sep=";", decimal=",", index_label="Gen")


def book(s: Source, above: list[list[str | None]], *, as_text: bool = False) -> bytes:
    rows: list[list[Any]] = [*above, ["Gene", *s.counts]]
    cells = s.counts.astype(str if as_text else int).to_numpy().tolist()
    rows += [[symbol, *row] for symbol, row in zip(s.symbol, cells, strict=True)]
    return xlsx({"README": [["Contact", "Dr X"], ["Date", "2020"]], "Table S3": rows})


def shuffled(text: str, **options: Any) -> str:
    """Write a table again with other quotes."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", **options).writerows(csv.reader(io.StringIO(text)))
    return out.getvalue()


@dataclass(frozen=True)
class Case:
    """A file as a source writes it, and what is to be read from it."""

    name: str
    write: Callable[[Source], str | bytes]
    values: Callable[[Source], pd.DataFrame]
    scale: str
    ignored: int = 0
    known: float = 1.0


def counts(s: Source) -> pd.DataFrame:
    return s.counts


def tpm(s: Source) -> pd.DataFrame:
    return s.tpm


CASES = [
    Case("data_mrna_seq_v2_rsem.txt",
         lambda s: table(s.tpm, Hugo_Symbol=s.symbol, Entrez_Gene_Id=s.entrez), tpm, "tpm", 1),
    Case("rnaseqv2__RSEM_genes__data.data.txt", firehose,
         lambda s: renamed(s.counts, "{}A-01T"), "counts"),
    Case("uncv2.mRNAseq_RSEM_all.txt", lambda s: table(s.counts, gene=pairs(s, "{}|{}")), counts,
         "counts"),
    Case("TCGA-LAML.htseq_counts.tsv", lambda s: table(np.log2(s.counts + 1), sample=s.versioned),
         lambda s: np.log2(s.counts + 1), "log_counts"),
    Case("TcgaTargetGtex_rsem_gene_tpm",
         lambda s: table(np.log2(s.tpm + 0.001).round(4), sample=s.versioned),
         lambda s: np.log2(s.tpm + 0.001).round(4), "log2"),
    Case("GTEx_tpm.gct",
         lambda s: f"#1.2\n{N_GENES}\t4\n" + table(s.tpm, Name=s.versioned, Description=s.symbol),
         tpm, "tpm"),
    Case("gene_reads_whole_blood.gct",
         lambda s: f"#1.2\n{N_GENES}\t4\n"
         + table(s.counts, id=range(N_GENES), Name=s.versioned, Description=s.symbol),
         counts, "counts"),
    Case("salmon.merged.gene_counts.tsv",
         lambda s: table(s.counts, gene_id=s.ensembl, gene_name=s.symbol), counts, "counts"),
    Case("salmon.merged.gene_tpm.tsv",
         lambda s: table(s.tpm, gene_id=s.ensembl, gene_name=s.symbol), tpm, "tpm"),
    Case("featurecounts.txt", feature_counts, counts, "counts", 4),
    Case("htseq_merged.tsv",
         lambda s: table(s.counts, _=s.ensembl) + "".join(f"{n}\t9\t9\t9\t9\n" for n in COUNTERS),
         counts, "counts"),
    Case("edger_cpm.txt",
         lambda s: s.cpm.set_axis(s.symbol).to_csv(sep="\t", index_label=False), lambda s: s.cpm,
         "cpm"),
    Case("deseq2_normalized_counts.csv",
         lambda s: (s.counts / [0.8, 1.1, 1.3, 0.77]).set_axis(s.ensembl).to_csv(quoting=2),
         lambda s: s.counts / [0.8, 1.1, 1.3, 0.77], "cpm"),
    Case("limma_with_samples.csv", with_statistics, lambda s: np.log2(s.cpm + 1), "log_cpm", 6),
    Case("titles.xlsx", lambda s: book(s, [["Table S3. Counts"], ["of AML", None], []]), counts,
         "counts"),
    Case("groups.xlsx", lambda s: book(s, [[None, "control", None, "ATRA"]]), counts, "counts"),
    Case("numbers_as_text.xlsx", lambda s: book(s, [], as_text=True), counts, "counts"),
    Case("titles.csv",
         lambda s: "Table S3. Counts,,,,\n,,,,\n" + table(s.counts, ",", Gene=s.symbol), counts,
         "counts"),
    Case("groups.csv", lambda s: ",a,a,b,b\n" + table(s.counts, ",", Gene=s.symbol), counts,
         "counts"),
    Case("separator.csv", lambda s: "sep=;\n" + table(s.counts, ";", Gene=s.symbol), counts,
         "counts"),
    Case("german.csv", lambda s: german(s.tpm, s.symbol), tpm, "tpm"),
    Case("biomart.txt",
         lambda s: table(s.counts, ensembl_gene_id=s.versioned, external_gene_name=s.symbol,
                         description=[f"a [Acc:HGNC:{n}]" for n in range(N_GENES)],
                         chromosome_name=["7", "8", "9", "X"] * (N_GENES // 4),
                         start_position=range(N_GENES),
                         percentage_gene_gc_content=[40.1] * N_GENES),
         counts, "counts", 3),
    Case("classes.csv",
         lambda s: in_rows(s.counts, s.symbol, sample=list(s.counts), **{"class": "ABAB"},
                           age=[5, 6, 7, 8], OS=[0, 1, 0, 1]), counts, "counts", 3),
    Case("class_first.csv",
         lambda s: in_rows(s.counts, s.symbol, **{"class": "ABAB"}, id=list(s.counts)), counts,
         "counts", 1),
    Case("trailing_tabs.tsv",
         lambda s: table(s.counts, gene=s.symbol).replace("\n", "\t\t\n"), counts, "counts"),
    Case("all_quoted.csv", lambda s: shuffled(table(s.counts, ",", gene=s.symbol), quoting=1),
         counts, "counts"),
    Case("OmicsExpressionProteinCodingGenesTPMLogp1.csv",
         lambda s: in_rows(s.log_tpm, pairs(s, "{} ({})"), _=list(s.counts)),
         lambda s: s.log_tpm, "log2"),
    Case("OmicsExpressionTPMLogp1HumanProteinCodingGenes.csv", depmap,
         lambda s: s.log_tpm.set_axis(["ACH-1", "ACH-2", "ACH-3", "ACH-4"], axis=1), "log2", 4),
    Case("archs4.tsv", lambda s: table(renamed(s.counts, "GSM{}"), genes=s.symbol),
         lambda s: renamed(s.counts, "GSM{}"), "counts"),
    Case("GSE1_raw_counts_NCBI.tsv", lambda s: table(s.counts, GeneID=s.entrez), counts, "counts",
         known=0.99),
    Case("dates.csv",
         lambda s: table(s.counts, ",", gene=["7-Sep", "9-Sep", "5-Mar", *s.symbol[3:]]), counts,
         "counts"),
    Case("one_sample.csv", lambda s: table(s.counts.iloc[:, :1], ",", gene=s.symbol),
         lambda s: s.counts.iloc[:, :1], "counts"),
    Case("mouse.tsv", lambda s: table(s.counts, gene=s.mouse), counts, "counts", known=0.8),
    Case("expression_atlas-tpms.tsv",
         lambda s: "# Expression Atlas\n# Query: Genes matching: ''\n"
         + table(s.tpm, Gene__ID=s.ensembl, Gene__Name=s.symbol), tpm, "tpm"),
    Case("gene_count_matrix.csv",
         lambda s: table(s.counts, ",", gene_id=[f"{e}|{g}" for e, g in zip(s.versioned, s.symbol,
                                                                            strict=True)]),
         counts, "counts"),
    Case("genome_studio.txt", genome_studio,
         lambda s: renamed(s.tpm + 90, "{}.AVG_Signal"), "linear", 8),
    Case("totals.tsv",
         lambda s: table(s.counts.assign(Total=s.counts.sum(axis=1), mean=s.counts.mean(axis=1)),
                         gene=s.symbol), counts, "counts", 2),
]  # fmt: skip


@pytest.fixture(scope="module")
def source(shared: Path) -> Source:
    return Source(shared / "data/aml_tcga20/tcga_laml_20samples_htseq_counts.tsv.gz")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_source_is_read_without_options(case: Case, source: Source, write: Writer) -> None:
    expected = case.values(source)
    adata = read_expression(write(case.name, case.write(source)))
    assert list(adata.obs_names) == list(expected)
    np.testing.assert_allclose(adata.X[:, :N_GENES], expected.to_numpy().T, rtol=1e-12)
    assert adata.uns["atrasig"]["input"].get("ignored_columns", 0) == case.ignored
    made = harmonise(adata).uns["atrasig"]
    assert made["scale"]["scale"] == case.scale
    unknown = made["qc"]["identifiers"]["unmapped"] + made["qc"]["identifiers"]["ambiguous"]
    assert N_GENES - unknown >= case.known * N_GENES


REFUSED = [
    ("grouped.csv", lambda s: table(s.counts.map(lambda n: f"{n:,}".replace(",", ".")), ";",
                                    gene=s.symbol), "thousand or a fraction.*--decimal"),
    ("grouped.tsv", lambda s: table(s.counts.map("{:,}".format), gene=s.symbol),
     "thousand or a fraction.*--decimal"),
    ("group_below.tsv",
     lambda s: table(s.counts, gene=s.symbol).replace("\n", "\ngroup\ta\ta\tb\tb\n", 1),
     "'a' is not a number .*row 'group'"),
    ("no_header.tsv", lambda s: table(s.counts, gene=s.symbol).split("\n", 1)[1],
     "There is no header line"),
    ("mutations.maf", lambda s: "#version 2.4\n" + table(
        s.counts, Hugo_Symbol=s.symbol, Variant_Classification=["Silent"] * N_GENES),
     r"mutations \(MAF\)"),
    ("methylation.tsv", lambda s: table(s.tpm, sample=[f"cg{n:08d}" for n in range(N_GENES)]),
     "looks like gene identifiers"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "words"), REFUSED, ids=lambda it: str(it)[:20])
def test_what_cannot_be_told_is_refused_in_one_sentence(
    name: str, text: Callable[[Source], str], words: str, source: Source, write: Writer
) -> None:
    with pytest.raises(FormatError, match=words):
        read_expression(write(name, text(source)))


def test_grouped_digits_are_read_when_it_is_said(source: Source, write: Writer) -> None:
    path = write("m.csv", REFUSED[0][1](source))
    adata = read_expression(path, options=ReadOptions(decimal="comma"))
    np.testing.assert_array_equal(adata.X, source.counts.to_numpy().T)


def test_profiles_of_depmap_can_be_named(source: Source, write: Writer) -> None:
    path = write("m.csv", depmap(source))
    by_model = read_expression(path, samples=["ACH-3", "ACH-1"])
    assert by_model.uns["atrasig"]["input"]["profiles_not_default"] == 1
    by_profile = read_expression(path, samples=["CDS-4", "CDS-1"])
    np.testing.assert_array_equal(by_model.X, by_profile.X)


def test_repeated_symbols_are_summed_and_counted(source: Source, write: Writer) -> None:
    names = [source.symbol[0], *source.symbol[:-1]]
    made = harmonise(read_expression(write("m.tsv", table(source.counts, gene=names))))
    first = source.counts.iloc[:2].sum().to_numpy()
    np.testing.assert_array_equal(made[:, source.symbol[0]].layers["counts"].ravel(), first)
    assert made.uns["atrasig"]["qc"]["genes_with_several_rows"] == 1


@pytest.mark.parametrize("kind", ["salmon", "star", "stringtie"])
def test_folders_of_samples(kind: str, source: Source, tmp_path: Path) -> None:
    quantities = "Name\tLength\tEffectiveLength\tTPM\tNumReads\n"
    abundances = "Gene ID\tGene Name\tReference\tStrand\tStart\tEnd\tCoverage\tFPKM\tTPM\n"
    for name in list(source.counts)[:2]:
        n, t = source.counts[name], source.tpm[name]
        files = {
            "salmon": {
                f"{name}/quant.genes.sf": quantities
                + "".join(
                    f"{g}\t900\t800.0\t{t[i]}\t{n[i]}\n" for i, g in enumerate(source.versioned)
                ),
                f"{name}/quant.sf": quantities + "ENST00000373020.8\t900\t800.0\t1000000\t1000\n",
                f"{name}/cmd_info.json": "{}",
            },
            "star": {
                f"{name}ReadsPerGene.out.tab": "N_unmapped\t1\t1\t1\nN_multimapping\t1\t1\t1\n"
                + "".join(f"{g}\t{n[i]}\t0\t{n[i]}\n" for i, g in enumerate(source.versioned)),
                f"{name}Log.final.out": "Started job on |\tx\n",
            },
            "stringtie": {
                f"{name}.gene_abund.tab": abundances
                + "".join(
                    f"{g}\t-\tchr1\t+\t1\t2\t3.5\t1.0\t{t[i]}\n"
                    for i, g in enumerate(source.versioned)
                ),
            },
        }
        for file, text in files[kind].items():
            (tmp_path / file).parent.mkdir(exist_ok=True)
            (tmp_path / file).write_text(text)
    made = harmonise(read_expression(tmp_path))
    assert list(made.obs_names) == list(source.counts)[:2]
    assert made.uns["atrasig"]["scale"]["scale"] == ("tpm" if kind == "stringtie" else "counts")
    assert made.n_vars == N_GENES


def test_blanks_around_names_in_matrix_and_sheet(source: Source, write: Writer) -> None:
    path = write("m.tsv", table(renamed(source.counts, " {} "), gene=source.symbol))
    names = [f"{name} " for name in source.counts]
    made = harmonise(read_expression(path), build_sheet(names, path))
    assert list(made.obs_names) == list(source.counts)
    assert list(made.obs["sample_as_given"]) == names
