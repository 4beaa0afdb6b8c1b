"""What was decided and what came of it: the rows that a verdict compares, at the run and now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from casestudies.decisions import Costs
from casestudies.metrics import Answers, Bootstrap, Interval, bootstrap
from casestudies.metrics.calibration import calibration_curve
from casestudies.metrics.calibration_line import calibration_line
from casestudies.metrics.intervals import percentile
from casestudies.metrics.metric import Metric
from casestudies.workflow.compare import Judged, Sample
from casestudies.workflow.evaluated.verdict import Line
from casestudies.workflow.settings import Interval as Coverage

Floats = NDArray[np.float64]
MODEL = "model"
_FIGURES = (
    "auc",
    "ap",
    "log_loss",
    "brier",
    "ece",
    "expected_cost",
    "savings",
    "precision",
    "sensitivity",
    "specificity",
)


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Rows with the frozen model's probability and decision, and their outcome.

    Parameters
    ----------
    y: (rows,) 0/1. p: (rows,) probability of the event. act: (rows,) bool. weight: (rows,). costs: None without money.
    group: (rows,) labels of what must not be split apart in resampling; None: rows are independent.
    """

    y: Floats
    p: Floats
    act: NDArray[np.bool_]
    weight: Floats
    costs: Costs | None = None
    group: NDArray[Any] | None = None

    @classmethod
    def of(cls, sample: Sample, judged: Judged) -> Self:
        """Of a model that states probabilities."""
        if judged.p is None:
            raise ValueError("the decisions come without probabilities")
        group = None if sample.group is None else sample.group.astype(str).to_numpy()
        return cls(sample.y, judged.p, judged.act, sample.weight, sample.costs, group)

    def __len__(self) -> int:
        return len(self.y)

    @property
    def cost(self) -> Floats:
        """(rows,) what each decision came to cost. Raises ValueError without costs."""
        if self.costs is None:
            raise ValueError("there are no costs")
        return np.asarray(self.costs.base(self.y) + self.costs.slope(self.y) * self.act)

    @property
    def stated(self) -> Floats:
        """(rows,) what each decision costs by the stated probability. Raises ValueError without costs."""
        if self.costs is None:
            raise ValueError("there are no costs")
        return self.costs.expected(self.p, self.act)

    def drawn(self, interval: Coverage, seed: int) -> Bootstrap:
        """The figures that are compared, with their draws."""
        money = self.costs is not None
        names = [name for name in _FIGURES if money or name not in ("expected_cost", "savings")]
        answers = {MODEL: Answers(self.p, self.act)}
        return bootstrap(
            self.y,
            answers,
            costs=self.costs,
            weight=self.weight,
            groups=self.group,
            metrics=names,
            rounds=interval.rounds,
            level=interval.level,
            seed=seed,
        )

    def line(self, level: float) -> Line:
        """Slope and level of what came true on what was stated."""
        found = calibration_line(self.y, self.p, self.weight, level, groups=self.group)
        return Line(found.slope, found.level)

    def curve(self) -> dict[str, list[float]]:
        """Stated and observed shares in bins, for the picture."""
        found = calibration_curve(self.y, self.p, self.weight)
        return {
            "predicted": found.predicted.tolist(),
            "observed": found.observed.tolist(),
            "low": found.low.tolist(),
            "high": found.high.tolist(),
            "rows": found.rows.tolist(),
        }


@dataclass(frozen=True)
class Change:
    """One figure then and now; difference: now minus then, of two samples of different rows."""

    metric: Metric
    then: Interval
    now: Interval
    difference: Interval


def changes(then: Outcomes, now: Outcomes, interval: Coverage, seed: int) -> list[Change]:
    """Every figure that both have, each with the interval of its change.

    The rows are different ones, so each side is resampled by itself and the draws are subtracted: the interval of a difference of
    two independent samples.
    """
    sides = [one.drawn(interval, seed + number) for number, one in enumerate((then, now))]
    out = []
    for name, metric in sides[0].metrics.items():
        if name not in sides[1].metrics:
            continue
        before, after = (side.intervals[MODEL][name] for side in sides)
        draws = sides[1].draws[MODEL][name] - sides[0].draws[MODEL][name]
        value = after.value - before.value
        out.append(Change(metric, before, after, percentile(value, draws, interval.level, metric.undefined)))
    return out
