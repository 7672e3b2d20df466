"""How much of its long lists a page shows, so that no page outgrows what can be mailed."""

from __future__ import annotations

from typing import NamedTuple

MAX_BYTES = 290_000
"""Size of a page above which it shows less of its long lists; the record holds all of them."""


class Room(NamedTuple):
    """Signatures, sets and rows that a page shows at most.

    ``background`` counts the lists that stand behind no call, ``rows`` those of one download.
    """

    signatures: int = 60
    background: int = 20
    enrichment: int = 60
    lists: int = 150
    rows: int = 400


ROOMS = (Room(), Room(30, 10, 30, 60, 150), Room(10, 4, 10, 20, 40))
"""From the largest to the smallest; a page takes the first in which it fits."""
