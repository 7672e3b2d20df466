"""The evidence files against the text of the review, read here by a parser of its own."""

from __future__ import annotations

import random
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import pytest

from atrasig.evidence import EvidenceBase
from atrasig.signatures.evidence_records import Combination, Reference
from atrasig.vocabulary import load_vocabulary

REVIEWS = {"chen_2024", "takahashi_2026"}
PARTNERS = (
    "rituximab", "danazol", "decitabine", "valproic acid", "azacitidine and valproic acid",
    "erythropoietin", "decitabine", "arsenic trioxide", "gemtuzumab ozogamicin", "gefitinib",
    "rosmarinic acid", "HDAC3 inhibitor", "GCN5 inhibitor", "PI3K or AKT inhibitor", "sorafenib",
    "notopterol", "tranylcypromine", "midostaurin", "CDK2 inhibition", "CD38 CAR T", "daratumumab",
    "CD38 CAR T", "daratumumab as IgA2", "CD38 CAR T", "BCMA CAR T", "carfilzomib", "daratumumab",
)  # fmt: skip
TEN_CLASSES = {
    "cdk_kinase": "Cyclin-Dependent Kinase (CDK) and kinase inhibitors",
    "nucleotide_synthesis": "nucleotide synthesis inhibitors",
    "dna_damage": "DNA-damaging drugs",
    "bcl2_mdm2": "(Bcl-2)/Mouse double minute 2 homolog (MDM2) inhibitors",
    "proteasome": "proteasome inhibitors",
    "cytokines": "cytokines",
    "glycosylation": "glycosylation modifiers",
    "natural_antibiotic": "natural and antibiotic-derived compounds",
    "epigenetic": "epigenetic modulators",
    "arsenic": "arsenic trioxide",
}


@dataclass(frozen=True)
class Row:
    disease: str
    partner: str
    efficacy: str
    mechanism: str
    reference: str


@dataclass(frozen=True)
class Cited:
    surname: str
    year: str
    doi: str
    text: str


@pytest.fixture(scope="module")
def review(shared: Path) -> str:
    (path,) = (shared / "seeds").glob("001*")
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def abstract(shared: Path) -> str:
    (path,) = (shared / "seeds").glob("000*")
    return path.read_text(encoding="utf-8")


def cells(text: str, n: int) -> list[list[str]]:
    """Lines of TAB-separated cells of a width, by position in the text."""
    return [line.split("\t") for line in text.splitlines() if line.count("\t") == n - 1]


def table_1(text: str) -> list[Row]:
    start = text.index("TABLE 1 Combination")
    rows, disease = [], ""
    for line in cells(text[start : text.index("2.3 Angiogenesis")], 5):
        if line[0] == "Diseases":
            continue
        disease = line[0].strip() or disease
        rows.append(Row(disease, *(cell.strip() for cell in line[1:])))
    return rows


def table_2(text: str) -> list[list[str]]:
    """Trials; the second phase of a trial stands on a line of its own."""
    rows: list[list[str]] = []
    for line in cells(text[text.index("TABLE 2 Ongoing") :], 6):
        if line[5].startswith("NCT"):
            rows.append([cell.strip() for cell in line])
        elif rows and line[2].startswith("Phase") and not line[0]:
            rows[-1][2] += f"|{line[2].strip()}"
    return rows


def reference_list(text: str) -> list[Cited]:
    part = text[text.index("\nReferences\n") :]
    # One entry goes over a page break, and prints a letter y for its gamma.
    part = part.replace("y-\n\n- secretase", "γ-secretase")
    found = []
    for line in part.splitlines():
        match = re.match(r"- (.+?), .*?\((\d{4})[a-e]?\)\.", line)
        if match:
            doi = re.search(r"doi:(\S+)$", line)
            found.append(Cited(match[1], match[2], doi[1] if doi else "", line[2:]))
    return found


def plain(text: str) -> str:
    """Letters and digits alone, Greek kept: all by which two copies of a text may not differ."""
    text = re.sub(r"doi:\S+$", "", unicodedata.normalize("NFKC", text))
    return "".join(c for c in text.casefold() if c.isalnum())


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:\.\d+)?", text))


