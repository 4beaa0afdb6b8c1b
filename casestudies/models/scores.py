"""Scores that know what mix of rows their model was taught, and are no probabilities until that is set right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from casestudies.errors import ConfigError

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scores:
    """What a model says of rows.

    It goes wherever an array of probabilities goes (`costs.act(scores)`, `Rule.fit(y, scores, costs)`), and there a
    model that was taught other rows than these is refused unless its scores are `corrected`.

    Parameters
    ----------
    margin: (rows,) log-odds of the event among the rows as taught.
    correction: (rows,) what is to be added for log-odds among the rows as they are; None = nothing.
    taught: how the model was taught, in words ("SMOTE: 50.0 % of the training weight had the event, and 22.1 % of the
        rows have it").

    Examples
    --------
    >>> taught = Scores(np.array([0.0]), np.array([-np.log(9.0)]), "balanced weights")
    >>> taught.corrected().probability.round(3).tolist()
    [0.1]
    >>> np.asarray(taught)
    Traceback (most recent call last):
    casestudies.errors.ConfigError: decide.rule: probabilities of a model trained on other rows are not probabilities of these rows (balanced weights); correct them (Scores.corrected), or train on the rows as they are
    """

    margin: Floats
    correction: Floats | None = None
    taught: str = "the rows as they are"

    @property
    def raw(self) -> Floats:
        """(rows,) from 0 to 1, as the model was taught: good for ranking, and for a cut tuned on scores of this kind."""
        return np.asarray(expit(self.margin))

    @property
    def probability(self) -> Floats:
        """(rows,) probability of the event.

        Raises
        ------
        ConfigError: the model was taught other rows than these, and its scores are not corrected.
        """
        if self.correction is not None:
            raise ConfigError(
                f"probabilities of a model trained on other rows are not probabilities of these rows ({self.taught})",
                where="decide.rule",
                advice="correct them (Scores.corrected), or train on the rows as they are",
            )
        return self.raw

    def corrected(self) -> Self:
        """The same scores as log-odds among the rows as they are.

        Source: King and Zeng 2001, "Logistic regression in rare events data", Political Analysis 9, equation 7 (prior
        correction); Elkan 2001, "The foundations of cost-sensitive learning", theorem 2.
        """
        if self.correction is None:
            return self
        return type(self)(self.margin + self.correction, None, f"{self.taught}; corrected")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.probability, dtype=dtype)
