"""Sums of embeddings in the vectors: against torch, against dense sums, and on tables with a planted history."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from casestudies.errors import DataError
from casestudies.optim.factors.bag_passes import PACE, epoch
from casestudies.optim.factors.bags import Gathered, history, summed
from casestudies.optim.factors.batches import Batches
from casestudies.optim.factors.steps import Moments, StepSettings
from casestudies.optim.factors.tables import Bag, Tables

SHAPE, FACTORS, BATCHES = (9, 7), 5, 4
RIDGE, BIAS_RIDGE, BETAS = 0.05, 0.02, (0.9, 0.99)
HOLDS = np.linspace(0.5, 2, SHAPE[0], dtype=np.float32), np.linspace(3, 0.3, SHAPE[1], dtype=np.float32)


def ratings(shape=SHAPE, copies=3, seed=0):
    """Every user rates every item a few times, so that every batch has ratings of every row."""
    rng = np.random.default_rng(seed)
    user, item = (np.tile(part.ravel(), copies).astype(np.int32) for part in np.indices(shape))
    return user, item, rng.standard_normal(len(user), np.float32)


def some_bags(user, item, shape=SHAPE, seed=1):
    """Both histories, of uneven lengths, and a category of items with biases, one of which no item has."""
    rng = np.random.default_rng(seed)
    seen = rng.random(len(user)) < 0.4
    kinds = Bag("kind", "item", np.arange(shape[1] + 1), np.arange(shape[1], dtype=np.int32) % 3,
                np.full(shape[1], 0.7, np.float32), 4, ridge=0.03, biased=True)  # fmt: skip
    return (
        history("user", user[seen], item[seen], shape, 0.2),
        kinds,
        history("item", user[seen], item[seen], shape, 0.1),
    )


def small(bags, shape=SHAPE, factors=FACTORS, spread=0.3, seed=2):
    rng = np.random.default_rng(seed)

    def table(*size):
        return (spread * rng.standard_normal(size)).astype(np.float32)

    return Tables(
        table(shape[0], factors), table(shape[1], factors), table(shape[0]), table(shape[1]),
        tuple(table(bag.columns, factors) for bag in bags),
        tuple(table(bag.columns) if bag.biased else np.zeros(bag.columns, np.float32) for bag in bags),
    )  # fmt: skip


def settings(batches, epoch_number, rng, kind="entry", holds=HOLDS):
    count = len(batches)
    rates = np.linspace(0.05, 0.02, count).astype(np.float32)
    return StepSettings(rng.permutation(count), rates, epoch_number * count, BETAS, RIDGE, BIAS_RIDGE, holds, kind)


def batch_of(batches, number):
    """User, item and rating of a batch."""
    side = batches.users
    runs = slice(side.chunks[side.batches[number]], side.chunks[side.batches[number + 1]])
    firsts = side.firsts[runs.start : runs.stop + 1]
    rows = slice(firsts[0], firsts[-1])
    return np.repeat(side.rows[runs], np.diff(firsts)), side.other[rows], batches.ratings[rows]


class Twin:
    """The same model and loss on torch: gradients by autograd, steps by `torch.optim.Adam`."""

    def __init__(self, tables, bags, shape):
        import torch

        self.torch = torch
        parts = [tables.users, tables.items, tables.user_bias, tables.item_bias, *tables.bags, *tables.bag_bias]
        self.own = [torch.tensor(part, requires_grad=True) for part in parts[:4]]
        self.embeddings = [torch.tensor(part, requires_grad=True) for part in parts[4:]]
        self.bags = bags
        self.dense = [torch.tensor(dense(bag, shape), dtype=torch.float32) for bag in bags]
        self.adams = [torch.optim.Adam(part, lr=1.0, betas=BETAS) for part in (self.own, self.embeddings)]

    def of_bags(self):
        half = len(self.bags)
        return zip(self.bags, self.dense, self.embeddings[:half], self.embeddings[half:], strict=True)

    def sums(self):
        """Of users, items and their biases."""
        out = [self.torch.zeros_like(part) for part in self.own]
        for bag, matrix, vectors, biases in self.of_bags():
            side = 0 if bag.side == "user" else 1
            out[side] = out[side] + matrix @ vectors
            if bag.biased:
                out[side + 2] = out[side + 2] + matrix @ biases
        return out

    def round(self, batches, numbers, rates, ratings_of):
        """The batches of a round with the sums standing still, then one step of the embeddings."""
        torch, sums = self.torch, self.sums()
        still = [part.detach().requires_grad_() for part in sums]
        seen = 0
        for number, rate in zip(numbers, rates, strict=True):
            user, item, rating = (torch.tensor(part) for part in batch_of(batches, number))
            user, item = user.long(), item.long()
            p, q, b, c = (own + part for own, part in zip(self.own, still, strict=True))
            error = rating - (b[user] + c[item] + (p[user] * q[item]).sum(1))
            holds = [torch.from_numpy(hold)[rows] for hold, rows in zip(HOLDS, (user, item), strict=True)]
            held = sum(
                (hold * (part[rows] ** 2).sum(1)).sum()
                for hold, part, rows in zip(holds, self.own[:2], (user, item), strict=True)
            )
            biases = sum(
                (hold * part[rows] ** 2).sum()
                for hold, part, rows in zip(holds, self.own[2:], (user, item), strict=True)
            )
            self.adams[0].zero_grad()
            (((error**2).sum() + RIDGE * held + BIAS_RIDGE * biases) / 2).backward()
            self.step(0, rate)
            seen += len(rating)
        self.adams[1].zero_grad()
        reached = [(part, leaf.grad) for part, leaf in zip(sums, still, strict=True) if part.requires_grad]
        torch.autograd.backward(*zip(*reached, strict=True))
        self.hold(seen / len(batches.ratings), ratings_of)
        self.step(1, PACE * rates[-1])

    def hold(self, share, ratings_of):
        """The ridges' part of the embeddings' gradients."""
        for bag, matrix, vectors, biases in self.of_bags():
            through = (matrix**2).T @ self.torch.tensor(ratings_of[bag.side], dtype=self.torch.float32)
            used = through > 0
            often = share * through.sum() / used.sum()
            vectors.grad += often * bag.ridge * used[:, None] * vectors.detach()
            if bag.biased:
                biases.grad += often * BIAS_RIDGE * used * biases.detach()

    def step(self, which, rate):
        self.adams[which].param_groups[0]["lr"] = float(rate)
        self.adams[which].step()


def dense(bag, shape):
    out = np.zeros((shape[0 if bag.side == "user" else 1], bag.columns))
    for row in range(len(out)):
        entries = slice(bag.indptr[row], bag.indptr[row + 1])
        np.add.at(out[row], bag.indices[entries], bag.data[entries])
    return out


@pytest.mark.parametrize("rounds", [1, 2, BATCHES])
def test_every_step_is_that_of_torch(rounds):
    pytest.importorskip("torch")
    user, item, rating = ratings()
    bags = some_bags(user, item)
    batches = Batches.of(user, item, rating, SHAPE, BATCHES, np.random.default_rng(3))
    gathered = Gathered.of(bags, batches, SHAPE, rounds)
    ours = small(bags)
    twin = Twin(ours, bags, SHAPE)
    moments, rng = Moments.none(ours, "entry"), np.random.default_rng(4)
    ratings_of = {"user": np.bincount(user), "item": np.bincount(item)}
    for number in range(6):
        steps = settings(batches, number, rng)
        epoch(batches, ours, gathered, moments, steps, 1)
        for part, rates in zip(np.split(steps.order, rounds), np.split(steps.rates, rounds), strict=True):
            twin.round(batches, part, rates, ratings_of)
    theirs = [part.detach().numpy() for part in (*twin.own, *twin.embeddings)]
    parts = [ours.users, ours.items, ours.user_bias, ours.item_bias, *ours.bags, *ours.bag_bias]
    for part, other in zip(parts, theirs, strict=True):
        np.testing.assert_allclose(part, other, rtol=2e-4, atol=2e-5)


def test_the_error_it_reports_is_that_before_each_step():
    user, item, rating = ratings()
    bags = some_bags(user, item)
    batches = Batches.of(user, item, rating, SHAPE, 1, np.random.default_rng(0))
    tables = small(bags)
    whole = summed(tables, bags)
    guess = whole.user_bias[user] + whole.item_bias[item] + (whole.users[user] * whole.items[item]).sum(1)
    passed = epoch(
        batches, tables, Gathered.of(bags, batches, SHAPE), Moments.none(tables, "row"),
        settings(batches, 0, np.random.default_rng(0), "row"), 1,
    )  # fmt: skip
    assert passed.squares == pytest.approx(((rating - guess) ** 2).sum(), rel=1e-5)


@pytest.mark.parametrize("kind", ["row", "entry"])
def test_threads_change_no_bit(kind):
    rng = np.random.default_rng(5)
    shape = (700, 300)
    user, item = rng.integers(0, shape[0], 30_000, np.int32), rng.integers(0, shape[1], 30_000, np.int32)
    rating = rng.standard_normal(30_000, np.float32)
    bags = some_bags(user, item, shape)
    batches = Batches.of(user, item, rating, shape, 8, rng)
    gathered = Gathered.of(bags, batches, shape)
    holds = rng.random(shape[0], np.float32), rng.random(shape[1], np.float32)

    def fit(threads):
        tables, orders = small(bags, shape), np.random.default_rng(6)
        moments = Moments.none(tables, kind)
        for number in range(3):
            epoch(batches, tables, gathered, moments, settings(batches, number, orders, kind, holds), threads)
        return [tables.users, tables.items, tables.user_bias, tables.item_bias, *tables.bags, *tables.bag_bias]

    for one, other in zip(fit(1), fit(3), strict=True):
        assert one.tobytes() == other.tobytes()


def test_the_sum_is_that_of_the_dense_matrix():
    user, item, _ = ratings()
    bags = some_bags(user, item)
    tables = small(bags)
    whole = summed(tables, bags)
    items = tables.items + sum(dense(bag, SHAPE) @ tables.bags[place] for place, bag in enumerate(bags) if place > 0)
    np.testing.assert_allclose(whole.users, tables.users + dense(bags[0], SHAPE) @ tables.bags[0], rtol=1e-5)
    np.testing.assert_allclose(whole.items, items, rtol=1e-5)
    np.testing.assert_allclose(
        whole.item_bias, tables.item_bias + dense(bags[1], SHAPE) @ tables.bag_bias[1], rtol=1e-5
    )
    assert whole.bags == ()
    assert whole.user_bias.tobytes() == tables.user_bias.tobytes()


def test_a_history_has_the_length_of_one_whoever_has_rated_much():
    user, item = np.array([0, 0, 0, 0, 2], np.int32), np.array([1, 3, 0, 2, 2], np.int32)
    of_users = dense(history("user", user, item, (3, 4), 0.1), (3, 4))
    of_items = dense(history("item", user, item, (3, 4), 0.1), (3, 4))
    np.testing.assert_allclose(of_users, [[0.5, 0.5, 0.5, 0.5], [0, 0, 0, 0], [0, 0, 1, 0]])
    np.testing.assert_allclose(of_items, [[1, 0, 0], [1, 0, 0], [0.5**0.5, 0, 0.5**0.5], [1, 0, 0]])


def fitted(user, item, rating, shape, bags, ridge=0.1, epochs=40, factors=6):
    batches = Batches.of(user, item, rating, shape, 8, np.random.default_rng(0))
    tables, rng = small(bags, shape, factors, spread=0.02), np.random.default_rng(1)
    moments, gathered = Moments.none(tables, "row"), Gathered.of(bags, batches, shape)
    holds = np.ones(shape[0], np.float32), np.ones(shape[1], np.float32)
    for number in range(epochs):
        rates = np.full(8, 0.03 * (1 - number / epochs), np.float32)
        steps = StepSettings(rng.permutation(8), rates, number * 8, BETAS, ridge, 0.1, holds, "row")
        epoch(batches, tables, gathered, moments, steps, 1)
    return summed(tables, bags)


def test_an_item_that_nobody_has_rated_is_placed_by_its_kind():
    rng = np.random.default_rng(7)
    shape, kinds = (200, 60), 4
    taste, kind = rng.standard_normal((200, kinds)), np.arange(60, dtype=np.int32) % kinds
    user, item = rng.integers(0, 200, 8_000, np.int32), rng.integers(0, 50, 8_000, np.int32)  # items from 50 up are new
    level = np.array([-1.0, 0.0, 0.5, 1.0])
    rating = (taste[user, kind[item]] + level[kind[item]] + 0.3 * rng.standard_normal(8_000)).astype(np.float32)
    bag = Bag("kind", "item", np.arange(61), kind, np.ones(60, np.float32), kinds, ridge=0.02, biased=True)
    found = fitted(user, item, rating, shape, (bag,))
    scores = found.users @ found.items[50:].T + found.item_bias[50:]
    truth = taste[:, kind[50:]] + level[kind[50:]]
    assert np.corrcoef(scores.ravel(), truth.ravel())[0, 1] > 0.8


def test_who_rated_what_tells_of_taste_where_ratings_are_few():
    """Users rate what they like; with few ratings each, the sum over their history finds the taste sooner."""
    rng = np.random.default_rng(8)
    shape = (800, 120)
    side = rng.choice([-1.0, 1.0], 800)
    kind = np.where(np.arange(120) < 60, -1.0, 1.0)
    user = np.repeat(np.arange(800, dtype=np.int32), 8)
    item = rng.integers(0, 60, len(user), np.int32) + 60 * (rng.random(len(user)) < (1 + 0.9 * side[user]) / 2)
    item = item.astype(np.int32)
    rating = (0.7 * side[user] * kind[item] + rng.standard_normal(len(user))).astype(np.float32)
    both = tuple(history(which, user, item, shape, 1.0) for which in ("user", "item"))

    def error(bags):
        found = fitted(user, item, rating, shape, bags, ridge=0.5)
        guess = found.users @ found.items.T + found.user_bias[:, None] + found.item_bias
        return np.sqrt(((guess - 0.7 * np.outer(side, kind)) ** 2).mean())

    assert error(both) < 0.75 * error(())


@pytest.mark.parametrize(("change", "said"), [
    ({"indptr": np.arange(4)}, "history of users: 3 rows where there are 9 users"),
    ({"columns": 3}, "history of users: column 6 where 3 are numbered from 0"),
])  # fmt: skip
def test_a_bag_of_another_shape_is_refused(change, said):
    user, item, rating = ratings()
    bag = replace(history("user", user, item, SHAPE, 0.1), **change)
    batches = Batches.of(user, item, rating, SHAPE, 2, np.random.default_rng(0))
    with pytest.raises(DataError, match=said):
        Gathered.of((bag,), batches, SHAPE)
