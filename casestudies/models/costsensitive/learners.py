"""A line, trees and steps, each taught by the same lesson."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd

from casestudies.models.boosting import BoostedTrees
from casestudies.models.costsensitive.lesson import Floats, Lesson
from casestudies.models.costsensitive.line import descended
from casestudies.models.linear import LogisticRegression
from casestudies.models.linear.solving import design_of, said
from casestudies.models.objectives import LossTrees, as_lightgbm
from casestudies.models.scorecard.asked import Binning, Wishes, kinds_asked
from casestudies.models.scorecard.fitted import Asked, Rows, summed
from casestudies.models.scorecard.steps import Steps, fit_steps
from casestudies.optim import Logistic, Objective, path
from casestudies.tabular.bins import Binned

Name = Literal["logistic", "lightgbm", "steps"]


class Fitted(Protocol):
    """A fitted learner: what it makes of new rows, (rows,) margins."""

    def decision_function(self, X: Any, /) -> Floats: ...


@dataclass(frozen=True, eq=False)
class Line:
    """coef: (features,) on the columns of a matrix; intercept: the margin at 0."""

    coef: Floats
    intercept: float

    def decision_function(self, X: Floats, /) -> Floats:
        return np.asarray(X @ self.coef + self.intercept)


@dataclass(frozen=True, eq=False)
class StepLine:
    """A margin for each bin of each column, and their sum.

    Parameters
    ----------
    bins: of the columns that are read. margin: (bins,) of each. intercept: what is added to their sum.
    """

    bins: tuple[Binned, ...]
    margin: tuple[Floats, ...]
    intercept: float

    def decision_function(self, X: pd.DataFrame, /) -> Floats:
        """(rows,) of a frame with the columns of training."""
        total = np.full(len(X), self.intercept)
        for bins, margin in zip(self.bins, self.margin, strict=True):
            total += margin[bins.codes(X)]
        return total


def line(X: Floats, lesson: Lesson, C: float) -> Line:
    """C: as in `LogisticRegression`."""
    first = LogisticRegression(C).fit(X, lesson.y, sample_weight=lesson.weight)
    if not lesson.beyond:
        return Line(first.coef_[0], float(first.intercept_[0]))
    start = np.append(first.coef_[0], first.intercept_)[:, None]
    found = descended(design_of(X, intercept=True), lesson, C, start)
    said(found)
    return Line(found.x[:-1, 0], float(found.x[-1, 0]))


def trees(X: Floats, lesson: Lesson, like: BoostedTrees) -> BoostedTrees | LossTrees:
    """like: the settings."""
    if lesson.beyond:
        return as_lightgbm(lesson.loss).grown_like(like, X, lesson.y, lesson.rows)
    return like.fit(X, lesson.y, sample_weight=lesson.weight)


def steps(
    X: pd.DataFrame, lesson: Lesson, C: float, most: int = 20, kinds: Mapping[str, str] | None = None
) -> StepLine:
    """Steps from bin to bin of all columns in one fit, bins of like margins become one.

    Parameters
    ----------
    C: inverse strength of the penalty on steps. most: bins of a column of numbers before the fit. kinds: by column.

    Raises
    ------
    DataError: infinities, or no column that can be used.
    """
    there = np.flatnonzero(lesson.weight > 0)
    frame, lesson = X.iloc[there], lesson.take(there)
    binning = Binning.of(frame, lesson.rows, Wishes(), kinds_asked(frame, kinds), most)
    asked = Asked("l2", (C,), "best", {}, frozenset(), frozenset())
    first = fit_steps(Rows(binning.bins, binning.codes, lesson.y, lesson.weight, None), asked)
    rows = Rows(first.bins, first.codes, lesson.y, lesson.weight, None)
    if not lesson.beyond:
        return _filled(rows, lesson.rows, first.margin, first.intercept)
    laid = Steps.of(rows, asked)
    design, penalty = laid.design(), laid.penalty(asked, np.array([C]))
    convex = path(Objective(design, lesson.y, Logistic(), penalty, lesson.weight))
    found = descended(design, lesson, C, np.ascontiguousarray(convex.whole))
    said(found)
    return _filled(rows, lesson.rows, laid.margin(found.x[:-1, 0]), float(found.x[-1, 0]))


def _filled(rows: Rows, weight: Floats, margin: Sequence[Floats], intercept: float) -> StepLine:
    """A bin that training never met has the margin of the mean row."""
    whole = []
    for place, table in enumerate(margin):
        held = summed(rows.codes[:, place], weight, len(table))
        mean = float(held @ np.nan_to_num(table) / held.sum())
        whole.append(np.where(np.isnan(table), mean, table))
    return StepLine(tuple(rows.bins), tuple(whole), intercept)
