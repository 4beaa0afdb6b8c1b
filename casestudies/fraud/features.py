"""What a transaction's past says of it: counts and amounts of its card, known frauds at its terminal, the hour.

Nothing looks ahead. A transaction sees itself and those of earlier instants: others of the same instant are not yet
there, whichever stands first in the file, since a file of whole days may be in the order of its labels. Frauds count
from `delay` days after they happened, when they are known.

Source: Le Borgne, Siblini, Lebichot and Bontempi 2022, "Reproducible machine learning for credit card fraud detection",
chapter 3, baseline feature transformation; windows and delay are theirs, and so are night, weekend and a risk of 0 where
nothing is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import ConfigError, DataError, shown
from casestudies.fraud.rolling import AMOUNT, CARD, TERMINAL, TIME, Asked, Rolling
from casestudies.fraud.state import FILE, Events, State, day_of, no_events, refuse_future
from casestudies.runs.disk import to_json
from casestudies.tabular.cells import plain
from casestudies.tabular.history import DAY, GAP, UNIT, Past, fingerprints, millionths
from casestudies.workflow.studies import Extended

if TYPE_CHECKING:
    from casestudies.tabular.checked import Checked

__all__ = ["NEVER", "Rolling", "events_of", "extend", "made", "number_of", "with_past"]

Floats = NDArray[np.float64]

NEVER = np.iinfo(np.int64).min  # a missing time, as NumPy keeps it
OUTCOMES = "outcomes.json"  # under made/ of a run folder
_HOUR = DAY // 24
_LARGEST = 9e18  # of a sum in millionths


def extend(checked: Checked, settings: Any, files: Mapping[str, Path]) -> Extended | None:
    """The checked table with the features of each transaction's past, and the state from which new ones go on.

    A table without dates, or without card and terminal, gets what can be made of it.

    Raises
    ------
    ConfigError: the table is a sample of its rows, whose past is not all there.
    DataError: payments are dated in the future.
    """
    del files
    asked = Asked.of({column.name: column for column in checked.frozen().columns}, settings)
    if asked is None:
        return None
    if checked.totals is not None:
        needed = f"{checked.totals.rows:,} rows"
        raise ConfigError(
            f"the past of a payment lies in all rows, and of {needed} only a sample is in memory",
            where="run.memory_mb",
            advice="raise it, bring the latest months only, or write rolling.windows: []",
        )
    told = np.full(len(checked.frame), -1, np.int8) if checked.y is None else checked.y.astype(np.int8)
    events = events_of(checked.frame, asked, told, number_of(checked))
    refuse_future(events.time, f"{shown(checked.source.name, 80)}, column {shown(checked.sources[TIME])}")
    frame, state = with_past(events, asked, None)
    made_of = checked.with_made(frame, asked.columns())
    remembered = {FILE: state.to_bytes(), OUTCOMES: to_json({"other": _other_outcome(checked)})}
    return Extended(made_of, _said(asked, events.time), asked, remembered)


def _said(asked: Asked, time: NDArray[np.int64]) -> tuple[str, ...]:
    dated = time[time != NEVER]
    begin = int(dated.min()) + asked.days * DAY if len(dated) else 0
    whole = len(dated) > 0 and begin <= int(dated.max())
    said = asked.sentences(day_of(begin) if whole else None)
    lacking = len(time) - len(dated)
    if not lacking:
        return said
    return (*said, f"{lacking:,} payments have no time: nothing is made of their past, and they are nobody's past")


def _other_outcome(checked: Checked) -> str | None:
    """What the file writes where there was no fraud."""
    found = checked.in_role("target")
    if not found or checked.y is None:
        return None
    others = checked.frame[found[0]][checked.y == 0]
    return plain(others.iloc[0]) if len(others) else None


def number_of(checked: Checked) -> str | None:
    """The column with the transactions' own numbers."""
    found = checked.in_role("identifier")
    return found[0] if found else None


