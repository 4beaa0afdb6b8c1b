"""How much there is, month by month."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import SHORT, Array, figure, inline, number, reading, records, table
from casestudies.report.theme import BLUE

_EVERY = 24  # months from which not all are named on the axis


@reading("A bar for each month: gaps, bursts and seasons show as low, high and repeated bars.")
def by_month(months: Sequence[str], counts: Array, *, y_title: str, caption: str) -> Figure:
    """A bar for each month, in their order.

    Parameters
    ----------
    months: as they are named, "2025-01", each once. counts: (months,).
    """
    import altair as alt

    counts = np.asarray(counts, dtype=float)
    step = 1 + len(months) // _EVERY
    named = list(months[::step])
    chart = alt.layer(
        alt.Chart(inline(records(x=months, y=counts)))
        .mark_bar(color=BLUE)
        .encode(
            x=alt.X(
                "x:N", title="Month", scale=alt.Scale(domain=list(months)), axis=alt.Axis(values=named, labelAngle=-40)
            ),
            y=alt.Y("y:Q", title=y_title, axis=alt.Axis(labelExpr=SHORT)),
        )
    )
    most, least = int(np.argmax(counts)), int(np.argmin(counts))
    return figure(
        chart,
        caption=caption,
        alt_text=f"{y_title} by month: most in {months[most]} ({counts[most]:,.0f}), least in {months[least]} ({counts[least]:,.0f}).",
        table=table(caption, ("Month", y_title), [(m, number(c, 0)) for m, c in zip(months, counts, strict=True)]),
        height=210,
    )
