"""Gene identifiers: from whatever a matrix calls its genes to approved human symbols.

The shipped table ``atrasig/data/genes.tsv.gz`` holds every protein-coding gene that has a symbol
and every gene of the shipped signatures; its first lines name its version and its sources. It is
made by ``scripts/build_gene_table.py``; ``atrasig genes build`` makes a genome-wide one from
downloads of the user's own. The rules:

- An approved symbol is never read as the alias of another gene.
- A name, probe or date of several genes is ambiguous: kept as it is and counted, never guessed.
- A number, text or date with two readings (``09/06/2001``, ``45171``) is not read at all.
- Letter case counts: ``tp53`` is the zebrafish gene, ``Trp53`` the mouse gene.
- Of a composite (``A1BG (1)``) the id decides; a name of another gene beside it is counted.
- A gene outside the table keeps its own id. So do the coding genes that Ensembl gives no symbol.
- A list is of mouse if clearly more of its ids are known as mouse than as human; its genes then go
  through one-to-one orthologs, and a gene without one keeps its own id.
"""

from __future__ import annotations

from atrasig.genes.lookup import Hit
from atrasig.genes.recognition import looks_like_gene_ids
from atrasig.genes.resolution import KINDS, Resolution
from atrasig.genes.table import (
    CODING,
    COLUMNS,
    GeneTable,
    load_gene_table,
    read_gene_table,
)

__all__ = [
    "CODING",
    "COLUMNS",
    "KINDS",
    "GeneTable",
    "Hit",
    "Resolution",
    "load_gene_table",
    "looks_like_gene_ids",
    "read_gene_table",
]
