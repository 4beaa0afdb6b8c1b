"""What was promised beside what came of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

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
    "For each group the diamond says what was promised and the spot with its line what came, with its interval. A diamond outside the line is a promise that was not kept, or was beaten, by more than chance."
)
def promise(
    names: Sequence[str],
    promised: Array,
    kept: Array,
    low: Array,
    high: Array,
    *,
    title: str,
    caption: str,
    word: str = "earned",
    zero: bool = True,
) -> Figure:
    """For each group what was promised (a diamond) and what was kept (a spot with its interval), from top to bottom.

    Parameters
    ----------
    promised, kept, low, high: (names,); NaN where something is not known. title: what is measured, with its unit.
    word: what keeping is called. zero: an upright at 0.
    """
    import altair as alt

    labels, kinds = unlike(names), ["promised", word]
    y = row_axis(labels)
    axis = alt.X("x:Q", title=title, scale=alt.Scale(zero=False, padding=16), axis=alt.Axis(labelExpr=SHORT))
    legend = alt.Legend(title=None)
    color = alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[VERMILLION, BLUE]), legend=legend)
    shape = alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=["diamond", "circle"]), legend=legend)
    tips = [
        alt.Tooltip("y:N", title="name"),
        alt.Tooltip("kind:N", title="what"),
        alt.Tooltip("x:Q", title="amount", format=",.4~g"),
    ]
    points = records(
        y=[*labels, *labels],
        x=np.concatenate([promised, kept]),
        kind=[kind for kind in kinds for _ in labels],
    )
    spans = alt.Chart(inline(records(y=labels, low=low, high=high)))
    origin = alt.Chart(inline(records(x=[0.0]))).mark_rule(color=GREY, strokeDash=[4, 4]).encode(x=axis)
    dots = alt.Chart(inline(points)).mark_point(filled=True, size=110, opacity=1)
    chart = alt.layer(
        *([origin] if zero else []),
        spans.mark_rule(strokeWidth=2.2, color=BLUE).encode(x=alt.X("low:Q", title=title), x2=alt.X2("high:Q"), y=y),
        dots.encode(x=axis, y=y, color=color, shape=shape, tooltip=tips),
    )
    rows = [
        (name, *map(amount, cells))
        for name, cells in zip(names, zip(promised, kept, low, high, strict=True), strict=True)
    ]
    said = "; ".join(f"{name}: promised {a}, {word} {b} ({c} to {d})" for name, a, b, c, d in rows)
    return figure(
        chart,
        caption=caption,
        alt_text=f"{title}, promised and {word}. {said}.",
        table=table(caption, ("Name", "promised", word, "low", "high"), rows),
        height=90 + 30 * len(labels),
    )
