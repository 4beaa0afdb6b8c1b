"""Intervals that hold at every look, so that a test may be read each day and stopped when it is clear.

The usual interval holds at one moment that was fixed beforehand; looked at daily, it leaves out the truth at some moment
far more often than it says. A confidence sequence holds at all moments together, and is wider for it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import lambertw
from scipy.stats import norm

Floats = NDArray[np.float64]
Numbers = float | Floats


def tuned(units: float, alpha: float) -> float:
    """rho of the sequence that is narrowest at so many units; fix them before the test.

    Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2021, "Time-uniform central limit theory and asymptotic
    confidence sequences" (Annals of Statistics 2024), appendix on the choice of rho.
    """
    return float(np.sqrt((-lambertw(-(alpha**2) / np.e, -1).real - 1.0) / units))


def lasting_radius(deviation: Numbers, units: Numbers, alpha: Numbers, rho: float) -> Floats:
    """Half the width of the asymptotic confidence sequence: all its intervals hold together with chance 1 - alpha.

    Parameters
    ----------
    deviation: standard deviation of a unit's part in the estimate. units: seen so far. rho: from `tuned`.

    Source: Waudby-Smith et al. 2021, theorem 2.2. It is asymptotic: begin to look when each arm has some dozens of units
    (of either outcome, for 0/1).
    """
    time = np.asarray(units) * rho**2
    return np.asarray(deviation * np.sqrt((time + 1.0) / (time * units) * np.log((time + 1.0) / np.square(alpha))))


def fixed_radius(deviation: Numbers, units: Numbers, alpha: Numbers) -> Floats:
    """Half the width of the usual interval, for one look that was fixed beforehand."""
    return np.asarray(norm.isf(np.asarray(alpha) / 2.0) * deviation / np.sqrt(units))


def lasting_p(distance: Numbers, deviation: Numbers, units: Numbers, rho: float) -> Floats:
    """The smallest alpha whose sequence leaves out a value at that distance from the estimate; holds at every look.

    rho is the same for all alphas here, so that it is one sequence that is read at different levels.
    """
    time = np.asarray(units) * rho**2
    z = np.square(distance) * units / np.square(deviation)
    return np.asarray(np.minimum(1.0, np.sqrt(time + 1.0) * np.exp(-0.5 * z * time / (time + 1.0))))


def fixed_p(distance: Numbers, deviation: Numbers, units: Numbers) -> Floats:
    """The two-sided p value of the usual test."""
    return np.asarray(2.0 * norm.sf(np.abs(distance) * np.sqrt(units) / deviation))
