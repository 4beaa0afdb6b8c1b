"""Shares of patients' images with bounds that stay honest where all, or none, are right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from casestudies.metrics.intervals import Interval, wilson


def bounded(found: Interval, patients: int, level: float) -> Interval:
    """A resampled share; where it is 0 or 1, the far bound is Wilson's for so many patients.

    Resamples of images that are all right are all right, too: their quantiles would promise that no other patient is
    ever missed.

    Parameters
    ----------
    patients: who have an image that the share counts; the unit, since images of one patient repeat each other.
    """
    if found.value not in (0.0, 1.0) or patients < 1:
        return found
    low, high = wilson(np.array([found.value]), np.array([float(patients)]), level)
    return replace(found, low=min(found.low, float(low[0])), high=max(found.high, float(high[0])))
