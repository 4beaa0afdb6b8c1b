"""Folding in: against the minimum of the loss it states, the factors it comes from, and a refit."""

import time

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import ConfigError, DataError
from casestudies.models.factorisation.folding import FoldIn
from casestudies.optim import minimise
from casestudies.optim.factors.alternating import AlternatingSquares
from casestudies.optim.factors.whole import WholeObjective
from casestudies.tabular.interactions import Interactions

ITEMS, FACTORS = 30, 6
HISTORY = np.array([3, 17, 3, 8, 29])
RATINGS = np.array([5.0, 3.0, 4.0, 1.0, 4.0])
WEIGHTS = np.array([1.0, 0.5, 0.25, 2.0, 0.1])


def fold(unobserved=None, scale=1.0, bias_ridge=0.02):
    rng = np.random.default_rng(4)
    items = rng.normal(0, 0.5, (ITEMS, FACTORS)).astype(np.float32)
    biases = rng.normal(0, 0.3, ITEMS).astype(np.float32) if unobserved is None else np.zeros(ITEMS, np.float32)
    return FoldIn(items, biases, 3.4 if unobserved is None else 0.0, 0.05, bias_ridge, unobserved, scale)


def loss(model, p, b, weights=WEIGHTS):
    """As the docstring of `FoldIn` states it."""
    Q = model.items.astype(np.float64)
    if model.unobserved is None:
        errors = RATINGS - model.mean - model.item_bias[HISTORY] - Q[HISTORY] @ p - b
        total = weights.sum() ** model.scale
        return weights @ errors**2 + total * (model.ridge * p @ p + model.bias_ridge * b**2)
    total = (weights.sum() + model.unobserved * len(Q)) ** model.scale
    return (
        weights @ (1 - Q[HISTORY] @ p) ** 2
        + model.unobserved * ((Q @ p) ** 2).sum()
        + total * model.ridge * p @ p
        + b**2
    )


KINDS = pytest.mark.parametrize("model", [fold(), fold(scale=0.5), fold(0.2), fold(0.2, scale=0.0)])


@KINDS
def test_the_vector_is_the_minimum_of_the_stated_loss(model):
    found = model.user(HISTORY, RATINGS, WEIGHTS)
    at = np.append(found.vector, found.bias).astype(np.float64)

    def value(x):
        return loss(model, x[:-1], x[-1])

    for direction in np.eye(FACTORS + 1):
        slope = (value(at + 1e-4 * direction) - value(at - 1e-4 * direction)) / 2e-4
        assert abs(slope) < 1e-4 * value(np.zeros(FACTORS + 1))
    assert value(at) < value(np.zeros(FACTORS + 1))


def test_it_is_the_ridge_regression_of_scikit_learn():
    from sklearn.linear_model import Ridge

    model = fold(bias_ridge=0.0)
    rest = RATINGS - model.mean - model.item_bias[HISTORY]
    peer = Ridge(alpha=0.05 * WEIGHTS.sum()).fit(model.items[HISTORY].astype(float), rest, sample_weight=WEIGHTS)
    found = model.user(HISTORY, RATINGS, WEIGHTS)
    np.testing.assert_allclose(found.vector, peer.coef_, rtol=1e-5)
    assert found.bias == pytest.approx(peer.intercept_)