def events_of(frame: pd.DataFrame, asked: Asked, told: NDArray[np.int8], name: str | None = None) -> Events:
    """Checked transactions as their history needs them.

    Parameters
    ----------
    frame: with the columns of the contract. told: (rows,) 1 = fraud, 0 = none, -1 = nobody has said yet.
    name: column of the transactions' own numbers.
    """
    none = np.zeros(len(frame), dtype=np.uint64)
    amounts = frame[AMOUNT].to_numpy(dtype=np.float64) if asked.amount else np.full(len(frame), np.nan)
    return Events(
        frame[TIME].to_numpy(dtype="datetime64[us]").astype(np.int64),
        fingerprints(frame[CARD]) if asked.card else none,
        fingerprints(frame[TERMINAL]) if asked.terminal else none,
        millionths(amounts),
        told,
        none if name is None else fingerprints(frame[name]),
    )


def with_past(events: Events, asked: Asked, state: State | None) -> tuple[pd.DataFrame, State]:
    """The features of transactions in any order, and the state behind them.

    Those that the state holds already are the same transactions: they are not counted twice, and outcomes that they
    bring are learnt.

    Parameters
    ----------
    state: what is known of earlier ones; None = nothing.

    Returns
    -------
    frame: (events, made columns); missing where the time is.
    """
    dated = np.flatnonzero(events.time != NEVER)
    told = events.take(dated)
    state = State.of(no_events(), asked.days) if state is None else state
    place = state.place(told)
    state = state.told(place, told.told)
    new = place < 0
    place[new] = len(state.events) + np.arange(new.sum())
    every = state.events.joined(told.take(new))
    order = every.in_order()
    wanted = np.zeros(len(every), dtype=bool)
    wanted[place] = True
    found = made(every.take(order), wanted[order], asked)
    rank = np.empty(len(every), dtype=np.intp)
    rank[order] = np.cumsum(wanted[order]) - 1
    columns = {}
    for name, values in found.items():
        columns[name] = np.full(len(events), np.nan)
        columns[name][dated] = values[rank[place]]
    return pd.DataFrame(columns, index=range(len(events))), state.add(told.take(new))


def made(events: Events, wanted: NDArray[np.bool_], asked: Asked) -> dict[str, Floats]:
    """The features of some transactions among all that are known.

    Parameters
    ----------
    events: every transaction, by time. wanted: (events,) those whose features are made.

    Returns
    -------
    {column: (wanted,) float64}, in the order of `Asked.columns`; NaN where the card or the terminal is missing.

    Raises
    ------
    DataError: the amounts of one card are too large to be added.
    """
    clock = _Clock(events.time)
    out: dict[str, Floats] = {}
    if asked.card:
        out |= _of_card(events, wanted, asked, clock)
    if asked.terminal:
        out |= _of_terminal(events, wanted, asked, clock)
    time = events.time[wanted]
    hour, weekday = time % DAY // _HOUR, (time // DAY + 3) % 7  # 1 January 1970 was a Thursday
    start, end = asked.night
    night = (hour >= start) & (hour < end) if start <= end else (hour >= start) | (hour < end)
    flags = {"hour": hour, "night": night, "weekend": np.isin(weekday, asked.weekend)}
    out |= {name: values.astype(np.float64) for name, values in flags.items()}
    return {column.name: out[column.name] for column in asked.columns()}


