"""A table, and the line that a loss draws through it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import RunError
from casestudies.optim import L2, Dense, Loss, Method, Objective, Reason, Steps, Suboptimality, minimise

Floats = NDArray[np.float64]

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)  # of the residuals
TOLERANCE = 1e-12


@dataclass(frozen=True)
class Fit:
    """One loss's line.

    coefficients: (columns,) label units per unit of the column. value: the sum of the loss over the rows.
    suboptimality: estimated distance of `value` from the lowest, relative. quantiles: of the residuals label - fit, at
        `LEVELS`. mean_absolute, root_mean_square: of the residuals.
    """

    loss: str
    coefficients: Floats
    intercept: float
    value: float
    suboptimality: float
    quantiles: Floats
    mean_absolute: float
    root_mean_square: float


class Table:
    """The rows, the columns in units of their standard deviations, and fits of them.

    varies: (columns,) False = the same in every row: some rows of a table may not show what a rare column does, and its
    coefficient is then 0.
    """

    def __init__(self, X: Floats, y: Floats) -> None:
        self.X, self.y = X, y
        self.varies = np.ptp(X, axis=0) > 0
        self.units = np.vstack([X.mean(axis=0), np.where(self.varies, X.std(axis=0), 1.0)])
        self.design = Dense(X[:, self.varies], units=self.units[:, self.varies])

    def solved(self, name: str, loss: Loss, method: Method) -> Fit:
        columns = self.design.shape[1]
        free = np.ones(columns, dtype=np.bool_)
        objective = Objective(self.design, self.y, loss, L2(np.zeros(1), free), np.ones(len(self.y)))
        found = minimise(objective, method, stop=(Suboptimality(TOLERANCE), Steps(200)))
        if found.reason is not Reason.CONVERGED:
            raise RunError(
                f"the {name} fit ended {found.certificate}", advice="look for columns or amounts of extreme values"
            )
        slopes = np.zeros(len(self.varies))
        slopes[self.varies] = found.x[:-1, 0] / self.units[1, self.varies]
        intercept = float(found.x[-1, 0] - slopes @ self.units[0])
        residual = self.y - objective.margins(found.x)[:, 0]
        return Fit(
            loss=name,
            coefficients=slopes,
            intercept=intercept,
            value=float(found.state.value[0]),
            suboptimality=float(found.certificate.suboptimality[0]),
            quantiles=np.quantile(residual, LEVELS),
            mean_absolute=float(np.abs(residual).mean()),
            root_mean_square=float(np.sqrt(np.square(residual).mean())),
        )

    def said(self, fit: Fit) -> Floats:
        """(rows,) what the fit says of each."""
        said: Floats = self.X @ fit.coefficients + fit.intercept
        return said
