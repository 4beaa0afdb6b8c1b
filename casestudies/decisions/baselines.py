"""The two decisions that need no model, which every model has to beat: act on nobody, act on everybody."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from casestudies.decisions.costs import Costs
from casestudies.rows import Mask


@dataclass(frozen=True)
class Constant:
    """One decision for all rows: `name`, whether it `acts`, and its `cost` summed over the rows it was priced on."""

    name: str
    acts: bool
    cost: float

    def act(self, rows: int) -> Mask:
        """(rows,) bool, all the same."""
        return np.full(rows, self.acts)


@dataclass(frozen=True)
class Baselines:
    """Both constant decisions; `best` is the cheaper one, nobody when they cost the same."""

    nobody: Constant
    everybody: Constant

    @property
    def best(self) -> Constant:
        return self.everybody if self.everybody.cost < self.nobody.cost else self.nobody


def constant_baselines(y: ArrayLike, costs: Costs, weight: ArrayLike | None = None) -> Baselines:
    """What acting on nobody and on everybody would have cost on these rows.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event.
    weight: (rows,) row weights, default ones.
    """
    nobody, everybody = costs.constant(y, weight)
    return Baselines(Constant("nobody", False, nobody), Constant("everybody", True, everybody))
