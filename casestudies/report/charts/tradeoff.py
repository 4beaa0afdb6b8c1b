"""Two aims at once: named points in a plane where both directions are good."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import (
    SHORT,
    Array,
    figure,
    inline,
    number,
    percent,
    reading,
    records,
    table,
    unlike,
)
from casestudies.report.theme import BLUE, INK, VERMILLION

_PLANE = 210  # pixels the points span in height, about
_LINE = 14  # pixels a name takes
_LETTER = 0.0135  # of the plane's width that a letter takes, about
_GAP = 10  # pixels from a point to its name


@reading(
    "Each point is a model. Further right is better in the one aim, further up in the other; the upright line is the interval. A model with another above and to the right of it is beaten in both."
)
def tradeoff(
    names: Sequence[str],
    x: Array,
    y: Array,
    low: Array,
    high: Array,
    *,
    x_title: str,
    y_title: str,
    caption: str,
    chosen: str | None = None,
) -> Figure:
    """A point for each model, with an upright whisker for how sure its height is, and its name beside it.

    Parameters
    ----------
    x: (names,) a share, 0 to 1. y, low, high: (names,); NaN for an interval that is not known.
    chosen: the name set apart by colour and shape.
    """
    import altair as alt

    labels = unlike(names)
    kind = ["chosen" if name == chosen else "other" for name in names]
    kinds = ["chosen", "other"]
    color = alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[VERMILLION, BLUE]), legend=None)
    shape = alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=["diamond", "circle"]), legend=None)
    tips = [
        alt.Tooltip("name:N", title="name"),
        alt.Tooltip("x:Q", title="across", format=".1%"),
        alt.Tooltip("y:Q", title="up", format=",.4~g"),
    ]
    top = 1.06 * max(float(np.nanmax(values, initial=0.0)) for values in (y, high)) or 1.0
    across = alt.X("x:Q", title=x_title, scale=alt.Scale(domain=[0, _end(x)], nice=False), axis=alt.Axis(format="~%"))
    up = alt.Y("y:Q", title=y_title, axis=alt.Axis(labelExpr=SHORT), scale=alt.Scale(domain=[0, top], nice=False))
    dots = alt.Chart(inline(records(name=labels, x=x, y=y, kind=kind)))
    spans = alt.Chart(inline(records(x=x, low=low, high=high, kind=kind)))
    layers: list[Any] = [
        spans.mark_rule(strokeWidth=2.2).encode(
            x=across, y=alt.Y("low:Q", title=y_title), y2=alt.Y2("high:Q"), color=color
        ),
        dots.mark_point(filled=True, size=110, opacity=1).encode(
            x=across, y=up, color=color, shape=shape, tooltip=tips
        ),
        *_words(labels, np.asarray(x, dtype=float), np.asarray(y, dtype=float), across, up),
    ]
    rows = [
        (name, percent(float(a)), *(number(float(v), 4) for v in b))
        for name, a, b in zip(names, x, zip(y, low, high, strict=True), strict=True)
    ]
    said = "; ".join(f"{name}: {a} across, {b} up" for name, a, b, *_ in rows)
    return figure(
        alt.layer(*layers),
        caption=caption,
        alt_text=f"{y_title} against {x_title}. {said}.",
        table=table(caption, ("Name", x_title, y_title, "low", "high"), rows),
        height=310,
    )


def _end(x: Array) -> float:
    """A little beyond the last point, never beyond all of it."""
    last = float(np.nanmax(x, initial=0.0))
    return min(1.0, max(0.05, 1.12 * last))


def _words(labels: Sequence[str], x: Array, y: Array, across: Any, up: Any) -> list[Any]:
    """Each name beside its point: to the left of it in the right half of the plane; a line lower where another stands."""
    import altair as alt

    right = x > _end(x) / 2
    widths = _LETTER * np.array([len(label) for label in labels])
    lowered = _lowered(x / _end(x), y / (float(np.nanmax(y, initial=0.0)) or 1.0), right, widths)
    out = []
    for at, label in enumerate(labels):
        words = alt.Chart(inline(records(x=[x[at]], y=[y[at]], text=[label]))).mark_text(
            align="right" if right[at] else "left", dx=-_GAP if right[at] else _GAP, dy=float(lowered[at]), color=INK
        )
        out.append(words.encode(x=across, y=up, text=alt.Text("text:N")))
    return out


def _lowered(x: Array, y: Array, right: Array, widths: Array) -> Array:
    """(names,) pixels that each name is moved down, so that no two stand on each other.

    x, y: (names,) of the plane's width and height. right: (names,) the name stands to the left of its point. widths:
    (names,) of the names, of the plane's width.
    """
    down = np.zeros(len(x))
    placed: list[tuple[float, float, float]] = []  # height, and from where to where
    for at in np.argsort(-y, kind="stable"):
        begin = float(x[at] - widths[at] if right[at] else x[at])
        end, height = begin + float(widths[at]), -float(y[at]) * _PLANE
        for taken, first, last in sorted(placed):
            if first < end and begin < last and abs(height - taken) < _LINE:
                height = taken + _LINE
        down[at] = height + float(y[at]) * _PLANE
        placed.append((height, begin, end))
    return down
