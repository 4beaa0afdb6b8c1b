"""Keep, recalibrate or refit: one rule for all studies, and "too few to say" where the new rows cannot tell.

Two questions, in this order. Does the model still rank as well as it did? Its power is what lies above chance (AUC less
one half; of lists, how far they surpass popularity). It is lost where the interval of the change lies below zero and a tenth
of the power or more is gone; it is held where the interval excludes the loss of a third. Do its probabilities and its cut still hold?
They are off where an interval excludes the right value and the miss is one that matters (a tenth in slope or level of
the log-odds; two hundredths of the cost that a new calibration would save). A small change that many rows prove is no reason to act, and
a wide interval is no proof that nothing changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from casestudies.metrics import Interval

Answer = Literal["keep", "recalibrate", "refit", "too few to say"]

LOST = 0.1  # of the power above chance: what a new model may be worth its while for
BLIND = 1 / 3  # of it: rows that cannot exclude so large a loss say nothing
OFF = 0.1  # in slope, or in level (log-odds): about a tenth of the odds
UNSURE = 0.5  # half the width of the interval of slope or level beyond which it says nothing
SAVED = 0.02  # of the cost: what a new calibration must save to be worth its while
FEWEST = 20  # rows of either outcome, below which resamples describe luck


@dataclass(frozen=True)
class Power:
    """How well a model ranked at its run, and how that has changed.

    Parameters
    ----------
    name: of the figure ("AUC"). then, now: its values. chance: its value without any skill. above: what has that value, in words.
    change: now minus then, with its interval.
    """

    name: str
    then: float
    now: float
    chance: float
    change: Interval
    above: str = "chance"

    @property
    def lost(self) -> Interval:
        """The share of the power above chance that is gone; above 0 = a loss."""
        had = self.then - self.chance
        return Interval(-self.change.value / had, -self.change.high / had, -self.change.low / had)


@dataclass(frozen=True)
class Line:
    """The calibration line on the new rows. slope: 1 = right. level: 0 = right, in log-odds."""

    slope: Interval
    level: Interval


@dataclass(frozen=True)
class Evidence:
    """What the rule reads.

    Parameters
    ----------
    rows, events: on the new file; rows are what is decided on (`unit`: its plural), events those of them with the outcome, None where there is no
        such thing.
    line: None for models whose output is no probability.
    saved: the share of the frozen decisions' cost that a new calibration and cut would save, learnt and judged on different new rows;
        None where there is no money.
    """

    rows: int
    events: int | None
    unit: str
    power: Power
    line: Line | None = None
    saved: Interval | None = None


@dataclass(frozen=True)
class Verdict:
    """answer: what to do. line: it and its reason in one sentence. grounds: what each question came to, a sentence each."""

    answer: Answer
    line: str
    grounds: tuple[str, ...] = field(default=())


def verdict(found: Evidence) -> Verdict:
    """The rule; see the module."""
    if scarce := _scarce(found):
        return Verdict("too few to say", f"Too few to say: {scarce}.")
    power, state = found.power, _ranks(found.power)
    grounds = [_power_said(power, state)]
    if state == "lost":
        return Verdict("refit", f"Refit: {grounds[0]}.", tuple(grounds))
    if state == "unknown":
        sure = _faults(found)
        said = f"; what can be said is that {' and '.join(sure)}" if sure else ""
        return Verdict("too few to say", f"Too few to say: {grounds[0]}{said}.", (*grounds, *sure))
    faults, doubts = _faults(found), _doubts(found)
    grounds += [*faults, *doubts] or _held(found)
    if faults:
        worth = _worth(found)
        return Verdict("recalibrate", f"Recalibrate: {grounds[0]}, but {'; '.join(faults)}{worth}.", tuple(grounds))
    if doubts:
        return Verdict("too few to say", f"Too few to say: {grounds[0]}, but {'; '.join(doubts)}.", tuple(grounds))
    return Verdict("keep", f"Keep: {', and '.join(grounds)}.", tuple(grounds))


def _scarce(found: Evidence) -> str:
    rarer = found.rows if found.events is None else min(found.events, found.rows - found.events)
    if rarer >= FEWEST:
        return ""
    what = "" if found.events is None else " of the rarer outcome"
    return f"{rarer} {found.unit}{what} are judged, and at least {FEWEST} are needed"


def _ranks(power: Power) -> Literal["lost", "held", "unknown"]:
    """Whether the ranking is lost, held, or cannot be told."""
    if not power.then > power.chance:
        return "lost"  # it never had any
    lost = power.lost
    if not np.isfinite([lost.low, lost.high]).all():
        return "unknown"
    if lost.low > 0 and lost.value >= LOST:
        return "lost"
    return "held" if lost.high < BLIND else "unknown"


def _power_said(power: Power, state: str) -> str:
    told = f"{power.name} {power.now:.3f} where the run had {power.then:.3f}"
    if not power.then > power.chance:
        return f"{told}, which is no better than {power.above}"
    lost = power.lost
    if not np.isfinite(lost.low):
        return f"{told}, and there is no interval of the change"
    ends = f"between {100 * max(lost.low, 0):.0f} % and {100 * lost.high:.0f} %"
    if state == "lost":
        return f"{told}: {ends} of its power above {power.above} is gone"
    if state == "unknown":
        return (
            f"{told}: a loss of {min(100 * lost.high, 100):.0f} % of its power above {power.above} cannot be excluded"
        )
    if lost.low > 0:
        return f"{told}: {100 * lost.value:.0f} % of its power is gone, less than a new model is worth"
    return f"{told}: no loss beyond chance"


def _faults(found: Evidence) -> list[str]:
    """What is wrong with probabilities and cut, beyond chance and beyond what does not matter."""
    out = []
    if found.line is not None:
        slope, level = found.line.slope, found.line.level
        if _off(level, 0.0):
            way = "more" if level.value > 0 else "fewer"
            out.append(f"events are {way} than stated (level {_span(level, signed=True)}, 0 would be right)")
        if _off(slope, 1.0):
            way = "too timid" if slope.value > 1 else "too extreme"
            out.append(f"probabilities are {way} (slope {_span(slope)}, 1 would be right)")
    if not out and found.saved is not None and found.saved.low > 0 and found.saved.value >= SAVED:
        out.append("the cut no longer fits")
    return out


def _doubts(found: Evidence) -> list[str]:
    """What these rows are too few to say of the probabilities."""
    if found.line is None:
        return []
    named = (("slope", found.line.slope), ("level", found.line.level))
    wide = [f"{name} {_span(one)}" for name, one in named if not one.high - one.low <= 2 * UNSURE]
    return [f"whether its probabilities hold cannot be told ({' and '.join(wide)})"] if wide else []


def _held(found: Evidence) -> list[str]:
    if found.line is None:
        return []
    return [f"probabilities hold (slope {_span(found.line.slope)}, level {_span(found.line.level, signed=True)})"]


def _worth(found: Evidence) -> str:
    if found.saved is None or not np.isfinite(found.saved.low):
        return ""
    low, high = (f"{100 * end:.1f}" for end in (found.saved.low, found.saved.high))
    told = f"{100 * found.saved.value:.1f} % of the cost ({low} to {high})"
    if found.saved.low > 0:
        return f"; a new calibration saves {told}"
    return f"; that a new calibration saves money is not shown: {told}"


def _off(one: Interval, right: float) -> bool:
    """Whether an interval excludes the right value, by a miss that matters."""
    beyond = one.low > right or one.high < right
    return bool(beyond and abs(one.value - right) >= OFF)


def _span(one: Interval, *, signed: bool = False) -> str:
    if not np.isfinite([one.value, one.low, one.high]).all():
        return "unknown"
    form = "+.2f" if signed else ".2f"
    return f"{one.value:{form}}, {one.low:{form}} to {one.high:{form}}"
