"""What each factor, each pair of them and each combination changed, on the outcome's own scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from casestudies.recommendation.experiments.experiment import Experiment
from casestudies.recommendation.experiments.holm import holm, holm_levels
from casestudies.recommendation.experiments.means import Means
from casestudies.recommendation.experiments.peeking import fixed_p, fixed_radius, lasting_p, lasting_radius, tuned

Floats = NDArray[np.float64]
Kind = Literal["factor", "interaction", "combination", "arm"]
Compared = Literal["factors", "interactions", "combinations"]

ALL: tuple[Compared, ...] = ("factors", "interactions", "combinations")


@dataclass(frozen=True)
class Effect:
    """One comparison.

    Parameters
    ----------
    kind: "factor": a level against the one before, averaged over the other factors. "interaction": how much more two
        changes do together than each alone. "combination" and "arm": a cell against the one in which all is as before.
    name: what was changed. involves: names of the factors.
    value: the difference, in the outcome's unit. base: mean outcome of what it is compared with.
    deviation: standard deviation of a unit's part, so that deviation / sqrt(units) is the standard error.
    low, high: the interval for one look; p_value, p_holm: alone, and corrected for all comparisons.
    lasting_low, lasting_high, lasting_p, lasting_holm: the same, holding at every look.
        The p values ask whether the effect is `reference`; intervals have the levels of Holm's steps, so that they leave
        out `reference` exactly when the corrected p value is below the level.
    """

    kind: Kind
    name: str
    involves: tuple[str, ...]
    value: float
    base: float
    reference: float
    deviation: float
    low: float
    high: float
    p_value: float
    p_holm: float
    lasting_low: float
    lasting_high: float
    lasting_p: float
    lasting_holm: float


@dataclass(frozen=True, eq=False)
class _Contrast:
    """weights: (cells,) of the difference; base: (cells,) of what it is compared with."""

    kind: Kind
    name: str
    involves: tuple[str, ...]
    weights: Floats
    base: Floats


def effects(
    test: Experiment,
    means: Means,
    *,
    level: float = 0.95,
    planned_units: float = 10_000,
    reference: float = 0.0,
    compare: Sequence[Compared] = ALL,
) -> tuple[Effect, ...]:
    """Every comparison that was asked for, all of them corrected together.

    Parameters
    ----------
    planned_units: where the lasting intervals are narrowest. reference: the effect that has to be beaten (interactions: 0).
    compare: of a test of several factors; a test of one factor compares its arms.
    """
    asked = list(_contrasts(test, compare))
    value, deviation = means.of(np.array([one.weights for one in asked]))
    deviation = np.where(deviation > 0, deviation, _pooled(test, asked))  # two arms without a single success
    base = np.array([one.base for one in asked]) @ means.value
    against = np.array([0.0 if one.kind == "interaction" else reference for one in asked])
    alpha, units = 1.0 - level, len(test)
    rho = tuned(planned_units, alpha)
    p = fixed_p(value - against, deviation, units)
    lasting = lasting_p(value - against, deviation, units, rho)
    half = fixed_radius(deviation, units, holm_levels(p, alpha))
    wide = lasting_radius(deviation, units, holm_levels(lasting, alpha), rho)
    p_holm, lasting_holm = holm(p), holm(lasting)
    return tuple(
        Effect(
            one.kind,
            one.name,
            one.involves,
            float(value[k]),
            float(base[k]),
            float(against[k]),
            float(deviation[k]),
            float(value[k] - half[k]),
            float(value[k] + half[k]),
            float(p[k]),
            float(p_holm[k]),
            float(value[k] - wide[k]),
            float(value[k] + wide[k]),
            float(lasting[k]),
            float(lasting_holm[k]),
        )
        for k, one in enumerate(asked)
    )


def _contrasts(test: Experiment, compare: Sequence[Compared]) -> Iterator[_Contrast]:
    cells = np.eye(len(test.counts))
    if len(test.factors) == 1:
        (factor,) = test.factors
        for at, arm in enumerate(factor.levels[1:], 1):
            yield _Contrast("arm", arm, (factor.name,), cells[at] - cells[0], cells[0])
        return
    if "factors" in compare:
        yield from _factors(test)
    if "interactions" in compare:
        yield from _interactions(test)
    if "combinations" in compare:
        names = tuple(factor.name for factor in test.factors)
        for at, cell in enumerate(test.cells[1:], 1):
            yield _Contrast("combination", cell, names, cells[at] - cells[0], cells[0])


def _factors(test: Experiment) -> Iterator[_Contrast]:
    for place, factor in enumerate(test.factors):
        before = _held(test, {place: 0})
        for at, level in enumerate(factor.levels[1:], 1):
            yield _Contrast(
                "factor", f"{factor.name} {level}", (factor.name,), _held(test, {place: at}) - before, before
            )


def _interactions(test: Experiment) -> Iterator[_Contrast]:
    for one, other in combinations(range(len(test.factors)), 2):
        first, second = test.factors[one], test.factors[other]
        for a in range(1, len(first.levels)):
            for b in range(1, len(second.levels)):
                both, neither = _held(test, {one: a, other: b}), _held(test, {one: 0, other: 0})
                alone = _held(test, {one: a, other: 0}) + _held(test, {one: 0, other: b})
                name = f"{first.name} {first.levels[a]} × {second.name} {second.levels[b]}"
                yield _Contrast("interaction", name, (first.name, second.name), both - alone + neither, neither)


def _held(test: Experiment, fixed: dict[int, int]) -> Floats:
    """(cells,) weights of the mean over all cells in which these factors have these levels."""
    out = np.ones(1)
    for place, factor in enumerate(test.factors):
        count = len(factor.levels)
        part = np.full(count, 1.0 / count) if place not in fixed else np.eye(count)[fixed[place]]
        out = np.outer(out, part).ravel()
    return out


def _pooled(test: Experiment, asked: Sequence[_Contrast]) -> Floats:
    """(n,) deviations as if all arms had the spread of the whole test."""
    share = test.counts / len(test)
    return np.array([np.sqrt((one.weights**2 / share).sum()) * test.y.std() for one in asked])
