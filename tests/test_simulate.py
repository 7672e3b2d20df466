"""What the simulation says it planted, measured with ranks computed here."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from atrasig.errors import SignatureError, UsageError
from atrasig.genes import load_gene_table
from atrasig.signatures import SignatureSet, load_signatures
from atrasig.simulate import COUNTS, PANEL, SimulatedCohort, simulate_cohort, write_demo

ROSS = "ross_aml_with_pml_rara_fusion"
VALK = "valk_aml_cluster_12"
CORE = "retinoid_response_core"
FILES = {"README.md", "counts.tsv.gz", "counts_panel.tsv.gz", "samples.tsv", "truth.tsv"}


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load_signatures()


@pytest.fixture(scope="module")
def cohort() -> SimulatedCohort:
    return simulate_cohort(seed=1)


@pytest.fixture(scope="module")
def truth(cohort: SimulatedCohort) -> pd.DataFrame:
    return cohort.truth.set_index("sample")


def ranks(counts: pd.DataFrame) -> pd.DataFrame:
    """Normalised average ranks of the coding genes, by counting instead of sorting."""
    coding = counts[counts.index.isin(load_gene_table().coding)]
    columns = {}
    for sample in coding:
        values = coding[sample].to_numpy()
        distinct, place, number = np.unique(values, return_inverse=True, return_counts=True)
        assert len(distinct) == len(number)
        highest = np.cumsum(number)
        columns[sample] = ((highest - number + 1 + highest) / 2)[place] / len(values)
    return pd.DataFrame(columns, index=coding.index)


def mean_rank(ranked: pd.DataFrame, genes: set[str]) -> pd.Series:
    return ranked[ranked.index.isin(genes)].mean()


def contrast(counts: pd.DataFrame, signatures: SignatureSet, apl: str) -> pd.Series:
    """Mean rank of an APL list minus the mean over its siblings without the list's genes."""
    ranked = ranks(counts)
    own = set(signatures[apl].symbols)
    study = apl.split("_", 1)[0] + "_aml_"
    siblings = [
        mean_rank(ranked, set(signatures[name].symbols) - own)
        for name in signatures.ids
        if name.startswith(study) and name != apl
    ]
    assert len(siblings) == {ROSS: 4, VALK: 19}[apl]
    return mean_rank(ranked, own) - pd.concat(siblings, axis=1).mean(axis=1)


def planted(truth: pd.DataFrame, text: str) -> list[str]:
    return list(truth.index[truth["planted_truth"] == text])


# -- shape -------------------------------------------------------------------------------------


def test_sheet_matrices_and_truth_name_the_same_24_samples(cohort: SimulatedCohort) -> None:
    assert len(cohort.sheet) == 24
    assert cohort.sheet["sample"].is_unique
    assert list(cohort.truth["sample"]) == list(cohort.sheet["sample"])
    for name, rows in cohort.sheet.groupby("matrix"):
        assert list(cohort.matrices[str(name)].columns) == list(rows["sample"])
    assert set(cohort.matrices) == {COUNTS, PANEL}


def test_sheet_has_the_documented_columns_and_groups(cohort: SimulatedCohort) -> None:
    assert list(cohort.sheet.columns) == [
        *("sample", "matrix", "disease", "material", "patient", "timepoint", "group"),
        "planted_truth",
    ]
    assert set(cohort.sheet["disease"]) == {"AML"}
    assert dict(cohort.sheet["group"].value_counts()) == {"": 10, "other AML": 8, "APL-like": 6}
    pairs = cohort.sheet[cohort.sheet["patient"] != ""]
    timepoints = pairs.groupby("patient")["timepoint"].agg(list).to_dict()
    assert timepoints == {f"P{i}": ["baseline", "exposed"] for i in range(1, 5)}
    assert (cohort.sheet["timepoint"] == "exposed").sum() == 4


def test_truth_names_the_calls_the_plan_demands(truth: pd.DataFrame) -> None:
    calls = truth.groupby(["sensitivity", "response"]).size().to_dict()
    assert calls == {
        ("sensitive", "not responding"): 6,
        ("no call", "not responding"): 12,
        ("no call", "responding"): 4,
        ("no call", "no call"): 2,
    }
    assert set(planted(truth, "APL-like")) == set(truth.index[truth["sensitivity"] == "sensitive"])


