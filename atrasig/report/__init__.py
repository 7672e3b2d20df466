"""The per-sample record, and the pages that display it."""

from atrasig.report.build import build_records, contrast_tables
from atrasig.report.evidence import build_provenance
from atrasig.report.html import render_index, render_sample
from atrasig.report.index import IndexRow, index_row, index_rows, read_manifest, write_manifest
from atrasig.report.index_overview import Overview
from atrasig.report.record import Provenance, SampleRecord, record_schema
from atrasig.report.write import write_index, write_sample

__all__ = [
    "IndexRow",
    "Overview",
    "Provenance",
    "SampleRecord",
    "build_provenance",
    "build_records",
    "contrast_tables",
    "index_row",
    "index_rows",
    "read_manifest",
    "record_schema",
    "render_index",
    "render_sample",
    "write_index",
    "write_manifest",
    "write_sample",
]
