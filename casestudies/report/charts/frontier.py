"""What money can buy: gain by money spent, and where the budget stands."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import Array, amount, reading, table
from casestudies.report.charts.lines import Axis, Guide, Line, Mark, line_chart


@reading(
    "Across: what is spent. Up: what is expected to come of it. The upper line is the most that each budget can buy; the others are simpler ways to spend it, and the diamond is the list as it is."
)
def frontier(
    curves: Mapping[str, tuple[Array, Array]],
    *,
    chosen: tuple[float, float],
    words: tuple[str, ...],
    currency: str = "cost units",
    caption: str = "Gain by budget",
) -> Figure:
    """Gain against money spent, series by series; the choice is marked by an upright, its point and its words.

    Parameters
    ----------
    curves: by name, (points,) money spent, rising from 0, and (points,) gain, both in `currency`; the first is the most
        that can be expected.
    chosen: money spent and gain of the choice. words: lines beside it.
    """
    first = next(iter(curves))
    last = max(float(x[-1]) for x, _ in curves.values())
    steps = np.linspace(0.0, last, 11)
    rows = [(amount(float(at)), *(amount(float(np.interp(at, *curve))) for curve in curves.values())) for at in steps]
    spent, gained = curves[first]
    best = int(np.argmax(gained))
    top, where = float(gained[best]), float(spent[best])
    return line_chart(
        [Line(name, *curve) for name, curve in curves.items()],
        Axis(f"Spent ({currency})"),
        Axis(f"Gain ({currency})"),
        guides=[Guide((0.0, last), (0.0, 0.0))],
        mark=Mark(chosen[0], words, y=chosen[1]),
        caption=caption,
        alt_text=f"Gain against money spent. {first}: {amount(top)} {currency} at {amount(where)} spent. "
        f"Chosen: {amount(chosen[1])} {currency} for {amount(chosen[0])}.",
        table=table(caption, (f"Spent ({currency})", *curves), rows, words=0),
    )
