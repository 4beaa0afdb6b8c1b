"""Levels of ratings in time: against a dense ridge regression, against planted drifts, and through everything that serves."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import ConfigError
from casestudies.models.factorisation.estimator import MatrixFactorization
from casestudies.models.factorisation.timed import BINS, SPANS, Timed, TimedChoice, choose_timed
from casestudies.tabular.interactions import DAY, Interactions

USERS, ITEMS, DAYS = 300, 40, 900
START = 1_000_000_000


def ratings(rise=0.0, drift=0.0, seed=0, users=USERS, each=30, noise=0.3):
    """Items with even numbers rise by `rise` from the first day to the last, the others fall; users grow milder by `drift`."""
    rng = np.random.default_rng(seed)
    user = np.repeat(np.arange(users), each)
    item = np.concatenate([rng.choice(ITEMS, each, replace=False) for _ in range(users)])
    day = rng.integers(0, DAYS, len(user))
    level = rng.normal(0, 0.4, ITEMS)[item] + rng.normal(0, 0.3, users)[user]
    level += rise * np.where(item % 2 == 0, 1, -1) * (day / DAYS - 0.5) + drift * (day / DAYS - 0.5)
    value = (3 + level + rng.normal(0, noise, len(user))).astype(np.float32)
    return Interactions(
        user.astype(np.int32),
        item.astype(np.int32),
        pd.RangeIndex(users),
        pd.RangeIndex(ITEMS),
        value,
        time=START + day.astype(np.int64) * DAY,
        scale=(0.0, 6.0),
    )


@pytest.fixture(scope="module")
def moving():
    return ratings(rise=1.5)


def test_levels_are_those_of_a_dense_ridge_regression():
    data = ratings(rise=1.0, drift=0.5, users=25, each=12, seed=3)
    (users, items), rows = data.shape, np.arange(len(data))
    days = (data.time - START) / DAY
    first, last = days.min(), days.max()
    bins = np.minimum(((days - first) / (last - first) * BINS).astype(int), BINS - 1)
    centre = np.array([days[data.user == user].mean() for user in range(users)])
    apart = days - np.floor(centre * DAY)[data.user] / DAY
    away = np.sign(apart) * np.abs(apart) ** 0.4
    X = np.zeros((len(data), users + items + BINS + items * sum(SPANS) + users))
    X[rows, data.user] = 1
    X[rows, users + data.item] = 1
    X[rows, users + items + bins] = 1
    at = users + items + BINS
    for spans in SPANS:
        X[rows, at + data.item * spans + bins * spans // BINS] = 1
        at += items * spans
    X[rows, at + data.user] = away
    sizes = [users, items, BINS, items * sum(SPANS), users]
    ridge = np.repeat([5.0, 5.0, 5.0, 50.0, 30.0 * np.mean(away**2)], sizes)
    wanted = np.linalg.solve(X.T @ X + np.diag(ridge), X.T @ (data.rating - data.rating.mean()))
    timed = Timed.of(data, 50.0)
    common, by_bin, at = wanted[users + items :][:BINS], np.zeros((items, BINS)), users + items + BINS
    for spans in SPANS:
        for number in range(BINS):
            by_bin[:, number] += wanted[at + np.arange(items) * spans + number * spans // BINS]
        at += items * spans
    assert np.allclose(timed.common, common, atol=1e-4)
    assert np.allclose(timed.items, by_bin, atol=1e-4)
    assert np.allclose(timed.users, wanted[-users:], atol=1e-4)
    then = (
        common[bins] - common[-1] + by_bin[data.item, bins] - by_bin[data.item, -1] + wanted[-users:][data.user] * away
    )
    assert np.allclose(timed.then(data.user, data.item, data.time), then, atol=1e-3)
    assert np.allclose(timed.moved(data).rating, data.rating - then, atol=1e-3)


def test_nobody_is_carried_on_beyond_what_is_known(moving):
    timed = Timed.of(moving, 30.0)
    user, item = np.array([0, 5]), np.array([3, 8])
    later = np.full(2, moving.time.max() + 400 * DAY)
    assert timed.then(user, item, later).tolist() == [0.0, 0.0]
    strangers = timed.then(np.array([USERS + 7]), np.array([ITEMS + 2]), np.array([START]))
    assert strangers[0] == pytest.approx(float(timed.common[0] - timed.common[-1]))


def test_what_moves_is_found_and_what_stands_is_left_alone(moving):
    found = choose_timed(moving, 0)
    assert isinstance(found, TimedChoice)
    assert found.clear
    assert found.within < 0.8 * found.without
    still, of_users = choose_timed(ratings(), 0), choose_timed(ratings(drift=2.0), 0)
    assert isinstance(still, TimedChoice)
    assert not still.clear
    assert "do not clearly move" in str(still)
    assert isinstance(of_users, TimedChoice)
    assert of_users.clear


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (replace(ratings(), time=None), "no times are known"),
        (replace(ratings(), time=np.full(USERS * 30, START)), "of one day"),
        (ratings(users=20), "too few"),
    ],
)
def test_where_nothing_can_be_looked_for_the_reason_is_said(data, words):
    assert words in choose_timed(data, 0)


def test_ratings_of_their_time_are_foretold_better_and_those_of_now_too(moving):
    drawn = np.random.default_rng(1).permutation(len(moving))
    kept, aside = moving.take(np.sort(drawn[900:])), moving.take(np.sort(drawn[:900]))
    latest = aside.take(aside.time > START + 0.97 * DAYS * DAY)
    plain = MatrixFactorization(4).fit(kept)
    timed = MatrixFactorization(4, timed="auto").fit(kept)

    def error(model, data, time):
        return float(np.sqrt(np.square(model.rate(data.user, data.item, time) - data.rating).mean()))

    assert error(timed, aside, aside.time) < 0.8 * error(plain, aside, None)
    assert error(timed, latest, None) < 0.8 * error(plain, latest, None)
    assert plain.rate(aside.user, aside.item, aside.time).tolist() == plain.rate(aside.user, aside.item).tolist()
    assert any("Ratings move with time" in note for note in timed.notes_)


def test_lists_visitors_news_and_files_go_by_the_levels_of_now(moving, tmp_path):
    model = MatrixFactorization(4, timed=True).fit(moving)
    by_now = np.argsort(-model.vectors_.item_bias)[:10]
    assert (by_now % 2 == 0).all()  # those that have risen
    explained = model.explain(3, 8)
    assert explained.base + explained.parts.part.sum() == pytest.approx(explained.score, abs=1e-4)
    model.save(tmp_path / "model")
    again = MatrixFactorization.load(tmp_path / "model")
    when = moving.time[:50]
    assert again.timed is True
    assert (
        again.rate(moving.user[:50], moving.item[:50], when) == model.rate(moving.user[:50], moving.item[:50], when)
    ).all()
    new = Interactions(
        np.zeros(2, np.int32),
        np.array([0, 1], np.int32),
        pd.Index([USERS]),
        pd.Index([0, ITEMS]),
        np.array([5.0, 4.0], np.float32),
        time=np.full(2, moving.time.max() + DAY),
    )
    grown = model.partial_fit(new)
    assert grown.data_.shape == (USERS + 1, ITEMS + 1)
    assert grown.rate([USERS], [ITEMS], np.array([moving.time.max() + DAY]))[0] == grown.rate([USERS], [ITEMS])[0]
    assert grown.rate([USERS], [ITEMS])[0] > 3


def test_a_half_life_folds_in_ratings_as_they_would_be_now(moving):
    model = MatrixFactorization(4, timed=True, half_life=1000.0).fit(moving)
    user = 11
    rows = np.flatnonzero(moving.user == user)
    rows = rows[np.argsort(moving.time[rows], kind="stable")]
    now = moving.rating[rows] - model.fitted_.timed.then(moving.user[rows], moving.item[rows], moving.time[rows])
    age = len(rows) - 1 - (np.searchsorted(moving.time[rows], moving.time[rows], side="right") - 1)
    folded = model.fold_.user(moving.item[rows], now, np.exp2(-age / 1000.0))
    assert np.allclose(model.vectors_.users[user], folded.vector, atol=1e-5)


@pytest.mark.parametrize(
    ("asked", "data", "words"),
    [
        ({"timed": True}, replace(ratings(users=20), time=None), "no times are known"),
        ({"timed": "yes"}, ratings(users=20), "give True, False or 'auto'"),
        ({"timed": True, "feedback": "implicit"}, ratings(users=20), "implicit"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(asked, data, words):
    with pytest.raises(ConfigError, match=words):
        MatrixFactorization(2, **asked).fit(data)
