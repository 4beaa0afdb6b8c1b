"""Curves through a cloud of rows: what was fitted, beside what it was fitted to."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import (
    SHORT,
    Array,
    figure,
    inline,
    number,
    reading,
    records,
    series_scale,
    table,
    thin,
    unlike,
)
from casestudies.report.charts.lines import series_legend
from casestudies.report.theme import GREY

_ROWS, _POINTS = 500, 120  # marks of the cloud, and of a curve
_TOLD = 7  # places of a curve in the table


@reading(
    "Dots are rows, lines are what was learnt from them. A line that follows every dot has learnt the rows by heart; one that passes by what the dots do has learnt too little."
)
def curves_and_rows(
    curves: Mapping[str, tuple[Array, Array]],
    rows: tuple[Array, Array],
    *,
    x_title: str,
    y_title: str,
    caption: str,
    alt_text: str,
) -> Figure:
    """Lines over points; of more than 500 rows every so manieth is drawn.

    Parameters
    ----------
    curves: by name, (points,) rising x and y. rows: (rows,) x and y.
    """
    import altair as alt

    names = unlike(curves)
    across = alt.X("x:Q", title=x_title, scale=alt.Scale(zero=False, nice=False), axis=alt.Axis(labelExpr=SHORT))
    up = alt.Y("y:Q", title=y_title, scale=alt.Scale(zero=False), axis=alt.Axis(labelExpr=SHORT))
    legend = series_legend(names) if len(names) > 1 else None
    color = alt.Color("series:N", scale=alt.Scale(**series_scale(names, "color")), legend=legend)
    dash = alt.StrokeDash("series:N", scale=alt.Scale(**series_scale(names, "strokeDash")), legend=legend)
    drawn = []
    for name, (x, y) in zip(names, curves.values(), strict=True):
        at = thin(x, y, _POINTS)
        drawn += records(x=x[at], y=y[at], series=[name] * len(at), order=at)
    at = np.unique(np.linspace(0, len(rows[0]) - 1, min(_ROWS, len(rows[0]))).astype(int))
    cloud = alt.Chart(inline(records(x=rows[0][at], y=rows[1][at])))
    chart = alt.layer(
        cloud.mark_point(filled=True, size=34, color=GREY, opacity=0.75).encode(x=across, y=up),
        alt.Chart(inline(drawn))
        .mark_line()
        .encode(x=across, y=up, color=color, strokeDash=dash, order=alt.Order("order:Q")),
    )
    told = [
        (name, number(float(x[n])), number(float(y[n])))
        for name, (x, y) in curves.items()
        for n in np.unique(np.linspace(0, len(x) - 1, _TOLD).astype(int))
    ]
    return figure(
        chart,
        caption=caption,
        alt_text=alt_text,
        table=table(caption, ("Curve", x_title, y_title), told),
        height=310,
    )
