"""What an analyst should be told about a set of costs before trusting a decision made with them."""

from __future__ import annotations

import numpy as np

from casestudies.decisions.costs import Costs
from casestudies.rows import Mask

_HEAVY = 0.05  # one row above this share of all money decides the result alone
_ROWS = 100  # with fewer rows a share of 5 % is nothing special


def complaints(costs: Costs) -> list[str]:
    """Plain sentences; each names a count or share and, where one row can be looked at, the first row (from 1)."""
    caught, alarm = costs.caught, costs.alarm
    if len(costs) == 0:
        return []
    if not (caught.any() or alarm.any()):
        return ["Acting changes the cost of no row: no decision can matter with these costs."]
    upside_down = (alarm < 0) & (caught < 0)
    found = [
        _share(
            (caught <= 0) & (alarm >= 0),
            "Acting never pays in {} of rows: an event caught there costs no less than an event missed.",
        ),
        _share(
            (alarm == 0) & (caught > 0),
            "In {} of rows a false alarm costs no more than leaving the row alone, so any chance above 0 is acted on.",
        ),
        _count(
            (alarm < 0) & ~upside_down,
            "A false alarm is cheaper than a correct rejection in {}: acting is chosen there at any probability.",
        ),
        _count(
            upside_down,
            "The costs are upside down in {}: acting costs more on events and less on the others. They are left alone.",
        ),
        _count(costs.fn < 0, "A missed event has a negative cost, so it earns money, in {}."),
        _dear(costs),
        _heaviest(costs),
    ]
    return [sentence for sentence in found if sentence]


def _share(rows: Mask, sentence: str) -> str:
    return sentence.format(f"{rows.mean():.1%}") if rows.any() else ""


def _count(rows: Mask, sentence: str) -> str:
    count = int(rows.sum())
    if not count:
        return ""
    where = f"row {np.argmax(rows) + 1}" if count == 1 else f"{count} rows (first: row {np.argmax(rows) + 1})"
    return sentence.format(where)


def _dear(costs: Costs) -> str:
    """The rows of a retention campaign in which the customer is not worth the offer."""
    if costs.spent is None:
        return ""
    return _count(costs.fp > costs.fn, "Contact and offer together cost more than the customer is worth in {}.")


def _heaviest(costs: Costs) -> str:
    """The row that carries too large a part of the money that decisions can move."""
    stake = np.maximum(np.abs(costs.caught), np.abs(costs.alarm))
    row = int(np.argmax(stake))
    share = stake[row] / stake.sum()
    if len(stake) < _ROWS or share <= _HEAVY:
        return ""
    return f"Row {row + 1} alone carries {share:.1%} of all cost: look at it, and read the result with and without it."
