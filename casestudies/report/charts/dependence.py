"""How one feature moves the score."""

from __future__ import annotations

from typing import Any

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import (
    SHORT,
    Array,
    amount,
    figure,
    inline,
    number,
    reading,
    records,
    row_axis,
    table,
    unlike,
)
from casestudies.report.charts.panels import panel_titles, shifted, two_axes
from casestudies.report.theme import BLUE, GREY, INK

SCATTER = 500  # points
# tick labels of a panel: 0.25, 250, 20k, 1.2M
SHORT_FORM = "replace(format(VALUE, abs(VALUE) >= 10000 ? '.3~s' : ',.4~g'), 'G', 'B')"


@reading(
    "Each dot is a row: its value across, and how far that value moved its score up. The line is the running median. Spread around the line comes of the other features of the row."
)
def dependence(
    name: str,
    value: Array,
    contribution: Array,
    *,
    title: str = "Contribution to the log-odds",
    caption: str | None = None,
) -> Figure:
    """A feature's contribution against its value, with the running median; a text feature is shown level by level.

    At most 500 points, evenly spaced by value.

    Parameters
    ----------
    value: (rows,) of numbers or text. contribution: (rows,).
    """
    caption = caption or f"Effect of {name}"
    contribution = np.asarray(contribution, dtype=float)
    if np.asarray(value).dtype.kind not in "biuf":
        return _levels(name, np.asarray(value, dtype=object), contribution, title, caption)
    import altair as alt

    value = np.asarray(value, dtype=float)
    known = np.isfinite(value) & np.isfinite(contribution)
    value, contribution = value[known], contribution[known]
    order = np.argsort(value, kind="stable")
    at = order[np.unique(np.linspace(0, len(order) - 1, SCATTER).astype(int))] if len(order) else order
    middle = [
        (float(np.median(value[b])), float(np.median(contribution[b]))) for b in np.array_split(order, 12) if len(b)
    ]
    x = alt.X("x:Q", title=name, scale=alt.Scale(zero=False), axis=alt.Axis(labelExpr=SHORT))
    y = alt.Y("y:Q", title=title, scale=alt.Scale(zero=False))
    points = alt.Chart(inline(records(x=value[at], y=contribution[at])))
    medians = alt.Chart(inline(records(x=[m[0] for m in middle], y=[m[1] for m in middle])))
    zero = alt.Chart(inline(records(y=[0.0]))).mark_rule(color=GREY, strokeDash=[4, 4])
    tips = [alt.Tooltip("x:Q", title="feature", format=",.4~g"), alt.Tooltip("y:Q", title="effect", format="+.3f")]
    chart = alt.layer(
        zero.encode(y=y),
        points.mark_point(filled=True, size=20, opacity=0.55, color=BLUE).encode(x=x, y=y, tooltip=tips),
        medians.mark_line(color=INK, strokeWidth=2, opacity=0.85, interpolate="monotone").encode(x=x, y=y),
    )
    rows = [(amount(a), number(b)) for a, b in middle]
    ends = f" It goes from {rows[0][1]} at {rows[0][0]} to {rows[-1][1]} at {rows[-1][0]}." if rows else ""
    return figure(
        chart,
        caption=caption,
        alt_text=f"{title} against {name}: {len(at)} rows and their running median.{ends}",
        table=table(caption, (name, f"median: {title.lower()}"), rows, words=0),
        height=310,
    )


