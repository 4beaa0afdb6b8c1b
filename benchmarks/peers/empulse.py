"""empulse: logistic regression and boosting trained on money, and a threshold of each row's own around LightGBM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from empulse.models import CSBoostClassifier, CSLogitClassifier, CSThresholdClassifier
from lightgbm import LGBMClassifier
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchmarks.peers.folded import Money, categories, main

_TREES = {"n_estimators": 150, "num_leaves": 15, "learning_rate": 0.05, "n_jobs": 1, "verbosity": -1}


class Empulse:
    """`model`: logit, boost, boost-lightgbm or threshold; further options are empulse's own.

    The learners trained on money decide as their papers do, at one half of what they return; with `tuned` at the cut that
    costs least on so many inner folds.
    """

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options = dict(options)
        self.kind, self.inner, self.cut = self.options.pop("model"), self.options.pop("tuned", 0), 0.5
        self.trees = self.kind in ("threshold", "boost-lightgbm")
        self.told: dict[str, float] = {}

    def fit(self, X: pd.DataFrame, y: np.ndarray, money: Money) -> None:
        text = categories(X)
        if self.trees:  # the table that our own LightGBM sees
            self.levels = {name: X[name].dropna().unique() for name in text}
            rows = self._typed(X)
        else:
            numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
            levels = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=30, sparse_output=False)
            names = [name for name in X if name not in text]
            self.prepare = ColumnTransformer([("numbers", numbers, names), ("levels", levels, text)])
            rows = np.ascontiguousarray(self.prepare.fit_transform(X), dtype=np.float64)
        places = [place for place, name in enumerate(X) if name in text]
        if self.inner:
            self.cut = self._tuned(rows, y, money, places)
        self.model = self._model(places)
        self.model.fit(rows, y, **({} if self.kind == "threshold" else _costs(money)))

    def score(self, X: pd.DataFrame) -> np.ndarray:
        return self.model.predict_proba(self._rows(X))[:, 1]

    def act(self, X: pd.DataFrame, money: Money) -> np.ndarray:
        if self.inner:
            return self.score(X) > self.cut
        costs = _costs(money) if self.kind == "threshold" else {}
        return np.asarray(self.model.predict(self._rows(X), **costs)) == 1

    def _tuned(self, rows: np.ndarray, y: np.ndarray, money: Money, places: list[int]) -> float:
        """The cut of least cost on scores of models that have not seen the row."""
        p = np.empty(len(y))
        for train, held in StratifiedKFold(self.inner, shuffle=True, random_state=1).split(rows, y):
            model = self._model(places).fit(rows[train], y[train], **_costs(money.take(train)))
            p[held] = model.predict_proba(rows[held])[:, 1]
        order = np.argsort(-p)
        extra = np.cumsum(np.where(y == 1, money.tp - money.fn, money.fp - money.tn)[order])
        last = int(np.argmin(extra))
        return float(p[order[last]] + p[order[min(last + 1, len(p) - 1)]]) / 2

    def _model(self, places: list[int]) -> Any:
        class Trees(LGBMClassifier):
            """empulse takes numbers only and does not pass on which of them are levels."""

            def fit(self, X: np.ndarray, y: np.ndarray, **more: Any) -> Trees:
                return super().fit(X, y, categorical_feature=places, **more)

        trees = Trees(**_TREES, random_state=0)
        makers = {
            "logit": lambda: CSLogitClassifier(**self.options),
            "boost": lambda: CSBoostClassifier(**self.options),
            "boost-lightgbm": lambda: CSBoostClassifier(trees),
            "threshold": lambda: CSThresholdClassifier(trees, random_state=0, **self.options),
        }
        return makers[self.kind]()

    def _rows(self, X: pd.DataFrame) -> np.ndarray:
        return self._typed(X) if self.trees else np.asarray(self.prepare.transform(X), dtype=np.float64)

    def _typed(self, X: pd.DataFrame) -> np.ndarray:
        """Levels as numbers of their own, as empulse takes arrays only."""
        columns = [
            pd.Categorical(X[name], self.levels[name]).codes.astype(float) if name in self.levels else X[name]
            for name in X
        ]
        return np.column_stack(columns).astype(np.float64)


def _costs(money: Money) -> dict[str, np.ndarray]:
    return {"fn_cost": money.fn, "fp_cost": money.fp, "tp_cost": money.tp, "tn_cost": money.tn}


if __name__ == "__main__":
    main(Empulse, ("empulse", "lightgbm", "xgboost", "scikit-learn", "numpy"))
