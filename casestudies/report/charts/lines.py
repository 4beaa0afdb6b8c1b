"""Curves over a shared plane: one line a series, told apart by colour and dash, with guides and a chosen point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from casestudies.report.blocks import Figure, Table
from casestudies.report.charts.canvas import (
    MARKS,
    SHORT,
    Array,
    figure,
    inline,
    line_legend,
    reading,
    records,
    series_scale,
    thin,
    unlike,
)
from casestudies.report.theme import GREY, INK, VERMILLION

_STROKE, _LETTER, _ABREAST = 45, 6.2, 3  # pixels of a name's stroke and of a letter; names in a row of the legend


@dataclass(frozen=True)
class Axis:
    """What an axis shows: `form` is a d3 number format (none: the scale's own), `ends` its fixed limits."""

    title: str
    form: str | None = None
    log: bool = False
    ends: tuple[float, float] | None = None


@dataclass(frozen=True)
class Line:
    """A series: `x`, `y` (points,), and where given a band `low`, `high` (points,) around it."""

    name: str
    x: Array
    y: Array
    low: Array | None = None
    high: Array | None = None


@dataclass(frozen=True)
class Guide:
    """A thin dashed line that is no series: chance, zero, a level."""

    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True)
class Mark:
    """What was chosen: an upright at `x` with its words, and the flat stretch where other choices cost no more.

    y: where its point stands when that is not on the first line.
    """

    x: float
    words: tuple[str, ...]
    flat: tuple[float, float] | None = None
    y: float | None = None


