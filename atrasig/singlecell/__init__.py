"""Single cells: their quality, and their sums into pseudobulk samples."""

from atrasig.singlecell.labels import label_cells
from atrasig.singlecell.pseudobulk import pseudobulk
from atrasig.singlecell.quality import annotate_cells, filter_cells

__all__ = ["annotate_cells", "filter_cells", "label_cells", "pseudobulk"]
