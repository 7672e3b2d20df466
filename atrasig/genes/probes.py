"""Probes of four arrays: which symbols the makers' annotation names for them.

The shipped file ``atrasig/data/probes.tsv.gz`` is read only when identifiers look like probes.
A list of probes is of one chip: the one that holds most of them, if it holds at least half. So
ids that merely look alike (``7157_at`` of a remapped chip is an Entrez id) are not mapped.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from atrasig.errors import GeneIdError
from atrasig.files import data_path
from atrasig.genes.lookup import Hit, Lookup

CONTROLS = "AFFX-"
"""Probe sets that check the hybridisation; they are mapped to no gene."""
FEWEST_ON_CHIP = 0.5
_COLUMNS = "chip\tsymbols\tprobes"


@dataclass(frozen=True, eq=False)
class Chip:
    """Probes of one array.

    Parameters
    ----------
    name
        Name of the array.
    symbols
        Probe to the symbols that its annotation names, as written there.
    """

    name: str
    symbols: Mapping[str, tuple[str, ...]] = field(repr=False)

    def find(self, probe: str, human: Lookup) -> Hit:
        """Find the gene of a probe.

        Parameters
        ----------
        probe
            Probe id.
        human
            Gives the approved symbol of the annotation's names.

        Returns
        -------
        Hit
            The gene; ``ambiguous`` if the annotation names several genes, or a name of several;
            a name that the table does not know is kept as the annotation writes it.
        """
        names = self.symbols.get(probe)
        if names is None:
            return Hit(probe, "unmapped")
        hits = [human.name(name) for name in names]
        symbols = {hit.symbol for hit in hits}
        if len(symbols) > 1 or any(hit.kind == "ambiguous" for hit in hits):
            return Hit(probe, "ambiguous")
        return Hit(hits[0].symbol, "probe")


@lru_cache(maxsize=1)
def load_chips() -> tuple[Chip, ...]:
    """Read the shipped probe maps, once a process.

    Raises
    ------
    GeneIdError
        If the installed file is damaged.
    """
    path = data_path("probes.tsv.gz")
    fix = "Install atrasig again."
    try:
        lines = gzip.decompress(path.read_bytes()).decode("ascii").splitlines()
    except (OSError, EOFError, ValueError) as error:
        raise GeneIdError(f"Cannot read the probe maps: {error}", where=path.name, fix=fix) from (
            error
        )
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    if not rows or "\t".join(rows[0]) != _COLUMNS or any(len(row) != 3 for row in rows):
        raise GeneIdError("The probe maps are not of the known form", where=path.name, fix=fix)
    chips: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, symbols, probes in rows[1:]:
        names = tuple(symbols.split("|"))
        chips.setdefault(name, {}).update((probe, names) for probe in probes.split(" "))
    return tuple(Chip(name, probes) for name, probes in chips.items())


def choose_chip(probes: Sequence[str]) -> Chip | None:
    """Choose the chip that a list of probes is from.

    Parameters
    ----------
    probes
        Texts that look like probes.

    Returns
    -------
    Chip or None
        The chip with most of them, on a tie the first in the file; None if it has fewer than half.
        Control probe sets are not counted.
    """
    probes = [probe for probe in probes if not probe.startswith(CONTROLS)]
    if not probes:
        return None
    hits = [sum(probe in chip.symbols for probe in probes) for chip in load_chips()]
    most = max(hits)
    return load_chips()[hits.index(most)] if most >= FEWEST_ON_CHIP * len(probes) else None
