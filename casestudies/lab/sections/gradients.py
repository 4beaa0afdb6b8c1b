"""The gradient layer by layer, from several starts, in words and pictures."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from casestudies.lab.gradients import STARTS, Design, Trained
from casestudies.lab.sections.words import diagnosed, figure, lines, listed
from casestudies.report import Block, Code, Figure, Heading, Table, Text, charts
from casestudies.report.charts.canvas import table
from casestudies.report.charts.lines import Axis, Line, line_chart

_SMALLEST = 1e-30


def starts_blocks(found: Mapping[str, Trained]) -> list[Block]:
    """One network from four starts: its gradients by layer, and what came of it."""
    return [
        Text(starts_told(found)),
        layers_figure(found),
        losses_figure(found),
        _table(found),
        Heading("What the diagnosis says"),
        *diagnosed((f"start {_name(start)}", one.findings) for start, one in found.items()),
    ]


def starts_told(found: Mapping[str, Trained]) -> str:
    """What to see: how much of the gradient arrives at the first layer, and who learnt."""
    design = next(iter(found.values())).design
    small = min(found, key=lambda n: found[n].layers[0])
    large = max(found, key=lambda n: found[n].layers[0])
    learnt = [repr(_name(start)) for start, one in found.items() if one.learnt]
    said = (
        f"{design.depth} hidden layers of {design.activation} units"
        f"{', with batch normalisation' if design.batch_norm else ''}{', with connections that skip layers' if design.skips else ''}. "
        f"At the first step the first layer's gradient is smallest from the start called {_name(small)!r}, {_arriving(found[small])}, and "
        f"largest from {_name(large)!r}, {_arriving(found[large])}. "
    )
    if not learnt:
        return said + "From none of the starts did the network learn to tell the disc from the ring."
    rest = len(found) - len(learnt)
    return said + f"It learnt from {listed(learnt)}" + (", and from no other start." if rest else ": from all of them.")


def layers_figure(found: Mapping[str, Trained]) -> Figure:
    """The size of the gradient's entries at the first step, layer by layer, on a scale of ratios."""
    caption = "Gradients at the first step, by layer"
    curves = [
        Line(_name(start), np.arange(1.0, len(one.layers) + 1), np.maximum(one.layers, _SMALLEST))
        for start, one in found.items()
    ]
    rows = [(line.name, f"{n + 1}", f"{line.y[n]:.2e}") for line in curves for n in range(len(line.y))]
    said = "; ".join(f"{line.name}: {line.y[0]:.1e} in the first, {line.y[-1]:.1e} in the last" for line in curves)
    return line_chart(
        curves,
        Axis("Layer, the first reads the rows"),
        Axis("Size of the gradient's entries (log scale)", form=".0e", log=True),
        caption=caption,
        alt_text=f"Root mean square of the entries of each layer's gradient by layer. {said}.",
        table=table(caption, ("Start", "layer", "size"), rows),
    )


def losses_figure(found: Mapping[str, Trained]) -> Figure:
    """The loss on the way; a start that exploded is drawn as far as it was taken."""
    curves = {_name(start): (np.arange(len(one.loss), dtype=np.float64), one.loss) for start, one in found.items()}
    return charts.trace(curves, x_title="Epoch", y_title="Mean log loss", caption="What came of it")


def starts_lines(design: Design, epochs: int, rate: float, seed: int) -> Code:
    call = f"gradients.by_start(gradients.{design!r}, epochs={epochs}, rate={rate!r}, seed={seed})"
    return lines("from casestudies.lab import gradients, sections", call, "sections.gradients.layers_figure(found)")


def _table(found: Mapping[str, Trained]) -> Table:
    rows = tuple(
        (
            _name(start),
            f"{one.layers[0]:.1e}",
            f"{one.layers[-1]:.1e}",
            figure(one.loss[0]),
            figure(one.loss[-1]),
            "yes" if one.learnt else "no",
        )
        for start, one in found.items()
    )
    constant = next(iter(found.values())).baseline
    head = ("Start", "gradient, first layer", "gradient, last layer", "first loss", "last loss", "learnt")
    return Table(
        f"From each start; the best constant has a loss of {constant:.3f}",
        head,
        rows,
        (False, True, True, True, True, False),
    )


def _arriving(one: Trained) -> str:
    """The size in the first layer, beside the last hidden layer's."""
    return f"{one.layers[0]:.1e}" + (
        f" ({_times(one.ratio)} the last hidden layer's)" if np.isfinite(one.ratio) else ""
    )


def _name(start: str) -> str:
    return STARTS[start]


def _times(ratio: float) -> str:
    return f"{ratio:.1e} times" if ratio and not 1e-3 <= ratio <= 1e3 else f"{figure(ratio)} times"
