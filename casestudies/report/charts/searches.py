"""A search for settings: its trials one after the other, and what two goals leave to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import SHORT, Array, figure, inline, number, reading, records, series_scale, table
from casestudies.report.theme import GREY

_TRIED, _BEST = "a trial", "the best so far"
_FRONT, _BEATEN, _DEFAULTS, _PROPOSED = "on the front", "beaten by another", "the defaults", "proposed"


@reading(
    "Each dot is a trial, in the order they were made; lower is better. The stair is the best so far, the dashed line the settings as they came. A stair that went flat early means that more trials would hardly help."
)
def search_history(values: Array, best: Array, *, defaults: float, title: str, digits: int, caption: str) -> Figure:
    """A dot for each trial, a stair of the best so far, and a dashed line where the defaults stand.

    Parameters
    ----------
    values: (trials,) the goal; nan of a trial that has none. best: (trials,) the best so far. title: of the goal, with its unit.
    digits: behind the point in the table.
    """
    import altair as alt

    at = np.arange(1, len(values) + 1)
    names = [_TRIED, _BEST]
    color = alt.Color("series:N", scale=alt.Scale(**series_scale(names, "color")), legend=alt.Legend(columns=2))
    x = alt.X("x:Q", title="Trial", axis=alt.Axis(tickMinStep=1, format="d"))
    scale = alt.Scale(zero=False, padding=10, domain=_window(values, best, defaults), clamp=True)
    y = alt.Y("y:Q", title=title, scale=scale, axis=alt.Axis(labelExpr=SHORT))
    dots = alt.Chart(inline(records(x=at, y=values, series=[_TRIED] * len(at))))
    stair = alt.Chart(inline(records(x=at, y=best, series=[_BEST] * len(at))))
    tips = [alt.Tooltip("x:Q", title="trial"), alt.Tooltip("y:Q", title=title, format=".5~g")]
    chart = alt.layer(
        alt.Chart(inline(records(y=[defaults]))).mark_rule(color=GREY, strokeDash=[4, 4]).encode(y=y),
        stair.mark_line(interpolate="step-after", strokeWidth=2.2).encode(x=x, y=y, color=color),
        dots.mark_point(filled=True, size=46, opacity=0.8).encode(x=x, y=y, color=color, tooltip=tips),
    )
    places = np.unique(np.linspace(0, len(at) - 1, min(len(at), 10)).astype(int))
    rows = [(f"{at[i]}", number(float(values[i]), digits), number(float(best[i]), digits)) for i in places]
    return figure(
        chart,
        caption=caption,
        alt_text=f"{title} of {len(at)} trials. The defaults: {number(defaults, digits)}; the best of all: {number(float(best[-1]), digits)}.",
        table=table(caption, ("Trial", title, "Best so far"), rows, words=0),
    )


@reading(
    "Each dot is a trial, judged by both goals; down and to the left is better. Set apart are those that no other trial beats in both, the settings as they came, and what is proposed; the legend names them."
)
def pareto(
    x: Array,
    y: Array,
    on_front: Array,
    *,
    proposed: int,
    defaults: int,
    titles: tuple[str, str],
    caption: str,
) -> Figure:
    """Two goals of every trial: which no other one beats in both, where the defaults stand, and which is proposed.

    Parameters
    ----------
    x, y: (trials,). on_front: (trials,) bool. proposed, defaults: places of two trials. titles: of the two goals.
    """
    import altair as alt

    kinds = [_FRONT if on else _BEATEN for on in on_front]
    kinds[defaults] = _DEFAULTS
    kinds[proposed] = _PROPOSED
    names = [_PROPOSED, _DEFAULTS, _FRONT, _BEATEN]
    legend: Any = alt.Legend(columns=2)
    color = alt.Color("series:N", scale=alt.Scale(**series_scale(names, "color")), legend=legend)
    shape = alt.Shape("series:N", scale=alt.Scale(**series_scale(names, "shape")), legend=legend)
    across = alt.X("x:Q", title=titles[0], scale=alt.Scale(zero=False, padding=14), axis=alt.Axis(labelExpr=SHORT))
    up = alt.Y("y:Q", title=titles[1], scale=alt.Scale(zero=False, padding=14), axis=alt.Axis(labelExpr=SHORT))
    line = sorted((float(x[i]), float(y[i])) for i in np.flatnonzero(on_front))
    tips = [
        alt.Tooltip("series:N", title="trial"),
        alt.Tooltip("x:Q", title=titles[0], format=".4~g"),
        alt.Tooltip("y:Q", title=titles[1], format=".4~g"),
    ]
    joined = alt.Chart(inline(records(x=[a for a, _ in line], y=[b for _, b in line])))
    dots = alt.Chart(inline(records(x=x, y=y, series=kinds, size=_sizes(kinds))))
    chart = alt.layer(
        joined.mark_line(color=GREY, interpolate="linear", strokeWidth=1.4, strokeDash=[4, 4]).encode(x=across, y=up),
        dots.mark_point(filled=True, opacity=0.9).encode(
            x=across, y=up, color=color, shape=shape, size=alt.Size("size:Q", scale=None), tooltip=tips
        ),
    )
    rows = [
        (f"{i + 1}", kinds[i], f"{x[i]:.4g}", f"{y[i]:.4g}")
        for i in np.flatnonzero(on_front | _one_of(len(x), defaults))
    ]
    return figure(
        chart,
        caption=caption,
        alt_text=f"{titles[1]} against {titles[0]} of {len(x)} trials; {int(np.sum(on_front))} are on the front. "
        f"Proposed: {x[proposed]:.4g} and {y[proposed]:.4g}; the defaults: {x[defaults]:.4g} and {y[defaults]:.4g}.",
        table=table(caption, ("Trial", "Which", *titles), rows, words=2),
    )


def _sizes(kinds: Sequence[str]) -> list[float]:
    return [150.0 if kind in (_PROPOSED, _DEFAULTS) else 60.0 for kind in kinds]


def _one_of(count: int, place: int) -> Array:
    return np.arange(count) == place


def _window(values: Array, best: Array, defaults: float) -> list[float]:
    """Where most trials lie: a few hopeless ones are drawn at the edge, or they would flatten all others."""
    finite = np.asarray(values, dtype=float)[np.isfinite(values)]
    kept = [*np.quantile(finite, [0.05, 0.95]), defaults, *np.asarray(best, dtype=float)[np.isfinite(best)]]
    low, high = float(min(kept)), float(max(kept))
    margin = 0.06 * (high - low or abs(high) or 1.0)
    return [low - margin, high + margin]
