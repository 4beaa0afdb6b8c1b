"""A reader's or another model's score, put on the scale of log-odds so that it can be judged like a model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import DataError
from casestudies.models.calibration import Calibrator

Floats = NDArray[np.float64]
INCUMBENT = "incumbent"  # its name among the models


def incumbent_logits(score: Floats, label: NDArray[np.int8], validation: NDArray[np.intp]) -> tuple[Floats, str]:
    """(images,) log-odds, and how they were made, in a sentence.

    A logistic curve of two numbers is learnt on the validation images, as the cut is, so that the score competes at its
    best; which end is risky is read there too. Images without a score get the average one.

    Parameters
    ----------
    score: (images,) nan where there is none. label: (images,) 1, 0 or -1. validation: row numbers.

    Raises
    ------
    DataError: the validation images with a score show one class only, or all have the same score.
    """
    held = validation[np.isfinite(score[validation]) & (label[validation] >= 0)]
    y, known = label[held].astype(np.float64), score[held]
    if len(np.unique(y)) < 2 or len(np.unique(known)) < 2:
        what = f"{len(held)} validation images have a score to compare with; they show one class, or one score, only"
        raise DataError(what, where="model.incumbent", advice="fill the column, or leave it out")
    centre, spread = float(known.mean()), float(known.std())
    rises = bool(known[y == 1].mean() >= known[y == 0].mean())
    standard = (1.0 if rises else -1.0) * np.where(np.isfinite(score), (score - centre) / spread, 0.0)
    curve = Calibrator("sigmoid").fit(standard[held], y).to_dict()
    missing = int((~np.isfinite(score)).sum())
    gap = f" {missing:,} images without a score get the average one." if missing else ""
    return np.asarray(curve["slope"] * standard + curve["intercept"]), (
        f"The score to compare with ({'higher' if rises else 'lower'} is riskier, read off the validation images) is turned "
        f"into a probability there, and its cut is chosen there at the same prices.{gap}"
    )
