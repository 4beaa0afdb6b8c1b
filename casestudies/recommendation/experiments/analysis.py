"""A test from its units to its verdict, in the order that keeps one honest: ratio, effects, verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from casestudies.errors import ConfigError
from casestudies.recommendation.experiments.effects import ALL, Compared, Effect, effects
from casestudies.recommendation.experiments.experiment import Experiment
from casestudies.recommendation.experiments.means import Gain, Means, best_means
from casestudies.recommendation.experiments.odds import Odds, odds
from casestudies.recommendation.experiments.ratio import Ratio, Slice, ratio_sentence, sample_ratio, wrong_slices
from casestudies.recommendation.experiments.verdict import Rules, Verdict, judge
from casestudies.recommendation.experiments.wording import verdict_sentence

if TYPE_CHECKING:
    import pandas as pd

_FEW_CASES, _FEW_UNITS = 10, 30  # of each outcome, or of an amount, in an arm: fewer, and the normal curve is not near
_MUCH = 0.01  # share of units in two arms from which on it has to be said loudly
_HEAVY = 0.05  # share of the whole sum that one unit may bring before the mean hangs on it


@dataclass(frozen=True, eq=False)
class Analysis:
    """What a test says.

    Parameters
    ----------
    ratio: units against the plan; slices: where it went wrong. ratio_said: both in words.
    means: of the arms, adjusted where `gain` says so; None where the ratio is wrong, and then there are no effects.
    effects: all comparisons. odds: the same of a 0/1 outcome on the scale of odds. verdict: what to do.
    """

    test: Experiment
    rules: Rules
    ratio: Ratio
    slices: tuple[Slice, ...]
    ratio_said: str
    verdict: Verdict
    means: Means | None = None
    gain: Gain | None = None
    effects: tuple[Effect, ...] = ()
    odds: tuple[Odds, ...] = ()
    planned_units: float = 10_000

    @property
    def frame(self) -> pd.DataFrame:
        """One row a comparison: its effect with both intervals and p values."""
        import pandas as pd

        rows = [asdict(one) for one in self.effects]
        return pd.DataFrame(rows).drop(columns=["involves", "deviation"], errors="ignore")

    def sentence(self, value: float | None = None, currency: str = "") -> str:
        """Ship, do not, not yet or no winner, with the effect, its interval that holds at every look, and its money.

        value: money that one success (or one unit of an amount) is worth, in `currency`.
        """
        if self.ratio.wrong:
            return f"No winner. {self.ratio_said}"
        return verdict_sentence(self.told(), value, currency, f"{100 * self.rules.level:g} %")

    def told(self) -> dict[str, Any]:
        """Plain values, for analysis/experiments.json and its section of the report."""
        test = self.test
        means = None if self.means is None else self.means.value.tolist()
        return {
            "outcome": test.outcome,
            "binary": test.binary,
            "units": len(test),
            "factors": [asdict(factor) for factor in test.factors],
            "cells": list(test.cells),
            "counts": test.counts.tolist(),
            "planned": test.shares.tolist(),
            "rates": means,
            "left_out": dict(test.left_out),
            "notes": list(test.notes),
            "ratio": {"p_value": self.ratio.p_value, "method": self.ratio.method, "wrong": self.ratio.wrong},
            "ratio_said": self.ratio_said,
            "slices": [asdict(one) for one in self.slices],
            "gain": None if self.gain is None else asdict(self.gain),
            "effects": [asdict(one) for one in self.effects],
            "odds": [asdict(one) for one in self.odds],
            "verdict": asdict(self.verdict),
            "rules": asdict(self.rules),
            "planned_units": self.planned_units,
        }


def analyse_experiment(
    test: Experiment,
    *,
    worth: float = 0.0,
    better: Literal["higher", "lower"] = "higher",
    level: float = 0.95,
    power: float = 0.8,
    planned_units: float = 10_000,
    threshold: float = 0.001,
    compare: Sequence[Compared] = ALL,
) -> Analysis:
    """Sample ratio first; then the effects of all comparisons with intervals for one look and for any look; then the verdict.

    With a wrong sample ratio there are no effects and no winner: whatever bent the ratio has bent the outcomes as well.

    Parameters
    ----------
    worth: smallest effect worth having. planned_units: the size the test was planned for, at which intervals for looking
        early are narrowest; the same number at every look, or they do not hold.
    threshold: p value under which the ratio is wrong. compare: which comparisons of a test of several factors.

    Raises
    ------
    ConfigError: a level outside 0 to 1, nothing to compare.

    Examples
    --------
    >>> import pandas as pd
    >>> from casestudies.recommendation.experiments import read_experiment
    >>> rows = pd.DataFrame({"who": range(4000), "arm": ["old", "new"] * 2000, "bought": [0, 1, 0, 0, 0, 1, 1, 1] * 500})
    >>> analyse_experiment(read_experiment(rows, "who", "arm", "bought")).verdict.answer
    'ship'
    """
    if not 0.5 < level < 1.0:
        raise ConfigError(f"{level} is not a coverage", where="interval.level", advice="write a share such as 0.95")
    if len(test.factors) > 1 and not compare:
        raise ConfigError("nothing is compared", where="experiments.compare", advice="name factors at least")
    rules = Rules(worth, better, level, power)
    ratio = sample_ratio(test.counts, test.shares, threshold)
    slices = tuple(wrong_slices(test)) if ratio.wrong else ()
    said = ratio_sentence(test, ratio, list(slices))
    if ratio.wrong:
        return Analysis(test, rules, ratio, slices, said, Verdict("none", why=(said,)), planned_units=planned_units)
    means, gain = best_means(test)
    found = effects(test, means, level=level, planned_units=planned_units, reference=rules.reference, compare=compare)
    verdict = judge(found, len(test), rules, _thin(test))
    verdict = Verdict(
        verdict.answer, verdict.chosen, verdict.judged, verdict.together, (*verdict.why, *_mixed(test), *_heavy(test))
    )
    return Analysis(test, rules, ratio, slices, said, verdict, means, gain, found, odds(test, level), planned_units)


def _thin(test: Experiment) -> str:
    """Why the intervals cannot be trusted yet; "" where they can."""
    if test.binary:
        successes = np.bincount(test.cell, weights=test.y, minlength=len(test.counts))
        fewest = np.minimum(successes, test.counts - successes)
        at = int(np.argmin(fewest))
        if fewest[at] < _FEW_CASES:
            what = "success" if successes[at] == fewest[at] else "failure"
            return f"Arm '{test.cells[at]}' has {fewest[at]:.0f} units with a {what}; intervals need {_FEW_CASES} of both outcomes in each arm."
        return ""
    at = int(np.argmin(test.counts))
    if test.counts[at] < _FEW_UNITS:
        return (
            f"Arm '{test.cells[at]}' has {test.counts[at]} units; intervals of an amount need {_FEW_UNITS} in each arm."
        )
    return ""


def _heavy(test: Experiment) -> list[str]:
    """A warning where single units carry the sum of an amount."""
    total = np.abs(test.y).sum()
    most = float(np.abs(test.y).max() / total) if total > 0 else 0.0
    if test.binary or most <= _HEAVY:
        return []
    return [
        f"One unit alone brings {100 * most:.0f} % of the whole {test.outcome}: the mean hangs on single units, so the intervals are too "
        "short; test a 0/1 outcome, or cap the amount before the test."
    ]


def _mixed(test: Experiment) -> list[str]:
    """A warning where many units were left out because they were in two arms."""
    mixed = test.left_out.get("units in two arms", 0)
    if mixed <= _MUCH * (len(test) + mixed):
        return []
    share = mixed / (len(test) + mixed)
    return [
        f"{100 * share:.1f} % of the units were in two arms and are left out; who switches arms is not a random part of the customers, "
        "so find out why before trusting the effects."
    ]
