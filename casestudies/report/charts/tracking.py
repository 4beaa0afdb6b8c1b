"""A count that was predicted, beside what came."""

from __future__ import annotations

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import Array, reading, table
from casestudies.report.charts.lines import Axis, Line, Mark, line_chart


@reading(
    "Both lines add up over time. Left of the upright the model had seen the data, right of it nothing: there the nearer the two lines stay, the better it foresees."
)
def tracking(
    time: Array,
    came: Array,
    predicted: Array,
    *,
    at: float,
    words: str,
    x_title: str,
    y_title: str,
    caption: str,
) -> Figure:
    """Two cumulative lines; left of the upright the model has seen the data, right of it nothing.

    Parameters
    ----------
    time, came, predicted: (points,). at: where the prediction begins; words: what stands there.
    """
    places = np.unique(np.linspace(0, len(time) - 1, 8).astype(int))
    rows = [(f"{time[i]:.0f}", f"{came[i]:,.0f}", f"{predicted[i]:,.0f}") for i in places]
    return line_chart(
        [Line("came", time, came), Line("predicted", time, predicted)],
        Axis(x_title),
        Axis(y_title),
        mark=Mark(at, (words,)),
        caption=caption,
        alt_text=f"{y_title} by {x_title.lower()}. At the end {came[-1]:,.0f} came and {predicted[-1]:,.0f} were predicted; "
        f"the prediction begins at {at:.0f}.",
        table=table(caption, (x_title, "Came", "Predicted"), rows),
    )
