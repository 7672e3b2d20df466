from __future__ import annotations

from typing import get_args

import numpy as np
import pandas as pd
import pytest

from atrasig.enrich.roles import ROLE_COLUMNS, contrast_roles, sample_roles
from atrasig.signatures import AtraRole, RoleSignature, load_roles, load_signatures

REVIEW = "doi:10.3389/fphar.2024.1404092"


def entry(role: str, signature: str, direction: str) -> RoleSignature:
    return RoleSignature.model_validate(
        {"role": role, "signature": signature, "direction": direction, "evidence": "x"}
        | {"source": REVIEW}
    )


ROLES = (entry("autophagy", "a", "up"), entry("immune", "b", "measured"))


def scores(n_samples: int) -> pd.DataFrame:
    rows = [
        (f"s{i}", signature, method, float(i), 0.5 * i, 0.1, 0.2, "")
        for i in range(n_samples)
        for signature in ("a", "other")
        for method in ("ssgsea", "singscore")
    ]
    columns = ["sample", "signature", "method", "score", "z", "p", "q", "reason"]
    return pd.DataFrame(rows, columns=columns)


def test_the_shipped_panel_holds_shipped_lists_of_every_role() -> None:
    shipped = {signature.id: signature for signature in load_signatures()}
    roles = load_roles()
    assert {one.role for one in roles} == set(get_args(AtraRole))
    for one in roles:
        assert one.role in shipped[one.signature].atra_roles
        assert REVIEW in one.source
    for role in get_args(AtraRole):
        assert sum(one.role == role for one in roles) >= 2


def test_a_sample_shows_its_singscore_and_its_place_in_the_matrix() -> None:
    table = sample_roles(scores(12), ROLES)
    assert list(table.columns) == list(ROLE_COLUMNS)
    assert len(table) == 24
    own = table[table["role"] == "autophagy"]
    assert own["percentile"].tolist() == [100 * (i + 0.5) / 12 for i in range(12)]
    assert own["z"].tolist() == [0.5 * i for i in range(12)]
    assert set(own["reference"]) == {"the 12 samples of the matrix"}
    absent = table[table["role"] == "immune"]
    assert absent["score"].isna().all()
    assert set(absent["reason"]) == {"not scored in this run"}
    assert sample_roles(scores(3), ROLES)["percentile"].isna().all()


def test_the_order_of_samples_changes_no_row() -> None:
    first, again = sample_roles(scores(11), ROLES), sample_roles(scores(11)[::-1], ROLES)
    keys = ["sample", "role"]
    pd.testing.assert_frame_equal(
        again.sort_values(keys, ignore_index=True), first.sort_values(keys, ignore_index=True)
    )


@pytest.mark.parametrize(
    ("contrast", "agrees"),
    [("exposed vs baseline", ["yes", "yes", ""]), ("a vs b", ["", "", ""])],
)
def test_a_contrast_shows_whether_it_moves_as_expected(contrast: str, agrees: list[str]) -> None:
    table = pd.DataFrame(
        {
            "contrast": contrast,
            "signature": ["b", "a", "a", "other"],
            "direction": ["up", "down", "up", "up"],
            "nes": [2.0, -1.5, 1.8, 1.0],
            "z": np.nan,
            "p": 0.001,
            "q": 0.01,
            "reason": "",
        }
    )
    found = contrast_roles(table, ROLES)
    assert found["signature"].tolist() == ["a", "a", "b"]
    assert found["part"].tolist() == ["up", "down", "up"]
    assert found["expected"].tolist() == ["up", "down", "measured"]
    assert found["agrees"].tolist() == agrees
    opposite = contrast_roles(table.assign(nes=-table["nes"]), ROLES)
    assert ("no" in set(opposite["agrees"])) == (contrast == "exposed vs baseline")
    assert contrast_roles(table.assign(q=0.2), ROLES)["agrees"].eq("").all()
