"""Wishes that cannot all be kept: which of them quarrel, and what would have to give way, in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casestudies.errors import ConfigError
from casestudies.optim.constraints import Constraints
from casestudies.optim.relaxation import alone, conflict, relaxation
from casestudies.portfolio.estimates import Estimate
from casestudies.portfolio.problem import HARD, TARGET, TURNOVER, Wishes, constraints

_STEP = 1e-4


@dataclass(frozen=True)
class Conflict:
    """quarrel: names that cannot hold together, none of which could be left out. now: name -> the wish as it stands.

    smallest: name -> by how much, together the least (where turnover gives way, both what is sold and what is bought count). alone: name -> by how much if it is the only one, None where that
    does not help. All are shares: 0.01 is one percentage point (of weight, of the portfolio, of return a year).
    """

    quarrel: tuple[str, ...]
    now: dict[str, float]
    smallest: dict[str, float]
    alone: dict[str, float | None]

    def sentences(self) -> list[str]:
        """What a person has to know, most useful first."""
        said = [f"These cannot all hold: {'; '.join(self._told(name) for name in self.quarrel)}."]
        least = [_relaxed(name, self.now[name], by) for name, by in self.smallest.items()]
        said.append(f"The smallest relaxation: {' and '.join(least)}.")
        single = [
            _relaxed(name, self.now[name], by)
            for name, by in self.alone.items()
            if by is not None and list(self.smallest) != [name]
        ]
        if single:
            said.append(f"{'Or any' if len(single) > 1 else 'Or'} one alone: {'; or '.join(single)}.")
        helpless = [name for name, by in self.alone.items() if by is None]
        if helpless:
            said.append(f"Not enough by itself, however far: {', '.join(helpless)}.")
        return said

    def _told(self, name: str) -> str:
        return name if name not in self.now else f"{name} ({_share(self.now[name])})"


def conflict_of(wishes: Wishes, estimate: Estimate, names: tuple[str, ...]) -> Conflict | None:
    """None where all wishes can be kept.

    The wish for a sum of 1 without short positions never gives way.

    Raises
    ------
    ConfigError: see `problem.constraints`.
    """
    within = constraints(wishes, estimate, names)
    found = relaxation(within, HARD)
    if found.holds:
        return None
    quarrel = conflict(within)
    single = {name: alone(within, name, HARD) for name in quarrel if name not in HARD}
    return Conflict(
        quarrel,
        _now(wishes, within),
        {name: _rounded(name, by) for name, by in found.by.items()},
        {name: None if by is None else _rounded(name, by) for name, by in single.items()},
    )


def refuse_conflict(wishes: Wishes, estimate: Estimate, names: tuple[str, ...]) -> None:
    """Raises ConfigError, one line that names the quarrel and the smallest relaxation."""
    found = conflict_of(wishes, estimate, names)
    if found is not None:
        what, least, *_ = found.sentences()
        raise ConfigError(what.rstrip("."), advice=least[0].lower() + least[1:].rstrip("."))


def _rounded(name: str, by: float) -> float:
    """Up to the next hundredth of a point, so that what is said is enough; turnover as the share that is sold."""
    share = 0.5 * by if name == TURNOVER else by
    return float(np.ceil(share / _STEP - 1e-6) * _STEP)


def _now(wishes: Wishes, within: Constraints) -> dict[str, float]:
    """name -> the share that the wish asks for."""
    told: dict[str, float] = {}
    upper = within.names["upper"]
    told |= dict(zip(upper if isinstance(upper, tuple) else (), map(float, within.upper), strict=True))
    told |= {f"cap of {name}": value for name, value in wishes.group_caps.items()}
    told |= {f"floor of {name}": value for name, value in wishes.group_floors.items()}
    if wishes.turnover is not None:
        told[TURNOVER] = wishes.turnover
    if wishes.target is not None:
        told[TARGET] = wishes.target
    return told


def _relaxed(name: str, now: float, by: float) -> str:
    """As "relax the cap of every asset from 1 % to 11 %, by 10 points"."""
    lower = name == TARGET or name.startswith("floor")
    to = now - by if lower else now + by
    return f"{'lower' if lower else 'raise'} the {name} from {_share(now)} to {_share(to)}, by {_points(by)}"


def _share(value: float) -> str:
    return f"{100 * value:.4g} %"


def _points(value: float) -> str:
    points = f"{100 * value:.4g}"
    return f"{points} {'point' if points == '1' else 'points'}"
