"""Every shipped model on every platform class: a call knows no sample but its declared reference.

Real samples stand for every disease that a shipped model names, with baselines declared for each;
they are written to a file and read as a user's are, alone and among 1,000 others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atrasig.curation.slots import load_slots
from atrasig.genes import load_gene_table
from atrasig.harmonisation import harmonise
from atrasig.io import read_expression
from atrasig.prediction import load_models, predict
from atrasig.signatures import SignatureSet, load_signatures
from tests.prediction.making import make_signature

APL = "TCGA-AB-2872-03A"
N_BASELINES, N_SAMPLES = 11, 13
N_ADDED, N_ANSWERED = 1_000, 100
N_GENES = 9_200
"""Enough for the floors of all models."""
COUNTS, ARRAYS, NORMALISED = "rnaseq_counts", "microarray", "rnaseq_normalised"
SILENT = {
    COUNTS: {"rara_fusions"},
    ARRAYS: {"rara_fusions", "aml_rara_high"},
    NORMALISED: {"rara_fusions", "aml_rara_high"},
}
"""Models without any score: a fusion is no value, and a frozen cohort has its own class."""
ALONE = {
    *("apl_programme", "aml_rara_high", "rara_fusions"),
    *("gastric_guarrera2023", "breast_bolis2017"),
}
"""Models that declare no reference."""


def _diseases() -> list[str]:
    return sorted({(model.context.diseases or ("aml",))[0] for model in load_models()})


def _slots_filled(genes: pd.Index) -> SignatureSet:
    """Lists of the published sizes, of any genes: their scores mean nothing."""
    names = sorted(genes)
    return SignatureSet(
        [
            make_signature(slot.signature, names[: slot.n_genes : 2], names[1 : slot.n_genes : 2])
            for slot in load_slots().values()
        ]
    )


@dataclass(frozen=True)
class Company:
    """Values (genes x samples) and sheet of judged samples and of others like them."""

    values: pd.DataFrame
    sheet: pd.DataFrame
    platform: str
    folder: Path

    @cached_property
    def judged(self) -> list[str]:
        return [name for name in self.sheet.index if not name.startswith("added")]

    @cached_property
    def references(self) -> set[str]:
        """Declared baselines of the judged samples."""
        rows = self.sheet.loc[self.judged]
        return set(rows.index[rows["timepoint"] == "baseline"])

    @cached_property
    def alone(self) -> pd.DataFrame:
        """Calls of the judged samples without any other."""
        return self.calls(self.judged)

    def calls(self, present: list[str], answered: list[str] | None = None) -> pd.DataFrame:
        """Read some samples, in this order, and answer for them or for some of them."""
        path = self.folder / f"{len(list(self.folder.iterdir()))}.parquet"
        self.values[present].to_parquet(path)
        expr = harmonise(read_expression(path))
        assert expr.uns["atrasig"]["platform"] == self.platform
        for column in self.sheet:
            expr.obs[column] = self.sheet.loc[list(expr.obs_names), column].to_numpy()
        slots = _slots_filled(self.values.index)
        return predict(expr, signatures=slots, samples=answered)

    def assert_same(self, found: pd.DataFrame, models: set[str] | None = None) -> None:
        """The judged among these calls are, bit for bit, what they are alone."""
        keys = ["sample", "question", "model"]
        found = found[found["sample"].isin(self.judged)]
        if models is not None:
            found = found[found["model"].isin(models)]
        assert len(found)
        expected = self.alone.set_index(keys).loc[pd.MultiIndex.from_frame(found[keys])]
        pd.testing.assert_frame_equal(
            found.reset_index(drop=True),
            expected.reset_index()[list(found.columns)],
            check_exact=True,
        )


def _sheet() -> pd.DataFrame:
    """Baselines of every disease, a sample exposed of the last one's patient, and another."""
    rows = [
        {
            "sample": f"{disease} {place}",
            "disease": disease,
            "material": "patient",
            "timepoint": "baseline" if place < N_BASELINES else "exposed",
            "patient": f"{disease} P{min(place, N_BASELINES - 1)}" if place <= N_BASELINES else "",
            "fusion": "PML::RARA" if (disease, place) == ("aml", 1) else "",
        }
        for disease in _diseases()
        for place in range(N_SAMPLES)
    ]
    return pd.DataFrame(rows).set_index("sample")


def _added(judged: pd.DataFrame) -> pd.DataFrame:
    """Others of the same diseases and patients: exposed, of no time, or baselines of organoids."""
    rows = judged.iloc[np.arange(N_ADDED) % len(judged)].copy()
    rows["timepoint"] = np.resize(["exposed", "", "baseline"], N_ADDED)
    rows["material"] = np.resize(["patient", "patient", "organoid"], N_ADDED)
    rows.loc[rows["timepoint"] == "baseline", "patient"] = ""
    return rows.set_axis([f"added {place}" for place in range(N_ADDED)])