def test_counts_are_whole_numbers_of_symbols_the_table_knows(
    cohort: SimulatedCohort, signatures: SignatureSet
) -> None:
    full = cohort.matrices[COUNTS]
    known = set(load_gene_table().frame.index)
    assert full.shape == (10_000, 23)
    assert full.index.is_monotonic_increasing
    assert full.index.is_unique
    assert set(full.index) <= known
    assert all(kind == np.int64 for kind in full.dtypes)
    assert (full >= 0).to_numpy().all()
    listed = {gene for signature in signatures for gene in signature.symbols} & known
    assert listed <= set(full.index)
    assert full.index.isin(load_gene_table().coding).mean() > 0.97


def test_libraries_are_deep_but_for_the_shallow_one(cohort: SimulatedCohort) -> None:
    reads = cohort.matrices[COUNTS].sum()
    assert 55_000 < reads["shallow"] < 65_000
    assert reads.drop("shallow").between(7_500_000, 20_500_000).all()
    detected = (cohort.matrices[COUNTS] > 0).mean()
    assert detected["shallow"] < 0.6 < 0.95 < detected.drop("shallow").min()


# -- what was planted --------------------------------------------------------------------------


@pytest.mark.parametrize("apl", [ROSS, VALK])
def test_apl_like_samples_stand_out_as_much_as_the_real_one(
    cohort: SimulatedCohort, truth: pd.DataFrame, signatures: SignatureSet, apl: str
) -> None:
    found = contrast(cohort.matrices[COUNTS], signatures, apl)
    like = found[planted(truth, "APL-like")]
    other = found.drop([*like.index, "shallow"])
    assert len(like) == 6
    assert len(other) == 16
    assert like.between(0.19, 0.27).all()
    assert other.max() < 0.08
    assert found["shallow"] > 0.15


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_the_plan_holds_for_other_seeds(signatures: SignatureSet, seed: int) -> None:
    other = simulate_cohort(signatures, seed=seed)
    for apl in (ROSS, VALK):
        found = contrast(other.matrices[COUNTS], signatures, apl)
        like = found.index.str.startswith("APL")
        assert found[like].min() > 0.13
        assert found[~like].drop("shallow").max() < 0.08


def test_other_aml_bear_a_sibling_programme(
    cohort: SimulatedCohort, signatures: SignatureSet
) -> None:
    ranked = ranks(cohort.matrices[COUNTS])
    names = [name for name in signatures.ids if name.startswith("ross_aml_") and name != ROSS]
    apl = {gene for name in (ROSS, VALK) for gene in signatures[name].symbols}
    levels = pd.DataFrame(
        {name: mean_rank(ranked, set(signatures[name].symbols) - apl) for name in names}
    )
    for i, sample in enumerate(f"AML-{k}" for k in range(1, 9)):
        ordered = levels.loc[sample].sort_values(ascending=False)
        assert ordered.index[0] == names[i % 4]
        assert ordered.iloc[0] - ordered.iloc[1] > 0.1


def test_exposure_raises_the_retinoid_core_and_nothing_else(
    cohort: SimulatedCohort, signatures: SignatureSet
) -> None:
    full = cohort.matrices[COUNTS]
    core = mean_rank(ranks(full), set(signatures[CORE].symbols))
    before = core[[f"P{i}-baseline" for i in range(1, 5)]].to_numpy()
    after = core[[f"P{i}-exposed" for i in range(1, 5)]].to_numpy()
    assert np.mean(after - before) == pytest.approx(0.3, abs=0.05)
    assert (after - before).min() > 0.2
    baselines = core.drop([f"P{i}-exposed" for i in range(1, 5)]).drop("shallow")
    assert baselines.max() < after.min() - 0.15
    for apl in (ROSS, VALK):
        change = contrast(full, signatures, apl)
        moved = [change[f"P{i}-exposed"] - change[f"P{i}-baseline"] for i in range(1, 5)]
        assert np.abs(moved).max() < 0.04


