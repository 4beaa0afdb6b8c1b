"""The loops of `kernels` for numbers of factors that are known when they are compiled: rows are in registers.

What they do is the same, a row having one second moment; sums are taken in another order, which is always the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from casestudies.optim.factors.batches import Codes, Side
from casestudies.optim.factors.kernels import Learnt, Plan, numbers_of
from casestudies.optim.factors.memory import fetch
from casestudies.optim.factors.registers import dot, nothing, plus, put, take, times
from casestudies.optim.factors.steps import EPSILON
from casestudies.optim.factors.tables import Floats
from casestudies.optim.factors.team import Tally, claim, compiled, inlined, meet, part_of

_AHEAD = 8  # ratings: their rows are asked for early (10 M ratings, tables of 23 MB: 0.34 s an epoch instead of 0.41)
_ZERO, _ONE, _EPSILON = np.float32(0), np.float32(1), np.float32(EPSILON)


@inlined
def _fetch_row(table: Floats, row: int, k: int) -> None:
    for line in range(0, k, 16):
        fetch(table, row, line)


@inlined
def _step(learnt: Learnt, row: int, ratings: int, x: Any, g: Any, slope: np.float32, numbers: Any, fixed: Any) -> Any:
    """`_step` of a row `x` in registers, of which a row has one second moment."""
    rate, c2, b1, b2, ridge, bias_ridge = numbers
    first, small, biases = learnt.first, learnt.small, learnt.biases
    m = times(b1, take(first, row, fixed))
    held = np.float32(ratings) * small[row, 3]
    g = plus(g, held * ridge, x)
    length = dot(g, g)
    bias = biases[row]
    slope += held * bias_ridge * bias
    mean = b1 * small[row, 1] + (_ONE - b1) * slope
    square = b2 * small[row, 2] + (_ONE - b2) * slope * slope
    small[row, 1] = mean
    small[row, 2] = square
    biases[row] = bias - rate * mean / (np.sqrt(square * c2) + _EPSILON)
    level = b2 * small[row, 0] + (_ONE - b2) * length / np.float32(len(fixed))
    small[row, 0] = level
    pace = rate / (np.sqrt(level * c2) + _EPSILON)
    m = plus(m, _ONE - b1, g)
    put(first, row, m)
    put(learnt.vectors, row, plus(x, -pace, m))
    return length, dot(m, m) * pace * pace


@inlined
def _users(
    chunk: int, base: int, side: Side, ratings: Floats, users: Learnt, items: Learnt, errors: Floats, plan: Plan,
    step: int, seen: Any, fixed: Any,
) -> None:  # fmt: skip
    """`_users` with rows in registers."""
    k = len(fixed)
    rows, firsts, other = side.rows, side.firsts, side.other
    P, Q, biases, first = users.vectors, items.vectors, items.biases, users.first
    numbers = numbers_of(plan, step)
    squares, lengths, longest, moves = 0.0, 0.0, 0.0, 0.0
    for run in range(side.chunks[chunk], side.chunks[chunk + 1]):
        row, n, end = rows[run], firsts[run], firsts[run + 1]
        slope, sum_of_squares, bias = _ZERO, _ZERO, users.biases[row]
        if run + 1 < rows.size:
            _fetch_row(P, rows[run + 1], k)
            _fetch_row(first, rows[run + 1], k)
        p, g = take(P, row, fixed), nothing(fixed)
        while n + 4 <= end:
            if n + _AHEAD + 4 <= other.size:
                for ahead in range(n + _AHEAD, n + _AHEAD + 4):
                    _fetch_row(Q, other[ahead], k)
            i0, i1, i2, i3 = other[n], other[n + 1], other[n + 2], other[n + 3]
            q0, q1, q2, q3 = take(Q, i0, fixed), take(Q, i1, fixed), take(Q, i2, fixed), take(Q, i3, fixed)
            e0 = ratings[n] - (bias + biases[i0] + dot(p, q0))
            e1 = ratings[n + 1] - (bias + biases[i1] + dot(p, q1))
            e2 = ratings[n + 2] - (bias + biases[i2] + dot(p, q2))
            e3 = ratings[n + 3] - (bias + biases[i3] + dot(p, q3))
            errors[n - base], errors[n - base + 1], errors[n - base + 2], errors[n - base + 3] = e0, e1, e2, e3
            slope -= (e0 + e1) + (e2 + e3)
            sum_of_squares += (e0 * e0 + e1 * e1) + (e2 * e2 + e3 * e3)
            g = plus(plus(plus(plus(g, -e0, q0), -e1, q1), -e2, q2), -e3, q3)
            n += 4
        while n < end:
            if n + _AHEAD < other.size:
                _fetch_row(Q, other[n + _AHEAD], k)
            q = take(Q, other[n], fixed)
            e = ratings[n] - (bias + biases[other[n]] + dot(p, q))
            errors[n - base] = e
            slope -= e
            sum_of_squares += e * e
            g = plus(g, -e, q)
            n += 1
        length, moved = _step(users, row, end - firsts[run], p, g, slope, numbers, fixed)
        squares += float(sum_of_squares)
        lengths += length
        longest = max(longest, length)
        moves += moved
    seen[chunk, 0], seen[chunk, 1], seen[chunk, 2], seen[chunk, 3] = lengths, longest, moves, squares


@inlined
def _items(
    chunk: int, side: Side, places: Codes, users: Learnt, items: Learnt, errors: Floats, plan: Plan, step: int,
    seen: Any, fixed: Any,
) -> None:  # fmt: skip
    """`_items` with rows in registers."""
    k = len(fixed)
    rows, firsts, other, P, Q, first = side.rows, side.firsts, side.other, users.vectors, items.vectors, items.first
    numbers = numbers_of(plan, step)
    lengths, longest, moves = 0.0, 0.0, 0.0
    for run in range(side.chunks[chunk], side.chunks[chunk + 1]):
        row, n, end, slope = rows[run], firsts[run], firsts[run + 1], _ZERO
        if run + 1 < rows.size:
            _fetch_row(Q, rows[run + 1], k)
            _fetch_row(first, rows[run + 1], k)
        g = nothing(fixed)
        while n + 4 <= end:
            if n + _AHEAD + 4 <= other.size:
                for ahead in range(n + _AHEAD, n + _AHEAD + 4):
                    _fetch_row(P, other[ahead], k)
            e0, e1, e2, e3 = errors[places[n]], errors[places[n + 1]], errors[places[n + 2]], errors[places[n + 3]]
            slope -= (e0 + e1) + (e2 + e3)
            g = plus(plus(g, -e0, take(P, other[n], fixed)), -e1, take(P, other[n + 1], fixed))
            g = plus(plus(g, -e2, take(P, other[n + 2], fixed)), -e3, take(P, other[n + 3], fixed))
            n += 4
        while n < end:
            if n + _AHEAD < other.size:
                _fetch_row(P, other[n + _AHEAD], k)
            e = errors[places[n]]
            slope -= e
            g = plus(g, -e, take(P, other[n], fixed))
            n += 1
        length, moved = _step(items, row, end - firsts[run], take(Q, row, fixed), g, slope, numbers, fixed)
        lengths += length
        longest = max(longest, length)
        moves += moved
    seen[chunk, 0], seen[chunk, 1], seen[chunk, 2] = lengths, longest, moves


@compiled
def epoch(
    threads: int, tally: Tally, by_user: Side, by_item: Side, ratings: Floats, places: Codes, users: Learnt,
    items: Learnt, errors: Floats, plan: Plan, seen_users: Any, seen_items: Any, fixed: Any,
) -> None:  # fmt: skip
    """All steps of the plan, run by each of the threads at once.

    tally: zeros, (2 * steps + 9,): how many chunks of each pass are taken, and at the end who has come to the barrier.
    errors: room for those of the largest batch. seen_users, seen_items: (chunks, 4), what `steps.Passed` sums up.
    fixed: a tuple of as many numbers as there are factors.
    """
    barrier, arrivals, thread = tally.size - 1, 0, claim(tally, tally.size - 2)
    for step in range(plan.order.size):
        batch = plan.order[step]
        begin, end = by_user.batches[batch], by_user.batches[batch + 1]
        base = by_user.firsts[by_user.chunks[begin]]
        for turn in range(threads):
            counter, first, last = part_of(threads, (thread + turn) % threads, 2 * step, begin, end)
            chunk = first + claim(tally, counter)
            while chunk < last:
                _users(chunk, base, by_user, ratings, users, items, errors, plan, step, seen_users, fixed)
                chunk = first + claim(tally, counter)
        if threads > 1:
            arrivals += threads
            meet(tally, barrier, arrivals)
        begin, end = by_item.batches[batch], by_item.batches[batch + 1]
        for turn in range(threads):
            counter, first, last = part_of(threads, (thread + turn) % threads, 2 * step + 1, begin, end)
            chunk = first + claim(tally, counter)
            while chunk < last:
                _items(chunk, by_item, places, users, items, errors, plan, step, seen_items, fixed)
                chunk = first + claim(tally, counter)
        if threads > 1:
            arrivals += threads
            meet(tally, barrier, arrivals)


@compiled
def squares(user: Codes, item: Codes, rating: Floats, mean: float, low: float, high: float, tables: Any) -> float:
    """The sum of squared errors of predictions held within [low, high]; tables: users, items and their biases."""
    P, Q, user_bias, item_bias = tables
    total = 0.0
    for n in range(user.size):
        u, i, s = user[n], item[n], _ZERO
        for f in range(P.shape[1]):
            s += P[u, f] * Q[i, f]
        error = min(max(mean + user_bias[u] + item_bias[i] + s, low), high) - rating[n]
        total += error * error
    return total
