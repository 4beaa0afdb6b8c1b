"""A table model explained on the analyst's own columns."""

from __future__ import annotations

import numpy as np
import pandas as pd

from casestudies.explain.card import explain_card
from casestudies.explain.explanation import Explanation
from casestudies.explain.made import explain_made
from casestudies.explain.trees import explain_trees
from casestudies.models.boosting import BoostedTrees
from casestudies.models.linear import LogisticRegression
from casestudies.models.table import TableModel
from casestudies.tabular.engineer import FeatureEncoder


def explain_table(model: TableModel, frame: pd.DataFrame) -> Explanation:
    """Exact SHAP values of the model's log-odds, encoded columns summed back to the columns they were made from.

    Calibration only bends the scale on which the sum is read, in the same direction for every row, so the log-odds
    before it are what is explained.
    """
    X = model.matrix(frame)
    if model.card is not None:
        return explain_card(model.card, X.astype(np.intp))
    if isinstance(model.encoder, FeatureEncoder):
        linear: LogisticRegression = model.estimator  # type: ignore[assignment]
        coef, intercept = linear.coef_[0], float(linear.intercept_[0])
        return explain_made(model.encoder, coef, intercept, X, model.centre)  # type: ignore[arg-type]
    trees: BoostedTrees = model.estimator  # type: ignore[assignment]
    return explain_trees(trees, X, model.encoder.feature_names)
