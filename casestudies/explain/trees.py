"""Boosted trees explained exactly, by the contributions the trees themselves give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from casestudies.explain.explanation import Explanation

if TYPE_CHECKING:
    from casestudies.models.boosting import BoostedTrees
    from casestudies.models.objectives import LossTrees


def explain_trees(model: BoostedTrees | LossTrees, X: ArrayLike, names: Sequence[str]) -> Explanation:
    """SHAP values of boosted trees, exact for the trees: `BoostedTrees.contributions` under display names.

    Parameters
    ----------
    X: (rows, features) the rows to explain, as the model sees them; gaps are NaN.
    names: one per column.
    """
    values, base = model.contributions(X)
    return Explanation(values, base, tuple(names), "tree SHAP, exact, path-dependent")
