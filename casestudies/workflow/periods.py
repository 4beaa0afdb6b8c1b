"""The judged rows period by period: what the decisions were worth in each, and whether that is on its way down."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.metrics import Answers, Bootstrap, Interval, bootstrap, group_table
from casestudies.metrics.intervals import percentile
from casestudies.workflow.compare import Judged, Sample
from casestudies.workflow.table_settings import TableSettings

_FEWEST, _MOST = 4, 12  # periods
_ROWS, _EVENTS = 100, 20  # that a period needs before figures are told
_CALENDAR = (("month", "M"), ("quarter", "Q"), ("year", "Y"))
_PARTS = 6  # equal parts where no calendar fits


@dataclass(frozen=True, eq=False)
class Periods:
    """Names of the periods in their order, (rows,) the period of each row, and what one is called."""

    names: tuple[str, ...]
    of_row: NDArray[np.intp]
    unit: str


def periods_of(when: pd.Series, y: NDArray[np.float64]) -> Periods | None:
    """Months, quarters or years, the shortest that gives 4 to 12 with figures in at least four; else equal parts.

    Parameters
    ----------
    when: (rows,) instants, or numbers that order the rows. y: (rows,) 0/1; a period wants 20 rows of either kind.

    Returns
    -------
    None where four periods of 100 rows and 20 events cannot be had.
    """
    if pd.api.types.is_datetime64_any_dtype(when):
        local = when.dt.tz_localize(None)
        for unit, letter in _CALENDAR:
            of_row, spans = pd.factorize(local.dt.to_period(letter), sort=True)
            found = Periods(tuple(map(str, spans)), of_row, unit)
            if len(spans) <= _MOST and (_enough(found, y)).sum() >= _FEWEST:
                return found
    for parts in range(_PARTS, _FEWEST - 1, -1):
        found = _equal(when, parts)
        if len(found.names) >= _FEWEST and _enough(found, y).all():
            return found
    return None


def periods_told(
    when: pd.Series, held: Sample, judged: Judged, settings: TableSettings, before: tuple[Sample, Judged] | None
) -> dict[str, Any]:
    """The table by period, as plain values.

    Parameters
    ----------
    when: (judged,) times of the judged rows; held: these rows; judged: what the champion said of them.
    before: the training rows with their cross-fitted answers, for the first line of the table.

    Returns
    -------
    {"none": why there is no table}, or {"unit", "rows": one a period, "training": one or None, "trends": [...]}.
    """
    found = periods_of(when, held.y)
    if found is None:
        why = f"too few to say: no {_FEWEST} periods of {_ROWS} rows and {_EVENTS} events can be made of "
        return {"none": f"{why}{len(held.y):,} rows with {int(held.y.sum()):,} events"}
    enough = _enough(found, held.y)
    rows, boots = [], {}
    for number, name in enumerate(found.names):
        mine = np.flatnonzero(found.of_row == number)
        part, said = held.take(mine), _take(judged, mine)
        if enough[number]:
            row, boots[number] = _figures(name, part, said, settings)
        else:
            note = f"too few to say: fewer than {_ROWS} rows or {_EVENTS} events"
            row = {"period": name, "rows": len(mine), "events": int(part.y.sum()), "note": note}
        rows.append(row)
    training = None if before is None else _figures("training", *before, settings)[0]
    trends = [t for metric in ("savings", "auc") if (t := _trend(metric, boots, settings.interval.level)) is not None]
    return {"unit": found.unit, "rows": rows, "training": training, "trends": trends}


def _figures(name: str, held: Sample, judged: Judged, settings: TableSettings) -> tuple[dict[str, Any], Bootstrap]:
    """One line of the table with its intervals, and the draws behind them."""
    if judged.p is None:
        raise ValueError("a table by period needs probabilities")
    rounds, level, seed = settings.interval.rounds, settings.interval.level, settings.seed
    groups = None if held.group is None else held.group.astype(str).to_numpy()
    money = ("expected_cost", "savings") if held.costs is not None else ()
    answers = {"it": Answers(judged.p, judged.act)}
    boot = bootstrap(
        held.y,
        answers,
        costs=held.costs,
        weight=held.weight,
        groups=groups,
        metrics=("auc", *money),
        rounds=rounds,
        level=level,
        seed=seed,
    )
    one = np.full(len(held.y), name)
    (row,) = group_table(held.y, judged.p, judged.act, one, None, held.weight, rounds=rounds, level=level, seed=seed)
    told: dict[str, Any] = {
        "period": name,
        "rows": row.rows,
        "events": row.events,
        "probability": float(np.average(judged.p, weights=held.weight)),
        "acted": asdict(row.act_rate),
        "event_rate": asdict(row.event_rate),
        "calibration": asdict(row.calibration),
        "note": "",
    }
    return told | {metric: asdict(interval) for metric, interval in boot.intervals["it"].items()}, boot


def _trend(metric: str, boots: dict[int, Bootstrap], level: float) -> dict[str, Any] | None:
    """The straight line through the periods: what a figure has changed along it from the first to the last.

    Periods hold different rows, so their resamples are independent, and the line through the draws of each round gives
    the interval. Least squares, every period alike.
    """
    if any(metric not in boot.intervals["it"] for boot in boots.values()):
        return None
    at = np.array(sorted(boots), dtype=np.float64)
    line = (at - at.mean()) / ((at - at.mean()) ** 2).sum() * np.ptp(at)
    values = np.array([boots[number].intervals["it"][metric].value for number in sorted(boots)])
    draws = np.stack([_shuffled(boots[number].draws["it"][metric], number) for number in sorted(boots)], axis=1)
    change: Interval = percentile(float(values @ line), draws @ line, level, "a period has no such figure")
    return {"metric": metric, "first": float(values[0]), "last": float(values[-1]), "change": asdict(change)}


def _shuffled(draws: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """The draws in an order of their own: periods of equal size are resampled by the same numbers otherwise."""
    return np.random.default_rng([seed, 7]).permutation(draws)


def _take(judged: Judged, rows: NDArray[np.intp]) -> Judged:
    return Judged(None if judged.p is None else judged.p[rows], judged.act[rows])


def _enough(periods: Periods, y: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(periods,) whether each holds enough rows, events and others."""
    count = len(periods.names)
    rows = np.bincount(periods.of_row, minlength=count)
    events = np.bincount(periods.of_row, weights=y, minlength=count)
    return np.asarray((rows >= _ROWS) & (events >= _EVENTS) & (rows - events >= _EVENTS))


def _equal(when: pd.Series, parts: int) -> Periods:
    """Parts of like size in the order of time; one instant stays in one part."""
    dated = pd.api.types.is_datetime64_any_dtype(when)
    values = when.to_numpy(dtype="datetime64[us]") if dated else when.to_numpy(dtype=np.float64)
    order = np.sort(values)
    starts = np.unique(order[[len(order) * part // parts for part in range(parts)]])
    of_row = np.searchsorted(starts, values, side="right") - 1
    lasts = [values[of_row == part].max() for part in range(len(starts))]
    return Periods(tuple(f"{_plain(a)} to {_plain(b)}" for a, b in zip(starts, lasts, strict=True)), of_row, "part")


def _plain(value: Any) -> str:
    return str(value)[:10] if isinstance(value, np.datetime64) else f"{value:g}"
