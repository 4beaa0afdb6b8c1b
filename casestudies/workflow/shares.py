"""Which rows a share of a learning curve holds: nested, whole units, those with an event and those without in even parts."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Index = NDArray[np.intp]

SHARES = (0.1, 0.18, 0.32, 0.56, 1.0)  # even steps on a scale of ratios
DRAWS = (2, 2, 1, 1, 1)  # of each; the small ones vary most and cost least


def kept(unit: ArrayLike, event: ArrayLike, share: float, seed: tuple[int, ...]) -> Index:
    """Positions of the rows of a share, rising; with the same seed a smaller share lies within a larger one.

    Every unit has a place between 0 and 1 among those with an event, or among those without; a share holds the units up to
    it, so a tenth of the rows has a tenth of the events.

    Parameters
    ----------
    unit: (rows,) labels of what is never parted (a customer, a patient; each row its own). event: (rows,) 0/1.
    """
    code = np.unique(np.asarray(unit), return_inverse=True)[1]
    count, random = int(code.max()) + 1, np.random.default_rng([*seed, 23])
    with_event = np.bincount(code, weights=np.asarray(event, dtype=np.float64), minlength=count) > 0
    place = np.empty(count)
    for side in (with_event, ~with_event):
        place[side] = (random.permutation(int(side.sum())) + 0.5) / max(int(side.sum()), 1)
    return np.flatnonzero(place[code] <= share)
