"""What the data lack."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import (
    BAR,
    Array,
    figure,
    inline,
    number,
    percent,
    reading,
    records,
    row_axis,
    table,
    unlike,
)
from casestudies.report.theme import AMBER


@reading(
    "The longer the bar, the more rows have no value in the column. Columns with nearly all cells missing say little; a gap may itself mean something, which the data section looks at."
)
def missingness(
    names: Sequence[str], share: Array, *, rows: int, top: int = 20, caption: str = "Missing values by column"
) -> Figure:
    """Bars of the share of rows in which a column has no value, the worst `top` columns.

    Parameters
    ----------
    share: (columns,) in [0, 1]. rows: of the whole table, for the counts.
    """
    import altair as alt

    share = np.asarray(share, dtype=float)
    order = np.argsort(-share, kind="stable")[:top]
    labels = unlike(names[i] for i in order)
    data = records(y=labels, x=share[order], text=[percent(v) for v in share[order]])
    # room for the percent beside the longest bar, without ticks beyond 100 %; a scale of zeros still needs a length
    end = 1.18 * float(share.max(initial=0.0)) or 1.0
    ticks = [tick for tick in _ticks(end) if tick <= 1]
    span = alt.Scale(domain=[0, end], nice=False)
    base = alt.Chart(inline(data)).encode(
        x=alt.X("x:Q", title="Share of rows without a value", axis=alt.Axis(format="~%", values=ticks), scale=span),
        y=row_axis(labels),
    )
    chart = alt.layer(
        base.mark_bar(color=AMBER, height={"band": 0.66}),
        base.mark_text(align="left", dx=5).encode(text=alt.Text("text:N")),
    )
    cells = [(names[i], number(share[i] * rows, 0), percent(share[i], 2)) for i in order]
    said = ", ".join(f"{name} {p}" for name, _, p in cells[:5])
    return figure(
        chart,
        caption=caption,
        alt_text=f"Share of rows without a value, by column. The most: {said}.",
        table=table(caption, ("Column", "rows without a value", "share"), cells),
        height=56 + BAR * len(labels),
    )


def _ticks(end: float) -> list[float]:
    """Round shares from 0 to `end`, about five."""
    step = next((step for step in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1) if end / step <= 6), 0.2)
    return [float(f"{step * place:.6g}") for place in range(int(end / step + 1e-9) + 1)]
