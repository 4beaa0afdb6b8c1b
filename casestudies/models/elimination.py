"""Recursive elimination: fit, drop the source column that moves the log-odds least, fit again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casestudies.models.linear import LogisticRegression
from casestudies.models.linear.solving import Floats

_SHARE = 0.1  # of the columns left, dropped at once; one at a time below 20
_TOLERANCE = 1e-5  # the order of columns does not hang on the last digits


@dataclass(frozen=True, eq=False)
class Elimination:
    """Which columns stood longest, and how well each number of them did.

    order: sources, the last one standing first. sizes: how many stood at each fit, from all down to one.
    margins: (held rows, sizes) log-odds of rows that were held out, by each fit; no rows when none were.
    """

    order: tuple[int, ...]
    sizes: tuple[int, ...]
    margins: Floats


def eliminate(
    X: Floats, belongs: Floats, y: Floats, weight: Floats, C: float, held: Floats | None = None
) -> Elimination:
    """Drop sources until one is left, at each turn a tenth of them and one at least.

    As scikit-learn's `RFE` around an L2 logistic regression, but by source: all columns encoded from a source go
    together, and its size is the spread (standard deviation over the rows) of what they add to the log-odds. For one
    standardised column that is the size of its coefficient.

    Parameters
    ----------
    X: (rows, columns) encoded. belongs: (columns, sources) 1 where a column was made from the source; a column made of
        several goes with the first of them that goes.
    y: (rows,) 0/1. weight: (rows,). C: inverse strength of the penalty. held: (held rows, columns) to be scored.

    Source: Guyon et al. 2002, "Gene selection for cancer classification using support vector machines", Machine
    Learning 46.
    """
    left = list(range(belongs.shape[1]))
    gone: list[int] = []
    sizes: list[int] = []
    margins: list[Floats] = []
    while True:
        used = np.flatnonzero(belongs[:, gone].sum(axis=1) == 0) if gone else np.arange(len(belongs))
        model = LogisticRegression(C=C, tol=_TOLERANCE).fit(X[:, used], y, sample_weight=weight)
        sizes.append(len(left))
        if held is not None:
            margins.append(model.decision_function(held[:, used]))
        if len(left) == 1:
            order = (*left, *reversed(gone))
            return Elimination(order, tuple(sizes), np.array(margins).T if margins else np.empty((0, len(sizes))))
        added = (X[:, used] * model.coef_[0]) @ belongs[used][:, left]
        spread = np.average((added - np.average(added, axis=0, weights=weight)) ** 2, axis=0, weights=weight)
        weakest = np.argsort(spread, kind="stable")[: max(1, int(_SHARE * len(left)))]
        gone += [left[place] for place in weakest]
        left = [source for source in left if source not in gone]
