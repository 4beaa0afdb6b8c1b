"""The fits of a run as the lab draws its own: values step by step, certificates, gradients by layer, the diagnosis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from casestudies.lab.realfits import RealFit
from casestudies.lab.sections.words import figure, lines, listed
from casestudies.report import Block, Code, Figure, Heading, Note, Table, Text, charts
from casestudies.report.charts.canvas import table
from casestudies.report.charts.lines import Axis, Line, line_chart

MOST = 6  # fits in one picture
_SMALLEST = 1e-16
_LATE = 2 / 3  # of the steps: layers are compared over those after it


def fits_blocks(fits: Sequence[RealFit]) -> list[Block]:
    """The chosen fits of one run."""
    blocks: list[Block] = [Text(fits_told(fits)), values_figure(fits)]
    if any(np.isfinite(fit.suboptimality).any() for fit in fits):
        blocks.append(certificates_figure(fits))
    if any(fit.layers for fit in fits):
        blocks.append(layers_figure(fits))
    blocks += [_table(fits), Heading("What the diagnosis says")]
    for fit in fits:
        blocks += [Note(f"{fit.name}. {one}", "warning") for one in fit.findings]
    quiet = [fit.name for fit in fits if not fit.findings]
    if quiet:
        blocks.append(Text(f"The diagnosis of the run found none of the troubles it knows in {listed(quiet)}."))
    return blocks


def fits_told(fits: Sequence[RealFit]) -> str:
    """How many steps each took, and how near the optimum it says it is."""
    said = []
    for fit in fits:
        end = fit.suboptimality[np.isfinite(fit.suboptimality)]
        sure = f", an estimated {figure(end[-1])} of itself above the best value" if len(end) else ""
        fall = f"from {figure(fit.value[0])} to {figure(fit.value[-1])}"
        said.append(f"{fit.name} went {fall} in {fit.step[-1]:,.0f} steps{sure}")
    return "; ".join(said) + ". Values of different fits have different units: compare their shapes, not their heights."


def values_figure(fits: Sequence[RealFit]) -> Figure:
    """The value of each step, as a share of the first: fits of any unit in one plane."""
    curves = {fit.name: (fit.step, fit.value / abs(fit.value[0]) if fit.value[0] else fit.value) for fit in fits}
    return charts.trace(
        curves, x_title="Step", y_title="Value, of the first", caption="The value of each fit, as a share of its first"
    )


def certificates_figure(fits: Sequence[RealFit]) -> Figure:
    """How far from the optimum each said it was."""
    curves = {
        fit.name: (fit.step, np.maximum(fit.suboptimality, _SMALLEST))
        for fit in fits
        if np.isfinite(fit.suboptimality).any()
    }
    return charts.trace(
        curves,
        x_title="Step",
        y_title="Estimated distance",
        caption="How far from the optimum each fit estimated itself to be",
    )


def layers_figure(fits: Sequence[RealFit]) -> Figure:
    """The gradient layer by layer in the last third of the training, as on the page of invented networks."""
    caption = "Gradients by layer, the median over the last third of the steps"
    curves = []
    for fit in fits:
        if fit.layers:
            late = int(_LATE * len(fit.step))
            sizes = np.array([np.nanmedian(column[late:]) for column in fit.layers.values()])
            curves.append(Line(fit.name, np.arange(1.0, len(sizes) + 1), sizes))
    names = list(next(fit.layers for fit in fits if fit.layers))
    rows = [
        (line.name, names[n] if n < len(names) else str(n + 1), f"{line.y[n]:.1e}")
        for line in curves
        for n in range(len(line.y))
    ]
    said = "; ".join(
        f"{line.name}: {line.y[0]:.1e} in the first layer, {line.y[-1]:.1e} in the last" for line in curves
    )
    return line_chart(
        curves,
        Axis("Layer, the first reads the rows"),
        Axis("Size of the gradient's entries (log scale)", form=".0e", log=True),
        caption=caption,
        alt_text=f"{caption}. {said}.",
        table=table(caption, ("Fit", "layer", "size"), rows, words=2),
    )


def fits_lines(study: str, run: str, names: Sequence[str]) -> Code:
    call = f'[fit for fit in realfits.real_fits(RunStore.default().get("{run}")) if fit.name in {list(names)!r}]'
    return lines(
        "from casestudies.lab import realfits, sections; from casestudies.runs import RunStore",
        call,
        "sections.realfits.values_figure(found)",
    )


def _table(fits: Sequence[RealFit]) -> Table:
    rows = tuple(
        (
            fit.name,
            f"{fit.step[-1]:,.0f}",
            figure(fit.value[0]),
            figure(fit.value[-1]),
            figure(float(np.nanmin(fit.held_out))) if np.isfinite(fit.held_out).any() else "not watched",
            "; ".join(fit.notes),
        )
        for fit in fits
    )
    head = ("Fit", "steps", "first value", "last value", "least held-out loss", "notes of the fit")
    return Table("The fits of the run", head, rows, (False, True, True, True, True, False))
