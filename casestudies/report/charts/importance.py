"""What the model looks at, over all rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import (
    BAR,
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
from casestudies.report.theme import BLUE, INK


@reading(
    "The longer the bar, the further the column moves the score of a row on average. The whisker is the interval over rows: bars whose whiskers overlap may stand in the other order."
)
def importance(
    names: Sequence[str],
    value: Array,
    low: Array | None = None,
    high: Array | None = None,
    *,
    top: int = 15,
    title: str = "Mean absolute contribution (log-odds)",
    caption: str = "What matters most",
) -> Figure:
    """Bars of the `top` largest values with their intervals.

    Parameters
    ----------
    names, value, low, high: (features,); without an interval only bars are drawn.
    """
    import altair as alt

    value = np.asarray(value, dtype=float)
    order = np.argsort(-value, kind="stable")[:top]
    labels = unlike(names[i] for i in order)
    y = row_axis(labels)
    bars = alt.Chart(inline(records(y=labels, x=value[order])))
    tips = [alt.Tooltip("y:N", title="feature"), alt.Tooltip("x:Q", title="importance", format=".4~g")]
    layers: list[Any] = [
        bars.mark_bar(color=BLUE, height={"band": 0.66}).encode(x=alt.X("x:Q", title=title), y=y, tooltip=tips)
    ]
    head: tuple[str, ...] = ("Feature", title)
    columns = [[amount(v) for v in value[order]]]
    if low is not None and high is not None:
        ends = np.asarray(low, dtype=float)[order], np.asarray(high, dtype=float)[order]
        spans = alt.Chart(inline(records(y=labels, low=ends[0], high=ends[1])))
        layers.append(spans.mark_rule(color=INK, strokeWidth=1.8).encode(x=alt.X("low:Q"), x2=alt.X2("high:Q"), y=y))
        head += ("low", "high")
        columns += [[amount(v) for v in end] for end in ends]
    rows = list(zip((names[i] for i in order), *columns, strict=True))
    said = ", ".join(f"{name} {v}" for name, v, *_ in rows[:5])
    return figure(
        alt.layer(*layers),
        caption=caption,
        alt_text=f"{title} of {len(rows)} features. The largest: {said}.",
        table=table(caption, head, rows),
        height=56 + BAR * len(labels),
    )
