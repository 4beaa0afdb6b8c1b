"""Cross-entropy against squared error from a bad start, in words and pictures."""

from __future__ import annotations

import numpy as np

from casestudies.lab.badstart import Start, slopes, waiting
from casestudies.lab.sections.words import diagnosed, figure, lines
from casestudies.report import Block, Code, Figure, Heading, Table, Text
from casestudies.report.charts.canvas import table
from casestudies.report.charts.lines import Axis, Guide, Line, line_chart

_MARGINS = np.linspace(-10, 6, 81)
_TOLD = (1.0, 2.0, 4.0, 6.0, 8.0, 10.0)


def start_blocks(start: Start) -> list[Block]:
    """The race, why it ends as it does, and how long a row waits."""
    return [
        Text(start_told(start)),
        race_figure(start),
        Heading("Why"),
        Text(why_told(start)),
        push_figure(),
        _waits(),
        Heading("What the diagnosis says"),
        *diagnosed((one.name, one.findings) for one in start.descents),
    ]


def start_told(start: Start) -> str:
    """Who arrived, and how unlike the first pushes were."""
    said = [
        f"Both begin with the same coefficients, which are wrong: rows on the wrong side lie {figure(start.margin)} beyond the border "
        f"on average. The first gradient of cross-entropy is {figure(start.steeper)} times as long."
    ]
    for one in start.descents:
        at = one.reached(start.goal)
        steps = len(one.accuracy) - 1
        said.append(
            f"With {one.name} {start.goal:.0%} of the rows were right after {at:,} steps."
            if at is not None
            else f"With {one.name} that never came about in {steps:,} steps; at the end {one.accuracy[-1]:.0%} were right."
        )
    return " ".join(said)


def why_told(start: Start) -> str:
    """The slope in the margin, and what it means for this start."""
    entropy, squared = waiting(start.margin)
    push, weak = slopes(np.array([-start.margin]))
    return (
        "The chain rule multiplies the squared error's slope by p (1 - p), which is next to nothing where the model is sure, also where it is "
        f"surely wrong. At a margin of {figure(-start.margin)} cross-entropy pushes with {float(push[0]):.3f}, squared error with "
        f"{float(weak[0]):.2g}. A row there that follows its own slope is at the border after about {figure(entropy)} steps of rate 1, and "
        f"after {figure(squared)}: the first time grows like the margin, the second like its exponential."
    )


def race_figure(start: Start) -> Figure:
    """The share of rows on the right side, step by step."""
    caption = "Rows on the right side, step by step"
    curves = [Line(one.name, np.arange(float(len(one.accuracy))), one.accuracy) for one in start.descents]
    rows = [
        (one.name, f"{n:,}", f"{one.accuracy[n]:.1%}", f"{one.value[n]:.4f}")
        for one in start.descents
        for n in np.unique(np.linspace(0, len(one.accuracy) - 1, 7).astype(int))
    ]
    said = "; ".join(f"{one.name} from {one.accuracy[0]:.0%} to {one.accuracy[-1]:.0%}" for one in start.descents)
    longest = float(max(len(one.accuracy) for one in start.descents) - 1)
    return line_chart(
        curves,
        Axis("Step"),
        Axis("Share of rows that are right", "~%", ends=(0.0, 1.0)),
        caption=caption,
        alt_text=f"Share of rows on the right side by step: {said}; the goal is {start.goal:.0%}.",
        table=table(caption, ("Loss", "step", "right", "its own loss"), rows),
        guides=(Guide((0.0, longest), (start.goal, start.goal)),),
    )


def push_figure() -> Figure:
    """How strongly either loss pushes a row with label 1, by its margin."""
    caption = "How strongly a row whose label is 1 is pushed, by its margin"
    entropy, squared = slopes(_MARGINS)
    at = range(0, len(_MARGINS), 10)
    rows = [(f"{_MARGINS[n]:.0f}", f"{entropy[n]:.4f}", f"{squared[n]:.5f}") for n in at]
    return line_chart(
        [Line("cross-entropy, 1 - p", _MARGINS, entropy), Line("squared error, p (1 - p)²", _MARGINS, squared)],
        Axis("Margin, below 0 = surely wrong"),
        Axis("Size of the slope"),
        caption=caption,
        alt_text=f"Slope by margin. Cross-entropy stays near 1 below 0; squared error is at most {squared.max():.3f} and dies out "
        f"on both sides: {squared[0]:.1e} at {_MARGINS[0]:.0f}.",
        table=table(caption, ("Margin", "cross-entropy", "squared error"), rows, words=0),
    )


def start_lines(far: float, rate: float, steps: int, seed: int) -> Code:
    call = f"badstart.from_bad(far={far!r}, rate={rate!r}, steps={steps}, seed={seed})"
    return lines("from casestudies.lab import badstart, sections", call, "sections.badstart.race_figure(found)")


def _waits() -> Table:
    rows = tuple((f"{-m:g}", *(f"{steps:,.0f}" for steps in waiting(m))) for m in _TOLD)
    return Table(
        "Steps of rate 1 that a row takes to the border by its own slope, as the steps become short",
        ("Margin", "cross-entropy", "squared error"),
        rows,
        (True, True, True),
    )
