"""The same epoch of Adam by torch, on a graphics card or wherever torch computes.

Ratings, tables and moments lie on the device, and no rating is ever looked at in Python: in a batch the errors are one
sum of products, and each side's gradients are one product of the errors, as a sparse matrix, with the other side's table.
The order in which a card adds up is its own, so its factors agree with those of the compiled loops to rounding and not
to the bit.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from casestudies.optim.factors.batches import Batches, Side
from casestudies.optim.factors.steps import EPSILON, Moments, Passed, StepSettings
from casestudies.optim.factors.tables import Tables


class _Part(NamedTuple):
    """What one side has in one batch.

    rows: (runs,). firsts: (runs + 1,) the first rating of each. counts: (runs, 1) how many it has.
    own, other: (ratings,) this and the other side's row.
    """

    rows: Tensor
    firsts: Tensor
    counts: Tensor
    own: Tensor
    other: Tensor


class _Resident(NamedTuple):
    """The batches on a device: users' and items' parts, ratings, and where items find the errors that users stored."""

    users: list[_Part]
    items: list[_Part]
    ratings: list[Tensor]
    places: list[Tensor]


class _Learnt(NamedTuple):
    """One side's rows, changed in place: vectors and biases with their first and second moments, biases as (rows, 1).

    holds: (rows, 1) what the ridges are multiplied by, which stays.
    """

    vectors: Tensor
    first: Tensor
    second: Tensor
    biases: Tensor
    bias_first: Tensor
    bias_second: Tensor
    holds: Tensor


_resident: WeakKeyDictionary[Batches, dict[str, _Resident]] = WeakKeyDictionary()


def epoch(batches: Batches, tables: Tables, moments: Moments, settings: StepSettings, device: str) -> Passed:
    """Takes the steps on the device ("cpu", "cuda", "cuda:1"), changing tables and moments in place."""
    data = _resident.setdefault(batches, {})
    if device not in data:
        data[device] = _put(batches, device)
    here, first, second = data[device], moments.first, moments.second
    halves = (
        (tables.users, first.users, second.users, tables.user_bias, first.user_bias, second.user_bias),
        (tables.items, first.items, second.items, tables.item_bias, first.item_bias, second.item_bias),
    )
    users, items = (
        _Learnt(*(_up(array.reshape(len(array), -1), device) for array in (*half, holds)))
        for half, holds in zip(halves, settings.holds, strict=True)
    )
    seen = torch.zeros(7, dtype=torch.float64, device=device)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta")
        for batch, step in zip(settings.order, _steps(settings), strict=True):
            seen = _batch(here, int(batch), users, items, step, seen)
    for learnt, half in zip((users, items), halves, strict=True):
        for tensor, array in zip(learnt[:-1], half, strict=True):
            array[...] = tensor.cpu().numpy().reshape(array.shape)
    return _passed(seen, (len(batches.users.rows), len(batches.items.rows)), tables.users.shape[1])


def _steps(settings: StepSettings) -> list[Callable[[_Learnt, _Part, Tensor, Tensor], Tensor]]:
    """Adam's step of the rows of a part, given the sums over their ratings, for each batch of the epoch in turn."""
    (b1, b2), share = settings.betas, (settings.ridge, settings.bias_ridge)

    def made(rate: float, c1: float, c2: float) -> Callable[[_Learnt, _Part, Tensor, Tensor], Tensor]:
        def change(learnt: tuple[Tensor, Tensor, Tensor], part: _Part, gradient: Tensor) -> Tensor:
            table, first, second = learnt
            mean = b1 * first[part.rows] + (1 - b1) * gradient
            square = gradient.square()
            if second.shape[1] == 1:
                square = square.mean(1, keepdim=True)
            square = b2 * second[part.rows] + (1 - b2) * square
            move = rate * c1 * mean / ((square * c2).sqrt() + EPSILON)
            first[part.rows], second[part.rows] = mean, square
            table[part.rows] -= move
            return move

        def step(learnt: _Learnt, part: _Part, gradient: Tensor, slope: Tensor) -> Tensor:
            held = part.counts * learnt.holds[part.rows]
            gradient = gradient + share[0] * held * learnt.vectors[part.rows]
            slope = slope + share[1] * held * learnt.biases[part.rows]
            change((learnt.biases, learnt.bias_first, learnt.bias_second), part, slope)
            move = change((learnt.vectors, learnt.first, learnt.second), part, gradient)
            lengths = gradient.square().sum(1)
            return torch.stack([lengths.sum().double(), lengths.max().double(), move.square().sum().double()])

        return step

    return [made(*map(float, numbers)) for numbers in zip(settings.rates, *settings.corrections, strict=True)]


