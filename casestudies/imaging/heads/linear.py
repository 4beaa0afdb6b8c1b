"""A linear head by Levenberg-Marquardt, which is Newton's method here, and what its factor tells for nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import DataError
from casestudies.imaging.heads.layers import Floats, Layers
from casestudies.optim import L2, Dense, Logistic, Objective, Steps, Suboptimality, Trace, minimise
from casestudies.optim.damped import Factor
from casestudies.optim.gauss_newton import LinearModel
from casestudies.optim.methods import LevenbergMarquardt, LevenbergState
from casestudies.optim.methods.levenberg import Bent
from casestudies.optim.removal import without_groups

DIRECT = 4200  # side of the largest matrix that is laid out
LOOSE, TIGHT = 1e-8, 1e-18  # relative distance from the optimum: to choose the ridge by, and of the head that is kept
_STEPS = 60


@dataclass(frozen=True, eq=False)
class Given:
    """Rows that a head is fitted on.

    X: (rows, columns) standardised. y: (rows,) 0/1. weight: (rows,); copies of an image share the weight of one.
    patient: (rows,) whose image it is. images: the first rows, which are the images themselves; copies follow.
    """

    X: Floats
    y: Floats
    weight: Floats
    patient: NDArray[np.generic]
    images: int

    @property
    def total(self) -> float:
        """Of the weights: the strength of a ridge of 1 a row."""
        return float(self.weight.sum())


@dataclass(frozen=True, eq=False)
class Fit:
    """Where one ridge led.

    Parameters
    ----------
    objective: nats a row, the penalty included. gradient: its steepest entry.
    suboptimality: the estimated distance of the objective from its least value, relative to it. converged: it is small.
    condition: steepest over flattest curvature, each column in its own scale; nan where no factor was laid out.
    passes: how often the rows were read. matrices: how many were laid out.
    effective: how many coefficients the rows determine rather than the ridge; of a hidden layer's head, those of the last
        layer.
    left_out: (images,) each training image's margin by the fit without its patient; None where no factor says so.
    curve: (points, 2) passes and objective on the way.
    """

    layers: Layers
    ridge: float
    objective: float
    gradient: float
    suboptimality: float
    converged: bool
    condition: float
    passes: float
    matrices: int
    effective: float
    left_out: Floats | None
    curve: Floats


def objective(given: Given, ridge: float) -> Objective:
    """The log loss of the rows, summed, with `ridge` a row on all coefficients but the intercept."""
    free = np.zeros(given.X.shape[1] + 1, dtype=bool)
    free[-1] = True
    return Objective(Dense(given.X), given.y, Logistic(), L2(np.array([ridge * given.total]), free), given.weight)


def fit(given: Given, ridge: float, start: Layers | None = None, *, tolerance: float = TIGHT) -> Fit:
    """The one linear head of least objective.

    Parameters
    ----------
    start: a head to begin from; None: all zeros.
    tolerance: of the estimated relative distance from the optimum.
    """
    task = objective(given, ridge)
    x = None if start is None else start.unknowns()[:, None]
    solution = minimise(task, LevenbergMarquardt(direct=DIRECT), x, stop=(Suboptimality(tolerance), Steps(_STEPS)))
    state = solution.state
    (point,) = state.points
    variance = np.full(len(solution.x), np.nan)
    if point.factor is not None and point.factor.definite:
        variance = variances(point.factor.half(np.eye(len(solution.x))))
    return Fit(
        layers=Layers.of(solution.x[:, 0], given.X.shape[1], 0),
        ridge=ridge,
        objective=float(state.value[0]) / given.total,
        gradient=float(state.gradient_norm[0]) / given.total,
        suboptimality=float(state.suboptimality[0]),
        converged=bool(state.suboptimality[0] <= LOOSE),
        condition=float(state.condition[0]),
        passes=state.passes,
        matrices=state.step + 1,
        effective=effective(variance, given, ridge),
        left_out=without_patients(task, state, given),
        curve=curve_of(solution.trace, given),
    )


def without_patients(task: Objective | Bent, state: LevenbergState, given: Given) -> Floats | None:
    """(images,) margins of each image without its patient; None where one patient alone holds some unknown."""
    try:
        return without_groups(task, state, given.patient)[: given.images, 0]
    except DataError:
        return None


def variances(root: Floats) -> Floats:
    """(unknowns,) of each coefficient by itself (Laplace)."""
    return np.asarray(np.square(root).sum(axis=0))


def effective(variance: Floats, given: Given, ridge: float) -> float:
    """The trace of H⁻¹ (H - ridge): coefficients, less those that the ridge alone decides. variance: (unknowns,)."""
    return float(len(variance) - ridge * given.total * variance[:-1].sum())


def curve_of(trace: Trace, given: Given) -> Floats:
    """(points, 2) passes and objective of a solve."""
    steps = trace.of(0)
    return np.column_stack([steps["passes"], steps["value"] / given.total])


def root(given: Given, layers: Layers, ridge: float) -> Floats:
    """(units + 1, units + 1): R with RᵀR the inverse curvature of the last layer, the one below it standing still.

    That is the covariance of its coefficients (Laplace), so the spread of a margin is the length of R · (units, 1).
    Source: Kristiadi, Hein and Hennig 2020, "Being Bayesian, even just a bit, fixes overconfidence in ReLU networks",
    for the last layer alone.
    """
    above = Given(layers.units(given.X), given.y, given.weight, given.patient, given.images)
    x = np.append(layers.last, layers.intercept)[:, None]
    return Factor.of(LinearModel(objective(above, ridge), x[:, 0]).matrix()).half(np.eye(len(x)))
