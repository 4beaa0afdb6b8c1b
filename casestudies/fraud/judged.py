"""The judged transactions as a fraud team sees them: their days and cards, what they would lose and what an alert gains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.decisions import Costs
from casestudies.workflow.analyses import Work
from casestudies.workflow.time_windows import clock

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Index = NDArray[np.intp]

_DRAWS = 20_000_000  # weights drawn for one interval at most; rounds are fewer where rows are many


@dataclass(frozen=True, eq=False)
class Transactions:
    """The judged rows and the champion's answers, which no model gave that had seen the row.

    Parameters
    ----------
    rows: (judged,) positions in the table. y, weight: (judged,). p, act: the champion's probability and decision.
    costs: None where there are no prices.
    card: (judged,) 0, 1, ...; a missing card is one of its own. None without the column.
    day: (judged,) 0, 1, ... from the first judged day on; -1 where the time is missing, or where a day is judged in part
        while others are judged whole. None without dates.
    names: of the days.
    drawn: the share of a day's rows that is judged, 1 but where the judged rows were drawn at random.
    group: (judged,) codes of what must not be split apart, the card where nothing else is named.
    """

    rows: Index
    y: Floats
    weight: Floats
    p: Floats
    act: Mask
    costs: Costs | None
    card: Index | None
    day: Index | None
    names: tuple[str, ...]
    drawn: float
    group: Index | None

    @classmethod
    def of(cls, work: Work) -> Self:
        rows, frame = work.comparison.rows, work.loaded.checked.frame
        judged = work.comparison.judged[work.comparison.choice.champion]
        if judged.p is None:
            raise ValueError("the champion is a model, and has probabilities")
        held = work.sample.take(rows)
        card = codes(frame["card"].iloc[rows]) if "card" in frame else None
        time = work.loaded.column("time")
        day, names, drawn = (None, (), 1.0) if time is None else _judged_days(frame[time], rows)
        group = card if held.group is None else codes(held.group)
        return cls(rows, held.y, held.weight, judged.p, judged.act, held.costs, card, day, names, drawn, group)

    @property
    def loss(self) -> Floats | None:
        """(judged,) money lost where a fraud is missed, 0 for others; None without prices."""
        return None if self.costs is None else np.where(self.y > 0, self.costs.fn, 0.0)

    @property
    def gain(self) -> Floats | None:
        """(judged,) money that an alert is expected to save: p x amount less the price of the alert."""
        return None if self.costs is None else self.costs.gain(self.p)


def rounds_of(rows: int, asked: int) -> int:
    """Resamples that so many rows allow in reasonable time."""
    return max(200, min(asked, _DRAWS // max(rows, 1)))


def codes(labels: pd.Series) -> Index:
    """(rows,) 0, 1, ... in the order in which labels first appear; each missing one is one of its own."""
    found, names = pd.factorize(labels)
    lacking = found < 0
    found = found.astype(np.intp)
    found[lacking] = len(names) + np.arange(int(lacking.sum()))
    return found


def _judged_days(when: pd.Series, rows: Index) -> tuple[Index | None, tuple[str, ...], float]:
    """(judged,) days and their names, and the share of a day that is judged.

    A split falls within a day; what is left of it would be a day on which little happens, and is no day here.
    """
    whole, names = days(when)
    if whole is None:
        return None, (), 1.0
    known = whole >= 0
    every = np.bincount(whole[known], minlength=len(names))
    day = whole[rows]
    seen = np.bincount(day[day >= 0], minlength=len(names))
    complete = (seen == every) & (seen > 0)
    kept = complete if complete.any() else seen > 0
    place = np.where(kept, np.cumsum(kept) - 1, -1)
    day = np.where(day >= 0, place[day], -1)
    drawn = 1.0 if complete.any() else float(seen.sum() / every[kept].sum())
    return day, tuple(name for name, held in zip(names, kept, strict=True) if held), drawn


def days(when: pd.Series) -> tuple[Index | None, tuple[str, ...]]:
    """(rows,) the day of each row, of the calendar in UTC, and the names of the days; None where the times are no dates."""
    clocked, dated = clock(when)
    known = np.isfinite(clocked)
    if not dated or not known.any():
        return None, ()
    number = np.floor(clocked)
    first = int(number[known].min())
    day = np.where(known, number - first, -1).astype(np.intp)
    return day, tuple(str(np.datetime64(first + one, "D")) for one in range(int(day.max()) + 1))
