"""Why one row got its score: the waterfall, and SHAP beside LIME."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import (
    Array,
    figure,
    inline,
    number,
    percent,
    reading,
    records,
    row_axis,
    table,
    unlike,
)
from casestudies.report.charts.panels import LEGEND, panel_titles, shifted, two_axes
from casestudies.report.theme import AMBER, BLUE, GREEN, GREY, INK, VERMILLION

_AND_PERCENT = "[datum.label, format(1 / (1 + exp(-datum.value)), '.3~p')]"


@reading(
    "Read from top to bottom: it begins with what holds for the average, each bar moves the score by what one part adds or takes, and the last row is where it ends. Long bars decide; the colours tell raising from lowering."
)
def waterfall(
    base: float,
    names: Sequence[str],
    contributions: Array,
    *,
    values: Sequence[str] | None = None,
    top: int = 9,
    probability: bool = True,
    title: str = "Log-odds of the event",
    ends: tuple[str, str] = ("average row", "this row"),
    rest: tuple[str, str] = ("other feature", "other features"),
    digits: int = 2,
    caption: str = "From the average to this case",
) -> Figure:
    """From the average score to this row's, one bar a feature, the smaller ones together.

    Parameters
    ----------
    base: score of the average row; `base + contributions.sum()` is the row's. contributions: (features,).
    values: (features,) the row's own values, as text. probability: the score is a log-odds, and the axis says the
    probability below it. ends, rest: what the first and the last row, and the smaller bars together, are called.
    digits: after the point, of what is written beside the bars.
    """
    import altair as alt

    effect = np.asarray(contributions, dtype=float)
    order = np.argsort(-np.abs(effect), kind="stable")
    main, small = order[:top], order[top:]
    texts = [names[i] if values is None else f"{names[i]} = {values[i]}" for i in main]
    moves = [float(effect[i]) for i in main]
    if len(small):
        texts.append(f"{len(small)} {rest[int(len(small) > 1)]}")
        moves.append(float(effect[small].sum()))
    tips = base + np.cumsum(moves)
    final = float(base + effect.sum())
    labels = unlike([ends[0], *texts, ends[1]])
    y = row_axis(labels)
    axis = alt.Axis(labelExpr=_AND_PERCENT) if probability else alt.Axis()
    below = f"{title} (probability below)" if probability else title
    x = alt.X("x:Q", title=below, axis=axis, scale=alt.Scale(zero=False, nice=False, padding=40))
    joints = alt.Chart(inline(records(y=labels[:-1], to=labels[1:], x=[base, *tips])))
    chart = alt.layer(
        joints.mark_rule(color=GREY, strokeWidth=1).encode(x=x, y=y, y2=alt.Y2("to:N")),
        *_bars(labels[1:-1], np.array([base, *tips[:-1]]), tips, x, y, digits=digits),
        *_ends(labels, (base, final), (min(base, *tips), max(base, *tips)), probability, x, y, digits),
    )
    steps = [(text, f"{move:+.3f}", number(float(end))) for text, move, end in zip(texts, moves, tips, strict=True)]
    rows = [(ends[0], "", number(base)), *steps, (ends[1], "", number(final))]
    said = "; ".join(f"{text} {move:+.{digits}f}" for text, move in list(zip(texts, moves, strict=True))[:5])
    chance = f", a probability of {_chance(final)}" if probability else ""
    return figure(
        chart,
        caption=caption,
        alt_text=f"From {base:.{digits}f} ({ends[0]}) to {final:.{digits}f} ({ends[1]}){chance}. {said}.",
        table=table(caption, ("Step", "change", title), rows),
        height=104 + 26 * len(labels),
    )


def _bars(
    labels: list[str], starts: Array, ends: Array, x: Any, y: Any, moves: Array | None = None, digits: int = 2
) -> list[Any]:
    """One bar a step, its change (`moves`, or the bar's own length) written at the tip."""
    import altair as alt

    move = ends - starts if moves is None else moves
    kinds = ["raises", "lowers"]
    kind = [kinds[int(m < 0)] for m in move]
    legend = alt.Legend() if moves is None else alt.Legend(offset=LEGEND)  # above the headings of panels
    color = alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[VERMILLION, BLUE]), legend=legend)
    data = records(y=labels, x=starts, x2=ends, kind=kind, text=[f"{m:+.{digits}f}" for m in move])
    bars = alt.Chart(inline(data)).mark_bar(height={"band": 0.62}).encode(x=x, x2=alt.X2("x2:Q"), y=y, color=color)
    tips = {
        name: alt.Chart(inline([{**row, "x": row["x2"]} for row in data if row["kind"] == name])).encode(
            x=x, y=y, text=alt.Text("text:N")
        )
        for name in kinds
    }
    return [bars, tips["raises"].mark_text(align="left", dx=5), tips["lowers"].mark_text(align="right", dx=-5)]


