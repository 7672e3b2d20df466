"""One sample in many forms through the workflow: a column, a folder of files, a pattern, a list."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from atrasig.pipeline import stages
from atrasig.sheet import matrix_id
from tests.workflow.conftest import MakeWorkplace

pytestmark = pytest.mark.slow

SAMPLE = "APL-1"
FORMS = {"column": "table.tsv", "folder": "star", "pattern": "htseq/*.counts", "h5ad": "m.h5ad"}


def _write_forms(folder: Path, counts: pd.Series) -> None:
    """Write the same counts as a table, a STAR folder, an HTSeq file and an h5ad file."""
    from anndata import AnnData
    from scipy.sparse import csr_matrix

    counts.to_frame("column").to_csv(folder / "table.tsv", sep="\t", index_label="gene")
    for name in ("star", "htseq"):
        (folder / name).mkdir()
    head = "".join(f"N_{what}\t1\t1\t1\n" for what in ("unmapped", "noFeature"))
    rows = "".join(f"{gene}\t{n}\t0\t{n}\n" for gene, n in counts.items())
    (folder / "star" / "folder.ReadsPerGene.out.tab").write_text(head + rows)
    (folder / "htseq" / "pattern.counts").write_text(
        "".join(f"{gene}\t{n}\n" for gene, n in counts.items()) + "__no_feature\t5\n"
    )
    obs, var = pd.DataFrame(index=["h5ad"]), pd.DataFrame(index=list(counts.index))
    values = csr_matrix(counts.to_numpy(dtype=np.float32)[None, :])
    AnnData(values, obs=obs, var=var).write_h5ad(folder / "m.h5ad")


@pytest.fixture(scope="module")
def work(make_workplace: MakeWorkplace, repository: Path) -> Path:
    """Scores and calls of what the workflow reads of each form, one matrix a form."""
    place = make_workplace("forms")
    demo = pd.read_csv(repository / "config/demo/counts.tsv.gz", sep="\t", index_col=0)
    _write_forms(place.folder, demo[SAMPLE])
    rows = "".join(f"{form}\t{matrix}\tAML\n" for form, matrix in FORMS.items())
    (place.folder / "samples.tsv").write_text("sample\tmatrix\tdisease\n" + rows)
    (place.folder / "config.yaml").write_text("samples: samples.tsv\nresults: results\n")
    place.snakemake("--configfile", str(place.folder / "config.yaml"), "--until", "ingest")
    work = place.folder / "results" / "work"
    for matrix in FORMS.values():
        folder = work / matrix_id(matrix)
        expr = folder / "expr.h5ad"
        stages.harmonise(folder / "raw.h5ad", expr, sheet=place.folder / "samples.tsv", name=matrix)
        stages.score(expr, folder / "scores.parquet")
        stages.predict(expr, folder / "calls.parquet", folder / "drivers.parquet")
    return work


def _tables(work: Path, name: str) -> pd.DataFrame:
    return pd.concat(map(pd.read_parquet, sorted(work.glob(f"*/{name}.parquet"))))


def test_every_form_gives_the_same_calls(work: Path) -> None:
    calls = _tables(work, "calls").query("primary and question == 'sensitivity'")
    calls = calls.set_index("sample")
    assert set(calls.index) == set(FORMS)
    assert set(calls["call"]) == {"sensitive"}
    assert calls["score"].nunique() == 1


def test_every_form_gives_the_same_scores(work: Path) -> None:
    scores = _tables(work, "scores")
    wide = scores.pivot_table(
        index=["signature", "method"], columns="sample", values="score", dropna=False
    )
    assert len(wide) > 100
    for form in FORMS:
        pd.testing.assert_series_equal(wide[form], wide["column"], check_names=False, rtol=1e-12)
