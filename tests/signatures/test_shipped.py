"""The shipped signatures: their form, their hashes, and the sources they were read in."""

from __future__ import annotations

import csv
import gzip
import hashlib
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from atrasig.genes import load_gene_table
from atrasig.signatures import (
    NO_LICENCE,
    NO_LICENCE_FOLDER,
    load_signatures,
    read_signature,
)

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "signatures"
FILES = sorted([*SHIPPED.glob("*.yaml"), *(SHIPPED / NO_LICENCE_FOLDER).glob("*.yaml")])
FILES = [file for file in FILES if file.name != "markers.yaml"]

VALK = {f"VALK_AML_CLUSTER_{number}" for number in [*range(1, 14), 15, 16]} | {
    "VALK_AML_WITH_T_8_21_TRANSLOCATION",
    "VALK_AML_WITH_11Q23_REARRANGED",
    "VALK_AML_WITH_EVI1",
    "VALK_AML_WITH_CEBPA",
    "VALK_AML_WITH_FLT3_ITD",
}
ROSS = {
    "ROSS_AML_WITH_PML_RARA_FUSION",
    "ROSS_AML_WITH_CBFB_MYH11_FUSION",
    "ROSS_AML_WITH_MLL_FUSIONS",
    "ROSS_AML_OF_FAB_M7_TYPE",
    "ROSS_AML_WITH_AML1_ETO_FUSION",
}
HIERARCHY = {
    "gmp_like": "GMP-like",
    "promono_like": "ProMono-like",
    "mono_like": "Mono-like",
    "cdc_like": "cDC-like",
}
CORE = [
    "CYP26A1",
    "CYP26B1",
    "CYP26C1",
    "DHRS3",
    "RARB",
    "HOXA2",
    "CRABP1",
    "CRABP2",
    "HIC1",
    "RDH10",
    "RARA",
    "RET",
]
MARKERS = ["ITGAM", "CD38", "CD14", "CEBPE", "CEBPB", "SPI1"]
ARMS = ("DMSO", "ATRA")
PLAN = yaml.safe_load((ROOT / "scripts" / "signature_sources.yaml").read_text(encoding="utf-8"))
IDS = {entry["id"] for entry in PLAN["signatures"]}


def tsv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))


def gmt_sets(path: Path) -> dict[str, list[str]]:
    text = (
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    ).decode()
    rows = [line.split("\t") for line in text.splitlines()]
    return {row[0]: row[2:] for row in rows}


def approved(symbols: list[str]) -> set[str]:
    table = load_gene_table()
    return {table.approve(symbol) for symbol in symbols}


