"""The YAML format of a signature: what is read, and every fault with its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from atrasig.errors import SignatureError
from atrasig.signatures import (
    Signature,
    load_signatures,
    read_signature,
    table_hash,
)
from tests.signatures.making import VALID

CYP = "{gene: CYP26A1, direction: up, weight: 2}"
FIRST = "line 10, genes, CYP26A1 (number 1)"
FAULTS = {
    "unknown key": ("licence: CC0", "licence: CC0\nlicense: CC0", "line 9, license: unknown key"),
    "missing key": ("licence: CC0\n", "", "licence: missing; add it"),
    "unknown key of a gene": (
        CYP,
        CYP[:-1] + ", sign: 1}",
        f"{FIRST}, sign: unknown key",
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


def test_yaml_that_would_exhaust_the_reader_is_refused(write: Callable[..., Path]) -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    with pytest.raises(SignatureError, match=r"line 2, repeats a value by reference"):
        read_signature(write(bomb))
    with pytest.raises(SignatureError, match=r"nested more than 20 deep"):
        read_signature(write("genes: " + "[" * 200_000 + "]" * 200_000))


def test_a_long_value_is_not_printed_whole(write: Callable[..., Path]) -> None:
    with pytest.raises(SignatureError) as caught:
        read_signature(write(VALID.replace("kind: response", f"kind: {'x' * 10_000}")))
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("weight: 2", "weight: 1" + "0" * 400, "CYP26A1 has direction up and weight inf"),
        ("weight: 2", "weight: 1" + "0" * 5000, "looks like a date or a number and is none"),
        ("title: A list of mine", "title: 2024-99-99", "looks like a date or a number"),
    ],
)
def test_numbers_and_dates_beyond_all_bounds(
    old: str, new: str, expected: str, write: Callable[..., Path]
) -> None:
    with pytest.raises(SignatureError, match=expected):
        read_signature(write(VALID.replace(old, new)))
