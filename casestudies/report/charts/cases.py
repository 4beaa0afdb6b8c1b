"""Why one row got its score: the waterfall, and SHAP beside LIME."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import (
    BAR,
    Array,
    figure,
    inline,
    number,
    percent,
    records,
    row_axis,
    table,
    unlike,
)
from casestudies.report.theme import BLUE, GREY, INK, VERMILLION

_AND_PERCENT = "[datum.label, format(1 / (1 + exp(-datum.value)), '.3~p')]"


def waterfall(
    base: float,
    names: Sequence[str],
    contributions: Array,
    *,
    values: Sequence[str] | None = None,
    top: int = 9,
    probability: bool = True,
    title: str = "Log-odds of the event",
    caption: str = "From the average to this case",
) -> Figure:
    """From the average score to this row's, one bar a feature, the smaller ones together.

    Parameters
    ----------
    base: score of the average row; `base + contributions.sum()` is the row's. contributions: (features,).
    values: (features,) the row's own values, as text. probability: the score is a log-odds, and the axis says the
    probability below it.
    """
    import altair as alt

    effect = np.asarray(contributions, dtype=float)
    order = np.argsort(-np.abs(effect), kind="stable")
    main, rest = order[:top], order[top:]
    texts = [names[i] if values is None else f"{names[i]} = {values[i]}" for i in main]
    moves = [float(effect[i]) for i in main]
    if len(rest):
        texts.append("1 other feature" if len(rest) == 1 else f"{len(rest)} other features")
        moves.append(float(effect[rest].sum()))
    ends = base + np.cumsum(moves)
    final = float(base + effect.sum())
    labels = unlike(["average row", *texts, "this row"])
    y = row_axis(labels)
    axis = alt.Axis(labelExpr=_AND_PERCENT) if probability else alt.Axis()
    below = f"{title} (probability below)" if probability else title
    x = alt.X("x:Q", title=below, axis=axis, scale=alt.Scale(zero=False, nice=False, padding=40))
    joints = alt.Chart(inline(records(y=labels[:-1], to=labels[1:], x=[base, *ends])))
    chart = alt.layer(
        joints.mark_rule(color=GREY, strokeWidth=1).encode(x=x, y=y, y2="to:N"),
        *_bars(labels[1:-1], np.array([base, *ends[:-1]]), ends, x, y),
        *_ends(labels, (base, final), (min(base, *ends), max(base, *ends)), probability, x, y),
    )
    steps = [(text, f"{move:+.3f}", number(float(end))) for text, move, end in zip(texts, moves, ends, strict=True)]
    rows = [("average row", "", number(base)), *steps, ("this row", "", number(final))]
    said = "; ".join(f"{text} {move:+.2f}" for text, move in list(zip(texts, moves, strict=True))[:5])
    chance = f", a probability of {_chance(final)}" if probability else ""
    return figure(
        chart,
        caption=caption,
        alt_text=f"From {base:.2f} for the average row to {final:.2f} for this one{chance}. {said}.",
        table=table(caption, ("Step", "change", title), rows),
        height=104 + 26 * len(labels),
    )


def _bars(labels: list[str], starts: Array, ends: Array, x: Any, y: Any) -> list[Any]:
    """One bar a step, its change written at the tip."""
    import altair as alt

    move = ends - starts
    kinds = ["raises", "lowers"]
    kind = [kinds[int(m < 0)] for m in move]
    color = alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[VERMILLION, BLUE]))
    data = records(y=labels, x=starts, x2=ends, kind=kind, text=[f"{m:+.2f}" for m in move])
    bars = alt.Chart(inline(data)).mark_bar(height={"band": 0.62}).encode(x=x, x2="x2:Q", y=y, color=color)
    tips = {
        name: alt.Chart(inline([{**row, "x": row["x2"]} for row in data if row["kind"] == name])).encode(
            x=x, y=y, text="text:N"
        )
        for name in kinds
    }
    return [bars, tips["raises"].mark_text(align="left", dx=5), tips["lowers"].mark_text(align="right", dx=-5)]


def _ends(
    labels: list[str], scores: tuple[float, float], span: tuple[float, float], probability: bool, x: Any, y: Any
) -> list[Any]:
    """The average row and this row, each with its score on the side that has room."""
    import altair as alt

    out: list[Any] = []
    for label, score in zip((labels[0], labels[-1]), scores, strict=True):
        text = f"{score:+.2f}" + (f" ({_chance(score)})" if probability else "")
        left = score > sum(span) / 2
        dot = alt.Chart(inline(records(y=[label], x=[score], text=[text])))
        words = dot.mark_text(align="right" if left else "left", dx=-9 if left else 9, fontWeight="bold")
        out.append(dot.mark_point(shape="diamond", filled=True, size=110, color=INK, opacity=1).encode(x=x, y=y))
        out.append(words.encode(x=x, y=y, text="text:N"))
    return out


def _chance(score: float) -> str:
    from scipy.special import expit

    return percent(float(expit(score)))


def shap_beside_lime(
    names: Sequence[str],
    shap: Array,
    lime: Array,
    lime_low: Array,
    lime_high: Array,
    *,
    top: int = 8,
    title: str = "Effect on the log-odds of the event",
    caption: str = "Two explanations of one case",
) -> Figure:
    """Two bars a feature: SHAP filled, LIME outlined with the whisker of its seeds; they should point the same way.

    Parameters
    ----------
    shap, lime, lime_low, lime_high: (features,), LIME as an effect (coefficient times distance), mean over seeds.
    """
    order = np.argsort(-np.abs(np.asarray(shap, dtype=float)), kind="stable")[:top]
    s, m, low, high = (np.asarray(a, dtype=float)[order] for a in (shap, lime, lime_low, lime_high))
    labels = unlike(names[i] for i in order)
    chart = _pairs(labels, s, m, low, high, title)
    cells = [(names[i], *(f"{v:+.3f}" for v in row)) for i, *row in zip(order, s, m, low, high, strict=True)]
    agree = int((np.sign(s) == np.sign(m)).sum())
    return figure(
        chart,
        caption=caption,
        alt_text=f"Effects by SHAP and by LIME of {len(cells)} features; {agree} of {len(cells)} point the same way.",
        table=table(caption, ("Feature", "SHAP", "LIME", "LIME low", "LIME high"), cells),
        height=84 + 2 * BAR * len(labels),
    )


def _pairs(labels: list[str], shap: Array, lime: Array, low: Array, high: Array, title: str) -> Any:
    import altair as alt

    methods = ["SHAP", "LIME"]
    y = row_axis(labels)
    beside = alt.YOffset("method:N", scale=alt.Scale(domain=methods, paddingInner=0.15))
    colors = alt.Scale(domain=methods, range=[BLUE, VERMILLION])
    tips = [
        alt.Tooltip("y:N", title="feature"),
        alt.Tooltip("method:N", title="by"),
        alt.Tooltip("x:Q", title="effect", format="+.3f"),
    ]
    both = records(y=labels * 2, x=[*shap, *lime], method=[m for m in methods for _ in labels])
    seeds = records(y=labels, low=low, high=high, method=["LIME"] * len(labels))
    bars = alt.Chart(inline(both)).mark_bar(strokeWidth=1.4)
    whiskers = alt.Chart(inline(seeds)).mark_rule(color=INK, strokeWidth=1.6)
    return alt.layer(
        bars.encode(
            x=alt.X("x:Q", title=title),
            y=y,
            yOffset=beside,
            color=alt.Color("method:N", scale=colors),
            stroke=alt.Stroke("method:N", scale=colors),
            fillOpacity=alt.when(alt.datum.method == "LIME").then(alt.value(0.12)).otherwise(alt.value(1)),
            tooltip=tips,
        ),
        whiskers.encode(x="low:Q", x2="high:Q", y=y, yOffset=beside),
        alt.Chart(inline(records(x=[0.0]))).mark_rule(color=GREY).encode(x="x:Q"),
    )
