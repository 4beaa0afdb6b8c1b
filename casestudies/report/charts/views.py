"""Rows as points, in one or two pictures side by side, coloured by what happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import (
    MARKS,
    Array,
    amount,
    figure,
    inline,
    number,
    reading,
    records,
    series_scale,
    table,
    unlike,
)

_GAP = 0.1  # of a panel's width


@reading(
    "Each dot is a row, drawn so that rows that are alike lie near each other. Where the colours part, the features can tell the outcomes apart; where they mix, these features alone cannot. Distances between far clouds mean little."
)
def views(
    panels: Mapping[str, Array],
    event: Array,
    *,
    outcomes: tuple[str, str],
    caption: str = "Rows as points",
) -> Figure:
    """Points of the same rows, panel beside panel, rows with the event on top.

    The panels stand side by side in one plane and have no ticks: what they show has no unit. More points than 1,500 in
    all are thinned evenly.

    Parameters
    ----------
    panels: by title (rows, 2) places. event: (rows,) bool. outcomes: the words for no event and event.
    """
    import altair as alt

    event = np.asarray(event, dtype=bool)
    keep = np.arange(len(event))
    most = (MARKS - 20) // max(len(panels), 1)
    if len(keep) > most:
        keep = np.linspace(0, len(event) - 1, most).astype(int)
    keep = np.concatenate([keep[~event[keep]], keep[event[keep]]])
    names, titles = unlike(outcomes), unlike(panels)
    data: list[dict[str, Any]] = []
    words: list[dict[str, Any]] = []
    for place, (title, points) in enumerate(zip(titles, panels.values(), strict=True)):
        within = _within(np.asarray(points, dtype=float))
        series = [names[int(one)] for one in event[keep]]
        data += records(
            x=within[keep, 0] + place * (1 + _GAP), y=within[keep, 1], series=series, order=range(len(keep))
        )
        words += records(x=[place * (1 + _GAP) + 0.5], y=[1.07], text=[title])
    bare: dict[str, Any] = {"axis": None, "scale": alt.Scale(zero=False, nice=False, padding=6)}
    x, y = alt.X("x:Q", **bare), alt.Y("y:Q", **bare)
    dots = alt.Chart(inline(data)).mark_point(filled=True, size=20, opacity=0.65)
    chart = alt.layer(
        dots.encode(
            x=x,
            y=y,
            color=alt.Color("series:N", scale=alt.Scale(**series_scale(names, "color"))),
            shape=alt.Shape("series:N", scale=alt.Scale(**series_scale(names, "shape"))),
            order=alt.Order("order:Q"),
        ),
        alt.Chart(inline(words)).mark_text(fontWeight="bold").encode(x=x, y=y, text=alt.Text("text:N")),
    )
    rows = [row for title, points in panels.items() for row in _centres(title, np.asarray(points), event, outcomes)]
    head = ("Picture", "Outcome", "rows", "mean across", "mean up", "spread across", "spread up")
    return figure(
        chart,
        caption=caption,
        alt_text=f"{len(event):,} rows as points, {int(event.sum()):,} of them {outcomes[1]}, in {' and '.join(panels)}.",
        table=table(caption, head, rows, words=2),
        height=310,
    )


def _within(points: Array) -> Array:
    """(rows, 2) the points in a square of side 1."""
    low, span = points.min(axis=0), np.ptp(points, axis=0)
    return np.asarray((points - low) / np.where(span > 0, span, 1.0))


def _centres(title: str, points: Array, event: Array, outcomes: tuple[str, str]) -> list[tuple[str, ...]]:
    """Where each outcome lies in a picture, and how wide it is spread."""
    out = []
    for name, part in ((outcomes[0], points[~event]), (outcomes[1], points[event])):
        if len(part):
            figures = (*part.mean(axis=0), *part.std(axis=0))
            out.append((title, name, number(len(part), 0), *(amount(float(value)) for value in figures)))
    return out