def rows_of(base: EvidenceBase) -> dict[int, Combination]:
    places = {c.place: c for c in base.combinations if c.place.startswith("Table 1, row ")}
    listed = [c for c in base.combinations if c.place.startswith("Table 1")]
    assert len(places) == len(listed), "a row is told twice"
    return {int(place.rsplit(" ", 1)[1]): entry for place, entry in places.items()}


def test_every_row_of_table_1_is_there(base: EvidenceBase, review: str) -> None:
    printed = table_1(review)
    told = rows_of(base)
    print(f"Table 1: {len(printed)} rows printed, {len(told)} told")
    assert len(printed) == 27
    assert sorted(told) == list(range(1, len(printed) + 1))


@pytest.mark.parametrize("number", range(1, 28))
def test_each_row_tells_what_the_table_prints(number: int, base: EvidenceBase, review: str) -> None:
    row, entry = table_1(review)[number - 1], rows_of(base)[number]
    assert entry.printed == row.disease
    vocabulary = load_vocabulary()
    assert vocabulary.disease(row.disease).id == entry.disease
    figures = re.sub(r"\b(CD38|CD34|FLT3|NSD2|\d-year)", "", row.efficacy)
    assert numbers(figures) <= numbers(entry.efficacy) | {str(entry.n)}
    cited = re.match(r"(.+?) et al\. \((\d{4})", row.reference)
    assert cited is not None
    own = base.references[entry.reference].short
    assert own.startswith(cited[1]), own
    assert own.endswith(cited[2]), own
    assert entry.read_in == "chen_2024"
    assert PARTNERS[number - 1] in entry.partner


def test_no_sentence_is_copied(base: EvidenceBase, review: str, abstract: str) -> None:
    """No eight words in a row of ours stand in a source; figures and names are facts."""
    source = " ".join(re.findall(r"\w+", f"{review} {abstract}".casefold()))
    texts = [t for c in base.combinations for t in (c.efficacy, c.mechanism, *c.caveats)]
    texts += [f.statement for f in base.findings.values()]
    texts += [c.statement for c in base.classes.values()]
    copied = []
    for text in texts:
        words = re.findall(r"\w+", text.casefold())
        runs = (" ".join(words[i : i + 8]) for i in range(len(words) - 7))
        copied += [run for run in runs if run in source]
    assert copied == []


def test_every_citation_resolves_to_the_reference_list(base: EvidenceBase, review: str) -> None:
    listed = reference_list(review)
    assert len(listed) > 100
    by_text = {plain(entry.text): entry for entry in listed}
    cited = [r for r in base.references.values() if r.id not in REVIEWS]
    for reference in cited:
        found = by_text.get(plain(reference.citation))
        assert found is not None, reference.citation
        assert (reference.doi or "") == found.doi
        _same_author(reference, found)
    print(f"{len(cited)} works cited, all in the list of {len(listed)}")


def _same_author(reference: Reference, found: Cited) -> None:
    author, year = reference.short.rsplit(" ", 1)
    surname = re.sub(r" [A-Z]{1,2}$", "", author)
    noted = reference.note
    assert surname == found.surname or found.surname in noted, (surname, found.surname)
    assert year == found.year or found.year in noted


def test_every_citation_in_table_1_is_that_of_the_text(base: EvidenceBase, review: str) -> None:
    for reference in base.references.values():
        if reference.id in REVIEWS:
            continue
        author, year = reference.short.rsplit(" ", 1)
        surname = re.sub(r" [A-Z]{1,2}$", "", author)
        body = review[: review.index("\nReferences\n")]
        assert re.search(rf"{surname}[^.;)]{{0,20}}(et al\.,|et al\. \(|and \w+,) ?{year}", body)


def test_the_reviews_themselves_are_cited_as_they_cite(
    base: EvidenceBase, review: str, abstract: str
) -> None:
    chen, takahashi = base.references["chen_2024"], base.references["takahashi_2026"]
    assert f"doi: {chen.doi}" in review
    assert f"DOI: {takahashi.doi}" in abstract
    title = (
        "All-trans retinoic acid in hematologic disorders: not just acute promyelocytic leukemia"
    )
    assert title in review
    assert title in chen.citation
    assert takahashi.citation.split("). ", 1)[1] in abstract


