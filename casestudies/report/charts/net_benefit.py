"""Decision curves: what a model is worth at every price, beside acting on everybody and on nobody."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import Array, number, percent, reading, table
from casestudies.report.charts.lines import Axis, Guide, Line, Mark, line_chart

_BELOW = 0.25  # of the greatest net benefit: acting on everybody falls without end, and is drawn so far down


@reading(
    "Across: the probability from which acting is worth it, by the prices. Up: what deciding so is worth for each patient, counted in events found. A line below the others should not be used at that price; the dashed level is to act on nobody."
)
def net_benefit(
    threshold: Array, models: Mapping[str, Array], everybody: Array, *, everybody_is: str, chosen: float, caption: str
) -> Figure:
    """Net benefit by the probability from which acting is worth it; dashed at 0: acting on nobody.

    Parameters
    ----------
    threshold: (points,) rising shares. models: by name, (points,) net benefit in events a row. everybody: (points,).
    everybody_is: the name of acting on all. chosen: the threshold that the prices mean.
    """
    curves = {**models, everybody_is: everybody}
    top = max(float(np.nanmax(values)) for values in curves.values()) or 1.0
    floor = -_BELOW * top
    drawn = [
        Line(name, threshold, np.where(values >= floor, values, np.nan))
        for name, values in ((n, np.asarray(v, dtype=float)) for n, v in curves.items())
    ]
    first = next(iter(models))
    here = float(np.interp(chosen, threshold, models[first]))
    rows = [
        (percent(float(t), 0), *(number(float(np.interp(t, threshold, values)), 4) for values in curves.values()))
        for t in np.linspace(threshold[0], threshold[-1], 12)
    ]
    better = np.asarray(models[first]) > np.maximum(np.asarray(everybody), 0.0)
    where = [f"{percent(float(threshold[i]), 0)}" for i in np.flatnonzero(better)[[0, -1]]] if better.any() else []
    said = f"{first} is worth most between {where[0]} and {where[1]}" if where else f"{first} is nowhere worth most"
    return line_chart(
        drawn,
        Axis("Probability from which acting is worth it", "~%"),
        Axis("Net benefit per row", ends=(floor, 1.06 * top)),
        guides=[Guide((float(threshold[0]), float(threshold[-1])), (0.0, 0.0))],
        mark=Mark(chosen, (f"your prices: {percent(chosen)}",), None, here),
        caption=caption,
        alt_text=f"Net benefit against the threshold probability. {said}; at {percent(chosen)} it is {number(here, 4)}.",
        table=table(caption, ("Threshold", *curves), rows, words=0),
    )
