"""The nearest point of a box, a simplex or an L1 ball, and of what these have in common: exactly, a block at a time."""

from __future__ import annotations

import numpy as np

from casestudies.errors import ConfigError
from casestudies.optim.arrays import Array

_SLACK = 1e-12  # by which a total may lie outside its range, relative: rounding of the sums


def filled(Z: Array, low: Array, high: Array, total: Array) -> Array:
    """clip(Z - level, low, high), with the level of each column at which it sums to `total`.

    It is the projection onto a box cut by a hyperplane (low = 0, high = inf, total = 1: the simplex). The sum falls with
    the level along straight pieces that end where an entry meets an end of its own. Halving the sorted places finds the
    piece, and one division the level: exact, O(columns · log columns).

    Parameters
    ----------
    Z, low, high: (columns, problems); ends may be infinite. total: (problems,)

    Raises
    ------
    ConfigError: no level reaches the total; the message gives the range.

    Source: Held, Wolfe and Crowder 1974, "Validation of subgradient optimization"; Condat 2016, "Fast projection onto
    the simplex and the l1 ball", on what came after.
    """
    least, most = low.sum(axis=0), high.sum(axis=0)
    slack = _SLACK * np.maximum(1.0, np.abs(total))
    if (bad := np.flatnonzero((total < least - slack) | (total > most + slack))).size:
        k = bad[0]
        raise ConfigError(
            f"the bounds let the sum be from {least[k]:.6g} to {most[k]:.6g}, and it has to be {total[k]:.6g}",
            advice="widen the bounds",
        )
    places = np.sort(np.concatenate([Z - high, Z - low]), axis=0)
    columns = np.arange(Z.shape[1])
    first, last = np.zeros(len(columns), np.intp), np.full(len(columns), len(places) - 1)
    for _ in range(len(places).bit_length()):  # the sum is at least the total at `first`, at most at `last`
        half = (first + last) // 2
        above = np.clip(Z - places[half, columns], low, high).sum(axis=0) >= total
        first, last = np.where(above, half, first), np.where(above, last, half)
    middle = _between(places[first, columns], places[last, columns])
    free = (Z - middle > low) & (Z - middle < high)
    held = np.where(free, 0.0, np.clip(Z - middle, low, high)).sum(axis=0)
    level = np.where(free, Z, 0.0).sum(axis=0) + held - total
    level = np.divide(level, free.sum(axis=0), out=middle.copy(), where=free.any(axis=0))
    return np.clip(Z - level, low, high)


def _between(left: Array, right: Array) -> Array:
    """A place inside an interval that may have no end."""
    left, right = np.where(np.isfinite(left), left, right - 1.0), np.where(np.isfinite(right), right, left + 1.0)
    return np.where(np.isfinite(left) & np.isfinite(right), 0.5 * (left + right), 0.0)


def shifted(Z: Array, low: Array, high: Array, reach: Array, total: Array | None = None) -> Array:
    """The nearest point to Z in a box with at most `reach` of absolute size in all and, if asked, a sum.

    Where both hold, what goes up and what goes down part: their sums are (reach + total) / 2 and (total - reach) / 2, and
    each is filled by itself. So the projection onto box, hyperplane and L1 ball together takes three fillings.

    Parameters
    ----------
    Z, low, high: (columns, problems), measured from the centre of the ball. reach, total: (problems,)

    Raises
    ------
    ConfigError: the box, the ball and the sum have no point in common.
    """
    inside = np.clip(Z, low, high) if total is None else filled(Z, low, high, total)
    far = np.abs(inside).sum(axis=0) > reach
    if not far.any():
        return inside
    Z, low, high, reach = Z[:, far], low[:, far], high[:, far], reach[far]
    up, down = (np.maximum(low, 0.0), np.maximum(high, 0.0)), (np.minimum(low, 0.0), np.minimum(high, 0.0))
    _refuse_reach(up[0].sum(axis=0) - down[1].sum(axis=0), reach)
    out = inside.copy()
    if total is None:  # one level for both: a fall is a rise of the mirror image
        parts = np.concatenate([Z, -Z]), np.concatenate([up[0], -down[1]]), np.concatenate([up[1], -down[0]])
        sizes = filled(*parts, reach)
        out[:, far] = sizes[: len(Z)] - sizes[len(Z) :]
        return out
    _refuse_reach(np.abs(total[far]), reach)
    out[:, far] = filled(Z, *up, 0.5 * (reach + total[far])) + filled(Z, *down, 0.5 * (total[far] - reach))
    return out


def _refuse_reach(least: Array, reach: Array) -> None:
    if (bad := np.flatnonzero(least > reach + _SLACK * np.maximum(1.0, reach))).size:
        raise ConfigError(
            f"the other constraints take a change of at least {least[bad[0]]:.6g}, and {reach[bad[0]]:.6g} is allowed",
            advice="allow more change or widen the bounds",
        )
