"""Rank once, score many: samples against signatures."""

from atrasig.scoring.run import score

__all__ = ["score"]
