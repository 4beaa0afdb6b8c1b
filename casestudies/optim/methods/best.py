"""The best point so far, by a figure on rows that the fit does not see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from casestudies.optim.arrays import Array


@dataclass(frozen=True)
class Best:
    """Where the held-out figure was best. Part of a method's state, so that it survives a resume.

    step: when. figure: (1,) what it was, smaller is better; nan = nothing is held out.
    x: (columns, 1). extras: what belongs to the point besides, such as the buffers of batch normalisation.
    """

    step: int
    figure: Array
    x: Array
    extras: tuple[NDArray[np.generic], ...] = ()

    def or_better(self, step: int, figure: Array, x: Array, extras: tuple[NDArray[np.generic], ...] = ()) -> Self:
        """The better of the two; of equals the earlier, and any that could be measured before one that could not."""
        better = figure[0] < self.figure[0] or (np.isnan(self.figure[0]) and not np.isnan(figure[0]))
        return type(self)(step, figure, x, extras) if better else self
