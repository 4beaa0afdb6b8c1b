"""Several rows of one user and item: the last, the first, their mean or their sum; or each for itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casestudies.tabular.interactions.draft import Draft, Mask
from casestudies.tabular.interactions.options import Repeats
from casestudies.tabular.problems import Code, Problem

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

_DONE = {
    "last": "the last counts",
    "first": "the first counts",
    "mean": "their mean counts",
    "sum": "they are added up",
}


@dataclass(frozen=True, eq=False)
class Joined:
    """rows: (left,) places in the table, rising. value: (left,) their rating or weight; None = 1 each."""

    rows: NDArray[np.intp]
    value: Floats | None


def join(
    draft: Draft, pair: Whole, value: Floats | None, time: Whole | None, how: Repeats, *, explicit: bool
) -> Joined:
    """The rows that stay, and their values.

    Parameters
    ----------
    pair: (rows,) one number for each user and item. value: (rows,) ratings or weights. time: (rows,) seconds.
    how: `auto` keeps the last of ratings, and of acts those that differ in time, the others added up.
    """
    rows = np.flatnonzero(draft.kept)
    if how == "keep":
        return Joined(rows, None if value is None else value[rows])
    by_time = how == "auto" and not explicit and time is not None
    done = how if how != "auto" else "last" if explicit else "sum"
    when = rows if time is None else time[rows]
    order = np.lexsort((when, pair[rows]))
    new = np.diff(pair[rows[order]], prepend=-1) != 0
    again = int((~new).sum())
    if by_time:
        _say_of_purchases(draft, again)
        new |= np.diff(when[order], prepend=when[order[0]] - 1) != 0
    begins = np.flatnonzero(new)
    ends = np.append(begins[1:], len(order)) - 1
    repeats = len(order) - len(begins)
    if not repeats:
        return Joined(rows, None if value is None else value[rows])
    _say_of_repeats(draft, order, rows, new, repeats, done, by_time)
    held = np.ones(len(order)) if value is None else value[rows[order]]
    joined = {"last": lambda: held[ends], "first": lambda: held[begins]}.get(
        done, lambda: np.add.reduceat(held, begins)
    )()
    if done == "mean":
        joined = joined / (ends - begins + 1)
    stays = rows[order[begins if done == "first" else ends]]
    file_order = np.argsort(stays, kind="stable")
    nothing = value is None and done != "sum"
    return Joined(stays[file_order], None if nothing else joined[file_order])


def _say_of_purchases(draft: Draft, again: int) -> None:
    if again:
        rule = f"{again:,} of {draft.left:,} rows meet an item again at another time or at the same; other times are kept as repeat purchases"
        draft.say(
            Code.REPEATED_PAIRS, rule, "write reading.repeats: sum to have one row for each user and item", count=again
        )


def _say_of_repeats(
    draft: Draft, order: NDArray[np.intp], rows: NDArray[np.intp], new: Mask, repeats: int, done: str, by_time: bool
) -> None:
    where = "of a user, an item and a time" if by_time else "of a user and an item"
    rule = f"{repeats:,} of {len(order):,} rows are further ones {where} that are there already; {_DONE[done]}"
    again = rows[order[np.flatnonzero(~new)]]
    row, line = draft.places.of(int(again.min()))
    advice = "write reading.repeats: last, first, mean, sum or keep"
    draft.problems.add(Problem(Code.REPEATED_PAIRS, "note", rule, advice, None, row, line, None, repeats))
