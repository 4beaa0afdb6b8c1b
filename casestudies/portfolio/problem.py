"""What is wanted of a portfolio, as a parabola within named constraints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from casestudies.errors import ConfigError, nearest, shown
from casestudies.optim.constraints import Constraints, Rows
from casestudies.optim.quadratic import Constrained, Quadratic
from casestudies.portfolio.estimates import Estimate
from casestudies.portfolio.market import Array

SUM, LONG, CAP, TURNOVER, TARGET = "weights sum to 100 %", "no short positions", "cap", "turnover", "target return"
HARD = (SUM, LONG)  # never relaxed: without them it is another problem


@dataclass(frozen=True)
class Wishes:
    """Long-only weights that sum to 1, with the least variance among those that keep to the rest.

    Parameters
    ----------
    cap: most weight of any asset. caps: of single ones, in place of it.
    groups: name -> assets in it; `group_caps` and `group_floors` limit their weight together.
    turnover: most share of the portfolio that is sold and bought anew, half of sum |weight - present|; None = any.
    present: the weights there are; None = equal.
    target: least return of a year, by the estimate; None = whatever comes.
    aversion: None = least variance; else the most of return - aversion / 2 · variance.

    Raises
    ------
    ConfigError: a limit that is not a share, an aversion that is not above 0, a group without caps of its own name.
    """

    cap: float = 1.0
    caps: Mapping[str, float] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    group_caps: Mapping[str, float] = field(default_factory=dict)
    group_floors: Mapping[str, float] = field(default_factory=dict)
    turnover: float | None = None
    present: Array | None = None
    target: float | None = None
    aversion: float | None = None

    def __post_init__(self) -> None:
        shares = {"cap": self.cap, "turnover": 1.0 if self.turnover is None else self.turnover}
        shares |= {f"cap of {name}": value for name, value in (*self.caps.items(), *self.group_caps.items())}
        shares |= {f"floor of {name}": value for name, value in self.group_floors.items()}
        for name, value in shares.items():
            if not 0 <= value <= 1:
                raise ConfigError(f"{value:g} is no share", where=name, advice="give a number from 0 to 1: 0.1 is 10 %")
        if self.aversion is not None and not (0 < self.aversion < np.inf):
            raise ConfigError(f"{self.aversion:g} is not above 0", where="aversion", advice="try 1 to 20")
        if self.target is not None and not np.isfinite(self.target):
            raise ConfigError(f"{self.target} is no return", where="target", advice="give a fraction a year: 0.08")
        for name in (*self.group_caps, *self.group_floors):
            if name not in self.groups:
                raise ConfigError(f"no group {shown(name)}", where="groups", advice=nearest(name, self.groups))


def constraints(
    wishes: Wishes, estimate: Estimate, names: tuple[str, ...], targets: Array | None = None
) -> Constraints:
    """The wishes with their names.

    targets: (problems,) returns of a year in place of the wished one: a block of problems that differ in nothing else.

    Raises
    ------
    ConfigError: an asset that the table does not have; present weights of another shape, negative or not summing to 1.
    """
    place = {name: column for column, name in enumerate(names)}
    for name in (*wishes.caps, *(asset for group in wishes.groups.values() for asset in group)):
        if name not in place:
            raise ConfigError(f"no asset {shown(name)}", advice=nearest(name, names))
    upper = np.full(len(names), wishes.cap)
    called = [f"{CAP} of every asset"] * len(names)
    for name, cap in wishes.caps.items():
        upper[place[name]], called[place[name]] = cap, f"{CAP} of {name}"
    labels, left, right = [], [], []
    for sign, limits, word in ((1.0, wishes.group_caps, "cap"), (-1.0, wishes.group_floors, "floor")):
        for group, limit in limits.items():
            labels.append(f"{word} of {group}")
            left.append(sign * np.isin(names, wishes.groups[group]))
            right.append(np.array([sign * limit]))
    targets = np.array([wishes.target]) if targets is None and wishes.target is not None else targets
    if targets is not None:
        labels.append(TARGET)
        left.append(-estimate.mean)
        right.append(-targets)
    count = max(map(len, right), default=1)
    rows = Rows.none(len(names))
    if labels:
        b = np.stack([np.broadcast_to(one, count) for one in right])
        rows = Rows(tuple(labels), np.array(left, dtype=np.float64), b, np.zeros(len(labels), dtype=np.bool_))
    moved = wishes.turnover is not None
    return Constraints(
        lower=np.zeros(len(names)),
        upper=upper,
        rows=rows,
        total=1.0,
        around=present(wishes, names) if moved else None,
        reach=None if wishes.turnover is None else np.array([2.0 * wishes.turnover]),
        names={"total": SUM, "lower": LONG, "upper": tuple(called), "reach": TURNOVER},
    )


def present(wishes: Wishes, names: tuple[str, ...]) -> Array:
    """(assets,) the weights there are."""
    if wishes.present is None:
        return np.full(len(names), 1.0 / len(names))
    weights = np.asarray(wishes.present, dtype=np.float64)
    if weights.shape != (len(names),) or not (weights >= 0).all() or abs(weights.sum() - 1.0) > 1e-6:
        raise ConfigError(
            f"present weights of shape {weights.shape} that sum to {weights.sum():.4g}",
            where="present",
            advice=f"give {len(names)} weights from 0 up that sum to 1",
        )
    return weights / weights.sum()


def problem(
    wishes: Wishes, estimate: Estimate, names: tuple[str, ...], targets: Array | None = None
) -> Constrained[Quadratic]:
    """Half the variance, less return / aversion where that is asked for; a block where there are several targets."""
    within = constraints(wishes, estimate, names, targets)
    gain = np.zeros(len(names)) if wishes.aversion is None else estimate.mean / wishes.aversion
    count = 1 if targets is None else len(targets)
    return Constrained(Quadratic(estimate.covariance, np.repeat(gain[:, None], count, axis=1)), within)
