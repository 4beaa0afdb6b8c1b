"""Whether a stated probability comes true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.metrics import CalibrationCurve, calibration_curve
from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import (
    Array,
    figure,
    inline,
    number,
    percent,
    reading,
    records,
    series_scale,
    table,
    unlike,
)
from casestudies.report.theme import GREY, INK

STRIP = 0.2  # share of the height that the histogram takes


@reading(
    "Rows are put into groups by their stated probability. On the diagonal, of a hundred rows stated at 30 %, thirty turn out to be events. Above it events are more frequent than stated, below it rarer. The strip below shows how many rows there are at each probability."
)
def calibration(
    y: Array,
    scores: Mapping[str, Array],
    *,
    weight: Array | None = None,
    bins: int = 10,
    caption: str = "Calibration",
) -> Figure:
    """Observed share of events against the stated probability, in bins of equal count, with 95 % Wilson intervals.

    The grey strip is where the probabilities of the first model lie; the dashed diagonal is perfect calibration.

    Parameters
    ----------
    y: (rows,) 0/1. scores: by model, (rows,) probability of the event. weight: (rows,); bins then count rows, shares
    and intervals use the weights (with their effective number of rows).
    """
    import altair as alt

    w = np.ones(len(y)) if weight is None else np.asarray(weight, dtype=float)
    names = unlike(scores)
    tables = {n: _binned(y, p, w, bins) for n, p in zip(names, scores.values(), strict=True)}
    top = min(1.0, 1.08 * max(float(np.max(table[:, [0, 3]])) for table in tables.values()))
    span = alt.Scale(domain=[0, top], nice=False)
    x = alt.X("x:Q", title="Stated probability", scale=span, axis=alt.Axis(format="~%"))
    y_axis: dict[str, Any] = {"title": "Observed share of events", "scale": span, "axis": alt.Axis(format="~%")}
    diagonal = alt.Chart(inline(records(x=[0, top], y=[0, top]))).mark_line(
        color=GREY, strokeDash=[4, 4], strokeWidth=1.2
    )
    chart = alt.layer(
        _strip(next(iter(scores.values())), w, top, x),
        diagonal.encode(x=x, y=alt.Y("y:Q", **y_axis)),
        *_dots(tables, x, y_axis),
    )
    return _finished(chart, tables, caption)


@reading(
    "As one calibration chart, for several at once: the nearer a line keeps to the diagonal, the more literally its probabilities can be taken."
)
def calibration_beside(curves: Mapping[str, CalibrationCurve], *, caption: str) -> Figure:
    """As `calibration`, of curves that were made of different rows (then and now), so without the strip.

    Parameters
    ----------
    curves: by name, as `calibration_curve` makes them.
    """
    import altair as alt

    names = unlike(curves)
    tables = {n: _table(curve) for n, curve in zip(names, curves.values(), strict=True)}
    top = min(1.0, 1.08 * max(float(np.max(table[:, [0, 3]])) for table in tables.values()))
    span = alt.Scale(domain=[0, top], nice=False)
    x = alt.X("x:Q", title="Stated probability", scale=span, axis=alt.Axis(format="~%"))
    y_axis: dict[str, Any] = {"title": "Observed share of events", "scale": span, "axis": alt.Axis(format="~%")}
    diagonal = alt.Chart(inline(records(x=[0, top], y=[0, top]))).mark_line(
        color=GREY, strokeDash=[4, 4], strokeWidth=1.2
    )
    chart = alt.layer(diagonal.encode(x=x, y=alt.Y("y:Q", **y_axis)), *_dots(tables, x, y_axis))
    return _finished(chart, tables, caption)


def _finished(chart: Any, tables: Mapping[str, Array], caption: str) -> Figure:
    """The chart with the table behind it, and in words how often the diagonal is held."""
    head = ("Model", "stated", "observed", "95 % low", "95 % high", "rows")
    cells = [
        (name, *(percent(float(v), 2) for v in row[:4]), number(float(row[4]), 0))
        for name, binned in tables.items()
        for row in binned
    ]
    said = "; ".join(f"{name}: {_held(t)} of {len(t)} intervals hold the stated value" for name, t in tables.items())
    return figure(
        chart,
        caption=caption,
        alt_text=f"Observed share of events against stated probability, in bins. {said}.",
        table=table(caption, head, cells),
        height=320,
    )


def _dots(tables: Mapping[str, Array], x: Any, y_axis: dict[str, Any]) -> list[Any]:
    """A point and its interval for each bin of each model."""
    import altair as alt

    data: list[dict[str, Any]] = []
    for name, (p, rate, low, high, rows) in ((name, binned.T) for name, binned in tables.items()):
        data += records(x=p, y=rate, low=low, high=high, rows=rows, series=[name] * len(p))
    names = list(tables)
    legend = alt.Legend() if len(names) > 1 else None
    color = alt.Color("series:N", scale=alt.Scale(**series_scale(names, "color")), legend=legend)
    shape = alt.Shape("series:N", scale=alt.Scale(**series_scale(names, "shape")), legend=legend)
    tips = [
        alt.Tooltip("series:N", title="series"),
        alt.Tooltip("x:Q", title="stated", format=".2%"),
        alt.Tooltip("y:Q", title="observed", format=".2%"),
        alt.Tooltip("rows:Q", title="rows", format=",.0f"),
    ]
    base = alt.Chart(inline(data)).encode(x=x, color=color)
    dots = base.mark_point(filled=True, size=75, opacity=1)
    return [
        base.mark_rule(strokeWidth=1.8).encode(y=alt.Y("low:Q", **y_axis), y2=alt.Y2("high:Q")),
        dots.encode(y=alt.Y("y:Q", **y_axis), shape=shape, tooltip=tips),
    ]


def _strip(p: Array, w: Array, top: float, x: Any) -> Any:
    import altair as alt

    p = np.asarray(p, dtype=float)
    count, edges = np.histogram(np.clip(p, 0, top), bins=40, range=(0, top), weights=w)
    height = STRIP * top * count / (count.max() or 1.0)
    bars = alt.Chart(inline(records(x=edges[:-1], x2=edges[1:], y=height, y2=np.zeros(len(height)))))
    return bars.mark_rect(color=INK, opacity=0.13).encode(x=x, x2=alt.X2("x2:Q"), y=alt.Y("y:Q"), y2=alt.Y2("y2:Q"))


def _held(table: Array) -> int:
    return int(((table[:, 0] >= table[:, 2]) & (table[:, 0] <= table[:, 3])).sum())


def _binned(y: Array, p: Array, w: Array, bins: int) -> Array:
    """(bins, 5) mean probability, share of events, its limits, rows."""
    return _table(calibration_curve(y, p, w, bins))


def _table(curve: CalibrationCurve) -> Array:
    return np.column_stack([curve.predicted, curve.observed, curve.low, curve.high, curve.rows])
