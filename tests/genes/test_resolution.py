"""Lists of identifiers as matrices have them."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from atrasig.genes import KINDS, GeneTable

Records = Callable[..., list[dict[str, str]]]


def first_column(path: Path, column: int = 0, **options: object) -> list[str]:
    frame = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False, **options)
    return [str(cell) for cell in frame.iloc[:, column]]


# -- human -------------------------------------------------------------------------------------


def test_every_class_of_tcga_id(table: GeneTable, shared: Path) -> None:
    path = shared / "data/aml_tcga20/tcga_laml_20samples_htseq_counts.tsv.gz"
    with gzip.open(path, "rt") as handle:
        ids = [line.split("\t", 1)[0] for line in handle][1:]
    found = table.resolve(ids)
    assert len(ids) == len(found.symbols) == len(found.kinds) == 60_483
    assert sum(found.counts.values()) == 60_483
    assert (found.kind, found.species, found.chip) == ("ensembl", "human", "")
    assert found.counts["ensembl"] > 19_500
    assert {kind for kind in KINDS if found.counts[kind]} == {"ensembl", "unmapped"}
    par = [i for i, name in enumerate(ids) if name.startswith("ENSGR")]
    assert len(par) == 50
    unmapped = [str(s) for s, k in zip(found.symbols, found.kinds, strict=True) if k == "unmapped"]
    assert all(name.startswith("ENSG") and "." not in name for name in unmapped)
    assert len(unmapped) == len(set(unmapped))


def test_forms_of_one_ensembl_id(table: GeneTable) -> None:
    forms = [
        "ENSG00000002586",
        "ENSG00000002586.18",
        "ENSG00000002586.18_PAR_Y",
        "ENSG00000002586_PAR_Y",
        "ENSGR0000002586.18",
        "ENSGR0000002586",
    ]
    found = table.resolve(forms)
    assert list(found.symbols) == ["CD99"] * 6
    assert set(found.kinds) == {"ensembl"}


def test_an_unknown_ensembl_id_loses_only_its_version(table: GeneTable) -> None:
    found = table.resolve(["ENSG00099999999.5", "ENSG00099999999.5_PAR_Y", "ENST00000373020.9"])
    assert list(found.symbols) == ["ENSG00099999999", "ENSG00099999999_PAR_Y", "ENST00000373020"]
    assert found.counts["unmapped"] == 3


def test_retired_grch37_ids_lead_to_the_present_gene(table: GeneTable) -> None:
    found = table.resolve(["ENSG00000005955", "ENSG00000278311"])
    assert list(found.symbols) == ["GGNBP2", "GGNBP2"]


def test_alternative_haplotypes_lead_to_one_symbol(table: GeneTable) -> None:
    ids = table.frame.at["HLA-A", "ensembl"].split("|")
    assert len(ids) > 3
    assert set(table.resolve(ids).symbols) == {"HLA-A"}
    assert ids[0] == "ENSG00000206503"


def test_forms_of_one_entrez_id(table: GeneTable) -> None:
    found = table.resolve(["7105", "7105.0", 7105, 7105.0, np.int64(7105), " 7105 "])
    assert list(found.symbols) == ["TSPAN6"] * 6
    assert set(found.kinds) == {"entrez"}


def test_missing_values_are_empty_and_unmapped(table: GeneTable) -> None:
    found = table.resolve([None, float("nan"), pd.NA, ""])
    assert list(found.symbols) == [""] * 4
    assert found.counts["unmapped"] == 4


def test_mixed_ids_keep_their_order_and_are_counted_by_kind(table: GeneTable) -> None:
    ids = ["TP53", "GPR56", "ENSG00000000003.13", "7157", "spike-in", "MYC", "TAZ", "A1BG|1"]
    found = table.resolve(ids)
    symbols = ["TP53", "ADGRG1", "TSPAN6", "TP53", "spike-in", "MYC", "TAZ", "A1BG"]
    assert list(found.symbols) == symbols
    assert {kind: n for kind, n in found.counts.items() if n} == {
        "ensembl": 1,
        "entrez": 1,
        "symbol": 2,
        "alias": 1,
        "composite": 1,
        "ambiguous": 1,
        "unmapped": 1,
    }
    assert set(found.counts) == set(KINDS)
    assert found.kind == "symbol"


def test_no_ids_give_empty_arrays(table: GeneTable) -> None:
    found = table.resolve([])
    assert found.symbols.shape == found.kinds.shape == (0,)
    assert (found.kind, found.species) == ("unmapped", "human")


def test_resolving_twice_changes_nothing(table: GeneTable) -> None:
    aliases = [cell.split("|")[0] for cell in table.frame["aliases"] if cell][:5000]
    once = table.resolve(aliases)
    assert set(once.kinds) == {"alias"}
    assert list(table.resolve(list(once.symbols)).symbols) == list(once.symbols)


def test_symbol_and_ensembl_columns_of_one_table_agree(table: GeneTable, shared: Path) -> None:
    path = shared / "data/response_shsy5y/Pezzini2016_SHSY5Ycelldiff_DE_table.tsv.gz"
    by_id, by_name = (table.resolve(first_column(path, column)) for column in (0, 1))
    both = [
        (one, other)
        for one, other, kind, named in zip(
            by_id.symbols, by_name.symbols, by_id.kinds, by_name.kinds, strict=True
        )
        if kind == "ensembl" and named in ("symbol", "alias")
    ]
    assert len(both) > 14_000
    assert np.mean([one == other for one, other in both]) > 0.999


def test_names_that_a_spreadsheet_spoilt_are_recovered(table: GeneTable, shared: Path) -> None:
    path = shared / "data/parity/genepattern_ssgsea/P53_14samples_collapsed_symbols.gct"
    found = table.resolve(first_column(path, skiprows=2))
    assert found.counts["excel_date"] >= 10
    assert found.counts["ambiguous"] > 0


# -- probes ------------------------------------------------------------------------------------


def test_a_probe_of_several_genes_is_ambiguous(table: GeneTable) -> None:
    found = table.resolve(["1007_s_at", "1053_at", "201746_at", "AFFX-BioB-5_at", "999999_at"])
    assert list(found.symbols) == ["1007_s_at", "RFC2", "TP53", "AFFX-BioB-5_at", "999999_at"]
    assert list(found.kinds) == ["ambiguous", "probe", "probe", "unmapped", "unmapped"]
    assert found.chip == "HG-U133 Plus 2"


def test_names_that_illumina_spelled_out_are_read(table: GeneTable, records: Records) -> None:
    rows = records("GPL10558_IlluminaHT12v4_probe2symbol.tsv.gz")
    spelled = [row["ID"] for row in rows if row["Symbol"] in ("Septin 6", "Selenoprotein 15")]
    found = table.resolve(spelled)
    assert set(found.symbols) == {"SEPTIN6", "SELENOF"}
    assert found.chip == "HumanHT-12 v4"


def test_a_remapped_chip_is_not_taken_for_a_probe_list(table: GeneTable) -> None:
    """Custom chip definitions write Entrez ids as ``1000_at``, which HG-U95Av2 uses too."""
    ids = [f"{entrez}_at" for entrez in table.frame["entrez"] if entrez and "|" not in entrez]
    assert len(ids) > 19_000
    found = table.resolve(ids)
    assert (found.counts["unmapped"], found.chip) == (len(ids), "")


def test_probes_agree_with_the_identifiers_of_a_geo_data_set(
    table: GeneTable, shared: Path
) -> None:
    """GDS507 names its U133B probes itself, from another and older annotation."""
    with gzip.open(shared / "data/formats/GDS507.soft.gz", "rt", errors="replace") as handle:
        rows = [line.split("\t")[:2] for line in handle if "_at\t" in line]
    probes, names = (table.resolve([row[column] for row in rows]) for column in (0, 1))
    pairs = [
        (one, other)
        for one, kind, other, named in zip(
            probes.symbols, probes.kinds, names.symbols, names.kinds, strict=True
        )
        if kind == "probe" and named in ("symbol", "alias")
    ]
    assert len(pairs) > 10_000
    assert np.mean([one == other for one, other in pairs]) > 0.95


@pytest.mark.parametrize(
    ("file", "chip", "floor"),
    [
        ("parity/gseapy/Leukemia_hgu95av2.gct.gz", "HG-U95Av2", 0.90),
        ("parity/gsva/leukemia_eset_expr.tsv.gz", "HG-U95Av2", 0.90),
    ],
)
def test_real_arrays(table: GeneTable, shared: Path, file: str, chip: str, floor: float) -> None:
    ids = first_column(shared / "data" / file, skiprows=2 if ".gct" in file else 0)
    found = table.resolve(ids)
    assert (found.kind, found.chip) == ("probe", chip)
    assert (found.counts["probe"] + found.counts["ambiguous"]) / len(ids) > floor


# -- mouse -------------------------------------------------------------------------------------


def test_mouse_lists_go_through_one_to_one_orthologs(table: GeneTable, records: Records) -> None:
    rows = records("ensembl_grcm38_annotables.tsv.gz")
    rows = [row for row in rows if row["biotype"] == "protein_coding"]
    for column in ("ensgene", "symbol", "entrez"):
        ids = list(dict.fromkeys(row[column] for row in rows if row[column]))
        found = table.resolve(ids)
        assert (found.kind, found.species) == ("mouse", "mouse")
        assert {kind for kind in KINDS if found.counts[kind]} == {"mouse", "unmapped"}
        assert found.counts["mouse"] > 15_900
        mapped = [s for s, kind in zip(found.symbols, found.kinds, strict=True) if kind == "mouse"]
        assert len(mapped) == len(set(mapped))


def test_a_mouse_gene_without_a_one_to_one_ortholog_keeps_its_id(table: GeneTable) -> None:
    found = table.resolve(["Trp53", "ENSMUSG00000059552.8", "Gm10000", "H2-K1", "ENSG00000141510"])
    assert found.species == "human"  # two to one is not clearly more
    found = table.resolve(["Trp53", "ENSMUSG00000059552.8", "Gapdh", "Gm10000", "H2-K1"])
    symbols = ["TP53", "TP53", "GAPDH", "Gm10000", "H2-K1"]
    assert list(found.symbols) == symbols
    assert found.counts["unmapped"] == 2


def test_in_a_human_list_mouse_ids_stay_as_they_are(table: GeneTable) -> None:
    found = table.resolve(["TP53", "MYC", "ENSMUSG00000059552.8", "Trp53"])
    assert list(found.symbols) == ["TP53", "MYC", "ENSMUSG00000059552", "Trp53"]
    assert found.species == "human"


def test_real_mouse_counts(table: GeneTable, shared: Path) -> None:
    path = shared / "data/formats/mouse_Immunity2018.featureCounts.combined.txt.gz"
    found = table.resolve(first_column(path, comment="#"))
    assert found.species == "mouse"
    assert found.counts["mouse"] > 15_500


# -- coverage ----------------------------------------------------------------------------------

FILES = {
    "aml_tcga20/tcga_laml_20samples_htseq_counts.tsv.gz": ("ensembl", 19_000),
    "response_shsy5y/Pezzini2016_SHSY5Ycelldiff_DE_table.tsv.gz": ("ensembl", 14_000),
    "formats/tximportData_rsem_ERR188021.genes.results.gz": ("ensembl", 19_000),
    "formats/HTSeq_Count.genes.232902658.txt.gz": ("ensembl", 19_000),
    "formats/STAR_ERR458837_subsamp_1ReadsPerGene.out.tab.gz": ("ensembl", 19_000),
    "formats/mouse_High.2838c3.rep1.featureCounts.gene.txt.gz": ("mouse", 15_500),
    "singlecell/pbmc3k_subset_10x_v2/genes.tsv": ("ensembl", 18_500),
    "parity/singscore/tgfb_expr_10_se.tsv.gz": ("entrez", 11_500),
    "parity/gsva/leukemia_eset_expr.tsv.gz": ("probe", 7_900),
    "parity/ucell/genes.txt": ("symbol", 15_000),
}


def test_coverage_of_the_public_matrices(table: GeneTable, shared: Path) -> None:
    print(f"\n{'file':60} {'ids':>7} {'kind':8} {'coding':>6} {'share':>6}")
    for name, (kind, floor) in FILES.items():
        comment = {"comment": "#"} if "featureCounts" in name else {}
        found = table.resolve(first_column(shared / "data" / name, **comment))
        coding = len(set(found.symbols) & table.coding)
        share = coding / len(table.coding)
        print(f"{name:60} {len(found.kinds):7} {found.kind:8} {coding:6} {share:6.1%}")
        assert found.kind == kind
        assert coding > floor


def test_every_column_of_the_depmap_table_is_known(table: GeneTable, shared: Path) -> None:
    path = shared / "data/sensitivity_gdsc/ccle580_census706_expression_DepMapstyle.csv.gz"
    names = list(pd.read_csv(path, nrows=0).columns[1:])
    found = table.resolve(names)
    assert found.counts["composite"] == len(names) == 706
    assert found.conflicting == 0


def test_gastric_arrays(table: GeneTable, shared: Path) -> None:
    frame = pd.read_parquet(shared / "data/gastric/GSE26901_expression.parquet", columns=[])
    found = table.resolve(list(frame.index))
    assert found.kind == "symbol"
    assert len(set(found.symbols) & table.coding) > 17_500
