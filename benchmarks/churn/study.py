"""The churn study's default pipeline, on rows and folds that are given."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from benchmarks.credit.data import Loans

if TYPE_CHECKING:
    from casestudies.decisions import Costs
    from casestudies.workflow.compare import Comparison


def pipeline(
    given: Loans, costs: Costs, folds: np.ndarray, decide: Mapping[str, Any] = MappingProxyType({})
) -> Comparison:
    """Its own candidates, compared by its own function: every row is judged by models that have not seen it.

    `nested` of what comes back are the answers of the champions, each chosen inside its training part. decide: as in a
    config.
    """
    from casestudies.churn.config import ChurnSettings
    from casestudies.decisions import Rule
    from casestudies.tabular.split import Split
    from casestudies.workflow.compare import Plan, Sample, compare
    from casestudies.workflow.models import recipes_of

    settings = ChurnSettings.model_validate({"decide": dict(decide)})
    model, rule = settings.model, settings.decide
    asked = Rule.parse(rule.rule, rule.cut, rule.budget, rule.capacity)
    plan = Plan(asked, model.calibrate, settings.split.folds, settings.seed, model.champion)
    sample = Sample(given.X, given.y.astype(np.float64), np.ones(len(given.y)), costs)
    parts = [(np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)) for fold in np.unique(folds)]
    every = np.arange(len(given.y))
    split = Split("given", "the folds that everybody is given", every, every[:0], tuple(parts), out_of_fold=True)
    return compare(recipes_of(settings, kinds(given.X)), sample, split, plan, lambda done, said: None)


def kinds(X: pd.DataFrame) -> dict[str, str]:
    """What each column is, as the study names it."""
    return {str(name): "number" if pd.api.types.is_numeric_dtype(X[name]) else "category" for name in X}
