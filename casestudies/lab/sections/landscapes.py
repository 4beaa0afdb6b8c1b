"""A duel on a landscape: what came of it in a sentence, the paths from above, the value by evaluations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from casestudies.lab.descent import Walk
from casestudies.lab.duels import NEAR, Duel
from casestudies.lab.sections.words import diagnosed, figure, lines, listed
from casestudies.report import Block, Code, Figure, Heading, Table, Text, charts
from casestudies.report.charts.canvas import table
from casestudies.report.charts.lines import Axis, Line, line_chart

_SMALLEST = 1e-16  # above the least value: what a logarithm still shows


def duel_blocks(duel: Duel) -> list[Block]:
    """All that a page shows of a duel, without the lines that make it."""
    return [
        Text(duel_told(duel)),
        paths(duel),
        descents(duel),
        _ends(duel),
        Heading("What the diagnosis says"),
        *diagnosed((label, walk.findings) for label, walk in zip(duel.labels, duel.walks, strict=True)),
    ]


def duel_told(duel: Duel) -> str:
    """What to see in the pictures, from what happened."""
    said = [duel.landscape.trouble]
    for label, walk, arrived in zip(duel.labels, duel.walks, duel.arrived(), strict=True):
        if arrived is None:
            said.append(f"{label} did not arrive: after {_cost(walk)} it is {_left(duel, walk)}, {duel.ended(walk)}.")
        else:
            said.append(f"{label} was within {NEAR:g} of the least value after {arrived:,} evaluations.")
    there = {name: cost for name, cost in zip(duel.labels, duel.arrived(), strict=True) if cost is not None}
    if len(there) > 1 and min(there.values()) < max(there.values()):
        quick, slow = min(there, key=lambda n: there[n]), max(there, key=lambda n: there[n])
        said.append(f"{slow} asked {there[slow] / max(there[quick], 1):.1f} times as often as {quick}.")
    return " ".join(said)


def paths(duel: Duel) -> Figure:
    """The ways from above; of a function of one variable, along its curve."""
    ground = duel.landscape
    walks = dict(zip(duel.labels, duel.walks, strict=True))
    caption = f"Ways down: {ground.title}, f = {ground.formula}"
    alt_text = f"{caption}. From {_spot(duel.start)}: " + "; ".join(
        f"{label} ends {duel.ended(walk)} in {walk.steps:,} steps" for label, walk in walks.items()
    )
    if ground.variables == 1:
        return _along(duel, walks, caption, alt_text)
    x, y, height = ground.grid()
    return charts.landscape(
        x,
        y,
        height,
        {label: walk.points for label, walk in walks.items()},
        goals=ground.minima,
        caption=f"{caption}. Lines join places of equal height, the lowest the strongest; a cross stands at each minimum",
        alt_text=alt_text + ".",
    )


def descents(duel: Duel) -> Figure:
    """How far each was above the least value, by how often it had asked for a value or a gradient."""
    curves = {
        label: (walk.evaluations, np.maximum(walk.values - duel.landscape.least, _SMALLEST))
        for label, walk in zip(duel.labels, duel.walks, strict=True)
    }
    return charts.trace(
        curves,
        x_title="Values and gradients asked for",
        y_title="Above the least value",
        caption="The value on the way",
    )


def duel_lines(
    landscape: str, methods: Sequence[str], rates: Mapping[str, float], start: Sequence[float], steps: int, seed: int
) -> Code:
    """Five lines of Python that make the picture of the ways again."""
    given = f'"{landscape}", {list(methods)!r}, rates={dict(rates)!r}, start={tuple(start)!r}, steps={steps}'
    return lines(
        "from casestudies.lab import duels, sections",
        f"duels.duel({given}, seed={seed})",
        "sections.landscapes.paths(found)",
    )


def _along(duel: Duel, walks: Mapping[str, Walk], caption: str, alt_text: str) -> Figure:
    x, height = duel.landscape.grid()
    curve = Line("the function", x, height)
    ways = [Line(label, walk.points[:, 0], walk.values) for label, walk in walks.items()]
    rows = [
        (label, f"{n:,}", f"{walk.points[n, 0]:.4g}", f"{walk.values[n]:.4g}")
        for label, walk in walks.items()
        for n in range(min(8, walk.steps + 1))
    ]
    return line_chart(
        [*ways, curve],
        Axis("x", ends=duel.landscape.box[0]),
        Axis("f(x)"),
        caption=caption,
        alt_text=alt_text + ".",
        table=table(caption, ("Way", "step", "x", "f(x)"), rows),
    )


def _ends(duel: Duel) -> Table:
    """How each began and ended, as figures."""
    rows = [
        (
            label,
            f"{walk.steps:,}",
            f"{int(walk.evaluations[-1]):,}",
            figure(walk.values[0]),
            figure(walk.values[-1]),
            "never" if arrived is None else f"{arrived:,}",
            walk.reason,
        )
        for label, walk, arrived in zip(duel.labels, duel.walks, duel.arrived(), strict=True)
    ]
    head = ("Method", "steps", "evaluations", "first value", "last value", f"within {NEAR:g} after", "why it ended")
    return Table("The ways in figures", head, tuple(rows), (False, True, True, True, True, True, False))


def _left(duel: Duel, walk: Walk) -> str:
    above = walk.values[-1] - duel.landscape.least
    return f"{figure(above)} above the least value" if np.isfinite(above) else "off to infinity"


def _cost(walk: Walk) -> str:
    return f"{int(walk.evaluations[-1]):,} evaluations"


def _spot(place: Sequence[float]) -> str:
    return listed([f"{name} = {x:.3g}" for name, x in zip("xy", place, strict=False)])
