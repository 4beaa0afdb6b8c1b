"""What a scorecard pays for: the points of every bin, one characteristic under the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import Array, amount, figure, inline, reading, records, row_axis, table, unlike
from casestudies.report.charts.swarm import _blend
from casestudies.report.theme import GREY, HIGH, INK, LOW

SHOWN = 16  # characteristics that fit on a page with words beside their ends
_ENDS = 14  # characters of the words beside the worst and the best bin
_LEAST, _MOST = 16.0, 260.0  # area of a dot, in square pixels


@reading(
    "Each row is a characteristic, each dot one of its bins. Points to the right speak for the applicant. A row whose dots lie far apart decides much; one whose dots lie together decides nothing."
)
def card_points(
    names: Sequence[str],
    labels: Sequence[Sequence[str]],
    points: Sequence[Array],
    share: Sequence[Array],
    order: Sequence[Array],
    *,
    top: int = SHOWN,
    caption: str = "Points of every bin",
) -> Figure:
    """A dot for every bin at the points it earns, as large as its share of rows; the two ends in words.

    The colour runs from the lowest values of a column to the highest, so a row that fades from one side to the other
    pays steadily more, or less, as the value grows. At most the `top` characteristics of the widest span.

    Parameters
    ----------
    names: of the characteristics. labels, points, share: of each, (bins,) words, points earned, share of rows.
    order: of each, (bins,) place of the bin from 0, lowest values, to 1, highest; NaN where values have no order.
    """
    import altair as alt

    span = np.array([float(np.ptp(earned)) for earned in points])
    chosen = [int(i) for i in np.argsort(-span, kind="stable")[:top]]
    rows = unlike(names[i] for i in chosen)
    widest = max((float(points[i].max()) for i in chosen), default=0.0) or 1.0
    y = row_axis(rows)
    ticks = alt.Axis(values=_ticks(widest))
    # words stand left of the worst bin and right of the best, so the scale has room on both sides
    x = alt.X("x:Q", title="Points", axis=ticks, scale=alt.Scale(domain=[-0.62 * widest, 1.55 * widest], nice=False))
    dots: list[dict[str, Any]] = []
    ends: dict[str, list[dict[str, Any]]] = {"worst": [], "best": []}
    cells = []
    for name, row, i in zip((names[i] for i in chosen), rows, chosen, strict=True):
        held = np.flatnonzero(share[i] > 0)
        if not len(held):
            continue
        earned, said = points[i][held], [labels[i][int(j)] for j in held]
        area = _LEAST + (_MOST - _LEAST) * share[i][held]
        hue = [_blend(place) for place in order[i][held]]
        dots += records(y=[row] * len(held), x=earned, rows=area, hue=hue, text=said)
        worst, best = int(np.argmin(earned)), int(np.argmax(earned))
        cells.append((name, said[worst], said[best], amount(float(earned[best] - earned[worst])), f"{len(held)}"))
        for kind, place in (("worst", worst), ("best", best)):
            ends[kind] += records(y=[row], x=[earned[place]], text=[_short(said[place])])
    # the largest first, so that no dot hides another
    dots.sort(key=lambda dot: -dot["rows"])
    tips = [alt.Tooltip(f"{field}:{kind}", title=title) for field, kind, title in _TIPS]
    marks = alt.Chart(inline(dots)).mark_point(filled=True, opacity=0.85)
    layers: list[Any] = [
        marks.encode(
            x=x,
            y=y,
            size=alt.Size("rows:Q", scale=None),
            color=alt.Color("hue:N", scale=None),
            tooltip=tips,
        )
    ]
    # on a narrow screen there is no room for words beside the names of the rows; the table behind the chart has them
    shown = alt.ExprRef("width < 330 ? 0 : 1")
    worst_words = alt.Chart(inline(ends["worst"])).mark_text(align="right", dx=-11, fontSize=10.5, opacity=shown)
    best_words = alt.Chart(inline(ends["best"])).mark_text(align="left", dx=11, fontSize=10.5, opacity=shown)
    layers += [words.encode(x=x, y=y, text=alt.Text("text:N")) for words in (worst_words, best_words)]
    layers.append(_colours())
    told = "; ".join(f"{name}: {span} points from {low} to {high}" for name, low, high, span, _ in cells[:5])
    return figure(
        alt.layer(*layers),
        caption=caption,
        alt_text=f"Points of the bins of {len(cells)} of {len(names)} characteristics. The widest: {told}.",
        table=table(caption, ("Characteristic", "worst bin", "best bin", "span in points", "bins"), cells, words=3),
        height=96 + 27 * len(rows),
    )


_TIPS = (("y", "N", "characteristic"), ("text", "N", "bin"), ("x", "Q", "points"))


def _ticks(widest: float) -> list[float]:
    """Round values from 0 to the most points; left of 0 there is nothing."""
    step = 10.0 ** np.floor(np.log10(widest / 2))
    step *= next(factor for factor in (1, 2, 2.5, 5, 10) if widest / (step * factor) <= 6)
    return [float(f"{step * i:.6g}") for i in range(int(widest / step + 1e-9) + 1)]


def _short(text: str) -> str:
    return text if len(text) <= _ENDS else text[: _ENDS - 1] + "…"


def _colours() -> Any:
    """The colours in words above the chart."""
    import altair as alt

    parts = (
        ("●", LOW, 2),
        ("lowest", INK, 15),
        ("●", HIGH, 72),
        ("highest", INK, 85),
        ("●", GREY, 147),
        ("no order", INK, 160),
    )
    marks = (
        alt.Chart(inline([{"text": text}])).mark_text(align="left", color=color, dx=dx) for text, color, dx in parts
    )
    return alt.layer(*(mark.encode(x=alt.value(0), y=alt.value(-10), text=alt.Text("text:N")) for mark in marks))
