"""Compiled: an epoch of Adam for factors with bags, that is, vectors of which a part is a sum of embeddings.

The sums are worked out anew a few times in an epoch and stand still in between, while the gradients that reach them are
added up; then the embeddings take one step. The four sparse products (each side, there and back) would else be taken
for each batch, and cost five times what the batch does. Within a round the rows' own parts step as without bags.

As without bags, one thread alone works on a row or a column, and its sums are taken in a fixed order.

All that is compiled stands in this one file: what Numba keeps on disk is thrown away when the file of the outer function
changes, and when no other does.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from casestudies.optim.factors.batches import Codes, Places, Side
from casestudies.optim.factors.steps import EPSILON
from casestudies.optim.factors.tables import Floats
from casestudies.optim.factors.team import Tally, claim, compiled, meet

_ZERO, _ONE, _EPSILON = np.float32(0), np.float32(1), np.float32(EPSILON)


class Lines(NamedTuple):
    """A sparse matrix line by line.

    firsts: (lines + 1,) the first entry of each. others, weights: (entries,) where in the line, and how much.
    chunks: (chunks + 1,) the first line of each; a chunk is what one thread takes.
    """

    firsts: Places
    others: Codes
    weights: Floats
    chunks: Places


class Taught(NamedTuple):
    """A table and its moments, changed in place.

    vectors, first: (rows, factors). second: the same, or (rows, 1) where a row has one second moment.
    biases, first_of_biases, second_of_biases: (rows,).
    """

    vectors: Floats
    first: Floats
    second: Floats
    biases: Floats
    first_of_biases: Floats
    second_of_biases: Floats


class Course(NamedTuple):
    """Of each step: its batch, its rate and the two corrections; then what is the same for all."""

    order: Places
    rates: Floats
    corrections: Floats
    corrections_of_squares: Floats
    keep: np.float32
    keep_squares: np.float32
    ridge: np.float32
    bias_ridge: np.float32


class Half(NamedTuple):
    """One side with all bags of it side by side, changed in place.

    own: the rows' own parts. holds: (rows,) what their ridges are multiplied by. embeddings: of the columns. by_row, by_column: who has what, (rows, columns).
    ridge, bias_ridge: (columns,) of an epoch. biased: (columns,) 1 where a column has a bias, else 0.
    sums, whole, flow: (rows, factors + 1) each: what the embeddings add; own and sums together; the gradients that
    have come since the last round. Their last column is of the biases.
    """

    own: Taught
    holds: Floats
    embeddings: Taught
    by_row: Lines
    by_column: Lines
    ridge: Floats
    bias_ridge: Floats
    biased: Floats
    sums: Floats
    whole: Floats
    flow: Floats


@compiled
def _move(
    table: Taught, row: int, g: Floats, slope: Any, weight: Any, bias_weight: Any, plan: Course, step: int
) -> Any:
    """Adam's step of one row, `g` and `slope` being the sums over its ratings, the weights those of the ridges.

    Returns squared lengths of the vector's gradient and step.
    """
    vectors, first, second = table.vectors, table.first, table.second
    b1, b2, c2 = plan.keep, plan.keep_squares, plan.corrections_of_squares[step]
    rate, k = plan.rates[step] * plan.corrections[step], vectors.shape[1]
    slope += bias_weight * table.biases[row]
    mean = b1 * table.first_of_biases[row] + (_ONE - b1) * slope
    square = b2 * table.second_of_biases[row] + (_ONE - b2) * slope * slope
    table.first_of_biases[row], table.second_of_biases[row] = mean, square
    table.biases[row] -= rate * mean / (np.sqrt(square * c2) + _EPSILON)
    length, moved = _ZERO, _ZERO
    for f in range(k):
        x = g[f] + weight * vectors[row, f]
        g[f] = x
        length += x * x
    if second.shape[1] == 1:
        level = b2 * second[row, 0] + (_ONE - b2) * length / np.float32(k)
        second[row, 0] = level
        pace = rate / (np.sqrt(level * c2) + _EPSILON)
        for f in range(k):
            m = b1 * first[row, f] + (_ONE - b1) * g[f]
            first[row, f] = m
            vectors[row, f] -= pace * m
            moved += m * m
        return length, moved * pace * pace
    for f in range(k):
        m = b1 * first[row, f] + (_ONE - b1) * g[f]
        v = b2 * second[row, f] + (_ONE - b2) * g[f] * g[f]
        first[row, f], second[row, f] = m, v
        change = rate * m / (np.sqrt(v * c2) + _EPSILON)
        vectors[row, f] -= change
        moved += change * change
    return length, moved


@compiled
def _add_up(chunk: int, half: Half, g: Floats) -> None:
    """The sums of the chunk's rows from the embeddings as they are, and no gradients yet."""
    k = half.own.vectors.shape[1]
    lines, table, biases = half.by_row, half.embeddings.vectors, half.embeddings.biases
    for row in range(lines.chunks[chunk], lines.chunks[chunk + 1]):
        n, end, bias = lines.firsts[row], lines.firsts[row + 1], _ZERO
        for f in range(k):
            g[f] = _ZERO
        while n + 4 <= end:
            c0, c1, c2, c3 = lines.others[n], lines.others[n + 1], lines.others[n + 2], lines.others[n + 3]
            w0, w1, w2, w3 = lines.weights[n], lines.weights[n + 1], lines.weights[n + 2], lines.weights[n + 3]
            bias += (w0 * biases[c0] + w1 * biases[c1]) + (w2 * biases[c2] + w3 * biases[c3])
            for f in range(k):
                g[f] += (w0 * table[c0, f] + w1 * table[c1, f]) + (w2 * table[c2, f] + w3 * table[c3, f])
            n += 4
        while n < end:
            column, weight = lines.others[n], lines.weights[n]
            bias += weight * biases[column]
            for f in range(k):
                g[f] += weight * table[column, f]
            n += 1
        for f in range(k):
            half.sums[row, f] = g[f]
            half.flow[row, f] = _ZERO
        half.sums[row, k], half.flow[row, k] = bias, _ZERO
        _join(half, row, k)


