"""Promised against delivered: choose on a window of the past, hold, pay for the change, go on; always beside 1/n."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from casestudies.errors import ConfigError
from casestudies.optim.relaxation import alone
from casestudies.portfolio.estimates import RISKS, Estimate, Mean, Risk, estimate
from casestudies.portfolio.frontier import Portfolio, optimised
from casestudies.portfolio.market import Array, Market
from casestudies.portfolio.problem import HARD, TARGET, Wishes, constraints

EQUAL = "1/n"
_ROUNDS, _LEVEL = 2000, 0.95
_FEWEST = 24  # periods held: fewer give no interval
_ROOM = 1e-6  # of return: a target at the very most would leave a single portfolio


@dataclass(frozen=True)
class Interval:
    """value, and where 95 % of the resampled ones lie."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Track:
    """One way to choose, walked through the past.

    returns: (periods,) after costs. promised: (windows,) risk of a year as the estimate had it. turnover: (windows,) share
    sold and bought anew at each choice. risk, gain: delivered, of a year. ratio: delivered over promised risk.
    """

    name: str
    returns: Array
    promised: Array
    turnover: Array
    risk: Interval
    gain: Interval
    ratio: Interval

    @property
    def promise(self) -> float:
        """The risk of a year that was promised, all windows together (root of the mean variance)."""
        return float(np.sqrt(np.mean(self.promised**2)))


@dataclass(frozen=True)
class Delivered:
    """tracks: the ways to choose, 1/n last. windows: how often it was chosen anew. lowered: windows in which the target was
    beyond reach and was lowered to the most there could be. beside: name -> its risk over that of 1/n, paired."""

    tracks: tuple[Track, ...]
    beside: dict[str, Interval]
    window: int
    hold: int
    cost: float
    windows: int
    lowered: int

    def sentences(self) -> list[str]:
        """What to see."""
        said = []
        *chosen, equal = self.tracks
        for track in chosen:
            ratio = track.ratio
            verdict = (
                "more than it promised"
                if ratio.low > 1
                else "less than it promised"
                if ratio.high < 1
                else "as promised"
            )
            said.append(
                f"{track.name}: promised {_percent(track.promise)} risk a year and delivered {_percent(track.risk.value)}, "
                f"{ratio.value:.2f} times as much ({ratio.low:.2f} to {ratio.high:.2f}): {verdict}."
            )
            beside = self.beside[track.name]
            word = "less risk than" if beside.high < 1 else "more risk than" if beside.low > 1 else "about the risk of"
            said.append(
                f"It had {word} {EQUAL} ({beside.value:.2f} times, {beside.low:.2f} to {beside.high:.2f}); after costs it "
                f"returned {_percent(track.gain.value)} a year, {EQUAL} {_percent(equal.gain.value)}."
            )
        if self.lowered:
            said.append(f"In {self.lowered} of {self.windows} windows the target was beyond reach and was lowered.")
        return said


def walk_forward(
    market: Market,
    wishes: Wishes,
    *,
    window: int,
    hold: int,
    cost: float = 0.001,
    risk: Risk = "ledoit_wolf",
    mean: Mean = "sample",
    beside_sample: bool = True,
    most: int = 150,
    seed: int = 0,
) -> Delivered:
    """Chooses on the last `window` periods, holds for `hold`, and so on to the end; nothing later is ever looked at.

    Weights drift with prices between choices. The wish for turnover counts from the drifted weights. Costs are taken from
    the period after a choice. Intervals are by the stationary bootstrap (Politis and Romano 1994), whose mean block is
    as long as a holding; all ways share the resamples.

    Parameters
    ----------
    window, hold: periods. cost: of what is traded, as a share: 0.001 is 10 basis points on each purchase and each sale.
    beside_sample: walk the sample covariance too, beside Ledoit-Wolf.
    most: windows, the latest ones, so that a page stays quick.

    Raises
    ------
    ConfigError: the table is too short for one window and 24 periods after it; the wishes cannot be kept; a cost that is
        not a share.
    """
    if not 0 <= cost < 1:
        raise ConfigError(f"{cost:g} is no share", where="cost", advice="0.001 is 10 basis points")
    if window < 2 or hold < 1 or market.periods - window < _FEWEST:
        raise ConfigError(
            f"{market.periods} periods are too few for windows of {window} and {_FEWEST} periods after the first",
            where="window",
            advice=f"give a window from 2 to {max(market.periods - _FEWEST, 2)} and a hold of 1 or more",
        )
    starts = np.arange(window, market.periods, hold)[-most:]
    ways: list[tuple[str, Risk]] = [(RISKS[risk], risk)]
    if beside_sample and risk != "sample":
        ways.append((RISKS["sample"], "sample"))
    walked = [_walk(name, market, wishes, starts, window, cost, way, mean) for name, way in ways]
    walked.append(_equal(market, starts, window, cost))
    blocks = _Blocks.drawn(len(walked[0].returns), hold, np.random.default_rng(seed))
    tracks = tuple(_told(one, blocks, market.per_year) for one in walked)
    spread = {one.name: blocks.deviation(one.returns) for one in walked}
    beside = {
        track.name: _interval(track.risk.value / tracks[-1].risk.value, spread[track.name] / spread[EQUAL])
        for track in tracks[:-1]
    }
    return Delivered(tracks, beside, window, hold, cost, len(starts), walked[0].lowered)


