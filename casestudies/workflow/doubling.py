"""What twice the rows would buy: a learning curve with its band, the law behind it, and one of four answers.

Two things make a learning curve uncertain, and both are in the band and in the interval of what doubling buys: which rows
judged (resampled, the same ones for every share, so that shares are compared on like rows), and which rows were drawn to
learn from (measured at the shares that were drawn several times, carried to the others as one over the root of their rows).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from casestudies.metrics.bootstrap import resamples
from casestudies.metrics.intervals import Interval, percentile
from casestudies.workflow.power_law import Floats, PowerLaw

Answer = Literal["rows", "features", "neither", "unclear"]

ROUNDS = 500  # resamples at most: every one of them has a law fitted to it
MATTERS = 0.05  # of what the model already knows beyond a guess: less is not worth collecting rows for
DONE = 0.1  # of what there was to know: where no more than that is left, nothing needs to be done
APART = 0.5  # of what the model knows: from there on the loss on its own rows is another than that on new ones


@dataclass(frozen=True, eq=False)
class Measured:
    """One figure at every share of the training rows: the mean over judged units of what each is worth.

    Parameters
    ----------
    values: a share each, the smallest first, (draws, units). best: what a figure without mistakes would be: 0 of a loss, 1 of
        NDCG, which is then better the higher it is; None where there is no bound (money).
    weight: (units,). group: (units,) labels of what is resampled together; None: each unit by itself.
    root: whether the figure is the square root of the mean (RMSE).
    """

    values: Sequence[Floats]
    weight: Floats
    group: NDArray[Any] | None = None
    best: float | None = 0.0
    root: bool = False

    def means(self, number: int) -> Floats:
        """(draws,) the figure of each draw of share `number`."""
        mean: Floats = self.values[number] @ self.weight / self.weight.sum()
        return np.sqrt(mean) if self.root else mean

    @property
    def errors(self) -> tuple[float, float]:
        """(offset, sign) that turn the figure into an error, offset + sign * figure, and back."""
        return (self.best, -1.0) if self.best else (0.0, 1.0)


@dataclass(frozen=True)
class Resampling:
    """How intervals are made."""

    rounds: int
    level: float
    seed: int


@dataclass(frozen=True, eq=False)
class Grown:
    """One figure along the curve. points: (shares,) its intervals. behind: (shares,) how much worse each is than all rows.
    gain: how much better twice the rows would make it. law: of its error, which is the figure itself or its distance from the best."""

    points: list[Interval]
    behind: list[Interval]
    gain: Interval
    law: PowerLaw

    def told(self) -> dict[str, Any]:
        """Plain values: {"points", "behind", "gain", "law": [a, b, c]}."""
        law = [float(one[0]) for one in (self.law.level, self.law.scale, self.law.exponent)]
        return {
            "points": [ends(one) for one in self.points],
            "behind": [ends(one) for one in self.behind],
            "gain": ends(self.gain),
            "law": law,
        }


def curve_told(
    points: Sequence[Mapping[str, Any]], figures: Mapping[str, Measured], guess: float, how: Resampling
) -> dict[str, Any]:
    """A learning curve in plain values, for a file under analysis/.

    Parameters
    ----------
    points: a share each, the smallest first and all rows last: at least "rows", and "own", the first figure on the rows that
        were learnt from, None where it was not measured. figures: by name; the first one gives the answer.
    guess: the first figure of an answer that knows nothing of the single row.

    Returns
    -------
    {"measure": the first figure's name, "best", "rounds", "guess", "answer", "floor", "apart", "points", "figures": {name: see
    `Grown.told`}}.
    """
    rows = [float(point["rows"]) for point in points]
    curves = {name: grown(rows, one, how) for name, one in figures.items()}
    measure, first = next(iter(curves.items()))
    best = figures[measure].best or 0.0
    found = verdict(first.gain, first.points[-1].value, guess, best, points[-1]["own"])
    return {
        "measure": measure,
        "best": best,
        "rounds": how.rounds,
        "guess": guess,
        "answer": found.answer,
        "floor": found.floor,
        "apart": found.apart,
        "points": [dict(point) for point in points],
        "figures": {name: curve.told() for name, curve in curves.items()},
    }


def grown(rows: Sequence[float], measured: Measured, how: Resampling) -> Grown:
    """Intervals along the curve, and what doubling buys.

    Parameters
    ----------
    rows: (shares,) learnt from, the smallest first; the last is all there are.
    """
    n, (offset, sign) = np.asarray(rows, dtype=np.float64), measured.errors
    least = -np.inf if measured.best is None else 0.0
    values = np.array([measured.means(number).mean() for number in range(len(n))])
    draws = _resampled(n, measured, how)
    certain = np.array([len(one) for one in measured.values]) * n  # a mean over draws varies as one over this
    law = PowerLaw.fit(n, offset + sign * values[None, :], certain, least)
    gains = PowerLaw.fit(n, offset + sign * draws, certain, least).doubled(n[-1])
    undefined = "no judged unit has weight"
    return Grown(
        [percentile(float(v), d, how.level, undefined) for v, d in zip(values, draws.T, strict=True)],
        [
            percentile(float(sign * (v - values[-1])), sign * (d - draws[:, -1]), how.level, undefined)
            for v, d in zip(values, draws.T, strict=True)
        ],
        percentile(float(law.doubled(n[-1])[0]), gains, how.level, undefined),
        law,
    )


def _resampled(n: Floats, measured: Measured, how: Resampling) -> Floats:
    """(rounds, shares) the figure with other judged units and other rows drawn to learn from."""
    per_unit = np.stack([one.mean(axis=0) for one in measured.values], axis=1) * measured.weight[:, None]
    drawn = [
        (chunk @ per_unit, chunk @ measured.weight)
        for chunk in resamples(len(per_unit), how.rounds, how.seed, measured.group)
    ]
    sums, masses = (np.concatenate(part) for part in zip(*drawn, strict=True))
    draws: Floats = np.divide(sums, masses[:, None], out=np.full_like(sums, np.nan), where=masses[:, None] > 0)
    draws = np.sqrt(draws) if measured.root else draws
    counts = np.array([len(one) for one in measured.values])
    luck = luck_of_the_draw(n, measured) / np.sqrt(n * counts)
    random = np.random.default_rng([how.seed, 29])
    return draws[np.isfinite(draws).all(axis=1)] + luck * random.standard_normal(
        (np.isfinite(draws).all(1).sum(), len(n))
    )


def luck_of_the_draw(n: Floats, measured: Measured) -> float:
    """The standard deviation that the choice of training rows gives the figure, times the root of their number.

    Draws of a share from the same rows differ by only (1 - share) of the variance that fresh rows would have.
    """
    squares, freedom = 0.0, 0
    for number, one in enumerate(measured.values[:-1]):
        means = measured.means(number)
        if len(one) > 1:
            squares += float(((means - means.mean()) ** 2).sum() * n[number] / (1 - n[number] / n[-1]))
            freedom += len(one) - 1
    return float(np.sqrt(squares / freedom)) if freedom else 0.0


@dataclass(frozen=True)
class Verdict:
    """What is to be done. answer: in a word. floor: the gain from which more rows matter, in the figure's unit. apart: whether
    rows that were learnt from are told much better than new ones."""

    answer: Answer
    floor: float
    apart: bool


def verdict(gain: Interval, now: float, guess: float, best: float, own: float | None) -> Verdict:
    """More rows, more features (or another model), neither, or not to be said.

    Neither: hardly anything is left to be known. Rows: twice of them buy something beyond chance that matters. Features: they
    buy too little, and it is ruled out that they buy twice of what would matter.

    Parameters
    ----------
    gain: what twice the rows buy, positive is better. now: the figure with all rows. guess: that of an answer that knows
        nothing of the single row. best: that of one without mistakes. own: on the rows learnt from; None: not measured.
    """
    left = abs(now - best)
    known = max(abs(guess - best) - left, DONE * left)
    floor = MATTERS * known
    apart = own is not None and abs(own - best) < left - APART * known
    if left <= DONE * abs(guess - best):
        return Verdict("neither", floor, apart)
    if gain.low > 0 and gain.value >= floor:
        return Verdict("rows", floor, apart)
    flat = gain.value < floor and gain.high < 2 * floor  # false where there is no interval
    return Verdict("features" if flat else "unclear", floor, apart)


def ends(interval: Interval) -> dict[str, float | None]:
    """{"value", "low", "high"}, None where there is none."""
    found = {"value": interval.value, "low": interval.low, "high": interval.high}
    return {name: float(one) if np.isfinite(one) else None for name, one in found.items()}
