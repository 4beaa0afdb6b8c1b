"""How smooth each characteristic of a card is: large where its rows ask for it, learnt from a first, even fit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from casestudies.models.scorecard.fitted import Codes, Floats
from casestudies.optim import L2, Logistic, NewtonCG, Objective, PathSolution, Solution, Suboptimality, minimise
from casestudies.optim import Steps as MostSteps
from casestudies.optim.arrays import Index
from casestudies.optim.designs import Design
from casestudies.optim.linear import Whitening

_FLATTEST = 0.002  # of the steepest characteristic: so flat one is taken to be, at least
_SHARES = (0.25, 0.5, 1.0)  # of the first fit's C, to choose the second one's from


@dataclass(frozen=True)
class Priced(L2):
    """L2 with a price for each coefficient of each problem.

    price: (columns, problems) factors on the strength.
    """

    price: Floats

    def quadratic(self) -> Floats:
        return np.where(self.free[:, None], 0.0, self.strength * self.price)

    def select(self, problems: Index) -> Self:
        return replace(self, strength=self.strength[problems], price=self.price[:, problems])


@dataclass(frozen=True, eq=False)
class Smoothing:
    """The rows of a card, and the characteristic of each column of its design but the intercept, from 0."""

    design: Design
    y: Floats
    weight: Floats
    folds: Codes | None
    free: np.ndarray
    owner: Codes

    def prices(self, coef: Floats) -> Floats:
        """(columns, fits) from the coefficients of first fits: steps of a characteristic that moved little cost more.

        The price is one over the root of the mean square step, on average (geometrically) 1: one round of reweighting
        towards a price on the size of each characteristic as a whole.

        Source: Yuan and Lin 2006, "Model selection and estimation in regression with grouped variables"; the
        reweighting as in Daubechies et al. 2010, "Iteratively reweighted least squares minimization".
        """
        if not len(self.owner):
            return np.ones((1, coef.shape[1]))
        count = int(self.owner.max()) + 1
        columns = np.bincount(self.owner, minlength=count)
        squares = np.stack([np.bincount(self.owner, one**2, count) for one in coef[:-1].T], axis=1)
        size = squares / np.maximum(columns, 1)[:, None]
        size += _FLATTEST * size.max(axis=0, initial=0.0) + 1e-12
        log = np.log(size[columns > 0])
        price = np.exp(-0.5 * (np.log(size) - log.mean(axis=0)))
        return np.vstack([price[self.owner], np.ones(coef.shape[1])])

    def path(self, C: float, first: Floats, several: bool, tolerance: float) -> tuple[tuple[float, ...], PathSolution]:
        """Second fits on all rows and without each fold, priced by the first ones; the values of C, and the fits.

        Parameters
        ----------
        C: of the first fits. first: (columns, folds + 1) their coefficients, on all rows last.
        several: values of C around that one; else it alone.
        """
        Cs = tuple(C * share for share in _SHARES) if several else (C,)
        which = np.repeat(np.arange(first.shape[1]), len(Cs))
        strength = np.tile(1.0 / np.array(Cs), first.shape[1])
        held = None if self.folds is None else np.repeat([*range(first.shape[1] - 1), -1], len(Cs))
        penalty = Priced(strength, self.free, self.prices(first)[:, which])
        objective = Objective(self.design, self.y, Logistic(), penalty, self.weight, self.folds, held)
        solution = solved(objective, first[:, which], tolerance, which)
        each = solution.x.reshape(len(first), -1, len(Cs)).transpose(1, 0, 2)
        return Cs, PathSolution(solution, each[-1], each[:-1], self.design, self.folds)

    def exact(self, C: float, first: Floats, near: Floats, tolerance: float) -> Solution:
        """The fit on all rows at one C, from a point near it; `first`, `near`: (columns, 1)."""
        penalty = Priced(np.array([1.0 / C]), self.free, self.prices(first))
        objective = Objective(self.design, self.y, Logistic(), penalty, self.weight)
        return solved(objective, near, tolerance, np.zeros(1, dtype=np.intp))


def solved(objective: Objective, start: Floats, tolerance: float, group: Codes) -> Solution:
    """By Newton's method; one Gram makes the preconditioners of all problems, one for each `group` (problems,): they bend
    alike, and a Gram costs as much as ten products, a factorisation as much as one."""
    of = np.unique(group, return_index=True)[1] + (np.bincount(group) - 1) // 2
    some = objective.select(of)
    there = some.evaluate(start[:, of]).curvature
    inverse = Whitening.at(some, there, np.zeros(len(of), dtype=np.intp)).select(group)
    method = NewtonCG(tolerance=tolerance, inverse=inverse)
    return minimise(objective, method, start, stop=(Suboptimality(tolerance), MostSteps(100)))
