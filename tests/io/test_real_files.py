"""Every public file at hand: read without an option, or refused in one sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from atrasig.errors import AtrasigError
from atrasig.genes import load_gene_table
from atrasig.harmonisation import harmonise
from atrasig.io import ReadOptions, read_expression, sniff
from atrasig.signatures import load_signatures

FOLDERS = (
    "formats",
    "gastric",
    "parity/gseapy",
    "response_be2c",
    "response_shsy5y",
    "sensitivity_gdsc",
    "singlecell",
)


@dataclass(frozen=True)
class Read:
    """What a file has to be read as; `coding` is the least number of coding genes."""

    format: str
    samples: int
    rows: int
    scale: str
    identifier: str
    coding: int


# Files that need no option. Rows and samples were counted in the files with zcat, awk and h5py.
NO_OPTION = {
    "formats/GDS507.soft.gz": Read("soft", 17, 22_645, "intensity", "symbol", 6_000),
    "formats/GSM11805.txt.gz": Read("soft", 1, 22_283, "intensity", "probe", 10_000),
    "formats/HTSeq_Count.genes.232902658.txt.gz": Read(
        "htseq", 1, 57_778, "counts", "ensembl", 18_000
    ),
    "formats/STAR_ERR458837_subsamp_1ReadsPerGene.out.tab.gz": Read(
        "star", 1, 57_777, "counts", "ensembl", 18_000
    ),
    "formats/mouse_High.2838c3.rep1.featureCounts.gene.txt.gz": Read(
        "featurecounts", 1, 26_212, "counts", "mouse", 12_000
    ),
    "formats/mouse_Immunity2018.featureCounts.combined.txt.gz": Read(
        "delimited", 10, 26_212, "counts", "mouse", 12_000
    ),
    "formats/orange_GSE2191.tab.gz": Read("orange", 54, 12_625, "intensity", "probe", 7_000),
    "formats/tximportData_rsem_ERR188021.genes.results.gz": Read(
        "rsem", 1, 58_288, "counts", "ensembl", 18_000
    ),
    "formats/tximportData_rsem_ERR188088.genes.results.gz": Read(
        "rsem", 1, 58_288, "counts", "ensembl", 18_000
    ),
    "gastric/GSE26901_expression.parquet": Read("parquet", 109, 19_236, "log2", "symbol", 14_000),
    "gastric/GSE62254_expression.parquet": Read("parquet", 300, 1_055, "log2", "symbol", 900),
    "parity/gseapy/Leukemia_hgu95av2.gct.gz": Read("gct", 48, 12_564, "intensity", "probe", 7_000),
    "response_shsy5y/Pezzini2016_SHSY5Ycelldiff_DE_table.tsv.gz": Read(
        "delimited", 6, 14_420, "counts", "ensembl", 11_000
    ),
    "response_shsy5y/Pezzini2016_SHSY5Ycelldiff_DE_table.xlsx": Read(
        "excel", 6, 14_420, "counts", "ensembl", 11_000
    ),
    "sensitivity_gdsc/ccle580_census706_expression.parquet": Read(
        "parquet", 580, 706, "zscore", "composite", 650
    ),
    "sensitivity_gdsc/ccle580_census706_expression_DepMapstyle.csv.gz": Read(
        "delimited", 580, 706, "zscore", "composite", 650
    ),
    "singlecell/10x_v3/filtered_feature_bc_matrix.h5": Read(
        "10x-h5", 1_107, 507, "counts", "ensembl", 200
    ),
    "singlecell/10x_v3/filtered_feature_bc_matrix": Read(
        "10x-mtx", 1_107, 507, "counts", "ensembl", 200
    ),
    "singlecell/10x_v3/filtered_feature_bc_matrix/matrix.mtx.gz": Read(
        "10x-mtx", 1_107, 507, "counts", "ensembl", 200
    ),
    "singlecell/10x_v3/v1.2.0_filtered_gene_bc_matrices_h5.h5": Read(
        "10x-h5", 12, 343, "counts", "symbol", 200
    ),
    "singlecell/healthy_bm_pbmc_250x462.h5ad": Read("h5ad", 250, 462, "counts", "symbol", 400),
    "singlecell/pbmc3k_subset_10x_v2": Read("10x-mtx", 80, 23_530, "counts", "ensembl", 18_000),
    "singlecell/pbmc3k_subset_10x_v2/matrix.mtx": Read(
        "10x-mtx", 80, 23_530, "counts", "ensembl", 18_000
    ),
    "singlecell/pbmc_small_dense_umi.txt": Read("delimited", 80, 230, "counts", "symbol", 200),
}

# Files of transcripts: one option, asked for in one sentence.
TRANSCRIPTS = {
    "formats/tximportData_kallisto_ERR188021_abundance.tsv.gz": "kallisto",
    "formats/tximportData_salmon_ERR188021_quant.sf.gz": "salmon",
}

# Files that are no expression matrix, and the word by which the sentence says so.
NO_MATRIX = {
    "parity/gseapy/fgsea/inputs/batchcpp_geneRanks.tsv": "one column",
    "parity/gseapy/fgsea/inputs/batchcpp_stats.tsv": "one column",
    "parity/gseapy/fgsea/inputs/multilevel_enrichmentScores.tsv": "one column",
    "parity/gseapy/fgsea/inputs/multilevel_params.tsv": "is not a number",
    "parity/gseapy/fgsea/inputs/multilevel_pathwaySizes.tsv": "one column",
    "parity/gseapy/fgsea/inputs/multilevel_ranks.tsv": "one column",
    "parity/gseapy/fgsea/inputs/pathway_sizes.tsv": "one column",
    "parity/gseapy/fgsea/inputs/pathways.tsv": "fields",
    "parity/gseapy/fgsea/inputs/stats.tsv": "one column",
    "parity/gseapy/fgsea/refs/ref_calcGseaStatBatchCpp.tsv": "gene identifiers",
    "parity/gseapy/fgsea/refs/ref_calcGseaStatCumulative.tsv": "gene identifiers",
    "parity/gseapy/fgsea/refs/ref_fgseaMultilevelCpp.tsv": "gene identifiers",
    "formats/tximportData_samples.txt": "gene identifiers",
    "gastric/GSE26901_subtype.tsv": "gene identifiers",
    "gastric/GSE62254_subtype.tsv": "gene identifiers",
    "parity/gseapy/Human_AFFY_HG_U95_MSigDB_7_0_final.chip.gz": "platform|probe",
    "parity/gseapy/Leukemia.cls": "CLS",
    "parity/gseapy/gene_sets.gmt": "GMT|gene sets",
    "parity/gseapy/genes.gmt": "GMT|gene sets",
    "parity/gseapy/geneset.gsva.gmt": "GMT|gene sets",
    "parity/gseapy/gsea_data.gsea_data.rnk": "rank",
    "parity/gseapy/results.edb": "GSEA|XML",
    "response_be2c/PBandRAvControl_DESeq2output.csv.gz": "differential",
    "response_be2c/PBvControl_DESeq2output.csv.gz": "differential",
    "response_be2c/RAvControl_DESeq2output.csv.gz": "differential",
    "sensitivity_gdsc/cadrres_refit_tretinoin_1009.tsv": "gene identifiers",
    "sensitivity_gdsc/cancer_cell_lines.csv": "gene identifiers",
    "sensitivity_gdsc/ccle580_tretinoin_and_annotation.tsv": "gene identifiers",
    "sensitivity_gdsc/gdsc_v17_tretinoin_1009.tsv": "gene identifiers",
    "singlecell/10x_v3/filtered_feature_bc_matrix/barcodes.tsv.gz": "one column",
    "singlecell/10x_v3/filtered_feature_bc_matrix/features.tsv.gz": "0 samples",
    "singlecell/pbmc3k_subset_10x_v2/barcodes.tsv": "one column",
    "singlecell/pbmc3k_subset_10x_v2/genes.tsv": "0 samples",
}

# The family holds ratios of two channels in mice: taken, and of no use to any score.
RATIOS = {"formats/GEOparse_soft_ex_family.txt": "log_ratio"}


def _files(data: Path) -> Iterator[str]:
    """Files and matrix folders of the folders that are to be shown."""
    for folder in FOLDERS:
        for path in sorted((data / folder).rglob("*")):
            name = path.relative_to(data).as_posix()
            is_matrix_folder = path.is_dir() and any(path.glob("matrix.mtx*"))
            if path.is_file() or is_matrix_folder:
                yield name


def _row(data: Path, name: str, options: ReadOptions | None = None) -> tuple[str, ...]:
    path = data / name
    try:
        format = sniff(path)
        expr = harmonise(read_expression(path, options=options))
    except AtrasigError as error:
        return name, "refused", str(error).replace(str(data), "")
    facts = expr.uns["atrasig"]
    core = set(load_signatures()["retinoid_response_core"].symbols)
    share = facts["qc"]["coding_genes"] / len(load_gene_table().coding)
    return (
        name,
        format,
        f"{expr.n_obs} x {facts['qc']['rows_read']}",
        facts["scale"]["scale"],
        facts["qc"]["identifier_kind"],
        f"{facts['qc']['coding_genes']} coding genes ({share:.0%})",
        f"{len(core & set(expr.var_names))} of {len(core)} genes of the retinoid core",
    )


@pytest.fixture(scope="module")
def rows(shared: Path) -> dict[str, tuple[str, ...]]:
    data = shared / "data"
    return {name: _row(data, name) for name in _files(data)}


def test_table_of_every_file(
    rows: dict[str, tuple[str, ...]], shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tx2gene = ReadOptions(tx2gene=shared / "data" / "ids" / "ensembl_grch38_tx2gene.tsv.gz")
    with capsys.disabled():
        print()
        for row in rows.values():
            print(" | ".join(row))
        for name in TRANSCRIPTS:
            print(" | ".join(_row(shared / "data", name, tx2gene)), "| with --tx2gene")
    assert set(rows) == {*NO_OPTION, *TRANSCRIPTS, *NO_MATRIX, *RATIOS}


@pytest.mark.parametrize("name", NO_OPTION)
def test_needs_no_option(rows: dict[str, tuple[str, ...]], name: str) -> None:
    expected = NO_OPTION[name]
    _, format, shape, scale, identifier, coding, _ = rows[name]
    samples, genes = map(int, shape.split(" x "))
    assert (format, scale, identifier) == (expected.format, expected.scale, expected.identifier)
    assert (samples, genes) == (expected.samples, expected.rows)
    assert int(coding.split()[0]) >= expected.coding


@pytest.mark.parametrize("name", [*NO_MATRIX, *TRANSCRIPTS])
def test_is_refused_in_one_sentence(rows: dict[str, tuple[str, ...]], name: str) -> None:
    _, outcome, message = rows[name]
    assert outcome == "refused"
    assert re.search(NO_MATRIX.get(name, "--tx2gene"), message)
    assert "\n" not in message


@pytest.mark.parametrize("name", RATIOS)
def test_ratios_are_known_for_ratios(rows: dict[str, tuple[str, ...]], name: str) -> None:
    assert rows[name][3] == RATIOS[name]


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_transcripts_are_summed_by_a_table(shared: Path, name: str) -> None:
    table = shared / "data" / "ids" / "ensembl_grch38_tx2gene.tsv.gz"
    row = _row(shared / "data", name, ReadOptions(tx2gene=table))
    assert row[1] == TRANSCRIPTS[name]
    assert row[3:5] == ("counts", "ensembl")
    assert int(row[5].split()[0]) > 18_000


def test_the_two_forms_of_one_table_agree(shared: Path) -> None:
    folder = shared / "data" / "response_shsy5y"
    text, workbook = (
        harmonise(read_expression(path)) for path in sorted(folder.glob("Pezzini*")) if path
    )
    assert list(text.obs_names) == list(workbook.obs_names)
    assert list(text.var_names) == list(workbook.var_names)
    assert (text.layers["counts"] == workbook.layers["counts"]).all()
