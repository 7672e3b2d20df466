"""Baseline samples that the sheet declares: which serve a sample, and how a call names them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from atrasig.files import sha256_text
from atrasig.prediction.artefact import BaseModelArtefact
from atrasig.prediction.baselines import Baselines, Group, ranks_at
from atrasig.prediction.sample import SampleView, floor_fault
from atrasig.scoring.arrays import Array, Places

LEFT_OUT = "; left out: "
_LISTED = 20


@dataclass(frozen=True)
class Reference:
    """The declared baseline samples of one sample.

    Parameters
    ----------
    views
        Baseline samples, the judged one left out.
    paired
        Whether they are the patient's own.
    left_out
        Declared baselines that cannot serve, each with the reason.
    group
        Baselines of the context, of which `views` are all but the judged one; None where they are
        the patient's own.
    """

    views: tuple[SampleView, ...]
    paired: bool
    left_out: tuple[str, ...] = ()
    group: Group | None = None

    def median(self, view: SampleView, places: Places) -> Array:
        """Median rank of the baselines of a sample, shape (places,); NaN where one has none."""
        if self.group is not None:
            return self.group.median_without(view, places)
        found: Array = np.median(ranks_at(self.views, places), axis=0)
        return found

    def describe(self) -> str:
        """Names, count and hash of the baselines, as written to the table of calls."""
        unfit = f"{LEFT_OUT}{listing(self.left_out)}" if self.left_out else ""
        if not self.views:
            return f"no usable baseline{unfit}" if unfit else ""
        names = [view.name for view in self.views]
        content = sha256_text("\n".join(view.content_hash for view in self.views))[:12]
        number = f"{len(names)} baseline{'s' if len(names) > 1 else ''}"
        kind = "own baseline" if self.paired else f"{number} of the same context"
        return f"{kind}: {listing(names)} (sha256 {content}){unfit}"


def listing(names: Sequence[str]) -> str:
    """Join the first 20 names and say how many more there are."""
    more = f", and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def same_context_reference(
    view: SampleView, baselines: Baselines, model: BaseModelArtefact
) -> Reference:
    """Baselines of the sample's disease, tissue, material and platform class.

    Parameters
    ----------
    view
        The judged sample; never among its own baselines.
    baselines
        All samples declared ``baseline``.
    model
        Its floors decide which baselines can serve; those left out are named.
    """
    group = baselines.alike(
        view.context,
        lambda b: floor_fault(b, model) or _other_platform(b, view),
        (model.floors, view.platform),
    )
    return Reference(
        group.without(view.name),
        paired=False,
        left_out=named_faults(group.faults, view),
        group=group,
    )


def named_faults(faults: Iterable[tuple[str, str]], view: SampleView) -> tuple[str, ...]:
    """Name baselines that cannot serve, each with the reason, the judged sample left out."""
    return tuple(f"{name} ({why})" for name, why in faults if name != view.name)


def _other_platform(baseline: SampleView, view: SampleView) -> str:
    if baseline.platform == view.platform:
        return ""
    theirs, own = (p.replace("_", " ") or "unnamed" for p in (baseline.platform, view.platform))
    return f"{theirs} values, not {own}"
