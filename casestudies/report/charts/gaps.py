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
    records,
    row_axis,
    table,
    unlike,
)
from casestudies.report.theme import AMBER


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
    # room for the percent beside the longest bar; a scale of nothing but zeros still needs a length
    span = alt.Scale(domain=[0, 1.22 * float(share.max(initial=0.0)) or 1.0], nice=False)
    base = alt.Chart(inline(data)).encode(
        x=alt.X("x:Q", title="Share of rows without a value", axis=alt.Axis(format="~%"), scale=span),
        y=row_axis(labels),
    )
    chart = alt.layer(
        base.mark_bar(color=AMBER, height={"band": 0.66}),
        base.mark_text(align="left", dx=5).encode(text="text:N"),
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
