"""A head with a layer of tanh units: down to the neighbourhood by L-BFGS, and polished by exact second derivatives."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn.utils import skip_init

from casestudies.imaging.heads.layers import Layers
from casestudies.imaging.heads.linear import (
    LOOSE,
    TIGHT,
    Fit,
    Given,
    curve_of,
    effective,
    root,
    variances,
    without_patients,
)
from casestudies.optim import L2, Logistic, Solution, Steps, Suboptimality, minimise
from casestudies.optim.heads import Head as Bent
from casestudies.optim.heads import unrolled
from casestudies.optim.methods import LBFGS, LevenbergMarquardt

ROUGH = 1e-4  # relative distance from the optimum at which the polish takes over
_RUNS = 100  # of L-BFGS, 20 iterations each
_POLISH = 60  # steps; from 1e-4 on, 7 to 22 were enough
_DIRECT = 2500  # unknowns; the bends of more cost over a second a step


def objective(given: Given, ridge: float, hidden: int) -> Bent:
    """The log loss of the rows, summed, with `ridge` a row on all unknowns but the last intercept.

    Its curvature holds the second derivatives of the margins: labels are noisy, so residuals stay large, and steps
    without them stall a thousandth above the optimum.
    """
    columns = given.X.shape[1]
    below, last = (skip_init(nn.Linear, *sides) for sides in ((columns, hidden), (hidden, 1)))
    function, start = unrolled(nn.Sequential(below, nn.Tanh(), last))
    free = np.zeros(len(start), dtype=bool)
    free[-1] = True
    penalty = L2(np.array([ridge * given.total]), free)
    return Bent(function, torch.from_numpy(given.X), given.y, Logistic(), penalty, given.weight, exact=True)


def begun(columns: int, hidden: int, seed: int) -> Layers:
    """Random weights that keep the spread of what they read; the intercepts 0."""
    rng = np.random.default_rng(seed)
    inner = rng.normal(0.0, 1.0 / np.sqrt(columns), (hidden, columns))
    return Layers(inner, np.zeros(hidden), rng.normal(0.0, 1.0 / np.sqrt(hidden), hidden), 0.0)


def fit(given: Given, ridge: float, start: Layers, *, polish: bool) -> Fit:
    """A head of locally least objective.

    Parameters
    ----------
    start: where to begin; another start may end in another place.
    polish: go on to the optimum, and tell what each row would have got without its patient.
    """
    hidden = len(start.bias)
    task = objective(given, ridge, hidden)
    stop = (Suboptimality(ROUGH), Steps(_RUNS))
    found: Solution = minimise(task, LBFGS(tolerance=ROUGH), start.unknowns()[:, None], stop=stop)
    curve, passes, matrices, left_out = curve_of(found.trace, given), found.state.passes, 0, None
    if polish:
        close = (Suboptimality(TIGHT), Steps(_POLISH))
        found = minimise(task, LevenbergMarquardt(direct=_DIRECT), found.x, stop=close)
        curve = np.vstack([curve, curve_of(found.trace, given) + np.array([passes, 0.0])])
        passes, matrices = passes + found.state.passes, found.state.step + 1
        factor = found.state.points[0].factor
        if factor is not None and factor.definite:
            left_out = without_patients(task, found.state, given)
    state = found.state
    layers = Layers.of(found.x[:, 0], given.X.shape[1], hidden)
    return Fit(
        layers=layers,
        ridge=ridge,
        objective=float(state.value[0]) / given.total,
        gradient=float(state.gradient_norm[0]) / given.total,
        suboptimality=float(state.suboptimality[0]),
        converged=bool(state.suboptimality[0] <= (LOOSE if polish else ROUGH)),
        condition=float(state.condition[0]),
        passes=passes,
        matrices=matrices,
        effective=effective(variances(root(given, layers, ridge)), given, ridge),
        left_out=left_out,
        curve=curve,
    )
