"""Later rows, counted into the bins of a reference: pieces may come one by one, in constant memory, or from many hands."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.tabular.drift.reference import Reference

Floats = NDArray[np.float64]


class Tally:
    """Weighed rows in each bin of everything `reference` watches.

    `rows` is how many were added; `counts` {column: (bins,)} and `score` (bins,) their weight in each bin. A column
    that the rows did not have stays at 0.
    """

    def __init__(self, reference: Reference) -> None:
        self._columns = {one.column: one.bins for one in reference.columns}
        self._score = None if reference.score is None else reference.score.bins
        self.counts: dict[str, Floats] = {name: np.zeros(len(bins.labels)) for name, bins in self._columns.items()}
        self.score: Floats = np.zeros(0 if self._score is None else len(self._score.labels))
        self.rows = 0
        self._total = self._squares = 0.0

    @property
    def effective(self) -> float:
        """How many equally weighted rows say as much (Kish 1965, section 11.7)."""
        return self._total**2 / self._squares if self._squares > 0 else 0.0

    def add(self, frame: pd.DataFrame, p: Floats | None = None, weight: Floats | None = None) -> None:
        """Count some rows.

        Parameters
        ----------
        frame: checked rows; columns that are not watched are not read. p: (rows,) their probability.
        weight: (rows,), default ones.

        Raises
        ------
        DataError: a column holds infinities.
        """
        weights = np.ones(len(frame)) if weight is None else np.asarray(weight, dtype=np.float64)
        for name, bins in self._columns.items():
            if name in frame.columns:
                self.counts[name] += np.bincount(bins.codes(frame), weights, len(bins.labels))
        if self._score is not None and p is not None:
            codes = self._score.codes(pd.DataFrame({self._score.column: p}))
            self.score += np.bincount(codes, weights, len(self.score))
        self.rows += len(frame)
        self._total += float(weights.sum())
        self._squares += float(weights @ weights)

    def merge(self, other: Tally) -> None:
        """Add what another tally of the same reference has counted."""
        for name, counts in other.counts.items():
            self.counts[name] += counts
        self.score += other.score
        self.rows += other.rows
        self._total += other._total
        self._squares += other._squares
