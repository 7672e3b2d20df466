r"""Build the shipped probe maps, ``atrasig/data/probes.tsv.gz`` (maintainers only).

::

    python scripts/build_probe_maps.py IDS CHIP

IDS is the folder of the platform tables (named in ``PLATFORMS``), CHIP the HG-U95 table of GSEA.
A line holds a chip, the symbols of its annotation as written there, joined by ``|``, and the
probes that name exactly these. Rules:

1. Probes without a symbol and control probe sets (``AFFX-``) are left out.
2. Of HG-U95 only the probes of HG-U95Av2 are taken: those numbered up to 41880.
3. Every probe of HG-U133A stands on HG-U133 Plus 2 with the same symbols, so it has no map of its
   own; the script stops should that change.
4. Illumina's table spells some symbols out to hide them from spreadsheets (``Septin 3``,
   ``Selenoprotein 15``); they are put back (``SEPT3``, ``SEP15``).
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from atrasig.genes.building import write_table
from atrasig.genes.probes import CONTROLS
from atrasig.genes.sources import Column, read_columns

ROOT = Path(__file__).resolve().parents[1]
COMMENTS = (
    "version: 1",
    "HG-U95Av2: HG-U95 chip table of GSEA (MSigDB 7.0, symbols of Ensembl), through GSEApy at "
    "commit 08cb2b68",
    "HG-U133 Plus 2: GEO platform GPL570 through AML-BET at commit 3739e060; every probe of "
    "HG-U133A (GPL96) is on it with the same symbols",
    "HumanHT-12 v4: GEO platform GPL10558 from the same place",
    "rules: scripts/build_probe_maps.py; without control probe sets and probes without a symbol",
)
PLATFORMS = {
    "HG-U133 Plus 2": ("GPL570_HGU133Plus2_probe2symbol.tsv.gz", "Gene Symbol"),
    "HumanHT-12 v4": ("GPL10558_IlluminaHT12v4_probe2symbol.tsv.gz", "Symbol"),
}
SUBSET = ("GPL96_HGU133A_probe2symbol.tsv.gz", "Gene Symbol")
LAST_OF_U95A = 41880
SPELLED_OUT = (("Septin ", "SEPT"), ("Selenoprotein ", "SEP"))

Probes = dict[str, frozenset[str]]


def read_probes(path: Path, probe: str, symbol: str) -> Probes:
    """Symbols of every probe, from one line or several."""
    found: dict[str, set[str]] = defaultdict(set)
    columns = [Column("probe", (probe,)), Column("symbol", (symbol,))]
    for name, cell in read_columns(path, columns, "Fetch the platform table again."):
        if not name.startswith(CONTROLS):
            found[name].update(symbols_of(cell))
    return {name: frozenset(symbols) for name, symbols in found.items() if symbols}


def symbols_of(cell: str) -> Iterator[str]:
    """Symbols of a cell: ``DDR1 /// MIR4640``; ``---`` stands for none."""
    for name in cell.split("///"):
        symbol = name.strip()
        for spelled, short in SPELLED_OUT:
            if symbol.startswith(spelled):
                symbol = symbol.replace(spelled, short)
        if symbol and symbol != "---":
            yield symbol


def is_u95a(probe: str) -> bool:
    """Whether an HG-U95 probe is one of chip A."""
    number = re.match(r"\d+", probe)
    return number is not None and int(number[0]) <= LAST_OF_U95A


def lines_of(chip: str, probes: Probes) -> Iterator[str]:
    """One line a set of symbols."""
    grouped: dict[str, list[str]] = defaultdict(list)
    for probe, symbols in probes.items():
        grouped["|".join(sorted(symbols))].append(probe)
    for symbols_text, names in sorted(grouped.items()):
        yield f"{chip}\t{symbols_text}\t{' '.join(sorted(names))}"


def build(ids: Path, chip: Path) -> str:
    """Text of the probe maps from their sources."""
    u95 = read_probes(chip, "Probe Set ID", "Gene Symbol")
    maps = {
        name: read_probes(ids / file, "ID", column) for name, (file, column) in PLATFORMS.items()
    }
    maps["HG-U95Av2"] = {probe: symbols for probe, symbols in u95.items() if is_u95a(probe)}
    subset = read_probes(ids / SUBSET[0], "ID", SUBSET[1])
    if not subset.items() <= maps["HG-U133 Plus 2"].items():
        raise SystemExit("HG-U133A differs from HG-U133 Plus 2: give it a map of its own")
    lines = [f"# {line}" for line in COMMENTS] + ["chip\tsymbols\tprobes"]
    lines += [line for name, probes in maps.items() for line in lines_of(name, probes)]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Read the arguments, build the maps and write them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("ids", type=Path, help="folder of the platform tables")
    parser.add_argument("chip", type=Path, help="HG-U95 chip table of GSEA")
    parser.add_argument("--out", type=Path, default=ROOT / "atrasig/data/probes.tsv.gz")
    args = parser.parse_args()
    write_table(args.out, build(args.ids, args.chip))
    print(f"{args.out}: {args.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
