"""Baseline samples that the sheet declares: which serve a sample, and how a call names them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from atrasig.files import sha256_text
from atrasig.prediction.artefact import BaseModelArtefact
from atrasig.prediction.sample import SampleView, floor_fault

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
    """

    views: tuple[SampleView, ...]
    paired: bool
    left_out: tuple[str, ...] = ()

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


def others_than(view: SampleView, baselines: Sequence[SampleView]) -> list[SampleView]:
    """Baselines by name, the judged sample left out."""
    return sorted((b for b in baselines if b.name != view.name), key=lambda b: b.name)


def same_context_reference(
    view: SampleView, baselines: Sequence[SampleView], model: BaseModelArtefact
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
    alike = [b for b in others_than(view, baselines) if b.context == view.context]
    faults = {b.name: floor_fault(b, model) or _other_platform(b, view) for b in alike}
    return Reference(
        tuple(b for b in alike if not faults[b.name]),
        paired=False,
        left_out=tuple(f"{name} ({fault})" for name, fault in faults.items() if fault),
    )


def _other_platform(baseline: SampleView, view: SampleView) -> str:
    if baseline.platform == view.platform:
        return ""
    theirs, own = (p.replace("_", " ") or "unnamed" for p in (baseline.platform, view.platform))
    return f"{theirs} values, not {own}"
