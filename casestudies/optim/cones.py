"""At a corner where more constraints meet than there are columns: prices for them, or the way out."""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls

from casestudies.optim.arrays import Array
from casestudies.optim.constraints import Constraints
from casestudies.optim.kkt import Multipliers

_TOUCHING = 1e-10  # of a row's own size: it is met


def decomposed(constraints: Constraints, x: Array, gradient: Array) -> tuple[Multipliers, Array]:
    """What the constraints met at a point can take up of the fall of the value, and the direction of the rest.

    The fall is split into a part in the cone of the constraints' normals, whose weights are the multipliers, and a part
    at a right angle to it, along which the value falls and no constraint is broken (Moreau 1962). One non-negative least
    squares finds both; where the direction is 0, the point is the minimum.

    Where change is used up, a column at the centre may go two ways, each at the full price: it counts as two.

    Parameters
    ----------
    constraints: of one problem. x, gradient: (columns,)

    Returns
    -------
    Multipliers of the one problem, and the direction (columns,).

    Source: Lawson and Hanson 1974, "Solving least squares problems", chapter 23.
    """
    rows = constraints.rows
    centre = np.zeros_like(x) if constraints.around is None else constraints.around
    reach = np.inf if constraints.reach is None else float(constraints.reach[0])
    full = bool(np.abs(x - centre).sum() >= reach * (1 - _TOUCHING))
    side = np.sign(x - centre) if full else np.zeros_like(x)
    kink = np.flatnonzero(side == 0) if full else np.zeros(0, np.intp)
    single = np.setdiff1d(np.arange(len(x)), kink)
    column = np.concatenate([single, kink, kink])
    way = np.concatenate([np.ones(len(single) + len(kink)), -np.ones(len(kink))])
    eye = np.eye(len(column))
    own = np.maximum(np.abs(rows.A) @ np.abs(x), np.abs(rows.b[:, 0]))
    met = np.flatnonzero(rows.equal | (rows.b[:, 0] - rows.A @ x <= _TOUCHING * own))
    twice = met[rows.equal[met]]
    paced = np.abs(way)[None] if constraints.total is not None else np.zeros((0, len(column)))
    normals = [
        rows.A[met][:, column] * way,
        -rows.A[twice][:, column] * way,
        paced * way,
        -paced * way,
        np.concatenate([side[single], np.ones(2 * len(kink))])[None] if full else np.zeros((0, len(column))),
        eye[(x[column] >= constraints.upper[column]) & (way > 0)],
        -eye[(x[column] <= constraints.lower[column]) & (way > 0) & (np.arange(len(column)) < len(single))],
        eye[(x[column] <= constraints.lower[column]) & (way < 0)],
        -eye[len(single) :],
    ]
    N = np.concatenate(normals)
    lengths = np.maximum(np.linalg.norm(N, axis=1), np.finfo(np.float64).tiny)
    weights, _ = nnls((N / lengths[:, None]).T, -gradient[column] * way, maxiter=30 * len(N) + 100)
    weights = weights / lengths
    rest = -(gradient[column] * way + N.T @ weights)
    direction = np.zeros_like(x)
    np.add.at(direction, column, way * rest)
    price, at = np.zeros((len(rows.names), 1)), len(met)
    np.add.at(price[:, 0], met, weights[:at])
    np.add.at(price[:, 0], twice, -weights[at : at + len(twice)])
    at += len(twice)
    total = weights[at] - weights[at + 1] if len(paced) else 0.0
    spread = weights[at + 2 * len(paced)] if full else 0.0
    return Multipliers(price, np.array([total]), np.array([spread])), direction
