"""What a fit would have said of each row without the row's group, by taking the group out of the fit's own factor."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import ConfigError, DataError, shown
from casestudies.optim.arrays import Array, Index
from casestudies.optim.methods.levenberg import Bent, LevenbergState, near
from casestudies.optim.objective import Objective

_CHUNK = 2**21  # entries of a Jacobian that are laid out at once: 16 MB
_LOOSE = 1e9  # condition of a group's system beyond which its rows alone hold some unknown


def without_groups(objective: Objective | Bent, state: LevenbergState, groups: NDArray[np.generic]) -> Array:
    """The margin each row would have got, had the fit never seen the rows of its group (its patient, its client).

    Each group is taken out of the parabola at the optimum, whose factor the state holds: one small system for each
    group instead of a fit. That is Newton's first step of the fit without it, so the error is of second order in what
    the group moves; 900 groups cost about as much as a fit.

    Parameters
    ----------
    objective, state: of a solve that has converged.
    groups: (rows,) which group each row belongs to; any numbers or texts.

    Returns
    -------
    (rows, problems), or (rows, problems, classes).

    Raises
    ------
    DataError: the number of rows differs, or the rest of the rows leaves the unknowns undetermined.
    ConfigError: the state holds no factor (more unknowns than the method's `direct`).

    Source: Rad and Maleki 2020, "A scalable estimate of the out-of-sample prediction error via approximate
    leave-one-out cross-validation".
    """
    names, number = np.unique(groups, return_inverse=True)
    order = np.argsort(number, kind="stable")
    ends = np.searchsorted(number[order], np.arange(len(names)), side="right")
    margins = []
    for k, point in enumerate(state.points):
        model = near(objective.select(np.array([k])), point.x)
        if len(model.margins) != len(order):
            raise DataError(f"{len(order)} groups for {len(model.margins)} rows", advice="give one group per row")
        if point.factor is None or not point.factor.definite:
            raise ConfigError(
                f"no factor of {len(model.x)} unknowns was kept",
                advice="raise LevenbergMarquardt's `direct`, or solve on",
            )
        out = model.margins.copy()
        for some in _parts(ends, _CHUNK // (len(model.x) * out.shape[1])):
            rows = order[some]
            J = model.jacobian(rows)
            half = point.factor.half(J.reshape(-1, len(model.x)).T).reshape(len(model.x), len(rows), -1)
            bends, slopes = model.bends(rows), model.slopes[rows]
            starts = np.flatnonzero(np.diff(number[rows], prepend=-1))
            sizes = np.diff(starts, append=len(rows))
            for size in np.unique(sizes):  # groups of one size are solved together
                members = starts[sizes == size][:, None] + np.arange(size)  # (groups, size)
                moved, held = _moved(half[:, members], bends[members], slopes[members])
                if not held.all():
                    raise DataError(
                        "the other rows do not determine all unknowns",
                        where=f"group {shown(names[number[rows[members[np.argmin(held), 0]]]])}",
                        advice="add a penalty",
                    )
                out[rows[members]] += moved
        margins.append(out)
    told = np.stack(margins, axis=1)
    return told if objective.loss.classes else told[:, :, 0]


def _parts(ends: Index, most: int) -> Iterator[slice]:
    """Whole groups together, `most` rows or a single group; `ends`: where each group ends."""
    first = last = 0
    for end in ends:
        if end - first > most and last > first:
            yield slice(first, last)
            first = last
        last = int(end)
    yield slice(first, last)


def _moved(half: Array, bends: Array, slopes: Array) -> tuple[Array, NDArray[np.bool_]]:
    """How the margins of groups of one size move when their rows are taken out, and whether the other rows hold them.

    Parameters
    ----------
    half: (unknowns, groups, rows, classes) with halfᵀ half = J H⁻¹ Jᵀ. bends: (groups, rows, classes, classes).
    slopes: (groups, rows, classes).

    Returns
    -------
    (groups, rows, classes), 0 where nothing else holds them; (groups,).
    """
    groups, count, classes = slopes.shape
    long = count * classes
    half = half.reshape(len(half), groups, long).transpose(1, 0, 2)
    K = half.transpose(0, 2, 1) @ half
    bent = (K.reshape(groups, long, count, 1, classes) @ bends[:, None]).reshape(K.shape)
    left = np.eye(long) - bent
    held = np.linalg.cond(left, 1) < _LOOSE
    left[~held] = np.eye(long)
    moved = np.where(held[:, None, None], np.linalg.solve(left, K @ slopes.reshape(groups, long, 1)), 0.0)
    return moved.reshape(slopes.shape), held
