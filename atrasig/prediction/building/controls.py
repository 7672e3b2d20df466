"""Positive controls: whether the data say of a known sample what is known of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from atrasig.errors import UsageError
from atrasig.prediction.building.samples import Chosen
from atrasig.prediction.kinds.linear_parts import PositiveControl

MIN_AMONG = 8
SHARE = 0.25
CONTROL_RULE = (
    "A positive control passes if its label is the known one, or its measured response lies in "
    f"the most sensitive quarter of its lineage (of all samples where that has fewer than "
    f"{MIN_AMONG})."
)


def judge_controls(
    names: Sequence[str], chosen: Chosen, higher_is: str
) -> tuple[PositiveControl, ...]:
    """Compare samples known to be sensitive with what was measured of them.

    Parameters
    ----------
    names
        Samples of the training data.
    chosen
        The training data.
    higher_is
        What a high response means.

    Returns
    -------
    tuple
        By name. `rank` counts the samples measured as more sensitive, and one.

    Raises
    ------
    UsageError
        If a name is not among the samples.
    """
    absent = sorted(set(names) - set(chosen.data.samples))
    if absent:
        why = "; ".join(f"{name}: {chosen.left_out.get(name, 'not there')}" for name in absent)
        raise UsageError(
            f"Positive controls are not among the training samples: {', '.join(absent)}", where=why
        )
    return tuple(_judge(name, chosen, higher_is) for name in sorted(set(names)))


def _judge(name: str, chosen: Chosen, higher_is: str) -> PositiveControl:
    data = chosen.data
    place = data.samples.index(name)
    own = np.array(data.groups) == data.groups[place]
    if data.kind == "label" or not data.groups[place] or own.sum() < MIN_AMONG:
        own, among = np.ones(len(data.samples), dtype=bool), "all samples"
    else:
        among = data.groups[place]
    sensitivity = data.response if higher_is == "sensitive" else -data.response
    rank = 1 + int((sensitivity[own] > sensitivity[place]).sum())
    of = int(own.sum())
    passed = rank == 1 if data.kind == "label" else rank <= np.ceil(SHARE * of)
    return PositiveControl(
        name=name, expected="sensitive", response=float(data.response[place]), rank=rank, of=of,
        among=among, passed=bool(passed),
    )  # fmt: skip
