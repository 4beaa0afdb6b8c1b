"""How a fit came about: the objective step by step, and the error along the regularisation path."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from casestudies.report.blocks import Figure
from casestudies.report.charts.canvas import Array, reading, table
from casestudies.report.charts.lines import Axis, Line, Mark, line_chart

LOG_FROM = 8.0  # below this ratio of largest to smallest a log axis has no two ticks worth reading


@reading(
    "How far the fit still was from its end, step by step; each line down a grid line is a digit gained. A line that goes flat high up has not got there."
)
def trace(
    curves: Mapping[str, tuple[Array, Array]],
    *,
    x_title: str = "Passes over the data",
    y_title: str = "Objective",
    caption: str = "How the fit went down",
) -> Figure:
    """Objective (or its distance from the optimum) by step, one line a fit; a log axis where the values span decades.

    Parameters
    ----------
    curves: by fit, (steps,) step or passes and (steps,) objective.
    """
    values = np.concatenate([np.asarray(y, dtype=float) for _, y in curves.values()])
    values = values[np.isfinite(values)]
    log = bool(len(values)) and values.min() > 0 and values.max() / values.min() > LOG_FROM
    rows = [(name, f"{x[i]:.4g}", f"{y[i]:.6g}") for name, (x, y) in curves.items() for i in _spread(len(y), 6)]
    said = "; ".join(
        f"{name}: {y[0]:.4g} to {y[-1]:.4g} in {len(y):,} steps" for name, (_, y) in curves.items() if len(y)
    )
    return line_chart(
        [Line(name, *curve) for name, curve in curves.items()],
        Axis(x_title),
        Axis(f"{y_title} (log scale)" if log else y_title, log=log),
        caption=caption,
        alt_text=f"{y_title} by {x_title.lower()}. {said}.",
        table=table(caption, ("Fit", x_title, y_title), rows),
    )


@reading(
    "Across: the strength of the penalty, weak to strong. Up: the loss on rows left out; lower is better. Within the shaded stretch every strength does as well as the best within one standard error."
)
def regularisation_path(
    paths: Mapping[str, tuple[Array, Array, Array, Array]],
    *,
    chosen: float,
    flat: tuple[float, float] | None = None,
    x_title: str = "Regularisation strength",
    y_title: str = "Cross-validated log loss",
    caption: str = "The regularisation path",
) -> Figure:
    """The cross-validated figure with its band at every strength, one line a penalty, the chosen strength marked.

    Parameters
    ----------
    paths: by penalty, (strengths,) positive strength, value, low and high of the band. chosen: on the first path.
    flat: the strengths between which the first path is as good as at its best.
    """
    rows = [
        (name, *(f"{column[i]:.4g}" for column in columns))
        for name, columns in paths.items()
        for i in _spread(len(columns[0]), 8)
    ]
    first, (strength, value, *_) = next(iter(paths.items()))
    at = int(np.argmin(np.abs(np.log(strength) - np.log(chosen))))
    return line_chart(
        [Line(name, *columns) for name, columns in paths.items()],
        Axis(f"{x_title} (log scale)", log=True),
        Axis(y_title),
        mark=Mark(chosen, (f"chosen: {chosen:.3g}",), flat),
        caption=caption,
        alt_text=f"{y_title} along the regularisation path of {', '.join(paths)}, with bands. "
        f"{first} at the chosen strength {chosen:.3g}: {float(value[at]):.4g}.",
        table=table(caption, ("Penalty", x_title, y_title, "low", "high"), rows),
    )


def _spread(length: int, count: int) -> list[int]:
    """At most `count` places from the first to the last."""
    return [int(i) for i in np.unique(np.linspace(0, length - 1, count).astype(int))] if length else []
