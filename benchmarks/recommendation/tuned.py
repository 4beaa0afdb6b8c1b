"""Settings beyond the defaults, chosen on a part of the training rows alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.recommendation.data import Split
from benchmarks.timing import measured
from casestudies.models.factorisation.defaults import defaults_for
from casestudies.models.factorisation.estimator import MatrixFactorization

Axes = Mapping[str, Sequence[Any]]
TIMES = (0.6, 0.75, 0.87, 1.15, 1.35, 1.7)  # of a default


@dataclass(frozen=True)
class Chosen:
    """settings: to refit with. rmse: theirs on the inner part, and `usual` that of the defaults. tried, cpu: the search."""

    settings: dict[str, Any]
    rmse: float
    usual: float
    tried: int
    cpu: float

    def __str__(self) -> str:
        told = ", ".join(f"{name} {value:.3g}" for name, value in self.settings.items() if not isinstance(value, str))
        return f"{told}: {self.rmse:.4f} inside, the defaults {self.usual:.4f}; {self.tried} tried, {self.cpu:.0f} CPU s"


def chosen(split: Split, histories: str = "none", others: Axes | None = None, rounds: int = 2) -> Chosen:
    """One setting after the other, each at its best for the rest, round after round.

    others: further settings to try, beside multiples of the default rate and ridge.
    """
    inner = split.inner
    data, test = inner.train.interactions, inner.test
    recipe = defaults_for(len(data), *data.shape, explicit=True, histories=histories != "none")
    axes: dict[str, Sequence[Any]] = {
        "learning_rate": [recipe.rate * times for times in TIMES],
        "ridge": [recipe.ridge * times for times in TIMES],
        **(others or {}),
    }
    known: dict[tuple[Any, ...], float] = {}
    spent = 0.0

    def tried(settings: Mapping[str, Any]) -> float:
        nonlocal spent
        key = tuple(sorted(settings.items()))
        if key not in known:
            model = MatrixFactorization(histories=histories, validation=None, **settings)  # type: ignore[arg-type]
            fitted, cpu, _ = measured(lambda: model.fit(data))
            known[key], spent = inner.rmse(fitted.rate(test.user, test.item)), spent + cpu
        return known[key]

    best: dict[str, Any] = {}
    usual = tried(best)
    for _ in range(rounds):
        before = dict(best)
        for name, values in axes.items():
            best = min([best, *({**best, name: value} for value in values)], key=tried)
        if best == before:
            break
    return Chosen(best, tried(best), usual, len(known), spent)
