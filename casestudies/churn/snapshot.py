"""From a file of events to one row a customer at a date: what was known then, and whether it was heard of afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from casestudies.churn.transactions import events_of
from casestudies.churn.valuing import AS_OF, CUSTOMER, LEFT, Snapshot
from casestudies.errors import ConfigError, DataError
from casestudies.tabular.events import DAY, Events, dated, days
from casestudies.tabular.histories import KIND, OTHER, commonest, known_at
from casestudies.tabular.read import Source, Table

YES: Literal["yes"] = "yes"


def snapshot_table(settings: Any, files: Mapping[str, Path]) -> Table:
    """The table of the snapshots.

    Parameters
    ----------
    settings: with `snapshot` and `transactions`. files: those of `data.files`.

    Returns
    -------
    Table with `customer`, `left` (yes/no), the features, and where there are several dates `as_of`; a row's line is that of
    the customer's last event before the date.

    Raises
    ------
    ConfigError: no date, one after which the data do not reach far enough, or before them; no file; no such kind.
    DataError: nobody was active.
    """
    asked: Snapshot = settings.snapshot
    dates = asked.dates
    return built(asked, dates, events_of(settings.transactions, files, "snapshot"))


def today(settings: Any, files: Mapping[str, Path], date: str | None = None) -> str:
    """The date of a snapshot of new customers: the one that is asked for, else the day after the last event.

    Raises
    ------
    ConfigError: it is no date, or there is no file.
    """
    if date is not None:
        return dated(days(date, "snapshot.date"))
    return dated(int(events_of(settings.transactions, files, "snapshot").day.max()) + 1)


def snapshot_now(settings: Any, files: Mapping[str, Path], columns: Sequence[str], date: str) -> Table:
    """The customers to decide on today: the same columns without a label.

    Parameters
    ----------
    columns: of the training table; those of kinds of event that are not met any more are 0. date: only events before it
        count.

    Raises
    ------
    As `snapshot_table`; nothing needs to be known after the date.
    """
    asked: Snapshot = settings.snapshot
    events = events_of(settings.transactions, files, "snapshot")
    day = days(date, "snapshot.date")
    wanted = [name for name in columns if name.startswith(KIND) and name != OTHER]
    kinds = tuple(kind for kind in events.kinds if f"{KIND}{kind}" in wanted)
    frame, lines = _known(asked, day, events, kinds)
    if not len(frame):
        raise _nobody(asked, day, events)
    gone = [name for name in (*wanted, *((OTHER,) if OTHER in columns else ())) if name not in frame]
    frame = frame.assign(**dict.fromkeys(gone, 0.0))
    if OTHER not in columns:
        frame = frame.drop(columns=OTHER, errors="ignore")
    said = f"{len(frame):,} customers with an event in the {asked.lookback} days before {dated(day)}"
    source = replace(
        events.source, rows=len(frame), columns=frame.shape[1], notes=(*events.notes, f"The table is made of {said}.")
    )
    return Table(frame, source, lines)


def snapshot_known(settings: Any, files: Mapping[str, Path], columns: Sequence[str]) -> tuple[str, Table]:
    """The date and the customers of a past day with the columns of the training table, and whether each left since.

    The day is the last of `snapshot.date`.

    Parameters
    ----------
    columns: of the training table.

    Raises
    ------
    As `snapshot_table`.
    """
    asked: Snapshot = settings.snapshot
    events = events_of(settings.transactions, files, "snapshot")
    day = asked.dates[-1]
    _refuse(asked, [day], events)
    table = snapshot_now(settings, files, columns, dated(day))
    staying = stays(events.of_kinds(asked.kinds, "snapshot.kinds"), day, asked)
    there = staying[np.searchsorted(events.names, table.frame[CUSTOMER].to_numpy(dtype=object))]
    left = pd.Series(np.where(there, "no", YES), dtype="str")
    return dated(day), replace(table, frame=table.frame.assign(**{LEFT: left}))


def built(asked: Snapshot, dates: list[int], events: Events) -> Table:
    """The snapshots of some days (since 1970) from events; see `snapshot_table`."""
    staying = events.of_kinds(asked.kinds, "snapshot.kinds")
    _refuse(asked, dates, events)
    kinds = commonest(events, dates[0])
    frames, lines = [], []
    for date in dates:
        frame, line = _known(asked, date, events, kinds)
        if len(dates) > 1:
            frame.insert(1, AS_OF, pd.Series([dated(date)] * len(frame), dtype="str"))
        there = stays(staying, date, asked)[np.searchsorted(events.names, frame[CUSTOMER].to_numpy(dtype=object))]
        frames.append(frame.assign(**{LEFT: pd.Series(np.where(there, "no", YES), dtype="str")}))
        lines.append(line)
    whole = pd.concat(frames, ignore_index=True)
    if OTHER in whole and not whole[OTHER].any():
        whole = whole.drop(columns=OTHER)
    if not len(whole):
        raise _nobody(asked, dates[0], events)
    source: Source = replace(
        events.source,
        rows=len(whole),
        columns=whole.shape[1],
        notes=(*events.notes, *_said(asked, dates, events, whole)),
    )
    return Table(whole, source, np.concatenate(lines))


def _known(asked: Snapshot, day: int, events: Events, kinds: tuple[str, ...]) -> tuple[pd.DataFrame, np.ndarray]:
    """Who was active before a day, with the features; and the line of each one's last event."""
    counted = events.of_kinds(asked.kinds, "snapshot.kinds")
    known = known_at(events, day, asked.windows, asked.lookback, counted=counted, kinds=kinds)
    names = pd.Series(events.names[known.customer], dtype="str")
    return pd.DataFrame({CUSTOMER: names, **known.columns}), known.line


