"""What the linear estimators share: from scikit-learn's parameters to an objective, and from its solution to words."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import _check_sample_weight, validate_data

from casestudies.errors import shown
from casestudies.optim import Reason, Solution
from casestudies.optim.designs import Dense, Design, Sparse
from casestudies.optim.penalties import L1, L2, Box, ElasticNet, NonNegative, Penalty

Floats = NDArray[np.float64]
PenaltyName = Literal["l2", "l1", "elasticnet"] | None
Bounds = tuple[ArrayLike, ArrayLike] | None
ClassWeight = Mapping[Any, float] | Literal["balanced"] | None
NUMBERS = (np.float64, np.float32)  # kept as they come; other types become float64


def checked(
    estimator: Any, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None
) -> tuple[Any, NDArray[Any], Floats]:
    """Rows, labels and row weights as scikit-learn checks them."""
    matrix, labels = validate_data(estimator, X, y, dtype=NUMBERS, accept_sparse="csr", accept_large_sparse=True)
    weights = _check_sample_weight(sample_weight, matrix, dtype=np.float64, ensure_non_negative=True)
    return matrix, labels, weights


def balanced(class_weight: ClassWeight, classes: NDArray[Any], codes: NDArray[np.intp], weights: Floats) -> Floats:
    """(rows,) the row weights times those of the classes; `codes` are places in `classes`."""
    if class_weight is None:
        return weights
    share = compute_class_weight(class_weight, classes=classes, y=classes[codes], sample_weight=weights)
    return np.asarray(weights * share[codes])


def design_of(matrix: Any, intercept: bool, n_jobs: int | None = None) -> Design:
    """How the core holds the rows: as an array, or compressed where they came so (which one thread then reads)."""
    if issparse(matrix):
        return Sparse(matrix, intercept=intercept)
    if n_jobs == 0:
        raise ValueError("n_jobs is 0; it is None (one), a number of threads, or -1 (all cores)")
    cores = os.cpu_count() or 1
    return Dense(
        matrix, intercept, threads=1 if n_jobs is None else n_jobs if n_jobs > 0 else max(cores + 1 + n_jobs, 1)
    )


def penalty_of(
    name: PenaltyName, Cs: ArrayLike, l1_ratio: float | None, free: NDArray[np.bool_], bounds: Bounds = None
) -> Penalty:
    """scikit-learn's C · loss + penalty, divided by C: the strengths are 1 / C.

    bounds: where coefficients may lie, one pair for all or arrays with an entry for each feature.

    Raises
    ------
    ValueError: a C that is not above 0, an unknown penalty, or a share where it has no meaning.
    """
    Cs = np.asarray(Cs, dtype=np.float64)
    if not (Cs > 0).all():
        raise ValueError(f"C is {Cs[~(Cs > 0)][0]}; it must be above 0 (inf: no penalty)")
    if (name == "elasticnet") == (l1_ratio is None):
        raise ValueError(
            f"l1_ratio is {l1_ratio} with penalty={shown(str(name))}; it goes with 'elasticnet', and has to"
        )
    strengths = np.zeros_like(Cs) if name is None else 1.0 / Cs
    kinds: dict[str | None, type[Penalty]] = {"l1": L1, "l2": L2, None: L2}
    if name != "elasticnet" and name not in kinds:
        raise ValueError(f"penalty is {shown(str(name))}; it is one of 'l2', 'l1', 'elasticnet' and None")
    if bounds is not None:
        return _bounded(l1_ratio if l1_ratio is not None else float(name == "l1"), strengths, free, *bounds)
    return kinds[name](strengths, free) if l1_ratio is None else ElasticNet(strengths, free, l1_ratio)


def _bounded(
    l1_ratio: float, strengths: Floats, free: NDArray[np.bool_], lower: ArrayLike, upper: ArrayLike
) -> Penalty:
    if not l1_ratio and np.ndim(lower) == np.ndim(upper) == 0 and (lower, upper) == (0, np.inf):
        return NonNegative(strengths, free)
    ends = (np.broadcast_to(np.asarray(end, dtype=np.float64), int((~free).sum())) for end in (lower, upper))
    low, high = (np.append(end, np.zeros(int(free.sum()))) for end in ends)
    return Box(strengths, free, l1_ratio, low, high)


def said(solution: Solution[Any]) -> None:
    """Warns where the tolerance was not reached."""
    if solution.reason is not Reason.CONVERGED:
        warnings.warn(f"{solution.reason} The fit is {solution.certificate}.", ConvergenceWarning, stacklevel=3)
