"""How networks learnt: the loss on what they learn from and on what they do not, epoch by epoch."""

from __future__ import annotations

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import Array, table
from casestudies.report.charts.lines import Axis, Line, Mark, line_chart

LEARNT, HELD_OUT = "training images, varied", "validation images"


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


def _ends(values: Array) -> tuple[Array, Array, Array]:
    """(epochs,) the mean, the least and the greatest over networks."""
    return np.nanmean(values, axis=0), np.nanmin(values, axis=0), np.nanmax(values, axis=0)
