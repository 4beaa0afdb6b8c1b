"""Rows read whole or in batches, the schedules of the rate, and the switch from Adam to momentum, in words and pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from casestudies.lab.batches import ROWS, Fit, Fits
from casestudies.lab.schedules import NOISE, Course
from casestudies.lab.sections.words import diagnosed, figure, lines
from casestudies.report import Block, Code, Figure, Heading, Table, Text, charts

_SMALLEST = 1e-9
_FAR = 0.05  # of the first distance: still far away


def sizes_blocks(fits: Fits) -> list[Block]:
    """Batches of several sizes against each other."""
    return [
        Text(sizes_told(fits)),
        sizes_figure(fits),
        _table(fits),
        Heading("What the diagnosis says"),
        *_diagnosis(fits),
    ]


def sizes_told(fits: Fits) -> str:
    """What to see: who is quick, who stays away, and how noisy the steps are."""
    said = [f"Every fit reads the same {ROWS} rows again and again; a step is taken after each batch."]
    first = float(fits.fits[0].above[0])
    after = {fit.name: float(fit.above[1]) for fit in fits.fits}
    quick, settled = min(after, key=lambda n: after[n]), min(fits.fits, key=lambda fit: fit.settled)
    if len(after) > 1:
        said.append(
            f"After one reading of all rows {quick} had got furthest: {figure(after[quick])} above the least loss."
        )
        said.append(f"In the end {settled.name} came nearest, {figure(settled.settled)} above it.")
    for fit in fits.fits:
        if np.isfinite(fit.noise[1:]).any() and fit.settled > _FAR * first:
            said.append(
                f"{fit.name[0].upper() + fit.name[1:]} hovers {figure(fit.settled)} above it: at the end its gradients spread "
                f"{figure(float(fit.noise[-1]))} times as far as their mean is long, and a rate that does not fall cannot average that out."
            )
        elif not np.isfinite(fit.noise[1:]).any() and fit.settled > _FAR * first:
            said.append(
                f"{fit.name[0].upper() + fit.name[1:]} takes exact steps, but only one for each reading, and is not there yet."
            )
    return " ".join(said)


def sizes_figure(fits: Fits) -> Figure:
    """The loss above the least, by rows read."""
    return _curves(fits, "Batches of several sizes, by rows read")


def methods_blocks(fits: Fits) -> list[Block]:
    """Adam, momentum, and the one after the other."""
    return [
        Text(methods_told(fits)),
        methods_figure(fits),
        _table(fits),
        Heading("What the diagnosis says"),
        *_diagnosis(fits),
    ]


def methods_told(fits: Fits) -> str:
    """Whether and when Adam gave way, and what it brought."""
    both = fits.fits[-1]
    best = min(fits.fits, key=lambda fit: fit.settled)
    if both.switched is None:
        said = "Adam did not give way: the rates that its steps amount to never agreed, so the last line is Adam's own."
    else:
        said = (
            f"Adam's steps, seen along the gradient, amounted to a rate of {figure(both.rate)} by epoch {both.switched}; from there "
            "on plain momentum went on at that rate."
        )
    return f"{said} Over the last quarter {best.name} was nearest to the least loss, {figure(best.settled)} above it."


def methods_figure(fits: Fits) -> Figure:
    """The loss above the least, by rows read."""
    return _curves(fits, "Adam, momentum, and Adam that goes over to it")


def schedules_blocks(courses: Sequence[Course]) -> list[Block]:
    """All schedules on one axis, and where a noisy descent under each ended."""
    rows = tuple((one.name, one.words, f"{one.shares[-1]:.3f}", figure(one.settled)) for one in courses)
    return [
        Text(schedules_told(courses)),
        schedules_figure(courses),
        Table(
            "The schedules, and the value that a noisy descent under each settled at",
            ("Schedule", "what the rate does", "last rate, of the largest", "settled at"),
            rows,
            (False, False, True, True),
        ),
    ]


def schedules_told(courses: Sequence[Course]) -> str:
    """What a falling rate brought."""
    ends = {one.name: one.settled for one in courses}
    best = min(ends, key=lambda n: ends[n])
    constant = ends.get("constant", float("nan"))
    return (
        f"Each lane is the rate, epoch by epoch, as a share of its largest; these are the core's schedules as they ran on a bowl "
        f"whose gradient is off by {NOISE:g} at random. A constant rate kept hovering {figure(constant)} above the bottom; the lowest "
        f"end, {figure(ends[best])}, came with {best}. A smaller rate averages more of the noise away, and gets less far in a step."
    )


def schedules_figure(courses: Sequence[Course]) -> Figure:
    """A lane for each schedule."""
    lines_ = {one.name: (np.arange(1, len(one.shares) + 1, dtype=np.float64), one.shares) for one in courses}
    said = "; ".join(f"{one.name} from {one.shares[0]:.2f} to {one.shares[-1]:.2f}" for one in courses)
    return charts.lanes(
        lines_,
        x_title="Epoch",
        y_title="Rate, each lane from 0 to its largest",
        caption="The schedules on one axis",
        alt_text=f"The rate by epoch as a share of its largest, a lane each: {said}.",
    )


def sizes_lines(sizes: Sequence[int], rate: float, epochs: int, seed: int) -> Code:
    call = f"batches.by_size({tuple(sizes)!r}, rate={rate!r}, epochs={epochs}, seed={seed})"
    return lines("from casestudies.lab import batches, sections", call, "sections.batches.sizes_figure(found)")


def methods_lines(rate: float, size: int, epochs: int, seed: int) -> Code:
    call = f"batches.by_method(rate={rate!r}, size={size}, epochs={epochs}, seed={seed})"
    return lines("from casestudies.lab import batches, sections", call, "sections.batches.methods_figure(found)")


def schedules_lines(epochs: int, noise: float, seed: int) -> Code:
    call = f"schedules.courses(epochs={epochs}, noise={noise!r}, seed={seed})"
    return lines("from casestudies.lab import schedules, sections", call, "sections.batches.schedules_figure(found)")


def _curves(fits: Fits, caption: str) -> Figure:
    curves = {fit.name: (fit.rows, np.maximum(fit.above, _SMALLEST)) for fit in fits.fits}
    return charts.trace(curves, x_title="Rows read", y_title="Mean loss above the least", caption=caption)


def _table(fits: Fits) -> Table:
    rows = tuple((fit.name, figure(fit.above[1]), figure(fit.settled), _noise(fit)) for fit in fits.fits)
    head = ("Fit", "after one reading", "over the last quarter", "spread of the gradients, of their mean")
    return Table(f"Mean loss above the least, {fits.least:.4f}", head, rows, (False, True, True, True))


def _noise(fit: Fit) -> str:
    return figure(float(fit.noise[-1])) if np.isfinite(fit.noise[-1]) else "none: a step reads all rows"


def _diagnosis(fits: Fits) -> list[Block]:
    return diagnosed((fit.name, fit.findings) for fit in fits.fits)
