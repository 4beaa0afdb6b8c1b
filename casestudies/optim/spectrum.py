"""The ends of a Hessian's spectrum, from products alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np

from casestudies.optim.arrays import Array

_SMALL = 20  # parameters; Lanczos needs room, and so few products are cheap
_EXACTNESS = 1e-2  # relative: signs and sizes are asked for, not digits
_RESTARTS = 30


@runtime_checkable
class Curved(Protocol):
    """An objective that knows its Hessian by products."""

    def product_at(self, x: Array) -> Callable[[Array], Array]:
        """The Hessian at `x` (columns, 1), as a function from (columns, 1) to (columns, 1)."""


def curvature_ends(objective: Curved, x: Array, seed: int = 0) -> tuple[float, float]:
    """The smallest and the largest curvature at `x`, over all directions; nan = Lanczos did not find it.

    Source: Lehoucq, Sorensen and Yang 1998 (ARPACK), through SciPy.
    """
    size, product = len(x), objective.product_at(x)
    if size <= _SMALL:
        hessian = np.column_stack([product(unit[:, None])[:, 0] for unit in np.eye(size)])
        values = np.linalg.eigvalsh((hessian + hessian.T) / 2)
        return float(values[0]), float(values[-1])
    from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh  # slow to import, seldom needed

    operator = LinearOperator((size, size), matvec=lambda v: product(v.reshape(-1, 1))[:, 0], dtype=np.float64)
    begin = np.random.default_rng(seed).normal(size=size)
    if not operator.matvec(begin).any():
        return 0.0, 0.0
    try:
        low, high = eigsh(
            operator, 2, which="BE", v0=begin, tol=_EXACTNESS, maxiter=_RESTARTS, return_eigenvectors=False
        )
    except ArpackNoConvergence as error:
        found = np.asarray(error.eigenvalues)
        return float(min(found[found < 0], default=np.nan)), float(max(found[found > 0], default=np.nan))
    return float(low), float(high)
