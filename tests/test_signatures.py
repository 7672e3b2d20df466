"""Signatures: the shipped library against its sources, the YAML format, GMT, markers, fusions."""

from __future__ import annotations

import csv
import gzip
import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from pydantic import ValidationError

from atrasig.errors import SignatureError
from atrasig.genes import load_gene_table
from atrasig.signatures import (
    NO_LICENCE,
    NO_LICENCE_FOLDER,
    Signature,
    SignatureSet,
    load_fusions,
    load_markers,
    load_signatures,
    load_with_shipped,
    read_gmt,
    read_signature,
    table_hash,
    write_gmt,
)

ROOT = Path(__file__).resolve().parents[1]
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
OTHERS = {
    "retinoid_response_core",
    "sknbe2c_ra_response",
    "rarcc",
    "rar_targets",
    "zirn_tretinoin_response",
    "lsc17",
    "hallmark_interferon_alpha_response",
    "hallmark_interferon_gamma_response",
    "atra_differentiation_markers",
}
IDS = {name.lower() for name in VALK | ROSS} | set(HIERARCHY) | OTHERS


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


# ---------------------------------------------------------------- the shipped library


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
    assert {n for n, k in kinds.items() if k == "response"} == response | {
        "zirn_tretinoin_response"
    }
    assert kinds["lsc17"] == "stemness"
    assert {kinds[name] for name in HIERARCHY} == {"differentiation"}


