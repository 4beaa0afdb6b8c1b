"""Mixed columns as tree learners read them: numbers as they are, categories as stable whole numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from casestudies.errors import DataError
from casestudies.tabular.contract import NUMERIC
from casestudies.tabular.encode import finite, kinds_of
from casestudies.tabular.familiar import present, unfamiliar
from casestudies.tabular.levels import Levels
from casestudies.tabular.problems import Problem


class CategoryCodes(TransformerMixin, BaseEstimator):
    """A frame of float64 with one column a source column: trees need neither scaling nor one column a level.

    A category's code is the place of its level among the kept ones (numbers by size, else by text); levels beyond the
    200 most frequent share the next code. Missing cells are NaN, and so are levels training never saw unless it merged
    some. The codes do not depend on the order of rows.

    Parameters
    ----------
    kinds: {column: kind} as `Checked.kinds` gives it; None = from the dtypes of the training frame.

    Attributes
    ----------
    feature_names: the source columns in the order of training. categories: those of them that hold codes.
    """

    def __init__(self, kinds: Mapping[str, str] | None = None) -> None:
        self.kinds = kinds

    def fit(self, X: pd.DataFrame, y: object = None) -> Self:
        """Learn the levels. Raises a DataError when no column can be used."""
        kinds = dict(self.kinds) if self.kinds is not None else kinds_of(X)
        usable = [name for name in map(str, X.columns) if kinds.get(name) in NUMERIC or kinds.get(name) == "category"]
        if not usable:
            raise DataError("no column can be used as a feature", advice="check data.drop and the kinds of columns")
        self.plans_ = {name: Levels.of(X[name]) if kinds[name] == "category" else None for name in usable}
        self.complete_ = [name for name in usable if not X[name].isna().any()]
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """(rows, features) DataFrame of float64, with the index of `X`; columns are found by name.

        Raises
        ------
        DataError: a column of the training frame is missing (the nearest names are given), or holds infinities.
        """
        check_is_fitted(self, "plans_")
        present(self.plans_, X)
        out = {}
        for name, levels in self.plans_.items():
            out[name] = finite(X[name], name) if levels is None else _coded(levels, X[name])
        return pd.DataFrame(out, index=X.index)

    def unfamiliar(self, X: pd.DataFrame) -> list[Problem]:
        """What new rows hold that training did not: levels, missing cells, columns; each with its count."""
        check_is_fitted(self, "plans_")
        levels = {name: kept for name, kept in self.plans_.items() if kept is not None}
        return unfamiliar(X, list(self.plans_), levels, self.complete_)

    @property
    def feature_names(self) -> list[str]:
        return list(self.plans_)

    @property
    def columns(self) -> list[str]:
        """The source columns that are read."""
        return self.feature_names

    @property
    def origin(self) -> list[str]:
        """The source column of each, as `Encoder.origin`: itself."""
        return self.feature_names

    @property
    def categories(self) -> list[str]:
        return [name for name, levels in self.plans_.items() if levels is not None]

    def level_of(self, column: str, code: float) -> str:
        """The words for a code, for explanations: the level, "(other)" or "(missing)"."""
        levels = self.plans_[column]
        if levels is None:
            raise KeyError(f"{column} holds numbers, not codes")
        if np.isnan(code):
            return "(missing)"
        return levels.kept[int(code)] if code < len(levels.kept) else "(other)"

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        return np.asarray(self.feature_names, dtype=object)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `from_dict` gives equal codes back."""
        check_is_fitted(self, "plans_")
        return {
            "columns": [
                {"column": name, "levels": levels.to_dict() if levels else None, "complete": name in self.complete_}
                for name, levels in self.plans_.items()
            ]
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> CategoryCodes:
        codes = cls()
        entries = told["columns"]
        codes.plans_ = {e["column"]: Levels.from_dict(e["levels"]) if e["levels"] else None for e in entries}
        codes.complete_ = [e["column"] for e in entries if e["complete"]]
        return codes


def _coded(levels: Levels, values: pd.Series) -> np.ndarray:
    code = levels.codes(values).astype(np.float64)
    code[code < 0] = np.nan
    if not levels.merged:
        code[code == len(levels.kept)] = np.nan
    return code
