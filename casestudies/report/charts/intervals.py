"""Named values with their intervals, one under the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import (
    SHORT,
    Array,
    amount,
    figure,
    inline,
    reading,
    records,
    row_axis,
    table,
    unlike,
)
from casestudies.report.theme import BLUE, GREY, VERMILLION


@reading(
    "The dot is the estimate, the line its interval: the truth may lie anywhere on it. Rows whose lines overlap widely cannot be told apart with these data. A dashed line is what is compared with."
)
def dot_whisker(
    names: Sequence[str],
    value: Array,
    low: Array,
    high: Array,
    *,
    title: str,
    caption: str,
    chosen: str | None = None,
    reference: float | None = None,
) -> Figure:
    """A value with its interval for each model (or group, or offer), from top to bottom in the order given.

    Parameters
    ----------
    value, low, high: (names,); NaN for an interval that is not known. title: what is measured, with its unit.
    chosen: the name set apart by colour and shape. reference: a dashed upright (zero, or the whole population's value).
    """
    import altair as alt

    labels = unlike(names)
    kind = ["chosen" if name == chosen else "other" for name in names]
    kinds = ["chosen", "other"]
    x_scale = alt.Scale(zero=False, padding=16)
    y = row_axis(labels)
    color = alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[VERMILLION, BLUE]), legend=None)
    shape = alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=["diamond", "circle"]), legend=None)
    tips = [alt.Tooltip("y:N", title="name"), alt.Tooltip("x:Q", title="estimate", format=",.4~g")]
    dots = alt.Chart(inline(records(y=labels, x=value, kind=kind)))
    spans = alt.Chart(inline(records(y=labels, low=low, high=high, kind=kind)))
    x = alt.X("x:Q", title=title, scale=x_scale, axis=alt.Axis(labelExpr=SHORT))
    layers: list[Any] = [
        spans.mark_rule(strokeWidth=2.2).encode(x=alt.X("low:Q", title=title), x2=alt.X2("high:Q"), y=y, color=color),
        dots.mark_point(filled=True, size=110, opacity=1).encode(x=x, y=y, color=color, shape=shape, tooltip=tips),
    ]
    if reference is not None:
        dashed = alt.Chart(inline(records(x=[reference]))).mark_rule(color=GREY, strokeDash=[4, 4])
        layers.insert(0, dashed.encode(x=x))
    rows = [(n, *map(amount, v)) for n, v in zip(names, zip(value, low, high, strict=True), strict=True)]
    said = "; ".join(f"{n} {v} ({a} to {b})" for n, v, a, b in rows)
    return figure(
        alt.layer(*layers),
        caption=caption,
        alt_text=f"{title}, with intervals. {said}.",
        table=table(caption, ("Name", title, "low", "high"), rows),
        height=70 + 30 * len(labels),
    )
