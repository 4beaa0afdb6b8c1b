"""Money promised and money delivered, and what a calibration learnt anew would save."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from casestudies.decisions import Rule
from casestudies.decisions.deciders import SHARED
from casestudies.metrics import Interval
from casestudies.metrics.means import mean_intervals
from casestudies.metrics.sums import sum_intervals
from casestudies.models.calibration import Calibrator
from casestudies.tabular.split import make as make_split
from casestudies.workflow.evaluated.outcomes import Outcomes
from casestudies.workflow.settings import Interval as Coverage

FOLDS = 5
_EDGE = 1e-12


@dataclass(frozen=True)
class Money:
    """Cost a row.

    Parameters
    ----------
    judged: what the decisions cost at the run, on rows that nothing was chosen on.
    stated: what the frozen probabilities say of the new rows. delivered: what the decisions came to cost on them.
    against_stated: delivered minus stated, paired: both are of the same rows.
    against_judged: delivered minus judged, of two samples: the rows are different ones.
    rows: the new rows' weight, to turn a cost a row into a sum.
    """

    judged: Interval
    stated: Interval
    delivered: Interval
    against_stated: Interval
    against_judged: Interval
    rows: float


@dataclass(frozen=True, eq=False)
class Renewal:
    """The new rows calibrated and decided anew, each by a curve and a cut learnt on the other folds.

    Parameters
    ----------
    cost: (frozen, renewed) a row; None without money. saved: frozen minus renewed, paired; share: it by the frozen cost.
    log_loss: frozen minus renewed, paired: above 0, the new curve is better.
    acted: share acted on, frozen and renewed.
    """

    cost: tuple[float, float] | None
    saved: Interval | None
    share: Interval | None
    log_loss: Interval
    acted: tuple[float, float]


def money_of(then: Outcomes, now: Outcomes, against: Interval | None, interval: Coverage, seed: int) -> Money | None:
    """None where there is no money. against: the change of the cost a row, as `changes` found it."""
    if against is None:
        return None
    how = interval.model_dump()
    delivered, stated = now.cost, now.stated
    columns = np.column_stack([stated, delivered, delivered - stated])
    found = mean_intervals(columns, now.weight, groups=now.group, **how, seed=seed + 1)
    before = mean_intervals(then.cost[:, None], then.weight, groups=then.group, **how, seed=seed)[0]
    return Money(before, found[0], found[1], found[2], against, float(now.weight.sum()))


def renewal(now: Outcomes, rule: Rule, interval: Coverage, seed: int) -> Renewal:
    """What recalibrating on these rows would come to, judged on rows that the new curve has not seen.

    The curve is Platt's, a shift and a stretch of the log-odds: it needs few rows, and leaves the ranking as it is.

    Raises
    ------
    DataError: too few rows of an outcome, or too few groups, for five folds.
    """
    margins = logit(np.clip(now.p, _EDGE, 1.0 - _EDGE))
    p, act = np.empty(len(now)), np.zeros(len(now), dtype=bool)
    for train, test in _folds(now, seed):
        curve = Calibrator("sigmoid").fit(margins[train], now.y[train], now.weight[train])
        p[test] = curve.probability(margins[test])
        costs = None if now.costs is None else (now.costs.take(train), now.costs.take(test))
        held = curve.probability(margins[train])
        decider = rule.fit(now.y[train], held, None if costs is None else costs[0], now.weight[train])
        act[test] = decider.act(p[test], None if costs is None else costs[1])
    if rule.kind in SHARED:  # the limit is for all rows together, not for those of each fold
        act = rule.fit(now.y, p, now.costs, now.weight).act(p, now.costs)
    renewed = replace(now, p=p, act=act)
    how = {**interval.model_dump(), "groups": now.group, "seed": seed + 1}
    better = (_surprise(now) - _surprise(renewed))[:, None]
    log_loss = mean_intervals(better, now.weight, **how)[0]
    acted = tuple(float(np.average(one.act, weights=now.weight)) for one in (now, renewed))
    if now.costs is None:
        return Renewal(None, None, None, log_loss, (acted[0], acted[1]))
    saved = mean_intervals((now.cost - renewed.cost)[:, None], now.weight, **how)[0]
    cost = tuple(float(np.average(one.cost, weights=now.weight)) for one in (now, renewed))
    both = np.column_stack([now.cost - renewed.cost, now.cost])
    share = sum_intervals(both, lambda s: s[:, :1] / np.abs(s[:, 1:]), now.weight, **how)[0]
    return Renewal((cost[0], cost[1]), saved, share, log_loss, (acted[0], acted[1]))


def _folds(now: Outcomes, seed: int) -> tuple[tuple[NDArray[np.intp], NDArray[np.intp]], ...]:
    import pandas as pd

    group = None if now.group is None else pd.Series(now.group)
    return make_split("cv", now.y, group=group, folds=FOLDS, seed=seed).folds


def _surprise(rows: Outcomes) -> NDArray[np.float64]:
    """(rows,) log loss."""
    kept = np.clip(rows.p, 1e-15, 1 - 1e-15)
    return np.asarray(-np.log(np.where(rows.y > 0, kept, 1 - kept)))
