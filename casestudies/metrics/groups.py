"""The group table: the same figures for each group of people, with how sure they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from casestudies.errors import DataError
from casestudies.metrics.bootstrap import resamples
from casestudies.metrics.cases import Array, Case, Mask, RowCosts, weights
from casestudies.metrics.intervals import Interval, effective_rows, percentile, wilson

_FEW = 30
_MISSING = "missing"


@dataclass(frozen=True)
class GroupRow:
    """One group.

    Parameters
    ----------
    group: its label as text; rows without a label are the group "missing".
    rows, events: counts (not weighted).
    event_rate: share of rows with the event.
    act_rate: share of rows acted on.
    sensitivity: share of events acted on (true positive rate).
    false_alarms: share of the others acted on (false positive rate).
    calibration: mean probability minus event rate; above 0 the group's risk is overstated.
    cost: mean cost per row, currency of the costs; None without costs.
    note: "too few to say" below 30 rows, where all figures are nan; else "".
    """

    group: str
    rows: int
    events: int
    event_rate: Interval
    act_rate: Interval
    sensitivity: Interval
    false_alarms: Interval
    calibration: Interval
    cost: Interval | None
    note: str


def group_table(
    y: ArrayLike,
    p: ArrayLike,
    act: ArrayLike,
    groups: ArrayLike,
    costs: RowCosts | None = None,
    weight: ArrayLike | None = None,
    *,
    rounds: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> list[GroupRow]:
    """Rates, calibration and cost of each group, sorted by label.

    Shares have Wilson intervals (effective rows where weighted), means of money and of the calibration gap bootstrap
    intervals over the group's rows.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event.
    p: (rows,) probability of the event.
    act: (rows,) bool, True = act on the row.
    groups: (rows,) labels.
    weight: (rows,) row weights, default ones.
    """
    case = Case.of(y, p, act, costs)
    w = weights(weight, case.rows)
    labels = _labels(groups, case.rows)
    return [_row(str(name), case, w, labels == name, rounds, level, seed) for name in np.unique(labels)]


def _row(name: str, case: Case, weight: Array, inside: Mask, rounds: int, level: float, seed: int) -> GroupRow:
    rows, events = int(inside.sum()), int(case.event[inside].sum())
    few = rows < _FEW
    everyone = np.ones(case.rows, dtype=bool)

    def share(of: Mask, among: Mask) -> Interval:
        return _too_few() if few else _rate(of[inside & among], weight[inside & among], level)

    means = [case.probability - case.event]
    if case.base is not None:
        base, slope = case.money
        means.append(base + slope * case.decision)
    values = np.stack(means, axis=1)[inside]
    averages = [_too_few()] * len(means) if few else _means(values, weight[inside], rounds, level, seed)
    return GroupRow(
        group=name,
        rows=rows,
        events=events,
        event_rate=share(case.event, everyone),
        act_rate=share(case.decision, everyone),
        sensitivity=share(case.decision, case.event),
        false_alarms=share(case.decision, ~case.event),
        calibration=averages[0],
        cost=averages[1] if len(averages) > 1 else None,
        note="too few to say" if few else "",
    )


def _too_few() -> Interval:
    nan = float("nan")
    return Interval(nan, nan, nan, reason=f"too few to say: fewer than {_FEW} rows")


def _rate(hit: Mask, weight: Array, level: float) -> Interval:
    """A weighted share with its Wilson interval."""
    total = weight.sum()
    if not total > 0:
        nan = float("nan")
        return Interval(nan, nan, nan, reason="not defined, because the group has no such row")
    rate = np.array([float(weight @ hit) / float(total)]).clip(0.0, 1.0)
    low, high = wilson(rate, effective_rows(np.array([total]), np.array([weight @ weight])), level)
    return Interval(float(rate[0]), float(low[0]), float(high[0]))


def _means(values: Array, weight: Array, rounds: int, level: float, seed: int) -> list[Interval]:
    """Weighted means of the columns of `values` (rows, n), each with a bootstrap interval."""
    undefined = "its rows have no weight"
    value = _mean(values, weight[np.newaxis, :])[0]
    draws = np.concatenate([_mean(values, chunk * weight) for chunk in resamples(len(values), rounds, seed)])
    return [percentile(float(v), column, level, undefined) for v, column in zip(value, draws.T, strict=True)]


def _mean(values: Array, weight: Array) -> Array:
    """(rounds, n) weighted means under `weight` (rounds, rows); nan without weight."""
    total = weight.sum(axis=1, keepdims=True)
    return np.divide(weight @ values, total, out=np.full((len(weight), values.shape[1]), np.nan), where=total > 0)


def _labels(groups: ArrayLike, rows: int) -> np.ndarray:
    """(rows,) text."""
    import pandas as pd

    labels = pd.Series(np.asarray(groups), dtype=object)
    if len(labels) != rows:
        raise DataError(f"has {len(labels)} labels", where="groups", advice=f"give {rows}, one per row")
    return labels.where(labels.notna(), _MISSING).astype(str).to_numpy(dtype=str)
