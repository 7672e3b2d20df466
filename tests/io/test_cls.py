"""CLS files: one meaning or none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from atrasig.errors import FormatError
from atrasig.io.cls import read_cls

Writer = Callable[[str, "str | bytes"], Path]


def test_classes_by_name_by_number_and_by_another_word(write: Writer) -> None:
    for labels in ("ALL ALL AML", "0 0 1", "a a b"):
        found = read_cls(write("m.cls.gz", f"3 2 1\r\n# ALL AML\r\n{labels}\r\n\r\n"))
        assert found.columns == {"group": ("ALL", "ALL", "AML")}
        assert found.n_samples == 3


def test_numbers_of_several_phenotypes(write: Writer) -> None:
    found = read_cls(write("m.cls", "#numeric\n#dose\n0 0.5 10\n#AFFX 1\n1 2 NA\n"))
    assert found.columns == {"dose": ("0", "0.5", "10"), "AFFX 1": ("1", "2", "NA")}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("3 2\n# A B\nA A B\n", ["number of classes and 1", "line 1"]),
        ("three 2 1\n# A B\nA A B\n", ["number of classes and 1", "line 1"]),
        ("3 2 1\nA B\nA A B\n", ["2 class names", "line 2"]),
        ("3 2 1\n# A B C\nA A B\n", ["3 class names, the first states 2", "line 2"]),
        ("3 2 1\n# A B\nA A\n", ["2 labels, the first line states 3", "line 3"]),
        ("3 2 1\n# A B\n", ["0 labels"]),
        ("3 2 1\n# A B\nA A A\n", ["name 1 classes, the second line 2"]),
        ("3 2 1\n# A A\nA A B\n", ["name 2 classes, the second line 1"]),
        ("3 2 1\n# A B\nB B A\n", ["order A, B", "order B, A", "GSEA"]),
        ("3 2 1\n# A B\n1 1 0\n", ["order A, B", "order 1, 0", "GSEA"]),
        ("3 2 1\n# A B\nA A B\nA A B\n", ["text below the labels", "line 4"]),
        ("#numeric\n", ["no phenotype"]),
        ("#numeric\ndose\n1 2\n", ["line #name", "line 2"]),
        ("#numeric\n#dose\n#age\n1 2\n", ["line #name", "line 2"]),
        ("#numeric\n#dose\n1 high\n", ["'high' is not a number", "line 3, value 2"]),
        ("#numeric\n#dose\n1 2\n#age\n1\n", ["'age' has 1 values, the first one 2", "line 5"]),
    ],
)
def test_faults(write: Writer, text: str, words: list[str]) -> None:
    with pytest.raises(FormatError) as caught:
        read_cls(write("m.cls", text))
    assert [word for word in words if word not in str(caught.value)] == []


def test_real_classes(shared: Path) -> None:
    found = read_cls(shared / "data/parity/gseapy/Leukemia.cls")
    assert found.columns["group"] == ("ALL",) * 24 + ("AML",) * 24
