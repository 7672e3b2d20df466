"""A made-up cohort: every name and number here is synthetic and stands for nothing measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from atrasig.report import SampleRecord, build_records
from atrasig.signatures import Marker, Signature

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anndata import AnnData

PLAIN = ("APL-01", "AML-02", "AML-03", "SH-RA-1", "POOR-05", "GC-06")
GENES = tuple(f"GENE{i:04d}" for i in range(400))
SIZES = {
    "test_apl_list": ("sensitivity", 40),
    "test_cluster_list": ("sensitivity", 24),
    "test_core": ("response", 10),
    "test_broad": ("response", 60),
    "test_markers": ("differentiation", 6),
    "test_stem": ("stemness", 17),
    "test_alpha": ("pathway", 50),
    "test_gamma": ("pathway", 60),
    "test_sibling_a": ("subtype", 30),
    "test_sibling_b": ("subtype", 30),
}
APL, CORE, FUSION = "test_apl_model", "test_core_model", "test_fusion_model"


@dataclass(frozen=True)
class Cohort:
    """Inputs of `build_records`, as the stages before the report hand them over."""

    expr: AnnData
    tables: dict[str, pd.DataFrame]
    signatures: tuple[Signature, ...]
    markers: tuple[Marker, ...]
    provenance: dict[str, Any]

    def records(self, samples: Sequence[str] | None = None, **changed: Any) -> list[SampleRecord]:
        """Records of the cohort, with some inputs changed."""
        inputs = {
            **self.tables,
            "signatures": self.signatures,
            "markers": self.markers,
            "provenance": self.provenance,
            **changed,
        }
        return list(build_records(self.expr, samples=samples, **inputs))


def _signatures() -> tuple[Signature, ...]:
    return tuple(
        Signature(
            id=name,
            version="1.0.0",
            title=f"Synthetic list for tests of kind {kind}",
            kind=kind,
            context={"diseases": ("acute myeloid leukemia",), "note": "made up"},
            source={
                "citation": "A made-up study & its <supplement>",
                "doi": "10.0000/not.a.doi",
                "address": "https://example.org/list",
            },
            obtained="derived-here",
            derivation="drawn by the test",
            licence="CC0-1.0",
            limits=("Exists only in the tests.", "Says nothing of any disease."),
            contradictions=("Nothing real supports it.",),
            genes=tuple({"gene": gene, "direction": "up"} for gene in GENES[order : order + size]),
        )
        for order, (name, (kind, size)) in enumerate(SIZES.items())
    )


def _markers() -> tuple[Marker, ...]:
    common = {"role": "made-up marker", "source": "A made-up study"}
    return (
        Marker(gene="GENE0000", label="CDx1", direction="up", note="synthetic", **common),
        Marker(gene="GENE0001", label="CDx2", direction="down", **common),
        Marker(gene="LINC-X", label="not coding", direction="measured", **common),
        Marker(gene="ABSENT1", label="absent", direction="up", **common),
    )


def _expr(samples: Sequence[str], rng: np.random.Generator) -> AnnData:
    from anndata import AnnData

    values = rng.gamma(2.0, 2.0, (len(samples), len(GENES) + 1)).round(1)
    obs = pd.DataFrame(
        {
            "matrix": "test_cohort",
            "disease": ["acute myeloid leukemia"] * (len(samples) - 1) + ["gastric cancer"],
            "tissue": "bone marrow",
            "material": "patient",
            "timepoint": ["exposed" if "RA" in name else "baseline" for name in samples],
            "batch": "",
            "site": "B & C",
            "qc_library_size": 1e6,
        },
        index=pd.Index(list(samples)),
    )
    var = pd.DataFrame(
        {"biotype": ["protein_coding"] * len(GENES) + ["lncRNA"]},
        index=pd.Index([*GENES, "LINC-X"]),
    )
    expr = AnnData(values, obs=obs, var=var)
    expr.uns["atrasig"] = {
        "version": "0.1.0",
        "matrix": "test_cohort",
        "platform": "rnaseq_counts",
        "species": "human",
        "scale": {"scale": "counts", "integers": np.float64(1.0), "maximum": np.int64(81234)},
        "qc": {"genes": 400, "missing_values": 0, "identifiers": {"symbol": 400, "alias": 0}},
        "input": {"name": "counts.tsv.gz", "sha256": "ab" * 32, "format": "tsv"},
    }
    return expr


def _drivers(samples: Sequence[str], rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for sample in samples:
        poor = sample == "POOR-05"
        for model, sets in ((APL, ("test_apl_list", "test_sibling_a")), (CORE, ("test_core",))):
            for name in sets:
                for gene in GENES[: SIZES[name][1]]:
                    matched = not poor and rng.random() > 0.1
                    sign = -1 if "sibling" in name else 1
                    level = {"APL-01": 0.75, "AML-03": 0.66}.get(sample, 0.54)
                    level = 0.5 if "sibling" in name else level
                    rank = float(np.clip(rng.normal(level, 0.1), 0, 1))
                    rows.append(
                        (
                            sample,
                            model,
                            gene,
                            name,
                            rank if matched else np.nan,
                            sign * rank / SIZES[name][1] if matched else np.nan,
                            matched,
                        )
                    )
    columns = ["sample", "model", "gene", "set", "rank", "contribution", "matched"]
    return pd.DataFrame(rows, columns=columns)


_ANSWERS = {
    "APL-01": ("sensitive", "The APL programme is high, above all other samples of the reference."),
    "AML-02": ("no call", "No APL programme; there is no validated model for other AML."),
    "AML-03": ("intermediate", "The APL programme lies between the two thresholds."),
    "SH-RA-1": ("no call", "The sample was exposed; sensitivity is asked of a baseline."),
    "POOR-05": ("no call", "No gene of the list was measured, at least 60 % are needed."),
    "GC-06": ("no call", "No model for gastric cancer is installed; add one with --models."),
}
_EXPOSED = ("responding", "The retinoid core rose above its three baseline samples.")
_UNEXPOSED = ("no call", "No exposure is stated, and the sheet names no baseline samples.")


def _calls(samples: Sequence[str], drivers: pd.DataFrame) -> pd.DataFrame:
    total = drivers.groupby(["sample", "model"])["contribution"].sum(min_count=1)
    matched = drivers.groupby(["sample", "model"])["matched"].sum()
    size = drivers.groupby(["sample", "model"]).size()
    rows = []
    for sample in samples:
        sensitivity = _ANSWERS.get(sample, ("no call", "Hostile or generic name."))
        response = _EXPOSED if "RA" in sample else _UNEXPOSED
        asked = (("sensitivity", APL, sensitivity, True), ("response", CORE, response, True))
        for question, model, (word, reason), primary in asked:
            score, key = total[sample, model], (sample, model)
            rows.append(
                {
                    "sample": sample,
                    "question": question,
                    "model": model,
                    "model_version": "1.0.0",
                    "model_hash": "cd" * 32,
                    "call": word,
                    "score": score,
                    "low": score - 0.045,
                    "high": score + 0.05,
                    "interval_kind": "95 % over resampled genes",
                    "grade": "patients" if question == "sensitivity" else "cell lines",
                    "reference": "frozen: 12 made-up APL, 340 made-up other",
                    "reason": reason,
                    "primary": primary,
                    "coverage": matched[key] / size[key],
                    "n_genes": size[key],
                    "n_matched": matched[key],
                    "threshold_low": 0.10 if question == "sensitivity" else np.nan,
                    "threshold_high": 0.17 if question == "sensitivity" else np.nan,
                }
            )
        rows.append(
            {
                **rows[-2],
                "model": FUSION,
                "call": "no call",
                "score": np.nan,
                "low": np.nan,
                "high": np.nan,
                "interval_kind": "none",
                "grade": "review statement",
                "reason": "The sheet states no fusion.",
                "primary": False,
                "coverage": np.nan,
                "n_genes": np.nan,
                "n_matched": np.nan,
                "reference": "",
                "threshold_low": np.nan,
                "threshold_high": np.nan,
            }
        )
    return pd.DataFrame(rows)


def _scores(samples: Sequence[str], rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for sample in samples:
        for name, (_, size) in SIZES.items():
            for method in ("singscore", "ssgsea"):
                missing = sample == "POOR-05" and name == "test_apl_list"
                p = float(rng.random() ** 6 / 1000)
                rows.append(
                    {
                        "sample": sample,
                        "signature": name,
                        "version": "1.0.0",
                        "method": method,
                        "universe": "coding",
                        "score": np.nan if missing else rng.normal(0.1, 0.1),
                        "z": np.nan if missing else rng.normal(3, 3),
                        "p": np.nan if missing else p,
                        "q": np.nan if missing else min(1, 9 * p),
                        "n_genes": size,
                        "n_matched": 0 if missing else size,
                        "coverage": 0.0 if missing else 1.0,
                        "reason": f"0 of {size} genes measured" if missing else "",
                    }
                )
    return pd.DataFrame(rows)


def _enrichment(rng: np.random.Generator, sample: str, contrast: str) -> list[dict[str, Any]]:
    return [
        {
            "scope": "contrast" if contrast else "sample",
            "sample": sample,
            "contrast": contrast,
            "signature": name,
            "direction": "up",
            "metric": "signal-to-noise" if contrast else "rank",
            "es": rng.normal(),
            "nes": rng.normal(1.0, 1.0) if contrast else np.nan,
            "z": np.nan if contrast else rng.normal(2, 2),
            "p": float(rng.random() / 50),
            "q": float(rng.random() / 10),
            "n_genes": size,
            "n_matched": size,
            "leading_edge": ";".join(GENES[: size // 2]) if contrast else "",
            "reason": "",
        }
        for name, (_, size) in SIZES.items()
    ]


def _flags(samples: Sequence[str]) -> pd.DataFrame:
    rows = []
    for sample in samples:
        poor = sample == "POOR-05"
        rows += [
            (
                sample,
                "signature_coverage",
                "fail" if poor else "pass",
                "0.00" if poor else "0.93",
                "0.60",
                "Share of the genes of the sensitivity list that the matrix measures.",
                "Sensitivity is not called." if poor else "",
            ),
            (
                sample,
                "library_size",
                "warn" if poor else "pass",
                "412003",
                "1000000",
                "Reads counted in genes.",
                "Low genes are noisy." if poor else "",
            ),
            (sample, "scale", "pass", "counts", None, "All values are whole numbers.", ""),
        ]
    columns = ["sample", "flag", "level", "value", "threshold", "message", "consequence"]
    return pd.DataFrame(rows, columns=columns)


_COMBINATIONS = (
    ("low_dose_x", "supported", "compound X & Y", "MARK1", "high", 0.991, 99.5, 0, 199, 0.005),
    ("low_dose_x", "supported", "compound X & Y", "MARK2", "low", 0.41, 38.0, 76, 199, 0.385),
    ("dimmer", "not extreme", "dimmer", "MARK3", "high", 0.5, 50.0, 100, 199, 0.505),
    ("lost", "not judged", "lost", "ABSENT1", "high", np.nan, np.nan, pd.NA, pd.NA, np.nan),
    ("words", "context", "words alone", "", "", np.nan, np.nan, pd.NA, pd.NA, np.nan),
)


def _hypotheses(samples: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Made-up combinations: all kinds for the first sample, nothing that fits for the others."""
    columns = [
        "combination", "status", "partner", "gene", "side", "value", "percentile", "n_beyond",
        "n_reference", "p",
    ]  # fmt: skip
    table = pd.DataFrame(list(_COMBINATIONS), columns=columns).astype(
        {"n_beyond": "Int64", "n_reference": "Int64"}
    )
    table = table.assign(
        sample=samples[0],
        disease="aml",
        rank=[1, 1, 2, 3, 4],
        context="aml",
        place="Abstract",
        grade="patients",
        settings="clinical;in vitro",
        n_patients=pd.array([18, 18, None, None, None], dtype="Int64"),
        outcome="benefit",
        basis=["stated", "inferred", "stated", "stated", ""],
        false_rate=0.045,
        reference="declared baselines",
        reference_kind="declared",
        reason=["", "", "", "ABSENT1 is not measured", ""],
        efficacy="Made-up response in 20% of nobody.",
        mechanism="",
        citation="Nobody 2020, doi:10.0000/not.a.doi, as cited by Noone 2021",
        against="Nothing real. [Noone 2021] | No control group.",
        words="",
    )
    summaries = pd.DataFrame(
        {
            "sample": list(samples),
            "disease": "aml",
            "share": 0.05,
            "n_fitting": [4] + [0] * (len(samples) - 1),
            "n_supported": [1] + [0] * (len(samples) - 1),
            "n_tested": [2] + [0] * (len(samples) - 1),
            "expected_false": [0.09] + [0.0] * (len(samples) - 1),
            "summary": ["One of 4 made-up combinations."]
            + ["No combination fits; there is no hypothesis."] * (len(samples) - 1),
        }
    )
    return table, summaries