@dataclass(frozen=True)
class _Walked:
    name: str
    returns: Array
    promised: Array
    turnover: Array
    lowered: int


def _walk(
    name: str,
    market: Market,
    wishes: Wishes,
    starts: npt.NDArray[np.intp],
    window: int,
    cost: float,
    risk: Risk,
    mean: Mean,
) -> _Walked:
    held: Array | None = wishes.present
    returns, promised, turnover, lowered = [], [], [], 0
    for place, begin in enumerate(starts):
        end = starts[place + 1] if place + 1 < len(starts) else market.periods
        known = estimate(market.returns[begin - window : begin], market.per_year, risk, mean)
        chosen, gave = _chosen(replace(wishes, present=held), known, market.names)
        lowered += gave
        earned, after = _held(chosen.weights, market.returns[begin:end])
        traded = 0.0 if held is None else float(np.abs(chosen.weights - held).sum())
        earned[0] = (1.0 + earned[0]) * (1.0 - cost * traded) - 1.0
        returns.append(earned)
        promised.append(chosen.risk)
        turnover.append(0.5 * traded)
        held = after
    return _Walked(name, np.concatenate(returns), np.array(promised), np.array(turnover), lowered)


def _equal(market: Market, starts: npt.NDArray[np.intp], window: int, cost: float) -> _Walked:
    """1/n, brought back to equal weights at each choice; what it promises is the sample risk of the window."""
    even = np.full(market.assets, 1.0 / market.assets)
    held, returns, promised, turnover = even, [], [], []
    for place, begin in enumerate(starts):
        end = starts[place + 1] if place + 1 < len(starts) else market.periods
        past = market.returns[begin - window : begin] @ even
        promised.append(float(past.std(ddof=1) * np.sqrt(market.per_year)))
        traded = float(np.abs(even - held).sum())
        earned, held = _held(even, market.returns[begin:end])
        earned[0] = (1.0 + earned[0]) * (1.0 - cost * traded) - 1.0
        returns.append(earned)
        turnover.append(0.5 * traded)
    return _Walked(EQUAL, np.concatenate(returns), np.array(promised), np.array(turnover), 0)


def _held(weights: Array, returns: Array) -> tuple[Array, Array]:
    """(periods,) what weights that drift with prices earn, and the weights (assets,) at the end."""
    worth = weights * np.cumprod(1.0 + returns, axis=0)
    total = worth.sum(axis=1)
    earned = total / np.concatenate([[1.0], total[:-1]]) - 1.0
    return earned, worth[-1] / total[-1]


def _chosen(wishes: Wishes, known: Estimate, names: tuple[str, ...]) -> tuple[Portfolio, bool]:
    """The portfolio wished for; where the target is beyond reach, with the most there can be, and True."""
    try:
        return optimised(wishes, known, names, wishes.present), False
    except ConfigError:
        over = None if wishes.target is None else alone(constraints(wishes, known, names), TARGET, HARD)
        if not over or wishes.target is None:
            raise
        return optimised(replace(wishes, target=wishes.target - over - _ROOM), known, names, wishes.present), True


@dataclass(frozen=True)
class _Blocks:
    """begins, lengths: (rounds, blocks) of each resample; lengths add up to the periods, 0 = not used."""

    begins: npt.NDArray[np.intp]
    lengths: npt.NDArray[np.intp]

    @classmethod
    def drawn(cls, periods: int, block: int, rng: np.random.Generator) -> Self:
        """Blocks of random length, of `block` periods on average, one after the other; the end is joined to the start."""
        many = int(2 * periods / block + 6 * np.sqrt(periods / block) + 10)
        lengths = rng.geometric(1.0 / block, size=(_ROUNDS, many))
        lengths[:, -1] = periods  # whatever was drawn before, they are enough
        upto = np.minimum(np.cumsum(lengths, axis=1), periods)
        return cls(rng.integers(0, periods, size=(_ROUNDS, many)), np.diff(upto, axis=1, prepend=0))

    def sums(self, values: Array) -> Array:
        """(rounds,) of a series (periods,): sums of blocks are differences of running sums, so no resample is written out."""
        running = np.concatenate([[0.0], np.cumsum(np.concatenate([values, values]))])
        return (running[self.begins + self.lengths] - running[self.begins]).sum(axis=1)

    def mean(self, values: Array) -> Array:
        return self.sums(values) / len(values)

    def deviation(self, values: Array) -> Array:
        """(rounds,) standard deviations."""
        centred = values - values.mean()
        count = len(values)
        return np.sqrt((self.sums(centred**2) - self.sums(centred) ** 2 / count) / (count - 1))


def _told(one: _Walked, blocks: _Blocks, per_year: int) -> Track:
    year = np.sqrt(per_year)
    risk = _interval(float(one.returns.std(ddof=1) * year), blocks.deviation(one.returns) * year)
    gain = _interval(float(one.returns.mean() * per_year), blocks.mean(one.returns) * per_year)
    promise = float(np.sqrt(np.mean(one.promised**2)))
    ratio = Interval(risk.value / promise, risk.low / promise, risk.high / promise)
    return Track(one.name, one.returns, one.promised, one.turnover, risk, gain, ratio)


def _interval(value: float, drawn: Array) -> Interval:
    low, high = np.quantile(drawn, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return Interval(float(value), float(low), float(high))


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"
