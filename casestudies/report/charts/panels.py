"""Two panels beside each other in one plane, so that a figure stays one chart, as wide as its place, on every face.

The left panel takes x from 0 to 1, the right one from 1 + GAP to 2 + GAP; the axis says each panel's own values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from casestudies.report.charts.canvas import Array, inline, records

if TYPE_CHECKING:
    import altair as alt

GAP = 0.12  # between the panels, of a panel's width
LEGEND = 27  # pixels between the plane and a legend that stands above the headings of panels
Span = tuple[float, float]


def shifted(values: Array | Sequence[float], panel: int, span: Span = (0.0, 1.0)) -> Array:
    """`values` of a panel, whose axis runs over `span`, as places in the plane."""
    low, high = span
    return panel * (1 + GAP) + (np.asarray(values, dtype=float) - low) / (high - low)


def two_axes(title: str | None, spans: Sequence[Span], forms: Sequence[str], count: int = 5) -> alt.X:
    """The one x axis that says both panels' values; field `x`.

    Parameters
    ----------
    spans: of each panel, what its ends stand for. forms: of each panel, its label as an expression of ours in `VALUE`.
    count: ticks of a panel, about.
    """
    import altair as alt

    ticks = np.concatenate([shifted(_round(span, count), k, span) for k, span in enumerate(spans)])
    said = []
    for k, ((low, high), form) in enumerate(zip(spans, forms, strict=True)):
        value = f"({low!r} + (datum.value - {k * (1 + GAP)!r}) * {high - low!r})"
        # a tick at nought is told as nought, whatever the arithmetic of the plane leaves of it
        value = f"(abs({value}) < {1e-9 * (high - low)!r} ? 0 : {value})"
        said.append(form.replace("VALUE", value))
    axis = alt.Axis(
        values=[float(f"{tick:.9g}") for tick in ticks],
        labelExpr=f"datum.value < {1 + GAP / 2!r} ? {said[0]} : {said[1]}",
        labelOverlap=True,
    )
    return alt.X("x:Q", title=title, axis=axis, scale=alt.Scale(domain=[0, 2 + GAP], nice=False))


def panel_titles(titles: Sequence[str], x: Any) -> Any:
    """A heading over each panel."""
    import altair as alt

    words = records(x=[k * (1 + GAP) + 0.5 for k in range(len(titles))], text=titles)
    return alt.Chart(inline(words)).mark_text(fontWeight="bold").encode(x=x, y=alt.value(-11), text=alt.Text("text:N"))


def _round(span: Span, count: int) -> Array:
    """Round values within a span."""
    low, high = span
    step = 10.0 ** np.floor(np.log10((high - low) / count))
    step *= next(factor for factor in (1, 2, 2.5, 5, 10) if (high - low) / (step * factor) <= count)
    first, last = np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9)
    return np.asarray(np.arange(first, last + 1) * step)
