"""Genes that signatures share, and signatures as other files."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from atrasig.cli import main
from atrasig.signatures import Signature, SignatureGene, SignatureSet, Source, load_signatures
from atrasig.signatures.overlap import matrix_text, overlaps
from atrasig.signatures.rendering import describe, render_yaml


def make(name: str, up: str, down: str = "") -> Signature:
    genes = [(gene, "up") for gene in up.split()] + [(gene, "down") for gene in down.split()]
    return Signature(
        id=name,
        version="1.0.0",
        title=name,
        kind="pathway",
        source=Source(citation="made for this test"),
        obtained="curated",
        licence="none needed",
        genes=tuple(SignatureGene(gene=g, direction=d) for g, d in genes),  # type: ignore[arg-type]
    )


SETS = SignatureSet([make("a", "RARB RXRA", "MYC MAX"), make("b", "RARB MYC"), make("c", "RET")])


def test_overlap_by_hand() -> None:
    first, second, third = overlaps(SETS)
    assert (first.first, first.second, first.same, first.opposite) == ("a", "b", 1, 1)
    assert (first.shared, first.jaccard, first.coefficient) == (2, 0.5, 1.0)
    assert second.shared == third.shared == 0
    assert matrix_text(SETS, "jaccard") == (
        "signature\ta\tb\tc\na\t1\t0.5\t0\nb\t0.5\t1\t0\nc\t0\t0\t1\n"
    )
    assert matrix_text(SETS, "shared").splitlines()[1] == "a\t4\t2\t0"


def invoke(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["signatures", *map(str, words)])


def test_commands_write_and_show(tmp_path: Path) -> None:
    shown = invoke("overlap", "--top", "1").output.splitlines()
    assert shown[0].split() == [
        "signature", "signature", "shared", "same", "opposite", "jaccard", "coefficient",
    ]  # fmt: skip
    assert len(shown) == 3
    out = tmp_path / "matrix.tsv"
    assert invoke("overlap", "rarcc", "lsc17", "--out", out, "--measure", "jaccard").exit_code == 0
    assert out.read_text().splitlines()[0] == "signature\tlsc17\trarcc"
    files = [tmp_path / f"x.{end}" for end in ("gmt", "tsv", "json")]
    words = [word for path in files for word in (f"--{path.suffix[1:]}", path)]
    assert invoke("export", "zirn_tretinoin_response", *words).exit_code == 0
    names = [line.split("\t")[0] for line in files[0].read_text().splitlines()]
    assert names == ["zirn_tretinoin_response_UP", "zirn_tretinoin_response_DN"]
    with files[1].open(newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    signature = load_signatures()["zirn_tretinoin_response"]
    assert [row["gene"] for row in rows] == list(signature.symbols)
    assert invoke("export").exit_code == 2


@pytest.mark.parametrize("name", ["lsc17", "rarcc", "zirn_tretinoin_response"])
def test_rendering_is_read_back(name: str, tmp_path: Path) -> None:
    signature = load_signatures()[name]
    path = tmp_path / "x.yaml"
    path.write_text(render_yaml(signature), encoding="utf-8")
    assert load_signatures(path)[name].sha256 == signature.sha256
    assert render_yaml(load_signatures(path)[name]) == path.read_text(encoding="utf-8")


def test_description_names_all_that_matters() -> None:
    text = describe(load_signatures()["lsc17"])
    for part in ("ADGRG1", "(printed GPR56)", "limits:", "licence", "doi", "sha256"):
        assert part in text
