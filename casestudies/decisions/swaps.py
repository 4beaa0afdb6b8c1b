"""The swap set: the rows on which two decisions differ, and what the change does there."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import ArrayLike

from casestudies.decisions.costs import Costs
from casestudies.rows import Mask, chosen, outcomes


@dataclass(frozen=True)
class Swapped:
    """Rows whose decision changed in one direction.

    Parameters
    ----------
    rows, events: counts.
    saved: money that the change saves on these rows, currency of the costs; negative = it loses; None without costs.
    """

    rows: int
    events: int
    saved: float | None

    @property
    def event_rate(self) -> float:
        """Share of these rows with the event; nan when there are none."""
        return self.events / self.rows if self.rows else float("nan")


@dataclass(frozen=True)
class SwapSet:
    """What the new decision changes against the old one.

    Parameters
    ----------
    swap_in: acted on by the old decision, left alone by the new one (credit: newly accepted).
    swap_out: left alone by the old decision, acted on by the new one (credit: newly declined).
    unchanged: rows on which both agree.
    """

    swap_in: Swapped
    swap_out: Swapped
    unchanged: int

    @property
    def saved(self) -> float | None:
        """Money that the whole change saves; None without costs."""
        if self.swap_in.saved is None or self.swap_out.saved is None:
            return None
        return self.swap_in.saved + self.swap_out.saved


def swap_set(y: ArrayLike, act_old: ArrayLike, act_new: ArrayLike, costs: Costs | None = None) -> SwapSet:
    """Count, rate and money of the rows that change sides; a good change swaps in few events and swaps out many.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event.
    act_old, act_new: (rows,) bool, True = act on the row.
    """
    event = outcomes(y)
    old, new = chosen(act_old, len(event)), chosen(act_new, len(event))
    slope = None if costs is None else costs.slope(y)

    def side(rows: Mask, sign: float) -> Swapped:
        saved = None if slope is None else float(sign * slope[rows].sum())
        return Swapped(int(rows.sum()), int(event[rows].sum()), saved)

    return SwapSet(side(old & ~new, 1.0), side(new & ~old, -1.0), int((old == new).sum()))
