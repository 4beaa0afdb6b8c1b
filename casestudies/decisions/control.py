"""A random control group: how many of a list to leave alone, so that the campaign can be read afterwards, and which.

Without rows that were left alone by chance nobody knows what an offer did: those who were contacted differ from the rest
in everything the list was made by.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from casestudies.errors import ConfigError
from casestudies.rows import Mask, scores

_STRATA = 20  # of expected gain; more change the precision by little and need more rows each


@dataclass(frozen=True)
class ControlSize:
    """How large a control group is, and what it can show.

    Parameters
    ----------
    listed: rows on the list, the control group among them.
    rows: of the control group.
    rate: share expected to leave of those left alone. effect: how much lower it is to be with the offer.
    shown: the smallest difference of the two rates that this group shows; `effect`, or more where the list is too short,
        inf where it is too short even for an offer that keeps everybody.
    level: coverage of the interval of the difference. power: share of campaigns with that effect in which it shows.
    """

    listed: int
    rows: int
    rate: float
    effect: float
    shown: float
    level: float
    power: float

    @property
    def enough(self) -> bool:
        """Whether the wanted effect can be shown on this list at all."""
        return self.rows > 0 and self.shown <= self.effect * (1.0 + 1e-9)

    @property
    def sentence(self) -> str:
        if not self.rows:
            return f"A list of {self.listed} is too short for a control group."
        head = f"{self.rows:,} of the {self.listed:,} on the list are left alone by chance"
        if self.shown == np.inf:
            return f"{head}; the list is too short to show even an offer that keeps everybody."
        told = (
            f"if {self.rate:.1%} leave without the offer and {self.shown * 100:.2g} points fewer with it, the {self.level:.0%} "
            f"interval of the difference excludes 0 in {self.power:.0%} of campaigns (normal approximation of two rates)"
        )
        lacking = "" if self.enough else f"; the list is too short to show the {self.effect * 100:.2g} points wanted"
        return f"{head}: {told}{lacking}."


def control_size(listed: int, rate: float, effect: float, level: float = 0.95, power: float = 0.8) -> ControlSize:
    """The smallest control group that shows an effect, at most half of the list.

    With c rows left alone and the others contacted, the difference of the two shares who leave has the variance
    rate (1 - rate) / c + low (1 - low) / (listed - c), low = rate - effect. It shows when effect is
    (z of the level + z of the power) of its standard errors; `power=0.5` makes effect the half-width of the interval.

    Parameters
    ----------
    listed: rows on the list.
    rate: share expected to leave of those left alone, e.g. the mean probability on the list.
    effect: difference of the two shares to be shown, e.g. rate x acceptance.

    Raises
    ------
    ConfigError: a share outside 0 to 1, an effect that is not between 0 and the rate.

    Source: Fleiss, Levin and Paik 2003, "Statistical methods for rates and proportions", chapter 4, samples of unequal
    size, without the correction for continuity.
    """
    _check(rate=rate, level=level, power=power)
    if not 0.0 < effect <= rate:
        raise ConfigError(
            f"an effect of {effect} on a rate of {rate}", where="control", advice="write 0 < effect <= rate"
        )
    z = NormalDist().inv_cdf((1.0 + level) / 2.0) + NormalDist().inv_cdf(power)
    low = rate - effect
    alone, offered = z**2 * rate * (1.0 - rate) / effect**2, z**2 * low * (1.0 - low) / effect**2
    # alone / c + offered / (listed - c) <= 1: the smaller root of c^2 - (listed + alone - offered) c + alone * listed
    half = 0.5 * (listed + alone - offered)
    inside = half**2 - alone * listed
    most = listed // 2
    rows = most if inside < 0 else min(most, max(1, int(np.ceil(half - sqrt(inside) - 1e-9))))
    enough = rows > 0 and alone / rows + offered / (listed - rows) <= 1.0 + 1e-9
    return ControlSize(listed, rows, rate, effect, effect if enough else _shown(listed, rows, rate, z), level, power)


def draw_control(gain: ArrayLike, rows: int, seed: int) -> Mask:
    """The rows of a list to leave alone: by chance within strata of expected gain, each row with the same chance.

    Strata make both groups alike in what the list was made by, so the difference of their outcomes varies less than
    between groups drawn from the whole list.

    Parameters
    ----------
    gain: (listed,) expected gain of contacting each row on the list.
    rows: of the control group, at most `listed`.
    seed: the same seed draws the same rows from the same list.

    Returns
    -------
    (listed,) bool, True = left alone.

    Source: Cochran 1977, "Sampling techniques", section 5.6, proportional allocation; the shares of the strata are rounded
    by a common random start (Madow 1949), which keeps every row's chance at rows / listed.
    """
    value = scores(gain)
    listed = len(value)
    if not 0 <= rows <= listed:
        raise ConfigError(f"{rows} of {listed} rows cannot be left alone", where="control", advice="write fewer rows")
    random = np.random.default_rng(seed)
    alone = np.zeros(listed, dtype=bool)
    strata = np.array_split(np.argsort(-value, kind="stable"), max(1, min(_STRATA, rows // 2)))
    ends = np.cumsum([len(stratum) for stratum in strata]) * rows / max(1, listed)
    ends[-1] = rows  # what rounding has left of it
    drawn = np.diff(np.floor(np.concatenate(([0.0], ends)) + random.random()).astype(int))
    for stratum, count in zip(strata, drawn, strict=True):
        alone[random.choice(stratum, count, replace=False)] = True
    return alone


def _shown(listed: int, rows: int, rate: float, z: float) -> float:
    """The effect that is z of its own standard errors: the variance of the lower rate depends on it as well."""
    if not rows:
        return np.inf
    contacted, spread = listed - rows, rate * (1.0 - rate)
    a, b, c = contacted + z**2, z**2 * (2.0 * rate - 1.0), z**2 * spread * (contacted / rows + 1.0)
    effect = (b + sqrt(b**2 + 4.0 * a * c)) / (2.0 * a)
    return effect if effect <= rate else np.inf


def _check(**shares: float) -> None:
    for name, share in shares.items():
        if not 0.0 < share < 1.0:
            raise ConfigError(
                f"{name} {share} is not a share", where="control", advice="write a number between 0 and 1"
            )
