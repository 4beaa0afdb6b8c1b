"""Effects of a test with the interval of one look and the wider one of many."""

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
from casestudies.report.theme import BLUE, GREEN, GREY, INK, VERMILLION

ONE_LOOK, ANY_LOOK = "one look, at the end", "looks at any time"


@reading(
    "The dot is the estimated difference. The thick line is its interval for one look at the end; the thin one holds however often one looks. An interval that leaves 0 out is a difference that chance does not explain."
)
def two_intervals(
    names: Sequence[str],
    value: Array,
    once: tuple[Array, Array],
    always: tuple[Array, Array],
    *,
    title: str,
    caption: str,
    worth: float = 0.0,
    worth_said: str = "worth having",
) -> Figure:
    """An estimate for each comparison, with a thick interval for one look and a thin one for many, from top to bottom.

    Parameters
    ----------
    value: (names,). once, always: (low, high), each (names,). title: what is measured, with its unit.
    worth: a green upright at the smallest effect worth having, beside the grey one at 0; 0 draws none.
    """
    import altair as alt

    labels = unlike(names)
    kinds = [ONE_LOOK, ANY_LOOK]
    y = row_axis(labels)
    axis = alt.X("low:Q", title=title, scale=alt.Scale(zero=False, padding=16), axis=alt.Axis(labelExpr=SHORT))
    legend = alt.Legend(title=None, symbolType="stroke", symbolStrokeWidth=3, symbolSize=420)
    color = alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[BLUE, VERMILLION]), legend=legend)
    uprights = [(0.0, GREY, [4, 4]), *([(worth, GREEN, [2, 2])] if worth else [])]
    layers: list[Any] = [
        alt.Chart(inline(records(low=[x]))).mark_rule(color=colour, strokeDash=dash, strokeWidth=1.6).encode(x=axis)
        for x, colour, dash in uprights
    ]
    for kind, (low, high), thick in ((ANY_LOOK, always, 1.8), (ONE_LOOK, once, 6.0)):
        spans = alt.Chart(inline(records(y=labels, low=low, high=high, kind=[kind] * len(labels))))
        layers.append(spans.mark_rule(strokeWidth=thick).encode(x=axis, x2=alt.X2("high:Q"), y=y, color=color))
    tips = [alt.Tooltip("y:N", title="name"), alt.Tooltip("low:Q", title="effect", format=",.4~g")]
    dots = alt.Chart(inline(records(y=labels, low=value)))
    layers.append(
        dots.mark_point(filled=True, size=90, color=INK, fill="white", stroke=BLUE, strokeWidth=2, opacity=1).encode(
            x=axis, y=y, tooltip=tips
        )
    )
    rows = [
        (name, *map(amount, cells)) for name, cells in zip(names, zip(value, *once, *always, strict=True), strict=True)
    ]
    said = "; ".join(f"{name} {v} (one look {a} to {b}, any time {c} to {d})" for name, v, a, b, c, d in rows)
    beyond = f" A green line stands at {amount(worth)}, {worth_said}." if worth else ""
    return figure(
        alt.layer(*layers),
        caption=caption,
        alt_text=f"{title}, with two intervals each. {said}.{beyond}",
        table=table(caption, ("Name", "effect", "low", "high", "low, any time", "high, any time"), rows),
        height=100 + 32 * len(labels),
    )
