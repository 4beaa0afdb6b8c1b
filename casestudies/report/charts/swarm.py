"""Each row's contributions at once, coloured by the feature's own value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import Array, amount, figure, inline, reading, records, row_axis, table, unlike
from casestudies.report.theme import GREY, HIGH, INK, LOW

SWARM_ROWS, SWARM_FEATURES = 100, 10


@reading(
    "Each dot is a row. To the right the feature raised its score, to the left it lowered it. Orange is a high value of the feature, blue a low one: orange on the right means that high values raise the score."
)
def beeswarm(
    names: Sequence[str],
    contributions: Array,
    values: Array,
    *,
    title: str = "Contribution to the log-odds of the event",
    caption: str = "Contributions, row by row",
) -> Figure:
    """One point a row and feature: how far the feature moved the score, coloured by the feature's own value.

    At most 100 rows (evenly spaced by their total contribution, so the extremes are among them) and the 10 features of
    the largest mean absolute contribution.

    Parameters
    ----------
    contributions: (rows, features), finite. values: (rows, features) of numbers or text; text and missing values are grey.
    """
    import altair as alt

    contributions = np.asarray(contributions, dtype=float)
    by_total = np.argsort(contributions.sum(axis=1), kind="stable")
    picked = by_total[np.unique(np.linspace(0, len(by_total) - 1, SWARM_ROWS).astype(int))]
    mean = np.abs(contributions).mean(axis=0)
    features = np.argsort(-mean, kind="stable")[:SWARM_FEATURES]
    labels = unlike(names[j] for j in features)
    span = np.ptp(contributions[np.ix_(picked, features)]) or 1.0
    data: list[dict[str, Any]] = []
    for label, j in zip(labels, features, strict=True):
        x = contributions[picked, j]
        hue = [_blend(rank) for rank in _ranks(values[:, j])[picked]]
        data += records(y=[label] * len(x), x=x, off=_swarm(x / span), hue=hue)
    points = alt.Chart(inline(data)).mark_point(filled=True, size=22, opacity=0.85)
    zero = alt.Chart(inline(records(x=[0.0]))).mark_rule(color=GREY, strokeDash=[4, 4]).encode(x=alt.X("x:Q"))
    chart = alt.layer(
        zero,
        points.encode(
            x=alt.X("x:Q", title=title),
            y=row_axis(labels),
            yOffset=alt.YOffset("off:Q", scale=alt.Scale(domain=[-1.1, 1.1])),
            color=alt.Color("hue:N", scale=None),
        ),
        _low_to_high(),
    )
    rows = [(names[j], *_low_and_high(contributions[:, j], _ranks(values[:, j]))) for j in features]
    head = ("Feature", "mean absolute", "mean where the value is low", "mean where it is high")
    return figure(
        chart,
        caption=caption,
        alt_text=f"{title} for {len(picked)} rows and {len(labels)} features, from {', '.join(labels[:3])} downwards; "
        "the colour goes from low values (blue) to high ones (orange).",
        table=table(caption, head, rows),
        height=92 + 36 * len(labels),
    )


def _ranks(value: Array) -> Array:
    """(rows,) rank of a number in [0, 1], equal values alike; NaN for text and for missing values."""
    try:
        numbers = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return np.full(len(value), np.nan)
    known = np.sort(numbers[np.isfinite(numbers)])
    rank = (np.searchsorted(known, numbers, "left") + np.searchsorted(known, numbers, "right")) / (
        2 * max(len(known), 1)
    )
    return np.where(np.isfinite(numbers), rank, np.nan)


def _blend(rank: float) -> str:
    if not np.isfinite(rank):
        return GREY
    ends = ([int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in (LOW, HIGH))
    return "#" + "".join(f"{round(a + rank * (b - a)):02x}" for a, b in zip(*ends, strict=True))


def _swarm(x: Array) -> Array:
    """(points,) sideways place in [-1, 1]: points that would overlap stand to the left and right of the first."""
    place = np.zeros(len(x))
    seen: dict[int, int] = {}
    for i, cell in enumerate(np.floor(np.asarray(x) * 70).astype(int)):
        k = seen[int(cell)] = seen.get(int(cell), -1) + 1
        place[i] = (k + 1) // 2 * (1 if k % 2 else -1)
    return place / max(4.0, float(np.abs(place).max(initial=0.0)))


def _low_to_high() -> Any:
    """A legend in words, since the colours are values of a scale of our own."""
    import altair as alt

    parts = (("●", LOW, 2), ("low value", INK, 15), ("●", HIGH, 95), ("high value", INK, 108))
    marks = (
        alt.Chart(inline([{"text": text}])).mark_text(align="left", color=color, dx=dx) for text, color, dx in parts
    )
    return alt.layer(*(mark.encode(x=alt.value(0), y=alt.value(-10), text=alt.Text("text:N")) for mark in marks))


def _low_and_high(effect: Array, rank: Array) -> list[str]:
    """Mean absolute effect, and the mean over the lower and the upper half of the feature's values."""
    parts = (np.abs(effect), effect[rank <= 0.5], effect[rank > 0.5])
    return [amount(float(part.mean()) if len(part) else np.nan) for part in parts]