@dataclass(frozen=True, eq=False)
class _Clock:
    """time: (events,) rising."""

    time: NDArray[np.int64]

    def before(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """(rows,) how many events are earlier than an instant."""
        return np.searchsorted(self.time, at).astype(np.int64)

    def until(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """(rows,) how many events are no later than an instant."""
        return np.searchsorted(self.time, at, side="right").astype(np.int64)


@dataclass(frozen=True, eq=False)
class _Back:
    """From the order of a key to the order of the wanted events. there: (wanted,) whether their key is known."""

    to: NDArray[np.intp]
    there: NDArray[np.bool_]

    @classmethod
    def of(cls, past: Past, wanted: NDArray[np.bool_], there: NDArray[np.bool_]) -> _Back:
        return cls((np.cumsum(wanted) - 1)[past.rows], there[wanted])

    def __call__(self, values: NDArray[Any]) -> Floats:
        out = np.empty(len(values))
        out[self.to] = values
        out[~self.there] = np.nan
        return out


def _of_card(events: Events, wanted: NDArray[np.bool_], asked: Asked, clock: _Clock) -> dict[str, Floats]:
    past = Past.of(events.card, wanted)
    back = _Back.of(past, wanted, events.card != 0)
    now = events.time[past.rows]
    here = past.place(clock.before(now))  # behind the last earlier payment of the card
    known = events.amount != GAP
    amount = np.where(known, events.amount, 0)
    _addable(amount, past)
    spent, counted = past.running(amount), past.running(known.astype(np.int64))
    own, has = amount[past.rows], known[past.rows]
    out, start = {}, here
    for days in asked.windows:
        start = past.place(clock.until(now - days * DAY))
        out[f"card_payments_{days}d"] = back(here - start + 1)
        total = spent[here] - spent[start] + own
        number = counted[here] - counted[start] + has
        out[f"card_spent_{days}d"] = back(total / UNIT)
        out[f"card_mean_{days}d"] = back(_ratio(total / UNIT, number))
    usual = _ratio((spent[here] - spent[start]) / UNIT, counted[here] - counted[start])  # of the longest window
    usual[~(usual > 0) | ~has] = np.nan
    out["card_amount_ratio"] = back(own / UNIT / usual)
    last = events.time[past.order[np.maximum(here - 1, 0)]]
    out["card_seconds_since_last"] = back(np.where(here > start, (now - last) / 1e6, np.nan))
    if asked.terminal:
        out["card_new_terminal"] = _new_terminal(events, wanted, asked, clock)
    return out


def _new_terminal(events: Events, wanted: NDArray[np.bool_], asked: Asked, clock: _Clock) -> Floats:
    pair = events.card * np.uint64(0x9E3779B97F4A7C15) ^ events.terminal
    past = Past.of(pair, wanted)
    back = _Back.of(past, wanted, (events.card != 0) & (events.terminal != 0))
    now = events.time[past.rows]
    return back(past.place(clock.before(now)) == past.place(clock.until(now - asked.windows[-1] * DAY)))


def _of_terminal(events: Events, wanted: NDArray[np.bool_], asked: Asked, clock: _Clock) -> dict[str, Floats]:
    past = Past.of(events.terminal, wanted)
    back = _Back.of(past, wanted, events.terminal != 0)
    now = events.time[past.rows]
    latest = now - asked.delay * DAY
    end = past.place(np.minimum(clock.until(latest), clock.before(now)))  # without a delay, earlier instants only
    frauds = past.running((events.told == 1).astype(np.int64))
    out = {}
    for days in asked.windows:
        start = past.place(clock.until(latest - days * DAY))
        count, found = end - start, frauds[end] - frauds[start]
        out[f"terminal_known_{days}d"] = back(count)
        out[f"terminal_frauds_{days}d"] = back(found)
        out[f"terminal_risk_{days}d"] = back(np.nan_to_num(_ratio(found, count)))
    return out


def _ratio(total: NDArray[Any], count: NDArray[np.int64]) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(count > 0, total / count, np.nan), dtype=np.float64)


def _addable(amount: NDArray[np.int64], past: Past) -> None:
    """Sums of whole numbers wrap around where they are too large; that no card's does is made sure of here."""
    size = np.abs(amount.astype(np.float64))
    if size.sum() > _LARGEST and past.totals(size).max() > _LARGEST:
        raise DataError(
            "the payments of one card add up to more than 9e12",
            where=f"column {AMOUNT}",
            advice="give them in thousands",
        )
