"""Mixed columns to the dense matrix a linear model or a network reads, and back from JSON without a pickle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from casestudies.errors import DataError, shown
from casestudies.tabular.familiar import present, unfamiliar
from casestudies.tabular.levels import Levels
from casestudies.tabular.problems import Problem

_RARE_ROWS, _RARE_SHARE = 10, 0.005  # a level needs both to have a column of its own
_HEAVY = 2.0  # skewness above which a column is taken for heavy-tailed
_CATEGORY, _FLAG = "category", "flag"


@dataclass(frozen=True)
class Numbers:
    """How one column of numbers is encoded: (log1p of) the value with its median for missing, centred and scaled.

    `missing`: a column "is missing" follows, because training had missing cells.
    """

    median: float
    centre: float
    scale: float
    log: bool
    missing: bool

    @classmethod
    def of(cls, values: np.ndarray, *, flag: bool, log: bool) -> Numbers:
        held = values[~np.isnan(values)]
        logged = log and not flag and _is_heavy(held)
        if logged:
            held = _signed_log(held)
        median = float(np.median(held)) if held.size else 0.0
        filled = np.where(np.isnan(values), median, _signed_log(values) if logged else values)
        if flag or not held.size:
            return cls(median, 0.0, 1.0, False, held.size < values.size)
        scale = float(np.std(filled))
        return cls(median, float(np.mean(filled)), scale if scale > 0 else 1.0, logged, held.size < values.size)

    def names(self, column: str) -> list[str]:
        return [column, f"{column} is missing"] if self.missing else [column]

    def write(self, values: pd.Series, out: np.ndarray) -> None:
        """Fill `out` (rows, len(names))."""
        number = values.to_numpy(dtype=np.float64, na_value=np.nan)
        gap = np.isnan(number)
        out[:, 0] = (np.where(gap, self.median, _signed_log(number) if self.log else number) - self.centre) / self.scale
        if self.missing:
            out[:, 1] = gap


@dataclass(frozen=True)
class Indicators:
    """How one category is encoded: a 0/1 column a kept level, then "other" (rare ones and new ones) and "missing".

    "other" and "missing" are there only where training had such rows: a column of zeros would have no coefficient.
    Without them, such a cell is a row of zeros.
    """

    levels: Levels
    missing: bool

    def names(self, column: str) -> list[str]:
        tail = [f"{column} = (other)"] * self.levels.merged + [f"{column} is missing"] * self.missing
        return [f"{column} = {level}" for level in self.levels.kept] + tail

    def write(self, values: pd.Series, out: np.ndarray) -> None:
        """Fill `out` (rows, len(names))."""
        codes = self.levels.codes(values)
        kept = len(self.levels.kept)
        at = np.where(codes < 0, kept + self.levels.merged if self.missing else -1, codes)
        at[(codes == kept) & (not self.levels.merged)] = -1
        out[:] = 0.0
        rows = np.flatnonzero(at >= 0)
        out[rows, at[rows]] = 1.0


class Encoder(TransformerMixin, BaseEstimator):
    """One dense float64 matrix from numbers, flags and categories; dates, texts and identifiers are left aside.

    Everything is learnt on training rows. The same cells give the same matrix whatever the order of rows or columns
    and whatever dtype a category has, and an encoder read back from JSON gives the same bits.

    Parameters
    ----------
    kinds: {column: kind} as `Checked.kinds` gives it; None = from the dtypes of the training frame.
    log: take signed log1p of numbers whose training skewness is above 2 and becomes smaller by it.

    Attributes
    ----------
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
        least = max(_RARE_ROWS, int(np.ceil(_RARE_SHARE * len(X))))
        self.plans_: dict[str, Numbers | Indicators] = {}
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
        widths = [len(plan.names(name)) for name, plan in self.plans_.items()]
        out = np.empty((len(X), sum(widths)))
        start = 0
        for (name, plan), width in zip(self.plans_.items(), widths, strict=True):
            if isinstance(plan, Numbers):
                finite(X[name], name)
            plan.write(X[name], out[:, start : start + width])
            start += width
        return out

    def unfamiliar(self, X: pd.DataFrame) -> list[Problem]:
        """What new rows hold that training did not: levels, missing cells, columns; each with its count."""
        check_is_fitted(self, "plans_")
        levels = {name: plan.levels for name, plan in self.plans_.items() if isinstance(plan, Indicators)}
        complete = [name for name, plan in self.plans_.items() if not plan.missing]
        return unfamiliar(X, list(self.plans_), levels, complete)

    @property
    def feature_names(self) -> list[str]:
        names: list[str] = []
        used: set[str] = set()
        for column, plan in self.plans_.items():
            for name in plan.names(column):
                while name in used:  # a column may be named "age is missing"
                    name += "'"
                used.add(name)
                names.append(name)
        return names

    @property
    def origin(self) -> list[str]:
        return [column for column, plan in self.plans_.items() for _ in plan.names(column)]

    @property
    def notes(self) -> list[str]:
        logged = [name for name, plan in self.plans_.items() if isinstance(plan, Numbers) and plan.log]
        merged = [n for n, plan in self.plans_.items() if isinstance(plan, Indicators) and plan.levels.merged]
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
        columns: list[dict[str, Any]] = []
        for name, plan in self.plans_.items():
            if isinstance(plan, Numbers):
                columns.append({"column": name, "numbers": asdict(plan)})
            else:
                columns.append({"column": name, "levels": plan.levels.to_dict(), "missing": plan.missing})
        return {"log": self.log, "columns": columns}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Encoder:
        encoder = cls(log=told["log"])
        encoder.plans_ = {}
        for entry in told["columns"]:
            if "numbers" in entry:
                encoder.plans_[entry["column"]] = Numbers(**entry["numbers"])
            else:
                encoder.plans_[entry["column"]] = Indicators(Levels.from_dict(entry["levels"]), entry["missing"])
        return encoder


def kinds_of(X: pd.DataFrame) -> dict[str, str]:
    """Kinds by dtype alone, for frames that were not checked: bool is a flag, text and categories are categories."""
    types = pd.api.types
    kinds: dict[str, str] = {}
    for name, column in X.items():
        if types.is_bool_dtype(column):
            kinds[str(name)] = _FLAG
        elif types.is_numeric_dtype(column):
            kinds[str(name)] = "number"
        elif not types.is_datetime64_any_dtype(column):
            kinds[str(name)] = _CATEGORY
    return kinds


def finite(values: pd.Series, name: str) -> np.ndarray:
    """(rows,) float64 with NaN for missing; DataError on infinities."""
    number = values.to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = np.isinf(number)
    if wrong.any():
        first = int(np.argmax(wrong))
        what = f"holds {wrong.sum()} numbers that are not finite, first {shown(number[first])}"
        raise DataError(what, where=f"row {first + 1}, column {name}", advice="correct them, or leave them empty")
    return number


def _signed_log(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))


def _is_heavy(held: np.ndarray) -> bool:
    before = abs(_skewness(held))
    return before > _HEAVY and abs(_skewness(_signed_log(held))) < before


def _skewness(held: np.ndarray) -> float:
    apart = held - held.mean() if held.size else held
    spread = float(np.std(apart)) if held.size else 0.0
    return float(np.mean((apart / spread) ** 3)) if spread > 0 else 0.0
