"""The strength of a penalty as a reader sees it: the cross-validated loss along the path, its band, and two choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Choose = Literal["best", "one_se"]
K = TypeVar("K", bound=str)


@dataclass(frozen=True, eq=False)
class RegularisationPath:
    """One kind of penalty at every strength.

    Parameters
    ----------
    Cs: (Cs,) inverse strengths, ascending.
    loss: (folds, Cs) mean log loss of each fold's rows by the fits without them.
    share: (folds,) the folds' shares of the row weights.
    coef: (features, Cs) coefficients on all rows.
    origin: (features,) the source column of each feature.

    Source: Hastie, Tibshirani and Friedman 2009, "The Elements of Statistical Learning", section 7.10.1, for the rule of
    one standard error.
    """

    Cs: Floats
    loss: Floats
    share: Floats
    coef: Floats
    origin: tuple[str, ...]

    @classmethod
    def of(
        cls,
        Cs: Sequence[float],
        margins: Floats,
        coef: Floats,
        origin: Sequence[str],
        y: Floats,
        weight: Floats,
        folds: NDArray[np.intp],
    ) -> Self:
        """From (rows, Cs) margins of rows by the fits that have not seen their fold."""
        rows = np.logaddexp(0.0, margins) - y[:, None] * margins
        names = np.unique(folds)
        share = np.array([weight[folds == name].sum() for name in names])
        sums = np.stack([weight[folds == name] @ rows[folds == name] for name in names])
        return cls(np.asarray(Cs), sums / share[:, None], share / share.sum(), np.asarray(coef), tuple(origin))

    @cached_property
    def mean(self) -> Floats:
        """(Cs,) log loss of all rows, each by a fit without its fold."""
        return np.asarray(self.share @ self.loss)

    @cached_property
    def error(self) -> Floats:
        """(Cs,) standard error of the mean over folds. Folds share rows of their fits, so it is a little too small."""
        return np.asarray(self.loss.std(axis=0, ddof=1) / np.sqrt(len(self.loss)))

    @property
    def best(self) -> int:
        """The place of the least loss; of equal ones the strongest penalty."""
        return int(np.argmin(self.mean))

    @property
    def one_se(self) -> int:
        """The strongest penalty whose loss is within one standard error of the least."""
        return int(np.flatnonzero(self.mean <= self.mean[self.best] + self.error[self.best])[0])

    def at(self, choose: Choose) -> int:
        return self.best if choose == "best" else self.one_se

    def kept(self, place: int) -> list[str]:
        """The source columns with a coefficient that is not zero at one strength."""
        held = self.coef[:, place] != 0
        return list(dict.fromkeys(name for name, there in zip(self.origin, held, strict=True) if there))

    def sizes(self) -> dict[str, Floats]:
        """{source column: (Cs,) norm of its coefficients}, the largest at the best strength first."""
        names = list(dict.fromkeys(self.origin))
        own = np.array([[name == other for other in self.origin] for name in names]).reshape(
            len(names), len(self.origin)
        )
        norms = np.sqrt(own @ self.coef**2)
        order = np.argsort(-norms[:, self.best], kind="stable")
        return {names[i]: norms[i] for i in order}

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "C": self.Cs.tolist(),
            "loss": self.mean.tolist(),
            "error": self.error.tolist(),
            "kept": [len(self.kept(place)) for place in range(len(self.Cs))],
            "best": self.best,
            "one_se": self.one_se,
            "columns": len(set(self.origin)),
            "sizes": {name: values.tolist() for name, values in self.sizes().items()},
        }


def least(paths: Mapping[K, RegularisationPath]) -> K:
    """The name of the path with the least loss anywhere; the first of equals."""
    return min(paths, key=lambda name: float(paths[name].mean.min()))