@KINDS
def test_the_system_is_the_exact_linear_form_of_what_is_folded(model):
    A, B = model.system(HISTORY, RATINGS, WEIGHTS)
    solution = np.linalg.solve(A, B @ model.residuals(HISTORY, RATINGS))
    found = model.user(HISTORY, RATINGS, WEIGHTS)
    np.testing.assert_allclose(np.append(found.vector, found.bias), solution, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(A, A.T, rtol=1e-12)
    assert np.linalg.eigvalsh(A).min() > 0
    # so the parts that the history has in any score sum to it
    parts = np.linalg.solve(A, B).T * model.residuals(HISTORY, RATINGS)[:, None]
    score = np.append(found.vector, found.bias) @ np.append(model.items[11], 1.0)
    assert parts.sum(axis=0) @ np.append(model.items[11], 1.0) == pytest.approx(score, rel=1e-5)


@KINDS
def test_a_weight_of_two_is_the_interaction_twice(model):
    twice = model.user(np.append(HISTORY, 8), np.append(RATINGS, 1.0))
    once = model.user(HISTORY, RATINGS, [1, 1, 1, 2, 1])
    np.testing.assert_allclose(twice.vector, once.vector, rtol=1e-5)
    assert twice.bias == pytest.approx(once.bias)


@KINDS
@pytest.mark.parametrize("count", [0, 5])
def test_nothing_that_counts_is_nothing_known(model, count):
    found = model.user(HISTORY[:count], RATINGS[:count], np.zeros(count))
    assert not found.vector.any()
    assert found.bias == 0


@KINDS
def test_many_users_are_folded_as_each_alone(model):
    rng = np.random.default_rng(1)
    user, item = rng.integers(0, 9, 60).astype(np.int32), rng.integers(0, ITEMS, 60).astype(np.int32)
    rating, weight = rng.integers(1, 6, 60).astype(np.float32), rng.uniform(0.1, 2, 60).astype(np.float32)
    data = Interactions(user, item, pd.RangeIndex(10), pd.RangeIndex(ITEMS), rating, scale=(1.0, 5.0))
    vectors, biases = model.users(data, weight)
    assert vectors.dtype == biases.dtype == np.float32
    for number in range(9):
        mine = user == number
        alone = model.user(item[mine], rating[mine], weight[mine])
        np.testing.assert_allclose(vectors[number], alone.vector, rtol=1e-4, atol=1e-6)
        assert biases[number] == pytest.approx(alone.bias, rel=1e-4, abs=1e-6)
    assert not vectors[9].any()
    np.testing.assert_array_equal(model.users(data)[0], model.users(data, np.ones(60))[0])


def test_without_weights_those_of_the_data_count():
    data = Interactions(
        np.zeros(5, np.int32),
        HISTORY.astype(np.int32),
        pd.RangeIndex(1),
        pd.RangeIndex(ITEMS),
        weight=WEIGHTS.astype(np.float32),
    )
    model = fold(0.2)
    np.testing.assert_allclose(model.users(data)[0][0], model.user(HISTORY, None, WEIGHTS).vector, rtol=1e-5)


def tastes(seed=0, users=60, items=40):
    rng = np.random.default_rng(seed)
    alike = rng.integers(0, 4, users)[:, None] == rng.integers(0, 4, items)
    user, item = np.nonzero(rng.random((users, items)) < np.where(alike, 0.6, 0.08))
    return user.astype(np.int32), item.astype(np.int32)


def test_folding_a_stored_history_gives_the_stored_vector():
    user, item = tastes()
    settings = {"factors": FACTORS, "ridge": 0.02, "unobserved": 0.2}
    state = minimise(
        WholeObjective(user, item, None, (60, 40), **settings), AlternatingSquares(400, products=12), stop=()
    ).state
    model = FoldIn(state.items, np.zeros(40, np.float32), 0.0, 0.02, 0.0, unobserved=0.2)
    data = Interactions(user, item, pd.RangeIndex(60), pd.RangeIndex(40))
    np.testing.assert_allclose(model.users(data)[0], state.users, atol=5e-3)


def test_a_user_folded_in_gets_the_list_that_a_refit_would_give():
    user, item = tastes(users=500)
    settings = {"factors": 4, "ridge": 0.02, "unobserved": 0.2}
    method = AlternatingSquares(30)
    refit = minimise(WholeObjective(user, item, None, (500, 40), **settings), method).state
    old = user < 490
    before = minimise(WholeObjective(user[old], item[old], None, (490, 40), **settings), method).state
    model = FoldIn(before.items, np.zeros(40, np.float32), 0.0, 0.02, 0.0, unobserved=0.2)
    shared = []
    for number in range(490, 500):
        folded = before.items @ model.user(item[user == number]).vector
        refitted = refit.items @ refit.users[number]
        shared.append(len({*np.argsort(-folded)[:10].tolist()} & {*np.argsort(-refitted)[:10].tolist()}))
    assert np.mean(shared) >= 9.5


def test_one_user_takes_a_fifth_of_a_millisecond():
    rng = np.random.default_rng(0)
    model = FoldIn(rng.normal(size=(4000, 64)).astype(np.float32), np.zeros(4000, np.float32), 3.5, 0.05, 0.02)
    history, ratings = rng.integers(0, 4000, 50), rng.integers(1, 6, 50)
    model.user(history, ratings)
    took = []
    for _ in range(50):
        began = time.process_time()
        model.user(history, ratings)
        took.append(time.process_time() - began)
    assert min(took) < 0.2e-3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fold().user([0, 30], [4, 4]), "item number 30 is not one of the 30"),
        (lambda: fold().user([0, -1], [4, 4]), "item number -1 is not one of the 30"),
        (lambda: fold().user([0, 1]), "a model of ratings folds in ratings; give one for each"),
        (lambda: fold().user([0, 1], [4, np.nan]), "the history has ratings that are not finite"),
        (lambda: fold().user([0, 1], [4, 3], [1, np.inf]), "the history has weights below 0 or not finite"),
        (lambda: fold().user([0, 1], [4, 3], [-1, 5]), "the history has weights below 0"),
        (lambda: fold(bias_ridge=-1), "bias_ridge -1"),
    ],
)
def test_what_cannot_be_folded_is_refused(call, message):
    with pytest.raises((ConfigError, DataError), match=message):
        call()
