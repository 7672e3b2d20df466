"""Compare atrasig's scores with its peers': ``python -m benchmarks.parity``.

Writes ``PARITY.md`` beside this file: where no values tie, where values tie, and on public
matrices. Fails where untied scores differ by more than the tolerance.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from atrasig.files import write_text
from benchmarks.inputs import Spec, write_input
from benchmarks.machine import describe_machine
from benchmarks.measure import WARM, AbsentError, scores_once
from benchmarks.pairs import PAIRS, REFERENCES, Pair
from benchmarks.published import published_section
from benchmarks.tables import markdown
from benchmarks.ties import pair_correlation, pair_difference, ties_section, undetected_section

RESULTS = Path(__file__).with_name("PARITY.md")
UNTIED = Spec("bulk", 40, 5000, 30)


def untied_rows(folder: Path) -> list[tuple[list[str], bool]]:
    """Compare each pair where nothing ties; the second value tells whether it passes."""
    place, warm = write_input(UNTIED, folder), write_input(WARM["bulk"], folder)
    return [_untied_row(pair, place, warm) for pair in (*REFERENCES, *PAIRS)]


def _untied_row(pair: Pair, place: Path, warm: Path) -> tuple[list[str], bool]:
    within = "–" if pair.tolerance is None else f"{pair.tolerance:.0e}"
    try:
        shape = (UNTIED.n_samples, UNTIED.n_sets)
        ours = scores_once(pair.ours_tidy, place, warm).reshape(shape)
        theirs = scores_once(pair.peer, place, warm).reshape(shape)
    except AbsentError as absent:
        return [pair.peer, pair.ours, str(absent), within, "", "", pair.why], True
    gap = pair_difference(pair, ours, theirs)
    passes = pair.tolerance is None or gap <= pair.tolerance
    r = f"{pair_correlation(pair, ours, theirs):.6f}"
    met = "–" if pair.tolerance is None else "yes" if passes else "**no**"
    return [pair.peer, pair.ours, f"{gap:.1e}", within, met, r, pair.why], passes


def main() -> None:
    """Compare, print and write down."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        untied = untied_rows(folder)
        header = ("one", "other", "largest difference", "at most", "met", "r", "")
        text = "\n\n".join(
            [
                "# Agreement with peers",
                describe_machine("make parity"),
                "Differences are relative to the peer's largest score; r is the median over sets "
                "of the correlation over samples.",
                "## Without ties",
                f"{UNTIED.n_samples} samples x {UNTIED.n_genes:,} genes, {UNTIED.n_sets} sets.",
                markdown(header, [row for row, _ in untied]),
                ties_section(folder),
                undetected_section(folder),
                published_section(folder),
            ]
        )
    print(text)
    write_text(RESULTS, text + "\n")
    if not all(passes for _, passes in untied):
        raise SystemExit("Scores without ties differ by more than their tolerance.")


if __name__ == "__main__":
    main()
