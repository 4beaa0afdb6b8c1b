"""A score as a straight line in what is known of a newcomer: what each side feature adds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FeatureForm:
    """score = features @ coef + intercept, of one customer for any item (or of one item for any customer).

    coef: (columns,) what a unit of each column of the features adds. intercept: the score where nothing is known.
    """

    coef: Array
    intercept: float

    def scores(self, features: ArrayLike) -> Array:
        """(rows,) features: (rows, columns), of newcomers."""
        return np.asarray(np.asarray(features, np.float64) @ self.coef + self.intercept)


def feature_form(
    embeddings: ArrayLike,
    biases: ArrayLike,
    facing: ArrayLike,
    facing_bias: float,
    mean: float,
    own: ArrayLike | None = None,
    own_bias: float = 0.0,
) -> FeatureForm:
    """The line along which features move the score.

    The vector of a newcomer is the sum of the embeddings of its features, so a column c with embedding e_c and bias b_c
    adds x_c (e_c · q + b_c), where q is the vector that it faces. What an old hand has learnt of its own stands in the
    intercept.

    Parameters
    ----------
    embeddings: (columns, factors). biases: (columns,). facing, facing_bias: vector (factors,) and bias of the other side.
    own, own_bias: the vector and bias besides the features, of one that is known; None = a newcomer.
    """
    met = np.asarray(facing, np.float64)
    coef = np.asarray(embeddings, np.float64) @ met + np.asarray(biases, np.float64)
    learnt = 0.0 if own is None else float(np.asarray(own, np.float64) @ met) + own_bias
    return FeatureForm(coef, mean + facing_bias + learnt)
