"""Steps that are too long: explosion and oscillation."""

from __future__ import annotations

import numpy as np

from casestudies.optim.arrays import Array
from casestudies.optim.diagnosis.finding import Course, Finding, number
from casestudies.optim.reasons import Reason
from casestudies.optim.spectrum import Curved, curvature_ends

_GROWTH = 10.0  # times the value at the start
_UNDONE = -0.5  # mean cosine between successive gradients: most of a step undoes the one before
_WINDOW = 5, 1 / 3  # steps, and share of all steps, over which it is taken
_SHRINKING = 0.5  # of the slope at the window's begin: then the swings die out by themselves


def explosion(run: Course) -> Finding | None:
    value, rejected = run["value"], run["rejected"]
    reached = np.where(np.isnan(rejected) & (run["step_size"] != 0), value, rejected)
    if run.reason is Reason.DIVERGED:
        step = run.steps
    else:
        grown = ~np.isfinite(value) | (value - value[0] > (_GROWTH - 1) * abs(value[0]))
        if not grown.any():
            return None
        step = int(np.argmax(grown))
    rate = run["rate"][step]
    return Finding(
        "explosion",
        "The value exploded instead of falling.",
        f"step {run['step'][step]:.0f} took it from {number(value[max(step - 1, 0)])} to {number(reached[step])}"
        + (f" at a rate of {number(rate)}" if np.isfinite(rate) else ""),
        "Take a rate ten times smaller, scale the inputs, or limit the gradient's length (`clip`).",
    )


def oscillation(run: Course, objective: Curved | None, x: Array) -> Finding | None:
    turn, gradient = run["turn"], run["gradient_norm"]
    least, share = _WINDOW
    length = max(least, int(share * run.steps))
    taken = np.flatnonzero(np.isfinite(turn) & np.isfinite(gradient))[-length:]
    if len(taken) < least or not turn[taken].mean() < _UNDONE:
        return None
    if not gradient[taken[-1]] > _SHRINKING * gradient[taken[0]]:
        return None
    rate, most = run["rate"][taken[-1]], run["steepest"][taken[-1]]
    evidence = (
        f"over the last {len(taken)} steps each gradient points back along the one before (mean cosine "
        f"{turn[taken].mean():.2f}), and the slope does not shrink"
    )
    if objective is not None and np.isfinite(most):
        _, high = curvature_ends(objective, x)
        evidence += f"; rate × steepest curvature is {number(rate * high)}, and stable up to {number(rate * most)}"
    return Finding(
        "oscillation",
        "The run swings across the valley instead of going down it: the rate is too large for its steepest direction.",
        evidence,
        "Halve the rate until the swings stop, or let a schedule bring it down; scale the inputs to make the valley rounder.",
    )
