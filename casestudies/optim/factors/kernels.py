"""The inner loops of Adam for factors: an epoch of mini-batches, each taken in two passes.

Pass 1 walks the users of the batch: the errors of a user's ratings, the gradient, the step, all in the first cache.
Pass 2 walks the items with the errors that pass 1 stored and the users' vectors as pass 1 left them. A row is worked on
by one thread alone and its sums are taken in a fixed order, so the bits do not depend on the number of threads, and no
lock is needed: threads meet between the passes and nowhere else.

Ratings are taken four at a time: the row and its gradient are then read once for four (k = 64, 56,000 ratings in a batch:
18.7 ms an epoch of 900,000 ratings instead of 20.9).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import carray
from numba.core import types
from numba.extending import overload

from casestudies.optim.factors.batches import Codes, Places, Side
from casestudies.optim.factors.memory import scratch
from casestudies.optim.factors.steps import EPSILON
from casestudies.optim.factors.tables import Floats
from casestudies.optim.factors.team import Tally, claim, compiled, inlined, meet, part_of

_ZERO, _ONE, _EPSILON = np.float32(0), np.float32(1), np.float32(EPSILON)


class Learnt(NamedTuple):
    """One side's rows while they learn, changed in place.

    vectors, first: (rows, factors). second: (rows, factors), or None where a row has one second moment.
    biases: (rows,). small: (rows, 4) the row's second moment, the bias's first and second, and what its ridges
    are multiplied by: one line of memory a row.
    """

    vectors: Floats
    first: Floats
    second: Floats | None
    biases: Floats
    small: Floats


class Plan(NamedTuple):
    """Of each step: its batch, its rate and the two corrections; then what is the same for all."""

    order: Places
    rates: Floats
    corrections: Floats
    corrections_of_squares: Floats
    keep: np.float32
    keep_squares: np.float32
    ridge: np.float32
    bias_ridge: np.float32


def _move(second: Floats | None, *rest: Any) -> Any:
    """Moves a row's vector along `g` of squared `length`; returns the squared length of the move.

    Compiled code only, by one of the two rules below, which is known when it is compiled: with a branch in its place the
    loops count references to arrays at each row (53 ms an epoch instead of 27).
    """


@overload(_move, jit_options={"forceinline": True})
def _move_of(second, vectors, first, small, row, g, length, rate, c2, b1, b2, k):  # type: ignore[no-untyped-def]
    def by_row(second, vectors, first, small, row, g, length, rate, c2, b1, b2, k):  # type: ignore[no-untyped-def]
        level = b2 * small[row, 0] + (_ONE - b2) * length / np.float32(k)
        small[row, 0] = level
        pace = rate / (np.sqrt(level * c2) + _EPSILON)
        moved = _ZERO
        for f in range(k):
            m = b1 * first[row, f] + (_ONE - b1) * g[f]
            first[row, f] = m
            vectors[row, f] -= pace * m
            moved += m * m
        return moved * pace * pace

    def by_entry(second, vectors, first, small, row, g, length, rate, c2, b1, b2, k):  # type: ignore[no-untyped-def]
        moved = _ZERO
        for f in range(k):
            m = b1 * first[row, f] + (_ONE - b1) * g[f]
            v = b2 * second[row, f] + (_ONE - b2) * g[f] * g[f]
            first[row, f] = m
            second[row, f] = v
            change = rate * m / (np.sqrt(v * c2) + _EPSILON)
            vectors[row, f] -= change
            moved += change * change
        return moved

    return by_row if isinstance(second, types.NoneType) else by_entry


@inlined
def _step(
    vectors: Floats, first: Floats, second: Floats | None, biases: Floats, small: Floats, row: int, ratings: int,
    g: Floats, slope: np.float32, numbers: Any, k: int,
) -> Any:  # fmt: skip
    """Adam's step of one row, `g` and `slope` being the sums over its ratings; returns squared lengths of both.

    numbers: rate and first correction, second correction, both decays, both ridges.
    """
    rate, c2, b1, b2, ridge, bias_ridge = numbers
    held = np.float32(ratings) * small[row, 3]
    weight = held * ridge
    length = _ZERO
    for f in range(k):
        x = g[f] + weight * vectors[row, f]
        g[f] = x
        length += x * x
    bias = biases[row]
    slope += held * bias_ridge * bias
    mean = b1 * small[row, 1] + (_ONE - b1) * slope
    square = b2 * small[row, 2] + (_ONE - b2) * slope * slope
    small[row, 1] = mean
    small[row, 2] = square
    biases[row] = bias - rate * mean / (np.sqrt(square * c2) + _EPSILON)
    return length, _move(second, vectors, first, small, row, g, length, rate, c2, b1, b2, k)


@inlined
def numbers_of(plan: Plan, step: int) -> Any:
    """What `_step` takes."""
    rate = plan.rates[step] * plan.corrections[step]
    return rate, plan.corrections_of_squares[step], plan.keep, plan.keep_squares, plan.ridge, plan.bias_ridge


@inlined
def _users(
    chunk: int, base: int, side: Side, ratings: Floats, users: Learnt, items: Learnt, errors: Floats, g: Floats,
    plan: Plan, step: int, seen: Any,
) -> None:  # fmt: skip
    """Pass 1 over the users of a chunk; `errors` of the batch, whose first rating is `base`."""
    k = users.vectors.shape[1]
    rows, firsts, other = side.rows, side.firsts, side.other
    P, Q, biases = users.vectors, items.vectors, items.biases
    first, second, user_biases, small = users.first, users.second, users.biases, users.small
    numbers = numbers_of(plan, step)
    squares, lengths, longest, moves = 0.0, 0.0, 0.0, 0.0
    for run in range(side.chunks[chunk], side.chunks[chunk + 1]):
        row, n, end = rows[run], firsts[run], firsts[run + 1]
        bias, slope, sum_of_squares = user_biases[row], _ZERO, _ZERO
        for f in range(k):
            g[f] = _ZERO
        while n + 4 <= end:
            i0, i1, i2, i3 = other[n], other[n + 1], other[n + 2], other[n + 3]
            s0, s1, s2, s3 = _ZERO, _ZERO, _ZERO, _ZERO
            for f in range(k):
                p = P[row, f]
                s0 += p * Q[i0, f]
                s1 += p * Q[i1, f]
                s2 += p * Q[i2, f]
                s3 += p * Q[i3, f]
            e0 = ratings[n] - (bias + biases[i0] + s0)
            e1 = ratings[n + 1] - (bias + biases[i1] + s1)
            e2 = ratings[n + 2] - (bias + biases[i2] + s2)
            e3 = ratings[n + 3] - (bias + biases[i3] + s3)
            errors[n - base], errors[n - base + 1], errors[n - base + 2], errors[n - base + 3] = e0, e1, e2, e3
            slope -= (e0 + e1) + (e2 + e3)
            sum_of_squares += (e0 * e0 + e1 * e1) + (e2 * e2 + e3 * e3)
            for f in range(k):
                g[f] -= (e0 * Q[i0, f] + e1 * Q[i1, f]) + (e2 * Q[i2, f] + e3 * Q[i3, f])
            n += 4
        while n < end:
            item, s = other[n], _ZERO
            for f in range(k):
                s += P[row, f] * Q[item, f]
            e = ratings[n] - (bias + biases[item] + s)
            errors[n - base] = e
            slope -= e
            sum_of_squares += e * e
            for f in range(k):
                g[f] -= e * Q[item, f]
            n += 1
        length, moved = _step(P, first, second, user_biases, small, row, end - firsts[run], g, slope, numbers, k)
        squares += float(sum_of_squares)
        lengths += length
        longest = max(longest, length)
        moves += moved
    seen[chunk, 0], seen[chunk, 1], seen[chunk, 2], seen[chunk, 3] = lengths, longest, moves, squares


@inlined
def _items(
    chunk: int, side: Side, places: Codes, users: Learnt, items: Learnt, errors: Floats, g: Floats, plan: Plan,
    step: int, seen: Any,
) -> None:  # fmt: skip
    """Pass 2 over the items of a chunk."""
    k = items.vectors.shape[1]
    rows, firsts, other, P = side.rows, side.firsts, side.other, users.vectors
    Q, first, second, biases, small = items.vectors, items.first, items.second, items.biases, items.small
    numbers = numbers_of(plan, step)
    lengths, longest, moves = 0.0, 0.0, 0.0
    for run in range(side.chunks[chunk], side.chunks[chunk + 1]):
        row, n, end, slope = rows[run], firsts[run], firsts[run + 1], _ZERO
        for f in range(k):
            g[f] = _ZERO
        while n + 4 <= end:
            u0, u1, u2, u3 = other[n], other[n + 1], other[n + 2], other[n + 3]
            e0, e1, e2, e3 = errors[places[n]], errors[places[n + 1]], errors[places[n + 2]], errors[places[n + 3]]
            slope -= (e0 + e1) + (e2 + e3)
            for f in range(k):
                g[f] -= (e0 * P[u0, f] + e1 * P[u1, f]) + (e2 * P[u2, f] + e3 * P[u3, f])
            n += 4
        while n < end:
            user, e = other[n], errors[places[n]]
            slope -= e
            for f in range(k):
                g[f] -= e * P[user, f]
            n += 1
        length, moved = _step(Q, first, second, biases, small, row, end - firsts[run], g, slope, numbers, k)
        lengths += length
        longest = max(longest, length)
        moves += moved
    seen[chunk, 0], seen[chunk, 1], seen[chunk, 2] = lengths, longest, moves


@compiled
def epoch(
    threads: int, tally: Tally, by_user: Side, by_item: Side, ratings: Floats, places: Codes, users: Learnt,
    items: Learnt, errors: Floats, plan: Plan, seen_users: Any, seen_items: Any,
) -> None:  # fmt: skip
    """All steps of the plan, run by each of the threads at once.

    tally: zeros, (2 * steps + 9,): how many chunks of each pass are taken, and at the end who has come to the barrier.
    errors: room for those of the largest batch. seen_users, seen_items: (chunks, 4), what `steps.Passed` sums up.
    """
    k = users.vectors.shape[1]
    g = carray(scratch(k), (k,))
    barrier, arrivals, thread = tally.size - 1, 0, claim(tally, tally.size - 2)
    for step in range(plan.order.size):
        batch = plan.order[step]
        begin, end = by_user.batches[batch], by_user.batches[batch + 1]
        base = by_user.firsts[by_user.chunks[begin]]
        for turn in range(threads):
            counter, first, last = part_of(threads, (thread + turn) % threads, 2 * step, begin, end)
            chunk = first + claim(tally, counter)
            while chunk < last:
                _users(chunk, base, by_user, ratings, users, items, errors, g, plan, step, seen_users)
                chunk = first + claim(tally, counter)
        if threads > 1:
            arrivals += threads
            meet(tally, barrier, arrivals)
        begin, end = by_item.batches[batch], by_item.batches[batch + 1]
        for turn in range(threads):
            counter, first, last = part_of(threads, (thread + turn) % threads, 2 * step + 1, begin, end)
            chunk = first + claim(tally, counter)
            while chunk < last:
                _items(chunk, by_item, places, users, items, errors, g, plan, step, seen_items)
                chunk = first + claim(tally, counter)
        if threads > 1:
            arrivals += threads
            meet(tally, barrier, arrivals)


@compiled
def squares(
    tally: Tally, sums: Any, user: Codes, item: Codes, rating: Floats, mean: float, low: float, high: float, tables: Any
) -> None:
    """The sums of squared errors of predictions held within [low, high], run by each of several threads at once.

    tally: a zero. sums: (blocks,) of so many equal parts of the ratings. tables: users, items and their biases.
    """
    P, Q, user_bias, item_bias = tables
    block = claim(tally, 0)
    while block < sums.size:
        total = 0.0
        for n in range(user.size * block // sums.size, user.size * (block + 1) // sums.size):
            u, i, s = user[n], item[n], _ZERO
            for f in range(P.shape[1]):
                s += P[u, f] * Q[i, f]
            error = min(max(mean + user_bias[u] + item_bias[i] + s, low), high) - rating[n]
            total += error * error
        sums[block] = total
        block = claim(tally, 0)
