"""How well scores order the rows: ROC, precision and recall, and the scores of the two outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from casestudies.metrics import ap, auc, precision_recall_curve, roc_curve
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
from casestudies.report.charts.panels import LEGEND, panel_titles, shifted, two_axes
from casestudies.report.theme import BLUE, DASHES, GREY, INK, VERMILLION

FALSE_ALARMS = (0.05, 0.1, 0.2)
CAUGHT = (0.25, 0.5, 0.75)
FIRST_ALARMS = 20  # the precision of fewer alarms is chance, and its saw teeth hide the rest of the curve


@reading(
    "On the left (ROC): from left to right more false alarms are accepted, and the line says what share of the events that finds; the diagonal is chance. On the right: of the alarms, how many are right, by the share of events found. Lines nearer the upper corner rank better."
)
def ranking_curves(
    y: Array, scores: Mapping[str, Array], *, weight: Array | None = None, caption: str = "ROC, and precision by recall"
) -> Figure:
    """Two panels, one curve a model in each: ROC on the left, precision by recall on the right.

    Dashed are chance on the left and an alarm for everybody on the right; precision begins where 20 rows are alarmed.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = event. scores: by model, (rows,), larger = more likely, any scale. weight: (rows,).
    """
    base = float(np.average(y, weights=weight))
    names = unlike(scores)
    points: list[dict[str, Any]] = []
    rows = []
    for name, label, p in zip(scores, names, scores.values(), strict=True):
        found, curve = roc_curve(y, p, weight), precision_recall_curve(y, p, weight, points=len(p))
        alarms = len(p) - np.searchsorted(np.sort(p), curve.threshold, side="right")
        keep = alarms >= min(FIRST_ALARMS, len(p))
        points += _drawn(label, 0, found.false_alarms, found.sensitivity, len(names))
        points += _drawn(label, 1, curve.recall[keep], curve.precision[keep], len(names))
        caught = (percent(float(np.interp(s, found.false_alarms, found.sensitivity))) for s in FALSE_ALARMS)
        # the best precision at or beyond a recall: a share between two points of the curve cannot be had
        best = (percent(float(curve.precision[curve.recall >= share].max())) for share in CAUGHT)
        rows.append((name, number(auc(y, p, weight)), *caught, number(ap(y, p, weight)), *best))
    head = ("Model", "AUC", *(f"caught at {share:.0%} false alarms" for share in FALSE_ALARMS))
    head += ("average precision", *(f"precision at {share:.0%} caught" for share in CAUGHT))
    areas = "; ".join(f"{row[0]}: area {row[1]}, average precision {row[2 + len(FALSE_ALARMS)]}" for row in rows)
    return figure(
        _two_panels(names, points, base),
        caption=caption,
        alt_text=f"ROC curves on the left, precision by recall on the right. {areas}. The diagonal is chance; an alarm "
        f"for every row is right in {percent(base)}.",
        table=table(caption, head, rows),
        height=320,
    )


def _drawn(label: str, panel: int, x: Array, y: Array, series: int) -> list[dict[str, Any]]:
    at = thin(x, y, min(120, (MARKS - 50) // (4 * max(series, 1))))
    place = shifted(np.asarray(x)[at], panel)
    return records(
        x=place, y=np.asarray(y)[at], series=[label] * len(at), kind=[str(panel)] * len(at), order=range(len(at))
    )


def _two_panels(names: list[str], points: list[dict[str, Any]], base: float) -> Any:
    import altair as alt

    share = "format(VALUE, '~%')"
    x = two_axes(
        "False alarms (left), recall (right)",
        ((0.0, 1.0),) * 2,
        (share, share),
    )
    y = alt.Y(
        "y:Q", title="Caught (left), precision (right)", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="~%")
    )
    legend = line_legend(LEGEND) if len(names) > 1 else None
    pick = alt.selection_point(name="pick", fields=["series"], bind="legend")
    line = alt.Chart(inline(points)).encode(
        x=x,
        y=y,
        color=alt.Color("series:N", scale=alt.Scale(**series_scale(names, "color")), legend=legend),
        detail=alt.Detail("kind:N"),
    )
    drawn = line.mark_line().encode(
        strokeDash=alt.StrokeDash("series:N", scale=alt.Scale(**series_scale(names, "strokeDash")), legend=legend),
        opacity=alt.when(pick).then(alt.value(1)).otherwise(alt.value(0.15)),
        order=alt.Order("order:Q"),
    )
    tips = [alt.Tooltip("series:N", title="series"), alt.Tooltip("y:Q", title="up", format=".1%")]
    guides = [([0.0, 1.0], [0.0, 1.0], 0), ([0.0, 1.0], [base, base], 1)]
    dashed = [
        alt.Chart(inline(records(x=shifted(across, panel), y=up)))
        .mark_line(color=GREY, strokeDash=[4, 4], strokeWidth=1.2)
        .encode(x=x, y=y)
        for across, up, panel in guides
    ]
    hover = line.mark_point(opacity=0, size=90, filled=True).encode(tooltip=tips)
    return alt.layer(*dashed, drawn.add_params(pick), hover, panel_titles(("ROC", "Precision"), x))


@reading(
    "How the scores of the two outcomes spread. The less the two shapes overlap, the better a cut can part them; rows in the overlap are the ones any cut will get wrong."
)
def score_histogram(
    y: Array,
    p: Array,
    *,
    outcomes: Sequence[str] = ("no event", "event"),
    cut: float | None = None,
    weight: Array | None = None,
    x_title: str = "Score",
    caption: str = "Scores by outcome",
) -> Figure:
    """How the scores of the two outcomes spread, each as shares of its own rows, in 30 bins.

    Parameters
    ----------
    y: (rows,) 0/1. p: (rows,) score. outcomes: what 0 and 1 are called. cut: the decision's threshold, marked.
    """
    import altair as alt

    y, p = np.asarray(y), np.asarray(p, dtype=float)
    w = np.ones(len(p)) if weight is None else np.asarray(weight, dtype=float)
    edges = np.histogram_bin_edges(p, bins=30)
    names = unlike(outcomes)
    counts = [np.histogram(p[y == k], bins=edges, weights=w[y == k])[0] for k in range(len(names))]
    shares = [count / (count.sum() or 1.0) for count in counts]
    steps: list[dict[str, Any]] = []
    for name, share in zip(names, shares, strict=True):
        steps += records(x=edges, y=np.append(share, share[-1]), series=[name] * len(edges))
    base = alt.Chart(inline(steps)).encode(
        x=alt.X("x:Q", title=x_title, scale=alt.Scale(zero=False, nice=False)),
        y=alt.Y("y:Q", title="Share of the outcome’s rows", stack=None, axis=alt.Axis(format="~%")),
        color=alt.Color("series:N", scale=alt.Scale(domain=names, range=[BLUE, VERMILLION]), legend=line_legend()),
    )
    dashes = alt.Scale(domain=names, range=[list(dash) for dash in DASHES[:2]])
    layers: list[Any] = [
        base.mark_area(interpolate="step-after", opacity=0.18),
        base.mark_line(interpolate="step-after").encode(
            strokeDash=alt.StrokeDash("series:N", scale=dashes, legend=line_legend())
        ),
    ]
    if cut is not None:
        layers.append(
            alt.Chart(inline(records(x=[cut]))).mark_rule(color=INK, strokeDash=[4, 3]).encode(x=alt.X("x:Q"))
        )
    rows = [
        (f"{edges[i]:.3g} to {edges[i + 3]:.3g}", *(percent(float(share[i : i + 3].sum())) for share in shares))
        for i in range(0, 30, 3)
    ]
    middle = (f"{name}: median {np.median(p[y == k]):.3g}" for k, name in enumerate(names) if (y == k).any())
    at = "" if cut is None else f" The cut stands at {cut:.3g}."
    return figure(
        alt.layer(*layers),
        caption=caption,
        alt_text=f"Histogram of the score for each outcome. {'; '.join(middle)}.{at}",
        table=table(caption, (x_title, *(f"{name}: share" for name in names)), rows),
        height=260,
    )
