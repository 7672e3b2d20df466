"""The content of the shipped library: each list against its source, and what is said of it."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import random
import re
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest
import yaml

from atrasig.genes import GeneTable, load_gene_table
from atrasig.signatures import (
    NO_LICENCE,
    NO_LICENCE_FOLDER,
    AtraRole,
    Modifier,
    Signature,
    load_fusions,
    load_markers,
    load_modifiers,
    load_signatures,
)

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "signatures"
PLAN = yaml.safe_load((ROOT / "scripts" / "signature_sources.yaml").read_text(encoding="utf-8"))
ENTRIES = {entry["id"]: entry for entry in PLAN["signatures"]}
REVIEW = "doi:10.3389/fphar.2024.1404092"


@pytest.fixture(scope="module")
def derive() -> ModuleType:
    path = ROOT / "scripts" / "derive_signatures.py"
    spec = importlib.util.spec_from_file_location("derive_signatures", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def table() -> GeneTable:
    return load_gene_table()


@pytest.fixture(scope="module")
def modifiers() -> tuple[Modifier, ...]:
    return load_modifiers()


def genes_of(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as handle:
        rows = csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [row["gene"] for row in rows]


def sets_of(path: Path) -> dict[str, list[str]]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    return {row[0]: row[2:] for row in (line.split("\t") for line in text.splitlines())}


# ---------------------------------------------------------------- against the sources


def test_plan_and_shipped_files_name_the_same_signatures() -> None:
    files = {
        path.relative_to(SHIPPED).as_posix()
        for folder in (SHIPPED, SHIPPED / "no_licence_stated")
        for path in folder.glob("*.yaml")
    } - {"markers.yaml"}
    families = PLAN["families"]
    planned = set()
    for name, entry in ENTRIES.items():
        folder = {**families.get(entry.get("family", ""), {}), **entry}.get("folder", "")
        planned.add(f"{folder}/{name}.yaml".lstrip("/"))
    assert files == planned


def test_every_list_holds_the_genes_of_its_source(
    shared: Path, derive: ModuleType, table: GeneTable
) -> None:
    gmt = {path.name: sets_of(path) for path in (shared / "data" / "gmt").glob("[ch]*.all.v7*")}
    for signature in load_signatures():
        entry = derive.completed(ENTRIES[signature.id], PLAN["families"])
        if "genes" in entry or "rule" in entry:
            continue
        read = [
            table.approve(gene)
            for part in entry["lists"]
            for gene in (
                gmt[part["gmt"]][part["set"]]
                if "gmt" in part
                else genes_of(shared / "signatures" / part["tsv"])
            )
        ]
        missing = set(read) - set(signature.symbols)
        assert set(signature.symbols) <= set(read)
        assert all(gene in (signature.derivation or "") for gene in missing), signature.id


def test_ten_lists_print_the_symbols_of_the_sets_they_name(shared: Path) -> None:
    files = ("c2.all.v7.0.symbols.gmt.gz", "h.all.v7.1.symbols.gmt")
    sets = {name: set(g) for f in files for name, g in sets_of(shared / "data/gmt" / f).items()}
    release = re.compile(r"MSigDB v7\.0, C2 CGP|hallmark.*MSigDB v7\.1")
    named = [s for s in load_signatures() if release.search(s.source.citation)]
    for signature in random.Random(1).sample(named, 10):
        halves = (signature.source.table or "").split(" and ")
        for name, direction in zip(halves, ("up", "down"), strict=False):
            printed = {g.printed or g.gene for g in signature.genes if g.direction == direction}
            assert printed == sets[name], name


def test_lists_of_a_later_release_are_close_to_the_earlier_one(
    shared: Path, table: GeneTable
) -> None:
    sets = sets_of(shared / "data" / "gmt" / "c2.all.v7.0.symbols.gmt.gz")
    checked = 0
    for signature in load_signatures():
        for name in (signature.source.table or "").split(" and "):
            if "v7.1" in signature.source.citation and name in sets:
                earlier = {table.approve(gene) for gene in sets[name]}
                assert len(earlier & set(signature.symbols)) > 0.8 * len(earlier), name
                checked += 1
    assert checked > 20


def test_both_copies_of_a_set_agree_where_there_are_two(shared: Path, table: GeneTable) -> None:
    hallmark = sets_of(shared / "data" / "gmt" / "h.all.v7.1.symbols.gmt")
    for name, entry in ENTRIES.items():
        if entry.get("family") == "hallmark_role":
            copy = genes_of(shared / "signatures" / f"msigdb71_{entry['set']}.tsv")
            assert set(copy) == set(hallmark[entry["set"]])
            assert {table.approve(g) for g in copy} == set(load_signatures()[name].symbols)


def test_fractions_quoted_for_stem_cells_are_those_of_the_table(shared: Path) -> None:
    path = shared / "signatures" / "AMLHier_ATRA_celllines.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    for name, cell in (("lspc_primed", "LSPC-Primed"), ("lspc_cycle", "LSPC-Cycle")):
        note = load_signatures()[name].context.note or ""
        for line in ("AP1060", "HL60", "NB4"):
            arms = [
                [float(row[cell]) for row in rows if row["Mixture"][:-2] == f"{line}_{arm}"]
                for arm in ("DMSO", "ATRA")
            ]
            before, after = (sum(values) / len(values) for values in arms)
            assert f"{line} {before:.1f} to {after:.1f}" in note


def test_what_is_said_of_martens_holds() -> None:
    signatures = load_signatures()
    martens = signatures["martens_tretinoin_response"]
    bound = set(signatures["martens_bound_by_pml_rara"].symbols)
    assert len(bound & set(martens.symbols)) == 60
    absent = {"ITGAM", "ITGAX", "CD38", "CEBPE", "CYBB", "RARB", "CYP26A1"}
    assert not absent & set(martens.symbols)
    assert {"CEBPB", "MPO", "MYC", "CCL3"} <= set(martens.down)


# ---------------------------------------------------------------- the rules of derivation


def test_a_gene_in_both_directions_is_left_out_and_said(derive: ModuleType) -> None:
    rows = [{"gene": gene, "direction": way} for gene, way in ("Au", "Bu", "Bd", "Au", "Cd")]
    kept, said = derive.settled(rows)
    assert sorted((row["gene"], row["direction"]) for row in kept) == [("A", "u"), ("C", "d")]
    assert "1 repeated line" in said
    assert "up and down: B" in said


def test_an_ambiguous_spreadsheet_date_is_left_out_and_said(derive: ModuleType) -> None:
    rows = [{"gene": gene, "direction": "up"} for gene in ("RARB", "01-Mar", "01-Mar")]
    kept, said = derive.settled(rows)
    assert [row["gene"] for row in kept] == ["RARB"]
    assert said.endswith("a date of the name: 01-Mar")


def test_lists_without_repeats_are_kept_as_they_are(derive: ModuleType) -> None:
    rows = [{"gene": gene, "direction": "up", "weight": 1.0} for gene in ("RARB", "DHRS3")]
    kept, said = derive.settled(rows)
    assert sorted(row["gene"] for row in kept) == ["DHRS3", "RARB"]
    assert said == ""


def test_repairs_are_stated_in_the_files() -> None:
    signatures = load_signatures()
    assert "PPM1G" in (signatures["ma_myeloid_differentiation"].derivation or "")
    assert "82 repeated lines" in (signatures["somervaille_mll_lsc"].derivation or "")


# ---------------------------------------------------------------- what each file says


@pytest.mark.parametrize("signature", load_signatures(), ids=lambda signature: signature.id)
def test_record_of_a_signature_is_complete(signature: Signature) -> None:
    assert signature.limits
    assert signature.source.citation
    assert signature.n_genes >= 5
    assert signature.licence == NO_LICENCE or signature.licence.startswith(("CC BY", "BSD"))
    if signature.obtained == "curated":
        assert signature.derivation
        assert all(gene.source for gene in signature.genes) or signature.source.pmid


def test_curated_genes_have_a_citation_each() -> None:
    curated = [s for s in load_signatures() if s.obtained == "curated"]
    assert {s.id for s in curated} >= {"nb4_atra_induced_genes", "atra_immune_genes"}
    for signature in curated:
        for gene in signature.genes:
            assert re.search(r"doi:10\.|https?://|PMID \d+", gene.source or ""), gene.gene


def test_lists_without_a_direction_say_what_up_means() -> None:
    for signature in load_signatures():
        entry = ENTRIES[signature.id]
        if signature.kind == "pathway" and entry.get("family") not in (
            "hallmark",
            "cgp_pair_v70",
        ):
            said = " ".join(signature.limits)
            assert "up stands for membership" in said or "interferon alpha" in said, signature.id
            assert signature.down == ()


def test_nothing_stands_under_the_name_of_a_model_that_was_not_read() -> None:
    for signature in load_signatures():
        assert not re.search(r"guarrera|bolis(?!m)|atra.?21|gastric", signature.id, re.IGNORECASE)


def test_only_named_lists_are_scored_as_response() -> None:
    kinds = {s.id: s.kind for s in load_signatures()}
    for name, kind in kinds.items():
        if name.startswith(("park_tretinoin", "nouzova", "donato", "gery", "hallmark", "go_")):
            assert kind == "pathway"


# ---------------------------------------------------------------- markers and modifiers


def test_markers_cover_the_genes_of_the_review() -> None:
    markers = {marker.gene: marker for marker in load_markers()}
    assert {"ITGAM", "ITGAX", "CD38", "CD14", "MPO", "CEBPE", "CEBPB", "SPI1", "TGM2"} <= set(
        markers
    )
    assert {"CYP26A1", "RARA", "RARB", "PRAME", "TNFRSF17", "NSD2", "IRF1", "CD274"} <= set(markers)
    assert {"HOXA5", "RIGI", "BCL2", "MCL1", "VEGFA", "KDR", "TEK", "MTOR"} <= set(markers)
    for gene in ("VEGFA", "HIF1A", "FOXP3", "MCL1", "MPO", "NSD2", "PRAME", "TP53"):
        assert markers[gene].direction == "measured"
    for gene in ("BCL2", "ANGPT1", "ANGPT2", "TEK"):
        assert markers[gene].direction == "down"


def test_every_marker_has_a_source_that_can_be_found() -> None:
    for marker in load_markers():
        assert re.search(r"doi:10\.|https?://|GSE\d+", marker.source), marker.gene


def test_modifiers_are_approved_coding_genes(
    modifiers: tuple[Modifier, ...], table: GeneTable
) -> None:
    assert len(modifiers) > 40
    for entry in modifiers:
        assert table.approve(entry.gene) == entry.gene
        assert entry.gene in table.coding


def test_only_what_is_said_of_atra_itself_stands_without_an_effect(
    modifiers: tuple[Modifier, ...],
) -> None:
    effects = {entry.gene: entry.effect for entry in modifiers}
    for gene in ("RARG", "OAS1", "RNASEL"):
        assert effects[gene] == "cytotoxicity of carfilzomib"
    for gene in ("NSD2", "HDAC6"):
        assert effects[gene] == "rise of CD38 under ATRA"
    for entry in modifiers:
        assert not (entry.direction == "marker" and entry.effect)


def test_a_number_stands_in_the_evidence_of_its_grade(modifiers: tuple[Modifier, ...]) -> None:
    numbered = {(entry.gene, entry.grade): entry.n for entry in modifiers if entry.n}
    assert numbered == {
        ("RARA", "patients"): 18,
        ("RARA", "cell lines"): 36,
        ("CRABP2", "cell lines"): 14,
        ("FABP5", "cell lines"): 14,
        ("MN1", "patients"): 83,
        ("KDM1A", "patients"): 18,
        ("CD38", "patients"): 50,
        ("ESR1", "cell lines"): 42,
        ("NOTCH1", "cell lines"): 18,
        ("NF1", "cell lines"): 25,
        ("ZNF423", "cell lines"): 25,
        ("PBX1", "cell lines"): 16,
        ("HMGA2", "cell lines"): 4,
    }


def test_every_reference_through_the_review_stands_in_its_list(shared: Path) -> None:
    (path,) = (shared / "seeds").glob("001_*.txt")
    review = path.read_text(encoding="utf-8").lower()
    texts = [file.read_text(encoding="utf-8") for file in SHIPPED.rglob("*.yaml")]
    cited = {
        name.rstrip(".;,")
        for text in texts
        for line in re.split(r"\n(?=- |  \w)", text)
        if REVIEW in line
        for name in re.findall(r"doi:(10\.[^\s,;\"')}]+)", line)
    }
    other = {"10.3389/fphar.2024.1404092", "10.3390/curroncol33010025"}
    other |= {"10.1186/s12885-018-4966-5"}
    assert len(cited) > 30
    assert sorted(name for name in cited - other if name.lower() not in review) == []


def test_modifiers_cover_the_table_that_was_read(
    shared: Path, modifiers: tuple[Modifier, ...]
) -> None:
    read = set(genes_of(shared / "signatures" / "ATRA_modifiers_read.tsv"))
    left_out = {"CYP26", "UNC45"}
    assert read - left_out <= {entry.gene for entry in modifiers}
    assert not left_out & {entry.gene for entry in modifiers}


def test_directions_of_modifiers_are_those_of_the_table(
    shared: Path, modifiers: tuple[Modifier, ...]
) -> None:
    stated: dict[str, set[str]] = {}
    with (shared / "signatures" / "ATRA_modifiers_read.tsv").open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE):
            word = row["direction"].split("_")[0]
            stated.setdefault(row["gene"], set()).add(word)
    words = {"sensitises": "sensitive", "resists": "resistant"}
    for entry in modifiers:
        if entry.gene in stated and entry.direction in words and not entry.effect:
            assert words[entry.direction] in stated[entry.gene], entry.gene


def test_contradictions_that_were_read_are_carried(modifiers: tuple[Modifier, ...]) -> None:
    against = {entry.gene: " ".join(entry.contradicting) for entry in modifiers}
    assert "Coyle 2018" in against["FABP5"]
    assert "Coyle 2018" in against["CRABP2"]
    assert "Burnett 2010" in against["NPM1"]
    assert "better outcome" in against["PRAME"]
    assert "5%" in against["CD38"]
    assert "NK cells" in against["CD38"]
    for text in against.values():
        assert not text or re.search(r"doi:10\.|https?://|was read", text), text


def test_a_fusion_on_which_sources_disagree_says_so() -> None:
    fusions = {fusion.fusion: " ".join(fusion.contradicting) for fusion in load_fusions()}
    assert "10.1186/s40364-021-00284-x" in fusions["IRF2BP2::RARA"]
    assert "complete remission" in fusions["IRF2BP2::RARA"]


# ---------------------------------------------------------------- roles and licences


def test_each_role_of_atra_has_signatures_and_markers() -> None:
    signatures, markers = load_signatures(), load_markers()
    for role in get_args(AtraRole):
        assert sum(role in signature.atra_roles for signature in signatures) >= 2, role
        assert sum(role in marker.atra_roles for marker in markers) >= 4, role
    for name in ("retinoid_response_core", "lsc17", "valk_aml_cluster_12"):
        assert signatures[name].atra_roles == ()


def test_reactome_pid_and_go_stand_with_the_lists_without_a_licence() -> None:
    for signature in load_signatures():
        named = (signature.source.table or "").split("_")[0]
        folder = PLAN["families"].get(ENTRIES[signature.id].get("family", ""), {}).get("folder")
        assert named not in {"KEGG", "BIOCARTA", "WP", "NABA", "ST", "SA", "SIG"}
        if named in {"REACTOME", "PID", "GO"}:
            assert folder == NO_LICENCE_FOLDER
            assert signature.licence == NO_LICENCE
            assert any("states no licence" in text for text in signature.limits)