@reading(
    "Each dot is a row: its value across, and how far that value moved its score up. Both panels have one scale upwards, so the steeper one decides more. The line is the running median."
)
def dependence_beside(
    names: tuple[str, str],
    value: tuple[Array, Array],
    contribution: tuple[Array, Array],
    *,
    title: str = "Contribution to the log-odds",
    caption: str,
) -> Figure:
    """Two features of numbers beside each other, on one scale of contributions, so that their weight can be compared.

    At most 500 points each, evenly spaced by value, and the running median.

    Parameters
    ----------
    names: of the left and the right one. value, contribution: of each, (rows,) of numbers; what is not finite is left out.
    """
    import altair as alt

    points: list[dict[str, Any]] = []
    medians: list[dict[str, Any]] = []
    spans, rows = [], []
    for panel, (name, x, y) in enumerate(zip(names, value, contribution, strict=True)):
        known = np.isfinite(x) & np.isfinite(y)
        x, y = np.asarray(x, dtype=float)[known], np.asarray(y, dtype=float)[known]
        order = np.argsort(x, kind="stable")
        low, high = (float(x.min()), float(x.max())) if len(x) else (0.0, 1.0)
        span = (low, high if high > low else low + 1.0)
        spans.append(span)
        at = order[np.unique(np.linspace(0, len(order) - 1, SCATTER).astype(int))] if len(order) else order
        parts = [part for part in np.array_split(order, 12) if len(part)]
        middle = np.array([(np.median(x[part]), np.median(y[part])) for part in parts]).reshape(-1, 2)
        points += records(x=shifted(x[at], panel, span), y=y[at])
        medians += records(x=shifted(middle[:, 0], panel, span), y=middle[:, 1], kind=[str(panel)] * len(middle))
        rows += [(name, amount(float(a)), number(float(b))) for a, b in middle]
    x_axis = two_axes(None, spans, (SHORT_FORM,) * 2, count=4)
    y_axis = alt.Y("y:Q", title=title, scale=alt.Scale(zero=False))
    line = alt.Chart(inline(medians)).mark_line(color=INK, strokeWidth=2, opacity=0.85, interpolate="monotone")
    chart = alt.layer(
        alt.Chart(inline(records(y=[0.0]))).mark_rule(color=GREY, strokeDash=[4, 4]).encode(y=y_axis),
        alt.Chart(inline(points)).mark_point(filled=True, size=18, opacity=0.5, color=BLUE).encode(x=x_axis, y=y_axis),
        line.encode(x=x_axis, y=y_axis, detail=alt.Detail("kind:N")),
        panel_titles(unlike(names), x_axis),
    )
    said = "; ".join(f"{name} from {low:,.4g} to {high:,.4g}" for name, (low, high) in zip(names, spans, strict=True))
    return figure(
        chart,
        caption=caption,
        alt_text=f"{title} against two features, row by row, with the running median: {said}.",
        table=table(caption, ("Feature", "value", f"median: {title.lower()}"), rows),
        height=300,
    )


def _levels(name: str, value: Array, contribution: Array, title: str, caption: str) -> Figure:
    """The twelve most frequent levels: median and the middle four fifths of the contribution."""
    import altair as alt

    text = np.array(["missing" if v is None or v != v else str(v) for v in value], dtype=object)
    levels, count = np.unique(text, return_counts=True)
    top = [levels[i] for i in np.argsort(-count, kind="stable")[:12]]
    spread = np.array([np.quantile(contribution[text == level], [0.1, 0.5, 0.9]) for level in top]).reshape(-1, 3)
    labels = unlike(top)
    data = alt.Chart(inline(records(y=labels, low=spread[:, 0], x=spread[:, 1], high=spread[:, 2])))
    y = row_axis(labels, name)
    chart = alt.layer(
        alt.Chart(inline(records(x=[0.0]))).mark_rule(color=GREY, strokeDash=[4, 4]).encode(x=alt.X("x:Q")),
        data.mark_rule(color=BLUE, strokeWidth=2.2).encode(x=alt.X("low:Q", title=title), x2=alt.X2("high:Q"), y=y),
        data.mark_point(color=BLUE, filled=True, size=80, opacity=1).encode(x=alt.X("x:Q"), y=y),
    )
    rows = [(level, *(number(v) for v in s)) for level, s in zip(top, spread, strict=True)]
    said = "; ".join(f"{level} {row[2]}" for level, *row in rows[:5])
    return figure(
        chart,
        caption=caption,
        alt_text=f"{title} by level of {name}: median and the middle four fifths. {said}.",
        table=table(caption, (name, "10 %", "median", "90 %"), rows),
        height=70 + 26 * len(labels),
    )
