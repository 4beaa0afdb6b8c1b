"""Models and comparisons of models in a reader's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from casestudies.metrics.ranking import ranking_metric

MODELS: Mapping[str, str] = {
    "popularity": "Popularity",
    "bias": "Bias",
    "ease": "EASE",
    "factorisation": "Matrix factorisation",
    "implicit": "Implicit factorisation",
}
BASELINES = ("popularity", "bias")


def pretty(model: str) -> str:
    """A model's name for a reader."""
    return MODELS.get(model, model)


def baselines_first(models: Iterable[str]) -> list[str]:
    """Popularity and bias on top, whatever follows in its order."""
    names = list(models)
    return [name for name in BASELINES if name in names] + [name for name in names if name not in BASELINES]


def ends(entry: Mapping[str, Any], digits: int = 3) -> str:
    """ "0.339 (0.323 to 0.356)"; without its interval where there is none."""
    value, low, high = (entry[key] for key in ("value", "low", "high"))
    if not known(value):
        return "n/a"
    return f"{value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})" if known(low) else f"{value:.{digits}f}"


def known(value: float | None) -> bool:
    """Whether there is a figure: JSON has null, a run in memory nan."""
    return value is not None and value == value


def apart(told: Mapping[str, Any], level: str) -> str:
    """A paired comparison in a sentence.

    told: metric, model, rival, and difference (model less rival) with low and high. level: "95 %".
    """
    metric = ranking_metric(told["metric"])
    model, rival, digits = pretty(told["model"]), pretty(told["rival"]), 4
    if not known(told["low"]):
        return f"{model} and {rival} cannot be compared in {metric.title}."
    span = f"{level} interval of the difference {told['low']:+.{digits}f} to {told['high']:+.{digits}f}"
    if told["low"] == told["high"] == 0:
        return f"{model} and {rival} have the same {metric.title} for every user."
    if told["low"] <= 0 <= told["high"]:
        return f"{model} and {rival} cannot be told apart in {metric.title} ({span})."
    better = (told["difference"] > 0) == bool(metric.higher_is_better)
    winner, loser = (model, rival) if better else (rival, model)
    return f"{winner} is better than {loser} in {metric.title} by {abs(told['difference']):.{digits}f} ({span})."
