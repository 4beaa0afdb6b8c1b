"""One epoch of Adam on the processor: tables, moments and plan handed to the compiled loops, and what they saw."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from casestudies.optim.factors import kernels, wide
from casestudies.optim.factors.batches import Batches, Ratings, Side
from casestudies.optim.factors.kernels import Learnt, Plan
from casestudies.optim.factors.steps import Moments, Passed, StepSettings
from casestudies.optim.factors.tables import Floats, Tables
from casestudies.optim.factors.team import together

# numbers of factors that get loops of their own, where there is enough to do for the 2 s that making them takes once
_FIXED = (16, 32, 64, 128)
_MUCH = 500_000  # ratings
_BLOCK = 1 << 15  # ratings whose errors are summed by one thread; the blocks are the same for any number of threads


def epoch(batches: Batches, tables: Tables, moments: Moments, settings: StepSettings, threads: int) -> Passed:
    """Takes the steps, changing tables and moments in place; the same bits for any number of threads."""
    kept, squares, holds = moments.first, moments.second, settings.holds
    users = _learnt(
        tables.users, kept.users, squares.users, tables.user_bias, kept.user_bias, squares.user_bias, holds[0]
    )
    items = _learnt(
        tables.items, kept.items, squares.items, tables.item_bias, kept.item_bias, squares.item_bias, holds[1]
    )
    seen = [np.zeros((len(side.chunks) - 1, 4)) for side in (batches.users, batches.items)]
    tally, errors = np.zeros(2 * threads * len(settings.order) + 10, np.int64), np.empty(batches.largest, np.float32)
    factors, plan = tables.users.shape[1], _plan(settings)
    held = batches.users, batches.items, batches.ratings, batches.places, users, items, errors, plan, seen[0], seen[1]

    def work() -> None:
        if settings.kind == "row" and factors in _FIXED and len(batches.ratings) >= _MUCH:
            wide.epoch(threads, tally, *held, (np.int8(0),) * factors)
        else:
            kernels.epoch(threads, tally, *held)

    together(work, threads)
    _unpack(users, squares.users, kept.user_bias, squares.user_bias)
    _unpack(items, squares.items, kept.item_bias, squares.item_bias)
    return _passed(seen, (batches.users, batches.items), factors)


def mean_square(ratings: Ratings, tables: Tables, mean: float, scale: tuple[float, float], threads: int = 1) -> float:
    """Mean squared error of predictions held within the scale; tables without bags."""
    parts = (tables.users, tables.items, tables.user_bias, tables.item_bias)
    tally, sums = np.zeros(1, np.int64), np.zeros(-(-len(ratings[2]) // _BLOCK))
    together(lambda: kernels.squares(tally, sums, *ratings, mean, *scale, parts), min(threads, len(sums)))
    return float(sums.sum()) / len(ratings[2])


def _learnt(
    vectors: Floats, first: Floats, second: Floats, biases: Floats, bias_1: Floats, bias_2: Floats, holds: Floats
) -> Learnt:
    of_rows = second.shape[1] == 1
    small = np.stack([second[:, 0], bias_1, bias_2, holds], axis=1)
    return Learnt(vectors, first, None if of_rows else second, biases, small)


def _unpack(learnt: Learnt, second: Floats, bias_1: Floats, bias_2: Floats) -> None:
    if learnt.second is None:
        second[:, 0] = learnt.small[:, 0]
    bias_1[:], bias_2[:] = learnt.small[:, 1], learnt.small[:, 2]


def _plan(settings: StepSettings) -> Plan:
    numbers = (*settings.betas, settings.ridge, settings.bias_ridge)
    return Plan(settings.order, settings.rates, *settings.corrections, *(np.float32(number) for number in numbers))


def _passed(seen: list[NDArray[np.float64]], sides: tuple[Side, Side], factors: int) -> Passed:
    lengths = [np.sqrt(part[:, 0].sum() / len(side.rows)) for part, side in zip(seen, sides, strict=True)]
    moves = [np.sqrt(part[:, 2].sum() / len(side.rows) / factors) for part, side in zip(seen, sides, strict=True)]
    largest = np.sqrt(max(part[:, 1].max() for part in seen))
    return Passed(float(seen[0][:, 3].sum()), tuple(map(float, lengths)), float(largest), tuple(map(float, moves)))
