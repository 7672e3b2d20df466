"""Readers: one module a format, chosen by content."""

from atrasig.io.format import Format
from atrasig.io.formats import FORMATS, read_expression, sniff
from atrasig.io.options import ReadOptions

__all__ = ["FORMATS", "Format", "ReadOptions", "read_expression", "sniff"]
