"""The curves of several runs over each other, each on the rows that judged it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.metrics import auc, calibration_curve, precision_recall_curve, roc_curve
from casestudies.metrics.intervals import Interval
from casestudies.report import Block, Figure, charts
from casestudies.report.charts.canvas import number, percent, table
from casestudies.report.charts.lines import Axis, Guide, Line, line_chart
from casestudies.report.charts.ranking import FIRST_ALARMS
from casestudies.workflow.compared import Compared
from casestudies.workflow.judgements import Rated, Scored

_AT = (0.05, 0.1, 0.25, 0.5, 0.75)  # where the tables behind the curves are read


def curves(told: Compared) -> tuple[Block, ...]:
    """ROC, precision, calibration and money of runs with scores; dots of runs with figures of lists; else nothing."""
    scored = {a: m.judgements for a, m in told.lettered().items() if isinstance(m.judgements, Scored)}
    if len(scored) == len(told.members):
        money = {one.prices for one in scored.values()}
        saved = _saved(scored) if len(money) == 1 and all(one.costs is not None for one in scored.values()) else None
        return (_roc(scored), _precision(scored), _calibration(scored), *([saved] if saved else []))
    if all(isinstance(m.judgements, Rated) for m in told.members) and all(pair.differences for pair in told.pairs):
        return (_dots(told),)
    return ()


def _roc(runs: Mapping[str, Scored]) -> Figure:
    found = {name: roc_curve(one.outcome, one.p, one.weight) for name, one in runs.items()}
    areas = {name: auc(one.outcome, one.p, one.weight) for name, one in runs.items()}
    caption = "ROC of each run on the rows that judged it: the further above the diagonal, the better the ranking"
    rows = [
        (name, number(areas[name]), *(percent(float(np.interp(at, c.false_alarms, c.sensitivity))) for at in _AT))
        for name, c in found.items()
    ]
    return line_chart(
        [Line(name, c.false_alarms, c.sensitivity) for name, c in found.items()],
        Axis("False alarms", "~%", ends=(0.0, 1.0)),
        Axis("Caught", "~%", ends=(0.0, 1.0)),
        caption=caption,
        alt_text=f"ROC curves. Areas: {_listed(areas)}. The diagonal is chance.",
        table=table(caption, ("Run", "AUC", *(f"caught at {at:.0%} false alarms" for at in _AT)), rows),
        guides=[Guide((0.0, 1.0), (0.0, 1.0))],
    )


def _precision(runs: Mapping[str, Scored]) -> Figure:
    lines, rows = [], []
    for name, one in runs.items():
        curve = precision_recall_curve(one.outcome, one.p, one.weight, points=len(one.p))
        alarms = len(one.p) - np.searchsorted(np.sort(one.p), curve.threshold, side="right")
        keep = alarms >= min(FIRST_ALARMS, len(one.p))
        lines.append(Line(name, curve.recall[keep], curve.precision[keep]))
        best = (percent(float(curve.precision[curve.recall >= at].max())) for at in _AT)
        rows.append((name, *best))
    caption = (
        f"Precision by recall, from {FIRST_ALARMS} alarms on: the share of alarms that are right, by how much is caught"
    )
    return line_chart(
        lines,
        Axis("Caught (recall)", "~%", ends=(0.0, 1.0)),
        Axis("Right alarms (precision)", "~%", ends=(0.0, 1.0)),
        caption=caption,
        alt_text=f"Precision by recall. At half of the events caught: {_listed({row[0]: row[4] for row in rows})}.",
        table=table(caption, ("Run", *(f"precision at {at:.0%} caught" for at in _AT)), rows),
    )


def _calibration(runs: Mapping[str, Scored]) -> Figure:
    found = {name: calibration_curve(one.outcome, one.p, one.weight) for name, one in runs.items()}
    top = min(1.0, 1.05 * max(float(max(c.predicted.max(), c.observed.max())) for c in found.values()))
    caption = "Stated against observed, in tenths of the rows: points on the diagonal mean what they say"
    rows = [
        (name, percent(stated), percent(seen), f"{percent(low)} to {percent(high)}")
        for name, c in found.items()
        for stated, seen, low, high in zip(c.predicted, c.observed, c.low, c.high, strict=True)
    ]
    gaps = {name: percent(float(np.abs(c.predicted - c.observed).max())) for name, c in found.items()}
    return line_chart(
        [Line(name, c.predicted, c.observed, c.low, c.high) for name, c in found.items()],
        Axis("Stated probability", "~%", ends=(0.0, top)),
        Axis("Observed share", "~%"),
        caption=caption,
        alt_text=f"Observed share of events by stated probability. The largest gap: {_listed(gaps)}.",
        table=table(caption, ("Run", "stated", "observed", "95 % interval"), rows),
        guides=[Guide((0.0, top), (0.0, top))],
    )


def _saved(runs: Mapping[str, Scored]) -> Figure:
    lines, rows, best = [], [], {}
    unit, row = next((one.unit, one.row) for one in runs.values())
    for name, one in runs.items():
        if one.costs is None:
            continue
        curve = one.costs.profit_curve(one.outcome, one.p, one.weight, points=120)
        kept = (one.costs.constant(one.outcome, one.weight)[0] - curve.cost) / float(one.weight.sum())
        lines.append(Line(name, curve.acted_share, kept))
        best[name] = f"{kept.max():,.2f} {unit}"
        rows.append((name, *(f"{np.interp(at, curve.acted_share, kept):,.2f}" for at in _AT)))
    caption = f"Saved per {row} against acting on nobody, by the share acted on, with one cut for all rows"
    return line_chart(
        lines,
        Axis("Share acted on", "~%", ends=(0.0, 1.0)),
        Axis(f"Saved per {row} ({unit})"),
        caption=caption,
        alt_text=f"Money saved by the share acted on. The most: {_listed(best)}.",
        table=table(caption, ("Run", *(f"acting on {at:.0%}" for at in _AT)), rows),
        guides=[Guide((0.0, 1.0), (0.0, 0.0))],
    )


def _dots(told: Compared) -> Figure:
    """Figures of lists: each with its interval, the runs among one another."""
    letters = {member.run.id: letter for letter, member in told.lettered().items()}
    titles = [one.title for one in told.pairs[0].differences]
    series: dict[str, list[Interval]] = {letters[told.pairs[0].first]: [one.first for one in told.pairs[0].differences]}
    series |= {letters[pair.second]: [one.second for one in pair.differences] for pair in told.pairs}
    arrays = {
        name: tuple(np.array([getattr(found, end) for found in one]) for end in ("value", "low", "high"))
        for name, one in series.items()
    }
    return charts.grouped_dots(
        titles,
        arrays,  # type: ignore[arg-type]
        title="Mean over the judged customers",
        caption="The figures of each run’s lists, with their intervals; those of a paired difference are narrower",
    )


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value if isinstance(value, str) else number(value)}" for name, value in values.items())
