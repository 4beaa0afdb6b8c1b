"""Over-fit and under-fit in words and pictures: by degree, and epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from casestudies.lab.invented import Rows
from casestudies.lab.overfit import DRAWS, Degrees, Network, Switches
from casestudies.lab.sections.words import diagnosed, figure, lines
from casestudies.report import Block, Code, Figure, Heading, Table, Text, charts
from casestudies.report.charts.canvas import table
from casestudies.report.charts.lines import Axis, Line, Mark, line_chart


def degrees_blocks(found: Degrees, degree: int) -> list[Block]:
    """Errors by degree, what they are made of, and the fit of one degree."""
    rows = tuple(
        (f"{d}", *(f"{part[n]:.3f}" for part in (found.fitted, found.others, found.bias, found.variance)))
        for n, d in enumerate(found.degrees)
    )
    head = ("Degree", "error, rows fitted", "error, other rows", "bias²", "variance")
    return [
        Text(degrees_told(found)),
        degrees_figure(found),
        curve_figure(found, degree),
        Table("Squared errors by degree", head, rows, (True,) * 5),
    ]


def degrees_told(found: Degrees) -> str:
    """Where the error turns, and which part of it is to blame on either side."""
    best = found.degrees.index(found.best)
    first, last = 0, len(found.degrees) - 1
    said = (
        f"Other rows are predicted best at degree {found.best}, with a squared error of {found.others[best]:.3f}; no fit gets below the "
        f"noise, {found.noise:.3f}. "
    )
    said += (
        f"At degree {found.degrees[first]} the fit cannot bend enough: {found.bias[first]:.3f} of its error is bias, {found.variance[first]:.3f} "
        f"variance. "
    )
    more = found.variance[last] > found.bias[last]
    said += (
        f"At degree {found.degrees[last]} it is {'the other way round' if more else 'still so'}: {found.bias[last]:.3f} and "
        f"{found.variance[last]:.3f}, because each table of {len(found.rows.y)} rows with new noise gives another curve; the rows fitted "
        f"show none of that, their error fell to {found.fitted[last]:.3f}."
    )
    return said


def degrees_figure(found: Degrees) -> Figure:
    """The error on the rows fitted falls with every degree; that on others turns."""
    caption = "Squared error by degree"
    x = np.array(found.degrees, dtype=np.float64)
    curves = [
        Line("other rows", x, found.others),
        Line("rows fitted", x, found.fitted),
        Line("bias²", x, found.bias),
        Line("variance", x, found.variance),
    ]
    rows = [(line.name, f"{d}", f"{line.y[n]:.4f}") for line in curves for n, d in enumerate(found.degrees)]
    return line_chart(
        curves,
        Axis("Degree of the polynomial"),
        Axis("Squared error (log scale)", log=True),
        caption=f"{caption}; bias and variance over {DRAWS} tables of new noise",
        alt_text=f"Squared error by degree: other rows {found.others[0]:.3f} at first, least {found.others.min():.3f} at degree "
        f"{found.best}, {found.others[-1]:.3f} in the end; rows fitted from {found.fitted[0]:.3f} to {found.fitted[-1]:.3f}.",
        table=table(caption, ("Line", "degree", "squared error"), rows),
        mark=Mark(float(found.best), ("best",)),
    )


def curve_figure(found: Degrees, degree: int) -> Figure:
    """The fit of one degree beside the wave it should find and the rows it was given."""
    fit = found.curves[found.degrees.index(degree)]
    return _wave([Line(f"degree {degree}", found.places, fit)], found.rows, f"The fit of degree {degree}")


def degrees_lines(rows: int, noise: float, penalty: str, strength: float, seed: int) -> Code:
    call = f'overfit.by_degree(rows={rows}, noise={noise!r}, penalty="{penalty}", strength={strength!r}, seed={seed})'
    return lines("from casestudies.lab import overfit, sections", call, "sections.overfit.degrees_figure(found)")


def network_blocks(plain: Network, held: Network) -> list[Block]:
    """A network left to itself beside one that is held back."""
    pair = (plain, held)
    rows = tuple(
        (
            one.name,
            f"{one.learnt[one.kept]:.3f}",
            f"{one.held_out[one.kept]:.3f}",
            f"{one.kept}",
            f"{one.held_out.min():.3f} at {one.best}",
            one.reason,
        )
        for one in pair
    )
    head = ("Network", "error, rows learnt", "error, other rows", "kept epoch", "best met", "why it ended")
    return [
        Text(network_told(plain, held)),
        network_figure(plain, held),
        networks_curve(plain, held),
        Table("Both networks", head, rows, (False, True, True, True, True, False)),
        Heading("What the diagnosis says"),
        *diagnosed((one.name, one.findings) for one in pair),
    ]


def network_told(plain: Network, held: Network) -> str:
    """What learning by heart looks like, and what the switches changed."""
    end, other = float(plain.held_out[plain.kept]), float(held.held_out[held.kept])
    said = (
        f"Left to itself, the network had its least error on other rows, {plain.held_out.min():.3f}, at epoch {plain.best}; at the end it was "
        f"{end:.3f}, while the error on the rows learnt had gone to {plain.learnt[-1]:.3f}. "
    )
    if held.name == plain.name:
        return said + "No switch is on."
    better = "less" if other < end else "more" if other > end else "the same"
    return said + f"With {held.name} it is {other:.3f} in what is kept: {figure(abs(end - other))} {better}."


def network_figure(plain: Network, held: Network) -> Figure:
    """Errors epoch by epoch, on rows learnt and on others."""
    caption = "Squared error, epoch by epoch"
    curves = [
        Line(f"{one.name}, {kind}", np.arange(float(len(values))), values)
        for one in ((plain,) if held.name == plain.name else (plain, held))
        for kind, values in (("other rows", one.held_out), ("rows learnt", one.learnt))
    ]
    rows = [
        (line.name, f"{n}", f"{line.y[n]:.4f}")
        for line in curves
        for n in np.unique(np.linspace(0, len(line.y) - 1, 8).astype(int))
    ]
    said = "; ".join(f"{line.name} from {line.y[0]:.3f} to {line.y[-1]:.3f}" for line in curves)
    return line_chart(
        curves,
        Axis("Epoch"),
        Axis("Squared error (log scale)", log=True),
        caption=caption,
        alt_text=f"Squared error by epoch: {said}.",
        table=table(caption, ("Line", "epoch", "squared error"), rows),
    )


def networks_curve(plain: Network, held: Network) -> Figure:
    """What the networks kept say along the interval, beside the wave."""
    both = (plain,) if held.name == plain.name else (plain, held)
    return _wave([Line(one.name, one.places, one.curve) for one in both], plain.rows, "What the networks learnt")


def network_lines(switches: Switches, rows: int, noise: float, epochs: int, seed: int) -> Code:
    given = f"rows={rows}, noise={noise!r}, epochs={epochs}, seed={seed}"
    call = f'[overfit.network(s, n, {given}) for s, n in ((overfit.Switches(width={switches.width}), "left to itself"), (overfit.{switches!r}, "held back"))]'
    return lines("from casestudies.lab import overfit, sections", call, "sections.overfit.network_figure(*found)")


def _wave(fits: Sequence[Line], rows: Rows, caption: str) -> Figure:
    places = fits[0].x
    truth = np.sin(np.pi * places)
    curves = {line.name: (line.x, line.y) for line in fits} | {"the wave itself": (places, truth)}
    said = "; ".join(f"{line.name} is off by up to {np.abs(line.y - truth).max():.2f}" for line in fits)
    return charts.curves_and_rows(
        curves,
        (rows.X[:, 0], rows.y),
        x_title="x",
        y_title="y",
        caption=caption,
        alt_text=f"Fits beside the wave sin πx, and the {len(rows.y)} rows fitted: {said}.",
    )
