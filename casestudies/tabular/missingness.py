"""Whether a gap means something: columns whose missing cells go with another share of events than their filled ones.

A column in which gaps tell is to keep "missing" as a level of its own. Whether cells are missing because of the value
they would hold cannot be seen in any table; only the link between gap and outcome can.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

Floats = NDArray[np.float64]
Verdict = Literal["tells", "no difference seen", "too few to say"]

FEW = 10  # missing (or filled) cells; with fewer no rate is compared
_EVENTS = 5  # events and others that are expected among the missing at the overall rate


@dataclass(frozen=True)
class Gap:
    """The missing cells of one column, and what they go with.

    Parameters
    ----------
    column: its name. missing: rows without a cell (a count). share: of all rows, weighted.
    rate_missing, rate_held: share of events among rows without and with a cell, weighted; nan where there is none.
    difference: the first minus the second, with `low` and `high` of its interval.
    p: of the test of no difference; adjusted: held for all columns tested (Holm). Both nan where nothing is said.
    verdict: "tells", "no difference seen" or "too few to say".
    same_as: an earlier column that is missing in exactly the same rows; one fact, tested once. "" where there is none.
    """

    column: str
    missing: int
    share: float
    rate_missing: float
    rate_held: float
    difference: float
    low: float
    high: float
    p: float
    adjusted: float
    verdict: Verdict
    same_as: str = ""


def gaps_that_tell(
    frame: pd.DataFrame, y: Floats, weight: Floats | None = None, *, level: float = 0.95
) -> tuple[Gap, ...]:
    """Every column with missing cells: does being missing go with the outcome?

    Parameters
    ----------
    frame: (rows, columns) as checked; complete columns are passed over.
    y: (rows,) 0/1, 1 = the event. weight: (rows,) row weights, default ones.
    level: coverage of the intervals; 1 - level is the chance of naming any column where no gap tells anything.

    Returns
    -------
    Columns that tell first, then by how many cells are missing.

    Source: interval of the difference: Newcombe 1998, "Interval estimation for the difference between independent
    proportions", method 10; the family: Holm 1979, "A simple sequentially rejective multiple test procedure".
    """
    own = np.ones(len(y)) if weight is None else weight
    event = y > 0
    found: list[Gap] = []
    seen: dict[bytes, str] = {}
    for name in map(str, frame.columns):
        missing = frame[name].isna().to_numpy()
        if missing.any():
            twin = seen.setdefault(np.packbits(missing).tobytes(), name)
            found.append(_gap(name, missing, event, own, level, "" if twin == name else twin))
    tested = [gap for gap in found if not np.isnan(gap.p) and not gap.same_as]
    held = dict(zip((gap.column for gap in tested), holm([gap.p for gap in tested]), strict=True))
    judged = []
    for gap in found:
        adjusted = held.get(gap.same_as or gap.column, float("nan"))
        verdict: Verdict = "too few to say"
        if not np.isnan(adjusted):
            verdict = "tells" if adjusted < 1 - level else "no difference seen"
        judged.append(replace(gap, adjusted=adjusted, verdict=verdict))
    return tuple(sorted(judged, key=lambda gap: (gap.verdict != "tells", -gap.missing)))


def _gap(name: str, missing: np.ndarray, event: np.ndarray, weight: Floats, level: float, twin: str) -> Gap:
    nan = float("nan")
    share = float(weight[missing].sum() / weight.sum())
    gap = Gap(name, int(missing.sum()), share, nan, nan, nan, nan, nan, nan, nan, "too few to say", twin)
    sides = (missing, ~missing)
    rows = [_effective(weight[side]) for side in sides]
    if min(rows) == 0:
        return gap
    rates = [float(np.average(event[side], weights=weight[side])) for side in sides]
    gap = replace(gap, rate_missing=rates[0], rate_held=rates[1], difference=rates[0] - rates[1])
    overall = float(np.average(event, weights=weight))
    if min(rows) < FEW or min(rows) * min(overall, 1 - overall) < _EVENTS:
        return gap
    low, high = _newcombe(rates, rows, level)
    error = np.sqrt(overall * (1 - overall) * (1 / rows[0] + 1 / rows[1]))
    p = float(2 * norm.sf(abs(rates[0] - rates[1]) / error))
    return replace(gap, low=low, high=high, p=p)


def holm(p: Sequence[float]) -> list[float]:
    """p values held for their family: the chance that any is below a limit, where none should be, is that limit."""
    order = np.argsort(p, kind="stable")
    steps = np.asarray(p, dtype=float)[order] * np.arange(len(p), 0, -1)
    out = np.empty(len(p))
    out[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(value) for value in out]


def _newcombe(rates: list[float], rows: list[float], level: float) -> tuple[float, float]:
    """Ends of the interval of rates[0] - rates[1], from the Wilson interval of each."""
    z = norm.isf((1 - level) / 2)
    ends = []
    for rate, n in zip(rates, rows, strict=True):
        middle = (rate + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z * np.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
        ends.append((middle - half, middle + half))
    (low_a, high_a), (low_b, high_b) = ends
    difference = rates[0] - rates[1]
    down = np.hypot(rates[0] - low_a, high_b - rates[1])
    up = np.hypot(high_a - rates[0], rates[1] - low_b)
    return float(difference - down), float(difference + up)


def _effective(weight: Floats) -> float:
    """How many equally weighted rows say as much (Kish); 0 without weight."""
    squares = float(weight @ weight)
    return float(weight.sum() ** 2 / squares) if squares > 0 else 0.0
