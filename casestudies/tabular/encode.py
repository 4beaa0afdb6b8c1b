"""Mixed columns to the dense matrix a linear model or a network reads, and back from JSON without a pickle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from casestudies.errors import DataError, shown
from casestudies.tabular.familiar import present, unfamiliar
from casestudies.tabular.levels import Levels
from casestudies.tabular.plans import Indicators, Numbers
from casestudies.tabular.problems import Problem
from casestudies.tabular.rates import Rates

_RARE_ROWS, _RARE_SHARE = 10, 0.005  # a level needs both to have a column of its own
_CATEGORY, _FLAG = "category", "flag"
_OBJECT_NUMBERS = ("integer", "floating", "mixed-integer-float", "decimal")  # as pandas calls cells of Python objects


class Encoder(TransformerMixin, BaseEstimator):
    """One dense float64 matrix from numbers, flags and categories; dates, texts and identifiers are left aside.

    Everything is learnt on training rows. The same cells give the same matrix whatever the order of rows or columns
    and whatever dtype a category has, and an encoder read back from JSON gives the same bits.
    `tabular.engineer.FeatureEncoder` adds columns made of these.

    Parameters
    ----------
    kinds: {column: kind} as `Checked.kinds` gives it; None = from the dtypes of the training frame.
    log: take signed log1p of numbers whose training skewness is above 2 and becomes smaller by it.

    Attributes
    ----------
    columns: the source columns that are read.
    feature_names: names of the matrix's columns, each once: "age", "age is missing", "purpose = car".
    origin: the source column of each.
    notes: what was decided from the training rows, a sentence each.
    """

    def __init__(self, kinds: Mapping[str, str] | None = None, *, log: bool = False) -> None:
        self.kinds = kinds
        self.log = log

    def fit(self, X: pd.DataFrame, y: object = None) -> Self:
        """Learn medians, scales and levels.

        Raises
        ------
        DataError: no usable column, or numbers that are not finite (column, count and first row are given).
        """
        kinds = dict(self.kinds) if self.kinds is not None else kinds_of(X)
        least = rare_rows(len(X))
        self.plans_: dict[str, Numbers | Indicators | Rates] = {}
        for name in map(str, X.columns):
            kind = kinds.get(name)
            if kind == _CATEGORY:
                self.plans_[name] = Indicators(Levels.of(X[name], least=least), bool(X[name].isna().any()))
            elif kind in ("number", "money", "whole", _FLAG):
                self.plans_[name] = Numbers.of(finite(X[name], name), flag=kind == _FLAG, log=self.log)
        if not self.plans_:
            raise DataError("no column can be used as a feature", advice="check data.drop and the kinds of columns")
        return self

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """(rows, features) float64. Columns are found by name; further ones are ignored (`unfamiliar` says which).

        Raises
        ------
        DataError: a column of the training frame is missing (the nearest names are given), or holds infinities.
        """
        check_is_fitted(self, "plans_")
        present(self.plans_, X)
        out = np.empty((len(X), sum(len(plan.names(name)) for name, plan in self.plans_.items())))
        for name, place in self._places().items():
            plan = self.plans_[name]
            if isinstance(plan, Numbers):
                finite(X[name], name)
            plan.write(X[name], out[:, place])
        return out

    def unfamiliar(self, X: pd.DataFrame) -> list[Problem]:
        """What new rows hold that training did not: levels, missing cells, columns; each with its count."""
        check_is_fitted(self, "plans_")
        levels = {name: plan.levels for name, plan in self.plans_.items() if not isinstance(plan, Numbers)}
        complete = [name for name, plan in self.plans_.items() if not plan.missing]
        return unfamiliar(X, list(self.plans_), levels, complete)

    @property
    def columns(self) -> list[str]:
        return list(self.plans_)

    @property
    def feature_names(self) -> list[str]:
        return distinct(name for column, plan in self.plans_.items() for name in plan.names(column))

    @property
    def origin(self) -> list[str]:
        return [column for column, plan in self.plans_.items() for _ in plan.names(column)]

    @property
    def notes(self) -> list[str]:
        logged = [name for name, plan in self.plans_.items() if isinstance(plan, Numbers) and plan.log]
        merged = [n for n, plan in self.plans_.items() if not isinstance(plan, Numbers) and plan.levels.merged]
        said = []
        if logged:
            said.append("the logarithm is taken of heavy-tailed columns: " + ", ".join(logged))
        if merged:
            said.append("rare levels are merged into 'other' in: " + ", ".join(merged))
        return said

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        return np.asarray(self.feature_names, dtype=object)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; Python writes floats so that they read back exactly."""
        check_is_fitted(self, "plans_")
        return {
            "log": self.log,
            "columns": [{"column": name, **plan.to_dict()} for name, plan in self.plans_.items()],
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        encoder = cls(log=told["log"])
        encoder.plans_ = {entry["column"]: _plan(entry) for entry in told["columns"]}
        return encoder

    def _places(self) -> dict[str, slice]:
        """Which columns of the matrix each source column has."""
        places, start = {}, 0
        for name, plan in self.plans_.items():
            width = len(plan.names(name))
            places[name] = slice(start, start + width)
            start += width
        return places


def _plan(entry: Mapping[str, Any]) -> Numbers | Indicators | Rates:
    if "numbers" in entry:
        return Numbers.from_dict(entry)
    return Rates.from_dict(entry) if "rates" in entry else Indicators.from_dict(entry)


def rare_rows(rows: int) -> int:
    """Rows below which a level has no column of its own."""
    return max(_RARE_ROWS, int(np.ceil(_RARE_SHARE * rows)))


def distinct(names: Iterable[str]) -> list[str]:
    """Names, each once: a column may itself be named "age is missing"."""
    used: dict[str, None] = {}
    for name in names:
        while name in used:
            name += "'"
        used[name] = None
    return list(used)


def kinds_of(X: pd.DataFrame) -> dict[str, str]:
    """Kinds by dtype, for frames that were not checked: bool is a flag, text and categories are categories.

    Columns of Python objects are what their cells are. Dates, periods, spans of time and complex numbers are left out.
    """
    kinds: dict[str, str] = {}
    for name, column in X.items():
        if (kind := _kind_of(column)) is not None:
            kinds[str(name)] = kind
    return kinds


def _kind_of(column: pd.Series) -> str | None:
    types = pd.api.types
    if types.is_bool_dtype(column):
        return _FLAG
    if types.is_object_dtype(column):
        cells = types.infer_dtype(column, skipna=True)
        return _FLAG if cells == "boolean" else "number" if cells in _OBJECT_NUMBERS else _CATEGORY
    if types.is_complex_dtype(column):
        return None
    if types.is_numeric_dtype(column):
        return "number"
    timed = isinstance(column.dtype, pd.PeriodDtype) or types.is_timedelta64_dtype(column)
    return None if timed or types.is_datetime64_any_dtype(column) else _CATEGORY


def finite(values: pd.Series, name: str) -> np.ndarray:
    """(rows,) float64 with NaN for missing; DataError on infinities, and on cells that are no numbers."""
    dtype = values.dtype
    try:
        if isinstance(dtype, np.dtype) and dtype.kind in "fiub":  # 10 times faster without a look for gaps
            number = values.to_numpy(dtype=np.float64)
        elif isinstance(dtype, np.dtype) and dtype.kind in "mMc":
            raise TypeError("dates or complex numbers")
        else:
            number = values.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        what = f"holds cells that are no numbers ({shown(error, 60)})"
        raise DataError(what, where=f"column {name}", advice="bring numbers, as in training") from None
    wrong = np.isinf(number)
    if wrong.any():
        first = int(np.argmax(wrong))
        what = f"holds {wrong.sum()} numbers that are not finite, first {shown(number[first])}"
        raise DataError(what, where=f"row {first + 1}, column {name}", advice="correct them, or leave them empty")
    return number
