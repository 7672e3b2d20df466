"""Counts of STAR, and the strand of a library."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrasig.errors import FormatError, InputError
from atrasig.io import ReadOptions, read_expression, sniff
from atrasig.io.counts.star import choose_strand

Writer = Callable[[str, "str | bytes"], Path]
COUNTERS = ("N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous")


def star_text(unstranded: int, forward: int, reverse: int, genes: str = "RARA PML") -> str:
    first, *others = genes.split()
    rows = [(name, 900, 1, 900) for name in COUNTERS]
    rows += [(first, unstranded, forward, reverse), *((gene, 0, 0, 0) for gene in others)]
    return "".join("\t".join(map(str, row)) + "\n" for row in rows)


def test_the_real_file(shared: Path) -> None:
    path = shared / "data/formats/STAR_ERR458837_subsamp_1ReadsPerGene.out.tab.gz"
    assert sniff(path) == "star"
    adata = read_expression(path)
    assert adata.shape == (1, 57777)
    assert adata.obs_names.tolist() == ["STAR_ERR458837_subsamp_1"]
    facts = adata.uns["atrasig"]["input"]
    assert (facts["strand"], facts["strand_chosen_by"]) == ("forward", "totals")
    totals = {strand: facts[f"total_{strand}"] for strand in ("unstranded", "forward", "reverse")}
    assert totals == {"unstranded": 56375, "forward": 56513, "reverse": 2819}
    genes = adata.X[0, 4:].sum()
    assert genes == totals["forward"]
    assert adata.var_names[:4].tolist() == list(COUNTERS)
    assert adata.X[0, :4].tolist() == [5304, 6904, 29769, 1331]
    reverse = read_expression(path, options=ReadOptions(strand="reverse"))
    assert reverse.X[0, 4:].sum() == totals["reverse"]
    assert reverse.uns["atrasig"]["input"]["strand_chosen_by"] == "user"


@pytest.mark.parametrize(
    ("totals", "strand", "value"),
    [
        ((100, 4, 96), "reverse", 96),
        ((100, 80, 20), "forward", 80),
        ((100, 40, 60), "unstranded", 100),
        ((100, 50, 50), "unstranded", 100),
        ((0, 0, 0), "unstranded", 0),
    ],
)
def test_the_totals_tell_the_strand(
    write: Writer, totals: tuple[int, int, int], strand: str, value: int
) -> None:
    adata = read_expression(write("a.tab", star_text(*totals)))
    assert adata.uns["atrasig"]["input"]["strand"] == strand
    assert adata.to_df().loc["a", "RARA"] == value


def test_a_library_in_between_is_asked_about(write: Writer) -> None:
    path = write("a.tab", star_text(100, 70, 30))
    with pytest.raises(InputError, match=r"70 are forward and 30 reverse .*--strand"):
        read_expression(path)
    forward = read_expression(path, options=ReadOptions(strand="forward"))
    assert forward.to_df().loc["a", "RARA"] == 70


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_exchanging_the_strands_exchanges_the_answer(forward: int, reverse: int) -> None:
    def choice(one: int, other: int) -> str:
        counts = {
            "unstranded": np.array([float(one + other)]),
            "forward": np.array([float(one)]),
            "reverse": np.array([float(other)]),
        }
        try:
            return choose_strand(["RARA"], counts, ReadOptions(), Path("a"))[0]
        except InputError:
            return "open"

    swapped = {"forward": "reverse", "reverse": "forward"}
    answer = choice(forward, reverse)
    assert choice(reverse, forward) == swapped.get(answer, answer)


def test_tpm_cannot_be_had(write: Writer) -> None:
    with pytest.raises(InputError, match="holds no TPM"):
        read_expression(write("a", star_text(1, 0, 1)), options=ReadOptions(quantity="tpm"))


def test_a_file_cut_short(write: Writer) -> None:
    with pytest.raises(FormatError, match=r"2 fields, 4 are needed .*line 7"):
        read_expression(write("a", star_text(1, 0, 1) + "CD38\t1\n"))
