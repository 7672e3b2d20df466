"""A valid signature file as text."""

from __future__ import annotations

VALID = """\
id: mine
version: 1.2.3
title: A list of mine
kind: response
scale: log2
source: {citation: Me}
obtained: curated
licence: CC0
genes:
- {gene: CYP26A1, direction: up, weight: 2}
- {gene: DHRS3, direction: down, weight: -0.5}
"""