@pytest.fixture(scope="module")
def derive() -> ModuleType:
    path = ROOT / "scripts" / "derive_signatures.py"
    spec = importlib.util.spec_from_file_location("derive_signatures", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_promised_signature_is_shipped_and_nothing_else() -> None:
    assert set(load_signatures().ids) == IDS
    assert {file.stem for file in FILES} == IDS


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_hash_in_the_file_is_that_of_its_gene_table(file: Path) -> None:
    raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    lines = sorted(
        f"{g['gene']}\t{g['direction']}\t{format(g['weight'], '.10g') if 'weight' in g else ''}\n"
        for g in raw["genes"]
    )
    assert raw["sha256"] == hashlib.sha256("".join(lines).encode()).hexdigest()
    assert raw["id"] == file.stem


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_folder_states_whether_there_is_a_licence(file: Path) -> None:
    in_folder = file.parent.name == NO_LICENCE_FOLDER
    assert (read_signature(file).licence == NO_LICENCE) == in_folder


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_symbols_are_approved_or_noted_as_unmapped(file: Path) -> None:
    table = load_gene_table()
    for gene in read_signature(file).genes:
        assert table.approve(gene.gene) == gene.gene
        noted = "not in the gene table" in (gene.note or "")
        assert noted == (gene.gene not in table.frame.index)
        if gene.printed is not None:
            assert gene.printed != gene.gene
            assert table.approve(gene.printed) == gene.gene


def test_kinds_keep_sensitivity_and_response_apart() -> None:
    kinds = {signature.id: signature.kind for signature in load_signatures()}
    apl = {"ross_aml_with_pml_rara_fusion", "valk_aml_cluster_12"}
    assert {name for name, kind in kinds.items() if kind == "sensitivity"} == apl
    siblings = {name.lower() for name in VALK | ROSS} - apl
    assert {name for name, kind in kinds.items() if kind == "subtype"} == siblings
    assert len(siblings) == 4 + 19
    response = {"retinoid_response_core", "sknbe2c_ra_response", "rarcc", "rar_targets"}
    response |= {"zirn_tretinoin_response"}
    assert response <= {name for name, kind in kinds.items() if kind == "response"}
    assert kinds["lsc17"] == "stemness"
    assert {kinds[name] for name in HIERARCHY} == {"differentiation"}


def test_library_loads_without_pandas() -> None:
    code = (
        "import sys; from atrasig.signatures import load_signatures;"
        "print(len(load_signatures()), 'pandas' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    n, pandas = out.stdout.decode().split()
    assert int(n) == len(IDS)
    assert pandas == "False"


def test_no_file_names_kegg_biocarta_or_a_local_path() -> None:
    for file in SHIPPED.rglob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        assert "KEGG_" not in text
        assert "BIOCARTA_" not in text
        assert "/work/" not in text
        assert "../shared" not in text


def test_msigdb_lists_equal_their_sets(shared: Path) -> None:
    sets = gmt_sets(shared / "data" / "gmt" / "c2.all.v7.0.symbols.gmt.gz")
    assert {name for name in sets if name.startswith("VALK_AML_")} == VALK
    signatures = load_signatures()
    for name in VALK | ROSS:
        signature = signatures[name.lower()]
        assert signature.source.table == name
        assert set(signature.up) == approved(sets[name])
        assert signature.n_genes == len(sets[name])
        assert signature.down == ()
    hallmark = gmt_sets(shared / "data" / "gmt" / "h.all.v7.1.symbols.gmt")
    for name in ("HALLMARK_INTERFERON_ALPHA_RESPONSE", "HALLMARK_INTERFERON_GAMMA_RESPONSE"):
        assert set(signatures[name.lower()].up) == approved(hallmark[name])
        assert signatures[name.lower()].n_genes == len(hallmark[name])


def test_two_directions_of_zirn_are_those_of_its_sets(shared: Path) -> None:
    sets = gmt_sets(shared / "data" / "gmt" / "c2.all.v7.0.symbols.gmt.gz")
    zirn = load_signatures()["zirn_tretinoin_response"]
    assert set(zirn.up) == approved(sets["ZIRN_TRETINOIN_RESPONSE_UP"])
    assert set(zirn.down) == approved(sets["ZIRN_TRETINOIN_RESPONSE_DN"])
    assert (len(zirn.up), len(zirn.down)) == (20, 6)


def test_hierarchy_and_core_cluster_lists_equal_their_tables(shared: Path) -> None:
    signatures = load_signatures()
    tables = {name: f"AMLHier_{cell}-Top100.tsv" for name, cell in HIERARCHY.items()}
    tables["rarcc"] = "RARCC_FalkerGieske2021_table4.tsv"
    for name, file in tables.items():
        rows = tsv(shared / "signatures" / file)
        assert set(signatures[name].up) == approved([row["gene"] for row in rows])
        assert signatures[name].n_genes == len(rows)


def test_direction_of_hierarchy_under_atra_is_that_of_the_published_fractions(shared: Path) -> None:
    with (shared / "signatures" / "AMLHier_ATRA_celllines.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    signatures = load_signatures()
    words = {
        "gmp_like": "ATRA lowers it",
        "mono_like": "ATRA raises it",
        "cdc_like": "ATRA raises it",
    }
    for name, words_in_note in words.items():
        note = signatures[name].context.note
        assert note is not None
        assert note.startswith(words_in_note)
        for line in ("AP1060", "HL60", "NB4"):
            means = [
                sum(
                    float(row[HIERARCHY[name]])
                    for row in rows
                    if row["Mixture"][:-2] == f"{line}_{arm}"
                )
                / 3
                for arm in ("DMSO", "ATRA")
            ]
            assert f"{line} {means[0]:.1f} to {means[1]:.1f}" in note
            assert (means[1] > means[0]) == ("raises" in words_in_note)


def test_lsc17_has_the_published_coefficients(shared: Path) -> None:
    rows = tsv(shared / "signatures" / "LSC17_Ng2016.tsv")
    lsc17 = load_signatures()["lsc17"]
    assert lsc17.scale == "log2"
    assert {g.printed or g.gene: g.weight for g in lsc17.genes} == {
        row["gene"]: float(row["weight"]) for row in rows
    }
    assert {g.printed: g.gene for g in lsc17.genes if g.printed} == {
        "KIAA0125": "FAM30A",
        "NGFRAP1": "BEX3",
        "GPR56": "ADGRG1",
    }


def test_neuroblastoma_list_is_the_stated_cut_of_the_whole_table(shared: Path) -> None:
    path = shared / "data" / "response_be2c" / "RAvControl_DESeq2output.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["padj"] not in ("", "NA")]
    kept = {
        row["gene"]: float(row["log2FoldChange"])
        for row in rows
        if float(row["padj"]) < 0.01
        and abs(float(row["log2FoldChange"])) >= 1
        and float(row["baseMean"]) >= 10
    }
    signature = load_signatures()["sknbe2c_ra_response"]
    weights = {gene.printed or gene.gene: gene.weight for gene in signature.genes}
    assert (len(signature.up), len(signature.down)) == (657, 82)
    assert set(weights) == set(kept)
    for gene, change in kept.items():
        assert weights[gene] == pytest.approx(change, abs=5.01e-5)


def test_retinoid_core_follows_its_rule(shared: Path) -> None:
    rows = tsv(shared / "signatures" / "RAR_targets_two_or_more_lists.tsv")
    strong = {"REACTOME_SIGNALING_BY_RETINOIC_ACID", "RARCC_FalkerGieske2021_table4"}
    by_rule = {
        row["gene"]
        for row in rows
        if len(lists := set(row["supporting_lists"].split(","))) >= 2 and lists & strong
    }
    signatures = load_signatures()
    assert by_rule == set(CORE)
    assert set(signatures["retinoid_response_core"].up) == by_rule
    assert set(signatures["rar_targets"].up) == {row["gene"] for row in rows}
    assert signatures["rar_targets"].n_genes == 20


def test_retinoid_core_does_not_rest_on_a_list_without_licence(shared: Path) -> None:
    rows = tsv(shared / "signatures" / "RAR_targets_two_or_more_lists.tsv")
    for row in rows:
        if row["gene"] in CORE:
            assert len(set(row["supporting_lists"].split(",")) - {"TRRUST_RAR_targets"}) >= 2


def test_supporting_lists_hold_the_core_genes(shared: Path) -> None:
    folder = shared / "signatures"
    names = {
        "REACTOME_SIGNALING_BY_RETINOIC_ACID": "msigdb71_REACTOME_SIGNALING_BY_RETINOIC_ACID.tsv",
        "RARCC_FalkerGieske2021_table4": "RARCC_FalkerGieske2021_table4.tsv",
        "GO_RESPONSE_TO_RETINOIC_ACID": "msigdb71_GO_RESPONSE_TO_RETINOIC_ACID.tsv",
        "MARTENS_TRETINOIN_RESPONSE_UP": "msigdb71_MARTENS_TRETINOIN_RESPONSE_UP.tsv",
        "NB_SKNBE2C_RA_UP": "neuroblastoma_SKNBE2C_RA_vs_control_DE.tsv",
    }
    members = {name: {row["gene"] for row in tsv(folder / file)} for name, file in names.items()}
    for gene in load_signatures()["retinoid_response_core"].genes:
        assert gene.note is not None
        for name in gene.note.removeprefix("in ").split(", "):
            assert gene.gene in members.get(name, {gene.gene})


def test_shipped_files_are_what_the_script_makes(
    shared: Path, tmp_path: Path, derive: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = [str(shared / "signatures"), str(shared / "data" / "gmt"), "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["derive_signatures.py", *arguments])
    derive.main()
    made = {file.relative_to(tmp_path): file.read_bytes() for file in tmp_path.rglob("*.yaml")}
    assert made == {file.relative_to(SHIPPED): file.read_bytes() for file in FILES}
