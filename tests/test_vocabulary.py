"""The shipped vocabulary, and the rules that any vocabulary must keep."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from atrasig.errors import InputError
from atrasig.vocabulary import (
    VocabularyMiss,
    load_vocabulary,
    normalise_term,
    parse_vocabulary,
)

VOCABULARY = load_vocabulary()

# TCGA's study abbreviations that name a disease (CNTL, FPPP and MISC name none).
TCGA = [
    "ACC", "BLCA", "BRCA", "CESC", "CHOL", "COAD", "DLBC", "ESCA", "GBM", "HNSC", "KICH", "KIRC",
    "KIRP", "LAML", "LCML", "LGG", "LIHC", "LUAD", "LUSC", "MESO", "OV", "PAAD", "PCPG", "PRAD",
    "READ", "SARC", "SKCM", "STAD", "TGCT", "THCA", "THYM", "UCEC", "UCS", "UVM",
]  # fmt: skip

# Disease names as three texts print them: a review of ATRA in hematologic disorders
# (doi:10.3389/fphar.2024.1404092), one of combinations in AML (doi:10.3390/curroncol33010025)
# and a technical guide on ATRA targets.
PRINTED = """
acute promyelocytic leukemia | APL | non-APL acute myeloid leukemia | non-APL AML
acute myeloid leukemia | acute myeloid leukaemia | AML | acute leukemia | myeloid leukemia
myeloid neoplasms | myeloid tumors | hematologic disorders | Malignant hematologic diseases
Non-malignant hematologic diseases | relapsed/refractory AML | R/R AML | ATRA-resistant AML
NPM1-mutated AML | IDH2-mutated AML | Nucleophosmin-1 Mutated AML | childhood AML
ATRA-resistant APL | ATRA and ATO Resistant APL | high-risk APL | Low-risk APL
Non-high-risk APL | standard-risk APL | pediatric APL
myelodysplastic syndrome | myelodysplastic syndromes | MDS | HR-MDS | LR-MDS | low-risk MDS
high-risk MDS | high-risk myelodysplastic syndrome | Very High Risk MDS | Refractory Low-risk MDS
low- or intermediate-risk MDS | MDS with blast excess | MDS anemia | refractory anemia
multiple myeloma | MM | relapsed/refractory multiple myeloma | daratumumab-refractory MM
NSD2-high MM | acute lymphoblastic leukemia | ALL | T-ALL | BCR-ABL ALL
T-acute lymphoblastic leukemia | T-cell acute lymphoblastic leukemia | lymphoma
lymphoid malignancies | mantle cell lymphoma | MCL | follicular lymphoma
primary effusion lymphoma | primary exudative lymphoma | PEL | NK/T-cell lymphoma | NKTCL
Waldenström's macroglobulinemia | WM
immune thrombocytopenia | primary immune thrombocytopenia | chronic immune thrombocytopenia | ITP
Steroid-resistant/relapsed ITP | corticosteroid-resistant or relapsed ITP
relapsed refractory ITP | aplastic anemia | AA | immune-mediated aplastic anaemia
bone marrow failure syndrome | Auto-Immune Anemia | anemia | pancytopenia | autoimmune disease
breast cancer | gastric cancer | GC | gliomas | hepatocellular carcinoma | lung cancer
esophageal squamous cell carcinoma | pancreatic cancer | solid tumors | cancer
non-melanoma skin cancer | primary cutaneous T-cell lymphoma | skin diseases
inflammatory skin disorders | hyperproliferative disorders | acne vulgaris | rosacea | melasma
ichthyosis | psoriasis | photodamaged skin | depression | depressive disorders
central nervous system disorders | allergic disorders | asthma | bronchial asthma
metabolic disorders | atherosclerosis | infectious disorders | bacterial infections
intracellular bacterial infection | invasive pulmonary aspergillosis | pulmonary aspergillosis
acute liver injury | liver toxicity
"""
SEED_DISEASES = sorted({name.strip() for name in re.split(r"[|\n]", PRINTED)} - {""})


@pytest.mark.parametrize("name", SEED_DISEASES)
def test_diseases_of_the_texts_resolve(name: str) -> None:
    assert VOCABULARY.disease(name).kind == "disease"


def test_the_listed_diseases_are_printed_in_the_texts(shared: Path) -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted((shared / "seeds").glob("*.txt"))]
    plain = re.sub(r"\s+", " ", " ".join(texts)).casefold()
    assert [name for name in SEED_DISEASES if name.casefold() not in plain] == []


@pytest.mark.parametrize(
    "name",
    ["neuroblastoma", "PDAC", "teratocarcinoma", "TNBC", "Luminal/ER+ breast cancer", "melanoma",
     "HER2+ breast cancer", "myeloma", "paediatric AML", "CN-AML", "CTCL", "HCC", "ESCC"],
)  # fmt: skip
def test_diseases_of_the_modifier_evidence_resolve(name: str) -> None:
    assert VOCABULARY.disease(name).malignant


@pytest.mark.parametrize("code", TCGA)
def test_tcga_codes_name_one_malignant_disease(code: str) -> None:
    term = VOCABULARY.disease(code)
    assert f"TCGA:{code}" in term.codes
    assert VOCABULARY.disease(f"tcga:{code.lower()}") == term
    assert VOCABULARY.is_a(term.id, "neoplasm")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("AML", "aml"),
        ("LAML", "aml"),
        ("  Acute  Myeloid Leukaemia ", "aml"),
        ("acute-myeloid_leukemia", "aml"),
        ("Acute myeloid leukemia, NOS", "aml"),
        ("MESH:D015470", "aml"),
        ("APL", "apl"),
        ("M3", "apl"),
        ("FAB-M3", "apl"),
        ("MONDO:0012883", "apl"),
        ("Acute promyelocytic leukaemia, PML-RAR-alpha", "apl"),
        ("Waldenstro\u0308m\u2019s macroglobulinaemia", "wm"),
        ("T\u2010ALL", "t_all"),
        ("NORMAL", "healthy"),
        ("stomach adenocarcinoma", "gastric_cancer"),
        ("oesophageal cancer", "esophageal_cancer"),
        ("Wilms' tumour", "wilms_tumor"),
        ("glioblastomas", "gbm"),
    ],
)
def test_spellings_that_mean_the_same(text: str, wanted: str) -> None:
    assert VOCABULARY.disease(text).id == wanted


def test_every_spelling_leads_back_to_its_term() -> None:
    for term in VOCABULARY.diseases:
        assert {VOCABULARY.disease(text).id for text in term.spellings} == {term.id}
    for term in VOCABULARY.tissues:
        assert {VOCABULARY.tissue(text).id for text in term.spellings} == {term.id}


def test_a_sign_is_not_lost() -> None:
    assert VOCABULARY.disease("HER2+ breast cancer").id == "breast_her2"
    with pytest.raises(VocabularyMiss):
        VOCABULARY.disease("HER2- breast cancer")
    assert normalise_term("ER-/HER2- ") == "ernegativeher2negative"
    assert normalise_term("T-ALL") == "tall"


@pytest.mark.parametrize(
    ("text", "near"),
    [("AMLL", "AML"), ("glioblastma", "glioblastoma"), ("brest cancer", "breast cancer"),
     ("early relapse AML (adult)", "AML")],
)  # fmt: skip
def test_a_miss_names_near_matches(text: str, near: str) -> None:
    with pytest.raises(VocabularyMiss) as caught:
        VOCABULARY.disease(text)
    assert near in caught.value.suggestions
    assert repr(near) in str(caught.value)
    assert near in VOCABULARY.suggest(text)


@pytest.mark.parametrize("text", ["", "   ", "-", "qqqqqqqqqq", "unknown", "s"])
def test_nothing_is_guessed(text: str) -> None:
    with pytest.raises(VocabularyMiss):
        VOCABULARY.disease(text)


def test_kinds_do_not_mix() -> None:
    assert VOCABULARY.tissue("Bone-Marrow").id == "bone_marrow"
    with pytest.raises(VocabularyMiss):
        VOCABULARY.disease("bone marrow")
    with pytest.raises(VocabularyMiss):
        VOCABULARY.tissue("AML")


def test_lineage_is_reflexive_and_transitive() -> None:
    assert VOCABULARY.is_a("apl", "apl")
    assert VOCABULARY["apl"].parents == ("aml",)
    assert VOCABULARY.is_a("apl", "hematologic_malignancy")
    assert not VOCABULARY.is_a("aml", "apl")
    assert not VOCABULARY.is_a("non_apl_aml", "apl")
    assert VOCABULARY.lineage("apl")[:2] == ("apl", "aml")
    for term in VOCABULARY.diseases:
        above = set(VOCABULARY.lineage(term.id))
        assert all(set(VOCABULARY.lineage(other)) <= above for other in above)
    with pytest.raises(InputError, match="'amm'"):
        VOCABULARY.is_a("amm", "aml")


def test_malignancy() -> None:
    not_malignant = ["ITP", "aplastic anemia", "psoriasis", "acne", "asthma", "depression",
                     "acute liver injury", "healthy", "bacterial infection"]  # fmt: skip
    assert not any(VOCABULARY.disease(name).malignant for name in not_malignant)
    assert all(
        VOCABULARY.disease(name).malignant
        for name in ["AML", "MDS", "refractory anemia", "MM", "WM", "CTCL", "melanoma"]
    )
    for term in VOCABULARY.diseases:
        assert term.malignant == VOCABULARY.is_a(term.id, "neoplasm")


def test_default_tissue_is_a_tissue() -> None:
    assert VOCABULARY.disease("AML").tissue == "bone_marrow"
    assert VOCABULARY.disease("STAD").tissue == "stomach"
    assert {t.tissue for t in VOCABULARY.diseases} - {""} <= {t.id for t in VOCABULARY.tissues}


def _table(*diseases: dict[str, Any], tissues: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {"diseases": diseases, "tissues": tissues}


A = {"id": "a", "name": "aa", "malignant": True}


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        (_table(A, {"id": "b", "name": "A-A", "malignant": True}), "two terms"),
        (_table(A, {"id": "b", "name": "b", "malignant": True, "synonyms": ["AA"]}), "two terms"),
        (_table(A, A), "share an id"),
        (_table({**A, "parents": ["nowhere"]}), "missing disease"),
        (_table({**A, "tissue": "nowhere"}), "missing tissue"),
        (_table({**A, "parents": ["t"]}, tissues=({"id": "t", "name": "t"},)), "missing disease"),
        (_table({**A, "parents": ["a"]}), "cycle"),
        (
            _table(
                {**A, "parents": ["b"]},
                {"id": "b", "name": "b", "malignant": True, "parents": ["c"]},
                {"id": "c", "name": "c", "malignant": True, "parents": ["a"]},
            ),
            "cycle",
        ),
        (
            _table(A, {"id": "b", "name": "b", "malignant": False, "parents": ["a"]}),
            "not malignant",
        ),
        (_table({**A, "synonym": ["x"]}), "unknown field"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(table: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        parse_vocabulary(table)
