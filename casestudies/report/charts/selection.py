"""How often each method of choosing keeps each column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import (
    Array,
    figure,
    inline,
    percent,
    reading,
    records,
    row_axis,
    series_scale,
    table,
    unlike,
)
from casestudies.report.theme import GREY


@reading(
    "Across: in what share of repeats a method chose the column. Dots of a row that lie together agree; dots that part are methods that disagree, and the column is not safely needed."
)
def selection(
    names: Sequence[str],
    frequency: Mapping[str, Array],
    *,
    steady: float,
    top: int = 20,
    caption: str = "How often each column is chosen",
) -> Figure:
    """A dot for each column and method: the share of repeats that chose the column; the `top` columns by their mean.

    Parameters
    ----------
    frequency: by method, (names,) shares in [0, 1]. steady: share from which a choice is called steady, a dashed upright.
    """
    import altair as alt

    shares = np.array([np.asarray(values, dtype=float) for values in frequency.values()])
    order = np.argsort(-shares.mean(axis=0), kind="stable")[:top]
    labels, methods = unlike(names[i] for i in order), unlike(frequency)
    data = [
        row
        for method, values in zip(methods, shares, strict=True)
        for row in records(y=labels, x=values[order], series=[method] * len(labels))
    ]
    color = alt.Color("series:N", scale=alt.Scale(**series_scale(methods, "color")), legend=alt.Legend(columns=2))
    shape = alt.Shape("series:N", scale=alt.Scale(**series_scale(methods, "shape")), legend=alt.Legend(columns=2))
    tips = [
        alt.Tooltip("y:N", title="column"),
        alt.Tooltip("series:N", title="method"),
        alt.Tooltip("x:Q", title="chosen in", format=".0%"),
    ]
    x = alt.X("x:Q", title="Share of the halves", axis=alt.Axis(format="~%"), scale=alt.Scale(domain=[0, 1], padding=8))
    dots = alt.Chart(inline(data)).mark_point(filled=True, size=62, opacity=1)
    chart = alt.layer(
        alt.Chart(inline(records(x=[steady]))).mark_rule(color=GREY, strokeDash=[4, 4]).encode(x=x),
        dots.encode(
            x=x,
            y=row_axis(labels),
            yOffset=alt.YOffset("series:N", scale=alt.Scale(domain=methods, paddingOuter=0.7)),
            color=color,
            shape=shape,
            tooltip=tips,
        ),
    )
    cells = [(names[i], *(percent(share, 0) for share in shares[:, i])) for i in order]
    said = "; ".join(f"{name} {', '.join(rest)}" for name, *rest in cells[:5])
    return figure(
        chart,
        caption=caption,
        alt_text=f"Share of the halves in which a column is chosen, by {', '.join(methods)}. The first: {said}.",
        table=table(caption, ("Column", *frequency), cells),
        height=96 + 25 * len(labels),
    )
