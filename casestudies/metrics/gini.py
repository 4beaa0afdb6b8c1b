"""Gini coefficient: the AUC on the scale credit departments use."""

from __future__ import annotations

from numpy.typing import ArrayLike

from casestudies.metrics.auc import area
from casestudies.metrics.cases import Array
from casestudies.metrics.metric import Metric, single
from casestudies.metrics.weighed import Weighed


def gini(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None) -> float:
    """2 * AUC - 1: 0 = chance, 1 = a perfect ranking (the accuracy ratio of credit scoring).

    Parameters and undefined cases as for `auc`.
    """
    return single(_gini, y, weight, p=p)


def _gini(seen: Weighed) -> Array:
    return 2.0 * area(seen) - 1.0


GINI = Metric(
    name="gini",
    function=gini,
    over=_gini,
    needs=frozenset({"p"}),
    unit="",
    higher_is_better=True,
    meaning="2 * AUC - 1, the accuracy ratio of credit scoring; 0 is chance, 1 a perfect ranking.",
    undefined="the rows hold one class only",
)