def test_the_gene_poor_matrix_lacks_most_genes_of_the_lists(
    cohort: SimulatedCohort, signatures: SignatureSet
) -> None:
    full, panel = set(cohort.matrices[COUNTS].index), set(cohort.matrices[PANEL].index)
    assert panel < full
    for name in (ROSS, VALK, CORE):
        genes = set(signatures[name].symbols) & full
        assert 0.2 <= len(genes & panel) / len(genes) <= 0.3
    subtype = {
        gene
        for name in signatures.ids
        if name.startswith(("ross_aml_", "valk_aml_"))
        for gene in signatures[name].symbols
    } & full
    assert len(subtype & panel) / len(subtype) == pytest.approx(0.3, abs=0.04)
    assert full - panel <= subtype | set(signatures[CORE].symbols)


def test_counts_vary_more_than_poisson_within_a_patient(
    cohort: SimulatedCohort, signatures: SignatureSet
) -> None:
    full = cohort.matrices[COUNTS]
    core = set(signatures[CORE].symbols)
    # Chosen by other samples, so that the choice does not trim the pair's own scatter.
    deep = full[[f"APL-{i}" for i in range(1, 7)]].median(axis=1) > 1_000
    pair = full.loc[deep & ~full.index.isin(core), ["P1-baseline", "P1-exposed"]]
    pair = pair / full[pair.columns].sum()
    spread = np.log(pair["P1-exposed"] / pair["P1-baseline"])
    # Two gamma draws of shape 20: variance of the log ratio 2 * trigamma(20) = 0.1026.
    assert len(spread) > 1_000
    assert spread.var() == pytest.approx(0.1026, rel=0.12)


# -- the same input gives the same output ------------------------------------------------------


def test_one_seed_gives_one_cohort_and_another_another(
    cohort: SimulatedCohort, signatures: SignatureSet
) -> None:
    again = simulate_cohort(signatures, seed=1)
    pd.testing.assert_frame_equal(again.matrices[COUNTS], cohort.matrices[COUNTS])
    pd.testing.assert_frame_equal(again.matrices[PANEL], cohort.matrices[PANEL])
    other = simulate_cohort(signatures, seed=2)
    assert not other.matrices[COUNTS].equals(cohort.matrices[COUNTS])


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first = write_demo(tmp_path / "a", seed=5)
    second = write_demo(tmp_path / "b", seed=5)
    assert {path.name for path in first} == {p.name for p in (tmp_path / "a").iterdir()} == FILES
    for one, two in zip(first, second, strict=True):
        assert one.read_bytes() == two.read_bytes()


def test_the_shipped_demo_is_what_the_command_writes(tmp_path: Path, repository: Path) -> None:
    shipped = repository / "config/demo"
    for path in write_demo(tmp_path, seed=1):
        ours, theirs = path.read_bytes(), (shipped / path.name).read_bytes()
        if path.suffix == ".gz":  # zlib versions may pack the same text differently
            ours, theirs = gzip.decompress(ours), gzip.decompress(theirs)
        assert ours == theirs, f"{path.name}: run atrasig simulate --out config/demo --seed 1"
    assert sum((shipped / name).stat().st_size for name in FILES) < 1_500_000


def test_written_files_hold_the_cohort(tmp_path: Path, cohort: SimulatedCohort) -> None:
    write_demo(tmp_path, seed=1)
    read = {"sep": "\t", "keep_default_na": False}
    for name, counts in cohort.matrices.items():
        written = pd.read_csv(tmp_path / name, index_col="gene", **read)
        pd.testing.assert_frame_equal(written, counts)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "samples.tsv", **read), cohort.sheet)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "truth.tsv", **read), cohort.truth)
    readme = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "simulated" in readme
    assert "atrasig simulate --out config/demo --seed 1" in readme


# -- refusals ----------------------------------------------------------------------------------


def test_too_few_genes_for_the_signatures_are_refused(signatures: SignatureSet) -> None:
    with pytest.raises(UsageError, match="n_genes is 100"):
        simulate_cohort(signatures, n_genes=100)


def test_a_negative_seed_is_refused(signatures: SignatureSet) -> None:
    with pytest.raises(UsageError, match="seed is -1"):
        simulate_cohort(signatures, seed=-1)


def test_a_set_without_the_lists_it_plants_is_refused(signatures: SignatureSet) -> None:
    with pytest.raises(SignatureError, match=VALK):
        simulate_cohort(signatures.select([CORE, ROSS]))
    with pytest.raises(SignatureError, match="sibling lists"):
        simulate_cohort(signatures.select([CORE, ROSS, VALK]))
