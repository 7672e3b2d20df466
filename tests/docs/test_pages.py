"""The guide is followed: what a page tells a reader to type works, and prints what it promises."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from atrasig.genes import load_gene_table
from tests.docs.following import RUN, blocks, by_shell, follow

FOLLOWED = (
    "README.md",
    "docs/quickstart.md",
    "docs/inputs.md",
    "docs/cluster.md",
    "docs/prediction.md",
    "docs/extending.md",
)


@pytest.mark.parametrize("name", FOLLOWED)
def test_every_block_is_run_or_says_why_not(repository: Path, name: str) -> None:
    found = [block for block in blocks(repository / name) if block.language in RUN]
    assert found
    assert [b.text for b in found if b.reason is not None and len(b.reason) < 20] == []
    assert any(block.reason is None for block in found)


def test_no_block_of_a_followed_page_is_overlooked(repository: Path) -> None:
    for name in FOLLOWED:
        text = (repository / name).read_text(encoding="utf-8")
        assert text.count("\n```") == 2 * len(blocks(repository / name)), name


def test_the_front_page(repository: Path, folder: Path) -> None:
    names = follow(repository / "README.md", folder)
    assert set(names["calls"]["question"]) == {"sensitivity", "response"}
    assert (folder / "results/mine/index.html").is_file()


def test_the_quick_start(repository: Path, folder: Path) -> None:
    follow(repository / "docs/quickstart.md", folder)
    pages = {path.stem for path in (folder / "results/mine/samples").glob("*.html")}
    assert pages == set(pd.read_csv(folder / "my/samples.tsv", sep="\t")["sample"])


def test_which_input_do_i_have(repository: Path, folder: Path) -> None:
    follow(repository / "docs/inputs.md", folder)


def test_running_on_a_cluster(repository: Path, folder: Path) -> None:
    follow(repository / "docs/cluster.md", folder)
    assert (folder / "scores.parquet").is_file()
    assert (folder / "calls.parquet").is_file()


def simulated_lines(folder: Path) -> None:
    """Sixty lines; of some hundred genes twelve go with the response."""
    draw = np.random.default_rng(1)
    genes = sorted(load_gene_table().coding)[::60]
    latent = draw.normal(size=60)
    logs = draw.normal(4, 2, len(genes)) + draw.normal(0, 0.5, (60, len(genes)))
    logs[:, ::30] += 0.5 * latent[:, None]
    lines = [f"L{place:02d}" for place in range(60)]
    counts = pd.DataFrame(draw.poisson(np.exp(logs) * 200).T, index=genes, columns=lines)
    counts.to_csv(folder / "lines.tsv.gz", sep="\t")
    response = pd.DataFrame({"sample": lines, "LN": latent, "study": [*"ABC"] * 20})
    response.to_csv(folder / "response.tsv", sep="\t", index=False)


def test_models(repository: Path, folder: Path) -> None:
    truth = pd.read_csv(repository / "config/demo/truth.tsv", sep="\t")
    truth[["sample", "planted_truth"]].to_csv(folder / "labels.tsv", sep="\t", index=False)
    simulated_lines(folder)
    follow(repository / "docs/prediction.md", folder)
    assert (folder / "validation/validation.html").is_file()
    calls = pd.read_parquet(folder / "calls.parquet")
    assert set(calls.loc[calls["model"] == "my_model", "call"]) == {"no call"}


def test_how_to_add_a_signature_a_model_a_method_a_format(repository: Path, checkout: Path) -> None:
    follow(repository / "docs/extending.md", checkout, run=by_shell)