def test_library_loads_fast_and_without_pandas() -> None:
    code = (
        "import sys, time; from atrasig.signatures import load_signatures; t = time.perf_counter();"
        "n = len(load_signatures()); print(n, time.perf_counter() - t, 'pandas' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    n, seconds, pandas = out.stdout.decode().split()
    assert int(n) == len(IDS)
    assert float(seconds) < 0.5
    assert pandas == "False"


def test_no_file_names_kegg_biocarta_or_a_local_path() -> None:
    for file in SHIPPED.rglob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        assert "KEGG_" not in text
        assert "BIOCARTA_" not in text
        assert "/work" not in text
        assert "../shared" not in text


# ---------------------------------------------------------------- against the sources


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


# ---------------------------------------------------------------- the YAML format


VALID = """\
id: mine
version: 1.2.3
title: A list of mine
kind: response
scale: log2
source: {citation: Me}
obtained: curated
licence: CC0
genes:
- {gene: CYP26A1, direction: up, weight: 2}
- {gene: DHRS3, direction: down, weight: -0.5}
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def _write(text: str, name: str = "mine.yaml") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode())
        return path

    return _write


def test_valid_file_is_read_as_written(write: Callable[..., Path]) -> None:
    signature = read_signature(write(VALID))
    assert signature.rows == (("CYP26A1", "up", 2.0), ("DHRS3", "down", -0.5))
    assert signature.up == ("CYP26A1",)
    assert signature.down == ("DHRS3",)
    assert signature.symbols == ("CYP26A1", "DHRS3")
    assert signature.context.species == "human"
    assert signature.sha256 == hashlib.sha256(b"CYP26A1\tup\t2\nDHRS3\tdown\t-0.5\n").hexdigest()


def test_hash_does_not_depend_on_gene_order() -> None:
    rows = [("B", "up", 1.0), ("A", "down", -2.0)]
    assert table_hash(rows) == table_hash(rows[::-1])
    assert table_hash(rows) != table_hash([("B", "up", 1.0), ("A", "down", -2.5)])


CYP = "{gene: CYP26A1, direction: up, weight: 2}"
FIRST = "line 10, genes, CYP26A1 (number 1)"
FAULTS = {
    "unknown key": ("licence: CC0", "licence: CC0\nlicense: CC0", "line 9, license: unknown key"),
    "missing key": ("licence: CC0\n", "", "licence: missing; add it"),
    "unknown key of a gene": (
        CYP,
        CYP[:-1] + ", sign: 1}",
        f"{FIRST}, sign",
    ),
    "duplicate gene": ("gene: DHRS3", "gene: CYP26A1", "line 11, CYP26A1 is listed twice"),
    "duplicate key": ("id: mine", "id: mine\nid: other", "line 2, id is given twice"),
    "no genes": (VALID[VALID.index("genes:") :], "genes: []\n", "line 9, genes:"),
    "bad direction": (
        "direction: up",
        "direction: high",
        f"{FIRST}, direction",
    ),
    "bad kind": ("kind: response", "kind: responses", "line 4, kind:"),
    "bad version": ("1.2.3", "'1.2'", "line 2, version:"),
    "hash mismatch": (
        "genes:\n",
        "sha256: abc\ngenes:\n",
        "line 9, sha256 is abc but the genes",
    ),
    "sign": ("weight: 2", "weight: -2", "CYP26A1 has direction up and weight -2"),
    "some weights": (", weight: 2", "", "line 9, 1 of 2 genes have a weight"),
    "infinite weight": ("weight: 2", "weight: .inf", "CYP26A1 has direction up and weight inf"),
    "boolean gene": ("gene: DHRS3", "gene: NO", "line 11, genes, entry (number 2), gene"),
    "not YAML": ("genes:\n", "genes: [\n", "not valid YAML"),
    "number as pmid": (
        "{citation: Me}",
        "{citation: Me, pmid: 123}",
        "looks like a number",
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_faulty_file_is_refused_with_place_and_mend(case: str, write: Callable[..., Path]) -> None:
    old, new, expected = FAULTS[case]
    assert old in VALID
    path = write(VALID.replace(old, new, 1))
    with pytest.raises(SignatureError) as caught:
        read_signature(path)
    assert expected in str(caught.value)
    assert str(path) in str(caught.value)


def test_all_faults_of_a_file_come_at_once(write: Callable[..., Path]) -> None:
    text = VALID.replace("response", "answer").replace("gene: DHRS3", "gene: CYP26A1")
    with pytest.raises(SignatureError) as caught:
        read_signature(write(text + "extra: 1\n"))
    message = str(caught.value)
    assert message.count("\n  - line ") == 3
    assert (
        message.index("line 4, kind") < message.index("line 11, CYP26A1") < message.index("extra")
    )


def test_file_that_is_no_mapping_or_no_text_is_refused(write: Callable[..., Path]) -> None:
    with pytest.raises(SignatureError, match="not a YAML mapping"):
        read_signature(write("- a\n- b\n"))
    path = write("")
    path.write_bytes(b"id: \xff\xfe")
    with pytest.raises(SignatureError, match="UTF-8"):
        read_signature(path)


def test_yaml_tags_cannot_make_objects(write: Callable[..., Path]) -> None:
    with pytest.raises(SignatureError, match="not valid YAML"):
        read_signature(write(VALID.replace("id: mine", "id: !!python/object/apply:os.getcwd []")))


def test_model_refuses_what_files_may_not_say() -> None:
    raw = yaml.safe_load(VALID)
    with pytest.raises(ValidationError, match="listed twice"):
        Signature.model_validate({**raw, "genes": raw["genes"] * 2})
    with pytest.raises(ValidationError, match="hash to"):
        Signature.model_validate({**raw, "sha256": "0" * 64})
    with pytest.raises(ValidationError, match="frozen"):
        Signature.model_validate(raw).id = "other"


def test_user_symbols_are_approved_and_the_printed_one_kept(write: Callable[..., Path]) -> None:
    path = write(VALID.replace("DHRS3", "GPR56").replace("CYP26A1", "NOT_A_GENE"))
    signature = load_signatures([path])["mine"]
    assert {(g.gene, g.printed) for g in signature.genes} == {
        ("NOT_A_GENE", None),
        ("ADGRG1", "GPR56"),
    }
    notes = {gene.gene: gene.note for gene in signature.genes}
    assert notes["NOT_A_GENE"] is not None
    assert "not in the gene table" in notes["NOT_A_GENE"]
    assert signature.sha256 == table_hash(signature.rows) != read_signature(path).sha256


def test_two_names_of_one_gene_that_disagree_are_refused(write: Callable[..., Path]) -> None:
    path = write(VALID.replace("DHRS3", "GPR56").replace("CYP26A1", "ADGRG1"))
    with pytest.raises(SignatureError, match="ADGRG1 and GPR56 are both ADGRG1"):
        load_signatures([path])


# ---------------------------------------------------------------- sets and folders


def test_load_order_does_not_matter(tmp_path: Path) -> None:
    chosen = [file for file in FILES if file.stem in {"lsc17", "rarcc", "gmp_like"}]
    forward, backward = load_signatures(chosen), load_signatures(chosen[::-1])
    assert forward.ids == backward.ids == ("gmp_like", "lsc17", "rarcc")
    assert (
        forward.hash
        == backward.hash
        == load_signatures().select(["rarcc", "lsc17", "gmp_like"]).hash
    )
    assert forward.hash != load_signatures().hash


def test_set_hash_is_over_ids_and_gene_tables() -> None:
    chosen = load_signatures().select(["rarcc", "lsc17"])
    text = "".join(f"{name}\t{chosen[name].sha256}\n" for name in ("lsc17", "rarcc"))
    assert chosen.hash == hashlib.sha256(text.encode()).hexdigest()


def test_folder_ignores_models_evidence_and_markers(tmp_path: Path) -> None:
    folder = tmp_path / "signatures"
    shutil.copytree(SHIPPED, folder)
    (folder / "models").mkdir(exist_ok=True)
    (folder / "models" / "other.yaml").write_text("not: a signature\n")
    assert load_signatures(folder).hash == load_signatures().hash
    shutil.rmtree(folder / NO_LICENCE_FOLDER)
    assert set(load_signatures([folder]).ids) == {
        signature.id for signature in load_signatures() if signature.licence != NO_LICENCE
    }


def test_paths_that_cannot_be_read_say_why(tmp_path: Path, write: Callable[..., Path]) -> None:
    with pytest.raises(SignatureError, match="No such file"):
        load_signatures([tmp_path / "none.yaml"])
    with pytest.raises(SignatureError, match="no signature files"):
        load_signatures([tmp_path])
    with pytest.raises(SignatureError, match="Not a signature file"):
        load_signatures([write("x", "list.txt")])
    first, second = write(VALID, "a.yaml"), write(VALID, "b.yaml")
    with pytest.raises(SignatureError, match=r"used twice \(.*a\.yaml and .*b\.yaml\)"):
        load_signatures([first, second])
    assert load_signatures([first, first]).ids == ("mine",)


def test_unknown_id_names_its_neighbours() -> None:
    signatures = load_signatures()
    assert "rarcc" in signatures
    assert "nothing" not in signatures
    with pytest.raises(SignatureError, match="lsc17"):
        signatures["lsc71"]
    with pytest.raises(SignatureError, match=r"lsc71, xxxxx\. Did you mean lsc17\?"):
        signatures.select(["lsc71", "xxxxx", "rarcc"])
    signature = signatures["rarcc"]
    with pytest.raises(SignatureError, match="used more than once: rarcc"):
        SignatureSet([signature, signature])


# ---------------------------------------------------------------- GMT


def test_gmt_keeps_names_descriptions_and_halves(write: Callable[..., Path]) -> None:
    path = write(
        "My set one\t\tTP53\tMDM2\r\nX_UP\tup half\tRARB\nX_DN\tup half\tMYC\t\t\n\n", "a.gmt"
    )
    sets = read_gmt(path)
    assert sets.ids == ("My set one", "X_DN", "X_UP")
    assert sets["My set one"].symbols == ("TP53", "MDM2")
    assert sets["My set one"].source.table == ""
    assert sets["X_UP"].source.table == "up half"
    assert sets["X_DN"].up == ("MYC",)
    assert {(s.kind, s.source.citation, s.limits) for s in sets} == {("pathway", "user file", ())}


def test_gmt_counts_what_it_merges(write: Callable[..., Path]) -> None:
    line = "A\td\tRARB\tRARB\t\tGPR56\tADGRG1\tNOT_A_GENE\n"
    signature = read_gmt(write(line, "a.gmt"))["A"]
    assert signature.symbols == ("RARB", "ADGRG1", "NOT_A_GENE")
    assert signature.limits == (
        "RARB is listed 2 times, counted once",
        "1 empty gene field(s) between genes, skipped",
        "2 listed symbols are one gene, counted once: GPR56, ADGRG1 -> ADGRG1",
    )
    assert signature.genes[1].printed == "GPR56"
    assert signature.genes[2].note is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A d TP53 MDM2\n", ["line 1: no TAB"]),
        (
            "A\td\tTP53\nB\td\n\nC\t\t\t\n",
            ["line 2: set 'B' has no genes", "line 4: set 'C' has no"],
        ),
        ("A\td\tTP53\nA\td\tMDM2\n", ["line 2: set name 'A' is already used on line 1"]),
        ("\td\tTP53\n", ["line 1: the set has no name"]),
        ("", ["no gene sets"]),
        (
            "A\td\n\nA d\nB\td\tX\nB\t\tY\n",
            ["line 1: set 'A'", "line 3: no TAB", "line 5: set name 'B'"],
        ),
    ],
)
def test_gmt_faults_name_their_lines(
    text: str, expected: list[str], write: Callable[..., Path]
) -> None:
    path = write(text, "a.gmt")
    with pytest.raises(SignatureError) as caught:
        read_gmt(path)
    for part in (*expected, str(path)):
        assert part in str(caught.value)


def test_gmt_that_is_not_text_is_refused(write: Callable[..., Path]) -> None:
    path = write("", "a.gmt")
    path.write_bytes(b"A\td\tTP53\nB\td\t\xff\n")
    with pytest.raises(SignatureError, match=r"not UTF-8 text \(.*line 2\)"):
        read_gmt(path)
    path.write_bytes(gzip.compress(b"A\td\tTP53\n" * 99)[:-9])
    with pytest.raises(SignatureError, match="Cannot read"):
        read_gmt(path)


@pytest.mark.parametrize("ending", ["gmt", "gmt.gz"])
def test_gmt_round_trip(ending: str, tmp_path: Path, write: Callable[..., Path]) -> None:
    sets = read_gmt(write("My set\t\tTP53\tMDM2\nB\thttp://x\tRARB\nC\tC\tGPR56\n", "in.gmt"))
    path = tmp_path / f"out.{ending}"
    write_gmt(path, sets)
    again = read_gmt(path)
    assert again.hash == sets.hash
    assert [(s.id, s.symbols, s.source.table) for s in again] == [
        (s.id, s.symbols, s.source.table) for s in sets
    ]
    first = path.read_bytes()
    write_gmt(path, again)
    assert path.read_bytes() == first


def test_shipped_set_goes_to_gmt_and_back(tmp_path: Path) -> None:
    shipped = load_signatures()
    write_gmt(tmp_path / "all.gmt", shipped)
    back = load_signatures([tmp_path / "all.gmt"])
    members = {signature.id: signature.symbols for signature in back}
    expected = {}
    for signature in shipped:
        if signature.down:
            expected[f"{signature.id}_UP"] = signature.up
            expected[f"{signature.id}_DN"] = signature.down
        else:
            expected[signature.id] = signature.up
    assert members == expected


def test_gmt_refuses_names_that_collide(tmp_path: Path, write: Callable[..., Path]) -> None:
    two = load_signatures([write(VALID)])["mine"]
    clash = read_gmt(write("mine_UP\t\tTP53\n", "a.gmt"))["mine_UP"]
    with pytest.raises(SignatureError, match="'mine_UP' would be written twice"):
        write_gmt(tmp_path / "out.gmt", SignatureSet([two, clash]))
    assert not (tmp_path / "out.gmt").exists()


def test_real_collections_are_read_whole(shared: Path) -> None:
    path = shared / "data" / "gmt" / "h.all.v7.1.symbols.gmt"
    sets = read_gmt(path)
    assert len(sets) == 50
    printed = gmt_sets(path)
    for signature in sets:
        assert {g.printed or g.gene for g in signature.genes} <= set(printed[signature.id])
        assert set(signature.symbols) == approved(printed[signature.id])


# ---------------------------------------------------------------- markers and fusions


def test_markers_are_known_genes_with_sources() -> None:
    markers = load_markers()
    genes = [marker.gene for marker in markers]
    assert set(MARKERS) <= set(genes)
    assert len(set(genes)) == len(genes)
    table = load_gene_table()
    assert all(table.approve(gene) == gene and gene in table.frame.index for gene in genes)
    directions = {marker.gene: marker.direction for marker in markers}
    assert directions["ITGAM"] == "up"
    assert directions["CD14"] == directions["FUT4"] == "measured"
    signature = load_signatures()["atra_differentiation_markers"]
    assert set(signature.up) == set(MARKERS)
    assert all(gene.source for gene in signature.genes)
    notes = {gene.gene: gene.note or "" for gene in signature.genes}
    assert [gene for gene in MARKERS if "direction under ATRA was not read" in notes[gene]] == [
        "CD14"
    ]


def test_fold_changes_quoted_for_markers_are_those_of_the_table(shared: Path) -> None:
    rows = tsv(shared / "signatures" / "neuroblastoma_SKNBE2C_RA_vs_control_DE.tsv")
    changes = {row["gene"]: float(row["weight"]) for row in rows}
    notes = {marker.gene: marker.note for marker in load_markers()}
    for gene in ("RARB", "CYP26A1"):
        assert f"log2 fold change {changes[gene]:.2f} " in notes[gene]


def test_fusions_carry_their_own_direction_and_contradictions(shared: Path) -> None:
    rows = {
        row["gene"]: row["direction"]
        for row in tsv(shared / "signatures" / "RARA_fusion_calls_read.tsv")
    }
    fusions = {fusion.fusion: fusion for fusion in load_fusions()}
    assert set(fusions) == set(rows)
    for name, direction in rows.items():
        expected = "sensitive" if name == "PML::RARA" else direction
        assert fusions[name].direction == expected
    assert fusions["ZBTB16::RARA"].n == 6
    assert any("one sensitive case" in text for text in fusions["ZBTB16::RARA"].contradicting)
    assert fusions["PML::RARA"].n == 24
    assert any("resistance" in text for text in fusions["PML::RARA"].contradicting)
    assert fusions["NUMA1::RARA"].n is None


@pytest.mark.parametrize(
    ("text", "fusion"),
    [
        ("PML::RARA", "PML::RARA"),
        ("pml-rara", "PML::RARA"),
        ("PML / RARA", "PML::RARA"),
        ("PLZF-RARα", "ZBTB16::RARA"),
        ("NuMA\N{EN DASH}RARA", "NUMA1::RARA"),
        ("BCR::ABL1", None),
        ("RARA", None),
    ],
)
def test_fusions_are_found_under_their_spellings(text: str, fusion: str | None) -> None:
    hits = [statement.fusion for statement in load_fusions() if statement.matches(text)]
    assert hits == ([fusion] if fusion else [])


def test_signature_survives_json() -> None:
    for signature in load_signatures():
        text = json.dumps(signature.model_dump(mode="json"), sort_keys=True)
        assert Signature.model_validate(json.loads(text)) == signature


def test_a_user_signature_may_not_redefine_a_shipped_one(tmp_path: Path) -> None:
    gmt = tmp_path / "mine.gmt"
    gmt.write_text("retinoid_response_core\tmine\tRARB\tDHRS3\tTGM2\n")
    with pytest.raises(SignatureError, match="retinoid_response_core"):
        load_with_shipped([gmt])
    gmt.write_text("my_set\tmine\tRARB\tDHRS3\tTGM2\n")
    assert "my_set" in load_with_shipped([gmt])
    assert "retinoid_response_core" in load_with_shipped([gmt])
