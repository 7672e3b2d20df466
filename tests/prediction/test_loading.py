"""Model files: what is refused, how faults are told, and what the hash covers."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from atrasig.errors import ModelError
from atrasig.files import data_path
from atrasig.harmonisation import harmonise
from atrasig.io import read_expression
from atrasig.prediction import load_models, loading, predict
from atrasig.prediction.kinds import FusionModel, SlotModel, fusion
from atrasig.prediction.loading import model_hash, read_model
from atrasig.signatures import SignatureSet, load_signatures, load_with_shipped
from tests.prediction.making import (
    make_set,
    make_signature,
    rank_model,
    shift_model,
    sibling_model,
    write_model,
)

SETS = make_set(
    my_genes=["G0000", "G0001"],
    my_core=["G0002"],
    list_a=["G0003"],
    list_b=["G0004"],
    sib_1=["G0005"],
    sib_2=["G0006"],
    sib_3=["G0007"],
)


def _hash(tmp_path: Path, content: dict[str, Any], sets: SignatureSet = SETS) -> str:
    return model_hash(read_model(write_model(tmp_path, content)), sets)


# --- the shipped models ---


def test_shipped_models_in_the_order_in_which_they_answer() -> None:
    models = load_models()
    assert [(m.question, m.id) for m in models] == [
        ("response", "retinoid_response"),
        ("response", "myeloid_differentiation"),
        ("response", "neuroblastoma_differentiation"),
        ("sensitivity", "rara_fusions"),
        ("sensitivity", "apl_programme"),
        ("sensitivity", "tnbc_notch"),
        ("sensitivity", "aml_rara_high"),
        ("sensitivity", "breast_luminal"),
        ("sensitivity", "mds_rara_high"),
        ("sensitivity", "myeloma_nsd2_high"),
        ("sensitivity", "breast_rara_high"),
        ("sensitivity", "breast_bolis2017"),
        ("sensitivity", "gastric_guarrera2023"),
    ]
    assert all(model.limits for model in models)


def test_shipped_models_rest_on_shipped_signatures_that_state_a_licence() -> None:
    signatures = load_signatures()
    needed = {name for model in load_models() for name in model.rests_on(())}
    assert needed <= set(signatures.ids)
    free = {path.stem for path in (data_path("signatures") / "no_licence_stated").glob("*.yaml")}
    assert needed & free == set()


def test_apl_model_has_all_siblings_and_none_twice() -> None:
    apl = next(m for m in load_models() if m.id == "apl_programme")
    ross, valk = apl.contrasts  # type: ignore[union-attr]
    shipped = set(load_signatures().ids)
    assert {ross.list, *ross.siblings} == {name for name in shipped if name.startswith("ross_")}
    assert {valk.list, *valk.siblings} == {name for name in shipped if name.startswith("valk_")}
    assert (len(set(ross.siblings)), len(set(valk.siblings))) == (4, 19)


# --- the hash ---


@pytest.mark.parametrize(
    "changed",
    [
        {"sensitive": 0.21},
        {"resistant": -0.21},
        {"resistant": None},
        {"n_resistant": 0},
        {"context": {"diseases": ["aml"]}},
        {"context": {"diseases": ["gastric_cancer"], "materials": ["patient"]}},
        {"floors": {"library_size": 1, "coding_measured": 0, "coverage": 0.6}},
        {"floors": {"library_size": 0, "coding_measured": 0, "coverage": 0.7}},
    ],
)
def test_hash_changes_with_what_decides_a_call(tmp_path: Path, changed: dict[str, Any]) -> None:
    assert _hash(tmp_path, rank_model(**changed)) != _hash(tmp_path, rank_model())


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "Other words"},
        {"version": "1.0.1"},
        {"limits": ["A limit that was forgotten."]},
        {"source": "the same figures, cited otherwise"},
        {"grade": "primary cells"},
        {"priority": 3},
        {"context": {"diseases": ["gastric cancer"]}},  # another spelling of the same disease
    ],
)
def test_hash_does_not_change_with_words(tmp_path: Path, changed: dict[str, Any]) -> None:
    assert _hash(tmp_path, rank_model(**changed)) == _hash(tmp_path, rank_model())


def test_hash_does_not_change_with_the_order_of_keys(tmp_path: Path) -> None:
    turned = dict(reversed(list(sibling_model().items())))
    assert _hash(tmp_path, turned) == _hash(tmp_path, sibling_model())


@pytest.mark.parametrize("name", ["thresholds", "non_target_q99", "non_target_maximum"])
def test_hash_covers_every_frozen_figure(tmp_path: Path, name: str) -> None:
    content = sibling_model()
    content["platforms"]["rnaseq_counts"][name] = [0.2001, 0.2]
    assert _hash(tmp_path, content) != _hash(tmp_path, sibling_model())


def test_hash_of_a_sibling_model_ignores_words_of_its_platforms(tmp_path: Path) -> None:
    content = sibling_model(absent="said otherwise")
    content["platforms"]["rnaseq_counts"]["source"] = "said otherwise"
    assert _hash(tmp_path, content) == _hash(tmp_path, sibling_model())


@pytest.mark.parametrize("name", ["list_a", "sib_3"])
def test_hash_changes_with_a_gene_of_any_of_its_lists(tmp_path: Path, name: str) -> None:
    others = SignatureSet(
        [s if s.id != name else make_signature(name, [*s.up, "G0099"]) for s in SETS]
    )
    assert _hash(tmp_path, sibling_model(), others) != _hash(tmp_path, sibling_model())


def test_hash_ignores_signatures_of_other_models(tmp_path: Path) -> None:
    others = SignatureSet([*SETS, make_signature("unrelated", ["G0042"])])
    assert _hash(tmp_path, rank_model(), others) == _hash(tmp_path, rank_model())
    changed = SignatureSet(
        [s if s.id != "my_core" else make_signature("my_core", ["G0098"]) for s in SETS]
    )
    assert _hash(tmp_path, rank_model(), changed) == _hash(tmp_path, rank_model())


def test_hash_changes_with_a_weight(tmp_path: Path) -> None:
    def weighted(weight: float) -> SignatureSet:
        genes = {"G0000": 1.0, "G0001": weight}
        return SignatureSet([make_signature("my_genes", list(genes), weights=genes)])

    first, second = (_hash(tmp_path, rank_model(), weighted(w)) for w in (1.0, 1.5))
    assert first != second


def test_hash_changes_with_the_gene_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _hash(tmp_path, rank_model())
    monkeypatch.setattr(loading, "load_gene_table", lambda: SimpleNamespace(sha256="0" * 64))
    assert _hash(tmp_path, rank_model()) != before


def test_hash_of_the_fusion_model_covers_its_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    model = next(m for m in load_models() if isinstance(m, FusionModel))
    before = model_hash(model, load_signatures())
    statements = fusion.load_fusions()
    turned = [
        s.model_copy(update={"direction": "sensitive"}) if s.fusion == "ZBTB16::RARA" else s
        for s in statements
    ]
    monkeypatch.setattr(fusion, "load_fusions", lambda: tuple(turned))
    assert model_hash(model, load_signatures()) != before
    spelt = [s.model_copy(update={"synonyms": (*s.synonyms, "X::RARA")}) for s in statements]
    monkeypatch.setattr(fusion, "load_fusions", lambda: tuple(spelt))
    assert model_hash(model, load_signatures()) != before
    reworded = [s.model_copy(update={"evidence": "Other words."}) for s in statements]
    monkeypatch.setattr(fusion, "load_fusions", lambda: tuple(reworded))
    assert model_hash(model, load_signatures()) == before


# --- refusals ---


def test_all_faults_of_a_file_at_once(tmp_path: Path) -> None:
    content = rank_model(
        id="My Model", version="one", question="response", n_resistant=-1, colour="red"
    )
    del content["signature"]
    path = write_model(tmp_path, content)
    with pytest.raises(ModelError) as caught:
        read_model(path)
    message = str(caught.value)
    assert str(path) in message
    for place in ("id", "version", "question", "n_resistant", "colour", "signature"):
        assert f"{place}: " in message
    # Keys stand on their lines: id is the first of the file, version the second.
    assert "line 1, id: " in message
    assert "line 2, version: " in message


def test_a_key_given_twice_is_not_dropped(tmp_path: Path) -> None:
    text = write_model(tmp_path, rank_model()).read_text() + "sensitive: 0.9\n"
    with pytest.raises(ModelError, match="sensitive is given twice"):
        read_model(write_model(tmp_path, text))


@pytest.mark.parametrize(
    "text",
    ["", "- a\n- list\n", "just text", "id: [unclosed", "id: \x00", "!!python/object:os.system x"],
)
def test_files_that_are_no_mapping(tmp_path: Path, text: str) -> None:
    path = write_model(tmp_path, text)
    with pytest.raises(ModelError, match=r"cannot be read") as caught:
        read_model(path)
    assert str(path) in str(caught.value)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_bytes(b"\xff\xfe\x00id")
    with pytest.raises(ModelError, match="cannot be read"):
        load_models([path])


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        load_models([tmp_path / "none.yaml"])


def test_an_unknown_kind_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="sibling_contrast"):
        read_model(write_model(tmp_path, rank_model(kind="neural_network")))


@pytest.mark.parametrize("value", [".nan", ".inf", "-.inf"])
def test_figures_are_finite(tmp_path: Path, value: str) -> None:
    text = write_model(tmp_path, rank_model()).read_text()
    broken = text.replace("sensitive: 0.2", f"sensitive: {value}")
    assert broken != text
    with pytest.raises(ModelError, match="sensitive: Input should be a finite number"):
        read_model(write_model(tmp_path, broken))


@pytest.mark.parametrize(
    ("name", "figures", "message"),
    [
        ("thresholds", [0.2], "thresholds has 1 figures for 2 contrasts"),
        ("non_target_q99", [0.1, 0.1, 0.1], "non_target_q99 has 3 figures"),
        ("non_target_maximum", [], "non_target_maximum has 0 figures"),
        ("target", [[0.4]], "target needs 2 lists of n_target=1"),
        ("target", [[0.4, 0.5], [0.4]], "target needs 2 lists of n_target=1"),
        ("target", [], "target needs 2 lists of n_target=1"),
    ],
)
def test_figures_fit_the_contrasts(
    tmp_path: Path, name: str, figures: list[Any], message: str
) -> None:
    content = copy.deepcopy(sibling_model())
    content["platforms"]["rnaseq_counts"][name] = figures
    with pytest.raises(ModelError, match=message):
        read_model(write_model(tmp_path, content))


def test_resistant_lies_below_sensitive(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"resistant \(0.2\) must lie below sensitive \(0.2\)"):
        read_model(write_model(tmp_path, rank_model(resistant=0.2)))


def test_an_unknown_disease_has_near_matches(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"Unknown disease 'gastric cancr'.*gastric"):
        read_model(write_model(tmp_path, rank_model(context={"diseases": ["gastric cancr"]})))


def test_an_unknown_material(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"context.materials.0: .*'cell line'"):
        read_model(write_model(tmp_path, rank_model(context={"materials": ["cells"]})))


def test_each_kind_answers_its_own_question(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="question: Input should be 'response'"):
        read_model(write_model(tmp_path, shift_model(question="sensitivity")))
    with pytest.raises(ModelError, match="question: Input should be 'sensitivity'"):
        read_model(write_model(tmp_path, sibling_model(question="response")))


def test_a_signature_that_is_not_loaded(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"my_gastric rests on .* not loaded: unheard_of"):
        _hash(tmp_path, rank_model(signature="unheard_of"))


def test_weights_for_expression_are_not_used_on_ranks(tmp_path: Path) -> None:
    weighted = make_signature("my_genes", ["G0000"], weights={"G0000": 0.3}, scale="log2")
    with pytest.raises(ModelError, match="are for log2 expression"):
        _hash(tmp_path, rank_model(), SignatureSet([weighted]))
    # A list without weights has none to misuse.
    plain = make_signature("my_genes", ["G0000"], scale="log2")
    assert len(_hash(tmp_path, rank_model(), SignatureSet([plain]))) == 64


def test_down_genes_are_not_dropped_from_a_sibling_contrast(tmp_path: Path) -> None:
    signed = [s if s.id != "sib_2" else make_signature("sib_2", ["G0006"], ["G0008"]) for s in SETS]
    with pytest.raises(ModelError, match=r"have down genes: sib_2"):
        _hash(tmp_path, sibling_model(), SignatureSet(signed))


def test_two_files_with_one_id(tmp_path: Path) -> None:
    first, second = (write_model(tmp_path, rank_model(sensitive=s)) for s in (0.2, 0.3))
    with pytest.raises(ModelError, match="my_gastric is used twice") as caught:
        load_models([first, second])
    assert str(first) in str(caught.value)
    assert str(second) in str(caught.value)


def test_one_path_and_the_id_of_a_shipped_model(tmp_path: Path) -> None:
    mine = write_model(tmp_path, rank_model(id="gastric_guarrera2023"))
    models = {m.id: m for m in load_models(mine)}
    assert models["gastric_guarrera2023"].kind == "rank_signature"
    assert len(models) == len(load_models())
    assert isinstance({m.id: m for m in load_models()}["gastric_guarrera2023"], SlotModel)


def test_the_model_of_the_readme_answers(repository: Path, tmp_path: Path) -> None:
    """The two files that the page on models shows work as they stand there."""
    page = (repository / "signatures" / "models" / "README.md").read_text(encoding="utf-8")
    genes, model = re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL)
    (tmp_path / "genes.yaml").write_text(genes, encoding="utf-8")
    (tmp_path / "model.yaml").write_text(model, encoding="utf-8")
    expr = harmonise(read_expression(repository / "config" / "demo" / "counts.tsv.gz"))
    calls = predict(
        expr,
        disease="STAD",
        models=[tmp_path / "model.yaml"],
        signatures=load_with_shipped([tmp_path / "genes.yaml"]),
    )
    primary = calls[calls["primary"] & (calls["question"] == "sensitivity")].set_index("sample")
    assert primary.loc["shallow", "call"] == "no call"
    primary = primary.drop("shallow")
    assert set(primary["model"]) == {"my_model"}
    assert primary["score"].notna().all()
    assert set(primary["call"]) <= {"sensitive", "intermediate", "resistant"}
