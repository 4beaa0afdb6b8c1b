"""What lists earn against what is taken from them, from the likeliest lists to the best paying ones."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import Array, amount, number, reading, table
from casestudies.report.charts.lines import Axis, Line, Mark, line_chart


@reading(
    "Across: the margin of a list, in money. Up: how many of its items are taken. Each line is a way to rank; up and to the right is better, and along a line one is given up for the other."
)
def margins(
    curves: Mapping[str, tuple[Array, Array]],
    *,
    chosen: tuple[float, float],
    words: tuple[str, ...],
    currency: str,
    caption: str,
) -> Figure:
    """Takes against margin of a list, series by series; the choice is marked by an upright, its point and its words.

    Parameters
    ----------
    curves: by name, (points,) margin a list in `currency`, and (points,) items taken a list; the first is the expected one.
    chosen: margin and takes of the choice, on the first curve. words: lines beside it.
    """
    first = next(iter(curves))
    margin, takes = (np.asarray(values, dtype=float) for values in curves[first])
    at = np.unique(np.linspace(0, len(margin) - 1, min(11, len(margin))).round().astype(int))
    rows = [(amount(float(margin[point])), number(float(takes[point]))) for point in at]
    return line_chart(
        [Line(name, *curve) for name, curve in curves.items()],
        Axis(f"Margin a list ({currency})"),
        Axis("Items taken a list"),
        mark=Mark(chosen[0], words, y=chosen[1]),
        caption=caption,
        alt_text=f"Items taken against margin a list. {first}: from {number(float(takes[0]))} taken at {amount(float(margin[0]))} "
        f"{currency} to {number(float(takes[-1]))} at {amount(float(margin[-1]))}. Chosen: {number(chosen[1])} at {amount(chosen[0])}.",
        table=table(caption, (f"Margin a list ({currency})", "Items taken a list"), rows, words=0),
    )
