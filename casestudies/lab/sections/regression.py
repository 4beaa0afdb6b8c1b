"""Losses of amounts in words and pictures: what each line says, which rows pull, what happens without them."""

from __future__ import annotations

import numpy as np

from casestudies.lab.line import LEVELS
from casestudies.lab.regression import HIGH, LOW, Regressions
from casestudies.lab.sections.words import figure, lines, listed
from casestudies.report import Block, Code, Figure, Heading, Table, Text, charts
from casestudies.report.charts.canvas import table
from casestudies.report.charts.lines import Axis, Line, line_chart

TITLES = {
    "squared": "squared",
    "absolute": "absolute",
    "huber": "Huber",
    "low": f"quantile {LOW:g}",
    "high": f"quantile {HIGH:g}",
}
_ROUNDING = 1e-9  # of the residuals
_NAMED = 6  # rows that pull, in the table
_DRAWN = 6  # columns, those that matter most


def regression_blocks(found: Regressions) -> list[Block]:
    """All that a page shows of one table under five losses."""
    return [
        Text(regression_told(found)),
        removal_figure(found),
        _pulls(found),
        Heading("What each loss takes for the middle"),
        Text(_middles_told(found)),
        residuals_figure(found),
        _fits(found),
        Heading("An interval from two quantiles"),
        Text(coverage_told(found)),
    ]


def regression_told(found: Regressions) -> str:
    """Which rows pull the squared fit away, and how much less they move the others."""
    moved = found.removal.prices
    top = found.pulls[0]
    rest = [name for name in moved if name != "squared"]
    times = {name: moved["squared"] / moved[name] for name in rest if moved[name] > 0}
    held = listed([f"{figure(moved[name])} with the {TITLES[name]} loss" for name in rest])
    said = (
        f"Row {top.row:,} pulls most: its amount is {top.label:,.6g}, the squared fit says {top.fitted:,.6g} with it and {top.without:,.6g} "
        f"without it; the Huber fit gives it {top.weight:.0%} of a row's weight. Without the {found.removal.rows:,} rows that pull most, what "
        f"the line says of the others moves by {figure(moved['squared'])} on average with the squared loss, by {held}"
    )
    least = max(times, key=lambda name: times[name], default=None)
    return said + (
        f": {times[least]:.1f} times less with the {TITLES[least]} one." if least and times[least] > 1 else "."
    )


def coverage_told(found: Regressions) -> str:
    """What the interval between the two quantile fits holds, on rows it was not fitted on."""
    told, meant = found.coverage, HIGH - LOW
    off = abs(told.inside - meant) > 2 * told.error
    return (
        f"The lines of the {LOW:.0%} and the {HIGH:.0%} quantile should hold {meant:.0%} of rows between them. Of {told.rows:,} rows they were "
        f"not fitted on they held {told.inside:.1%} (standard error {told.error:.1%}): {'more than luck away from that' if off else 'as promised'}. "
        f"{told.below:.1%} lay below, {told.above:.1%} above; the interval is {figure(told.width)} wide on average."
        + (f" In {told.crossed:.1%} of rows the lines cross." if told.crossed else "")
    )


def removal_figure(found: Regressions) -> Figure:
    """How far each coefficient moves when the rows that pull most are taken out, by loss."""
    size = np.nan_to_num(np.max([np.abs(moved) for moved in found.removal.moved.values()], axis=0))
    at = np.argsort(-size, kind="stable")[:_DRAWN]
    caption = f"How far coefficients move without the {found.removal.rows:,} rows that pull most"
    names = [found.names[n] for n in at]
    losses = list(found.removal.moved)
    none = np.full(len(at), np.nan)
    return charts.grouped_dots(
        names,
        {TITLES[name]: (np.abs(found.removal.moved[name][at]), none, none) for name in losses},
        title="Change, per standard deviation of the column",
        caption=caption,
    )


def residuals_figure(found: Regressions) -> Figure:
    """The residuals' quantiles under each loss."""
    caption = "Residuals, amount less fit, by loss"
    curves = [Line(TITLES[name], np.array(LEVELS), fit.quantiles) for name, fit in found.fits.items()]
    rows = [(line.name, f"{100 * level:.0f} %", figure(line.y[n])) for line in curves for n, level in enumerate(LEVELS)]
    said = "; ".join(f"{line.name}: the middle one is {figure(line.y[2])}" for line in curves)
    return line_chart(
        curves,
        Axis("Share of rows below", "~%"),
        Axis("Residual"),
        caption=caption,
        alt_text=f"Quantiles of the residuals by loss. {said}.",
        table=table(caption, ("Loss", "share of rows below", "residual"), rows),
    )


def synthetic_lines(rows: int, seed: int) -> Code:
    call = f"regression.regressions(*regression.synthetic({rows}, {seed}))"
    return lines("from casestudies.lab import regression, sections", call, "sections.regression.removal_figure(found)")


def file_lines(name: str, amount: str) -> Code:
    call = f"amounts.regressed(amounts.read_numbers(Path({name!r})), {amount!r})[0]"
    imports = "from pathlib import Path; from casestudies.lab import amounts, sections"
    return lines(imports, call, "sections.regression.removal_figure(found)")


def _middles_told(found: Regressions) -> str:
    squared, absolute = found.fits["squared"], found.fits["absolute"]
    middle = LEVELS.index(0.5)
    below = [
        figure(fit.quantiles[middle] if abs(fit.quantiles[middle]) > _ROUNDING * fit.root_mean_square else 0.0)
        for fit in (squared, absolute)
    ]
    return (
        f"The squared loss finds a mean: its residuals add up to nothing, and half of them lie below {below[0]}. The "
        f"absolute loss finds a median: half of its residuals lie below {below[1]}. Huber's is squared up to "
        f"{figure(found.delta)} and straight beyond. Each is solved to its optimum: estimated distances from it are at most "
        f"{max(fit.suboptimality for fit in found.fits.values()):.0e} of the value."
    )


def _pulls(found: Regressions) -> Table:
    rows = tuple(
        (
            f"{one.row:,}",
            f"{one.label:,.6g}",
            f"{one.fitted:,.6g}",
            f"{one.without:,.6g}",
            f"{one.distance:.3g}",
            f"{one.column}: {one.errors:+.2f} standard errors",
            f"{one.weight:.0%}",
        )
        for one in found.pulls[:_NAMED]
    )
    head = ("Row", "amount", "squared fit", "without the row", "Cook's distance", "moves most", "weight left by Huber")
    flags = (True, True, True, True, True, False, True)
    return Table("The rows that pull the squared fit most", head, rows, flags)


def _fits(found: Regressions) -> Table:
    rows = tuple(
        (
            TITLES[name],
            *(figure(value) for value in fit.coefficients[:_DRAWN]),
            figure(fit.intercept),
            figure(fit.mean_absolute),
            figure(fit.root_mean_square),
        )
        for name, fit in found.fits.items()
    )
    head = ("Loss", *found.names[:_DRAWN], "intercept", "mean absolute residual", "root mean square")
    return Table("Coefficients by loss", head, rows, (False, *[True] * (len(head) - 1)))
