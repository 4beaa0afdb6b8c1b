"""Projected gradient with spectral steps: any smooth function on a set that points can be projected onto."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

import numpy as np

from casestudies.errors import ConfigError, DataError
from casestudies.optim.arrays import Array, Index, Mask, columns_of, with_columns
from casestudies.optim.methods.base import ARMIJO, SHORTEST
from casestudies.optim.reasons import Reason

_RATES = 1e-12, 1e12  # of the spectral step, in units of the first one
_CUT = 0.1, 0.5  # a step is shortened to between these shares


class Projectable(Protocol):
    """A smooth function on a set: `quadratic.Constrained` without rows, or one whose rows are priced."""

    @property
    def problems(self) -> int: ...

    def select(self, problems: Index) -> Self: ...

    def value(self, x: Array) -> Array:
        """(problems,)"""

    def gradient(self, x: Array) -> Array:
        """(columns, problems)"""

    def project(self, x: Array) -> Array:
        """(columns, problems)"""


@dataclass(frozen=True)
class ProjectedState:
    """See `State`.

    rate: (problems,) length of the next step per unit of slope. recent: (memory, problems) last values, newest first,
    -inf before there were as many. unit: (problems,) of `rate`: the first one.
    """

    step: int
    passes: float
    x: Array
    value: Array
    gradient: Array
    rate: Array
    unit: Array
    recent: Array
    step_size: Array
    decrement: Array
    gradient_norm: Array
    suboptimality: Array

    @property
    def products(self) -> Array:
        return np.full(len(self.value), np.nan)

    @property
    def condition(self) -> Array:
        return np.full(len(self.value), np.nan)

    @property
    def misfits(self) -> Array:
        return np.full(len(self.value), -1.0)


@dataclass(frozen=True)
class Projected:
    """Goes against the slope, back into the set, and along the way in between as far as values allow.

    The length of a step is the inverse of the curvature just seen (Barzilai and Borwein), and a value only has to be
    below the worst of the last few: so the method finds which bounds will hold in tens of steps, where plain projected
    gradient takes hundreds. All problems of a block step together, each with its own length.

    memory: how many values back a step is compared with; 1 = values never rise.

    Source: Birgin, Martínez and Raydan 2000, "Nonmonotone spectral projected gradient methods on convex sets".
    """

    memory: int = 10

    certifies: ClassVar[str] = "relative size of the projected gradient step"

    def start(self, objective: Projectable, x: Array | None) -> ProjectedState:
        """At the point of the set nearest to `x`.

        Raises
        ------
        ConfigError: no start; rows, which cannot be projected onto; an empty set.
        DataError: the value at the start is not finite.
        """
        if x is None:
            raise ConfigError("no start", advice="give (columns, problems)")
        constraints = getattr(objective, "constraints", None)
        if constraints is not None and constraints.rows.names:
            raise ConfigError("Projected cannot keep to rows", advice="use AugmentedLagrangian, which prices them")
        x = objective.project(x.astype(np.float64))
        value, gradient = objective.value(x), objective.gradient(x)
        if not np.isfinite(value).all():
            raise DataError(f"the objective is {value[~np.isfinite(value)][0]} at the start", advice="start elsewhere")
        norm = np.abs(objective.project(x - gradient) - x).max(axis=0)
        size = np.maximum(np.abs(x).max(axis=0), 1.0)
        steep = np.abs(gradient).max(axis=0)
        rate = size / np.where(steep > np.finfo(np.float64).tiny / _RATES[0], steep, 1.0)
        recent = np.full((self.memory, len(value)), -np.inf)
        recent[0] = value
        nothing = np.full(len(value), np.nan)
        return ProjectedState(
            0, 1.0, x, value, gradient, rate, rate, recent, nothing, nothing, norm, np.full(len(value), np.inf)
        )

    def step(self, objective: Projectable, state: ProjectedState, problems: Index) -> ProjectedState:
        part = objective.select(problems)
        x, value, gradient, rate, unit, recent = (
            columns_of(a, problems)
            for a in (state.x, state.value, state.gradient, state.rate, state.unit, state.recent)
        )
        along = part.project(x - rate * gradient) - x
        slope = (gradient * along).sum(axis=0)
        share, there, reached, tries = self._search(part, x, along, slope, recent.max(axis=0))
        moved = share > 0
        there = np.where(moved, there, x)
        reached = np.where(moved, reached, value)
        fresh = part.gradient(there)
        s, y = there - x, fresh - gradient
        bend, length = (s * y).sum(axis=0), (s * s).sum(axis=0)
        spectral = np.divide(length, bend, out=unit * _RATES[1], where=bend > 0)
        spectral = np.clip(spectral, unit * _RATES[0], unit * _RATES[1])
        size = np.maximum(np.abs(there).max(axis=0), np.finfo(np.float64).tiny)

        def put(old: Array, new: Array) -> Array:
            return with_columns(old, problems, new)

        return ProjectedState(
            step=state.step + 1,
            passes=state.passes + 1 + tries,
            x=put(state.x, there),
            value=put(state.value, reached),
            gradient=put(state.gradient, fresh),
            rate=put(state.rate, np.where(moved, spectral, unit)),
            unit=state.unit,
            recent=put(state.recent, np.vstack([reached[None], recent[:-1]])),
            step_size=put(state.step_size, share),
            decrement=put(state.decrement, -slope),
            gradient_norm=put(state.gradient_norm, np.abs(along).max(axis=0) / rate),
            suboptimality=put(state.suboptimality, np.abs(along).max(axis=0) / size),
        )

    def finished(self, state: ProjectedState) -> Mapping[Reason, Mask]:
        return {Reason.STALLED: state.step_size == 0}

    def _search(
        self, part: Projectable, x: Array, along: Array, slope: Array, worst: Array
    ) -> tuple[Array, Array, Array, int]:
        """The share of the way that is taken (problems,), 0 = none; where it leads, the value there, and the tries."""
        share, taken = np.ones(len(slope)), np.zeros(len(slope))
        there, reached, tries = x, np.full(len(slope), np.inf), 0
        open_ = slope < 0
        while open_.any():
            tries += 1
            point = x + share * along
            value = part.value(point)
            good = open_ & (value <= worst + ARMIJO * share * slope)
            there, reached = np.where(good, point, there), np.where(good, value, reached)
            taken = np.where(good, share, taken)
            open_ = open_ & ~good & (share > SHORTEST)
            rise = value - worst - share * slope
            best = np.divide(-0.5 * slope * share**2, rise, out=_CUT[1] * share, where=np.isfinite(rise) & (rise > 0))
            share = np.where(open_, np.clip(best, _CUT[0] * share, _CUT[1] * share), share)
        return taken, there, reached, tries
