"""Whom two ways of deciding act on: what is at stake in a row across, how likely the event is up."""

from __future__ import annotations

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import (
    MARKS,
    SHORT,
    Array,
    amount,
    figure,
    inline,
    percent,
    reading,
    records,
    series_scale,
    table,
    unlike,
)
from casestudies.report.theme import GREY


@reading(
    "Each dot is a customer: what is at stake across, the chance of leaving up. Colour and shape tell which of the two ways to decide acts on the customer. One way takes all above the dashed level, whatever they are worth; the other gives up those on the left for those on the right."
)
def stakes(
    stake: Array,
    p: Array,
    first: Array,
    second: Array,
    *,
    names: tuple[str, str],
    cut: float,
    titles: tuple[str, str],
    rows: str = "rows",
    caption: str = "Whom two ways of deciding act on",
) -> Figure:
    """Rows as points, told apart by which of the two acts on them; a dashed level at the first one's cut.

    Parameters
    ----------
    stake, p: (rows,) money at stake and probability of the event. first, second: (rows,) bool, whom each acts on.
    names: of the two, as the legend says them. cut: probability at which the first acts. titles: of the two axes.
    rows: what a row is called, in the plural.
    """
    import altair as alt

    first, second = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    labels = unlike(("both", f"only {names[1]}", f"only {names[0]}", "neither"))
    parts = (first & second, second & ~first, first & ~second, ~first & ~second)
    which = np.select(parts, range(4))
    keep = np.arange(len(which))
    if len(keep) > MARKS - 20:
        keep = np.linspace(0, len(which) - 1, MARKS - 20).astype(int)
    there = [place for place in range(4) if (which[keep] == place).any()]
    looks = {channel: series_scale(labels, channel)["range"] for channel in ("color", "shape")}
    looks["color"][3] = GREY  # those whom nobody acts on stand back
    scales = {
        channel: alt.Scale(domain=[labels[i] for i in there], range=[look[i] for i in there])
        for channel, look in looks.items()
    }
    data = records(x=stake[keep], y=p[keep], series=[labels[i] for i in which[keep]])
    x = alt.X(
        "x:Q", title=titles[0], axis=alt.Axis(labelExpr=SHORT), scale=alt.Scale(zero=False, nice=False, padding=8)
    )
    y = alt.Y("y:Q", title=titles[1], axis=alt.Axis(format="~%"), scale=alt.Scale(domain=[0, 1]))
    dots = alt.Chart(inline(data)).mark_point(filled=True, size=24, opacity=0.7)
    level = alt.Chart(inline(records(y=[cut]))).mark_rule(color=GREY, strokeDash=[4, 4], strokeWidth=1.4)
    chart = alt.layer(
        level.encode(y=y),
        dots.encode(
            x=x,
            y=y,
            color=alt.Color("series:N", scale=scales["color"]),
            shape=alt.Shape("series:N", scale=scales["shape"]),
            tooltip=[
                alt.Tooltip("x:Q", title=titles[0], format=",.4~g"),
                alt.Tooltip("y:Q", title=titles[1], format=".1%"),
            ],
        ),
    )
    cells = [_part(label, stake[part], p[part]) for label, part in zip(labels, parts, strict=True) if part.any()]
    said = "; ".join(
        f"{label}: {count} {rows}, {titles[1].lower()} {mean} on average" for label, count, _, mean in cells
    )
    return figure(
        chart,
        caption=caption,
        alt_text=f"{titles[0]} across, {titles[1].lower()} up, with a level at {percent(cut)}. {said}.",
        table=table(caption, ("Acted on by", rows, f"mean {titles[0]}", f"mean {titles[1]}"), cells),
        height=320,
    )


def _part(label: str, stake: Array, p: Array) -> tuple[str, str, str, str]:
    return label, f"{len(p):,}", amount(float(stake.mean())), percent(float(p.mean()))
