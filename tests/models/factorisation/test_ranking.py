"""Lists: the same as sorting everything, whatever the block, the ties, the filters and the fall-back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.errors import ConfigError
from casestudies.models.factorisation import ranking
from casestudies.models.factorisation.filters import OWN, Filters
from casestudies.models.factorisation.ranking import NONE, POPULARITY, Known, Lists, best, filled_up, with_scores
from casestudies.models.factorisation.vectors import Vectors
from casestudies.tabular.interactions import DAY, Interactions


class Fixed:
    """Scores that are given."""

    def __init__(self, scores):
        self.table = np.asarray(scores, np.float32)

    def scores(self, users):
        return self.table[np.asarray(users)].copy()


def history(pairs, users=6, items=12, time=None, table=None):
    user, item = (np.array(column, np.int32) for column in zip(*pairs, strict=True))
    names = pd.Index([f"i{n}" for n in range(items)])
    known = pd.DataFrame() if table is None else pd.DataFrame(table, index=names)
    seconds = None if time is None else np.array(time, np.int64)
    return Interactions(user, item, pd.Index([f"u{n}" for n in range(users)]), names, time=seconds, items=known)


def greedy(scores, k, struck=(), kind=None, most=1, least=-np.inf):
    """One list by walking down all items."""
    out, used = [], {}
    for item in sorted(range(len(scores)), key=lambda i: (-scores[i], i)):
        one = OWN if kind is None else kind[item]
        if item in struck or scores[item] < least or (one != OWN and used.get(one, 0) >= most) or len(out) == k:
            continue
        used[one] = used.get(one, 0) + 1
        out.append(item)
    return out + [NONE] * (k - len(out))


@given(st.integers(0, 10**6), st.integers(1, 9), st.integers(1, 400), st.integers(1, 12))
def test_the_foremost_are_those_of_a_stable_sort_also_among_ties_and_the_struck_out(seed, rows, columns, k):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, rng.integers(1, 60), (rows, columns)).astype(np.float32)
    scores[rng.random(scores.shape) < rng.random()] = -np.inf
    items, values = with_scores(scores, k)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    expected = np.take_along_axis(scores, order, axis=1)
    assert np.array_equal(values, expected)
    assert np.array_equal(items[values > -np.inf], order[values > -np.inf])


@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 6), st.booleans())
def test_lists_are_those_of_walking_down_all_items(seed, k, most, bounded):
    rng = np.random.default_rng(seed)
    users, items = 7, 30
    scores = np.round(rng.normal(size=(users, items)), 1)
    data = history([(u, i) for u in range(users) for i in range(items) if rng.random() < 0.3] or [(0, 0)], users, items)
    allowed, kind = rng.random(items) < 0.8, rng.integers(-1, 5, items).astype(np.intp)
    filters = Filters(allowed, kind, most, 0.0 if bounded else None)
    asked = rng.permutation(users)
    found = best(Fixed(scores), asked, k, Known.of(data), filters)
    for row, user in enumerate(asked):
        struck = set(data.item[data.user == user].tolist()) | set(np.flatnonzero(~allowed).tolist())
        expected = greedy(scores[user].astype(np.float32), k, struck, kind, most, 0.0 if bounded else -np.inf)
        assert found.items[row].tolist() == expected
        there = found.filled[row]
        assert np.array_equal(found.scores[row][there], scores[user].astype(np.float32)[found.items[row][there]])
        assert np.isnan(found.scores[row][~there]).all()


def test_a_kind_that_fills_all_the_best_places_is_looked_behind():
    scores = -np.arange(100.0)[None]
    kind = np.where(np.arange(100) < 95, 0, np.arange(100)).astype(np.intp)
    assert best(Fixed(scores), np.array([0]), 3, None, Filters(None, kind, 2)).items.tolist() == [[0, 1, 95]]


def test_lists_do_not_depend_on_the_size_of_the_block(monkeypatch):
    rng = np.random.default_rng(3)
    vectors = Vectors(*(rng.normal(size=s).astype(np.float32) for s in ((90, 8), (70, 8), 90, 70)), 3.0)
    whole = best(vectors, np.arange(90), 5)
    monkeypatch.setattr(ranking, "_BLOCK", 70 * 4)
    parts = best(vectors, np.arange(90), 5)
    assert np.array_equal(whole.items, parts.items)
    assert np.allclose(whole.scores, parts.scores, atol=1e-5)


def test_all_scores_are_never_held_at_once():
    import tracemalloc

    rng = np.random.default_rng(0)
    users, items = 20_000, 2_000
    sizes = ((users, 4), (items, 4), users, items)
    vectors = Vectors(*(rng.normal(size=s).astype(np.float32) for s in sizes), 0.0)
    tracemalloc.start()
    best(vectors, np.arange(users), 10)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40e6 < 4 * users * items / 3  # the whole would be 160 MB


def test_bought_within_days_is_left_out_and_what_is_older_comes_back():
    data = history(
        [(0, 1), (0, 2), (0, 3)], time=[30 * DAY, 50 * DAY, 60 * DAY]
    )  # the first is 30 days old, and comes back
    scores = Fixed(np.tile(np.arange(12, 0, -1), (6, 1)))
    shown = {
        how: best(scores, np.array([0]), 3, Known.of(data, how, 30)).items[0].tolist()
        for how in ("all", "days", "none")
    }
    assert shown == {"all": [0, 4, 5], "days": [0, 1, 4], "none": [0, 1, 2]}
    later = Known.of(data, "days", 30, now=85 * DAY)
    assert best(scores, np.array([0]), 3, later).items[0].tolist() == [0, 1, 2]


def test_days_without_times_say_which_setting_to_change():
    with pytest.raises(ConfigError) as caught:
        Known.of(history([(0, 1)]), "days")
    assert str(caught.value) == (
        "ranking.exclude_seen: no times are known to count days from; name the column of the time, or write "
        "ranking.exclude_seen: all"
    )


def test_empty_places_hold_what_is_most_popular_and_say_so():
    data = history([(0, 1), (1, 1), (2, 1), (0, 2), (1, 2), (0, 3)], users=6)
    popular = np.bincount(data.item, minlength=12)
    scores = np.full((6, 12), -1.0)
    scores[0, 7] = 1.0
    filters, known = Filters(least=0.0), Known.of(data)
    found = best(Fixed(scores), np.array([0, 5]), 3, known, filters)
    full = filled_up(found, popular, np.array([0, 5]), known, filters)
    assert full.items.tolist() == [[7, 0, 4], [1, 2, 3]]
    assert full.source.tolist() == [[0, POPULARITY, POPULARITY], [POPULARITY] * 3]
    assert np.isnan(full.scores[:, 1:]).all()


def test_filling_up_keeps_to_the_items_on_offer_and_to_the_kinds():
    popular = np.arange(12, 0, -1)
    kind = np.array([0, 0, 0, 1, 1, 2, OWN, OWN, 0, 1, 2, 2], np.intp)
    allowed = np.ones(12, bool)
    allowed[3] = False
    empty = Lists(
        np.array([[2, NONE, NONE, NONE, NONE]], np.int32), np.zeros((1, 5), np.float32), np.zeros((1, 5), np.int8)
    )
    filled = filled_up(empty, popular, np.array([0]), None, Filters(allowed, kind, 1))
    assert filled.items.tolist() == [[2, 4, 5, 6, 7]]


TABLE = {"stock": [3, 0, np.nan] + [1] * 9, "category": ["a", "b", None] + ["c"] * 9}


def test_a_formula_says_what_is_on_offer_and_a_missing_stock_is_none():
    data = history([(0, 1)], table=TABLE)
    assert Filters.of(data, where="stock > 0").allowed.tolist() == [True, False, False] + [True] * 9
    assert Filters.of(data).allowed.tolist() == [True, False, False] + [True] * 9
    assert Filters.of(data, in_stock=False).allowed is None
    assert (
        Filters.of(data, where="category != 'c'", in_stock=False).allowed.tolist() == [True, True, True] + [False] * 9
    )
    both = Filters.of(data, where="stock > 0", among=["i0", "i1", "unknown"]).allowed
    assert np.flatnonzero(both).tolist() == [0]


def test_items_of_no_kind_are_not_counted():
    data = history([(0, 1)], table=TABLE)
    assert Filters.of(data, kind="category").kind.tolist() == [0, 1, OWN] + [2] * 9


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ({"where": "stok > 0"}, "ranking.where: there is no column 'stok'; did you mean 'stock'?"),
        (
            {"where": "stock > 5"},
            "ranking.where: none of 12 items passes 'stock > 5' 'stock > 0'; widen it, or look at the table of items",
        ),
        ({"kind": "categry"}, "ranking.kind: the table of items has no column 'categry'; did you mean 'category'?"),
    ],
)
def test_a_filter_that_cannot_work_is_one_line(asked, line):
    with pytest.raises(ConfigError) as caught:
        Filters.of(history([(0, 1)], table=TABLE), **asked)
    assert str(caught.value) == line
