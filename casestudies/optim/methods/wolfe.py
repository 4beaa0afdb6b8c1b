"""How far along a direction: until the value fell enough and the slope flattened enough (the strong Wolfe conditions)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casestudies.optim.arrays import Array
from casestudies.optim.methods.base import ARMIJO, ROUNDING
from casestudies.optim.smooth import Smooth

_TRIALS = 60  # of a search; a double has 52 halvings
_EDGE = 0.05  # of the interval: trials keep that far from its ends
_SHRINK = 0.66  # what an interval has to shrink to in two trials; else it is halved
_LONGER = 2.0, 10.0  # the least and the most that a trial grows by while everything lies further on


@dataclass(frozen=True)
class Place:
    """A place along the direction: length in units of it, value and slope there; slope nan where the value is too high."""

    length: float
    value: float
    slope: float
    x: Array
    gradient: Array | None


@dataclass(frozen=True)
class Found:
    """place None: nowhere is lower. evaluations: of value or gradient, each counted."""

    place: Place | None
    evaluations: int


def search(
    function: Smooth, x: Array, value: Array, gradient: Array, direction: Array, first: float, flat: float
) -> Found:
    """The first length found at which the value fell enough and the slope is at most `flat` of what it was.

    Where values no longer tell places apart, the slope alone decides (the approximate Wolfe conditions). With SciPy's public
    search, which goes by values there and doubles from afar, `polak_ribiere` was short of any known minimum after 1,500 steps
    in 21 of the 76 runs of `benchmarks.optim.mgh`; with this one in 8.

    Parameters
    ----------
    first: length of the first trial; the rest of the way depends on it, the conditions do not.
    flat: between the share of the slope that the fall has to deliver (`ARMIJO`) and 1.

    Source: Hager and Zhang 2005, "A new conjugate gradient method with guaranteed descent and an efficient line search".
    """
    slope = float(gradient[:, 0] @ direction[:, 0])
    if not slope < 0:
        return Found(None, 0)
    near = here = Place(0.0, float(value[0]), slope, x, gradient)  # `near`: low enough, and still downhill
    far: Place | None = None
    noise = ROUNDING * abs(here.value)
    trial, counted, width = first, 0, np.inf
    for number in range(_TRIALS):
        there = _look(function, x, direction, trial, here.value + noise)
        counted += 1 if there.gradient is None else 2
        fell = there.value <= here.value + ARMIJO * trial * slope or abs(there.value - here.value) <= noise
        if abs(there.slope) <= -flat * slope and fell:
            return Found(there, counted)
        if there.slope < 0:
            near, before = there, near
        else:
            far = there
        if far is None:
            trial = _further(before, near)
            continue
        trial = _between(near, far)
        if number % 2:
            now = far.length - near.length
            trial = trial if now <= _SHRINK * width else 0.5 * (near.length + far.length)
            width = now
        if not near.length < trial < far.length:
            break
    return Found(near if near.value < here.value else None, counted)


def _look(function: Smooth, x: Array, direction: Array, length: float, bar: float) -> Place:
    there = x + length * direction
    with np.errstate(over="ignore", invalid="ignore"):
        value = float(function.value(there)[0])
    if not value <= bar:  # nan is too high as well
        return Place(length, value if np.isfinite(value) else np.inf, np.nan, there, None)
    gradient = function.gradient(there)
    return Place(length, value, float(gradient[:, 0] @ direction[:, 0]), there, gradient)


def _further(before: Place, near: Place) -> float:
    """Where the slopes of two places, drawn on, come to 0, but not too near and not too far."""
    least, most = (many * near.length for many in _LONGER)
    if near.slope <= before.slope:
        return most
    zero = near.length - near.slope * (near.length - before.length) / (near.slope - before.slope)
    return float(np.clip(zero, least, most))


def _between(near: Place, far: Place) -> float:
    """Where the slopes of two places come to 0 between them; by the values where one slope is unknown."""
    width = far.length - near.length
    if np.isfinite(far.slope):
        share = near.slope / (near.slope - far.slope)
    else:
        rise = far.value - near.value - near.slope * width
        share = -0.5 * near.slope * width / rise if np.isfinite(rise) and rise > 0 else 0.1
    return near.length + float(np.clip(share, _EDGE, 1 - _EDGE)) * width
