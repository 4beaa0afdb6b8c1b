"""The third action: hand the row to a person, where a look is worth more than it costs.

A reviewer who is asked acts on an event with probability `sensitivity` and leaves another row alone with probability
`specificity`. All three actions then have an expected cost that is linear in the probability of the event, so each
row's referral band is exact, and no score grid is searched.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from casestudies.decisions.allocate import foremost
from casestudies.decisions.costs import Costs
from casestudies.errors import ConfigError
from casestudies.rows import Array, Mask, outcomes, probabilities


@dataclass(frozen=True)
class Review:
    """What a look by a person costs, and how often it is right.

    Parameters
    ----------
    cost: of one review, currency of the costs.
    sensitivity: share of the events shown to the reviewer that are acted on.
    specificity: share of the other rows shown that are left alone.
    capacity: reviews at most, in rows of the batch; None = as many as pay.

    Raises
    ------
    ConfigError: a negative cost or capacity, a share outside 0 to 1, or a reviewer no better than a coin
        (sensitivity + specificity not above 1): a look can then be worth nothing.
    """

    cost: float
    sensitivity: float = 1.0
    specificity: float = 1.0
    capacity: int | None = None

    def __post_init__(self) -> None:
        if not (np.isfinite(self.cost) and self.cost >= 0):
            raise ConfigError(f"{self.cost} is not a cost", where="refer.review_cost", advice="write 0 or more")
        for name in ("sensitivity", "specificity"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ConfigError(
                    f"{getattr(self, name)} is not a share", where=f"refer.{name}", advice="write 0.9, say"
                )
        if self.sensitivity + self.specificity <= 1.0:
            raise ConfigError(
                f"a sensitivity of {self.sensitivity:g} with a specificity of {self.specificity:g} is no better than a coin",
                where="refer.sensitivity",
                advice="write shares whose sum is above 1",
            )
        if self.capacity is not None and (self.capacity < 0 or self.capacity != int(self.capacity)):
            raise ConfigError(
                f"{self.capacity} is not a number of rows", where="refer.capacity", advice="write 0 or more"
            )

    def expected(self, costs: Costs, p: ArrayLike) -> Array:
        """(rows,) expected cost of referring each row, the review included."""
        chance = probabilities(p, len(costs))
        return self.cost + chance * self._event(costs) + (1.0 - chance) * self._other(costs)

    def realised(self, costs: Costs, y: ArrayLike) -> Array:
        """(rows,) cost of referring each row given its outcome, averaged over what the reviewer would say."""
        return self.cost + np.where(outcomes(y, len(costs)), self._event(costs), self._other(costs))

    def limits(self, costs: Costs) -> tuple[Array, Array]:
        """Each row's own referral band: refer where low < p < high, whatever the capacity.

        Returns
        -------
        (low, high), each (rows,): below low leaving alone is cheaper than a look, above high acting is. Both nan where
        no probability makes a look pay. Rows on which one action is better whatever the outcome have no band.
        """
        caught, alarm = costs.caught, costs.alarm
        held = (caught > 0) & (alarm > 0)
        slip, lapse = (1.0 - self.specificity) * alarm, (1.0 - self.sensitivity) * caught
        low, high = np.full(len(costs), np.nan), np.full(len(costs), np.nan)
        np.divide(self.cost + slip, self.sensitivity * caught + slip, out=low, where=held)
        right = self.specificity * alarm
        np.divide(right - self.cost, right + lapse, out=high, where=held & (right > 0))
        band = low < high
        return np.where(band, low, np.nan), np.where(band, high, np.nan)

    def _event(self, costs: Costs) -> Array:
        return self.sensitivity * costs.tp + (1.0 - self.sensitivity) * costs.fn

    def _other(self, costs: Costs) -> Array:
        return self.specificity * costs.tn + (1.0 - self.specificity) * costs.fp


@dataclass(frozen=True, eq=False)
class Referral:
    """Three actions on the rows of a batch.

    Parameters
    ----------
    act: (rows,) bool, what is done where nobody is asked.
    refer: (rows,) bool, rows handed to a person.
    gain: (rows,) expected money that a look saves against `act`, the review paid; negative where it does not pay.
    review: what was assumed.
    """

    act: Mask
    refer: Mask
    gain: Array
    review: Review

    @cached_property
    def worth(self) -> Array:
        """(rows,) the most that a review may cost before `act` alone is cheaper: the gain of a free one."""
        return self.gain + self.review.cost

    def cost(self, costs: Costs, y: ArrayLike) -> tuple[Array, Array]:
        """(cost without anybody asked, cost with the referral), each (rows,), given the outcomes."""
        alone = costs.base(y) + costs.slope(y) * self.act
        return alone, np.where(self.refer, self.review.realised(costs, y), alone)


def refer(p: ArrayLike, costs: Costs, review: Review) -> Referral:
    """The action of least expected cost for each row: leave alone, act (both as `Costs.act` decides), or ask.

    With a capacity the rows with the largest gains are asked about, which is the best that so many reviews can do,
    since each takes one; equal gains go in row order. Without one it is every row with a gain.

    Parameters
    ----------
    p: (rows,) calibrated probability of the event.

    Source: Chow 1970, "On optimum recognition error and reject tradeoff", IEEE Transactions on Information Theory 16,
    with costs of each row's own and a reviewer who errs.
    """
    chance = probabilities(p, len(costs))
    act = costs.act(chance)
    gain = costs.expected(chance, act) - review.expected(costs, chance)
    asked = gain > 0
    if review.capacity is not None:
        asked &= foremost(gain, int(review.capacity))
    return Referral(act, asked, gain, review)
