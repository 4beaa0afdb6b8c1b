"""One table, one line, five losses: what each of them takes for the middle, and which rows pull the squared one away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr

from casestudies.errors import DataError, shown
from casestudies.lab.influence import Pull, Removal, pulling, removed
from casestudies.lab.line import TOLERANCE, Fit, Floats, Table
from casestudies.optim import NewtonCG
from casestudies.optim.losses import Absolute, Huber, Quantile, Squared
from casestudies.optim.methods import LevenbergMarquardt, LinearProgramme

LOW, HIGH = 0.1, 0.9  # the levels of the two quantile fits
_HELD_OUT = 0.2  # share of the rows that the interval is judged on
_ROBUST = 1.345 / 0.6745  # times the median absolute residual: 95 % as exact as least squares where errors are normal
_SAME = 1e-10  # of a column: less of its own than that is rounding


@dataclass(frozen=True)
class Coverage:
    """The interval between the two quantile fits, judged on rows that they were not fitted on.

    rows: how many. below, inside, above: shares of them. error: standard error of `inside`. width: mean, in label units.
    crossed: share of rows where the low fit lies above the high one.
    """

    rows: int
    below: float
    inside: float
    above: float
    error: float
    width: float
    crossed: float


@dataclass(frozen=True)
class Regressions:
    """names: of the columns. delta: of Huber's loss, in label units. fits: by loss, `squared` first."""

    names: tuple[str, ...]
    rows: int
    delta: float
    fits: Mapping[str, Fit]
    pulls: tuple[Pull, ...]
    removal: Removal
    coverage: Coverage


def regressions(
    X: Floats, y: Floats, names: Sequence[str], *, delta: float | None = None, most: int = 10, seed: int = 0
) -> Regressions:
    """Squared, absolute, Huber and two quantile fits of one table, to the optimum, and what makes them differ.

    Squared by Newton's method, Huber by Levenberg and Marquardt's (far off it has no curvature, where Newton's stands
    still), absolute and quantiles by a linear programme; none is penalised. About 2 CPU
    seconds for 20,000 rows of a dozen columns.

    Parameters
    ----------
    X: (rows, columns) in their own units. y: (rows,) amounts. names: (columns,).
    delta: where Huber's loss turns straight, in label units; None: 1.345 standard deviations of normal errors with the
        median absolute residual of the absolute fit.
    most: rows named as pulling. seed: of the rows held out for the coverage.

    Raises
    ------
    DataError: shapes that do not fit, numbers that are not finite, fewer than 20 rows or 3 a column, or a column that is
        the same in every row or follows from others; the message names it.
    """
    X, y = np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.float64)
    _refuse(X, y, names)
    table = Table(X, y)
    absolute = table.solved("absolute", Absolute(), LinearProgramme())
    if delta is None:
        delta = _ROBUST * float(np.median(np.abs(y - table.said(absolute)))) or float(y.std()) or 1.0
    fits = {
        "squared": table.solved("squared", Squared(), NewtonCG(tolerance=TOLERANCE)),
        "absolute": absolute,
        "huber": table.solved("huber", Huber(delta), LevenbergMarquardt()),
        "low": table.solved("low", Quantile(LOW), LinearProgramme()),
        "high": table.solved("high", Quantile(HIGH), LinearProgramme()),
    }
    distance, pulls = pulling(table, fits, names, delta, most)
    return Regressions(
        names=tuple(names),
        rows=len(y),
        delta=delta,
        fits=fits,
        pulls=pulls,
        removal=removed(table, fits, distance, delta),
        coverage=_coverage(X, y, seed),
    )


def synthetic(rows: int = 800, seed: int = 0) -> tuple[Floats, Floats, tuple[str, ...]]:
    """An invented table of flats: rents that scatter more where flats are larger, and 2 % with a digit too many.

    Returns
    -------
    (rows, 3), (rows,) rent in euros a month, and the names of the columns.
    """
    draw = np.random.default_rng(seed)
    area, age, distance = draw.uniform(20, 140, rows), draw.uniform(0, 90, rows), draw.gamma(2.0, 2.0, rows)
    rent = 150 + 11 * area - 2.5 * age - 20 * distance + draw.normal(size=rows) * (20 + 1.5 * area)
    wrong = draw.random(rows) < 0.02
    rent = np.where(wrong, 10 * rent, rent).round(2)
    X = np.column_stack([area.round(1), age.round(), distance.round(2)])
    return X, rent, ("area (m2)", "age (years)", "distance (km)")


def _coverage(X: Floats, y: Floats, seed: int) -> Coverage:
    order = np.random.default_rng(seed).permutation(len(y))
    count = max(1, round(_HELD_OUT * len(y)))
    held, learnt = order[:count], np.sort(order[count:])
    table = Table(X[learnt], y[learnt])
    low, high = (table.solved(f"{level}", Quantile(level), LinearProgramme()) for level in (LOW, HIGH))
    bottom, top = (X[held] @ fit.coefficients + fit.intercept for fit in (low, high))
    below, above = y[held] < bottom, y[held] > top
    inside = float((~below & ~above).mean())
    return Coverage(
        rows=count,
        below=float(below.mean()),
        inside=inside,
        above=float(above.mean()),
        error=float(np.sqrt(inside * (1 - inside) / count)),
        width=float((top - bottom).mean()),
        crossed=float((bottom > top).mean()),
    )


def _refuse(X: Floats, y: Floats, names: Sequence[str]) -> None:
    if X.ndim != 2 or y.shape != X.shape[:1] or len(names) != X.shape[1] or not X.shape[1]:
        raise DataError(
            f"X of shape {X.shape}, y of shape {y.shape} and {len(names)} names",
            advice="give (rows, columns), one amount per row and one name per column",
        )
    bad = np.argwhere(~np.isfinite(np.column_stack([X, y])))
    if len(bad):
        row, column = bad[0]
        raise DataError(
            f"{len(bad)} values are missing or not finite",
            where=f"row {row + 1}, {shown([*names, 'the amount'][column])}",
            advice="fill them or leave the rows out",
        )
    if len(y) < max(20, 3 * X.shape[1]):
        raise DataError(
            f"{len(y)} rows for {X.shape[1]} columns", advice="give at least 20 rows, and 3 for each column"
        )
    learnt = np.column_stack([np.ones(len(X)), X / np.maximum(np.abs(X).max(axis=0), 1e-300)])
    for column in range(1, learnt.shape[1]):
        own = np.abs(qr(learnt[:, : column + 1], mode="r", pivoting=False)[0][column, column])
        if own <= _SAME * np.linalg.norm(learnt[:, column]):
            same = (
                "is the same in every row"
                if column == 1 or not np.ptp(X[:, column - 1])
                else "follows from the columns before it"
            )
            raise DataError(f"the column {same}", where=shown(names[column - 1]), advice="leave it out")
