"""What a linear model says in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from atrasig.prediction.kinds.linear import LinearModel


def figures_in_words(model: LinearModel, score: float, n_missing: int) -> str:
    """State the prediction, the thresholds, the probability and what was not measured."""
    said = [f"predicted {model.response} ({model.unit}) {score:+.3f}, higher is {model.higher_is}"]
    said += [
        f"{word} at {threshold:+.3f} ({n} training samples are)"
        for word, threshold, n in (
            ("sensitive", model.sensitive, model.n_sensitive),
            ("resistant", model.resistant, model.n_resistant),
        )
        if threshold is not None
    ]
    if model.probability is not None:
        fitted = model.probability
        said.append(
            f"probability of being {model.higher_is} {fitted.at(score):.2f} among samples like "
            f"those of the training ({fitted.n_positive} positive, {fitted.n_negative} negative)"
        )
    if n_missing:
        said.append(
            f"{n_missing} of {model.weighted.size} genes are not measured and taken at their "
            "training mean"
        )
    return "; ".join(said)


def no_call_in_words(model: LinearModel) -> str:
    """State why a model without thresholds makes no call."""
    failed = [control for control in model.positive_controls if not control.passed]
    if not failed:
        return "a prediction and no call: the model has no thresholds"
    places = ", ".join(f"{one.name} ranks {one.rank} of {one.of} ({one.among})" for one in failed)
    return (
        "a prediction and no call: the data behind the model fail their own positive control "
        f"({places}, and is known to be {failed[0].expected})"
    )
