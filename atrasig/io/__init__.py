"""Readers: one module a format, chosen by content."""

from atrasig.io.format import Format
from atrasig.io.formats import FORMATS, input_files, read_expression, sniff
from atrasig.io.options import ReadOptions

__all__ = ["FORMATS", "Format", "ReadOptions", "input_files", "read_expression", "sniff"]
