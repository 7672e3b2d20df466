"""Write ``docs/validation.md``; run by ``make validation``.

Usage: python -m benchmarks.validation [--data FOLDER] [--out PAGE] [--permutations N]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from atrasig.files import write_text
from benchmarks.measure import ROOT
from benchmarks.validation import gdsc, page, recipes, responses

DATA = ROOT.parent / "shared" / "data"


def main(arguments: Sequence[str] | None = None) -> None:
    """Freeze the figures of the response models, test the recipes, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "validation.md")
    parser.add_argument("--permutations", type=int, default=gdsc.PERMUTATIONS)
    parser.add_argument("--models-only", action="store_true", help="keep the part on the recipes")
    chosen = parser.parse_args(arguments)
    subprocess.run(
        [sys.executable, ROOT / "scripts" / "apl_reference.py", chosen.data],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    responses.freeze(chosen.data)
    models = page.shipped()
    if chosen.models_only:
        _, found, rest = chosen.out.read_text(encoding="utf-8").partition(recipes.TITLE)
        write_text(chosen.out, f"{models}\n{found}{rest}")
        return
    write_text(chosen.out, f"{models}\n{recipes.part(chosen.data, chosen.permutations)}")


if __name__ == "__main__":
    main()
