"""What events say of each customer at a date: the history that models of purchases read, and features of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casestudies.tabular.events import DAY, Events, Floats, Index, Mask

KIND = "kind_"  # before the name of a kind
OTHER = f"{KIND}other"
_KINDS = 20  # kinds that get a column of their own; the rest are counted together


@dataclass(frozen=True, eq=False)
class Histories:
    """What the purchases up to a date say of each customer who had bought by then.

    Purchases of one day are one. customer: (customers,) the place among `Events.names`.
    frequency: (customers,) days with a purchase after the first one. recency: days from the first purchase to the last.
    age: days from the first purchase to the date. mean: mean amount of a repeat day; NaN without one, or without amounts.
    """

    customer: Index
    frequency: Floats
    recency: Floats
    age: Floats
    mean: Floats

    def __len__(self) -> int:
        return len(self.customer)


def histories(events: Events, until: int) -> Histories:
    """Of the events up to and with the day `until` (days since 1970)."""
    kept = events.day <= until
    customer, day = events.customer[kept], events.day[kept]
    if not len(day):
        nothing = np.empty(0)
        return Histories(np.empty(0, dtype=np.intp), nothing, nothing, nothing, nothing)
    new = np.ones(len(day), dtype=bool)
    new[1:] = (customer[1:] != customer[:-1]) | (day[1:] != day[:-1])
    begins = np.flatnonzero(new)  # of each customer's day
    who, when = customer[begins], day[begins]
    first = np.ones(len(who), dtype=bool)
    first[1:] = who[1:] != who[:-1]
    start = np.flatnonzero(first)
    end = np.append(start[1:], len(who)) - 1
    frequency = (end - start).astype(float)
    mean = np.full(len(start), np.nan)
    if events.amount is not None:
        spent = np.add.reduceat(np.nan_to_num(events.amount[kept]), begins)
        total = np.add.reduceat(spent, start) - spent[start]
        np.divide(total, frequency, out=mean, where=frequency > 0)
    return Histories(
        who[start], frequency, (when[end] - when[start]).astype(float), (until - when[start]).astype(float), mean
    )


@dataclass(frozen=True, eq=False)
class Known:
    """What was known of customers at the beginning of a day, by the events before it alone.

    customer: (customers,) the place among `Events.names`. columns: {feature: (customers,)}. line: (customers,) of the last
    event before the day.
    """

    customer: Index
    columns: dict[str, Floats]
    line: NDArray[np.int64]


def known_at(
    events: Events,
    day: int,
    windows: Sequence[int],
    active: int | None,
    *,
    counted: Events | None = None,
    kinds: Sequence[str] = (),
) -> Known:
    """Features of the customers who were active: counts and amounts in windows of days, recency, tenure, gaps, kinds.

    Parameters
    ----------
    day: days since 1970; only events before it are read.
    windows: days to look back. active: only customers with an event in so many days before; None = with any.
    counted: the events by which a customer is active; all where not given.
    kinds: those that get a column of their own (`commonest`); the others are counted together.
    """
    before = events.where(events.time < day * DAY)
    by = before if counted is None else counted.where(counted.time < day * DAY)
    since = by.time >= (day - active) * DAY if active is not None else np.ones(len(by), dtype=bool)
    customer = np.unique(by.customer[since])
    size = len(events.names)

    def per(values: Floats | None, kept: Mask | None = None) -> Floats:
        who = before.customer if kept is None else before.customer[kept]
        weights = values if values is None or kept is None else values[kept]
        return np.bincount(who, weights, minlength=size)[customer].astype(float)

    start = np.searchsorted(before.customer, customer, "left")
    end = np.searchsorted(before.customer, customer, "right") - 1
    count = (end - start + 1).astype(float)
    tenure = (day * DAY - before.time[start]) / DAY
    recency = (day * DAY - before.time[end]) / DAY
    gap = np.full(len(customer), np.nan)
    np.divide(tenure - recency, count - 1, out=gap, where=count > 1)
    columns = {"recency": recency, "tenure": tenure, "mean_gap": gap, "events": count}
    spent = None if before.amount is None else np.nan_to_num(before.amount)
    if spent is not None:
        columns["amount"] = per(spent)
    for window in windows:
        kept = before.time >= (day - window) * DAY
        columns[f"events_{window}d"] = per(None, kept)
        if spent is not None:
            columns[f"amount_{window}d"] = per(spent, kept)
    if before.kind is not None and kinds:
        own = [events.kinds.index(name) for name in kinds]
        columns |= {f"{KIND}{events.kinds[place]}": per(None, before.kind == place) for place in own}
        columns[OTHER] = per(None, ~np.isin(before.kind, own))
    return Known(customer, columns, before.line[end])


def commonest(events: Events, day: int) -> tuple[str, ...]:
    """The kinds of event that are met most often before a day, at most twenty, by name."""
    if events.kind is None:
        return ()
    kind = events.kind[(events.time < day * DAY) & (events.kind >= 0)]
    count = np.bincount(kind, minlength=len(events.kinds))
    most = np.argsort(-count, kind="stable")[:_KINDS]
    return tuple(sorted(events.kinds[place] for place in most if count[place]))
