"""How well scores order the rows: ROC, precision and recall, and the scores of the two outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from casestudies.metrics import ap, auc, precision_recall_curve, roc_curve
from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import Array, figure, inline, line_legend, number, percent, records, table, unlike
from casestudies.report.charts.lines import Guide, Line, line_chart, share_axis
from casestudies.report.theme import BLUE, DASHES, INK, VERMILLION

FALSE_ALARMS = (0.01, 0.05, 0.1, 0.2, 0.5)
CAUGHT = (0.1, 0.25, 0.5, 0.75, 0.9)
FIRST_ALARMS = 20  # the precision of fewer alarms is chance, and its saw teeth hide the rest of the curve


def roc(y: Array, scores: Mapping[str, Array], *, weight: Array | None = None, caption: str = "ROC curve") -> Figure:
    """Share of events caught against share of false alarms, one curve a model.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = event. scores: by model, (rows,), larger = more likely, any scale. weight: (rows,).
    """
    found = {name: roc_curve(y, p, weight) for name, p in scores.items()}
    curves = {name: (curve.false_alarms, curve.sensitivity) for name, curve in found.items()}
    areas = {name: number(auc(y, p, weight)) for name, p in scores.items()}
    rows = [
        (name, areas[name], *(percent(float(np.interp(share, *curve))) for share in FALSE_ALARMS))
        for name, curve in curves.items()
    ]
    head = ("Model", "AUC", *(f"caught at {share:.0%} false alarms" for share in FALSE_ALARMS))
    said = "; ".join(f"{name}: area {area}" for name, area in areas.items())
    return line_chart(
        [Line(name, *curve) for name, curve in curves.items()],
        share_axis("False alarms: share of rows without the event"),
        share_axis("Caught: share of rows with the event"),
        guides=[Guide((0.0, 1.0), (0.0, 1.0))],
        caption=caption,
        alt_text=f"ROC curves, false alarm share against share of events caught. {said}. The diagonal is chance.",
        table=table(caption, head, rows),
    )


def precision_recall(
    y: Array, scores: Mapping[str, Array], *, weight: Array | None = None, caption: str = "Precision and recall"
) -> Figure:
    """Share of alarms that are right against share of events caught; the dashed line is an alarm for everyone.

    The curve begins where 20 rows are alarmed.

    Parameters: as in `roc`.
    """
    base = float(np.average(y, weights=weight))
    lines, rows = [], []
    for name, p in scores.items():
        curve = precision_recall_curve(y, p, weight, points=len(p))
        alarms = len(p) - np.searchsorted(np.sort(p), curve.threshold, side="right")
        keep = alarms >= min(FIRST_ALARMS, len(p))
        lines.append(Line(name, curve.recall[keep], curve.precision[keep]))
        # the best precision at or beyond a recall: a share between two points of the curve cannot be had
        best = (percent(float(curve.precision[curve.recall >= share].max())) for share in CAUGHT)
        rows.append((name, number(ap(y, p, weight)), *best))
    head = ("Model", "average precision", *(f"precision at {share:.0%} caught" for share in CAUGHT))
    said = "; ".join(f"{name}: average precision {average}" for name, average, *_ in rows)
    return line_chart(
        lines,
        share_axis("Recall: share of rows with the event that are caught"),
        share_axis("Precision: share of alarms that are right"),
        guides=[Guide((0.0, 1.0), (base, base))],
        caption=caption,
        alt_text=f"Precision against recall. {said}. An alarm for every row is right in {percent(base)}.",
        table=table(caption, head, rows),
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
        layers.append(alt.Chart(inline(records(x=[cut]))).mark_rule(color=INK, strokeDash=[4, 3]).encode(x="x:Q"))
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
    )
