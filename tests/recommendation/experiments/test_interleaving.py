"""Drafted lists: fair turns, the better model found, and sooner than by two arms."""

from __future__ import annotations

import numpy as np
import pytest

from casestudies.models.factorisation.ranking import Known
from casestudies.recommendation.experiments import sample_size
from casestudies.recommendation.experiments.interleaving import interleave, preference, team_draft
from casestudies.recommendation.experiments.policies import Policy, Shop
from casestudies.recommendation.experiments.truth import Planted


def drafted_by_hand(one, other, coins):
    """One list, as the paper words it."""
    items, team = [], []
    coins = iter(coins)
    while len(items) < len(one):
        first, second = team.count(0), team.count(1)
        turn = int(next(coins) < 0.5) if first == second else int(second < first)
        pick = next(item for item in (other if turn else one) if item not in items)
        items.append(pick)
        team.append(turn)
    return items, team


class Coins:
    """A generator whose numbers are known."""

    def __init__(self, table):
        self.columns = iter(table.T)

    def random(self, count):
        return next(self.columns)


def test_lists_are_drafted_as_in_the_paper():
    random = np.random.default_rng(0)
    one, other = (np.stack([random.permutation(7)[:5] for _ in range(300)]).astype(np.int32) for _ in range(2))
    table = random.random((300, 5))
    items, team = team_draft(one, other, Coins(table))
    for row in range(300):
        # a coin is drawn at each place and used where both have as many picks: at every other one
        assert drafted_by_hand(one[row].tolist(), other[row].tolist(), table[row, ::2]) == (
            items[row].tolist(),
            team[row].tolist(),
        )


def test_teams_have_equal_picks_and_equal_places():
    random = np.random.default_rng(1)
    one, other = (np.stack([random.permutation(50)[:6] for _ in range(4_000)]).astype(np.int32) for _ in range(2))
    _, team = team_draft(one, other, random)
    assert ((team == 1).sum(axis=1) == 3).all()
    np.testing.assert_allclose((team == 1).mean(axis=0), 0.5, atol=0.04)


def test_a_list_that_is_used_up_leaves_its_turns():
    one, other = np.array([[3, -1, -1, -1]], np.int32), np.array([[3, 4, 5, -1]], np.int32)
    items, team = team_draft(one, other, np.random.default_rng(2))
    assert items.tolist() == [[3, 4, 5, -1]]
    assert team[0, 3] == -1


class Fixed:
    def __init__(self, table):
        self.table = table.astype(np.float32)

    def scores(self, users):
        return self.table[users]


@pytest.fixture(scope="module")
def shop():
    random = np.random.default_rng(3)
    liking = random.normal(size=(200, 60))
    chance = 0.2 / (1 + np.exp(1.5 - liking))
    known = Known(np.zeros(201, np.intp), np.zeros(0, np.int32))
    policies = (
        Policy("worse", Fixed(liking + 1.2 * random.normal(size=liking.shape))),
        Policy("better", Fixed(liking + 0.6 * random.normal(size=liking.shape))),
        Policy("same", Fixed(liking + 1.2 * random.normal(size=liking.shape))),
    )
    return Shop.of(policies, Planted(chance), np.arange(200), known, 60, 8)


def test_the_better_model_wins_and_needs_fewer_visits_than_two_arms(shop):
    found = interleave(shop, "worse", "better", 20_000, 0)
    assert found.low > 0
    assert found.lasting_low < found.low
    rate, better = shop.successes("worse").mean(), shop.successes("better").mean()
    assert found.needed < sample_size(better - rate, rate=rate).total / 2


def test_equal_models_are_hardly_ever_told_apart(shop):
    won = [interleave(shop, "worse", "worse", 1_500, seed) for seed in range(80)]
    assert sum(not one.low <= 0 <= one.high for one in won) <= 10


def test_a_preference_is_a_mean_of_wins():
    found = preference(np.array([1.0, 1.0, -1.0, 0.0] * 100))
    assert found.value == pytest.approx(0.25)
    assert found.decided == 300
