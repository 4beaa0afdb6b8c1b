"""Folding in: the vector of a user from a history, in closed form, without touching the model.

The items' vectors stand still, so a user's vector is a ridge regression of what was left unexplained of the user's own
ratings. That is linear in them, which is what makes reasons exact: each rating has a part in each score.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg.lapack import dposv

from casestudies.errors import ConfigError, DataError
from casestudies.models.factorisation.asked import numbers_within
from casestudies.models.factorisation.vectors import Floats
from casestudies.tabular.interactions import Interactions

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Folded:
    """vector: (factors,) float32 and bias of one user, to be used as a row of `Vectors`."""

    vector: Floats
    bias: float


@dataclass(frozen=True, eq=False)
class FoldIn:
    """Users' vectors by ridge on the vectors of the items they have had to do with.

    Explicit: minimises  sum of w (residual - p·q - b)² + W^scale (ridge |p|² + bias_ridge b²),  residual = rating - mean -
    item bias, W = sum of w. Implicit (`unobserved` given): sum of w (1 - p·q)² + unobserved · sum over all items of
    (p·q)² + W^scale · ridge |p|², W = sum of w + unobserved · items, without a bias. These are the users' halves of the losses
    that the factors are trained on, where a penalty grows with a row's ratings.

    Parameters
    ----------
    items: (items, factors) float32. item_bias: (items,). mean: of all ratings; 0 for implicit feedback.
    ridge, bias_ridge: penalties of a history of weight 1; `ridge` above 0.
    unobserved: weight of every cell as a 0, of a model of implicit feedback; None = explicit.
    scale: power of the weight that penalties grow with, see `FactorObjective.growth` and `WholeObjective`.

    Raises
    ------
    ConfigError: `ridge` is not above 0, or `bias_ridge` or `unobserved` below it.
    """

    items: Floats
    item_bias: Floats
    mean: float
    ridge: float
    bias_ridge: float
    unobserved: float | None = None
    scale: float = 1.0

    def __post_init__(self) -> None:
        if not (self.ridge > 0 and self.bias_ridge >= 0 and (self.unobserved is None or self.unobserved >= 0)):
            raise ConfigError(
                f"cannot fold in with ridge {self.ridge}, bias_ridge {self.bias_ridge}, unobserved {self.unobserved}",
                advice="give a ridge above 0, the others 0 or above",
            )

    def residuals(self, items: ArrayLike, values: ArrayLike | None) -> Array:
        """(n,) what the user's vector and bias have to explain: of ratings the rest over mean and item bias, else 1.

        Raises
        ------
        DataError: an explicit model is given no ratings, or some that are not finite.
        """
        numbers = numbers_within(items, len(self.items), "item")
        if self.unobserved is not None:
            return np.ones(len(numbers))
        if values is None:
            raise DataError("a model of ratings folds in ratings", advice="give one for each item of the history")
        rest = np.asarray(values, np.float64) - self.mean - self.item_bias[numbers]
        if not np.isfinite(rest).all():
            raise DataError("the history has ratings that are not finite", advice="leave them out")
        return rest

    def system(
        self, items: ArrayLike, values: ArrayLike | None = None, weights: ArrayLike | None = None
    ) -> tuple[Array, Array]:
        """A (factors + 1, factors + 1) and B (factors + 1, n) with  A @ [vector; bias] = B @ residuals.

        So each residual r_j adds q_i · A⁻¹[:, j of B] r_j to the score of item i. `values` do not enter. A is positive
        definite; of a model without a user bias its last row is that of the identity and the last of B is 0.

        Parameters
        ----------
        items: (n,) numbers of the items of the history. weights: (n,) 0 or above; None = 1 each.

        Raises
        ------
        DataError: an unknown item, or a weight that is below 0 or not finite.
        """
        rows = self._wide[numbers_within(items, len(self.items), "item")]
        w = np.ones(len(rows)) if weights is None else np.asarray(weights, np.float64)
        if not 0 <= w.sum() < np.inf or (w < 0).any():
            raise DataError("the history has weights below 0 or not finite", advice="give weights of 0 or above")
        B = rows.T * w
        A = B @ rows
        total = w.sum()
        if self.unobserved is None:
            penalty = np.full(len(A), self.ridge * total**self.scale)
            penalty[-1] = self.bias_ridge * total**self.scale
        else:
            A += self._all
            penalty = np.full(len(A), self.ridge * (total + self.unobserved * len(self.items)) ** self.scale)
            penalty[-1] = 1.0
        A.flat[:: len(A) + 1] += penalty
        return A, B

    def user(self, items: ArrayLike, values: ArrayLike | None = None, weights: ArrayLike | None = None) -> Folded:
        """One user from a history; without one, or with weights all 0, the zero vector: everybody's order.

        items: (n,) numbers. values: (n,) ratings; not used by a model of implicit feedback. weights: (n,).
        """
        A, B = self.system(items, values, weights)
        solution = _solved(A, B @ self.residuals(items, values))
        return Folded(solution[:-1].astype(np.float32), float(solution[-1]))

    def users(self, data: Interactions, weights: ArrayLike | None = None) -> tuple[Floats, Floats]:
        """All users of a table whose items have the numbers of this model's: (users, factors) vectors, (users,) biases.

        weights: (rows,); None = those of the data. A user without rows has zeros.
        """
        vectors = np.zeros((data.shape[0], self.items.shape[1]), np.float32)
        biases = np.zeros(data.shape[0], np.float32)
        w = (np.ones(len(data)) if data.weight is None else data.weight) if weights is None else np.asarray(weights)
        grouped = data.by_user
        for number in map(int, np.flatnonzero(grouped.counts)):
            rows = grouped[number]
            folded = self.user(data.item[rows], None if data.rating is None else data.rating[rows], w[rows])
            vectors[number], biases[number] = folded.vector, folded.bias
        return vectors, biases

    @cached_property
    def _wide(self) -> Array:
        """(items, factors + 1) the items' vectors and what multiplies a user's bias."""
        ones = np.full((len(self.items), 1), 1.0 if self.unobserved is None else 0.0)
        return np.hstack([self.items, ones])

    @cached_property
    def _all(self) -> Array:
        """What the unobserved cells of a user add to A."""
        return (self.unobserved or 0.0) * (self._wide.T @ self._wide)


def _solved(A: Array, b: Array) -> Array:
    """By Cholesky, straight from LAPACK: the checks of scipy.linalg.solve cost as much as the solve."""
    if not b.any():
        return np.zeros_like(b)
    _, solution, _ = dposv(A, b)  # the ridge makes A positive definite
    return np.asarray(solution)
