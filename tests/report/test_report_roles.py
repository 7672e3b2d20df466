"""The panel of the five roles."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from atrasig.report.role_view import RoleRow, role_panel, role_panels
from atrasig.signatures import load_roles

ROWS = [
    RoleRow("autophagy", "a & b", "up", 1.5, 0.01),
    RoleRow("autophagy", "none", "measured", None, None),
    RoleRow("immune", "c", "down", -2.0, 0.5),
]


def words(svg: str) -> list[str]:
    return [node.text or "" for node in ElementTree.fromstring(svg).iter() if node.text]


def test_every_list_stands_under_its_role_with_what_is_expected() -> None:
    found = words(role_panel(ROWS, "z", "Roles"))
    assert found.index("Autophagy") < found.index("a & b") < found.index("Immune function")
    assert any(text.startswith("▲ q ") for text in found)
    assert "not tested" in found
    assert "a & b: z 1.50" in found
    assert len([text for text in found if ": z " in text]) == 2


def test_panels_of_roles_stand_on_one_axis() -> None:
    (first, one), (second, two) = role_panels(ROWS, "z")
    assert (first, second) == ("Autophagy", "Immune function")
    zero = re.compile(r'<svg x="([\d.]+%)" class="open"><path d="[^"]*" class="zero"')
    assert zero.findall(one) == zero.findall(two)


def test_without_values_there_is_no_figure() -> None:
    assert role_panel(ROWS[1:2], "z", "Roles") == ""
    assert role_panels(ROWS[1:2], "z") == []


@pytest.mark.parametrize("role", sorted({entry.role for entry in load_roles()}))
def test_every_role_has_a_name(role: str) -> None:
    assert role_panel([RoleRow(role, "x", "up", 1.0, 0.1)], "NES", "Roles") != ""
