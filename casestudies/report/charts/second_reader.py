"""How many rows a person has to look at for how few mistakes among the others."""

from __future__ import annotations

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import Array, percent, reading, table
from casestudies.report.charts.lines import Axis, Line, Mark, line_chart


@reading(
    "Across: the share of patients that a second reader sees, the most doubtful first. Up: the share that the model answers wrongly and nobody looks at. The steeper the line falls, the better the doubts point at the mistakes."
)
def second_reader(
    coverage: Array,
    second: Array,
    missed: Array,
    alarmed: Array,
    *,
    names: tuple[str, str],
    chosen: float,
    caption: str,
) -> Figure:
    """Mistakes that nobody looks at, by the share of rows that a second reader looks at.

    Parameters
    ----------
    coverage: (points,) what was promised, rising; named in the table. second: (points,) share to a second reader.
    missed, alarmed: (points,) share of events answered wrongly, and of the others. names: of these two.
    chosen: the promise that was asked for.
    """
    order = np.argsort(second, kind="stable")
    at = int(np.argmin(np.abs(np.asarray(coverage) - chosen)))
    rows = [
        (percent(float(c), 1), *(percent(float(v)) for v in values))
        for c, *values in zip(coverage, second, missed, alarmed, strict=True)
    ]
    return line_chart(
        [Line(name, second[order], values[order]) for name, values in zip(names, (missed, alarmed), strict=True)],
        Axis("Share that goes to a second reader", "~%", ends=(0.0, 1.0)),
        Axis("Share answered wrongly", "~%"),
        mark=Mark(float(second[at]), (f"promise: {percent(chosen)}",), None, float(missed[at])),
        caption=caption,
        alt_text=f"Mistakes against the share that goes to a second reader. At the promise of {percent(chosen)}, "
        f"{percent(float(second[at]))} go there; {names[0].lower()}: {percent(float(missed[at]))}, "
        f"{names[1].lower()}: {percent(float(alarmed[at]))}.",
        table=table(caption, ("Promise", "second reader", *names), rows, words=0),
    )
