"""Signatures from files and folders, and sets of them."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from atrasig.errors import SignatureError
from atrasig.signatures import (
    NO_LICENCE,
    NO_LICENCE_FOLDER,
    Signature,
    SignatureSet,
    load_signatures,
    load_with_shipped,
)
from tests.signatures.making import VALID

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "signatures"
FILES = sorted([*SHIPPED.glob("*.yaml"), *(SHIPPED / NO_LICENCE_FOLDER).glob("*.yaml")])
FILES = [file for file in FILES if file.name != "markers.yaml"]


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
