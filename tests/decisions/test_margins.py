"""The frontier of takes against margin: against all choices of lists, all crossings of pairs, and the lists themselves."""

from __future__ import annotations

from itertools import combinations, pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.decisions.margins import by_margin, margin_frontier
from casestudies.decisions.takes import TakeRate
from casestudies.errors import ConfigError, DataError


def case(seed, users, items):
    rng = np.random.default_rng(seed)
    p = rng.random((users, items)) * 0.3
    return p, p * rng.gamma(2.0, 10.0, items)


def test_no_choice_of_lists_lies_beyond_the_frontier_and_its_points_are_choices():
    p, worth = case(0, 3, 6)
    found = margin_frontier(p, worth, 2)
    lists = [[(p[u, list(c)].sum(), worth[u, list(c)].sum()) for c in combinations(range(6), 2)] for u in range(3)]
    sums = np.array([np.sum(choice, axis=0) for choice in product(*lists)])
    bound = np.interp(sums[:, 0], found.takes[::-1], found.margin[::-1], left=found.margin[-1], right=-np.inf)
    bound[sums[:, 0] >= found.takes[0] - 1e-12] = found.margin[0]
    assert (sums[:, 1] <= bound + 1e-9).all()
    for takes, margin in zip(found.takes, found.margin, strict=True):
        assert np.abs(sums - [takes, margin]).sum(axis=1).min() < 1e-9


@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 25), st.integers(1, 6))
def test_between_two_swaps_the_frontier_is_the_sum_of_the_best_lists_at_that_price(seed, users, items, k):
    k = min(k, items)
    p, worth = case(seed, users, items)
    found = margin_frontier(p, worth, k)
    edges = np.append(found.price, 2 * found.price[-1] + 1)
    for at in range(len(found.price)):
        if edges[at + 1] - edges[at] < 1e-9 * (1 + edges[at]):
            continue
        lists = by_margin(p, worth, 0.5 * (edges[at] + edges[at + 1]), k)
        assert np.take_along_axis(p, lists, axis=1).sum() == pytest.approx(found.takes[at], abs=1e-9)
        assert np.take_along_axis(worth, lists, axis=1).sum() == pytest.approx(found.margin[at], abs=1e-9)


def test_every_crossing_of_two_items_that_changes_a_list_is_a_swap():
    p, worth = case(4, 1, 14)
    found = margin_frontier(p, worth, 3)
    crossings = sorted(
        (p[0, i] - p[0, j]) / (worth[0, j] - worth[0, i])
        for i in range(14)
        for j in range(14)
        if worth[0, j] > worth[0, i] and p[0, i] > p[0, j]
    )
    edges = [0.0, *crossings, 2 * crossings[-1]]
    lists = [frozenset(by_margin(p, worth, 0.5 * (a + b), 3)[0].tolist()) for a, b in pairwise(edges)]
    changes = [crossings[n] for n, (a, b) in enumerate(pairwise(lists)) if a != b]
    assert np.allclose(found.price[1:], changes, rtol=1e-9)


@given(st.integers(0, 10**6))
def test_ties_and_items_that_may_not_be_shown_break_nothing(seed):
    rng = np.random.default_rng(seed)
    p = rng.integers(1, 4, (4, 12)) / 10
    worth = p * rng.integers(0, 3, 12)
    hidden = rng.random((4, 12)) < 0.3
    hidden[:, :3] = False
    found = margin_frontier(np.where(hidden, np.nan, p), worth, 3)
    assert (np.diff(found.price) >= 0).all()
    assert (np.diff(found.margin) > 0).all()
    assert (np.diff(found.takes) <= 1e-12).all()
    last = by_margin(np.where(hidden, np.nan, p), worth, np.inf, 3)
    assert not np.take_along_axis(hidden, last, axis=1).any()
    assert found.margin[-1] == pytest.approx(np.take_along_axis(worth, last, axis=1).sum())
    assert found.takes[-1] == pytest.approx(np.take_along_axis(p, last, axis=1).sum())
    shown = np.where(hidden, -1.0, p)
    assert found.takes[0] == pytest.approx(np.sort(shown, axis=1)[:, -3:].sum())


def test_swaps_of_one_price_are_one_point_since_no_price_parts_them():
    p, worth = case(5, 1, 12)
    one, three = margin_frontier(p, worth, 3), margin_frontier(np.tile(p, (3, 1)), np.tile(worth, (3, 1)), 3)
    assert np.allclose(three.price, one.price)
    assert np.allclose(three.takes, 3 * one.takes)
    assert three.swapped.tolist() == (3 * one.swapped).tolist()
    for point in range(len(one.price)):
        lists = by_margin(p, worth, one.between(point) if point else 0.0, 3)
        assert p[0, lists[0]].sum() == pytest.approx(one.takes[point])


def test_a_thinned_frontier_keeps_its_ends_and_a_share_of_takes_is_kept():
    p, worth = case(1, 50, 40)
    found = margin_frontier(p, worth, 5)
    thin = found.thinned(10)
    assert len(thin.price) <= 11
    assert (thin.takes[0], thin.takes[-1]) == (found.takes[0], found.takes[-1])
    at = found.keeping(0.95)
    assert found.takes[at] >= 0.95 * found.takes[0] > found.takes[at + 1]
    assert found.keeping(1.0) == 0


def test_what_cannot_be_ranked_is_one_line():
    p, worth = case(0, 2, 4)
    with pytest.raises(ConfigError) as caught:
        margin_frontier(p, worth, 5)
    assert str(caught.value) == "k: lists of 5 are longer than what a user may be shown; ask for fewer, or show more"
    worth[1, 2] = np.nan
    with pytest.raises(DataError) as bad:
        margin_frontier(p, worth, 2)
    assert str(bad.value) == (
        "worth: is not finite for an item that may be shown, first in row 2; look for a missing margin"
    )


def test_the_take_rate_finds_a_known_law_again():
    rng = np.random.default_rng(0)
    places = np.arange(1, 301)
    true = 0.2 * places**-0.8
    users = 20_000
    rate = TakeRate.learnt(rng.binomial(users, true), users)
    assert np.abs(rate.at(places) / true - 1).max() < 0.12
    assert (np.diff(rate.at(places)) < 0).all()


def test_few_takes_are_drawn_by_half_a_take_towards_one_half():
    assert TakeRate.learnt([3], 10).at(1) == pytest.approx(3.5 / 11)


def test_rates_never_rise_with_the_place_whatever_was_taken():
    rng = np.random.default_rng(1)
    for _ in range(50):
        taken = rng.integers(0, 3, rng.integers(1, 60))
        taken[0] = 1
        rate = TakeRate.learnt(taken, 40).at(np.arange(1, len(taken) + 1))
        assert (np.diff(rate) <= 0).all()
        assert ((rate > 0) & (rate <= 1)).all()


def test_without_a_take_there_is_no_rate():
    with pytest.raises(DataError) as caught:
        TakeRate.learnt(np.zeros(10), 5)
    assert str(caught.value) == "taken: nobody took any of the items ranked; judge on more users"
