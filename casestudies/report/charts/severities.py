"""What five severities of each of several disturbances do to one figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import (
    Array,
    figure,
    inline,
    number,
    reading,
    records,
    row_axis,
    series_scale,
    table,
    unlike,
)
from casestudies.report.theme import INK


@reading(
    "Each row is a fault of the image. Its line runs from the mildest to the worst severity; the further it reaches, the less the model bears that fault. Small dots are mild, large ones worst."
)
def severities(
    names: Sequence[str],
    values: Array,
    series: Mapping[str, Array],
    *,
    clean: float,
    chance: float,
    words: tuple[str, str],
    title: str,
    caption: str,
) -> Figure:
    """A row a disturbance: a line from its mildest to its worst, with a dot each that grows with the severity.

    Parameters
    ----------
    names: (rows,) from top to bottom. values: (rows, severities) the figure. series: (rows,) bool each, which rows are of which kind.
    clean, chance: uprights at the figure without any disturbance and at that of a coin; words: what stands at each.
    """
    import altair as alt

    labels, kinds = unlike(names), unlike(series)
    rows, steps = values.shape
    kind = [kinds[int(which)] for which in np.argmax(np.stack(list(series.values())), axis=0)]
    step = np.tile(np.arange(1, steps + 1), rows)
    dots = records(
        y=np.repeat(labels, steps).tolist(),
        x=values.ravel(),
        series=np.repeat(kind, steps).tolist(),
        step=step,
        size=18 + 4.5 * step.astype(float) ** 2,
    )
    spans = records(y=labels, low=values.min(axis=1), high=values.max(axis=1), series=kind)
    marks = records(x=[clean, chance], text=list(words))
    least = min(chance, float(np.nanmin(values)))
    scale = alt.Scale(domain=[least - 0.02, max(clean, float(np.nanmax(values))) + 0.02], nice=False, zero=False)
    legend = alt.Legend(title=None, symbolSize=110, symbolOpacity=1, offset=26)
    color = alt.Color("series:N", scale=alt.Scale(**series_scale(kinds, "color")), legend=legend)
    shape = alt.Shape("series:N", scale=alt.Scale(**series_scale(kinds, "shape")), legend=legend)
    x: dict[str, Any] = {"title": title, "scale": scale}
    tips = [
        alt.Tooltip("y:N", title="corruption"),
        alt.Tooltip("step:Q", title="severity"),
        alt.Tooltip("x:Q", title=title, format=".3f"),
    ]
    upright = alt.Chart(inline(marks))
    chart = alt.layer(
        upright.mark_rule(color=INK, opacity=0.45, strokeDash=[4, 3]).encode(x=alt.X("x:Q", **x)),
        upright.mark_text(baseline="bottom", dy=-4).encode(
            x=alt.X("x:Q", **x), y=alt.value(0), text=alt.Text("text:N")
        ),
        alt.Chart(inline(spans))
        .mark_rule(strokeWidth=1.6, opacity=0.55)
        .encode(x=alt.X("low:Q", **x), x2=alt.X2("high:Q"), y=row_axis(labels), color=color),
        alt.Chart(inline(dots))
        .mark_point(filled=True, opacity=0.85)
        .encode(
            x=alt.X("x:Q", **x),
            y=row_axis(labels),
            color=color,
            shape=shape,
            size=alt.Size("size:Q", scale=None, legend=None),
            tooltip=tips,
        ),
    )
    cells = [(name, *(number(float(value)) for value in row)) for name, row in zip(names, values, strict=True)]
    worst = [f"{name} {row[-1]}" for name, *row in cells[:3]]
    return figure(
        chart,
        caption=caption,
        alt_text=f"{title} by corruption at {steps} severities; {number(clean)} without any. At the worst severity: {', '.join(worst)}.",
        table=table(caption, ("Corruption", *(f"severity {place}" for place in range(1, steps + 1))), cells),
        height=96 + 24 * rows,
    )