@reading(
    "Follow a line from left to right; the band around it is its interval. A click on a name in the legend picks that line out."
)
def line_chart(
    lines: Sequence[Line],
    x_axis: Axis,
    y_axis: Axis,
    *,
    caption: str,
    alt_text: str,
    table: Table,
    guides: Sequence[Guide] = (),
    mark: Mark | None = None,
) -> Figure:
    """Lines with their bands, thinned so that their shape stays; a click in the legend picks one out."""
    import altair as alt

    names = unlike(line.name for line in lines)
    banded = any(line.low is not None for line in lines)
    limit = min(120, (MARKS - 50) // (max(len(lines), 1) * (3 if banded else 2)))
    x, y = alt.X("x:Q", **_channel(x_axis)), alt.Y("y:Q", **_channel(y_axis))
    legend = series_legend(names) if len(lines) > 1 else None
    color = alt.Color("series:N", scale=alt.Scale(**series_scale(names, "color")), legend=legend)
    dash = alt.StrokeDash("series:N", scale=alt.Scale(**series_scale(names, "strokeDash")), legend=legend)
    pick = alt.selection_point(name="pick", fields=["series"], bind="legend")
    shown = alt.when(pick).then(alt.value(1)).otherwise(alt.value(0.15))
    tips = [
        alt.Tooltip("series:N", title="series"),
        alt.Tooltip("x:Q", title="across", format=x_axis.form or ".4~g"),
        alt.Tooltip("y:Q", title="up", format=".1%" if y_axis.form == "~%" else ".4~g"),
    ]
    base = alt.Chart(
        inline([row for n, line in zip(names, lines, strict=True) for row in _points(n, line, limit, x_axis, y_axis)])
    )
    bands = alt.Chart(inline([row for n, line in zip(names, lines, strict=True) for row in _band(n, line, limit)]))
    drawn = base.mark_line().encode(x=x, y=y, color=color, strokeDash=dash, opacity=shown, order=alt.Order("order:Q"))
    hover = base.mark_point(opacity=0, size=90, filled=True).encode(x=x, y=y, tooltip=tips)
    layers: list[Any] = [
        *(_flat(mark, x) if mark else ()),
        *([bands.mark_area(opacity=0.16).encode(x=x, y=y, y2=alt.Y2("high:Q"), color=color)] if banded else ()),
        *(_guide(guide, x, y) for guide in guides),
        drawn.add_params(pick),
        hover,
        *(_marked(mark, lines, x, y) if mark else ()),
    ]
    return figure(alt.layer(*layers), caption=caption, alt_text=alt_text, table=table, height=310)


def series_legend(names: Sequence[str]) -> Any:
    """As many names in a row as a narrow screen holds, three at most."""
    import altair as alt

    legend = line_legend()
    wide = _STROKE + _LETTER * max(map(len, names))
    legend.columns = alt.ExprRef(f"clamp(floor(width / {wide:.0f}), 1, {_ABREAST})")
    return legend


def _channel(axis: Axis) -> dict[str, Any]:
    import altair as alt

    drawn = alt.Axis(labelOverlap=True, format=axis.form) if axis.form else alt.Axis(labelOverlap=True, labelExpr=SHORT)
    if axis.log:
        return {"title": axis.title, "axis": drawn, "scale": alt.Scale(type="log", nice=False)}
    ends = list(axis.ends) if axis.ends else alt.Undefined
    return {"title": axis.title, "axis": drawn, "scale": alt.Scale(zero=False, domain=ends)}


def _points(name: str, line: Line, limit: int, x_axis: Axis, y_axis: Axis) -> list[dict[str, Any]]:
    x, y = np.asarray(line.x, dtype=float), np.asarray(line.y, dtype=float)
    keep = np.isfinite(x) & np.isfinite(y) & ((x > 0) | (not x_axis.log)) & ((y > 0) | (not y_axis.log))
    x, y = x[keep], y[keep]
    if not len(x):
        return []
    at = thin(np.log(x) if x_axis.log else x, np.log(y) if y_axis.log else y, limit)
    return records(x=x[at], y=y[at], series=[name] * len(at), order=range(len(at)))


def _band(name: str, line: Line, limit: int) -> list[dict[str, Any]]:
    if line.low is None or line.high is None or not len(line.x):
        return []
    at = np.unique(np.linspace(0, len(line.x) - 1, min(limit, len(line.x))).astype(int))
    x, low, high = (np.asarray(values)[at] for values in (line.x, line.low, line.high))
    return records(x=x, y=low, high=high, series=[name] * len(at))


def _flat(mark: Mark, x: Any) -> list[Any]:
    import altair as alt

    if mark.flat is None:
        return []
    stretch = alt.Chart(inline(records(x=[mark.flat[0]], x2=[mark.flat[1]])))
    return [stretch.mark_rect(color=GREY, opacity=0.18).encode(x=x, x2=alt.X2("x2:Q"))]


def _guide(guide: Guide, x: Any, y: Any) -> Any:
    import altair as alt

    line = alt.Chart(inline(records(x=guide.x, y=guide.y)))
    return line.mark_line(color=GREY, strokeDash=[4, 4], strokeWidth=1.2).encode(x=x, y=y)


def _marked(mark: Mark, lines: Sequence[Line], x: Any, y: Any) -> list[Any]:
    """The upright at the choice, its point, and the words in the quarter farthest from that point.

    A point off the line is a diamond of another colour, so that nobody looks for it on the line.
    """
    import altair as alt

    first = lines[0]
    order = np.argsort(first.x)
    height = mark.y
    if height is None:
        height = float(np.interp(mark.x, np.asarray(first.x)[order], np.asarray(first.y)[order]))
    look: dict[str, Any] = (
        {"color": INK, "size": 70} if mark.y is None else {"color": VERMILLION, "size": 150, "shape": "diamond"}
    )
    right = mark.x < _middle(np.concatenate([np.asarray(line.x, dtype=float) for line in lines]))
    above = height < _middle(np.concatenate([np.asarray(line.y, dtype=float) for line in lines]))
    here = alt.Chart(inline(records(x=[mark.x], y=[height], words=[list(mark.words)])))
    words = here.mark_text(
        align="left" if right else "right",
        dx=8 if right else -8,
        baseline="top" if above else "bottom",
        dy=6 if above else -8 - 14 * (len(mark.words) - 1),
        fontWeight="bold",
    )
    return [
        here.mark_rule(color=INK, strokeDash=[4, 3]).encode(x=x),
        here.mark_point(filled=True, opacity=1, **look).encode(x=x, y=y),
        words.encode(x=x, y=alt.value(0 if above else "height"), text=alt.Text("words:N")),
    ]


def _middle(values: Array) -> float:
    return float(np.nanmin(values) + np.nanmax(values)) / 2
