"""Quality flags: value, threshold and consequence of everything a reviewer must know."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from atrasig.harmonisation import harmonise
from atrasig.io import read_expression
from atrasig.prediction import predict
from atrasig.qc import flag_samples
from tests.prediction.making import with_obs

if TYPE_CHECKING:
    from anndata import AnnData

COLUMNS = ["sample", "flag", "level", "value", "threshold", "message", "consequence"]
APL, OTHER = "APL-1", "AML-1"
NO_SCORES = pd.DataFrame({"sample": [], "signature": [], "score": []}).astype({"score": float})


@pytest.fixture(scope="module")
def demo(repository: Path) -> AnnData:
    folder = repository / "config" / "demo"
    return harmonise(
        read_expression(folder / "counts.tsv.gz"), folder / "samples.tsv", matrix="counts.tsv.gz"
    )


def _flags(expr: AnnData, scores: pd.DataFrame = NO_SCORES, **options: str) -> pd.DataFrame:
    return flag_samples(expr, scores, predict(expr, **options))  # type: ignore[arg-type]


def _of(demo: AnnData, sample: str, **columns: object) -> pd.DataFrame:
    """Flags of one sample, some of its facts replaced."""
    return _flags(with_obs(demo, [sample], **columns)).set_index("flag")


# --- the table ---


def test_the_table_is_whole(demo: AnnData) -> None:
    flags = _flags(demo)
    assert list(flags.columns) == COLUMNS
    assert set(flags["level"]) <= {"pass", "warn", "fail"}
    assert list(dict.fromkeys(flags["sample"])) == list(demo.obs_names)
    assert not flags.duplicated(["sample", "flag"]).any()
    assert flags.map(lambda cell: isinstance(cell, str)).all(axis=None)
    for column in ("flag", "value", "threshold", "message"):
        assert (flags[column].str.len() > 0).all()
    assert (flags.loc[flags["level"] != "pass", "consequence"].str.len() > 10).all()


def test_some_samples_have_the_flags_they_have_among_all(demo: AnnData) -> None:
    calls = predict(demo)
    whole = flag_samples(demo, NO_SCORES, calls)
    some = flag_samples(demo, NO_SCORES, calls, ["shallow", APL])
    assert list(dict.fromkeys(some["sample"])) == ["shallow", APL]
    for name in ("shallow", APL):
        pd.testing.assert_frame_equal(
            some[some["sample"] == name].reset_index(drop=True),
            whole[whole["sample"] == name].reset_index(drop=True),
        )


def test_text_stays_as_it_was_given(demo: AnnData) -> None:
    expr = with_obs(demo, [APL, "P1-baseline", "P1-exposed"])
    expr.obs_names = ["<b>&amp;", "P1-baseline", "P1-exposed"]
    assert "<b>&amp;" in set(_flags(expr)["sample"])


# --- depth and genes ---


def test_a_shallow_sample_fails(demo: AnnData) -> None:
    flag = _of(demo, "shallow").loc["sequencing depth"]
    reads = float(demo.obs.loc["shallow", "qc_library_size"])
    assert flag["level"] == "fail"
    assert flag["value"] == f"{reads:,.0f} reads"
    assert flag["threshold"] == "at least 1,000,000 reads"
    assert flag["consequence"].startswith("No call is made")


@pytest.mark.parametrize(("reads", "level"), [(1e6, "pass"), (999_999.0, "fail")])
def test_the_floor_of_depth_is_that_of_the_models(demo: AnnData, reads: float, level: str) -> None:
    assert _of(demo, APL, qc_library_size=reads).loc["sequencing depth", "level"] == level


@pytest.mark.parametrize(
    ("reads", "level", "words"),
    [
        (np.nan, "warn", "number of reads is not known"),
        (3e6, "warn", "the sample has 3,000,000."),
        (60_000.0, "fail", "the sample has 60,000."),
    ],
)
def test_depth_is_unknown_without_counts(
    demo: AnnData, reads: float, level: str, words: str
) -> None:
    columns = {"qc_library_size": np.nan, "qc_implied_reads": reads}
    flag = _of(demo, APL, **columns).loc["sequencing depth"]
    assert (flag["level"], flag["value"]) == (level, "unknown")
    assert words in flag["message"]
    assert flag["consequence"]


def test_samples_without_ranks_or_with_a_scale_of_their_own(demo: AnnData) -> None:
    names = {"constant sample", "negative intensities", "scale of this sample"}
    assert not names & set(_of(demo, APL).index)
    columns = {"qc_constant": 1, "qc_negative": 1234, "qc_platform": "rnaseq_normalised"}
    flags = _of(demo, APL, **columns)
    assert flags.loc["constant sample", "level"] == "fail"
    assert flags.loc["negative intensities", "value"] == "1,234"
    assert flags.loc["scale of this sample", "value"] == "rnaseq normalised"
    assert flags.loc["scale of this sample", "threshold"] == "rnaseq counts"


@pytest.mark.parametrize(("measured", "level"), [(6_000, "pass"), (5_999, "fail")])
def test_too_few_genes_measured(demo: AnnData, measured: int, level: str) -> None:
    flag = _of(demo, APL, qc_coding_measured=measured).loc["genes measured"]
    assert flag["level"] == level
    assert flag["value"] == f"{measured:,} protein-coding"
    assert flag["threshold"] == "at least 6,000"


@pytest.mark.parametrize(("detected", "level"), [(5_000, "pass"), (4_999, "warn"), (0, "warn")])
def test_few_genes_detected(demo: AnnData, detected: int, level: str) -> None:
    columns = {"qc_coding_measured": 10_000, "qc_coding_detected": detected}
    flag = _of(demo, APL, **columns).loc["genes detected"]
    assert (flag["level"], flag["value"]) == (level, f"{detected:,} of 10,000")


def test_nothing_measured_does_not_break_the_table(demo: AnnData) -> None:
    flags = _of(demo, APL, qc_coding_measured=0, qc_coding_detected=0)
    assert flags.loc["genes measured", "level"] == "fail"


def test_missing_values_are_counted(demo: AnnData) -> None:
    flag = _of(demo, APL, qc_missing=1_234).loc["missing values"]
    assert (flag["level"], flag["value"], flag["threshold"]) == ("warn", "1,234", "0")
    assert "never imputed" in flag["consequence"]


def test_signatures_without_a_score_by_either_method(demo: AnnData) -> None:
    rows = [
        (APL, "one", "singscore", 0.1),
        (APL, "one", "ssgsea", np.nan),
        (APL, "two", "singscore", np.nan),
        (APL, "two", "ssgsea", np.nan),
        (OTHER, "one", "singscore", 0.2),
        (OTHER, "two", "singscore", 0.2),
    ]
    scores = pd.DataFrame(rows, columns=["sample", "signature", "method", "score"])
    flags = _flags(with_obs(demo, [APL, OTHER]), scores).set_index(["sample", "flag"])
    assert flags.loc[(APL, "signature coverage"), "value"] == "1 of 2 signatures not scored"
    assert flags.loc[(APL, "signature coverage"), "level"] == "warn"
    assert flags.loc[(OTHER, "signature coverage"), "value"] == "0 of 2 signatures not scored"
    assert flags.loc[(OTHER, "signature coverage"), "level"] == "pass"


def test_coverage_of_the_models(repository: Path, demo: AnnData) -> None:
    folder = repository / "config" / "demo"
    poor = harmonise(
        read_expression(folder / "counts_panel.tsv.gz"),
        folder / "samples.tsv",
        matrix="counts_panel.tsv.gz",
    )
    flag = _flags(poor).set_index("flag").loc["model coverage"]
    assert flag["level"] == "fail"
    assert "No call is made by apl_programme" in flag["consequence"]
    assert flag["threshold"] == "at least 60% of each list"
    fine = _of(demo, APL).loc["model coverage"]
    assert (fine["level"], fine["consequence"]) == ("pass", "")
    rows = predict(with_obs(demo, [APL])).itertuples()
    shares = [f"{row.model} {row.n_matched} of {row.n_genes}" for row in rows]
    assert fine["value"] == "; ".join(shares)


def test_no_model_has_no_coverage(demo: AnnData) -> None:
    calls = predict(with_obs(demo, [APL]))
    none = calls.assign(n_genes=0, n_matched=0, coverage=np.nan)
    flags = flag_samples(with_obs(demo, [APL]), NO_SCORES, none)
    assert "model coverage" not in set(flags["flag"])


# --- what is declared ---


def test_the_disease_is_stated_somewhere(demo: AnnData) -> None:
    stated = _of(demo, APL).loc["disease stated"]
    assert (stated["level"], stated["value"]) == ("pass", "acute myeloid leukemia")
    missing = _of(demo, APL, disease="").loc["disease stated"]
    assert (missing["level"], missing["value"]) == ("warn", "not in the sheet")
    assert "No sensitivity call" in missing["consequence"]
    given = _flags(with_obs(demo, [APL], disease=""), disease="AML").set_index("flag")
    assert given.loc["disease stated", "level"] == "pass"
    assert given.loc["disease stated", "value"] == "given for the run"


@pytest.mark.parametrize(
    ("columns", "value"),
    [
        ({"timepoint": ""}, "timepoint not stated"),
        ({"material": ""}, "material not stated"),
        ({"material": "", "timepoint": ""}, "material and timepoint not stated"),
    ],
)
def test_a_call_on_an_assumption_is_flagged(
    demo: AnnData, columns: dict[str, str], value: str
) -> None:
    flag = _of(demo, APL, **columns).loc["context assumed"]
    assert (flag["level"], flag["value"]) == ("warn", value)
    assert "context assumed" not in _of(demo, APL).index
    assert "context assumed" not in _of(demo, OTHER, **columns).index  # no call rests on it


def test_a_programme_that_the_declared_disease_does_not_expect(demo: AnnData) -> None:
    flags = _of(demo, APL, disease="non-APL AML")
    assert flags.loc["call against disease", "level"] == "warn"
    assert flags.loc["call against disease", "value"] == "apl_programme"
    assert "Check the diagnosis" in flags.loc["call against disease", "consequence"]
    for disease in ("AML", "APL", "FAB M3"):
        assert "call against disease" not in _of(demo, APL, disease=disease).index
    assert "call against disease" not in _of(demo, OTHER, disease="non-APL AML").index


def test_a_disease_given_for_the_run_is_contradicted_too(demo: AnnData) -> None:
    flags = _flags(with_obs(demo, [APL], disease=""), disease="FAB M5").set_index("flag")
    assert flags.loc["call against disease", "level"] == "warn"


def test_a_fusion_that_the_declared_disease_does_not_expect(demo: AnnData) -> None:
    flags = _of(demo, OTHER, disease="non-APL AML", fusion="PML::RARA")
    assert flags.loc["call against disease", "value"] == "rara_fusions"


def test_baselines_that_were_left_out(demo: AnnData) -> None:
    names = ["P1-baseline", "P2-baseline", "P3-baseline", "shallow", "P1-exposed"]
    flags = _flags(with_obs(demo, names, patient="")).set_index(["sample", "flag"])
    flag = flags.loc[("P1-exposed", "baselines left out")]
    assert flag["level"] == "warn"
    assert flag["value"].startswith("shallow (too shallow: ")
    paired = _flags(with_obs(demo, names)).set_index(["sample", "flag"])
    assert ("P1-exposed", "baselines left out") not in paired.index


def test_baselines_of_unknown_tissue(demo: AnnData) -> None:
    names = ["P1-baseline", "P2-baseline", "P3-baseline", "P4-exposed"]
    unknown = with_obs(demo, names, patient="", disease="", tissue="")
    flags = _flags(unknown).set_index(["sample", "flag"])
    assert flags.loc[("P4-exposed", "baseline context"), "level"] == "warn"
    known = with_obs(demo, names, patient="", disease="", tissue="bone marrow")
    assert "baseline context" not in set(_flags(known)["flag"])
    pair = with_obs(demo, ["P4-baseline", "P4-exposed"], disease="", tissue="")
    assert "baseline context" not in set(_flags(pair)["flag"])


# --- the programme and the fusion ---


@pytest.mark.parametrize("fusion", ["", "RUNX1::RUNX1T1"])
def test_a_programme_without_a_fusion(demo: AnnData, fusion: str) -> None:
    flag = _of(demo, APL, fusion=fusion).loc["programme without fusion"]
    score = predict(with_obs(demo, [APL])).set_index("model").loc["apl_programme", "score"]
    assert (flag["level"], flag["value"]) == ("warn", f"{score:.3f}")
    assert flag["threshold"] == "absent to 0.067, present from 0.139"
    assert "molecular test" in flag["consequence"]


@pytest.mark.parametrize("fusion", ["PML::RARA", "PML-RARα", "ZBTB16::RARA", "TBL1XR1::RARA"])
def test_a_programme_with_its_fusion_needs_no_test(demo: AnnData, fusion: str) -> None:
    names = set(_of(demo, APL, fusion=fusion).index)
    assert not names & {"programme without fusion", "fusion without programme"}


@pytest.mark.parametrize("fusion", ["PML::RARA", "pml-rara", "PML-RARα", "RARA::PML"])
def test_a_fusion_without_its_programme(demo: AnnData, fusion: str) -> None:
    flag = _of(demo, OTHER, fusion=fusion).loc["fusion without programme"]
    assert flag["level"] == "warn"
    assert "identity and purity" in flag["consequence"]


def test_variant_fusions_are_not_expected_to_show_the_programme(demo: AnnData) -> None:
    assert "fusion without programme" not in _of(demo, OTHER, fusion="ZBTB16::RARA").index


@pytest.mark.parametrize("columns", [{"material": "cell line"}, {"timepoint": "exposed"}])
def test_a_closed_gate_does_not_hide_the_programme(demo: AnnData, columns: dict[str, str]) -> None:
    """The call is `no call` for another reason; the programme is there all the same."""
    present = _of(demo, APL, fusion="PML::RARA", **columns)
    assert "fusion without programme" not in present.index
    assert "programme without fusion" in _of(demo, APL, **columns).index
    assert "fusion without programme" in _of(demo, OTHER, fusion="PML::RARA", **columns).index


@pytest.mark.parametrize("fusion", ["", "PML::RARA"])
@pytest.mark.parametrize("columns", [{"qc_library_size": 60_000.0}, {"qc_coding_measured": 3_000}])
def test_nothing_is_said_of_the_programme_of_a_poor_sample(
    demo: AnnData, fusion: str, columns: dict[str, float]
) -> None:
    for sample in (APL, OTHER):
        names = set(_of(demo, sample, fusion=fusion, **columns).index)
        assert not names & {"programme without fusion", "fusion without programme"}


def test_a_platform_without_frozen_figures(demo: AnnData) -> None:
    expr = with_obs(demo, [APL, OTHER], fusion="PML::RARA")
    expr.uns["atrasig"] = {**demo.uns["atrasig"], "platform": "rnaseq_normalised"}
    flags = _flags(expr).set_index(["sample", "flag"])
    flag = flags.loc[(OTHER, "platform reference")]
    assert (flag["level"], flag["value"]) == ("warn", "rnaseq normalised")
    assert "apl_programme" in flag["message"]
    assert (OTHER, "fusion without programme") not in flags.index
    assert "platform reference" not in set(_flags(demo)["flag"])


# --- the matrix ---


def _matrix(tmp_path: Path, text: str, **options: str) -> AnnData:
    path = tmp_path / "m.tsv"
    path.write_text(text)
    return harmonise(read_expression(path), **options)  # type: ignore[arg-type]


def test_what_was_done_to_the_matrix_is_told(tmp_path: Path) -> None:
    text = "gene\ta\tb\nPML\t5\t1\nPML\t2\t2\nRARA\t7\t0\nNOGENE\t1\t1\n__no_feature\t9\t9\n"
    flags = _flags(_matrix(tmp_path, text)).set_index(["sample", "flag"])["value"]
    assert flags["a", "rows of one gene"] == "2 rows of 1 genes"
    assert flags["a", "left out of the matrix"] == "1 rows, 0 samples"
    assert flags["b", "gene identifiers"] == "3 of 4 known"  # the counter is no gene


@pytest.mark.parametrize(
    ("options", "level", "value"),
    [
        ({}, "warn", "TPM (reads by gene length)"),
        ({"scale": "cpm"}, "pass", "read counts scaled by sample (CPM or the like)"),
        ({"scale": "tpm"}, "warn", "TPM (reads by gene length)"),
    ],
)
def test_a_scale_that_ranks_genes_otherwise(
    tmp_path: Path, options: dict[str, str], level: str, value: str
) -> None:
    text = "gene\ta\nPML\t700000.5\nRARA\t299999.5\nCD38\t0\n"
    flags = _flags(_matrix(tmp_path, text, **options)).set_index("flag")
    assert (flags.loc["scale", "level"], flags.loc["scale", "value"]) == (level, value)
    decided = "Stated by the user" if options else "Decided by the values"
    assert decided in flags.loc["scale", "message"]


@pytest.mark.parametrize("platform", ["zscore", "relative", "single_cell"])
def test_values_that_no_model_reads(demo: AnnData, platform: str) -> None:
    expr = with_obs(demo, [APL])
    facts = demo.uns["atrasig"]
    expr.uns["atrasig"] = {
        **facts,
        "platform": platform,
        "scale": {**facts["scale"], "platform": platform},
    }
    flag = _flags(expr).set_index("flag").loc["scale"]
    assert flag["level"] == "fail"
    assert flag["consequence"].startswith("No call is made: ")
    assert ("method zscore" in flag["consequence"]) == (platform == "zscore")
    assert ("--scale log2" in flag["consequence"]) == (platform == "relative")


@pytest.mark.parametrize(
    ("scale", "qc", "read"),
    [
        ("intensity", {}, {}),
        ("log2", {"identifier_kind": "probe"}, {}),
        ("log2", {}, {"probes_named": 3}),
    ],
)
def test_an_array_has_no_depth(
    demo: AnnData, scale: str, qc: dict[str, str], read: dict[str, int]
) -> None:
    expr = with_obs(demo, [APL], qc_library_size=np.nan, qc_implied_reads=np.nan)
    facts = demo.uns["atrasig"]
    expr.uns["atrasig"] = {
        **facts,
        "platform": "microarray",
        "scale": {**facts["scale"], "scale": scale, "platform": "microarray"},
        "qc": {**facts["qc"], **qc},
        "input": {**facts["input"], **read},
    }
    flag = _flags(expr).set_index("flag").loc["sequencing depth"]
    assert (flag["level"], flag["value"]) == ("warn", "unknown")
    assert _of(demo, APL, qc_library_size=np.nan).loc["sequencing depth", "value"] == "unknown"


def test_doubts_species_and_ambiguous_names(demo: AnnData) -> None:
    plain = _of(demo, APL)
    assert plain.loc["ambiguous identifiers", "level"] == "pass"
    assert not {"species", "scale in doubt"} & set(plain.index)
    expr = with_obs(demo, [APL])
    facts = demo.uns["atrasig"]
    kinds = {**facts["qc"]["identifiers"], "ambiguous": 500}
    expr.uns["atrasig"] = {
        **facts,
        "species": "mouse",
        "scale": {**facts["scale"], "doubts": "The highest value is 4.20."},
        "qc": {**facts["qc"], "identifiers": kinds},
    }
    flags = _flags(expr).set_index("flag")
    assert (flags.loc["species", "level"], flags.loc["species", "value"]) == ("warn", "mouse")
    assert flags.loc["scale in doubt", "message"] == "The highest value is 4.20."
    assert flags.loc["ambiguous identifiers", "level"] == "warn"
    assert flags.loc["ambiguous identifiers", "value"] == "500 of 10,000"


def test_what_values_are_made_of_is_told(tmp_path: Path, demo: AnnData) -> None:
    counts = np.asarray(demo[[APL]].layers["counts"], dtype=float).ravel()
    cells = "\n".join(
        f"{g}\t{float(np.log2(c + 1))!r}" for g, c in zip(demo.var_names, counts, strict=True)
    )
    flags = _flags(_matrix(tmp_path, f"gene\ta\n{cells}\n")).set_index("flag")
    assert flags.loc["scale", "value"] == "logarithms of read counts"
    assert flags.loc["scale", "level"] == "pass"
