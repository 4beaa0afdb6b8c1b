"""The lab's data: made up, small, and the same for the same seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """X: (rows, columns). y: (rows,)."""

    X: Floats
    y: Floats


def outcomes(rows: int, columns: int, seed: int) -> Rows:
    """Labels 0 and 1 that depend on columns of one scale by a logistic model, half of them each on average."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, columns))
    margin = X @ rng.normal(size=columns) * 2.0 / np.sqrt(columns)
    return Rows(X, (rng.random(rows) < 1 / (1 + np.exp(-margin))).astype(np.float64))


def rings(rows: int, seed: int) -> Rows:
    """An inner disc of ones and a ring of noughts around it, in the plane: no straight line parts them."""
    rng = np.random.default_rng(seed)
    y = (np.arange(rows) % 2).astype(np.float64)
    radius = np.where(y > 0, 0.6, 1.6) + rng.normal(scale=0.18, size=rows)
    angle = rng.uniform(0, 2 * np.pi, rows)
    return Rows(np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), y)


def wave(rows: int, noise: float, seed: int) -> Rows:
    """y = sin(πx) and noise, at x spread at random over -1 to 1."""
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(-1, 1, rows))
    return Rows(x[:, None], np.sin(np.pi * x) + rng.normal(scale=noise, size=rows))
