"""How far each column has moved, beside how far chance alone would move it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import (
    BAR,
    Array,
    figure,
    inline,
    number,
    reading,
    records,
    row_axis,
    table,
    unlike,
)
from casestudies.report.theme import BLUE, GREY, VERMILLION

_RULES = (0.1, 0.25)  # the trade's "small" and "large"
_LEAST = 0.001  # where the axis begins: less is nothing
_KINDS = ("beyond chance", "within chance")


@reading(
    "Each row is a column. The dot says how much it has moved, the grey bar how much chance alone would make of that. A red diamond beyond its bar has moved by more than chance; the dashed uprights are the usual rules of thumb."
)
def drift(names: Sequence[str], psi: Array, limit: Array, *, caption: str) -> Figure:
    """The PSI of each column as a point, what chance reaches as a bar, and the rule of thumb as dashed uprights.

    Parameters
    ----------
    names: from top to bottom. psi, limit: (names,), at least 0.
    """
    import altair as alt

    labels, psi, limit = unlike(names), np.asarray(psi, dtype=float), np.asarray(limit, dtype=float)
    kind = [_KINDS[0] if value > most else _KINDS[1] for value, most in zip(psi, limit, strict=True)]
    ticks = _ticks(float(np.max(np.concatenate([psi, limit]), initial=0.0)))
    y = row_axis(labels)
    x = alt.X(
        "x:Q",
        title="Population stability index (logarithmic)",
        scale=alt.Scale(type="log", domain=[_LEAST, ticks[-1]], nice=False),
        axis=alt.Axis(values=ticks, labelExpr="datum.value"),
    )
    color = alt.Color("kind:N", title=None, scale=alt.Scale(domain=_KINDS, range=[VERMILLION, BLUE]))
    shape = alt.Shape("kind:N", title=None, scale=alt.Scale(domain=_KINDS, range=["diamond", "circle"]))
    tips = [alt.Tooltip("y:N", title="column"), alt.Tooltip("x:Q", title="PSI", format=".3~g")]
    bands = alt.Chart(inline(records(y=labels, low=[_LEAST] * len(labels), high=np.maximum(limit, _LEAST))))
    dots = alt.Chart(inline(records(y=labels, x=np.maximum(psi, _LEAST), kind=kind)))
    rules = alt.Chart(inline(records(x=_RULES)))
    layers: list[Any] = [
        rules.mark_rule(color=GREY, strokeDash=[4, 4], strokeWidth=1.2).encode(x=x),
        bands.mark_bar(color=GREY, opacity=0.35, height=BAR // 2).encode(x=alt.X("low:Q"), x2=alt.X2("high:Q"), y=y),
        dots.mark_point(filled=True, size=90, opacity=1).encode(x=x, y=y, color=color, shape=shape, tooltip=tips),
    ]
    rows = [(n, number(v), number(m), k) for n, v, m, k in zip(names, psi, limit, kind, strict=True)]
    beyond = [f"{n} {v}" for n, v, _, k in rows if k == _KINDS[0]]
    said = f"{len(beyond)} of {len(rows)} columns lie beyond what chance reaches" + (": " if beyond else "")
    return figure(
        alt.layer(*layers),
        caption=caption,
        alt_text=f"Population stability index by column. {said}{'; '.join(beyond)}.",
        table=table(caption, ("Column", "PSI", "chance reaches", "verdict"), rows),
        height=80 + BAR * len(labels),
    )


def _ticks(most: float) -> list[float]:
    """Round values along the axis; the last is beyond `most`."""
    steps = [_LEAST, 0.003, 0.01, 0.03, *_RULES, 0.5, 1.0, 3.0, 10.0, 30.0, 100.0]
    end = max(min([step for step in steps if step > most], default=most), 0.5)
    return [*(step for step in steps if step < end), end]
