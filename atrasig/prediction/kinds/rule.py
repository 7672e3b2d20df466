"""Rule: published conditions on single genes or lists of one sample, against a reference.

A rule that is met says that the sample lies in a context in which sensitivity was reported. It is
no measured prediction, so it never says more than ``intermediate``.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from atrasig.prediction.artefact import BaseModelArtefact
from atrasig.prediction.condition import FEWEST, Condition, Judged
from atrasig.prediction.declared import Reference, same_context_reference
from atrasig.prediction.inputs import ModelInputs
from atrasig.prediction.likeness import reference_fault
from atrasig.prediction.outcome import NO_CALL, Driver, Outcome
from atrasig.prediction.sample import SPARSE, SampleView, floor_fault
from atrasig.scoring.arrays import Array
from atrasig.vocabulary import load_vocabulary

MET = "intermediate"
INTERVAL_KIND = (
    "95 % exact binomial interval of the share of the reference that the sample passes, less the "
    "share asked; not a probability"
)
NO_REFERENCE = "the rule has no frozen reference for"
_SAME = 1e-12


class RuleModel(BaseModelArtefact):
    """Conditions that must hold, all or any of them.

    Parameters
    ----------
    universe
        Genes ranked against each other.
    combine
        Whether all conditions must hold or any one.
    conditions
        The conditions.
    reported
        What was reported of this context, as the end of a sentence.
    stated
        Diseases whose declaration meets the rule without a look at the values: where the
        publication classed samples by what the sheet says.
    reference
        ``frozen``: values in the conditions. ``declared``: the baseline samples that the sheet
        names, of the same disease, tissue, material and platform class.
    cohort
        What a frozen reference is.
    min_reference
        Declared baselines needed, the judged sample left out.
    min_likeness
        Least Spearman correlation with the median declared baseline.
    """

    kind: Literal["rule"]
    question: Literal["sensitivity"]
    universe: Literal["coding"]
    combine: Literal["all", "any"]
    conditions: tuple[Condition, ...] = Field(min_length=1)
    reported: str = Field(min_length=1)
    stated: tuple[str, ...] = ()
    reference: Literal["frozen", "declared"]
    cohort: str = ""
    min_reference: int = Field(default=FEWEST, ge=FEWEST)
    min_likeness: float = Field(default=0.7, ge=0, lt=1)

    @model_validator(mode="after")
    def _check_rule(self) -> RuleModel:
        vocabulary = load_vocabulary()
        unknown = [name for name in self.stated if name not in vocabulary]
        if unknown:
            raise ValueError(f"stated must be ids of diseases, unknown: {', '.join(unknown)}")
        platforms = {frozenset(c.frozen) for c in self.conditions}
        if len(platforms) > 1 or any(platforms) != (self.reference == "frozen"):
            raise ValueError(
                "every condition of a frozen reference needs values of the same platform classes, "
                "and none of a declared one may have any"
            )
        if (self.reference == "frozen") != bool(self.cohort):
            raise ValueError("cohort says what a frozen reference is, and only that")
        return self

    def rests_on(self, known: Container[str]) -> tuple[str, ...]:
        """Name the signatures of the conditions."""
        del known
        return tuple(c.signature for c in self.conditions if c.signature)


def apply(model: RuleModel, view: SampleView, inputs: ModelInputs) -> Outcome:
    """Apply the rule to one sample.

    The score is the margin of the condition that decides: the tightest where all must hold, the
    best where any may. It is the share of the reference that the sample passes less the share
    asked, so that the rule is met from 0. The interval is over the choice of the reference
    samples; the contribution of a condition that does not decide is 0.

    Returns
    -------
    Outcome
        ``intermediate`` where the rule is met, ``no call`` with the numbers otherwise.
    """
    values, fault = _values(model, view, inputs)
    reference, described, missing = _reference(model, view, inputs)
    floor = floor_fault(view, model)
    fault = floor or fault
    silent = Outcome(
        NO_CALL,
        fault or missing,
        reference=described,
        n_genes=len(values),
        n_matched=int((~np.isnan(values)).sum()),
    )
    stated = _stated_disease(model, view)
    if stated:
        reason = f"the sheet states {stated}, {_context(model)} {_words(model)}"
        call = NO_CALL if floor else MET
        return replace(silent, call=call, reason=floor or reason, reference="the sheet")
    if np.isnan(values).any() or reference is None:
        return silent
    found = [
        Judged(condition, float(value), condition.passed(value, column), column.size)
        for condition, value, column in zip(model.conditions, values, reference.T, strict=True)
    ]
    choose = min if model.combine == "all" else max
    place = choose(range(len(found)), key=lambda i: found[i].margin)
    return _judged(model, silent, found, place)


def _judged(model: RuleModel, silent: Outcome, found: list[Judged], place: int) -> Outcome:
    deciding = found[place]
    low, high = deciding.interval
    is_met = deciding.margin >= -_SAME
    fault = silent.reason
    shown = f" {'and' if model.combine == 'all' else 'or'} ".join(f.sentence() for f in found)
    unmet = f"rule not met, which is no evidence of resistance: {shown}"
    reason = f"rule met, {_context(model)}: {shown}" if is_met else unmet
    return replace(
        silent,
        call=MET if is_met and not fault else NO_CALL,
        reason=fault or reason,
        score=deciding.margin,
        low=low,
        high=high,
        interval_kind=INTERVAL_KIND,
        threshold_low=0.0,
        percentile=100 * deciding.k / deciding.n,
        drivers=tuple(
            Driver(f.condition.name, model.id, f.value, f.margin if i == place else 0.0)
            for i, f in enumerate(found)
        ),
    )


def _context(model: RuleModel) -> str:
    return f"a context {model.reported} (no measured prediction)"


def _words(model: RuleModel) -> str:
    against = " ".join(text for c in model.conditions for text in c.contradicting)
    cited = "; ".join(dict.fromkeys(c.citation for c in model.conditions))
    return f"[{cited}]" + (f"; against it: {against}" if against else "")


def _stated_disease(model: RuleModel, view: SampleView) -> str:
    """Name of the declared disease where it meets the rule by itself."""
    vocabulary = load_vocabulary()
    met = view.disease and any(vocabulary.is_a(view.disease, name) for name in model.stated)
    return vocabulary[view.disease].name if met else ""


def _values(model: RuleModel, view: SampleView, inputs: ModelInputs) -> tuple[Array, str]:
    """Value of every condition in a sample, and why one of them cannot be had."""
    values, faults = [], []
    for condition in model.conditions:
        ranks = inputs.ranks_of(view, _genes(condition, inputs))
        measured = ranks[~np.isnan(ranks)]
        enough = measured.size >= model.floors.coverage * ranks.size
        values.append(float(measured.mean()) if enough else np.nan)
        if not enough:
            faults.append(f"{condition.name}: {measured.size} of {ranks.size} measured")
    needed = f"{model.floors.coverage:.0%} needed"
    return np.array(values), f"{SPARSE}: {'; '.join(faults)}, {needed}" if faults else ""


def _genes(condition: Condition, inputs: ModelInputs) -> tuple[str, ...]:
    if condition.gene:
        return (condition.gene,)
    return tuple(sorted(inputs.signatures[condition.signature].symbols))


def _reference(
    model: RuleModel, view: SampleView, inputs: ModelInputs
) -> tuple[Array | None, str, str]:
    """Values (samples, conditions) of the reference, what it is, and why it cannot serve."""
    if model.reference == "frozen":
        columns = [condition.frozen.get(view.platform) for condition in model.conditions]
        known = [column for column in columns if column is not None]
        if len(known) == len(columns):
            return np.array(known).T, f"frozen in the model: {model.cohort}", ""
        named = ", ".join(sorted(model.conditions[0].frozen)).replace("_", " ")
        platform = view.platform.replace("_", " ") or "unnamed"
        return None, "", f"{NO_REFERENCE} {platform} data (it has: {named})"
    chosen = same_context_reference(view, inputs.baselines, model)
    fault = _too_few(model, view, chosen) or reference_fault(
        view, chosen, model, inputs, model.min_likeness
    )
    rows = [inputs.kept(b, lambda b: _values(model, b, inputs)[0]) for b in chosen.views]
    table = np.array(rows).reshape(len(rows), len(model.conditions))
    usable = len(rows) >= model.min_reference and not np.isnan(table).any()
    if len(rows) >= model.min_reference and not usable:
        fault = fault or f"{SPARSE}: a gene of the rule is not measured in every baseline"
    return (table if usable else None), chosen.describe(), fault


def _too_few(model: RuleModel, view: SampleView, chosen: Reference) -> str:
    found = len(chosen.views)
    if found >= model.min_reference:
        return ""
    besides = "other " if view.timepoint == "baseline" else ""
    return (
        f"needs a reference: {found} usable {besides}baseline samples of the same disease, tissue, "
        f"material and platform class are declared, {model.min_reference} are needed to say what "
        "is high or low"
    )
