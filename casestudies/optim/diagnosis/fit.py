"""What the fitted model is like: too close to its rows, too far from them, separated, ill-conditioned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from casestudies.optim.diagnosis.finding import Course, Finding, count, number
from casestudies.optim.reasons import Reason

_ILL = 1e8  # beyond it the flattest direction keeps fewer than half of a double's 16 digits
_MANY = 200  # products in one step: a good preconditioner needs a handful
_RISE = 0.05  # of the best held-out loss
_WANDERING = 2.0  # times the median change from step to step: less than that may be chance
_AFTER = 3, 0.1  # steps past the best, and share of all steps: a few bad epochs are no trend
_GAIN = 0.01  # of a constant prediction's loss: less than that is nothing learnt


def separable(runs: Sequence[Course]) -> Finding | None:
    # at any step: one pair of sides without a row on the wrong one proves it
    apart = np.array([(run["misfits"] == 0).any() for run in runs])
    if not apart.any():
        return None
    step = min(run["step"][run["misfits"] == 0][0] for run, clean in zip(runs, apart, strict=True) if clean)
    return Finding(
        "separable",
        "The columns separate the two outcomes perfectly, so the rows alone would push the coefficients outward for "
        "ever: only a penalty can hold them.",
        f"step {step:.0f} left no row on the wrong side" + count(apart),
        "Look for a column known only after the outcome; with few rows, use fewer columns or a stronger penalty.",
    )


def ill_conditioned(runs: Sequence[Course]) -> Finding | None:
    condition = np.array([run["condition"][-1] for run in runs])
    products = np.array([np.nanmax(run["products"], initial=0.0) for run in runs])
    poor = (condition > _ILL) | (products >= _MANY)
    if not poor.any():
        return None
    worst = int(np.argmax(np.where(poor, np.nan_to_num(condition), -1.0)))
    evidence = (
        f"the curvature differs {condition[worst]:.0e}-fold between directions, each column in its own scale"
        if condition[worst] > _ILL
        else f"one step took {products[worst]:.0f} conjugate-gradient products"
    )
    return Finding(
        "ill_conditioned",
        "Some columns nearly repeat others, so their coefficients can be exchanged without the fit noticing.",
        evidence + count(poor),
        "Drop or merge columns that say the same, or strengthen the penalty.",
    )


def overfit(run: Course) -> Finding | None:
    """Silent where `Patience` ended the run: then the best point is kept and the rest was never going to be used."""
    held_out, value = run["held_out_loss"], run["value"]
    if np.isnan(held_out).all() or run.reason is Reason.PATIENCE:
        return None
    best, (least, share) = int(np.nanargmin(held_out)), _AFTER
    after = run.steps - best
    if after < max(least, share * run.steps):
        return None
    now = float(np.mean(held_out[-max(2, after // 3) :]))
    wandering = np.median(np.abs(np.diff(held_out[best:])))
    if not now - held_out[best] > max(_RISE * abs(held_out[best]), _WANDERING * wandering) or value[-1] >= value[best]:
        return None
    return Finding(
        "overfit",
        "The model began to learn its training rows by heart: it got better on them and worse on others.",
        f"the held-out loss was best at step {run['step'][best]:.0f} ({number(held_out[best])}) and rose to "
        f"{number(now)}, while the training loss fell from {number(value[best])} to {number(value[-1])}",
        f"Use the point of step {run['step'][best]:.0f} and stop early (`Patience`), take more rows or augmentation, "
        "dropout or weight decay, or a smaller model.",
    )


def underfit(run: Course) -> Finding | None:
    constant, value = run["baseline"][0], run["value"][-1]
    if run.still_falling or run.reason is Reason.DIVERGED or not run.steps:
        return None
    if not abs(constant - value) <= _GAIN * abs(constant):
        return None
    return Finding(
        "underfit",
        "The model learnt next to nothing: it is no better than one answer for every row.",
        f"after {run.steps} steps the training loss is {number(value)}; the best constant has {number(constant)}",
        "Give the model room for what decides (hidden units, interactions, better columns), weaken penalties, and check "
        "that labels belong to their rows.",
    )
