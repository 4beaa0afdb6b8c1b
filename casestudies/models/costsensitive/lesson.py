"""What training rows are to teach: the outcome, or what is at stake in it, as labels, row weights and a loss of the core."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from casestudies.decisions import Costs
from casestudies.errors import ConfigError, DataError, nearest, shown
from casestudies.models.costsensitive.names import LOSSES, PRICED, Train
from casestudies.optim.losses import ClvWeighted, ExpectedCost, Focal, Logistic, Loss

Floats = NDArray[np.float64]

GAMMA = 2.0  # of the focal loss; Lin et al. 2017


@dataclass(frozen=True, eq=False)
class Lesson:
    """Rows as a loss sees them.

    Money is divided by its mean over the rows, so that euros and cents teach the same, and a penalty weighs as much
    against it as against the log loss.

    Parameters
    ----------
    y: (rows,) 0/1: the event; or whether acting pays, where the score itself is to decide.
    weight: (rows,) from 0 up: the rows' own weights, times what is at stake; they sum up to the same.
    loss: `Logistic` where `y` and `weight` say it all; else what is minimised from the fit of those on.
    rows: (rows,) the rows' own weights, which a loss that holds the money itself is weighed by.
    """

    y: Floats
    weight: Floats
    loss: Loss
    rows: Floats

    @classmethod
    def of(cls, train: Train, y: Floats, weight: Floats, costs: Costs | None = None, gamma: float = GAMMA) -> Self:
        """The lesson of rows with outcomes `y` (rows,) 0/1 and `weight` (rows,).

        Raises
        ------
        ConfigError: an unknown loss, or one of money where there are no costs.
        DataError: nothing is at stake, acting pays in every row or in none, or a missed event earns money (clv).

        Source: Zadrozny, Langford and Abe 2003, "Cost-sensitive learning by cost-proportionate example weighting", ICDM,
        for weighted; Correa Bahnsen, Aouada and Ottersten 2014, "Example-dependent cost-sensitive logistic regression for
        credit scoring", equation 13, for cost.
        """
        if train not in LOSSES:
            raise ConfigError(f"unknown loss {shown(train)}", where="train", advice=nearest(str(train), LOSSES))
        if train in PRICED and costs is None:
            raise ConfigError(
                f"the loss {shown(train)} reads what the outcomes cost, and there are no costs",
                where="train",
                advice="give costs, or train='log'",
            )
        if costs is None or train in ("log", "focal"):
            return cls(y, weight, Focal(gamma) if train == "focal" else Logistic(), weight)
        if train == "clv":
            return cls._of_values(y, weight, costs.fn)
        return cls._of_stakes(train, y, weight, costs)

    @classmethod
    def _of_values(cls, y: Floats, weight: Floats, lost: Floats) -> Self:
        """Events weigh what is lost with them, in proportion to their mean; the other rows weigh as they are."""
        there = weight > 0  # a row of no weight is no row: its value moves no mean
        own = np.zeros(len(y))
        own[there] = ClvWeighted(Logistic(), lost[there], y[there]).w
        events = (y > 0) & there
        own[events] *= weight[events].sum() / (weight[events] @ own[events])
        return cls(y, weight * own, Logistic(), weight)

    @classmethod
    def _of_stakes(cls, train: Train, y: Floats, weight: Floats, costs: Costs) -> Self:
        """Whether acting pays, each row weighing what it adds or saves."""
        extra = costs.slope(y)
        at_stake = float(np.average(np.abs(extra), weights=weight))
        if not at_stake > 0:
            raise DataError("acting changes the cost of no training row", where="costs", advice="correct fn and fp")
        extra = extra / at_stake
        money = ExpectedCost(np.maximum(-extra, 0.0), extra)  # over the better decision: never below 0, the same fit
        stand_in, pays = money.surrogate()
        if len(np.unique(pays[(weight > 0) & (stand_in.w > 0)])) < 2:
            always = "pays" if pays[(weight > 0) & (stand_in.w > 0)].all() else "costs"
            raise DataError(
                f"acting {always} in every training row, whatever happens: there is nothing to learn",
                where="costs",
                advice="correct the costs, or train='log'",
            )
        return cls(pays, weight * stand_in.w, money if train == "cost" else Logistic(), weight)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Lesson:
        """Some rows; what they weigh against each other stays as it is."""
        places: NDArray[np.intp] = np.flatnonzero(rows) if rows.dtype == bool else rows  # type: ignore[assignment]
        return Lesson(self.y[places], self.weight[places], self.loss.take(places), self.rows[places])

    @property
    def beyond(self) -> bool:
        """Whether the loss asks for more than labels and weights."""
        return not isinstance(self.loss, Logistic)
