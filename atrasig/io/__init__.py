"""Readers: one module a format, chosen by content."""

from atrasig.io.formats import FORMATS, read_expression, sniff

__all__ = ["FORMATS", "read_expression", "sniff"]