def make_cohort(samples: Sequence[str] = PLAIN) -> Cohort:
    """Build the made-up cohort for any sample names."""
    rng = np.random.default_rng(7)
    drivers = _drivers(samples, rng)
    within = [row for sample in samples for row in _enrichment(rng, sample, "")]
    between = _enrichment(rng, "", "exposed vs baseline")
    hypotheses, summaries = _hypotheses(samples)
    return Cohort(
        expr=_expr(samples, rng),
        tables={
            "scores": _scores(samples, rng),
            "calls": _calls(samples, drivers),
            "drivers": drivers,
            "enrichment": pd.DataFrame(within),
            "contrasts": pd.DataFrame(between),
            "flags": _flags(samples),
            "hypotheses": hypotheses,
            "hypothesis_summaries": summaries,
        },
        signatures=_signatures(),
        markers=_markers(),
        provenance={
            "atrasig": "0.1.0",
            "signature_set": "ef" * 32,
            "gene_table": {"version": "test", "sha256": "12" * 32},
            "parameters": {"block_size": 50, "methods": ["singscore", "ssgsea"], "seed": 1},
            "packages": {"numpy": "2.0.0", "pandas": "2.2.0"},
        },
    )


@pytest.fixture(scope="session")
def cohort() -> Cohort:
    """Six made-up samples: sensitive, no call, intermediate, exposed, gene-poor, gastric."""
    return make_cohort()


@pytest.fixture(scope="session")
def records(cohort: Cohort) -> dict[str, SampleRecord]:
    """Records of the made-up cohort by sample."""
    return {record.id: record for record in cohort.records()}


@pytest.fixture(scope="session")
def cohort_of() -> Callable[[Sequence[str]], Cohort]:
    """Builder of a made-up cohort with chosen sample names."""
    return make_cohort
