"""Compiled: an epoch of Adam for factors with bags, that is, vectors of which a part is a sum of embeddings.

The sums are worked out anew a few times in an epoch and stand still in between, while the gradients that reach them are
added up; then the embeddings take one step. The four sparse products (each side, there and back) would else be taken
for each batch, and cost five times what the batch does. Within a round the rows' own parts step as without bags.

As without bags, one thread alone works on a row or a column, and its sums are taken in a fixed order.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from casestudies.optim.factors.bag_sums import Course, Half, add_up, join, move, move_columns
from casestudies.optim.factors.batches import Codes, Places, Side
from casestudies.optim.factors.tables import Floats
from casestudies.optim.factors.team import Tally, claim, compiled, meet

_ZERO = np.float32(0)


@compiled
def _users(
    chunk: int, base: int, side: Side, ratings: Floats, users: Half, items: Half, errors: Floats, g: Floats,
    plan: Course, step: int, seen: Any,
) -> None:  # fmt: skip
    """Pass 1: errors and gradients of whole vectors, and the step of the users' own parts.

    Whole vectors of users are left as they were before the step, for the items' gradients.
    """
    k = users.own.vectors.shape[1]
    rows, firsts, other = side.rows, side.firsts, side.other
    P, Q, flow = users.whole, items.whole, users.flow
    squares, lengths, longest, moves = 0.0, 0.0, 0.0, 0.0
    for run in range(side.chunks[chunk], side.chunks[chunk + 1]):
        row, n, end = rows[run], firsts[run], firsts[run + 1]
        slope: Any = _ZERO
        sum_of_squares: Any = _ZERO
        join(users, row, k)
        bias = P[row, k]
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
            e0 = ratings[n] - (bias + Q[i0, k] + s0)
            e1 = ratings[n + 1] - (bias + Q[i1, k] + s1)
            e2 = ratings[n + 2] - (bias + Q[i2, k] + s2)
            e3 = ratings[n + 3] - (bias + Q[i3, k] + s3)
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
            e = ratings[n] - (bias + Q[item, k] + s)
            errors[n - base] = e
            slope -= e
            sum_of_squares += e * e
            for f in range(k):
                g[f] -= e * Q[item, f]
            n += 1
        for f in range(k):
            flow[row, f] += g[f]
        flow[row, k] += slope
        count = np.float32(end - firsts[run])
        weight, bias_weight = count * plan.ridge, count * plan.bias_ridge
        length, moved = move(users.own, row, g, slope, weight, bias_weight, plan, step)
        squares += sum_of_squares
        lengths += length
        longest = max(longest, length)
        moves += moved
    seen[chunk, 0], seen[chunk, 1], seen[chunk, 2], seen[chunk, 3] = lengths, longest, moves, squares


@compiled
def _items(
    chunk: int, side: Side, places: Codes, users: Half, items: Half, errors: Floats, g: Floats, plan: Course, step: int,
    seen: Any,
) -> None:  # fmt: skip
    """Pass 2: the gradients of the items and the step of their own parts."""
    k = items.own.vectors.shape[1]
    rows, firsts, other, P, flow = side.rows, side.firsts, side.other, users.whole, items.flow
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
        for f in range(k):
            flow[row, f] += g[f]
        flow[row, k] += slope
        count = np.float32(end - firsts[run])
        weight, bias_weight = count * plan.ridge, count * plan.bias_ridge
        length, moved = move(items.own, row, g, slope, weight, bias_weight, plan, step)
        join(items, row, k)
        lengths += length
        longest = max(longest, length)
        moves += moved
    seen[chunk, 0], seen[chunk, 1], seen[chunk, 2] = lengths, longest, moves


@compiled
def _batch(
    threads: int, tally: Tally, turn: int, by_user: Side, by_item: Side, ratings: Floats, places: Codes, users: Half,
    items: Half, errors: Floats, g: Floats, plan: Course, step: int, seen_users: Any, seen_items: Any,
) -> int:  # fmt: skip
    """Both passes of one step; `turn` and what it returns: loops shared out so far."""
    batch = plan.order[step]
    begin, end = by_user.batches[batch], by_user.batches[batch + 1]
    base = by_user.firsts[by_user.chunks[begin]]
    chunk = begin + claim(tally, turn)
    while chunk < end:
        _users(chunk, base, by_user, ratings, users, items, errors, g, plan, step, seen_users)
        chunk = begin + claim(tally, turn)
    meet(tally, tally.size - 1, (turn + 1) * threads)
    begin, end = by_item.batches[batch], by_item.batches[batch + 1]
    chunk = begin + claim(tally, turn + 1)
    while chunk < end:
        _items(chunk, by_item, places, users, items, errors, g, plan, step, seen_items)
        chunk = begin + claim(tally, turn + 1)
    meet(tally, tally.size - 1, (turn + 2) * threads)
    return turn + 2


@compiled
def _sums(threads: int, tally: Tally, turn: int, users: Half, items: Half, g: Floats) -> int:
    """The sums of all rows of both sides."""
    first = users.by_row.chunks.size - 1
    end = first + items.by_row.chunks.size - 1
    chunk = claim(tally, turn)
    while chunk < end:
        if chunk < first:
            add_up(chunk, users, g)
        else:
            add_up(chunk - first, items, g)
        chunk = claim(tally, turn)
    meet(tally, tally.size - 1, (turn + 1) * threads)
    return turn + 1


@compiled
def _steps(
    threads: int, tally: Tally, turn: int, users: Half, items: Half, share: float, g: Floats, plan: Course, step: int,
    seen_users: Any, seen_items: Any,
) -> int:  # fmt: skip
    """One step of all embeddings of both sides."""
    first = users.by_column.chunks.size - 1
    end = first + items.by_column.chunks.size - 1
    chunk = claim(tally, turn)
    while chunk < end:
        if chunk < first:
            move_columns(chunk, users, share, g, plan, step, seen_users)
        else:
            move_columns(chunk - first, items, share, g, plan, step, seen_items)
        chunk = claim(tally, turn)
    meet(tally, tally.size - 1, (turn + 1) * threads)
    return turn + 1


@compiled
def epoch(
    threads: int, tally: Tally, by_user: Side, by_item: Side, ratings: Floats, places: Codes, users: Half, items: Half,
    errors: Floats, plan: Course, rounds: Places, embedding_plan: Course, shares: NDArray[np.float64], seen: Any,
) -> None:  # fmt: skip
    """All rounds of an epoch, run by each of the threads at once.

    tally: zeros, one for each loop that is shared out (two for each batch and each round) and one for the barrier.
    rounds: (rounds + 1,) the first step of each. shares: (rounds,) of the ratings. embedding_plan: a step for a round.
    seen: of users, items, and the columns of both, (chunks, 4) each, what `steps.Passed` sums up.
    """
    g = np.empty(users.own.vectors.shape[1], np.float32)
    turn = 0
    for number in range(rounds.size - 1):
        turn = _sums(threads, tally, turn, users, items, g)
        for step in range(rounds[number], rounds[number + 1]):
            turn = _batch(
                threads, tally, turn, by_user, by_item, ratings, places, users, items, errors, g, plan, step,
                seen[0], seen[1],
            )  # fmt: skip
        turn = _steps(threads, tally, turn, users, items, shares[number], g, embedding_plan, number, seen[2], seen[3])