def _nobody(asked: Snapshot, day: int, events: Events) -> DataError:
    return DataError(
        f"nobody had an event in the {asked.lookback} days before {dated(day)}",
        where=events.source.name,
        advice="write a larger snapshot.active, or another date",
    )


def stays(events: Events, date: int, asked: Snapshot) -> np.ndarray:
    """(customers of `events.names`,) bool: an event in (date + gap, date + gap + horizon]; whole days."""
    after = date + asked.gap
    inside = (events.time > after * DAY) & (events.time < (after + asked.horizon + 1) * DAY)
    found = np.zeros(len(events.names), dtype=bool)
    found[events.customer[inside]] = True
    return found


def _refuse(asked: Snapshot, dates: list[int], events: Events) -> None:
    first, last = int(events.day.min()), int(events.day.max())
    end = dates[-1] + asked.gap + asked.horizon
    if end > last:
        latest = last - asked.gap - asked.horizon
        advice = (
            f"write a date up to {dated(latest)}, or a shorter horizon" if latest > first else "write a shorter horizon"
        )
        raise ConfigError(
            f"from {dated(dates[-1])}, gap and horizon reach to {dated(end)}, and the events end on {dated(last)}: who left cannot "
            "be known yet",
            where="snapshot.date",
            advice=advice,
        )
    if dates[0] <= first:
        raise ConfigError(
            f"no event is before {dated(dates[0])}: the first is of {dated(first)}",
            where="snapshot.date",
            advice="write a later date",
        )


def _said(asked: Snapshot, dates: list[int], events: Events, whole: pd.DataFrame) -> tuple[str, ...]:
    when = dated(dates[0]) if len(dates) == 1 else f"{len(dates)} dates from {dated(dates[0])} to {dated(dates[-1])}"
    left = int((whole[LEFT] == YES).sum())
    before = int((events.time < dates[-1] * DAY).sum())
    return (
        f"The table is a snapshot at {when}: {len(whole):,} rows of customers with an event in the {asked.lookback} days before. Features are "
        f"made of events before the date ({before:,} of {len(events):,} before the last); left means no event from {asked.gap} to "
        f"{asked.gap + asked.horizon} days after it, {left:,} rows.",
    )