def _ends(
    labels: list[str],
    scores: tuple[float, float],
    span: tuple[float, float],
    probability: bool,
    x: Any,
    y: Any,
    digits: int,
) -> list[Any]:
    """The average row and this row, each with its score on the side that has room."""
    import altair as alt

    out: list[Any] = []
    for label, score in zip((labels[0], labels[-1]), scores, strict=True):
        text = f"{score:+.{digits}f}" + (f" ({_chance(score)})" if probability else "")
        left = score > sum(span) / 2
        dot = alt.Chart(inline(records(y=[label], x=[score], text=[text])))
        words = dot.mark_text(align="right" if left else "left", dx=-9 if left else 9, fontWeight="bold")
        out.append(dot.mark_point(shape="diamond", filled=True, size=110, color=INK, opacity=1).encode(x=x, y=y))
        out.append(words.encode(x=x, y=y, text=alt.Text("text:N")))
    return out


def _chance(score: float) -> str:
    from scipy.special import expit

    return percent(float(expit(score)))


@reading(
    "On the left the way from the average row to this one, a bar a feature, from top to bottom. On the right the same features by two methods, SHAP (filled) and LIME (outlined, with its spread over seeds): where both lie on one side and near each other, the reason can be trusted."
)
def case_two_ways(
    base: float,
    names: Sequence[str],
    shap: Array,
    lime: Array,
    lime_low: Array,
    lime_high: Array,
    *,
    values: Sequence[str],
    top: int = 7,
    caption: str = "One case, by two methods",
) -> Figure:
    """One row a feature, two panels: the way from the average to this case, and SHAP beside LIME.

    The bars of the right panel should point the same way; the whisker is LIME's spread over its seeds.

    Parameters
    ----------
    base: log-odds of the average row; `base + shap.sum()` is the case's. shap, lime, lime_low, lime_high: (features,).
    values: (features,) the case's own values, as text.
    """
    import altair as alt

    s, m, low, high = (np.asarray(a, dtype=float) for a in (shap, lime, lime_low, lime_high))
    order = np.argsort(-np.abs(s), kind="stable")
    main, rest = order[:top], order[top:]
    texts, moves = [f"{names[i]} = {values[i]}" for i in main], [float(s[i]) for i in main]
    if len(rest):
        texts.append("1 other feature" if len(rest) == 1 else f"{len(rest)} other features")
        moves.append(float(s[rest].sum()))
    ends, final = base + np.cumsum(moves), float(base + s.sum())
    labels = unlike(["average row", *texts, "this row"])
    spans = (
        _roomy(np.array([base, *ends]), 0.27),
        _roomy(np.concatenate([[0.0], *(part[main] for part in (s, m, low, high))]), 0.04),
    )
    y = row_axis(labels)
    x = two_axes(
        "Log-odds (left), effect on them (right)",
        spans,
        ("[format(VALUE, '.2~f'), format(1 / (1 + exp(-VALUE)), '.2~p')]", "[format(VALUE, '+.2~f'), '']"),
        count=4,
    )
    starts = np.array([base, *ends[:-1]])
    chart = alt.layer(
        *_steps(labels, starts, ends, spans[0], x, y),
        *_two_ends(labels, (base, final), spans[0], x, y),
        *_pairs(labels[1 : 1 + len(main)], s[main], m[main], low[main], high[main], spans[1], x, y),
        panel_titles(("To this case", "Beside LIME"), x),
    )
    rows = [("average row", "", number(base), "", "", "")]
    for k, (text, move, end) in enumerate(zip(texts, moves, ends, strict=True)):
        by_lime = (
            (f"{m[main[k]]:+.3f}", f"{low[main[k]]:+.3f}", f"{high[main[k]]:+.3f}") if k < len(main) else ("",) * 3
        )
        rows.append((text, f"{move:+.3f}", number(float(end)), *by_lime))
    rows.append(("this row", "", number(final), "", "", ""))
    agree = int((np.sign(s[main]) == np.sign(m[main])).sum())
    said = "; ".join(f"{text} {move:+.2f}" for text, move in list(zip(texts, moves, strict=True))[:5])
    return figure(
        chart,
        caption=caption,
        alt_text=f"From {base:.2f} for the average row to {final:.2f} for this one, a probability of {_chance(final)}. "
        f"{said}. SHAP and LIME point the same way for {agree} of {len(main)} features.",
        table=table(caption, ("Step", "SHAP", "log-odds after it", "LIME", "LIME low", "LIME high"), rows),
        height=106 + 21 * len(labels),
    )