def test_every_trial_of_table_2_is_there_and_no_other(base: EvidenceBase, review: str) -> None:
    printed = {row[5]: row for row in table_2(review)}
    assert set(re.findall(r"NCT\d+", review)) == set(printed)
    trials = {trial.identifier: trial for trial in base.trials}
    print(f"Table 2: {len(printed)} trials printed, {len(trials)} told")
    assert set(trials) == set(printed)
    assert len(printed) == 18
    for name, row in printed.items():
        trial = trials[name]
        assert trial.sponsor == row[1]
        assert trial.printed == row[3]
        assert trial.enrolment == int(row[4])
        phases = [part.strip().removeprefix("Phase ").casefold() for part in row[2].split("|")]
        assert list(trial.phases) == phases
        n_compounds = len(row[0].split(",")) - row[0].startswith("Laboratory")
        assert len(trial.compounds) == n_compounds
        assert ("ATRA" in row[0]) == any("ATRA" in compound for compound in trial.compounds)


def test_the_classes_are_those_of_the_abstract(base: EvidenceBase, abstract: str) -> None:
    own = {c.id for c in base.classes.values() if c.reference == "takahashi_2026"}
    print(f"{len(own)} classes of the second review, {len(base.classes)} in all")
    assert own == set(TEN_CLASSES)
    assert {term for term in TEN_CLASSES.values() if term not in abstract} == set()
    assert {c.id for c in base.classes.values()} - own == {"cd38_bcma", "checkpoint"}
    assert {c.grade for c in base.classes.values()} == {"review statement"}


SPELLINGS = {
    "BCL2": "Bcl-2", "BCL2 ": "BCL-2", "CD274": "PD-L1", "CDKN2A": "p16", "EPAS1": "HIF2 α",
    "FLT3": "FLT3", "GSK3B": "GSK3 β", "IL10": "interleukin 10", "ITGAM": "CD11b", "KAT2A": "GCN5",
    "KDM1A": "LSD1", "KDR": "vascular endothelial growth factor receptor 2", "LYN": "Lyn",
    "MCL1": "Mcl-1", "NFE2L2": "Nrf2", "RARG": "RAR γ", "RNASEL": "RNase L", "SPI1": "PU.1",
    "TNFRSF17": "BCMA", "CEBPB": "C/EBP β", "CEBPE": "C/EBP ϵ",
}  # fmt: skip


def test_every_gene_is_named_in_a_text(base: EvidenceBase, review: str, abstract: str) -> None:
    genes = {g.gene for c in base.combinations for g in c.genes}
    genes |= {g.gene for c in base.classes.values() for g in c.genes}
    text = f"{review} {abstract}"
    assert {gene for gene in genes if SPELLINGS.get(gene, gene) not in text} == set()


def test_the_findings_against_are_told(base: EvidenceBase) -> None:
    def against(identifier: str) -> str:
        entry = next(c for c in base.combinations if c.id == identifier)
        return " ".join(base.against(entry))

    assert "no gain in overall survival" in against("aml_tranylcypromine")
    assert "response in 5%" in against("mm_daratumumab")
    assert "NK cells" in against("mm_daratumumab")
    assert "PD-L1" in against("gastric_checkpoint")
    failed = [c.id for c in base.combinations if c.outcome == "no benefit"]
    assert failed == ["mm_daratumumab"]
    told = {name for c in base.combinations for name in c.against}
    assert told == set(base.findings)


def test_every_reference_and_class_is_used(base: EvidenceBase) -> None:
    entries = (*base.combinations, *base.findings.values(), *base.classes.values())
    used = {entry.reference for entry in entries}
    used |= {gene.reference for c in base.classes.values() for gene in c.genes}
    assert used == set(base.references)


def test_ten_random_rows_beside_the_text(base: EvidenceBase, review: str) -> None:
    """Printed for the eye: pytest -s -k ten_random."""
    told, printed = rows_of(base), table_1(review)
    for number in sorted(random.Random(6).sample(sorted(told), 10)):
        entry, row = told[number], printed[number - 1]
        print(f"\nrow {number}: {row.disease} | {row.partner} | {row.reference}")
        print(f"  text: {row.efficacy} || {row.mechanism}")
        print(f"  ours: {entry.disease}, {entry.grade}, n {entry.n}: {entry.efficacy} ||")
        print(f"        {entry.mechanism} [{base.cited(entry.reference, entry.read_in)}]")
        assert entry.printed == row.disease
