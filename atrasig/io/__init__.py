"""Readers of expression matrices: one module a format, chosen by content.

The way of a file, from :func:`read_expression` in `formats` down:

==================  ==========================================================================
`formats`           the registry: asks each `format` in turn whether a file is of it
`options`           what the user may tell a reader
`compression`       every text is opened here; `plain` unpacks for libraries that need files
`text`              separated tables (`delimited`: `layout`, `header`, `blocks`, `decimals`), GCT,
                    Orange, DepMap, Firehose
`workbooks`         Excel and LibreOffice, parsed by a process of its own
`columnar`          parquet and feather
`counts`            a file a sample: STAR, HTSeq, featureCounts, Salmon, kallisto, RSEM, StringTie,
                    GDC; `assemble` joins folders of them
`geo`               series matrices and SOFT
`stores`            h5ad, zarr, loom, 10x
`no_matrix`         what people take for a matrix, refused with a reason
==================  ==========================================================================

A table of any of these becomes `cells` (columns of numbers and of text). `frame` decides on which
side the genes stand, `columns` what each column is, and the result is the `RawMatrix` of `table`.
`identifiers` then sums transcripts and names probes by the tables that `lookup` reads. `cls` reads
groups of samples, which are no matrix.
"""

from atrasig.io.format import Format
from atrasig.io.formats import FORMATS, input_files, read_expression, sniff
from atrasig.io.options import ReadOptions

__all__ = ["FORMATS", "Format", "ReadOptions", "input_files", "read_expression", "sniff"]
