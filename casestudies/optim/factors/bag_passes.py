"""One epoch of Adam with bags: tables, moments and plan handed to the compiled loops, and what they saw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from casestudies.optim.factors.bag_kernels import Course, Half, Taught
from casestudies.optim.factors.bag_kernels import epoch as compiled_epoch
from casestudies.optim.factors.bags import Gathered, Joined
from casestudies.optim.factors.batches import Batches
from casestudies.optim.factors.objective import aligned
from casestudies.optim.factors.steps import Moments, Passed, StepSettings
from casestudies.optim.factors.tables import Floats, Tables
from casestudies.optim.factors.team import together

PACE = 0.25  # of the rows' rate, for a step of n embeddings moves their sum by up to the root of n times as much

_LINE = 16  # floats of a line of the cache


def epoch(
    batches: Batches, tables: Tables, gathered: Gathered, moments: Moments, settings: StepSettings, threads: int
) -> Passed:
    """Takes the steps of an epoch, changing tables and moments in place; the same bits for any number of threads.

    The batches are taken in rounds. In a round the sums of embeddings stand still, and with each batch both sides' own
    parts take a step on its loss (both sides' gradients at the point before it); at its end the embeddings take one, on
    the loss of all its batches together. With a round for each batch this is Adam on the loss of the batch.
    """
    steps = len(settings.order)
    rounds = np.round(np.linspace(0, steps, min(gathered.rounds, steps) + 1)).astype(np.int64)
    sides = gathered.users, gathered.items
    users, items = (
        _half(_own(tables, moments, side), holds, joined, _embeddings(tables, moments, joined), settings.bias_ridge)
        for side, holds, joined in zip(("user", "item"), settings.holds, sides, strict=True)
    )
    pieces = (batches.users.chunks, batches.items.chunks, users.by_column.chunks, items.by_column.chunks)
    seen = tuple(np.zeros((len(chunks) - 1, 4)) for chunks in pieces)
    tally, errors = np.zeros(2 * (steps + len(rounds)), np.int64), np.empty(batches.largest, np.float32)
    plans = _course(settings), _course(_of_embeddings(settings, rounds))
    shares = _shares(batches, settings, rounds)

    def work() -> None:
        compiled_epoch(
            threads, tally, batches.users, batches.items, batches.ratings, batches.places, users, items, errors, plans[0],
            rounds, plans[1], shares, seen,
        )  # fmt: skip

    together(work, threads)
    for half, joined in zip((users, items), sides, strict=True):
        _put_back(half.embeddings, tables, moments, joined)
    return _passed(seen, (len(batches.users.rows), len(batches.items.rows)), tables.users.shape[1])


def _own(tables: Tables, moments: Moments, side: str) -> Taught:
    first, second = moments.first, moments.second
    if side == "user":
        return Taught(tables.users, first.users, second.users, tables.user_bias, first.user_bias, second.user_bias)
    return Taught(tables.items, first.items, second.items, tables.item_bias, first.item_bias, second.item_bias)


def _embeddings(tables: Tables, moments: Moments, joined: Joined) -> Taught:
    """Those of one side's bags as one table: copies."""
    factors = tables.users.shape[1]
    width = next((table.shape[1] for table in moments.second.bags), 1)

    def stack(parts: tuple[Floats, ...], *shape: int) -> Floats:
        return np.concatenate([np.empty((0, *shape), np.float32), *(parts[place] for place in joined.places)])

    first, second = moments.first, moments.second
    return Taught(
        stack(tables.bags, factors), stack(first.bags, factors), stack(second.bags, width),
        stack(tables.bag_bias), stack(first.bag_bias), stack(second.bag_bias),
    )  # fmt: skip


def _put_back(embeddings: Taught, tables: Tables, moments: Moments, joined: Joined) -> None:
    begin = 0
    for place in joined.places:
        end = begin + len(tables.bags[place])
        kept = (tables, moments.first, moments.second)
        for into, vectors in zip(kept, (embeddings.vectors, embeddings.first, embeddings.second), strict=True):
            into.bags[place][:] = vectors[begin:end]
        biases = (embeddings.biases, embeddings.first_of_biases, embeddings.second_of_biases)
        for into, levels in zip(kept, biases, strict=True):
            into.bag_bias[place][:] = levels[begin:end]
        begin = end


def _half(own: Taught, holds: Floats, joined: Joined, embeddings: Taught, bias_ridge: float) -> Half:
    rows, factors = own.vectors.shape
    width = -(-(factors + 1) // _LINE) * _LINE
    return Half(
        own=own,
        holds=holds,
        embeddings=embeddings,
        by_row=joined.by_row,
        by_column=joined.by_column,
        ridge=joined.ridge * joined.ratings,
        bias_ridge=np.float32(bias_ridge) * joined.ratings,
        biased=joined.biased,
        sums=_table(rows, width),
        whole=_table(rows, width),
        flow=_table(rows, width),
    )


def _table(rows: int, width: int) -> Floats:
    return aligned(rows * width).reshape(rows, width)


def _course(settings: StepSettings) -> Course:
    numbers = (*settings.betas, settings.ridge, settings.bias_ridge)
    return Course(settings.order, settings.rates, *settings.corrections, *(np.float32(number) for number in numbers))


def _of_embeddings(settings: StepSettings, rounds: NDArray[np.int64]) -> StepSettings:
    """A step for each round, at a share of the rate that the round ends with."""
    count, epochs = len(rounds) - 1, settings.taken // len(settings.order)
    rates = np.float32(PACE) * settings.rates[rounds[1:] - 1]
    return replace(settings, order=np.arange(count), rates=rates, taken=epochs * count)


def _shares(batches: Batches, settings: StepSettings, rounds: NDArray[np.int64]) -> NDArray[np.float64]:
    """(rounds,) of the ratings in each."""
    begins = batches.users.firsts[batches.users.chunks[batches.users.batches]]
    return np.add.reduceat(np.diff(begins)[settings.order], rounds[:-1]) / len(batches.ratings)


def _passed(seen: tuple[NDArray[np.float64], ...], runs: tuple[int, int], factors: int) -> Passed:
    """The columns of both sides' bags count as one table."""
    columns = np.concatenate(seen[2:])
    parts = [seen[0], seen[1], columns] if len(columns) else [seen[0], seen[1]]
    counts = [*runs, max(columns[:, 3].sum(), 1.0)]
    lengths = [np.sqrt(part[:, 0].sum() / count) for part, count in zip(parts, counts, strict=False)]
    moves = [np.sqrt(part[:, 2].sum() / count / factors) for part, count in zip(parts, counts, strict=False)]
    largest = np.sqrt(max(part[:, 1].max() for part in parts))
    return Passed(float(seen[0][:, 3].sum()), tuple(map(float, lengths)), float(largest), tuple(map(float, moves)))
