"""Risk across, return up: the frontier, and named portfolios beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import Array, figure, inline, percent, reading, records, table, thin, unlike
from casestudies.report.theme import BLUE, GREY, INK, VERMILLION

_MOST = 200  # single assets


@reading(
    "The line is the least risk at which each return could be had by the estimates: nothing lies to the left of it. Points on the right of it take more risk than they need to. What the estimates promise is not what comes; see promised against delivered."
)
def risk_return(
    line: tuple[Array, Array],
    points: Mapping[str, tuple[float, float]],
    *,
    chosen: str,
    singles: tuple[Array, Array] | None = None,
    caption: str,
) -> Figure:
    """The least risk at each return as a line, named points with their words, and single assets as faint dots.

    Parameters
    ----------
    line: (points,) risks and returns of a year, as fractions. points: name -> risk and return.
    chosen: the name set apart by colour and shape.
    """
    import altair as alt

    risk, gain = (np.asarray(part, dtype=float) for part in line)
    at = thin(risk, gain, 100)
    names = unlike(points)
    x = alt.X(
        "x:Q", title="Risk of a year (standard deviation)", scale=alt.Scale(zero=False), axis=alt.Axis(format="~%")
    )
    y = alt.Y("y:Q", title="Return of a year, as estimated", scale=alt.Scale(zero=False), axis=alt.Axis(format="~%"))
    tips = [
        alt.Tooltip("name:N", title="portfolio"),
        alt.Tooltip("x:Q", title="risk", format=".1%"),
        alt.Tooltip("y:Q", title="return", format=".1%"),
    ]
    drawn = alt.Chart(inline(records(x=risk[at], y=gain[at], name=["frontier"] * len(at), order=range(len(at)))))
    layers: list[Any] = [drawn.mark_line(color=BLUE).encode(x=x, y=y, order=alt.Order("order:Q"))]
    if singles is not None:
        few = slice(None, _MOST)
        dots = alt.Chart(inline(records(x=singles[0][few], y=singles[1][few])))
        layers.append(dots.mark_point(color=GREY, opacity=0.55, size=24, filled=True).encode(x=x, y=y))
    kinds = ["chosen" if name == chosen else "other" for name in points]
    color = alt.Color("kind:N", scale=alt.Scale(domain=["chosen", "other"], range=[VERMILLION, INK]), legend=None)
    shape = alt.Shape("kind:N", scale=alt.Scale(domain=["chosen", "other"], range=["diamond", "circle"]), legend=None)
    across, up = (np.array([point[axis] for point in points.values()]) for axis in (0, 1))
    marks = alt.Chart(inline(records(x=across, y=up, name=names, kind=kinds)))
    layers += [
        marks.mark_point(filled=True, size=130, opacity=1).encode(x=x, y=y, color=color, shape=shape, tooltip=tips),
        *_words(names, across, up, x, y),
    ]
    rows = _rows(risk, gain, points)
    said = "; ".join(f"{name}: risk {a}, return {b}" for name, a, b in rows[: len(points)])
    return figure(
        alt.layer(*layers),
        caption=caption,
        alt_text=f"The frontier, from risk {percent(risk[0])} at return {percent(gain[0])} to risk {percent(risk[-1])} at "
        f"return {percent(gain[-1])}. {said}.",
        table=table(caption, ("Portfolio", "risk", "return"), rows),
        height=330,
    )


def _rows(risk: Array, gain: Array, points: Mapping[str, tuple[float, float]]) -> list[tuple[str, str, str]]:
    """Of the table: the named points, then some of the line."""
    some = np.linspace(0, len(risk) - 1, min(len(risk), 9)).astype(int)
    line = [(f"frontier, point {place + 1}", percent(risk[place]), percent(gain[place])) for place in some]
    return [*((name, percent(float(a)), percent(float(b))) for name, (a, b) in points.items()), *line]


def _words(names: Sequence[str], across: Array, up: Array, x: Any, y: Any) -> list[Any]:
    """The names, by turns below and above their points, so that two that lie close stay apart."""
    import altair as alt

    layers = []
    for place, one in enumerate(np.argsort(across, kind="stable")):
        here = alt.Chart(inline(records(x=[across[one]], y=[up[one]], name=[names[one]])))
        drop = 16 if place % 2 == 0 else -14
        layers.append(
            here.mark_text(align="left", dx=8, dy=drop, fontWeight="bold").encode(x=x, y=y, text=alt.Text("name:N"))
        )
    return layers
