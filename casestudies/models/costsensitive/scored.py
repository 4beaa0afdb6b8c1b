"""From the margins of a model taught weighed rows to probabilities of the event."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from casestudies.models.calibration import Calibrator, Choice, choose_calibration, fit_calibration

Floats = NDArray[np.float64]

_LEAST = (
    1e-3  # slope of the curve, in standard deviations of the margins: nothing is said of the event, the order stays
)


def calibrated(margins: ArrayLike, y: ArrayLike, folds: ArrayLike, weight: ArrayLike | None = None) -> Choice:
    """As `choose_calibration`, but never none: such margins are log-odds of other rows than these."""
    choice = choose_calibration(margins, y, folds, weight)
    return choice if choice.calibrator.kind != "none" else fit_calibration("sigmoid", margins, y, folds, weight)


def in_its_order(
    margins: Floats, y: Floats, folds: NDArray[np.intp], weight: Floats | None = None
) -> tuple[Choice, float]:
    """Probabilities of the event in the order of margins that decide by themselves, above 0.

    The curve is a sigmoid, which never makes two margins one, so that acting above the margin 0 is acting above one
    probability. Where larger margins do not go with more events, the curve rises so little that it says the base rate.

    Returns
    -------
    The calibration, whose `probability` is that of the curve itself, and the probability at the margin 0.
    """
    choice = fit_calibration("sigmoid", margins, y, folds, weight)
    told = choice.calibrator.to_dict()
    spread = float(np.std(margins)) or 1.0
    if told["slope"] * spread < _LEAST:
        share = np.clip(np.average(y, weights=weight), 1e-9, 1 - 1e-9)
        told |= {"slope": _LEAST / spread, "intercept": float(logit(share) - _LEAST * np.mean(margins) / spread)}
    calibrator = Calibrator.from_dict(told)
    reason = f"{choice.reason}; in the order of the score, which acts by itself where acting pays"
    made = replace(choice, calibrator=calibrator, probability=calibrator.probability(margins), reason=reason)
    return made, float(expit(told["intercept"]))
