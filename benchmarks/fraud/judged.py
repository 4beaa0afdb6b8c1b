"""Models on the same judged payments: savings, average precision and what the first alerts stop, with paired intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.optim.comparison import Table, seconds

_FIRST = 100  # alerts
_STOPPED = f"money_at_{_FIRST}"
_BY_MONEY = ", by p x amount"


@dataclass(frozen=True, eq=False)
class Rated:
    """A model on the judged rows.

    Parameters
    ----------
    p: (rows,) probability of fraud, or what orders rows like it. act: (rows,) whether it alerts.
    fit: CPU seconds of its training. ours: a candidate of the study.
    """

    p: np.ndarray
    act: np.ndarray
    fit: float = float("nan")
    ours: bool = False


@dataclass(frozen=True)
class Goal:
    """The champion's `figure` ("savings", "ap" or "more", see `Judgement.more`) is to be `least`; None = as found."""

    what: str
    figure: str
    least: float | None


@dataclass(frozen=True, eq=False)
class Judgement:
    """Everybody on the same resamples of rows.

    Parameters
    ----------
    models: by name. champion: of the study. made: the bootstrap of all of them, each in two orders.
    """

    models: Mapping[str, Rated]
    champion: str
    made: Any

    @classmethod
    def of(
        cls, y: np.ndarray, costs: Any, weight: np.ndarray, models: Mapping[str, Rated], champion: str, rounds: int
    ) -> Judgement:
        """costs: of the judged rows; a fraud that is missed costs its amount."""
        from casestudies.metrics import Answers, bootstrap

        answers = {name: Answers(one.p, one.act) for name, one in models.items()}
        answers |= {name + _BY_MONEY: Answers(one.p * costs.fn, one.act) for name, one in models.items()}
        wanted = ["savings", "ap", _STOPPED]
        return cls(models, champion, bootstrap(y, answers, costs=costs, weight=weight, metrics=wanted, rounds=rounds))

    def figure(self, name: str, figure: str) -> tuple[float, float, float]:
        """(value, low, high)."""
        if figure == "more":
            return self.more(name)
        found = self.made.intervals[name][figure]
        return found.value, found.low, found.high

    def more(self, name: str) -> tuple[float, float, float]:
        """How much more money the first alerts by p x amount stop than those by p, as a share."""
        from casestudies.metrics.intervals import percentile

        one, other = (self.made.intervals[key][_STOPPED].value for key in (name + _BY_MONEY, name))
        draws = self.made.draws[name + _BY_MONEY][_STOPPED] / self.made.draws[name][_STOPPED] - 1
        found = percentile(one / other - 1, draws, self.made.level, "the first alerts by p stop nothing")
        return found.value, found.low, found.high

    def table(self, caption: str) -> Table:
        """Who saves most comes first."""
        from casestudies.metrics import paired

        lines = []
        for name in sorted(self.models, key=lambda name: -self.figure(name, "savings")[0]):
            one, less = self.models[name], ""
            if name != self.champion:
                apart = paired(self.made, "savings", name, self.champion)
                less = f"{apart.difference:+.3f} ({apart.low:+.3f} to {apart.high:+.3f})"
            shown = f"**{name}**" if one.ours else name
            savings, ap = (told(*self.figure(name, figure)) for figure in ("savings", "ap"))
            stopped = f"{self.figure(name, _STOPPED)[0]:,.0f}"
            lines.append(
                [
                    shown + (" (champion)" if name == self.champion else ""),
                    savings,
                    less,
                    ap,
                    stopped,
                    _percent(*self.more(name)),
                    seconds(one.fit),
                ]
            )
        head = [
            *("decisions", "savings (95 %)", "less the champion's (95 %)", "AP (95 %)"),
            *(f"EUR in the first {_FIRST} alerts by p", "by p x amount, more (95 %)", "fit, CPU s"),
        ]
        return {"caption": caption, "head": head, "rows": lines}

    def asked(self, goals: Sequence[Goal]) -> list[list[str]]:
        """Rows of a table of what was asked and found."""
        rows = []
        for goal in goals:
            value, low, high = self.figure(self.champion, goal.figure)
            found = _percent(value, low, high) if goal.figure == "more" else told(value, low, high)
            least = "as found" if goal.least is None else f"at least {goal.least:g}"
            if goal.figure == "more" and goal.least is not None:
                least = f"at least {goal.least:+.0%}"
            met = "" if goal.least is None else verdict(value, high, goal.least)
            rows.append([goal.what, least, found, met])
        return rows


def verdict(value: float, high: float, least: float) -> str:
    """Whether a figure reaches what is asked; where its interval does, that is said."""
    return "yes" if value >= least else "no, within the interval" if high >= least else "no"


def told(value: float, low: float, high: float) -> str:
    """A figure with its interval."""
    return f"{value:.3f} ({low:.3f} to {high:.3f})"


def _percent(value: float, low: float, high: float) -> str:
    return f"{value:+.0%} ({low:+.0%} to {high:+.0%})"
