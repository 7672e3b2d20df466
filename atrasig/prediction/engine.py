"""The engine: one sample through the models that fit it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from atrasig.prediction.baselines import Baselines
from atrasig.prediction.gate import (
    candidates,
    contradiction,
    model_gate,
    no_model_reason,
    sample_gate,
    unreadable,
)
from atrasig.prediction.inputs import ModelInputs
from atrasig.prediction.kinds import Model, SlotModel, apply
from atrasig.prediction.likeness import domain_fault, percentile
from atrasig.prediction.loading import load_models, model_hash
from atrasig.prediction.outcome import NO_CALL, Outcome
from atrasig.prediction.sample import (
    DeclaredContext,
    SampleView,
    is_baseline,
    iterate_views,
    view_samples,
)
from atrasig.scoring.universe import Universe, select_universe
from atrasig.signatures import (
    SignatureSet,
    load_fusions,
    load_signatures,
    load_with_shipped,
)
from atrasig.vocabulary import Vocabulary, load_vocabulary

if TYPE_CHECKING:
    from anndata import AnnData


@dataclass(frozen=True)
class Answer:
    """What one model answers for one sample; `model` is None where no model fits."""

    model: Model | None
    model_hash: str
    outcome: Outcome


@dataclass(frozen=True)
class Engine:
    """Everything frozen that one run of predictions needs; made by :meth:`build`."""

    expr: AnnData
    obs: pd.DataFrame
    declared: DeclaredContext
    models: tuple[Model, ...]
    inputs: Mapping[str, ModelInputs]
    signatures: SignatureSet
    vocabulary: Vocabulary
    universe: Universe
    position: Mapping[str, int]

    @classmethod
    def build(
        cls,
        expr: AnnData,
        obs: pd.DataFrame,
        declared: DeclaredContext,
        model_paths: Sequence[str | Path] | str | Path,
        signatures: SignatureSet | None,
    ) -> Engine:
        """Load the models and rank the declared baselines of the whole matrix.

        Parameters
        ----------
        expr, obs
            Harmonised matrix, and what is known of each of its samples.
        declared
            Context of samples without one of their own.
        model_paths
            Files of further models.
        signatures
            Signatures that models may rest on beside the shipped ones; None: the user's library.
        """
        if signatures is None:
            library = load_with_shipped()
        else:
            library = load_signatures().with_added(signatures)
        models = load_models(model_paths)
        universe = select_universe(expr, "coding")
        timepoint = obs["timepoint"] if "timepoint" in obs else pd.Series("", index=obs.index)
        named = [str(name) for name, when in timepoint.items() if is_baseline(when)]
        position = {gene: place for place, gene in enumerate(universe.symbols)}
        baselines = Baselines(view_samples(expr, universe, declared, named, obs))
        statements = load_fusions()
        inputs = {
            model.id: ModelInputs(
                model_hash(model, library), position, library, baselines, statements
            )
            for model in models
        }
        return cls(
            expr=expr,
            obs=obs,
            declared=declared,
            models=models,
            inputs=inputs,
            signatures=library,
            vocabulary=load_vocabulary(),
            universe=universe,
            position=position,
        )

    def views(self, samples: Sequence[str] | None) -> Iterator[SampleView]:
        """Look at some samples, each once, or at all for None."""
        once = None if samples is None else list(dict.fromkeys(samples))
        return iterate_views(self.expr, self.universe, self.declared, once, self.obs)

    def answer(self, view: SampleView, question: str) -> list[Answer]:
        """Answers of every fitting model, the one that answers the question first."""
        gate = sample_gate(view, self.vocabulary) if question == "sensitivity" else ""
        fitting = candidates(view, self.models, question, self.vocabulary)
        if not fitting:
            reason = gate or no_model_reason(view, question, self.vocabulary)
            return [Answer(None, "", Outcome(NO_CALL, reason))]
        return [
            Answer(model, self.inputs[model.id].model_hash, self._gated(model, view, gate))
            for model in fitting
        ]

    def _gated(self, model: Model, view: SampleView, gate: str) -> Outcome:
        outcome = self._apply(model, view)
        if model.quantiles:
            outcome = replace(outcome, percentile=percentile(model, view.platform, outcome.score))
        blocked = gate or model_gate(view, model, outcome.call, self.vocabulary)
        if not blocked and outcome.call != NO_CALL:
            blocked = domain_fault(view, model, self.position)
        if blocked and self._is_empty_slot(model):
            return replace(outcome, reason=f"{blocked}; {outcome.reason}")
        if blocked:
            return replace(outcome, call=NO_CALL, reason=blocked)
        added = contradiction(view, model, outcome.call, self.vocabulary)
        return replace(outcome, reason=outcome.reason + added)

    def _is_empty_slot(self, model: Model) -> bool:
        return isinstance(model, SlotModel) and model.signature not in self.signatures

    def _apply(self, model: Model, view: SampleView) -> Outcome:
        fault = unreadable(view, model)
        if fault:
            return Outcome(NO_CALL, fault)
        return apply(model, view, self.inputs[model.id])
