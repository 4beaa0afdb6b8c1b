"""How models learnt: the loss of networks epoch by epoch, and any figure by how many rows were learnt from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import Array, number, reading, table
from casestudies.report.charts.lines import Axis, Guide, Line, Mark, line_chart

LEARNT, HELD_OUT = "training images, varied", "validation images"


@reading(
    "The lower line is the loss on what is learnt from, the other that on held-out patients. While both fall, there is still something to learn; where the second turns up, the network begins to learn its films by heart. The mark is the epoch that is kept."
)
def learning(epoch: Array, learnt: Array, held_out: Array, *, kept: float, caption: str) -> Figure:
    """Two lines, the mean over networks, each with a band from the least to the greatest of them.

    Parameters
    ----------
    epoch: (epochs,). learnt, held_out: (networks, epochs) log loss; nan where a network had stopped.
    kept: the epoch whose networks are used, in the mean.
    """
    lines = [Line(name, epoch, *_ends(values)) for name, values in ((HELD_OUT, held_out), (LEARNT, learnt))]
    rows = [
        (f"{epoch[i]:g}", *(f"{line.y[i]:.3f}" for line in lines))
        for i in np.unique(np.linspace(0, len(epoch) - 1, min(len(epoch), 9)).astype(int))
    ]
    best = lines[0]
    said = f"{HELD_OUT} from {best.y[0]:.3f} to {np.nanmin(best.y):.3f}, {LEARNT} to {np.nanmin(lines[1].y):.3f}"
    return line_chart(
        lines,
        Axis("Epoch"),
        Axis("Log loss"),
        caption=caption,
        alt_text=f"Log loss by epoch, mean of {len(learnt)} networks: {said}; kept is epoch {kept:.3g}.",
        table=table(caption, ("Epoch", *(f"Log loss, {line.name}" for line in lines)), rows),
        mark=Mark(kept, ("kept",)),
    )


@reading(
    "Across: how many rows the model learnt from. Up: how well it then did on rows it never saw; the band is how much that varies. Where the line is still steep, more rows will help; where it is flat, only other features can."
)
def learning_curve(
    rows: Array,
    judged: tuple[Array, Array, Array],
    own: Array | None,
    *,
    ahead: tuple[Sequence[float], float],
    names: tuple[str, str],
    x_title: str,
    y_title: str,
    digits: int,
    caption: str,
) -> Figure:
    """A figure by how many rows were learnt from, on a scale of ratios, and the law that continues it to twice as many.

    Parameters
    ----------
    rows: (shares,) rising. judged: (shares,) each: the figure, the lower and the upper end of its band.
    own: (shares,) the figure on the rows learnt from; None where it was not measured.
    ahead: (a, b, c) of the law of its error, a + b (n / all rows)^-c, and the figure without an error: 0 of a loss, 1 of NDCG.
    names: of the judged line and of the other. digits: of the figure in the table.
    """
    value, low, high = judged
    lines = [Line(names[0], rows, value, low, high), *([] if own is None else [Line(names[1], rows, own)])]
    (level, scale, exponent), best = ahead
    n = np.geomspace(rows[0], 2 * rows[-1], 40)
    error = level + scale * (n / rows[-1]) ** -exponent
    law = best - error if best else error
    told = [
        (
            f"{rows[i]:,.0f}",
            number(value[i], digits),
            f"{number(low[i], digits)} to {number(high[i], digits)}",
            *([] if own is None else [number(own[i], digits)]),
        )
        for i in range(len(rows))
    ]
    head = (x_title, f"{y_title} {names[0]}", "Interval", *([] if own is None else [f"{y_title} {names[1]}"]))
    said = f"from {number(value[0], digits)} with {rows[0]:,.0f} to {number(value[-1], digits)} with {rows[-1]:,.0f}"
    return line_chart(
        lines,
        Axis(x_title, log=True),
        Axis(y_title),
        caption=caption,
        alt_text=f"{y_title} {names[0]}: {said}; the law puts twice as many at {number(float(law[-1]), digits)}.",
        table=table(caption, head, told),
        guides=(Guide(tuple(n), tuple(law)),),
        mark=Mark(float(rows[-1]), ("all there are",)),
    )


def _ends(values: Array) -> tuple[Array, Array, Array]:
    """(epochs,) the mean, the least and the greatest over networks."""
    return np.nanmean(values, axis=0), np.nanmin(values, axis=0), np.nanmax(values, axis=0)