@compiled
def _join(half: Half, row: int, k: int) -> None:
    """The row as a whole, after its own part or its sum has changed."""
    for f in range(k):
        half.whole[row, f] = half.own.vectors[row, f] + half.sums[row, f]
    half.whole[row, k] = half.own.biases[row] + half.sums[row, k]


@compiled
def _move_columns(chunk: int, half: Half, share: float, g: Floats, plan: Course, turn: int, seen: Any) -> None:
    """One step of the chunk's embeddings, on the gradients that have come to their rows; share: of the epoch's ratings."""
    k = half.own.vectors.shape[1]
    lines, flow, table = half.by_column, half.flow, half.embeddings
    for column in range(lines.chunks[chunk], lines.chunks[chunk + 1]):
        n, end, slope = lines.firsts[column], lines.firsts[column + 1], _ZERO
        if n == end:
            continue
        for f in range(k):
            g[f] = _ZERO
        while n + 4 <= end:
            r0, r1, r2, r3 = lines.others[n], lines.others[n + 1], lines.others[n + 2], lines.others[n + 3]
            w0, w1, w2, w3 = lines.weights[n], lines.weights[n + 1], lines.weights[n + 2], lines.weights[n + 3]
            slope += (w0 * flow[r0, k] + w1 * flow[r1, k]) + (w2 * flow[r2, k] + w3 * flow[r3, k])
            for f in range(k):
                g[f] += (w0 * flow[r0, f] + w1 * flow[r1, f]) + (w2 * flow[r2, f] + w3 * flow[r3, f])
            n += 4
        while n < end:
            row, weight = lines.others[n], lines.weights[n]
            slope += weight * flow[row, k]
            for f in range(k):
                g[f] += weight * flow[row, f]
            n += 1
        weight, bias_weight = np.float32(share) * half.ridge[column], np.float32(share) * half.bias_ridge[column]
        slope *= half.biased[column]
        length, moved = _move(table, column, g, slope, weight, bias_weight, plan, turn)
        seen[chunk, 0] += length
        seen[chunk, 1] = max(seen[chunk, 1], length)
        seen[chunk, 2] += moved
        seen[chunk, 3] += 1


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
        _join(users, row, k)
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
        held = np.float32(end - firsts[run]) * users.holds[row]
        weight, bias_weight = held * plan.ridge, held * plan.bias_ridge
        length, moved = _move(users.own, row, g, slope, weight, bias_weight, plan, step)
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
        held = np.float32(end - firsts[run]) * items.holds[row]
        weight, bias_weight = held * plan.ridge, held * plan.bias_ridge
        length, moved = _move(items.own, row, g, slope, weight, bias_weight, plan, step)
        _join(items, row, k)
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
            _add_up(chunk, users, g)
        else:
            _add_up(chunk - first, items, g)
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
            _move_columns(chunk, users, share, g, plan, step, seen_users)
        else:
            _move_columns(chunk - first, items, share, g, plan, step, seen_items)
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
