"""How many are still there after a time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import Array, reading, table
from casestudies.report.charts.lines import Axis, Line, line_chart


@reading(
    "Each line begins with everybody, 100 %, and falls as they leave. The steeper, the faster they go; a flat end is those who stay. Half are gone where a line crosses 50 %."
)
def survival(curves: Mapping[str, Array], *, step: int = 1, x_title: str, y_title: str, caption: str) -> Figure:
    """One falling line a curve, from 100 %.

    Parameters
    ----------
    curves: by name, (steps + 1,) share still there after 0, 1, ... steps. step: periods of one; the axis shows periods.
    """
    rows = [
        (name, f"{step * i}", f"{100 * curve[i]:.1f} %")
        for name, curve in curves.items()
        for i in np.unique(np.linspace(0, len(curve) - 1, 6).astype(int))
    ]
    said = "; ".join(
        f"{name}: {100 * curve[-1]:.1f} % after {step * (len(curve) - 1)}" for name, curve in curves.items()
    )
    return line_chart(
        [Line(name, step * np.arange(len(curve), dtype=float), curve) for name, curve in curves.items()],
        Axis(x_title),
        Axis(y_title, form="~%", ends=(0.0, 1.0)),
        caption=caption,
        alt_text=f"{y_title} by {x_title.lower()}. {said}.",
        table=table(caption, ("Curve", x_title, y_title), rows),
    )
