"""A metric: its name, its plain function, its form over many weightings, and how to read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from casestudies.metrics.cases import Array, Case, RowCosts, weights
from casestudies.metrics.weighed import Weighed

Need = Literal["p", "act", "costs"]


@dataclass(frozen=True)
class Metric:
    """One figure that says how good a model or a decision is.

    Parameters
    ----------
    name: as in metrics.json.
    function: the plain function, e.g. `auc(y, p, weight=None) -> float`.
    over: the same figure under many row weightings: (rounds,), nan where it is undefined.
    needs: what it reads beside the outcomes: `p` (scores), `act` (decisions), `costs`.
    unit: "" for a pure number, else what it is counted in.
    higher_is_better: the direction of improvement.
    meaning: one sentence for a reader who does not know the metric.
    undefined: when there is no such figure, said after "because".
    probability: True when `p` must be a probability; a ranking score will not do.
    """

    name: str
    function: Callable[..., float]
    over: Callable[[Weighed], Array]
    needs: frozenset[Need]
    unit: str
    higher_is_better: bool
    meaning: str
    undefined: str
    probability: bool = False

    def fits(self, case: Case) -> bool:
        """True when the case holds all the metric needs."""
        held = {"p": case.p is not None, "act": case.act is not None, "costs": case.base is not None}
        return all(held[need] for need in self.needs) and (case.has_probabilities or not self.probability)


def single(
    over: Callable[[Weighed], Array],
    y: ArrayLike,
    weight: ArrayLike | None,
    *,
    p: ArrayLike | None = None,
    act: ArrayLike | None = None,
    costs: RowCosts | None = None,
) -> float:
    """A metric under one weighting: what every plain function returns. No rows: nan."""
    case = Case.of(y, p, act, costs)
    if case.rows == 0:
        return float("nan")
    return float(over(Weighed(case, weights(weight, case.rows)[np.newaxis, :]))[0])
