"""The decision curve of the judged patients, for any share of diseased, marked where the prices mean."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casestudies.decisions.net_benefit import decision_curve
from casestudies.imaging.findings import Findings
from casestudies.imaging.judged import People
from casestudies.report import Figure, Table
from casestudies.report.charts.lines import Axis, Guide, Line, line_chart
from casestudies.workflow.sections.words import number, percent

Floats = NDArray[np.float64]
_LAST, _POINTS = 0.6, 60  # of the thresholds


def curve(f: Findings, dear: float, share: float, shift: float) -> Figure:
    """The decision curve for this share of diseased; drawn once for it, only the upright of the prices moves."""
    drawn, threshold, benefit = _drawn(f, share, shift)
    chosen = 1.0 / (1.0 + dear)
    words = f"these prices: {percent(chosen)}"
    right = chosen < _LAST / 2
    letters = {"type": "text", "align": "left" if right else "right", "dx": 7 if right else -7, "baseline": "top"}
    upright: dict[str, Any] = {
        "data": {"values": [{"x": min(chosen, _LAST), "words": words}]},
        "encoding": {"x": {"field": "x", "type": "quantitative"}},
        "layer": [
            {"mark": {"type": "rule", "color": "currentColor", "strokeWidth": 1.6}},
            {
                "mark": {**letters, "fontWeight": "bold"},
                "encoding": {"text": {"field": "words"}, "y": {"value": 0}},
            },
        ],
    }
    here = float(np.interp(chosen, threshold, benefit))
    return replace(
        drawn,
        spec={**drawn.spec, "layer": [*drawn.spec["layer"], upright]},
        alt=f"{drawn.alt} At {words} the model's is {number(here, 4)}.",
    )


@lru_cache(maxsize=8)
def _drawn(f: Findings, share: float, shift: float) -> tuple[Figure, Floats, Floats]:
    """The chart, and the thresholds and net benefits of its first line."""
    judged = People.of(f, "test")
    weight = np.where(judged.y == 1, share / judged.share, (1.0 - share) / (1.0 - judged.share))
    p = judged.p * shift / (1.0 - judged.p + judged.p * shift)  # with the prior of there
    found = decision_curve(judged.y, p, np.linspace(0.01, _LAST, _POINTS), weight)
    top = max(float(found.model.max()), float(found.everybody.max()), 1e-9)
    lines = [
        Line(name, found.threshold, np.where(values >= -top / 4, values, np.nan))
        for name, values in (("Model", found.model), ("Call back everybody", found.everybody))
    ]
    caption = (
        "Decision curve for this share of diseased: the highest line is the best way to decide at the price, the dashed one is "
        "to call back nobody"
    )
    best = found.threshold[found.model > np.maximum(found.everybody, 0.0)]
    where = f"highest between {percent(best[0], 0)} and {percent(best[-1], 0)}" if len(best) else "nowhere the highest"
    rows = tuple(
        (
            percent(float(t), 0),
            *(number(float(np.interp(t, found.threshold, one)), 4) for one in (found.model, found.everybody)),
        )
        for t in np.linspace(found.threshold[0], found.threshold[-1], 12)
    )
    drawn = line_chart(
        lines,
        Axis("Probability from which acting is worth it", "~%", ends=(0.0, _LAST)),
        Axis("Net benefit per row", ends=(-top / 4, 1.06 * top)),
        guides=[Guide((0.0, _LAST), (0.0, 0.0))],
        caption=caption,
        alt_text=f"Net benefit against the threshold probability. The model is {where}.",
        table=Table(caption, ("Threshold", *(line.name for line in lines)), rows, (True, True, True)),
    )
    return drawn, found.threshold, found.model
