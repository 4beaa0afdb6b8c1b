"""Simulated tests of policies: the log is what it says, and estimates from it meet the planted truth."""

from __future__ import annotations

import numpy as np
import pytest

from casestudies.errors import DataError
from casestudies.models.factorisation.ranking import Known
from casestudies.recommendation.experiments import analyse_experiment
from casestudies.recommendation.experiments.offline import ips, snips
from casestudies.recommendation.experiments.policies import Policy, Shop, simulate
from casestudies.recommendation.experiments.truth import HeldOut, Planted

USERS, ITEMS, K = 60, 25, 4


class Fixed:
    """A model whose scores are written down."""

    def __init__(self, table):
        self.table = table.astype(np.float32)

    def scores(self, users):
        return self.table[users]


@pytest.fixture(scope="module")
def shop():
    random = np.random.default_rng(0)
    liking = random.normal(size=(USERS, ITEMS))
    fame = random.normal(size=ITEMS)
    seen = random.random((USERS, ITEMS)) < 0.2
    known = Known(np.concatenate([[0], seen.sum(axis=1).cumsum()]), np.nonzero(seen)[1].astype(np.int32))
    chance = np.where(seen, 0.0, 0.3 / (1 + np.exp(2 - liking - 0.5 * fame)))
    noisy = Fixed(liking + fame + random.normal(size=liking.shape))
    policies = (
        Policy("popularity", Fixed(np.tile(fame, (USERS, 1)))),
        Policy("model", noisy),
        Policy("exploring", noisy, 0.25),
    )
    return Shop.of(policies, Planted(chance), np.arange(USERS), known, ITEMS, K)


def test_lists_hold_nothing_that_is_known_and_nothing_twice(shop):
    log = simulate(shop, tuple(shop.policies), 5_000, 1)
    for place, items in zip(log.place[:500], log.items[:500], strict=True):
        assert len(set(items.tolist())) == K
        assert not set(items.tolist()) & set(shop.known[int(place)].tolist())


def test_propensities_are_how_often_items_are_shown(shop):
    log = simulate(shop, ["exploring"], 60_000, 2)
    shown = np.zeros((USERS, ITEMS))
    np.add.at(shown, (np.repeat(log.place, K), log.items.ravel()), 1)
    visits = np.bincount(log.place, minlength=USERS)[:, None]
    every = np.tile(np.arange(ITEMS, dtype=np.int32), (USERS, 1))
    chance = shop.chance("exploring", np.arange(USERS), every)
    for user in range(USERS):
        chance[user, shop.known[user]] = 0
    np.testing.assert_allclose(chance.sum(axis=1), K)
    spread = np.sqrt(np.maximum(chance * (1 - chance), 1e-9) / visits)
    assert (np.abs(shown / visits - chance) <= 5 * spread + 1e-9).all()


def test_the_truth_of_a_policy_is_what_its_visits_bring(shop):
    log = simulate(shop, tuple(shop.policies), 90_000, 3)
    for name in shop.policies:
        taken = log.of_arm(name).taken.sum(axis=1)
        assert taken.mean() == pytest.approx(shop.takes(name).mean(), abs=4 * taken.std() / np.sqrt(len(taken)))
    some = log.of_arm("model").taken.any(axis=1)
    assert some.mean() == pytest.approx(shop.successes("model").mean(), abs=4 * some.std() / np.sqrt(len(some)))


def test_a_log_is_the_same_from_the_same_seed(shop):
    one, other = (simulate(shop, tuple(shop.policies), 300, 4) for _ in range(2))
    np.testing.assert_array_equal(one.items, other.items)
    np.testing.assert_array_equal(one.taken, other.taken)
    assert (simulate(shop, tuple(shop.policies), 300, 5).items != one.items).any()


@pytest.mark.parametrize("estimator", [ips, snips])
@pytest.mark.parametrize("target", ["popularity", "model"])
def test_what_another_policy_would_earn_is_known_from_the_log(shop, estimator, target):
    truth, found = shop.takes(target).mean(), []
    for seed in range(150):
        found.append(estimator(simulate(shop, ["exploring"], 1_500, seed), target))
    value = np.array([one.value for one in found])
    inside = np.mean([one.low <= truth <= one.high for one in found])
    assert abs(value.mean() - truth) < 4 * value.std() / np.sqrt(len(value))
    assert inside >= 0.88
    assert all(0 < one.effective <= 1_500 for one in found)


def test_without_weights_the_log_of_the_explorer_would_mislead(shop):
    log = simulate(shop, ["exploring"], 40_000, 6)
    naive, truth = log.taken.sum(axis=1).mean(), shop.takes("popularity").mean()
    assert abs(naive - truth) > 4 * abs(ips(log, "popularity").value - truth)


def test_a_log_that_never_explored_knows_nothing_of_others(shop):
    log = simulate(shop, tuple(shop.policies), 300, 7)
    with pytest.raises(DataError) as caught:
        ips(log.of_arm("popularity"), "model")
    assert "shows no item by chance" in str(caught.value)
    with pytest.raises(DataError) as caught:
        ips(log, "model")
    assert "take the visits of the exploring arm" in str(caught.value)


def test_the_same_analysis_reads_a_simulated_test(shop):
    truth = shop.successes("model").mean() - shop.successes("popularity").mean()
    inside = 0
    for seed in range(20):
        found = analyse_experiment(simulate(shop, ["popularity", "model"], 3_000, 50 + seed).experiment())
        (effect,) = found.effects
        inside += effect.low <= truth <= effect.high
    assert inside >= 17


def test_what_was_taken_later_is_a_truth():
    truth = HeldOut(np.array([0, 0, 2]), np.array([1, 3, 0]), (3, 5), 0.4)
    items = np.array([[1, 2], [1, 3], [0, -1]], dtype=np.int32)
    np.testing.assert_allclose(truth.chances(np.array([0, 1, 2]), items), [[0.4, 0], [0, 0], [0.4, 0]])
    np.testing.assert_allclose(truth.total(np.array([0, 1, 2])), [0.8, 0, 0.4])
