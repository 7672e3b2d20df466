"""The scanner beside regular expressions, brute force, and the laws of chance."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from atrasig.errors import UsageError
from atrasig.targets import Motif, encode, scan
from atrasig.targets.motif import (
    BASES_OF,
    UNKNOWN,
    Codes,
    decode,
    expected_elements,
    reverse_complement,
)

COMPLEMENT = str.maketrans("ACGT", "TGCA")
FORWARD, BACKWARD = "[AG]G[GT]TCA", "TGA[AC]C[CT]"
EVERY = {"direct": (1, 2, 5), "inverted": (0, 3), "everted": (6, 8)}


def random_sequence(size: int, seed: int, shares: tuple[float, ...] = (0.25,) * 4) -> str:
    rng = np.random.default_rng(seed)
    places = np.searchsorted(np.cumsum(shares)[:-1], rng.random(size), side="right")
    return np.frombuffer(b"ACGT", np.uint8)[places].tobytes().decode()


@pytest.fixture(scope="module")
def shuffled() -> Codes:
    """A sequence of uneven composition with 2,000 elements planted, then shuffled."""
    codes = encode(random_sequence(8_000_000, seed=3, shares=(0.3, 0.2, 0.22, 0.28))).copy()
    for at in range(0, 200_000, 100):
        codes[at : at + 17] = encode("AGGTCACCGAAAGTTCA")
    assert len(scan(codes, Motif())) > 2000
    return np.random.default_rng(11).permutation(codes)


def found_by_scan(sequence: str, motif: Motif) -> set[tuple[int, int, str, str]]:
    found = scan(encode(sequence), motif)
    signs = {1: "+", -1: "-", 0: "."}
    rows = {
        (start, end, motif.arrangements[number].name, signs[strand])
        for start, end, number, strand in zip(
            found.start.tolist(), found.end.tolist(), found.arrangement.tolist(),
            found.strand.tolist(), strict=True,
        )
    }  # fmt: skip
    assert len(rows) == len(found)
    return rows


def found_by_re(sequence: str, motif: Motif) -> set[tuple[int, int, str, str]]:
    """Overlapping matches of patterns that are written out by hand."""
    patterns = [(f"DR{n}", "+", FORWARD, n, FORWARD) for n in motif.direct]
    patterns += [(f"DR{n}", "-", BACKWARD, n, BACKWARD) for n in motif.direct]
    patterns += [(f"IR{n}", ".", FORWARD, n, BACKWARD) for n in motif.inverted]
    patterns += [(f"ER{n}", ".", BACKWARD, n, FORWARD) for n in motif.everted]
    return {
        (match.start(), match.start() + 12 + n, name, strand)
        for name, strand, left, n, right in patterns
        for match in re.finditer(f"(?={left}.{{{n}}}{right})", sequence)
    }


def test_ten_million_bases_as_regular_expressions_read_them() -> None:
    """Spacers 1, 2 and 5 on both strands; the pieces of the scanner leave no seam."""
    sequence = random_sequence(10_000_000, seed=1)
    motif = Motif()
    expected = found_by_re(sequence, motif)
    assert found_by_scan(sequence, motif) == expected
    assert {row[2:] for row in expected} == set(product(("DR1", "DR2", "DR5"), "+-"))


def test_inverted_and_everted_repeats_as_regular_expressions_read_them() -> None:
    sequence = random_sequence(1_000_000, seed=2, shares=(0.28, 0.21, 0.26, 0.25))
    motif = Motif(**EVERY)
    expected = found_by_re(sequence, motif)
    assert found_by_scan(sequence, motif) == expected
    assert {row[2] for row in expected} >= {"DR1", "IR3", "ER6", "ER8"}


@pytest.mark.parametrize("at", [0, 7, (1 << 18) - 18, (1 << 18) - 1, 1 << 18, 600_000 - 17])
def test_an_element_is_found_once_wherever_it_lies(at: int) -> None:
    """At the ends, and across the seam of two pieces."""
    sequence = "A" * at + "AGGTCACCGAAAGTTCA" + "A" * (600_000 - 17 - at)
    assert found_by_scan(sequence, Motif()) == {(at, at + 17, "DR5", "+")}


@pytest.mark.parametrize(
    ("name", "element"),
    [
        ("DR5", "GGTTCACCGAAAGTTCA"),  # the form of the element of RARB
        ("DR5", "AGGTCACCAGGAGGTCA"),
        ("DR2", "AGGTCAAAAGGTCA"),
        ("DR1", "AGGTCAAAGGTCA"),
        ("DR1", "GGGTCATGGTTCA"),
    ],
)
@pytest.mark.parametrize("strand", ["+", "-"])
def test_textbook_elements_planted_in_random_sequence_are_found(
    name: str, element: str, strand: str
) -> None:
    sequence = random_sequence(4000, seed=7)
    assert found_by_scan(sequence, Motif()) == set()
    planted = element if strand == "+" else element[::-1].translate(COMPLEMENT)
    sequence = sequence[:1500] + planted + sequence[1500:]
    assert (1500, 1500 + len(element), name, strand) in found_by_scan(sequence, Motif())
    assert found_by_scan(sequence.lower(), Motif()) == found_by_scan(sequence, Motif())


def brute_force(sequence: str, motif: Motif) -> set[tuple[int, int, str, str, int]]:
    """Every place, strand by strand, base by base."""
    site = motif.half_site
    back = [frozenset(b.translate(COMPLEMENT) for b in BASES_OF[x]) for x in reversed(site)]
    ahead = [frozenset(BASES_OF[x]) for x in site]

    def cost(word: str, pattern: list[frozenset[str]]) -> int:
        if set(word) - set("ACGT"):
            return 99
        return sum(b not in allowed for b, allowed in zip(word, pattern, strict=True))

    rows = set()
    n = len(site)
    for one in motif.arrangements:
        for start in range(len(sequence) - 2 * n - one.spacer + 1):
            second = start + n + one.spacer
            left, right = sequence[start : start + n], sequence[second : second + n]
            reads = {
                "DR": [("+", ahead, ahead), ("-", back, back)],
                "IR": [(".", ahead, back)],
                "ER": [(".", back, ahead)],
            }[one.kind]
            costs = {
                strand: (cost(left, a), cost(right, b)) for strand, a, b in reads
            }  # fmt: skip
            fits = {
                strand: sum(pair)
                for strand, pair in costs.items()
                if max(pair) <= motif.mismatches and sum(pair) <= motif.allowed
            }
            if fits:
                best = min(fits.values())
                strands = [strand for strand, total in fits.items() if total == best]
                strand = strands[0] if len(strands) == 1 else "."
                rows.add((start, second + n, one.name, strand, best))
    return rows


@settings(max_examples=60, deadline=None)
@given(
    st.text(alphabet="ACGTNR", max_size=60) | st.text(alphabet="AGTC", min_size=20, max_size=60),
    st.integers(0, 3),
    st.sampled_from([None, 1, 2]),
)
def test_mismatches_are_counted_as_brute_force_counts_them(
    sequence: str, mismatches: int, total: int | None
) -> None:
    """The better strand counts, a palindrome once, an unknown base never."""
    motif = Motif(
        **EVERY, half_site="RGKTC", mismatches=mismatches, total_mismatches=total
    )  # fmt: skip
    found = scan(encode(sequence), motif)
    signs = {1: "+", -1: "-", 0: "."}
    rows = {
        (int(s), int(e), motif.arrangements[a].name, signs[int(d)], int(m))
        for s, e, a, d, m in zip(
            found.start, found.end, found.arrangement, found.strand, found.mismatches, strict=True
        )
    }
    assert rows == brute_force(sequence, motif)
    assert len(rows) == len(found)


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet="ACGT", max_size=80), st.integers(0, 2))
def test_the_other_strand_holds_the_same_elements_mirrored(sequence: str, mismatches: int) -> None:
    motif = Motif(**EVERY, mismatches=mismatches)
    there = found_by_scan(sequence, motif)
    mirrored = decode(reverse_complement(encode(sequence)))
    swap = {"+": "-", "-": "+", ".": "."}
    size = len(sequence)
    back = found_by_scan(mirrored, motif)
    assert {(size - e, size - s, name, swap[strand]) for s, e, name, strand in back} == there


def test_an_unknown_base_never_fits_and_may_stand_in_a_spacer() -> None:
    assert found_by_scan("AGGTCANAGGTCA", Motif()) == {(0, 13, "DR1", "+")}
    for place in (0, 5, 7, 12):
        broken = "AGGTCANAGGTCA"[:place] + "N" + "AGGTCANAGGTCA"[place + 1 :]
        assert found_by_scan(broken, Motif(mismatches=2)) == set()
    assert found_by_scan("RGKTCANRGKTCA", Motif()) == set()


def test_short_and_empty_sequences_hold_nothing() -> None:
    for sequence in ("", "A", "AGGTCA", "AGGTCAAGGTC"):
        assert len(scan(encode(sequence), Motif())) == 0


@pytest.mark.parametrize(
    "motif",
    [
        Motif(),
        Motif(**EVERY),
        Motif(mismatches=1, total_mismatches=1),
        Motif(half_site="RGTTCA", direct=(), inverted=(2,), everted=(8,), mismatches=1),
    ],
)
def test_shuffled_sequence_holds_what_chance_gives(
    motif: Motif, shuffled: Codes, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = np.bincount(shuffled, minlength=UNKNOWN + 1)
    expected = expected_elements(motif, counts[None])
    found = scan(shuffled, motif)
    observed = np.bincount(found.arrangement, minlength=len(expected))
    low, high = poisson.interval(0.99, expected.sum())
    with capsys.disabled():
        names = ", ".join(one.name for one in motif.arrangements)
        print(
            f"\n{motif.half_site} {names}, {motif.allowed} mismatches, {len(shuffled):,} bases: "
            f"observed {observed.sum()}, expected {expected.sum():.1f}, 99 % of sequences "
            f"{low:.0f} to {high:.0f}"
        )
    assert low <= observed.sum() <= high
    each = poisson.interval(1 - 0.01 / len(expected), expected)
    assert ((each[0] <= observed) & (observed <= each[1])).all()


@pytest.mark.parametrize("motif", [Motif(mismatches=2), Motif(**EVERY, mismatches=1)])
def test_the_chance_of_an_element_is_its_share_among_all_words(motif: Motif) -> None:
    """All words of one half-site twice, each as probable as its bases."""
    motif = Motif(
        half_site="RGK", direct=motif.direct[:1], inverted=motif.inverted[:1],
        everted=motif.everted[:1], mismatches=motif.mismatches,
    )  # fmt: skip
    shares = np.array([0.1, 0.2, 0.3, 0.4])
    halves = ["".join(word) for word in product("ACGT", repeat=3)]
    for number, one in enumerate(motif.arrangements):
        chance = 0.0
        for left, right in product(halves, halves):
            word = left + "A" * one.spacer + right
            hits = scan(encode(word), motif)
            if ((hits.start == 0) & (hits.arrangement == number)).any():
                chance += float(np.prod(shares[encode(left + right)]))
        composition = np.array([[1, 2, 3, 4, 0]]) * 1000
        places = 10_000 - (one.spacer + 6) + 1
        expected = expected_elements(motif, composition) / places
        assert expected[number] == pytest.approx(chance, rel=1e-12)


def test_the_chance_is_that_of_each_sequence_and_falls_with_unknown_bases() -> None:
    one, two = np.array([[900, 100, 100, 900, 0]]), np.array([[100, 900, 900, 100, 0]])
    apart = expected_elements(Motif(), one) + expected_elements(Motif(), two)
    np.testing.assert_allclose(expected_elements(Motif(), np.vstack([one, two])), apart)
    half = np.array([[250, 250, 250, 250, 1000]])
    full = np.array([[500, 500, 500, 500, 0]])
    np.testing.assert_allclose(
        expected_elements(Motif(), half) * 2**12, expected_elements(Motif(), full)
    )
    assert expected_elements(Motif(), np.zeros((1, 5), dtype=np.int64)).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"half_site": "rgktca"},
        {"half_site": "AG"},
        {"half_site": "AGXTCA"},
        {"direct": ()},
        {"direct": (-1,)},
        {"direct": (1000,)},
        {"mismatches": -1},
        {"mismatches": 6},
        {"total_mismatches": -1},
    ],
)
def test_a_motif_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        Motif(**wrong)  # type: ignore[arg-type]
