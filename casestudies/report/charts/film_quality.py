"""Films by what they are like before anyone asks what they show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import Array, figure, inline, number, reading, records, series_scale, table


@reading(
    "Each dot is a film: how bright it is across, how much fine detail or grain it has up. A film far from the cloud was taken or stored another way; look at it before its score is used."
)
def film_quality(films: Mapping[str, tuple[Array, Array]], *, caption: str) -> Figure:
    """A dot a film on the plane of brightness and grain, kinds of films told apart by colour and shape.

    Parameters
    ----------
    films: by kind ("as the others", "stands out"), at most six: mean grey in 0..1 and fine detail as multiples of its
        median, both (films,); at most 1,500 in all are drawn.
    """
    import altair as alt

    names = list(films)
    marks: list[dict[str, Any]] = []
    for name, (level, grain) in films.items():
        marks += records(x=level, y=grain, series=[name] * len(level))
    legend = alt.Legend(title=None, symbolSize=110, symbolOpacity=1)
    grains = np.concatenate([np.asarray(grain, dtype=float) for _, grain in films.values()])
    low, high = float(grains.min(initial=1.0)), float(grains.max(initial=1.0))
    chart = alt.layer(
        alt.Chart(inline(marks))
        .mark_point(filled=True, size=34, opacity=0.6)
        .encode(
            x=alt.X("x:Q", title="Mean grey (0 black, 1 white)", scale=alt.Scale(zero=False)),
            y=alt.Y(
                "y:Q",
                title="Fine detail, multiple of its median",
                scale=alt.Scale(type="log", domain=[low / 1.1, high * 1.1], nice=False),
                axis=alt.Axis(format="~g", tickCount=6),
            ),
            color=alt.Color("series:N", scale=alt.Scale(**series_scale(names, "color")), legend=legend),
            shape=alt.Shape("series:N", scale=alt.Scale(**series_scale(names, "shape")), legend=legend),
        )
    )
    cells = [
        (
            name,
            number(len(level), 0),
            *(number(float(np.median(values)), 2) if len(values) else "n/a" for values in (level, grain)),
            *(number(float(end(grain)), 2) if len(grain) else "n/a" for end in (np.min, np.max)),
        )
        for name, (level, grain) in films.items()
    ]
    said = "; ".join(f"{name}: {count} films, fine detail {low} to {high}" for name, count, _, _, low, high in cells)
    head = ("Films", "drawn", "median grey", "median detail", "least", "greatest")
    return figure(
        chart,
        caption=caption,
        alt_text=f"Films by mean grey and fine detail. {said}.",
        table=table(caption, head, cells),
        height=300,
    )
