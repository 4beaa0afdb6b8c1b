"""Many lines on one axis, each in a lane of its own from 0 to its name's own full height."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import MARKS, Array, figure, inline, number, reading, records, table, thin, unlike
from casestudies.report.theme import BLUE, GREY

_LANE, _FULL = 46, 0.82  # pixels of a lane; share of it that the full height takes


@reading(
    "Each lane is one series, drawn from its own floor to its own height, over one axis that all share: compare shapes and where they rise and fall, not heights between lanes."
)
def lanes(
    lines: Mapping[str, tuple[Array, Array]], *, x_title: str, y_title: str, caption: str, alt_text: str
) -> Figure:
    """One lane below the other, on one x axis: shapes that would hide each other in one plane.

    Parameters
    ----------
    lines: by name, (points,) each: where, and a share, 0 to 1.
    """
    import altair as alt

    names = unlike(lines)
    limit = min(120, MARKS // (2 * max(len(names), 1)))
    rows, floor = [], len(names) - 1
    for place, (name, (x, share)) in enumerate(zip(names, lines.values(), strict=True)):
        at = thin(x, share, limit)
        base = np.full(len(at), float(floor - place))
        rows += records(x=x[at], y=base + _FULL * share[at], low=base, series=[name] * len(at), order=at)
    said = "[" + ", ".join(repr(name) for name in reversed(names)) + "]"
    axis = alt.Axis(
        values=[place + _FULL / 2 for place in range(len(names))],
        labelExpr=f"{said}[round(datum.value - {_FULL / 2})]",
        grid=False,
        ticks=False,
        domain=False,
        tickCount=len(names),  # fewer, and Vega would thin the values
    )
    across = alt.X("x:Q", title=x_title, scale=alt.Scale(nice=False))
    up = alt.Y("y:Q", title=y_title, scale=alt.Scale(domain=[0, len(names)], nice=False), axis=axis)
    lane = alt.Chart(inline(rows))
    ground = alt.Chart(inline(records(y=np.arange(len(names)))))
    chart = alt.layer(
        ground.mark_rule(color=GREY, opacity=0.6).encode(y=up),
        lane.mark_area(color=BLUE, opacity=0.18).encode(
            x=across, y=up, y2=alt.Y2("low:Q"), detail=alt.Detail("series:N")
        ),
        lane.mark_line(color=BLUE, strokeWidth=1.8).encode(
            x=across, y=up, detail=alt.Detail("series:N"), order=alt.Order("order:Q")
        ),
    )
    told = [
        (name, number(float(share[0])), number(float(np.max(share))), number(float(share[-1])))
        for name, (_, share) in lines.items()
    ]
    return figure(
        chart,
        caption=caption,
        alt_text=alt_text,
        table=table(caption, ("Line", "first", "highest", "last"), told),
        height=70 + _LANE * len(names),
    )
