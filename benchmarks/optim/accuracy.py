"""How far each solver's coefficients are from the best: one function, in double precision, for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.optim.data import Floats
from benchmarks.peers.measured import outside


def objectives(
    X: Any, y: Any, folds: Any, Cs: Floats, coefficients: Floats, *, l1_ratio: float = 0.0, tile: int = 20_000
) -> Floats:
    """(fits, Cs): log loss summed over the rows each fit sees, plus (1/C) · (l1_ratio·|w| + (1 - l1_ratio)·|w|²/2).

    `coefficients`: (fits, Cs, features + 1), the intercept last and free.
    """
    values = np.empty(coefficients.shape[:2])
    for fit, rows in enumerate(outside(folds, len(y))):
        W, intercepts = coefficients[fit, :, :-1].T, coefficients[fit, :, -1]
        losses = []
        for start in range(0, len(rows), tile):
            part = rows[start : start + tile]
            margins = X[part] @ W + intercepts
            losses.append((np.logaddexp(0.0, margins) - y[part, None] * margins).sum(axis=0))
        penalty = l1_ratio * np.abs(W).sum(axis=0) + (1.0 - l1_ratio) * (W**2).sum(axis=0) / 2
        values[fit] = np.sum(losses, axis=0) + penalty / Cs
    return values


def gaps(values: Sequence[Floats]) -> list[Floats]:
    """(F - F*)/F* of every fit of every solver; F* is the least that anyone found."""
    best = np.min(values, axis=0) if values else 0.0
    return [(value - best) / best for value in values]
