"""Where a run ended: short of the optimum, on a plateau, at a saddle."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from casestudies.optim.arrays import Array
from casestudies.optim.diagnosis.finding import Course, Finding, count, number
from casestudies.optim.reasons import Reason
from casestudies.optim.spectrum import Curved, curvature_ends
from casestudies.optim.stopping import TOLERANCE

_LEVEL = 0.01  # of the whole fall: what is nearer than that to where the value tends is there for most purposes
_FLAT = 0.01  # of the whole fall, over a stretch: nothing happens
_FALL_AFTER = 0.3  # of the whole fall: the stretch before it was not the end
_STRETCH = 5, 0.2  # steps, and share of all steps, that a flat stretch lasts at least
_WARMING = 0.1  # of the largest rate: below it a schedule holds the run back on purpose
_WORSE = 0.01  # of a constant prediction's loss; nearer than that is a question of fit, not of the way
_STILL = 0.1  # of the largest gradient met
_SADDLE = 0.1  # of the largest curvature; trained networks keep a few per cent (Ghorbani et al. 2019, figure 4)


def not_converged(runs: Sequence[Course]) -> Finding | None:
    if not any(run.certified for run in runs):
        return _stopped_short(runs[0])
    missed = np.array([run.reason not in (Reason.CONVERGED, Reason.DIVERGED) for run in runs])
    if not missed.any():
        return None
    worst = int(np.argmax([run["suboptimality"][-1] if miss else -1.0 for run, miss in zip(runs, missed, strict=True)]))
    path = runs[worst]["suboptimality"]
    evidence = f"after {runs[worst]['step'][-1]:.0f} steps the value is an estimated {path[-1]:.1e} of itself above the best one"
    falling = len(path) > 3 and 0 < path[-1] < np.inf and 0 < path[-3] < np.inf
    gained = np.log10(path[-3] / path[-1]) / 2 if falling else np.nan
    if np.isfinite(gained):
        evidence += f"; the last steps took off {gained:.1f} decades each"
    if gained > 0 and path[-1] > TOLERANCE:
        left = math.ceil(np.log10(path[-1] / TOLERANCE) / gained)
        evidence += f", at which pace {TOLERANCE:.0e} is {left} more step{'s' if left > 1 else ''} away"
    return Finding(
        "not_converged",
        f"The fit ended before the optimum. {runs[worst].reason}",
        evidence + count(missed),
        "Allow more steps; if that does not help, look for columns of extreme values or strengthen the penalty.",
    )


def _stopped_short(run: Course) -> Finding | None:
    """Without an estimate of the optimum: the value was still coming down."""
    if run.reason is not Reason.STEPS or not run.still_falling:
        return None
    length, (first, before, now) = run.thirds
    evidence = f"the last {length} of {run.steps} steps took {number(before - now)} off {number(before)}"
    kept = (before - now) / (first - before) if first > before else np.inf
    if kept < 1:
        left = (before - now) * kept / (1 - kept)
        steps = max(1, math.ceil(length * math.log(_LEVEL * run.fall / left) / math.log(kept)))
        evidence += f"; falling on like this it levels off near {number(now - left)}, about {steps} steps further on"
    else:
        evidence += ", no less than those before them"
    return Finding(
        "not_converged",
        f"The fit ended while it was still improving. {run.reason}",
        evidence,
        "Allow more steps or a larger rate, or let the rate come down by the end with a schedule.",
    )


def plateau(run: Course) -> Finding | None:
    """Flat for a while and then much lower, or flat at a value that a constant beats."""
    if run.certified or run.reason is Reason.DIVERGED:
        return None
    value, (least, share) = run["value"], _STRETCH
    length = max(least, math.ceil(share * run.steps))
    if run.steps < length:
        return None
    rate = np.where(np.isfinite(run["rate"]), run["rate"], 1.0)
    whole = value[0] - value.min()

    def flat(begin: int, end: int) -> bool:
        waiting = (rate[begin + 1 : end + 1] < _WARMING * rate[1:].max()).any()
        return bool(np.ptp(value[begin : end + 1]) < _FLAT * whole) and not waiting

    for begin in range(run.steps - length + 1):
        end = begin + length
        if flat(begin, end) and value[end] - value[end:].min() > _FALL_AFTER * whole:
            while flat(begin, end + 1):
                end += 1
            return _plateau(
                run, begin, end, f"; later steps took off {number(value[end] - value[end:].min())} after all"
            )
    constant, begin = run["baseline"][0], run.steps - length
    if np.ptp(value[begin:]) < _FLAT * abs(value[-1]) and value[-1] - constant > _WORSE * abs(constant):
        return _plateau(
            run, begin, run.steps, f", though the same answer for every row would bring it to {number(constant)}"
        )
    return None


def _plateau(run: Course, begin: int, end: int, after: str) -> Finding:
    there = run["value"][begin : end + 1]
    slope = np.fmin.reduce(run["gradient_norm"][begin : end + 1])
    return Finding(
        "plateau",
        "The run stood on a plateau: hardly any slope, yet not the optimum.",
        f"from step {run['step'][begin]:.0f} to {run['step'][end]:.0f} the value stayed between {number(there.min())} and {number(there.max())}"
        + (f", the largest slope at its flattest {number(slope)}" if np.isfinite(slope) else "")
        + after,
        "Scale the inputs, start from smaller weights or use batch normalisation and rectifiers instead of sigmoids; a "
        "larger rate or momentum crosses plateaus sooner.",
    )


def saddle(run: Course, objective: Curved, x: Array) -> Finding | None:
    gradient = run["gradient_norm"]
    if np.isfinite(run["suboptimality"][-1]) or run.reason is Reason.DIVERGED or run.still_falling or not run.steps:
        return None
    if not gradient[-1] <= _STILL * np.fmax.reduce(gradient):
        return None
    low, high = curvature_ends(objective, x)
    if not low < -_SADDLE * max(high, 0.0):
        return None
    return Finding(
        "saddle",
        "The run came to rest at a saddle: level, but downhill both ways along some direction.",
        f"the curvature reaches from {number(low)} to {number(high)} where the largest slope is {number(gradient[-1])}",
        "Start from other random weights (never all equal or 0), use smaller batches or momentum, or go on from a point "
        "moved a little at random.",
    )
