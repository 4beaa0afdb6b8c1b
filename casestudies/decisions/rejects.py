"""Reject inference as a sensitivity: what a decision is worth if those turned away earlier are worse than they look.

Rows that were acted on earlier (declined, say) have no outcome, so a model that never saw them can only guess. Nothing
is inferred here and no model gets better by it: the guess is multiplied by 1, 2 and 4, and the money is told for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from casestudies.decisions.costs import Costs
from casestudies.errors import DataError
from casestudies.rows import Array, Mask, chosen, outcomes, probabilities, scores, weights

FACTORS = (1.0, 2.0, 4.0)
_MIDDLE = (0.01, 0.99)
_FURTHEST = 20.0  # times the predicted rate; beyond it nothing is said of a break-even


@dataclass(frozen=True)
class Overlap:
    """How far the scores of the rows turned away lie among those of the rows let through.

    Parameters
    ----------
    rows: turned away (a count).
    inside: share of them, weighted, within the middle 98 % of the rows let through; what is known of these carries over.
    above, below: share beyond that range; for these every figure is an extrapolation.
    low, high: the range, on the scale of the score.
    """

    rows: int
    inside: float
    above: float
    below: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Known:
    """Rows let through earlier, whose outcome is known; all (rows,).

    Parameters
    ----------
    y: 0/1, 1 = the event. act: bool, the new decision. costs: of these rows, None without money. weight: default ones.
    """

    y: ArrayLike
    act: ArrayLike
    costs: Costs | None = None
    weight: ArrayLike | None = None


@dataclass(frozen=True, eq=False)
class TurnedAway:
    """Rows acted on earlier, whose outcome is not known; all (rows,).

    Parameters
    ----------
    p: predicted probability of the event. act: bool, the new decision. costs, weight: as of `Known`.
    """

    p: ArrayLike
    act: ArrayLike
    costs: Costs | None = None
    weight: ArrayLike | None = None


@dataclass(frozen=True)
class Scenario:
    """What is expected if the rows turned away have the event at `factor` times the predicted rate.

    Parameters
    ----------
    factor: of each row's probability, which is cut off at 1; nan where outcomes were given instead.
    capped: share of the rows turned away whose probability was cut off.
    rate: expected event rate of the rows turned away. whole: of all rows, both kinds together.
    let_in: expected event rate of the rows turned away that the new decision leaves alone; nan where there are none.
    cost: expected, of the new decision on all rows. earlier: of the earlier decision. saved: the second minus the first.
        None without costs. (Savings against a constant decision are left out: they rise as the rows turned away get
        worse, since acting on nobody gets dearer, and would be read as good news.)
    """

    factor: float
    capped: float
    rate: float
    whole: float
    let_in: float
    cost: float | None
    earlier: float | None
    saved: float | None


def overlap(
    let_through: ArrayLike,
    turned_away: ArrayLike,
    weight: ArrayLike | None = None,
) -> Overlap:
    """Where the scores of the rows turned away lie.

    Parameters
    ----------
    let_through: (rows,) scores of the rows let through. turned_away: (rows,) scores of the others, by the same model.
    weight: (rows,) weights of the rows turned away, default ones.

    Raises
    ------
    DataError: one of the two is empty.
    """
    known, away = scores(let_through), scores(turned_away)
    if not len(known) or not len(away):
        raise DataError("there are no rows on one side", where="overlap", advice="give rows of both kinds")
    own = _ones(weight, len(away))
    low, high = (float(end) for end in np.quantile(known, _MIDDLE))
    above, below = (float(own[side].sum() / own.sum()) for side in (away > high, away < low))
    return Overlap(len(away), 1.0 - above - below, above, below, low, high)


def scenarios(known: Known, away: TurnedAway, factors: Sequence[float] = FACTORS) -> tuple[Scenario, ...]:
    """The expected rates and money at each multiple of the predicted rate.

    Assumed: outcomes of the rows let through are as recorded, the earlier decision acted on every row turned away and on
    no other, and costs do not depend on who decides.

    Raises
    ------
    DataError: arrays that do not fit, probabilities outside 0 to 1; costs on one side only.
    """
    book = _Book.of(known, away)
    return tuple(book.scenario(factor, factor * book.p) for factor in factors)


def as_recorded(known: Known, away: TurnedAway, y: ArrayLike) -> Scenario:
    """The same where the outcomes `y` (rows turned away,) are known after all; `factor` is nan."""
    book = _Book.of(known, away)
    return book.scenario(float("nan"), outcomes(y, len(book.p)).astype(np.float64))


def break_even(known: Known, away: TurnedAway) -> float | None:
    """The factor up to which the new decision saves against the earlier one.

    Returns
    -------
    0 where it loses even if no row turned away has the event, inf where it still saves at 20 times; None without costs.
    What the change saves falls as the factor rises, since only rows let in by the new decision depend on it.
    """
    book = _Book.of(known, away)
    if book.costs is None:
        return None
    if book.saved(_FURTHEST) > 0:
        return float("inf")
    low, high = 0.0, _FURTHEST
    if book.saved(low) <= 0:
        return 0.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if book.saved(middle) > 0 else (low, middle)
    return low


@dataclass(frozen=True, eq=False)
class _Book:
    """Both kinds of rows, checked; sums of the rows let through are made once.

    Parameters
    ----------
    p, act, weight: (rows turned away,). costs: of these rows.
    total: weight of the rows let through; events: of their events.
    decided, untouched: their cost under the new decision, and left alone as the earlier one did.
    """

    p: Array
    act: Mask
    weight: Array
    costs: Costs | None
    total: float
    events: float
    decided: float
    untouched: float

    @classmethod
    def of(cls, known: Known, away: TurnedAway) -> _Book:
        if (known.costs is None) != (away.costs is None):
            raise DataError("only one side has costs", where="costs", advice="give them for both kinds of rows")
        event = outcomes(known.y)
        own = _ones(known.weight, len(event))
        p = probabilities(away.p)
        decided = untouched = 0.0
        if known.costs is not None:
            decided = known.costs.total(event, known.act, own)
            untouched, _ = known.costs.constant(event, own)
        return cls(
            p,
            chosen(away.act, len(p)),
            _ones(away.weight, len(p)),
            away.costs,
            float(own.sum()),
            float(own @ event),
            decided,
            untouched,
        )

    def scenario(self, factor: float, chance: Array) -> Scenario:
        chance, capped = np.minimum(chance, 1.0), chance > 1.0
        events, size = float(self.weight @ chance), float(self.weight.sum())
        let_in = self.weight * ~self.act
        cost = earlier = saved = None
        if self.costs is not None:
            cost = self.decided + self._expected(chance, self.act)
            earlier = self.untouched + self._expected(chance, np.ones_like(self.act))
            saved = earlier - cost
        return Scenario(
            factor,
            float(self.weight @ capped / size) if size > 0 else float("nan"),
            events / size if size > 0 else float("nan"),
            (self.events + events) / (self.total + size),
            float(let_in @ chance / let_in.sum()) if let_in.sum() > 0 else float("nan"),
            cost,
            earlier,
            saved,
        )

    def saved(self, factor: float) -> float:
        return self.scenario(factor, factor * self.p).saved or 0.0

    def _expected(self, chance: Array, act: Mask) -> float:
        return 0.0 if self.costs is None else float(self.weight @ self.costs.expected(chance, act))


def _ones(weight: ArrayLike | None, rows: int) -> Array:
    given = weights(weight, rows)
    return np.ones(rows) if given is None else given
