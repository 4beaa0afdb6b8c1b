"""How many units a test needs, for one look at the end and for looking whenever one likes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import ceil, sqrt

import numpy as np
from scipy.stats import norm

from casestudies.errors import ConfigError
from casestudies.recommendation.experiments.peeking import lasting_radius, tuned

_TESTS, _LOOKS = 2_000, 200  # simulated to say when half of the tests that may be looked at early are done


@dataclass(frozen=True)
class SampleSize:
    """What a test needs.

    Parameters
    ----------
    per_arm: units of each arm, for one look at the end. lasting_per_arm: where the test may be looked at at any time: the
        most that is needed. median_per_arm: half of the tests with that effect are clear by then.
    arms: with the one in which all is as before. days, lasting_days: for all arms; None where the traffic is not known.
    effect, level, power: what the sizes are for.
    """

    per_arm: int
    lasting_per_arm: int
    median_per_arm: int
    arms: int
    effect: float
    level: float
    power: float
    per_day: float | None = None

    @property
    def total(self) -> int:
        return self.arms * self.per_arm

    @property
    def lasting_total(self) -> int:
        return self.arms * self.lasting_per_arm

    @property
    def days(self) -> int | None:
        return None if self.per_day is None else ceil(self.total / self.per_day)

    @property
    def lasting_days(self) -> int | None:
        return None if self.per_day is None else ceil(self.lasting_total / self.per_day)

    @property
    def sentence(self) -> str:
        days = "" if self.days is None else f", {self.days:,} days"
        lasting = "" if self.lasting_days is None else f", {self.lasting_days:,} days"
        return (
            f"{self.per_arm:,} units in each of {self.arms} arms{days} show the effect in {100 * self.power:g} % of tests at one look at "
            f"the end; with looks at any time {self.lasting_per_arm:,} at most{lasting}, and half of such tests are clear by "
            f"{self.median_per_arm:,}."
        )


def sample_size(
    effect: float,
    *,
    rate: float | None = None,
    deviation: float | None = None,
    worth: float = 0.0,
    arms: int = 2,
    comparisons: int | None = None,
    level: float = 0.95,
    power: float = 0.8,
    variance_ratio: float = 1.0,
    per_day: float | None = None,
) -> SampleSize:
    """Units so that a test with this effect shows it: its interval lies beyond `worth` in a share `power` of tests.

    Parameters
    ----------
    effect: difference of the means; of rates, e.g. 0.01 from 5 % to 6 %.
    rate: of the arm in which all is as before, for a 0/1 outcome; deviation: standard deviation of an amount. Give one.
    worth: the smallest effect worth having, which the interval has to exclude; 0: only that there is an effect.
    arms: all, of equal size. comparisons: that are corrected for (each at level / comparisons); arms - 1 by default.
    variance_ratio: of the variance left by a column from before the start (1 - correlation squared).
    per_day: units that can enter each day, over all arms.

    Raises
    ------
    ConfigError: neither rate nor deviation or both, an effect of nothing, rates outside 0 to 1.

    Examples
    --------
    >>> sample_size(0.2, rate=0.65).per_arm
    70

    Source: Chow, Shao and Wang 2008, "Sample size calculations in clinical research", sections 3.2 and 4.2 (normal
    approximation, unpooled variances); looks at any time: `peeking.lasting_radius` tuned for the planned size.
    """
    variance = _variances(effect, rate, deviation) * variance_ratio
    comparisons = max(1, arms - 1) if comparisons is None else comparisons
    _check(effect, worth, arms, comparisons, level, power, variance_ratio)
    alpha = (1.0 - level) / comparisons
    distance = abs(effect - worth)
    per_arm, lasting = (
        ceil(units_for(sqrt(variance), distance, alpha, power, lasting=which) - 1e-9) for which in (False, True)
    )
    median = ceil(lasting * _median(alpha, power))
    return SampleSize(per_arm, lasting, median, arms, effect, level, power, per_day)


def units_for(deviation: float, distance: float, alpha: float, power: float, *, lasting: bool) -> float:
    """Units at which an interval leaves out a value at `distance` from the truth in a share `power` of tests.

    Parameters
    ----------
    deviation: standard deviation of a unit's part in the estimate. lasting: looks at any time.
    """
    reach = _reach(alpha) if lasting else float(norm.isf(alpha / 2.0))
    return float(((reach + norm.ppf(power)) * deviation / distance) ** 2)


def _reach(alpha: float) -> float:
    """Standard errors that half a lasting interval is wide where it is tuned to be narrowest."""
    return float(lasting_radius(1.0, 1.0, alpha, tuned(1.0, alpha)))


@cache
def _median(alpha: float, power: float) -> float:
    """The share of the planned units by which half of the tests are clear, from simulated paths of an estimate."""
    need = units_for(1.0, 1.0, alpha, power, lasting=True)
    looks = need * np.arange(1, _LOOKS + 1) / _LOOKS
    steps = np.random.default_rng(0).standard_normal((_TESTS, _LOOKS)) * sqrt(need / _LOOKS)
    estimate = 1.0 + np.cumsum(steps, axis=1) / looks
    clear = estimate > lasting_radius(1.0, looks, alpha, tuned(need, alpha))
    first = np.where(clear.any(axis=1), clear.argmax(axis=1) + 1, _LOOKS + 1)
    return float(min(_LOOKS, np.median(first)) / _LOOKS)


def _variances(effect: float, rate: float | None, deviation: float | None) -> float:
    """Sum of the two arms' variances."""
    where = "sample size"
    if deviation is not None and rate is None:
        if not deviation > 0:
            raise ConfigError(f"a deviation of {deviation} is none", where=where, advice="write a number above 0")
        return 2.0 * deviation**2
    if rate is None or deviation is not None:
        what = "give the rate of a 0/1 outcome, or the deviation of an amount"
        raise ConfigError("the size depends on how much the outcome varies", where=where, advice=what)
    other = rate + effect
    if not (0.0 < rate < 1.0 and 0.0 < other < 1.0):
        what = f"a rate of {rate:g} and an effect of {effect:g} make {other:g}"
        raise ConfigError(what, where=where, advice="write shares between 0 and 1")
    return rate * (1.0 - rate) + other * (1.0 - other)


def _check(
    effect: float, worth: float, arms: int, comparisons: int, level: float, power: float, variance_ratio: float
) -> None:
    where = "sample size"
    if effect == worth:
        what = f"an effect of {effect:g} cannot be told from {worth:g}, whatever the size"
        raise ConfigError(what, where=where, advice="write an effect that differs from worth")
    if arms < 2 or comparisons < 1:
        raise ConfigError(f"{arms} arms make {comparisons} comparisons", where=where, advice="write 2 arms or more")
    for name, share in (("level", level), ("power", power), ("variance_ratio", variance_ratio)):
        if not 0.0 < share <= 1.0 or (share == 1.0 and name != "variance_ratio"):
            raise ConfigError(f"{name} {share} is not a share", where=where, advice="write a number between 0 and 1")
