"""Rank, rates and ridges by the size of the data: smooth rules through what was measured."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

_STANDS = 2.75  # ratings of a usual row for which the penalty on its bias stands


@dataclass(frozen=True)
class Defaults:
    """The settings of a fit.

    factors: length of the vectors. epochs: passes over the ratings; of implicit feedback, sweeps over both sides.
    ridge: L2 of vectors. Of explicit feedback that of a rating of a usual row, in squares of a rating's unit where
    the scale has four steps; of implicit feedback it is that of `WholeObjective`. unobserved: see there; nan of explicit.
    rate, bias_ridge, history_ridge, growth, batches, betas, spread, cycles, snapshots, fresh: see `FactorAdam`, `FactorObjective` and
    `Bag`; they say nothing of implicit feedback.
    """

    factors: int
    epochs: int
    ridge: float
    unobserved: float = np.nan
    rate: float = np.nan
    bias_ridge: float = np.nan
    history_ridge: float = np.nan
    growth: float = np.nan
    batches: int = 1
    betas: tuple[float, float] = (0.9, 0.99)
    spread: float = 0.02
    cycles: int = 1
    snapshots: int = 0
    fresh: bool = False


def defaults_for(rows: int, users: int, items: int, *, explicit: bool, histories: bool) -> Defaults:
    """What to fit so many interactions of so many users and items with.

    Of ratings, the rules go through the best of 100 to 260 random settings at each of up to five sizes: MovieLens 1M, its first
    1,500 users (250,000 ratings), MovieLens 100K, 20,000 and 5,000 ratings of it; each judged on a tenth of the nine
    tenths that are not for testing, and learnt from the rest. RMSE there without watching for when to stop; of 20,000 and
    less the mean of four draws:

        ratings      averages    rule    all ridges once a rating    rule with both histories    once a rating
        5,000          1.027    1.032               1.048                      1.037                1.034
        10,000         1.005    1.010               1.020                      1.004                1.019
        20,000          .975     .977                .981                       .970                 .977
        100,000         .944     .910                .912                       .885                 .889
        250,000         .922     .888                .892                       .858                 .862
        1,000,000       .911     .846                .849                       .827                 .834

    "Once a rating" are the best rules found for growth 1. The best growth was .53 to .64 without histories and .37 to .59
    with them at 20,000 ratings and more; below, where little but averages can be learnt, it makes no difference.

    One fit is the default; averages are more accurate, at their price (`snapshots.mean_of`). Without histories warm cycles
    all end in the same place, and fits from several starts with a smaller ridge are what helps.

    Implicit feedback: see `_implicit`.

    Parameters
    ----------
    rows: ratings; of implicit feedback the sum of weights. users, items: that have any.
    histories: whether those of users or of items are summed into the vectors.
    """
    if not explicit:
        return _implicit(rows, users, items)
    size, usual = max(rows, 1_000) / 100_000, max(rows / (max(users, 1) * max(items, 1)) ** 0.5, 1.0)
    found = _with_histories(size) if histories else _plain(size)
    return replace(found, bias_ridge=_STANDS / usual)


def _plain(size: float) -> Defaults:
    """size: in hundreds of thousands of ratings."""
    return Defaults(
        factors=_between(16, 50 * size**0.5, 64),
        epochs=20,
        ridge=0.05 + 0.085 * size**-0.8,
        rate=min(0.016 * size**-0.5, 0.02),
        growth=0.6,
        batches=_between(12, 24 * size**0.3, 48),
        betas=(0.85, 0.98),
        spread=0.01,
    )


def _with_histories(size: float) -> Defaults:
    """size: in hundreds of thousands of ratings."""
    return Defaults(
        factors=_between(16, 50 * size**0.5, 64),
        epochs=20,
        ridge=0.08 + 0.14 * size**-0.8,
        rate=max(0.066 * size**-0.36 / (1 + (0.4 / size) ** 1.5), 0.008),
        history_ridge=0.15 + 0.03 * size**-1.3,
        growth=0.5,
        batches=_between(16, 44 * size**0.1, 64),
        betas=(0.9, 0.995),
        spread=0.02,
    )


def _implicit(rows: int, users: int, items: int) -> Defaults:
    """Of a table of which every cell counts.

    A direction of it survives the fit when its singular value is above the geometric mean of the two sides' penalties,
    so that this mean has to follow the largest singular value of a table of so many cells without any structure.
    """
    rows, users, items = max(rows, 1), max(users, 1), max(items, 1)
    unobserved = 0.5
    edge = (rows / users) ** 0.5 + (rows / items) ** 0.5
    weights = (rows / users + unobserved * items) * (rows / items + unobserved * users)
    factors = next((factors for most, factors in ((30_000, 16), (300_000, 32), (800_000, 64)) if rows < most), 128)
    return Defaults(factors=factors, epochs=12, ridge=(5 + edge / 4) / weights**0.5, unobserved=unobserved)


def averaged(one: Defaults, snapshots: int, *, histories: bool) -> Defaults:
    """What to change of the settings of one explicit fit when the mean over `snapshots` cycles is what predicts.

    Every cycle has the epochs that the one fit had. Without histories all cycles would end in the same place, so each
    begins anew, and the mean bears less ridge; with histories they go on from one another, and want more. Through the best
    settings on the validation parts of `defaults_for`.
    """
    ridge, past = (1.2, 1.5) if histories else (0.68, 1.0)
    return replace(
        one,
        epochs=one.epochs * snapshots,
        ridge=one.ridge * ridge,
        history_ridge=one.history_ridge * past,
        cycles=snapshots,
        snapshots=snapshots,
        fresh=not histories,
    )


def _between(least: int, number: float, most: int) -> int:
    return int(min(max(round(number), least), most))
