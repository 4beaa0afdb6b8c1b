"""What the four outcomes cost in every row, and everything that follows from it by arithmetic.

cost = base + slope * act, with base the cost of leaving the row alone and slope what acting adds. Both depend on the
outcome, and two arrays are the whole theory: totals, savings, exact cuts, profit curves and training weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from casestudies.decisions import cuts
from casestudies.decisions.cuts import Cut, Prefixes, ProfitCurve
from casestudies.errors import DataError
from casestudies.rows import Array, Mask, chosen, outcomes, probabilities, scores, weights

CELLS = ("fn", "fp", "tp", "tn", "spent")


@dataclass(frozen=True, eq=False)
class Costs:
    """The four costs of every row. Costs are money lost; a negative cost is money earned.

    Parameters
    ----------
    fn: (rows,) float64, a missed event: not acted on, and it happened.
    fp: (rows,) a false alarm: acted on, and nothing would have happened.
    tp: (rows,) a caught event.
    tn: (rows,) a row rightly left alone.
    spent: (rows,) the part of `tp` that is money paid out, where some of it is a loss that acting could not prevent (a
        customer who declines the offer and leaves). None where acting spends `fp`, whatever happens.

    Raises
    ------
    DataError: lengths differ, or a cost is not finite (count and first row).
    """

    fn: Array
    fp: Array
    tp: Array
    tn: Array
    spent: Array | None = None

    def __post_init__(self) -> None:
        for name, given in self.cells().items():
            values = np.asarray(given, dtype=np.float64)
            if values.shape != np.shape(self.fn) or values.ndim != 1:
                raise DataError(f"has shape {values.shape}", where=f"cost.{name}", advice="give one cost per row")
            bad = np.flatnonzero(~np.isfinite(values))
            if bad.size:
                raise DataError(
                    f"is not finite in {bad.size} of {len(values)} rows, first in row {bad[0] + 1}",
                    where=f"cost.{name}",
                    advice="look for a missing value or a division by zero",
                )
            object.__setattr__(self, name, values)

    def __len__(self) -> int:
        return len(self.fn)

    @cached_property
    def caught(self) -> Array:
        """(rows,) what acting saves when the event would have happened: fn - tp."""
        return self.fn - self.tp

    @cached_property
    def alarm(self) -> Array:
        """(rows,) what acting costs when nothing would have happened: fp - tn."""
        return self.fp - self.tn

    def spend(self, p: ArrayLike) -> Array:
        """(rows,) money that acting is expected to pay out; with the outcome in place of `p`, what it did pay out.

        This is what a budget is spent on. A negative `fp`, a false alarm that earns, spends nothing.
        """
        chance = probabilities(p, len(self))
        others = np.maximum(self.fp, 0.0)
        return others if self.spent is None else chance * np.maximum(self.spent, 0.0) + (1.0 - chance) * others

    def base(self, y: ArrayLike) -> Array:
        """(rows,) cost of leaving the row alone, given its outcome `y` (rows,) 0/1."""
        return np.where(outcomes(y, len(self)), self.fn, self.tn)

    def slope(self, y: ArrayLike) -> Array:
        """(rows,) what acting adds to the cost, given the outcome: negative where acting would have paid."""
        return np.where(outcomes(y, len(self)), -self.caught, self.alarm)

    def threshold(self) -> Array:
        """Each row's own cut: acting has the lower expected cost where the probability is above it.

        Returns
        -------
        (rows,) alarm / (alarm + caught) in [0, 1); -inf where acting is always cheaper; inf where it never is, and
        also where the costs are upside down (acting dearer on events and cheaper on the others), which `complaints`
        counts: no threshold from below can describe such a row.

        Source: Elkan 2001, "The foundations of cost-sensitive learning", section 1.2, equation 2.
        """
        out = np.full(len(self), np.inf)
        split = (self.caught > 0) & (self.alarm >= 0)
        np.divide(self.alarm, self.alarm + self.caught, out=out, where=split)
        out[(self.alarm < 0) & (self.caught >= 0)] = -np.inf
        return out

    def act(self, p: ArrayLike) -> Mask:
        """The decision of least expected cost (Bayes minimum risk), row by row: p > threshold.

        A row whose probability equals its threshold costs the same either way and is left alone.

        Parameters
        ----------
        p: (rows,) calibrated probability of the event.
        """
        return probabilities(p, len(self)) > self.threshold()

    def gain(self, p: ArrayLike) -> Array:
        """(rows,) expected money that acting saves against leaving the row alone: p * caught - (1 - p) * alarm."""
        chance = probabilities(p, len(self))
        return chance * self.caught - (1.0 - chance) * self.alarm

    def expected(self, p: ArrayLike, act: ArrayLike) -> Array:
        """(rows,) expected cost of the decision `act`, given the probabilities `p`."""
        chance = probabilities(p, len(self))
        acting = chance * self.tp + (1.0 - chance) * self.fp
        leaving = chance * self.fn + (1.0 - chance) * self.tn
        return np.where(chosen(act, len(self)), acting, leaving)

    def total(self, y: ArrayLike, act: ArrayLike, weight: ArrayLike | None = None) -> float:
        """The cost of the decisions `act` (rows,) on the outcomes `y` (rows,), summed over rows times their weights."""
        rows = len(self)
        return _sum(self.base(y) + self.slope(y) * chosen(act, rows), weights(weight, rows))

    def constant(self, y: ArrayLike, weight: ArrayLike | None = None) -> tuple[float, float]:
        """(cost of acting on nobody, cost of acting on everybody), summed over rows."""
        base, w = self.base(y), weights(weight, len(self))
        return _sum(base, w), _sum(base + self.slope(y), w)

    def savings(self, y: ArrayLike, act: ArrayLike, weight: ArrayLike | None = None) -> float:
        """The share of the better constant decision's cost that these decisions avoid.

        Returns
        -------
        1 - cost / min(cost of acting on nobody, on everybody): 1 = everything, 0 = no better than a constant decision,
        negative = worse. nan where that minimum is not positive (acting on nobody or everybody already earns money):
        a share of it has no meaning there, so compare `total` instead.

        Source: Bahnsen, Aouada and Ottersten 2014, "Example-dependent cost-sensitive logistic regression", section II.
        """
        best = min(self.constant(y, weight))
        return 1.0 - self.total(y, act, weight) / best if best > 0 else float("nan")

    def best_cut(self, y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None) -> Cut:
        """The one score threshold that would have cost least on these rows.

        Sorting by score makes every threshold a prefix, so one cumulative sum of `slope` gives all costs at once:
        O(n log n). Ties share a threshold, so the cut never splits equal scores.

        Parameters
        ----------
        y: (rows,) 0/1, 1 = the event that acting prevents (default, churn, fraud).
        p: (rows,) score, larger = more likely; any monotone scale.
        weight: (rows,) row weights, default ones.

        Returns
        -------
        Cut with `threshold` (scale of `p`), `cost` (currency of the matrix, summed over rows), `acted` (rows). Of
        equally cheap cuts, the one that acts on fewest rows.

        Raises
        ------
        DataError: `p` has values that are not finite; the message gives their count and the first row.

        Source: Elkan 2001, "The foundations of cost-sensitive learning", section 2, for rows with costs of their own.
        """
        prefixes = Prefixes.of(scores(p, len(self)))
        return prefixes.cheapest(self._path(prefixes, y, weight))

    def profit_curve(
        self, y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None, points: int | None = None
    ) -> ProfitCurve:
        """Cost and savings at every cut; `points` thins it for a chart, evenly in the share acted on.

        Parameters and errors as for `best_cut`; the curve's best is that cut.
        """
        prefixes = Prefixes.of(scores(p, len(self)))
        w = weights(weight, len(self))
        share = prefixes.cumulated(np.ones(len(self)) if w is None else w)
        best_constant = min(self.constant(y, weight))
        share = share / share[-1] if share[-1] > 0 else share
        return cuts.profit_curve(prefixes, self._path(prefixes, y, weight), share, best_constant, points)

    def take(self, rows: ArrayLike) -> Costs:
        """The costs of some rows: indices or a mask."""
        index = np.asarray(rows)
        return Costs(**{cell: values[index] for cell, values in self.cells().items()})

    def cells(self) -> dict[str, Array]:
        """The arrays by name, as a table holds them; without `spent` where there is none."""
        known = {cell: getattr(self, cell) for cell in CELLS}
        return {cell: values for cell, values in known.items() if values is not None}

    @classmethod
    def of_columns(cls, columns: Mapping[str, ArrayLike]) -> Costs:
        """The costs whose `cells` stand in a table beside other columns."""
        return cls(**{cell: np.asarray(columns[cell], dtype=np.float64) for cell in CELLS if cell in columns})

    @classmethod
    def joined(cls, parts: Sequence[Costs]) -> Costs:
        """The rows of several parts, one after the other."""
        return cls(**{cell: np.concatenate([part.cells()[cell] for part in parts]) for cell in parts[0].cells()})

    def _path(self, prefixes: Prefixes, y: ArrayLike, weight: ArrayLike | None) -> Array:
        """(cuts,) total cost at every cut."""
        w = weights(weight, len(self))
        slope = self.slope(y)
        return _sum(self.base(y), w) + prefixes.cumulated(slope if w is None else slope * w)


def _sum(values: Array, weight: Array | None) -> float:
    return float(values.sum() if weight is None else weight @ values)
