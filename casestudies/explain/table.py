"""A table model explained on the analyst's own columns."""

from __future__ import annotations

import pandas as pd

from casestudies.explain.card import explain_card
from casestudies.explain.explanation import Explanation
from casestudies.explain.linear import explain_linear
from casestudies.explain.trees import explain_trees
from casestudies.models.boosting import BoostedTrees
from casestudies.models.carded import CardBins
from casestudies.models.linear import LogisticRegression
from casestudies.models.table import TableModel


def explain_table(model: TableModel, frame: pd.DataFrame) -> Explanation:
    """Exact SHAP values of the model's log-odds, encoded columns summed back to the columns they were made from.

    Calibration only bends the scale on which the sum is read, in the same direction for every row, so the log-odds
    before it are what is explained.
    """
    if isinstance(model.encoder, CardBins):
        return explain_card(model.encoder.card, model.encoder.transform(frame))
    X = model.matrix(frame)
    if isinstance(model.estimator, BoostedTrees):
        explained = explain_trees(model.estimator, X, model.encoder.feature_names)
    else:
        linear: LogisticRegression = model.estimator  # type: ignore[assignment]
        coef, intercept = linear.coef_[0], float(linear.intercept_[0])
        explained = explain_linear(coef, intercept, X, model.centre, model.encoder.feature_names)  # type: ignore[arg-type]
    return explained.grouped(model.encoder.origin)
