"""Every rating in one batch, kept in two orders that agree."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.optim.factors.batches import CHUNK, Batches, count_for
from casestudies.optim.factors.team import counting_sort


def ratings(n, shape, seed=0):
    rng = np.random.default_rng(seed)
    user, item = (rng.integers(0, rows, n, dtype=np.int32) for rows in shape)
    return user, item, rng.normal(size=n).astype(np.float32)


def listed(side, batch, row=0):
    """The ratings of one batch as (this side's row, the other's, place in the side's order), read run by run."""
    first, last = side.chunks[side.batches[batch]], side.chunks[side.batches[batch + 1]]
    return [
        (side.rows[run], side.other[place], place)
        for run in range(first, last)
        for place in range(side.firsts[run], side.firsts[run + 1])
    ]


@given(st.integers(1, 300), st.integers(1, 9), st.integers(1, 40), st.integers(1, 12), st.integers(0, 5))
def test_both_orders_hold_every_rating_once_and_point_at_each_other(n, users, items, count, seed):
    user, item, rating = ratings(n, (users, items), seed)
    batches = Batches.of(user, item, rating, (users, items), count, np.random.default_rng(seed))
    assert len(batches) == count
    found = []
    for batch in range(count):
        by_user, by_item = listed(batches.users, batch), listed(batches.items, batch)
        assert [u for u, _, _ in by_user] == sorted(u for u, _, _ in by_user)
        assert [i for i, _, _ in by_item] == sorted(i for i, _, _ in by_item)
        assert len(by_user) <= batches.largest
        here = [(u, i, batches.ratings[place]) for u, i, place in by_user]
        # the place that an item's rating gives is that of the same rating among the users'
        assert sorted(here) == sorted((u, i, here[batches.places[place]][2]) for i, u, place in by_item)
        assert all(here[batches.places[place]][:2] == (u, i) for i, u, place in by_item)
        found += here
    assert sorted(found) == sorted(zip(user, item, rating, strict=True))


@given(st.integers(1, 400), st.integers(1, 7), st.integers(0, 5))
def test_a_row_has_one_run_in_a_batch(n, count, seed):
    user, item, rating = ratings(n, (6, 5), seed)
    batches = Batches.of(user, item, rating, (6, 5), count, np.random.default_rng(seed))
    for side in (batches.users, batches.items):
        for batch in range(count):
            rows = side.rows[side.chunks[side.batches[batch]] : side.chunks[side.batches[batch + 1]]]
            assert len(set(rows.tolist())) == len(rows)


def test_chunks_end_between_rows_and_have_about_as_many_ratings_each():
    user, item, rating = ratings(40_000, (900, 300))
    batches = Batches.of(user, item, rating, (900, 300), 4, np.random.default_rng(0))
    for side in (batches.users, batches.items):
        sizes = np.diff(side.firsts[side.chunks])
        longest = np.diff(side.firsts).max()
        assert sizes.sum() == 40_000
        assert sizes.max() < CHUNK + longest
        assert np.median(sizes) > CHUNK / 2


@given(st.lists(st.integers(0, 6), min_size=1, max_size=50), st.integers(0, 9))
def test_sorting_by_counting_is_stable_sorting(keys, seed):
    keys = np.array(keys, np.int32)
    order = np.random.default_rng(seed).permutation(len(keys)).astype(np.int32)
    np.testing.assert_array_equal(counting_sort(order, keys, 7), order[np.argsort(keys[order], kind="stable")])


@pytest.mark.parametrize(
    ("n", "users", "count"),
    [(900_188, 6040, 19), (90_000, 943, 12), (10_000_000, 70_000, 18), (200, 100, 8), (5, 3, 5), (1, 1, 1)],
)
def test_batches_are_as_many_as_leave_eight_ratings_of_a_user_in_each(n, users, count):
    assert count_for(n, users) == count
