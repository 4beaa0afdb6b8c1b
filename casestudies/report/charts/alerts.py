"""Alerts one after the other: how many are right, and how much money they stop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import (
    MARKS,
    Array,
    figure,
    inline,
    line_legend,
    number,
    percent,
    reading,
    records,
    series_scale,
    table,
    thin,
    unlike,
)
from casestudies.report.charts.lines import Axis, Line, line_chart
from casestudies.report.charts.panels import LEGEND, panel_titles, shifted, two_axes

_TOLD = (0.1, 0.25, 0.5, 1.0)  # shares of the alerts of the right panel that the table tells


@reading(
    "Walk along a line from left to right: each step looks at more rows, the foremost first. On the left, higher means that more of the alerts are right; on the right, higher means that more of the money is found with the same number of alerts. A line above another is the better order there."
)
def alert_curves(
    curves: Mapping[str, tuple[Array, Array, Array]], alerts: Array, *, mark: float | None = None, caption: str
) -> Figure:
    """Two panels, one curve an order in each: precision by recall on the left, share of the money by alerts on the right.

    Parameters
    ----------
    curves: by order, recall (points,), precision (points,) and share of the money (alerts,), all from 0 to 1.
    alerts: (alerts,) how many are raised, from 0 up. mark: a number of alerts to set off, e.g. the capacity.
    """
    names = unlike(curves)
    alerts = np.asarray(alerts, dtype=float)
    span = (0.0, float(alerts[-1]))
    limit = (MARKS - 50) // (2 * max(len(names), 1))
    points: list[dict[str, Any]] = []
    rows = []
    for name, label, (recall, precision, share) in zip(curves, names, curves.values(), strict=True):
        for panel, x, y in ((0, np.asarray(recall), np.asarray(precision)), (1, alerts, np.asarray(share))):
            at = thin(x, y, min(120, limit))
            place = shifted(x[at], panel, span if panel else (0.0, 1.0))
            points += records(
                x=place, y=y[at], series=[label] * len(at), kind=[str(panel)] * len(at), order=range(len(at))
            )
        told = (percent(float(np.interp(part * span[1], alerts, share))) for part in _TOLD)
        held = (
            percent(float(np.max(np.asarray(precision)[np.asarray(recall) >= s], initial=0.0)))
            for s in (0.25, 0.5, 0.75)
        )
        rows.append((name, *held, *told))
    head = ("Order", *(f"precision at {s:.0%} caught" for s in (0.25, 0.5, 0.75)))
    head += tuple(f"money in {number(part * span[1], 0)} alerts" for part in _TOLD)
    said = "; ".join(f"{row[0]}: {row[-2]} of the money in {number(0.5 * span[1], 0)} alerts" for row in rows)
    return figure(
        _panels(names, points, span, mark),
        caption=caption,
        alt_text=f"Precision by recall on the left, share of the money by number of alerts on the right. {said}.",
        table=table(caption, head, rows),
        height=320,
    )


def _panels(names: list[str], points: list[dict[str, Any]], span: tuple[float, float], mark: float | None) -> Any:
    import altair as alt

    x = two_axes("Recall (left), alerts (right)", ((0.0, 1.0), span), ("format(VALUE, '~%')", "format(VALUE, ',.0f')"))
    y = alt.Y(
        "y:Q",
        title="Alerts that are right (left), money (right)",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="~%"),
    )
    legend = line_legend(LEGEND) if len(names) > 1 else None
    line = alt.Chart(inline(points)).encode(
        x=x,
        y=y,
        color=alt.Color("series:N", scale=alt.Scale(**series_scale(names, "color")), legend=legend),
        detail=alt.Detail("kind:N"),
    )
    drawn = line.mark_line().encode(
        strokeDash=alt.StrokeDash("series:N", scale=alt.Scale(**series_scale(names, "strokeDash")), legend=legend),
        order=alt.Order("order:Q"),
    )
    tips = [alt.Tooltip("series:N", title="order"), alt.Tooltip("y:Q", title="up", format=".1%")]
    layers = [drawn, line.mark_point(opacity=0, size=90, filled=True).encode(tooltip=tips)]
    if mark is not None and mark < span[1]:
        there = alt.Chart(inline(records(x=[float(shifted([mark], 1, span)[0])])))
        layers.insert(0, there.mark_rule(strokeDash=[4, 3]).encode(x=x))
    return alt.layer(*layers, panel_titles(("Precision", "Money"), x))


@reading(
    "Each point is a cut. To the right more of the events are found, further up more of the alarms are right. The dashed level is what chance would reach."
)
def precision_recall(recall: Array, precision: Array, *, area: float, caption: str) -> Figure:
    """The share of alerts that are right by the share of events caught, with the average precision as `area`."""
    rows = [
        (percent(share), percent(float(np.max(precision[recall >= share], initial=0.0))))
        for share in (0.25, 0.5, 0.75, 1)
    ]
    return line_chart(
        [Line("alerts", recall, precision)],
        Axis("Recall", "~%", ends=(0.0, 1.0)),
        Axis("Precision", "~%", ends=(0.0, 1.0)),
        caption=caption,
        alt_text=f"Precision by recall; average precision {number(area)}.",
        table=table(caption, ("Caught", "precision"), rows),
    )