def _roomy(values: Array, room: float) -> tuple[float, float]:
    """The ends of an axis that holds `values`, with a share of their range to spare on both sides."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    spare = room * ((high - low) or 1.0)
    return low - spare, high + spare


def _steps(labels: list[str], starts: Array, ends: Array, span: tuple[float, float], x: Any, y: Any) -> list[Any]:
    """The waterfall of the left panel: joints, bars, and each change at its tip."""
    import altair as alt

    here = shifted(np.array([starts[0], *ends]), 0, span)
    joints = alt.Chart(inline(records(y=labels[:-1], to=labels[1:], x=here)))
    return [
        joints.mark_rule(color=GREY, strokeWidth=1).encode(x=x, y=y, y2=alt.Y2("to:N")),
        *_bars(labels[1:-1], shifted(starts, 0, span), shifted(ends, 0, span), x, y, moves=ends - starts),
    ]


def _two_ends(labels: list[str], scores: tuple[float, float], span: tuple[float, float], x: Any, y: Any) -> list[Any]:
    """The average and the case, each with its probability on the side that has room."""
    import altair as alt

    out: list[Any] = []
    for label, score in zip((labels[0], labels[-1]), scores, strict=True):
        place = float(shifted([score], 0, span)[0])
        left = place > 0.5
        dot = alt.Chart(inline(records(y=[label], x=[place], text=[_chance(score)])))
        words = dot.mark_text(align="right" if left else "left", dx=-9 if left else 9, fontWeight="bold")
        out.append(dot.mark_point(shape="diamond", filled=True, size=100, color=INK, opacity=1).encode(x=x, y=y))
        out.append(words.encode(x=x, y=y, text=alt.Text("text:N")))
    return out


def _pairs(
    labels: list[str], shap: Array, lime: Array, low: Array, high: Array, span: tuple[float, float], x: Any, y: Any
) -> list[Any]:
    """The right panel: a filled bar for SHAP, an outlined one for LIME with its whisker."""
    import altair as alt

    nought = float(shifted([0.0], 1, span)[0])
    fills = ["SHAP", "LIME"]
    whiskers = records(y=labels, low=shifted(low, 1, span), high=shifted(high, 1, span))
    zero = alt.Chart(inline(records(x=[nought]))).mark_rule(color=GREY).encode(x=x)
    out = [zero]
    for method, effect, offset in zip(fills, (shap, lime), (-4, 4), strict=True):
        data = records(
            y=labels, x=[nought] * len(labels), x2=shifted(effect, 1, span), text=[f"{v:+.3f}" for v in effect]
        )
        tips = [alt.Tooltip("y:N", title="feature"), alt.Tooltip("text:N", title=method)]
        bars = alt.Chart(inline(data)).mark_bar(
            height=6.5,
            yOffset=offset,
            stroke=AMBER if method == "LIME" else GREEN,
            strokeWidth=1.2,
            color=AMBER if method == "LIME" else GREEN,
            fillOpacity=0.12 if method == "LIME" else 1,
        )
        out.append(bars.encode(x=x, x2=alt.X2("x2:Q"), y=y, tooltip=tips))
    spread = alt.Chart(inline(whiskers)).mark_rule(color=INK, strokeWidth=1.6, yOffset=4)
    return [*out, spread.encode(x=alt.X("low:Q"), x2=alt.X2("high:Q"), y=y)]
