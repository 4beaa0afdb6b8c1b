"""The weights of a head: one straight layer, or a layer of tanh units below it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Layers:
    """margin = units · last + intercept, where the units are the columns themselves or tanh(inner · columns + bias).

    inner: (hidden, columns); None = a linear head. bias: (hidden,), empty for a linear head.
    last: (units,). intercept: log-odds of an image whose units are all 0.
    """

    inner: Floats | None
    bias: Floats
    last: Floats
    intercept: float

    @classmethod
    def of(cls, x: Floats, columns: int, hidden: int) -> Layers:
        """From the unknowns (unknowns,) in the order of a torch module's parameters; `hidden` 0: columns, then intercept."""
        if not hidden:
            return cls(None, np.zeros(0), x[:-1], float(x[-1]))
        inner, bias, last, intercept = np.split(x, np.cumsum([hidden * columns, hidden, hidden]))
        return cls(inner.reshape(hidden, columns), bias, last, float(intercept[0]))

    def unknowns(self) -> Floats:
        """(unknowns,): what `of` takes."""
        below = [] if self.inner is None else [self.inner.reshape(-1), self.bias]
        return np.concatenate([*below, self.last, [self.intercept]])

    def units(self, X: Floats) -> Floats:
        """(rows, units) of standardised columns (rows, columns)."""
        return X if self.inner is None else np.tanh(X @ self.inner.T + self.bias)

    def margins(self, X: Floats) -> Floats:
        """(rows,) log-odds of the disease."""
        return np.asarray(self.units(X) @ self.last + self.intercept)
