"""Rank, rates and ridges by the size of the data: smooth rules through what was measured."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Defaults:
    """The settings of a fit.

    factors: length of the vectors. epochs: passes over the ratings; of implicit feedback, sweeps over both sides.
    ridge: L2 of vectors. Of explicit feedback it is counted once for each rating, in squares of a rating's unit where
    the scale has four steps; of implicit feedback it is that of `WholeObjective`. unobserved: see there; nan of explicit.
    rate, bias_ridge, history_ridge, batches, betas, spread, cycles, snapshots, fresh: see `FactorAdam`, `FactorObjective` and
    `Bag`; they say nothing of implicit feedback.
    """

    factors: int
    epochs: int
    ridge: float
    unobserved: float = np.nan
    rate: float = np.nan
    bias_ridge: float = np.nan
    history_ridge: float = np.nan
    batches: int = 1
    betas: tuple[float, float] = (0.9, 0.99)
    spread: float = 0.02
    cycles: int = 1
    snapshots: int = 0
    fresh: bool = False


def defaults_for(rows: int, users: int, items: int, *, explicit: bool, histories: bool) -> Defaults:
    """What to fit so many interactions of so many users and items with.

    Of ratings, the rules go through the best of 16 to 150 random settings at each of four sizes, MovieLens 100K and 1M,
    a fifth of the one (20,000 ratings) and the first 1,500 users of the other (250,000), each judged on a tenth of the
    nine tenths that are not for testing, and learnt from the rest. RMSE there, and on the tenth for testing once the
    nine are learnt from; CPU seconds of the fit on one core, `s`:

        ratings      best without    rule     test     s     best with both histories    rule     test     s
        20,000          .9805       .9857             0.02             .9762            .9781             0.06
        100,000         .9109       .9118    .9075    0.1              .8862            .8885    .8802    0.3
        250,000         .8857       .8896             0.2              .8619            .8619             0.8
        1,000,000       .8488       .8489    .8405    0.7              .8331            .8336    .8258    2.9

    With histories a fast rate and few epochs beat a slow one. The best ridge per rating falls with size, steeply where
    rows have few ratings.

    One fit is the default; averages are more accurate, at their price (`snapshots.mean_of`), with settings of their own,
    chosen on the same tenth. With histories, warm restarts: 4 cycles of 20 epochs, ridge .11, history_ridge .12, on
    ML-1M .8186 in 11.5 s. Without, warm cycles all end in the same place, and fits from several starts with a smaller
    ridge are what helps: ML-1M, 10 seeds, ridge .035: .8329 in 7.6 s; ML-100K, 32 seeds of 16 factors, 12 epochs,
    ridge .05: .8962 in 1.4 s.

    Implicit feedback: see `_implicit`.

    Parameters
    ----------
    rows: ratings; of implicit feedback the sum of weights. users, items: that have any.
    histories: whether those of users or of items are summed into the vectors.
    """
    if not explicit:
        return _implicit(rows, users, items)
    size = max(rows, 1_000) / 100_000
    return _with_histories(size) if histories else _plain(size)


def _plain(size: float) -> Defaults:
    """size: in hundreds of thousands of ratings."""
    return Defaults(
        factors=_between(16, 50 * size**0.5, 64),
        epochs=20,
        ridge=0.038 + 0.075 * size**-0.8,
        rate=min(0.022 * size**-0.7, 0.03),
        bias_ridge=0.02 + 0.006 / size,
        batches=_between(16, 24 * size**0.33, 64),
        betas=(0.9, 0.99),
        spread=0.02,
    )


def _with_histories(size: float) -> Defaults:
    """size: in hundreds of thousands of ratings."""
    return Defaults(
        factors=_between(16, 50 * size**0.5, 64),
        epochs=20,
        ridge=0.185 * size**-0.4,
        rate=0.043 * size**-0.15 / (1 + 0.12 / size),
        bias_ridge=0.02 + 0.006 / size,
        history_ridge=0.33 * size**-0.75,
        batches=_between(16, 20 * size**0.2, 32),
        betas=(0.9, 0.98),
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


def averaged(one: Defaults, snapshots: int, rows: int, *, histories: bool) -> Defaults:
    """What to change of the settings of one explicit fit when the mean over `snapshots` cycles is what predicts.

    Every cycle has the epochs that the one fit had. Without histories all cycles would end in the same place, so each
    begins anew, and the mean bears less ridge; with histories they go on from one another, and want more, the more ratings
    there are. Through the best settings on the validation parts of `defaults_for`.

    Parameters
    ----------
    rows: ratings.
    """
    size = max(rows, 1_000) / 100_000
    ridge, past = (1.2 * size**0.1, 1.17 * size**0.23) if histories else (0.72, 1.0)
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
