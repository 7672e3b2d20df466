"""Target genes of ATRA: induced, with a response element in the promoter, and bound.

==================  ==========================================================================
`response`          differential tables: which genes are induced or repressed
`motif`, `scan`     response elements: what counts as one, and where they are
`fasta`, `gtf`      readers; `sequences` joins them to promoters, `scanned` tabulates these
`peaks`, `binding`  ChIP peaks, and the genes that they are assigned to
`naming`            promoters called by approved symbols
`evidence`          promoters and elements by gene
`classes`           what a gene is called, given its response and the evidence
`matching`,         whether promoters of changed genes hold more elements than others of the same
`enrichment`        length and GC
`find`              all of it together
`markdown`          what was found, as a page of text
==================  ==========================================================================
"""

from __future__ import annotations

from atrasig.targets.find import Targets, Thresholds, find_targets
from atrasig.targets.motif import Motif, encode
from atrasig.targets.scan import Elements, scan

__all__ = [
    "Elements",
    "Motif",
    "Targets",
    "Thresholds",
    "encode",
    "find_targets",
    "scan",
]
