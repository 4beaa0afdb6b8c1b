"""A past campaign: who was contacted, with which chance, and who left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import DataError

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

LEAST_ROWS, LEAST_CASES = 100, 20  # of each arm: rows, and rows of either outcome


@dataclass(frozen=True, eq=False)
class Campaign:
    """The rows of a campaign.

    Parameters
    ----------
    frame: (rows, features) what was known of each customer before; kinds: {feature: its kind}.
    y: (rows,) 0/1, 1 = left. treated: (rows,) bool, True = contacted.
    weight: (rows,) from 0 up. propensity: (rows,) the chance with which each was contacted, between 0 and 1.
    folds: (rows,) 0, 1, ...; no row is scored by a model that saw its fold.
    group: (rows,) what must not be split apart, or None.
    """

    frame: pd.DataFrame
    kinds: Mapping[str, str]
    y: Floats
    treated: Mask
    weight: Floats
    propensity: Floats
    folds: NDArray[np.intp]
    group: NDArray[np.intp] | None = None

    def __post_init__(self) -> None:
        inside = (self.propensity > 0) & (self.propensity < 1)
        if not inside.all():
            row = int(np.argmin(inside))
            raise DataError(
                f"{int((~inside).sum())} rows had no chance to be contacted, or none not to be; the first has "
                f"{self.propensity[row]:g}",
                where=f"the campaign's chances, row {row + 1}",
                advice="leave such rows out of the campaign: nothing is learnt from them",
            )

    def take(self, rows: NDArray[np.intp]) -> Self:
        return replace(
            self,
            frame=self.frame.iloc[rows],
            y=self.y[rows],
            treated=self.treated[rows],
            weight=self.weight[rows],
            propensity=self.propensity[rows],
            folds=self.folds[rows],
            group=None if self.group is None else self.group[rows],
        )

    def sent_with(self, propensity: Floats) -> Self:
        """The same rows with other chances of having been contacted."""
        return replace(self, propensity=propensity)


def too_small(y: Floats, treated: Mask, weight: Floats) -> str | None:
    """Why nothing can be learnt from a campaign, in words; None where something can."""
    for arm, name in ((treated, "contacted"), (~treated, "not contacted")):
        held = arm & (weight > 0)
        left = int(y[held].sum())
        if held.sum() < LEAST_ROWS or min(left, int(held.sum()) - left) < LEAST_CASES:
            return (
                f"{int(held.sum()):,} customers were {name}, and {left:,} of them left; at least {LEAST_ROWS} are needed, "
                f"with {LEAST_CASES} who left and {LEAST_CASES} who stayed"
            )
    return None
