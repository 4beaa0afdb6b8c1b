"""Compiled: sums of embeddings, there (rows from columns) and back (gradients of columns), and Adam's step of a row."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from casestudies.optim.factors.batches import Codes, Places
from casestudies.optim.factors.steps import EPSILON
from casestudies.optim.factors.tables import Floats
from casestudies.optim.factors.team import compiled

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

    own: the rows' own parts. embeddings: of the columns. by_row, by_column: who has what, (rows, columns).
    ridge, bias_ridge: (columns,) of an epoch. biased: (columns,) 1 where a column has a bias, else 0.
    sums, whole, flow: (rows, factors + 1) each: what the embeddings add; own and sums together; the gradients that
    have come since the last round. Their last column is of the biases.
    """

    own: Taught
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
def move(table: Taught, row: int, g: Floats, slope: Any, weight: Any, bias_weight: Any, plan: Course, step: int) -> Any:
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
def add_up(chunk: int, half: Half, g: Floats) -> None:
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
        join(half, row, k)


@compiled
def join(half: Half, row: int, k: int) -> None:
    """The row as a whole, after its own part or its sum has changed."""
    for f in range(k):
        half.whole[row, f] = half.own.vectors[row, f] + half.sums[row, f]
    half.whole[row, k] = half.own.biases[row] + half.sums[row, k]


@compiled
def move_columns(chunk: int, half: Half, share: float, g: Floats, plan: Course, turn: int, seen: Any) -> None:
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
        length, moved = move(table, column, g, slope, weight, bias_weight, plan, turn)
        seen[chunk, 0] += length
        seen[chunk, 1] = max(seen[chunk, 1], length)
        seen[chunk, 2] += moved
        seen[chunk, 3] += 1
