"""Named values with their intervals for several series in each of several groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    series_scale,
    table,
    unlike,
)


@reading(
    "Within each group one dot a series, with its interval. Compare dots of one group with each other, then the same colour from group to group. Intervals that overlap widely are no difference."
)
def grouped_dots(
    groups: Sequence[str], series: Mapping[str, tuple[Array, Array, Array]], *, title: str, caption: str
) -> Figure:
    """Groups from top to bottom; in each, one dot with its whisker a series, told apart by colour and shape.

    Parameters
    ----------
    series: by name, at most six, (groups,) value, low and high; NaN where there is none; without any
        interval nothing is said of them. title: what is measured.
    """
    import altair as alt

    labels, names = unlike(groups), unlike(series)
    legend = alt.Legend(title=None, symbolSize=110, symbolOpacity=1, labelLimit=240)
    color = alt.Color("series:N", scale=alt.Scale(**series_scale(names, "color")), legend=legend)
    shape = alt.Shape("series:N", scale=alt.Scale(**series_scale(names, "shape")), legend=legend)
    place: dict[str, Any] = {"y": row_axis(labels), "yOffset": alt.YOffset("series:N", sort=names)}
    tips = [
        alt.Tooltip("y:N", title="group"),
        alt.Tooltip("series:N", title="series"),
        alt.Tooltip("x:Q", title="estimate", format=",.4~g"),
    ]
    dots, spans, rows = [], [], []
    for name, label, (value, low, high) in zip(series, names, series.values(), strict=True):
        same = [label] * len(labels)
        dots += records(y=labels, x=value, series=same)
        spans += records(y=labels, low=low, high=high, series=same)
        rows += [(g, name, *map(amount, v)) for g, v in zip(groups, zip(value, low, high, strict=True), strict=True)]
    x = alt.X("x:Q", title=title, scale=alt.Scale(zero=True), axis=alt.Axis(labelExpr=SHORT))
    whiskers = alt.Chart(inline(spans)).mark_rule(strokeWidth=2.2)
    points = alt.Chart(inline(dots)).mark_point(filled=True, size=90, opacity=1)
    sure = bool(spans)
    said = "; ".join(f"{g}, {name} {v}" + (f" ({a} to {b})" if sure else "") for g, name, v, a, b in rows)
    head = ("Group", "Series", title, *(("low", "high") if sure else ()))
    return figure(
        alt.layer(
            whiskers.encode(x=alt.X("low:Q", title=title), x2=alt.X2("high:Q"), color=color, **place),
            points.encode(x=x, color=color, shape=shape, tooltip=tips, **place),
        ),
        caption=caption,
        alt_text=f"{title} by group{', with intervals' if sure else ''}. {said}.",
        table=table(caption, head, [row[: len(head)] for row in rows], words=2),
        height=90 + len(labels) * (24 + 16 * len(names)),
    )
