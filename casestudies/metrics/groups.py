"""The group table: the same figures for each group of people, with how sure they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from casestudies.errors import DataError
from casestudies.metrics.bootstrap import resamples
from casestudies.metrics.cases import Array, Case, Mask, RowCosts, weights
from casestudies.metrics.intervals import Interval, effective_rows, percentile, wilson
from casestudies.rows import vector

FEW = 30  # rows; with fewer nothing is said of a group
FEW_CASES = 10  # events (others) of a group; with fewer nothing is said of the share of them that was acted on
_MISSING = "missing"
_BAND = re.compile(r"(under |below |less than |< ?|up to )?(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?![\d.])(?: |-|\+|$)", re.I)


@dataclass(frozen=True)
class GroupRow:
    """One group.

    Parameters
    ----------
    group: its label as text; rows without a label are the group "missing".
    rows, events: counts (not weighted).
    event_rate: share of rows with the event.
    act_rate: share of rows acted on.
    sensitivity: share of events acted on (true positive rate); not said below 10 events.
    false_alarms: share of the others acted on (false positive rate); not said below 10 of them.
    calibration: mean probability minus event rate; above 0 the group's risk is overstated.
    cost: mean cost per row, currency of the costs; None without costs.
    score: mean of a score on another scale (points); None without one.
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
    score: Interval | None
    note: str


def group_table(
    y: ArrayLike,
    p: ArrayLike,
    act: ArrayLike,
    groups: ArrayLike,
    costs: RowCosts | None = None,
    weight: ArrayLike | None = None,
    *,
    score: ArrayLike | None = None,
    rounds: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> list[GroupRow]:
    """Rates, calibration and cost of each group, in the order of their labels (`in_order`).

    Shares have Wilson intervals (effective rows where weighted), means of money, of a score and of the calibration gap
    bootstrap intervals over the group's rows.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event.
    p: (rows,) probability of the event.
    act: (rows,) bool, True = act on the row.
    groups: (rows,) labels.
    weight: (rows,) row weights, default ones.
    score: (rows,) a score on another scale than `p`, e.g. a card's points.
    """
    case = Case.of(y, p, act, costs)
    w = weights(weight, case.rows)
    labels = labels_of(groups, case.rows)
    means = {"calibration": case.probability - case.event}
    if case.base is not None:
        means["cost"] = spent(case)
    if score is not None:
        means["score"] = vector(score, "score", case.rows)
    return [_row(str(name), case, means, w, labels == name, rounds, level, seed) for name in in_order(labels)]


def in_order(labels: ArrayLike) -> list[str]:
    """The different labels, numbers and bands of numbers by size, then texts, then "missing".

    >>> in_order(["30 to 59", "missing", "under 30", "60 and over", "9"])
    ['9', 'under 30', '30 to 59', '60 and over', 'missing']
    """
    return sorted(map(str, np.unique(np.asarray(labels, dtype=object).astype(str))), key=_place)


def _place(label: str) -> tuple[int, float, int, str]:
    """A band begins at its first number; one that lies below a number comes before those that begin there."""
    if label == _MISSING:
        return 2, 0.0, 0, label
    found = _BAND.match(label)
    if found is None:
        return 1, 0.0, 0, label
    return 0, float(found[2]), 0 if found[1] else 1, label


def spent(case: Case) -> Array:
    """(rows,) what each row cost under the decision."""
    base, slope = case.money
    return base + slope * case.decision


def _row(
    name: str,
    case: Case,
    means: Mapping[str, Array],
    weight: Array,
    inside: Mask,
    rounds: int,
    level: float,
    seed: int,
) -> GroupRow:
    count, events = int(inside.sum()), int(case.event[inside].sum())
    few = count < FEW
    everyone = np.ones(case.rows, dtype=bool)

    def share(of: Mask, among: Mask, least: int = 0) -> Interval:
        cases = int((inside & among).sum())
        if few or 0 < cases < least:
            return _too_few(f"{FEW} rows" if few else f"{least} such rows")
        return _rate(of[inside & among], weight[inside & among], level)

    values = np.stack(list(means.values()), axis=1)[inside]
    said = [_too_few(f"{FEW} rows")] * len(means) if few else _means(values, weight[inside], rounds, level, seed)
    averages = dict(zip(means, said, strict=True))
    return GroupRow(
        group=name,
        rows=count,
        events=events,
        event_rate=share(case.event, everyone),
        act_rate=share(case.decision, everyone),
        sensitivity=share(case.decision, case.event, FEW_CASES),
        false_alarms=share(case.decision, ~case.event, FEW_CASES),
        calibration=averages["calibration"],
        cost=averages.get("cost"),
        score=averages.get("score"),
        note="too few to say" if few else "",
    )


def _too_few(what: str) -> Interval:
    nan = float("nan")
    return Interval(nan, nan, nan, reason=f"too few to say: fewer than {what}")


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


def labels_of(groups: ArrayLike, rows: int) -> np.ndarray:
    """(rows,) text; rows without a label are "missing"."""
    import pandas as pd

    labels = pd.Series(np.asarray(groups), dtype=object)
    if len(labels) != rows:
        raise DataError(f"has {len(labels)} labels", where="groups", advice=f"give {rows}, one per row")
    return labels.where(labels.notna(), _MISSING).astype(str).to_numpy(dtype=str)
