from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from atrasig.enrich.designs import Contrast, named_contrast
from atrasig.enrich.differential import contrast_design
from atrasig.errors import InputError


def sheet(**columns: list[str]) -> pd.DataFrame:
    n_samples = len(next(iter(columns.values())))
    return pd.DataFrame(columns, index=[f"s{i}" for i in range(n_samples)], dtype=object)


def exposed(obs: pd.DataFrame) -> Contrast:
    return named_contrast(obs, "exposed vs baseline")


TIMES = ["baseline", "exposed"] * 4


def test_two_groups_make_an_intercept_and_a_side() -> None:
    obs = sheet(timepoint=TIMES)
    design = contrast_design(obs, exposed(obs))
    assert design.samples == ("s1", "s3", "s5", "s7", "s0", "s2", "s4", "s6")
    assert design.matrix.tolist() == [[1.0, 1.0]] * 4 + [[1.0, 0.0]] * 4
    assert (design.covariates, design.notes, design.residual_df) == ((), (), 6)
    assert not design.is_paired


def test_patients_on_both_sides_enter_and_batches_of_patients_do_not_twice() -> None:
    patients = [name for name in "abcd" for _ in range(2)]
    obs = sheet(timepoint=TIMES, patient=patients, batch=["1"] * 4 + ["2"] * 4)
    design = contrast_design(obs, exposed(obs))
    assert design.covariates == ("patient",)
    assert design.notes == ("batch repeats what is in the model already",)
    assert design.names == (
        "intercept", "exposed vs baseline", "patient=b", "patient=c", "patient=d"
    )  # fmt: skip
    assert np.linalg.matrix_rank(design.matrix) == design.n_coefficients == 5
    assert design.residual_df == 3


def test_patients_that_are_not_all_on_both_sides_are_told() -> None:
    obs = sheet(timepoint=TIMES, patient=["a", "a", "b", "b", "c", "c", "d", "e"])
    design = contrast_design(obs, exposed(obs))
    assert design.covariates == ()
    assert design.notes[0].startswith("3 of 5 patients have samples on both sides")
    apart = sheet(timepoint=TIMES, patient=list("abcdefgh"))
    assert contrast_design(apart, exposed(apart)).notes == ()
    some = sheet(timepoint=TIMES, patient=["a", "a", *[""] * 6])
    assert contrast_design(some, exposed(some)).notes == ("patient is not known of 6 of 8 samples",)


def test_an_unbalanced_batch_enters() -> None:
    obs = sheet(timepoint=TIMES, batch=["1", "1", "1", "2", "2", "2", "1", "2"])
    design = contrast_design(obs, exposed(obs))
    assert design.covariates == ("batch",)
    expected = [float(obs["batch"][name] == "2") for name in design.samples]
    assert design.matrix[:, 2].tolist() == expected


@pytest.mark.parametrize("batch", [["1", "2"] * 4, ["1", "2", "1", "3", "1", "2", "1", "3"]])
def test_a_batch_that_gives_the_side_away_is_refused(batch: list[str]) -> None:
    obs = sheet(timepoint=TIMES, batch=batch)
    with pytest.raises(InputError, match="confounded with the column batch"):
        contrast_design(obs, exposed(obs))
    assert contrast_design(obs, exposed(obs), ()).covariates == ()


def test_other_columns_enter_by_name_and_absent_ones_do_not() -> None:
    obs = sheet(timepoint=TIMES, sex=["f", "f", "m", "m"] * 2)
    assert contrast_design(obs, exposed(obs), ("sex", "site")).covariates == ("sex",)


def test_a_model_that_leaves_no_residual_is_refused() -> None:
    obs = sheet(timepoint=TIMES[:4], patient=list("aabb"), run=["1", "2", "2", "1"])
    with pytest.raises(InputError, match="leave nothing to estimate"):
        contrast_design(obs, exposed(obs), ("run",))