def _batch(
    data: _Resident,
    batch: int,
    users: _Learnt,
    items: _Learnt,
    step: Callable[[_Learnt, _Part, Tensor, Tensor], Tensor],
    seen: Tensor,
) -> Tensor:
    """Both passes; `seen`: sums of squared lengths, the longest, squared moves of either side, then of squared errors."""
    part, ratings = data.users[batch], data.ratings[batch]
    if not len(ratings):
        return seen
    products = (users.vectors[part.own] * items.vectors[part.other]).sum(1)
    errors = ratings - (users.biases[part.own, 0] + items.biases[part.other, 0] + products)
    of_users = step(users, part, *_gradients(part, errors, items.vectors))
    part = data.items[batch]
    of_items = step(items, part, *_gradients(part, errors[data.places[batch]], users.vectors))
    now = torch.cat([of_users, of_items, errors.double().square().sum()[None]])
    out = seen + now
    out[1], out[4] = torch.maximum(seen[1], now[1]), torch.maximum(seen[4], now[4])
    return out


def _gradients(part: _Part, errors: Tensor, facing: Tensor) -> tuple[Tensor, Tensor]:
    """(runs, factors) minus the sum of error times what it faces, over each run's ratings; (runs, 1) for biases."""
    size = (len(part.rows), len(facing))
    matrix = torch.sparse_csr_tensor(part.firsts, part.other, -errors, size, check_invariants=False)
    return matrix @ facing, matrix @ facing.new_ones((len(facing), 1))


def _put(batches: Batches, device: str) -> _Resident:
    cuts = _ratings_of(batches.users)
    pairs = list(zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True))
    return _Resident(
        _parts(batches.users, device),
        _parts(batches.items, device),
        [_up(batches.ratings[begin:end], device) for begin, end in pairs],
        [_up(batches.places[begin:end].astype(np.int64), device) for begin, end in pairs],
    )


def _parts(side: Side, device: str) -> list[_Part]:
    runs, ratings = side.chunks[side.batches], _ratings_of(side)
    parts = []
    for batch in range(len(runs) - 1):
        rows = side.rows[runs[batch] : runs[batch + 1]].astype(np.int64)
        firsts = side.firsts[runs[batch] : runs[batch + 1] + 1] - ratings[batch]
        counts = np.diff(firsts)
        other = side.other[ratings[batch] : ratings[batch + 1]].astype(np.int64)
        arrays = (rows, firsts, counts[:, None].astype(np.float32), np.repeat(rows, counts), other)
        parts.append(_Part(*(_up(array, device) for array in arrays)))
    return parts


def _ratings_of(side: Side) -> NDArray[np.int64]:
    """(batches + 1,) the first rating of each batch."""
    return side.firsts[side.chunks[side.batches]]


def _up(array: NDArray[np.generic], device: str) -> Tensor:
    """A copy on the device."""
    return torch.tensor(array, device=device)


def _passed(seen: Tensor, runs: tuple[int, int], factors: int) -> Passed:
    users, longest_user, moved_users, items, longest_item, moved_items, squares = seen.tolist()
    lengths = np.sqrt([users / runs[0], items / runs[1]])
    moves = np.sqrt([moved_users / runs[0] / factors, moved_items / runs[1] / factors])
    largest = float(np.sqrt(max(longest_user, longest_item)))
    return Passed(squares, tuple(lengths.tolist()), largest, tuple(moves.tolist()))
