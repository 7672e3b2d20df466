"""How far two tools' scores agree."""

from __future__ import annotations

import numpy as np


def largest_difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Largest difference, relative to the largest absolute score of the peer."""
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def correlation(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Median over gene sets of Pearson's correlation over samples; constant sets are left out."""
    varies = (np.ptp(ours, axis=0) > 0) & (np.ptp(theirs, axis=0) > 0)
    pairs = zip(ours[:, varies].T, theirs[:, varies].T, strict=True)
    found = [np.corrcoef(one, other)[0, 1] for one, other in pairs]
    return float(np.median(found)) if found else float("nan")


def align_signs(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Turn each of our sets about where that brings it nearer: a singular vector has no sign."""
    return ours * np.where((ours * theirs).sum(axis=0) < 0, -1.0, 1.0)


def agreement(ours: np.ndarray, theirs: np.ndarray, same: str) -> str:
    """Say in words how far two arrays of scores (samples x sets) agree."""
    if same == "other":
        return "another score"
    gap = largest_difference(align_signs(ours, theirs) if same == "turned" else ours, theirs)
    if same != "alike":
        return f"largest difference {gap:.1e}"
    return f"median r {correlation(ours, theirs):.4f}, largest difference {gap:.1e}"
