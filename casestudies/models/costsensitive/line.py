"""A line taught with a loss that is not convex: from the convex fit down to the nearest optimum."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from casestudies.models.costsensitive.lesson import Lesson
from casestudies.models.linear.solving import Floats
from casestudies.optim import Objective, Solution, minimise
from casestudies.optim.designs import Design
from casestudies.optim.methods import LBFGS
from casestudies.optim.penalties import L2
from casestudies.optim.stopping import Steps, Suboptimality

_TOLERANCE, _STEPS = 1e-5, 25  # relative, of a value that jumps by whole rows between optima; of 20 iterations each


def descended(
    design: Design, lesson: Lesson, C: float, start: Floats, folds: NDArray[np.intp] | None = None
) -> Solution[Any]:
    """The lesson's own loss, minimised from `start` on.

    Parameters
    ----------
    C: inverse strength of an L2 penalty, as in `LogisticRegression`; the last column, the intercept, is free.
    start: (columns, problems) of the convex fit: without each fold, and the last one on all rows.
    folds: (rows,) from 0; None = a single problem on all rows.
    """
    problems = start.shape[1]
    free = np.arange(design.shape[1]) == design.shape[1] - 1
    penalty = L2(np.full(problems, 1.0 / C), free)
    held = None if folds is None else np.array([*range(problems - 1), -1])
    objective = Objective(design, lesson.y, lesson.loss, penalty, lesson.rows, folds, held)
    return minimise(objective, LBFGS(), start, stop=(Suboptimality(_TOLERANCE), Steps(_STEPS)))
