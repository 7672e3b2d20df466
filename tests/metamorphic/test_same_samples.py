"""The same samples in other forms: identical calls, equal scores, and no option anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from atrasig.genes import load_gene_table
from atrasig.harmonisation import harmonise
from atrasig.io import read_expression
from atrasig.prediction import predict
from atrasig.qc import flag_samples
from atrasig.scoring import score

METHODS = ["singscore", "ssgsea"]
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Answers:
    """Everything that is said of the samples of a matrix."""

    expr: AnnData
    scores: pd.DataFrame
    calls: pd.DataFrame

    @classmethod
    def of(cls, path: Path) -> Answers:
        """Read a file without any option, and answer."""
        expr = harmonise(read_expression(path))
        return cls(expr, score(expr, method=METHODS), predict(expr, disease="AML"))


# -- scales: counts (genes x samples) to values ----------------------------------------------------


def _cpm(counts: pd.DataFrame) -> pd.DataFrame:
    return counts / counts.sum() * 1e6


SCALES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "counts": lambda c: c,
    "CPM": _cpm,
    "CPM, 3 decimals": lambda c: _cpm(c).round(3),
    "log2(CPM+1)": lambda c: np.log2(_cpm(c) + 1),
    "log2(CPM+1), 6 decimals": lambda c: np.log2(_cpm(c) + 1).round(6),
    "log2(counts+1)": lambda c: np.log2(c + 1),
    "ln(CP10k+1)": lambda c: np.log1p(_cpm(c) / 100),
}

# -- identifiers -----------------------------------------------------------------------------------

IDENTIFIERS = ("symbol", "ensembl", "entrez")


@cache
def _names() -> pd.DataFrame:
    """Genes that have one id of each kind, which resolves to them."""
    table = load_gene_table()
    frame = table.frame[["ensembl", "entrez"]].astype(str)
    frame = frame[(frame != "").all(axis=1) & ~frame["ensembl"].str.contains("|", regex=False)]
    frame = frame[
        ~frame.duplicated("ensembl", keep=False) & ~frame.duplicated("entrez", keep=False)
    ]
    for column in frame:
        back = table.resolve(list(frame[column])).symbols
        frame = frame[back == frame.index.to_numpy()]
    return frame.assign(symbol=frame.index)


# -- files -----------------------------------------------------------------------------------------


def _tsv(values: pd.DataFrame, folder: Path) -> Path:
    values.to_csv(folder / "m.tsv", sep="\t", index_label="gene")
    return folder / "m.tsv"


def _transposed(values: pd.DataFrame, folder: Path) -> Path:
    values.T.to_csv(folder / "m.csv", index_label="sample")
    return folder / "m.csv"


def _gct(values: pd.DataFrame, folder: Path) -> Path:
    table = values.copy()
    table.insert(0, "Description", "na")
    head = f"#1.2\n{len(values)}\t{values.shape[1]}\n"
    (folder / "m.gct").write_text(head + table.to_csv(sep="\t", index_label="NAME"))
    return folder / "m.gct"


def _parquet(values: pd.DataFrame, folder: Path) -> Path:
    values.to_parquet(folder / "m.parquet")
    return folder / "m.parquet"


def _h5ad(values: pd.DataFrame, folder: Path, kind: str = "float64", form: str = "dense") -> Path:
    matrix = values.T.to_numpy().astype(kind)
    genes = pd.DataFrame(index=pd.Index(values.index.astype(str), dtype=object))
    samples = pd.DataFrame(index=pd.Index(values.columns, dtype=object))
    AnnData(csr_matrix(matrix) if form == "sparse" else matrix, samples, genes).write_h5ad(
        folder / "m.h5ad"
    )
    return folder / "m.h5ad"


FILES: dict[str, Callable[[pd.DataFrame, Path], Path]] = {
    "TSV": _tsv,
    "CSV, genes in columns": _transposed,
    "GCT": _gct,
    "parquet": _parquet,
    "h5ad": _h5ad,
    "h5ad, single precision": lambda v, f: _h5ad(v, f, "float32"),
    "h5ad, sparse": lambda v, f: _h5ad(v, f, form="sparse"),
}
FORMS = sorted(
    {
        *((scale, "TSV", "symbol") for scale in SCALES),
        *((scale, "h5ad, single precision", "symbol") for scale in SCALES),
        *(("counts", file, "symbol") for file in FILES),
        *(("log2(CPM+1)", file, "symbol") for file in FILES),
        *((scale, "TSV", kind) for scale in ("counts", "log2(CPM+1)") for kind in IDENTIFIERS),
        ("CPM", "CSV, genes in columns", "entrez"),
        ("log2(CPM+1)", "GCT", "ensembl"),
    }
)


@pytest.fixture(scope="module")
def cohorts(
    repository: Path, request: pytest.FixtureRequest
) -> dict[str, Callable[[], pd.DataFrame]]:
    """Give counts of each cohort, genes x samples, on genes that have an id of every kind."""

    def demo() -> pd.DataFrame:
        return pd.read_csv(repository / "config/demo/counts.tsv.gz", sep="\t", index_col=0)

    def tcga() -> pd.DataFrame:
        shared: Path = request.getfixturevalue("shared")
        path = shared / "data/aml_tcga20/tcga_laml_20samples_htseq_counts.tsv.gz"
        table = pd.read_csv(path, sep="\t", index_col=0)
        table.index = table.index.str.split(".").str[0]
        table = table[~table.index.duplicated(keep=False)]
        symbols = {row.ensembl: row.symbol for row in _names().itertuples()}
        return table[table.index.isin(symbols)].rename(index=symbols)

    return {"demo": demo, "TCGA-20": tcga}


@pytest.fixture(scope="module")
def counts_of(
    cohorts: dict[str, Callable[[], pd.DataFrame]],
) -> Callable[[str], pd.DataFrame]:
    @cache
    def read(name: str) -> pd.DataFrame:
        table = cohorts[name]()
        return table[table.index.isin(_names().index)].astype(float)

    return read


Expected = Callable[..., Answers]


@pytest.fixture(scope="module")
def expected(
    counts_of: Callable[[str], pd.DataFrame], tmp_path_factory: pytest.TempPathFactory
) -> Expected:
    """Answers for a cohort as counts, or as values whose counts are gone.

    Only where counts are at hand does the interval of the APL programme hold the drawing of reads.
    """

    @cache
    def answer(name: str, *, counts: bool = True) -> Answers:
        values = counts_of(name) if counts else _cpm(counts_of(name))
        return Answers.of(_tsv(values, tmp_path_factory.mktemp("expected")))

    return answer


# The demo in text alone: kinds of files are read alike whoever the samples are.
CASES = sorted(
    (*form, cohort)
    for form in FORMS
    for cohort in ("demo", "TCGA-20")
    if cohort == "TCGA-20" or form[1] == "TSV"
)


@pytest.mark.parametrize(("scale", "file", "kind", "cohort"), CASES, ids=map(" | ".join, CASES))
def test_same_samples_same_answers(
    counts_of: Callable[[str], pd.DataFrame],
    expected: Expected,
    tmp_path: Path,
    cohort: str,
    scale: str,
    file: str,
    kind: str,
) -> None:
    counts = counts_of(cohort)
    values = SCALES[scale](counts).set_axis(list(_names().loc[counts.index, kind]), axis=0)
    found = Answers.of(FILES[file](values, tmp_path))
    wanted = expected(cohort, counts=scale == "counts")
    assert found.expr.uns["atrasig"]["platform"] == "rnaseq_counts"
    _assert_same(found, wanted, reads="library" if scale == "counts" else "implied")
    depth = flag_samples(found.expr, found.scores, found.calls).set_index(["flag", "sample"])
    said = depth.loc["sequencing depth"]
    if scale == "counts":
        assert (said["value"] != "unknown").all()
    else:
        assert (said["value"] == "unknown").all()
        assert not (said["level"] == "pass").any()


def _assert_same(found: Answers, wanted: Answers, reads: str) -> None:
    keys = ["sample", "signature", "method"]
    one, other = (a.scores.sort_values(keys).reset_index(drop=True) for a in (found, wanted))
    pd.testing.assert_frame_equal(one[[*keys, "reason"]], other[[*keys, "reason"]])
    for column in ("score", "z", "p", "q"):
        np.testing.assert_allclose(one[column], other[column], rtol=0, atol=TOLERANCE)
    order = ["sample", "question", "model"]
    calls, its = (a.calls.sort_values(order).reset_index(drop=True) for a in (found, wanted))
    shallow = its["reason"].str.startswith("too shallow")
    words = "the values stand for" if reads == "implied" else "reads in genes"
    assert calls.loc[shallow, "reason"].str.contains(words).all()
    calls.loc[shallow, "reason"] = its.loc[shallow, "reason"] = "too shallow"
    pd.testing.assert_frame_equal(calls, its, check_exact=True)


@pytest.mark.parametrize("cohort", ["demo", "TCGA-20"])
def test_without_counts_one_interval_differs_and_nothing_else(
    expected: Expected, cohort: str
) -> None:
    with_counts, without = (
        expected(cohort, counts=counts).calls.copy() for counts in (True, False)
    )
    read = with_counts["interval_kind"].str.contains("Poisson")
    assert set(with_counts.loc[read, "model"]) == {"apl_programme"}
    assert not without["interval_kind"].str.contains("Poisson").any()
    moved = (with_counts[["low", "high"]] - without[["low", "high"]])[read].abs()
    assert 0 < moved.to_numpy().max() < 0.03
    columns = ["low", "high", "interval_kind"]
    without.loc[read, columns] = with_counts.loc[read, columns]
    for calls in (without, with_counts):
        bound = r", lower bound -?[\d.]+ not above -?[\d.]+"
        calls["reason"] = calls["reason"].str.replace(bound, "", regex=True)
        calls.loc[calls["reason"].str.startswith("too shallow"), "reason"] = "too shallow"
    pd.testing.assert_frame_equal(without, with_counts, check_exact=True)


def test_the_cohorts_hold_calls_to_keep(expected: Expected) -> None:
    for name, n_called in (("TCGA-20", 1), ("demo", 6)):
        calls = expected(name).calls
        assert (calls.loc[calls["primary"], "call"] == "sensitive").sum() >= n_called, name


# -- order and company -----------------------------------------------------------------------------


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10_000), scale=st.sampled_from(sorted(SCALES)))
def test_order_and_company_do_not_matter(
    counts_of: Callable[[str], pd.DataFrame],
    expected: Expected,
    tmp_path: Path,
    seed: int,
    scale: str,
) -> None:
    counts, wanted = counts_of("demo"), expected("demo", counts=scale == "counts")
    rng = np.random.default_rng(seed)
    # Baselines are a declared reference and stay; here nothing is declared, so any may go.
    samples = [str(s) for s in rng.permutation(counts.columns)[: rng.integers(1, 8)]]
    values = SCALES[scale](counts).iloc[rng.permutation(len(counts))][samples]
    found = Answers.of(_parquet(values, tmp_path))
    names = set(samples)
    part = Answers(
        wanted.expr,
        wanted.scores[wanted.scores["sample"].isin(names)],
        wanted.calls[wanted.calls["sample"].isin(names)],
    )
    _assert_same(found, part, reads="library" if scale == "counts" else "implied")
    np.testing.assert_array_equal(found.expr.X, wanted.expr[samples].X)
