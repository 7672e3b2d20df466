"""Single cells: their quality, and their sums into pseudobulk samples.

A matrix in memory or a file becomes `cells`, whose counts are read in bands; files by `stored`.
`pseudobulk` sums these, `quality` measures cells, `labels` brings in a table, `counts` says what
counts are.
"""

from atrasig.singlecell.labels import label_cells
from atrasig.singlecell.pseudobulk import pseudobulk
from atrasig.singlecell.quality import annotate_cells, filter_cells

__all__ = ["annotate_cells", "filter_cells", "label_cells", "pseudobulk"]
