"""What a decision saves as one mistake grows dearer than the other."""

from __future__ import annotations

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import Array, percent, reading, table
from casestudies.report.charts.lines import Axis, Guide, Line, Mark, line_chart

_FLOOR = -0.6  # below, a decision costs so much more than none that how much does not matter


@reading(
    "Across: how many false alarms a miss is worth. Up: what the model saves against the better of acting on everybody and nobody. Where the line falls to 0, the model is not needed at that price."
)
def price_ratio(
    ratio: Array,
    saved: tuple[Array, Array, Array],
    half: Array,
    *,
    names: tuple[str, str],
    x_title: str,
    chosen: float,
    caption: str,
) -> Figure:
    """Share of cost saved against the better constant decision, by the ratio of two prices; dashed at 0: nothing saved.

    Parameters
    ----------
    ratio: (points,) rising, from 1. saved: value, low and high, each (points,), of the cut that follows the prices.
    half: (points,) of a cut that does not. names: of both. chosen: the ratio that was asked for; drawn where it is inside.
    """
    value, low, high = (np.asarray(part, dtype=float) for part in saved)
    other = np.asarray(half, dtype=float)
    inside = ratio[0] <= chosen <= ratio[-1]
    here = float(np.interp(np.log(chosen), np.log(ratio), value))
    lines = [
        Line(names[0], ratio, np.where(value >= _FLOOR, value, np.nan), low.clip(_FLOOR), high.clip(_FLOOR)),
        Line(names[1], ratio, np.where(other >= _FLOOR, other, np.nan)),
    ]
    rows = [
        (f"{ratio[i]:.3g}", *(percent(float(part[i])) for part in (value, low, high, other)))
        for i in np.unique(np.linspace(0, len(ratio) - 1, 13).round().astype(int))
    ]
    sure = np.flatnonzero(low > 0)
    said = (
        f"Sure to save from {ratio[sure[0]]:.3g} to {ratio[sure[-1]]:.3g}."
        if len(sure)
        else "Nowhere is it sure to save anything."
    )
    return line_chart(
        lines,
        Axis(x_title, log=True),
        Axis("Cost saved", "~%", ends=(_FLOOR, 1.0)),
        guides=[Guide((float(ratio[0]), float(ratio[-1])), (0.0, 0.0))],
        mark=Mark(chosen, (f"your prices: {chosen:g} to 1", f"saved: {percent(here)}"), None, here) if inside else None,
        caption=caption,
        alt_text=f"Share of cost saved against {x_title.lower()}. {said}"
        + (f" At {chosen:g} it is {percent(here)}." if inside else ""),
        table=table(caption, (x_title, names[0], "low", "high", names[1]), rows, words=0),
    )
