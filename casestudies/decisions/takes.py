"""How probably an item is taken by its place in the ranking: a scale for money that any ranking can be put on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casestudies.errors import DataError
from casestudies.rows import Array

_STEP = 1.5  # each band of places is so much wider than the one before: 10 bands for 100 places, 16 for 1,000


@dataclass(frozen=True, eq=False)
class TakeRate:
    """P(take) by place, falling: points (places,), (rates,) joined by straight lines on logarithmic axes.

    places: from 1, the middle of each band of places. rates: taken per place. takes: that they were learnt from.
    """

    places: Array
    rates: Array
    takes: int

    @classmethod
    def learnt(cls, taken: ArrayLike, users: int) -> TakeRate:
        """From rankings whose users have since chosen.

        Bands of places, each half as wide again as the one before; in each the takes per place and user, half a take
        added to both sides as Jeffreys does; rates that rise with the place are pooled (isotonic regression).

        Parameters
        ----------
        taken: (places,) how many users took the item at each place, place 1 first. users: how many rankings there were.

        Raises
        ------
        DataError: nobody took anything, so there is no rate to learn.

        Source: Barlow, Bartholomew, Bremner and Brunk 1972, "Statistical inference under order restrictions", chapter 1.
        """
        counts = np.asarray(taken, dtype=np.float64)
        if users < 1 or not counts.sum() > 0:
            raise DataError("nobody took any of the items ranked", where="taken", advice="judge on more users")
        edges = _edges(len(counts))
        width = np.diff(edges).astype(np.float64)
        shown = width * users
        rate = (np.add.reduceat(counts, edges[:-1]) + 0.5) / (shown + 1.0)
        from sklearn.isotonic import isotonic_regression

        pooled = isotonic_regression(rate, sample_weight=shown, increasing=False)
        first = np.flatnonzero(np.concatenate([[True], np.diff(pooled) < 0]))
        begin, end = edges[first], np.append(edges[first[1:]], edges[-1])
        return cls(np.sqrt((begin + 1.0) * end), pooled[first], int(counts.sum()))

    def at(self, places: ArrayLike) -> Array:
        """P(take) at places from 1, in the shape of `places`; the lines go on beyond the first and the last band."""
        x, xs, ys = np.log(np.asarray(places, dtype=np.float64)), np.log(self.places), np.log(self.rates)
        if len(xs) == 1:
            return np.full(x.shape, self.rates[0])
        segment = np.clip(np.searchsorted(xs, x) - 1, 0, len(xs) - 2)
        slope = np.diff(ys) / np.diff(xs)
        return np.asarray(np.minimum(1.0, np.exp(ys[segment] + slope[segment] * (x - xs[segment]))))


def _edges(places: int) -> NDArray[np.intp]:
    """0, 1, 2, 3, 5, 8, ...: the first place of each band, and the number of places."""
    edges, width = [0], 1.0
    while edges[-1] < places:
        edges.append(min(places, edges[-1] + max(1, round(width))))
        width *= _STEP
    return np.array(edges)
