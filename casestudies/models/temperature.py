"""One number that makes a network's log-odds mean what they say: neither their order nor where they are 0 changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from casestudies.errors import DataError
from casestudies.models.linear import LogisticRegression
from casestudies.rows import outcomes, scores

LEAST, MOST = float(np.exp(-4.0)), float(np.exp(4.0))  # beyond, the rows say no more than "surer" or "not at all"


@dataclass(frozen=True)
class Temperature:
    """Probability = expit(log-odds / value): above 1 the log-odds were too sure, below 1 too timid."""

    value: float

    @classmethod
    def of(cls, logits: ArrayLike, label: ArrayLike) -> Self:
        """The temperature of least log loss on rows that the network was not trained on.

        The loss is convex in 1 / value, a logistic regression on one column without an intercept, so the best within the
        limits is the best of all moved to the nearer limit. Where the log-odds separate the classes with no mistake there
        is no best, and the lower limit is taken; where they rank no better than backwards, the upper.

        Parameters
        ----------
        logits: (rows,) log-odds. label: (rows,) 0/1.

        Raises
        ------
        DataError: log-odds that are not finite, labels that are neither 0 nor 1, no rows.

        Source: Guo, Pleiss, Sun and Weinberger 2017, "On calibration of modern neural networks", ICML, section 4.2.
        """
        event = outcomes(label)
        z = scores(logits, len(event))
        if not len(z):
            raise DataError("there are no rows to learn a temperature from", where="label", advice="use more rows")
        right = np.where(event, z, -z)
        if right.sum() <= 0:  # the loss rises from 1 / value = 0 on
            return cls(MOST)
        if (right >= 0).all():  # and here falls for ever
            return cls(LEAST)
        scale = float(np.abs(z).mean())
        line = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-12).fit(z[:, None] / scale, event.astype(float))
        sharper = float(np.ravel(line.coef_)[0]) / scale
        return cls(float(np.clip(1.0 / sharper, LEAST, MOST)) if sharper > 0 else MOST)

    def probability(self, logits: ArrayLike) -> NDArray[np.float64]:
        """Of the event, in the shape of `logits`."""
        return np.asarray(expit(np.asarray(logits, dtype=np.float64) / self.value))