Perturb = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def _redrawn(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rng.poisson(values * rng.gamma(5.0, 0.2, values.shape)).astype(float)


def _shifted(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.asarray(values + rng.normal(0.0, 0.5, values.shape))


def _stretched(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    moved = values * np.exp(rng.normal(0.0, 0.5, values.shape))
    return np.asarray(moved / moved.sum(axis=0) * 1e6)


PERTURB: dict[str, Perturb] = {COUNTS: _redrawn, ARRAYS: _shifted, NORMALISED: _stretched}


def _real(platform: str, request: pytest.FixtureRequest) -> pd.DataFrame:
    """Values of 13 real samples of a class on enough coding genes, genes x samples."""
    listed = {gene for one in load_signatures() for gene in one.symbols} | {"ESR1", "NSD2", "RARA"}
    listed |= {row.gene for model in load_models() for row in model.genes}
    expr = request.getfixturevalue("gastric" if platform == ARRAYS else "aml20")
    names = list(expr.obs_names)
    names = [APL, *(name for name in names if name != APL)] if APL in names else names
    coding = expr.var_names[expr.var_names.isin(list(load_gene_table().coding))]
    genes = sorted(coding, key=lambda gene: (gene not in listed, gene))[:N_GENES]
    part = expr[names[:N_SAMPLES], genes]
    values = np.asarray(part.X if platform == ARRAYS else part.layers["counts"], dtype=float).T
    if platform == NORMALISED:  # TPM, for made-up lengths of the genes
        rates = values / np.random.default_rng(7).uniform(500, 5_000, (len(genes), 1))
        values = rates / rates.sum(axis=0) * 1e6
    return pd.DataFrame(values, index=pd.Index(genes, name="gene"))


@pytest.fixture(scope="module", params=[COUNTS, ARRAYS, NORMALISED])
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Company:
    platform = request.param
    real, judged = _real(platform, request), _sheet()
    sheet = pd.concat([judged, _added(judged)])
    rng = np.random.default_rng(11)
    own = [int(name.rsplit(" ", 1)[1]) for name in judged.index]
    whole = real.to_numpy()[:, own]
    others = PERTURB[platform](whole[:, np.arange(N_ADDED) % len(own)], rng)
    values = pd.DataFrame(np.hstack([whole, others]), index=real.index, columns=sheet.index)
    return Company(values, sheet, platform, tmp_path_factory.mktemp("company"))


@pytest.mark.slow
def test_every_shipped_model_answers(company: Company) -> None:
    rows = company.alone
    shipped = {model.id for model in load_models()}
    assert shipped <= set(rows["model"])
    scored = set(rows.loc[rows["score"].notna(), "model"])
    assert shipped - scored == SILENT[company.platform]
    # A slot has no threshold, and the models with frozen references find none to call elsewhere.
    called = set(rows.loc[rows["call"] != "no call", "model"])
    frozen = set() if company.platform == COUNTS else {"apl_programme", "aml_rara_high"}
    assert shipped - called == {"gastric_guarrera2023", "breast_bolis2017"} | frozen


@pytest.mark.slow
def test_a_thousand_added_samples_change_nothing(company: Company) -> None:
    rng = np.random.default_rng(12)
    present = [str(name) for name in rng.permutation(company.sheet.index)]
    assert len(present) == N_ADDED + len(company.judged)
    others = [name for name in present if name.startswith("added")][:N_ANSWERED]
    answered = [name for name in present if name in {*company.judged, *others}]
    found = company.calls(present, answered)
    assert set(found["sample"]) == set(answered)
    company.assert_same(found)


@pytest.mark.slow
@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_removed_and_reordered_samples_change_nothing(
    company: Company, data: st.DataObject
) -> None:
    diseases = data.draw(st.lists(st.sampled_from(_diseases()), min_size=1, unique=True))
    own = [name for name in company.judged if company.sheet.loc[name, "disease"] in diseases]
    outside = [name for name in own if name not in company.references]
    kept = data.draw(st.lists(st.sampled_from(outside), unique=True))
    others = data.draw(st.lists(st.integers(0, N_ADDED - 1), max_size=20, unique=True))
    present = [name for name in own if name in company.references or name in kept]
    present += [f"added {place}" for place in others]
    order = np.random.default_rng(data.draw(st.integers(0, 99))).permutation(present)
    company.assert_same(company.calls([str(name) for name in order]))


@pytest.mark.slow
@pytest.mark.parametrize("sample", ["aml 0", "aml 1", "tnbc 2", "gastric_cancer 0"])
def test_models_without_a_declared_reference_need_no_other_sample(
    company: Company, sample: str
) -> None:
    company.assert_same(company.calls([sample]), ALONE)
