"""A table model explained on the analyst's own columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.explain.card import explain_card
from casestudies.explain.explanation import Explanation
from casestudies.explain.made import explain_made
from casestudies.explain.trees import explain_trees
from casestudies.models.boosting import BoostedTrees
from casestudies.models.linear import LogisticRegression
from casestudies.models.mean import MeanModel
from casestudies.models.objectives import LossTrees
from casestudies.models.table import TableModel
from casestudies.tabular.engineer import FeatureEncoder

Floats = NDArray[np.float64]

AT_STAKE = "log-odds that acting pays, weighed by what is at stake"


def explain_table(model: TableModel | MeanModel, frame: pd.DataFrame) -> Explanation:
    """Exact SHAP values of the model's log-odds, encoded columns summed back to the columns they were made from.

    Calibration only bends the scale on which the sum is read, in the same direction for every row, so the log-odds
    before it are what is explained. A model that was taught what is at stake has a scale of its own (`AT_STAKE`).
    """
    if isinstance(model, MeanModel):
        return _mean([explain_table(part, frame) for part in model.parts])
    explained = _explained(model, model.matrix(frame))
    return replace(explained, scale=AT_STAKE) if model.decides else explained


def _explained(model: TableModel, X: Floats) -> Explanation:
    if model.card is not None:
        return explain_card(model.card, X.astype(np.intp))
    if isinstance(model.encoder, FeatureEncoder):
        linear: LogisticRegression = model.estimator  # type: ignore[assignment]
        coef, intercept = linear.coef_[0], float(linear.intercept_[0])
        return explain_made(model.encoder, coef, intercept, X, model.centre)  # type: ignore[arg-type]
    trees: BoostedTrees | LossTrees = model.estimator  # type: ignore[assignment]
    return explain_trees(trees, X, model.encoder.feature_names)


def _mean(parts: Sequence[Explanation]) -> Explanation:
    """The mean of explanations of one score's parts: exact where they are, since log-odds are averaged too."""
    names = tuple(dict.fromkeys(name for part in parts for name in part.names))
    values = np.zeros((len(parts[0].values), len(names)))
    for part in parts:
        values[:, [names.index(name) for name in part.names]] += part.values / len(parts)
    base = np.mean(np.array([part.base for part in parts], dtype=np.float64), axis=0)
    kinds = list(dict.fromkeys(part.method for part in parts))
    method = kinds[0] if len(kinds) == 1 else f"the mean of {len(kinds)} kinds: {'; '.join(kinds)}"
    return Explanation(values, float(base) if base.ndim == 0 else base, names, method, parts[0].scale)
