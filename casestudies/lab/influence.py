"""Which rows pull a squared fit away, and what happens without them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from casestudies.lab.line import TOLERANCE, Fit, Floats, Table
from casestudies.optim import Loss, Method, NewtonCG
from casestudies.optim.losses import Absolute, Huber, Squared
from casestudies.optim.methods import LevenbergMarquardt, LinearProgramme

_PULLING = 0.01  # share of the rows that is taken out together
_SURE = 1e-10  # what the other rows leave at least of a row's own error, as a share


@dataclass(frozen=True)
class Pull:
    """What one row does to the squared fit: everything in it follows from the fit with and without the row, exactly.

    row: from 1. label, fitted: its amount, and what the line says of it. without: what the line says of it when fitted
        without it. distance: Cook's. column: whose coefficient it moves most, counted in that coefficient's standard
        errors; moved: by how much, in label units per unit of the column; errors: in standard errors. weight: what is left
        of the row in the Huber fit, 1 = all of it.
    """

    row: int
    label: float
    fitted: float
    without: float
    distance: float
    column: str
    moved: float
    errors: float
    weight: float


@dataclass(frozen=True)
class Removal:
    """What happens when the rows that pull most are taken out together.

    rows: how many. moved: by loss, (columns,) change of the coefficients in label units per standard deviation of the
    column; nan where the rows that stay do not vary. prices: by loss, mean absolute change of what the line says of the rows that stay.
    """

    rows: int
    moved: Mapping[str, Floats]
    prices: Mapping[str, float]


def pulling(
    table: Table, fits: Mapping[str, Fit], names: Sequence[str], delta: float, most: int
) -> tuple[Floats, tuple[Pull, ...]]:
    """(rows,) Cook's distance of each, and the rows where it is largest.

    Source: Cook 1977, "Detection of influential observations in linear regression"; the fit without a row from the fit
    with it: Belsley, Kuh and Welsch 1980, equation 2.1.
    """
    rows, columns = len(table.y), table.X.shape[1] + 1
    units = np.column_stack([(table.X - table.units[0]) / table.units[1], np.ones(rows)])
    Q, R = np.linalg.qr(units)
    leverage = np.minimum(np.square(Q).sum(axis=1), 1 - _SURE)
    said = table.said(fits["squared"])
    residual = table.y - said
    variance = float(residual @ residual) / (rows - columns)
    out = residual / (1 - leverage)  # what the fit without the row leaves of it
    distance = np.divide(leverage * out**2, columns * variance, out=np.zeros(rows), where=variance > 0)
    errors = np.sqrt(variance * np.square(np.linalg.inv(R)).sum(axis=1))
    straight = np.abs(table.y - table.said(fits["huber"]))
    pulls = []
    for row in np.argsort(-distance, kind="stable")[: min(most, rows)]:
        moved = np.linalg.solve(R, Q[row]) * out[row]  # fit with the row minus fit without it
        counted = np.divide(moved, errors, out=np.zeros(columns), where=errors > 0)[:-1]
        column = int(np.abs(counted).argmax())
        pulls.append(
            Pull(
                row=int(row) + 1,
                label=float(table.y[row]),
                fitted=float(said[row]),
                without=float(table.y[row] - out[row]),
                distance=float(distance[row]),
                column=names[column],
                moved=float(moved[column] / table.units[1, column]),
                errors=float(counted[column]),
                weight=float(min(1.0, delta / straight[row])) if straight[row] > 0 else 1.0,
            )
        )
    return distance, tuple(pulls)


def removed(table: Table, fits: Mapping[str, Fit], distance: Floats, delta: float) -> Removal:
    count = max(1, round(_PULLING * len(table.y)))
    stay = np.sort(np.argsort(-distance, kind="stable")[count:])
    rest = Table(table.X[stay], table.y[stay])
    moved, prices = {}, {}
    losses: dict[str, tuple[Loss, Method]] = {
        "squared": (Squared(), NewtonCG(tolerance=TOLERANCE)),
        "absolute": (Absolute(), LinearProgramme()),
        "huber": (Huber(delta), LevenbergMarquardt()),
    }
    for name, (loss, method) in losses.items():
        fit = rest.solved(name, loss, method)
        change = (fit.coefficients - fits[name].coefficients) * table.units[1]
        moved[name] = np.where(rest.varies, change, np.nan)
        prices[name] = float(np.abs(rest.said(fit) - rest.said(fits[name])).mean())
    return Removal(count, moved, prices)
