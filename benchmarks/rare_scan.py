"""Time the scan for response elements beside Python's regular expressions, on promoters' sizes.

    python -m benchmarks.rare_scan [--promoters 20000] [--length 3000]

Prints a table. Both look for direct repeats with spacers 1, 2 and 5 on both strands of the same
random sequences, on one core, and must find the same elements.
"""

from __future__ import annotations

import argparse
import re
import sys
import time

import numpy as np

from atrasig.targets import Motif, encode, scan

SEED = 6
REQUIRED_SECONDS = 60
"""The scan of 20,000 promoters of 3,000 bases has to take less."""
_FORWARD, _BACKWARD = "[AG]G[GT]TCA", "TGA[AC]C[CT]"

Found = list[tuple[int, int, int, int]]


def random_promoters(n: int, length: int) -> list[str]:
    """Sequences of equally probable bases, the same for the same sizes."""
    rng = np.random.default_rng(SEED)
    letters = np.frombuffer(b"ACGT", np.uint8)
    return [letters[rng.integers(0, 4, length)].tobytes().decode() for _ in range(n)]


def scanned(promoters: list[str]) -> Found:
    """Promoter, start, end and strand of every element, by atrasig."""
    motif, found = Motif(), []
    for number, sequence in enumerate(promoters):
        hits = scan(encode(sequence), motif)
        places = (hits.start.tolist(), hits.end.tolist(), hits.strand.tolist())
        found += [(number, *place) for place in zip(*places, strict=True)]
    return sorted(found)


def searched(promoters: list[str]) -> Found:
    """Promoter, start, end and strand of every element, by ``re``."""
    patterns = [
        (re.compile(f"(?={side}.{{{n}}}{side})"), 12 + n, strand)
        for side, strand in ((_FORWARD, 1), (_BACKWARD, -1))
        for n in (1, 2, 5)
    ]
    return sorted(
        (number, match.start(), match.start() + size, strand)
        for number, sequence in enumerate(promoters)
        for pattern, size, strand in patterns
        for match in pattern.finditer(sequence)
    )


def main() -> int:
    """Run both and compare.

    Returns
    -------
    int
        1 if they differ, or if the scan of 60 million bases takes too long.
    """
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--promoters", type=int, default=20_000)
    parser.add_argument("--length", type=int, default=3_000)
    given = parser.parse_args()
    promoters = random_promoters(given.promoters, given.length)
    bases = given.promoters * given.length
    print(f"{given.promoters:,} promoters of {given.length:,} bases: {bases:,} bases\n")
    print("| tool | processor seconds | million bases a second | elements |")
    print("|---|---|---|---|")
    found, seconds = {}, {}
    for name, tool in (("atrasig.targets.scan", scanned), ("re", searched)):
        start = time.process_time()
        found[name] = tool(promoters)
        seconds[name] = time.process_time() - start
        speed = bases / 1e6 / seconds[name]
        print(f"| {name} | {seconds[name]:.2f} | {speed:.1f} | {len(found[name]):,} |")
    ours, theirs = found.values()
    same = ours == theirs
    print(f"\nthe same elements: {'yes' if same else 'NO'}")
    slow = seconds["atrasig.targets.scan"] * 60e6 / bases > REQUIRED_SECONDS
    return int(not same or slow)


if __name__ == "__main__":
    sys.exit(main())
