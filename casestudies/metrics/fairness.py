"""How far the same decision falls differently on groups of people, and how sure that is.

Nothing here changes a decision, and no threshold is set by group: the figures are a question to be asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from casestudies.errors import ConfigError
from casestudies.metrics.bootstrap import resamples
from casestudies.metrics.cases import Array, Case, RowCosts, weights
from casestudies.metrics.groups import FEW, FEW_CASES, GroupRow, group_table, labels_of, spent
from casestudies.metrics.intervals import Interval, percentile
from casestudies.metrics.weighed import ratio
from casestudies.rows import vector

RATES = ("rest_rate", "act_rate", "sensitivity", "false_alarms")  # shares: these have a ratio too
_UNDEFINED = "a group has no such row, or nothing to divide by"
_ALONE = "fewer than two groups have enough rows"


@dataclass(frozen=True)
class Gap:
    """One group beside the largest.

    Parameters
    ----------
    group: its label.
    difference: this group minus the largest: rest_rate (share not acted on), act_rate, sensitivity, false_alarms,
        calibration, and where given cost and score.
    ratio: this group's share over the largest group's, of RATES.
    """

    group: str
    difference: Mapping[str, Interval]
    ratio: Mapping[str, Interval]


@dataclass(frozen=True)
class Fairness:
    """What one protected column shows.

    Parameters
    ----------
    groups: the table, sorted by label, the groups with too few rows among them.
    reference: the group of the greatest weight.
    gaps: the others that have enough rows, against it.
    parity_difference: greatest minus least share not acted on (demographic parity difference).
    parity_ratio: least over greatest share not acted on; act_ratio: of the share acted on.
    odds_difference: the larger of the spreads of sensitivity and of false alarms (equalised odds difference).

    A spread over groups is never below 0, so resamples can only widen it: its interval says how large the spread may
    be. Whether there is one at all is said by the gaps.
    """

    groups: tuple[GroupRow, ...]
    reference: str
    gaps: tuple[Gap, ...]
    parity_difference: Interval
    parity_ratio: Interval
    act_ratio: Interval
    odds_difference: Interval


def fairness(
    y: ArrayLike,
    p: ArrayLike,
    act: ArrayLike,
    groups: ArrayLike,
    costs: RowCosts | None = None,
    weight: ArrayLike | None = None,
    *,
    score: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    rounds: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Fairness:
    """The group table with differences and ratios against the largest group, each with a bootstrap interval.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event. p: (rows,) its probability. act: (rows,) bool, True = act on the row.
    groups: (rows,) labels; rows without one are a group of their own, "missing".
    costs: of the same rows. weight: (rows,) row weights, default ones.
    score: (rows,) a score on another scale, e.g. a card's points.
    clusters: (rows,) labels of what is resampled whole (customer, card).

    Raises
    ------
    DataError: arrays of unequal length or with values that cannot be used. ConfigError: rounds below 1.

    Source: Hardt, Price and Srebro 2016, "Equality of opportunity in supervised learning", section 2; the names of the
    summaries are fairlearn's.
    """
    if rounds < 1:
        raise ConfigError(f"{rounds} is not a number of rounds", where="interval.rounds", advice="write 1000")
    table = group_table(y, p, act, groups, costs, weight, score=score, rounds=rounds, level=level, seed=seed)
    case = Case.of(y, p, act, costs)
    labels, w = labels_of(groups, case.rows), weights(weight, case.rows)
    held = [row for row in table if row.rows >= FEW]
    mass = {row.group: float(w[labels == row.group].sum()) for row in (held or table)}
    reference = max(mass, key=mass.__getitem__)
    if len(held) < 2:
        nan = Interval(float("nan"), float("nan"), float("nan"), reason=f"not defined, because {_ALONE}")
        return Fairness(tuple(table), reference, (), nan, nan, nan, nan)
    sums = _Sums.of(case, held, labels, w, score)
    value = sums.rates(np.ones((1, case.rows)))
    own = None if clusters is None else np.asarray(clusters)[sums.order]
    parts = [sums.rates(chunk) for chunk in resamples(case.rows, rounds, seed, own)]
    draws = {name: np.concatenate([part[name] for part in parts]) for name in value}

    def interval(of: Array, drawn: Array) -> Interval:
        return percentile(float(of[0]), drawn, level, _UNDEFINED)

    base = [row.group for row in held].index(reference)
    gaps = []
    for at, row in enumerate(held):
        if at != base:
            difference = {
                name: interval(v[:, at] - v[:, base], draws[name][:, at] - draws[name][:, base])
                for name, v in value.items()
            }
            ratios = {
                name: interval(
                    ratio(value[name][:, at], value[name][:, base]), ratio(draws[name][:, at], draws[name][:, base])
                )
                for name in RATES
            }
            gaps.append(Gap(row.group, difference, ratios))
    spreads = {name: interval(v, _spreads(draws)[name]) for name, v in _spreads(value).items()}
    return Fairness(tuple(table), reference, tuple(gaps), **spreads)


@dataclass(frozen=True, eq=False)
class _Sums:
    """What the rates of all groups are made of, the rows in the order of their group.

    Parameters
    ----------
    order: (rows,) row numbers, group after group. edges: (groups + 1,) where each group begins.
    values: (rows, sums) weight times 1, act, event, event and act, p, and where given money and score; in that order.
    said: {rate: (groups,) bool} whether a group has enough events (others) for it.
    extra: names of the further means.
    """

    order: np.ndarray
    edges: np.ndarray
    values: Array
    said: Mapping[str, np.ndarray]
    extra: tuple[str, ...]

    @classmethod
    def of(cls, case: Case, held: list[GroupRow], labels: np.ndarray, weight: Array, score: ArrayLike | None) -> _Sums:
        place = {row.group: number for number, row in enumerate(held)}
        code = np.array([place.get(str(label), len(held)) for label in labels])  # too small a group: behind the last
        order = np.argsort(code, kind="stable")
        edges = np.searchsorted(code[order], np.arange(len(held) + 1))
        act, event = case.decision, case.event
        columns: list[Array] = [np.ones(case.rows), *(flag.astype(np.float64) for flag in (act, event, act & event))]
        columns.append(case.probability)
        extra = []
        if case.base is not None:
            columns.append(spent(case))
            extra.append("cost")
        if score is not None:
            columns.append(vector(score, "score", case.rows))
            extra.append("score")
        values = np.stack([column * weight for column in columns], axis=1)[order]
        said = {
            "sensitivity": np.array([row.events >= FEW_CASES for row in held]),
            "false_alarms": np.array([row.rows - row.events >= FEW_CASES for row in held]),
        }
        return cls(order, edges, values, said, tuple(extra))

    def rates(self, drawn: Array) -> dict[str, Array]:
        """Name -> (rounds, groups) under `drawn` (rounds, rows), how often each row (in this order) was drawn."""
        spans = list(zip(self.edges[:-1], self.edges[1:], strict=True))
        sums = np.stack([drawn[:, a:b] @ self.values[a:b] for a, b in spans], axis=1)  # (rounds, groups, sums)
        size, acted, events, caught, stated, *rest = np.moveaxis(sums, 2, 0)
        shares = {
            "rest_rate": ratio(size - acted, size),
            "act_rate": ratio(acted, size),
            "sensitivity": np.where(self.said["sensitivity"], ratio(caught, events), np.nan),
            "false_alarms": np.where(self.said["false_alarms"], ratio(acted - caught, size - events), np.nan),
            "calibration": ratio(stated - events, size),
        }
        return shares | {name: ratio(total, size) for name, total in zip(self.extra, rest, strict=True)}


def _spreads(rates: Mapping[str, Array]) -> dict[str, Array]:
    """(rounds,) each: the four summaries over all groups; a group without a rate is left out of that one."""
    rest, acts = rates["rest_rate"], rates["act_rate"]
    odds = np.stack([_range(rates["sensitivity"]), _range(rates["false_alarms"])])
    return {
        "parity_difference": _range(rest),
        "parity_ratio": ratio(rest.min(axis=1), rest.max(axis=1)),
        "act_ratio": ratio(acts.min(axis=1), acts.max(axis=1)),
        "odds_difference": np.where(np.isnan(odds).any(axis=0), np.nan, odds.max(axis=0)),
    }


def _range(rates: Array) -> Array:
    """(rounds,) greatest minus least over the groups that have the rate; nan with fewer than two."""
    known = ~np.isnan(rates)
    greatest, least = (
        np.where(known, rates, -np.inf).max(axis=1),
        np.where(known, rates, np.inf).min(axis=1),
    )
    return np.where(known.sum(axis=1) >= 2, greatest - least, np.nan)
