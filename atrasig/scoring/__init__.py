"""Rank once, score many: samples against signatures."""

from atrasig.scoring.run import score, score_blocks

__all__ = ["score", "score_blocks"]
