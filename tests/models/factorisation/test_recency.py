"""Ages by hand, the choice of a half-life on planted changes of taste, and MovieLens."""

import dataclasses
import gzip

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import ConfigError, DataError
from casestudies.models.factorisation.folding import FoldIn
from casestudies.models.factorisation.recency import Recency, choose_half_life
from casestudies.optim import minimise
from casestudies.optim.factors.alternating import AlternatingSquares
from casestudies.optim.factors.whole import WholeObjective
from casestudies.tabular.interactions import DAY, Interactions


def events(users, days, items=None):
    items = np.arange(len(users)) if items is None else items
    return Interactions(
        np.array(users, np.int32),
        np.array(items, np.int32),
        pd.RangeIndex(max(users) + 1),
        pd.RangeIndex(max(items) + 1),
        time=(np.array(days) * DAY).astype(np.int64),
    )


def test_events_are_counted_back_from_each_users_newest():
    data = events([0, 1, 0, 1, 0], [3, 1, 1, 2, 2])
    np.testing.assert_allclose(Recency(1).weights(data), [1, 0.5, 0.25, 1, 0.5])
    np.testing.assert_allclose(Recency(2).weights(data), np.sqrt([1, 0.5, 0.25, 1, 0.5]))


def test_days_are_counted_back_from_each_users_newest():
    data = events([0, 0, 1, 0], [1, 31, 500, 16])
    np.testing.assert_allclose(Recency(30, "days").weights(data), [0.5, 1, 1, np.sqrt(0.5)])


def test_events_of_the_same_second_are_as_old_as_each_other_in_any_order_of_rows():
    data = events([0, 0, 0, 0], [1, 1, 2, 2])
    for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
        weights = Recency(1).weights(data.take(np.array(order)))
        np.testing.assert_allclose(weights, np.array([0.25, 0.25, 1, 1])[order])


def test_ages_agree_with_counting_pair_by_pair():
    rng = np.random.default_rng(0)
    data = events(rng.integers(0, 6, 200).tolist(), rng.integers(0, 15, 200).tolist())
    same = data.user[:, None] == data.user
    newer = (same & (data.time > data.time[:, None])).sum(axis=1)
    np.testing.assert_allclose(Recency(7).weights(data), 2.0 ** (-newer / 7), rtol=1e-6)
    newest = np.where(same, data.time, -1).max(axis=1)
    np.testing.assert_allclose(Recency(7, "days").weights(data), 2.0 ** (-(newest - data.time) / DAY / 7), rtol=1e-6)


def test_a_half_life_needs_times_and_a_sensible_number():
    with pytest.raises(DataError, match="the interactions have no times, and a half-life needs them; name the column"):
        Recency(3).weights(dataclasses.replace(events([0], [1]), time=None))
    with pytest.raises(ConfigError, match="half_life is 0; give events above 0, or none"):
        Recency(0)
    with pytest.raises(ConfigError, match="the unit of the half-life is 'weeks'; give 'events' or 'days'"):
        Recency(3, "weeks")


# --- the choice ------------------------------------------------------------------------------------------------------


def world(changing, seed=0, users=200, kinds=5, each=12, length=30):
    """Users who choose items of one kind; with `changing` tastes, of another kind in the last third of their history."""
    rng = np.random.default_rng(seed)
    user, item, day = [], [], []
    for number in range(users):
        kind = rng.integers(kinds)
        left = {one: list(rng.permutation(each)) for one in range(kinds)}
        for place in range(length + 1):
            if changing and place == length * 2 // 3:
                kind = (kind + 1 + rng.integers(kinds - 1)) % kinds
            own = rng.random() < 0.75 and left[kind]
            chosen = kind if own else rng.choice([one for one in left if left[one]])
            user.append(number)
            item.append(chosen * each + left[chosen].pop())
            day.append(place)
    data = events(user, day, item)
    held = data.time == length * DAY
    return data.take(~held), data.take(held)


def folded(history, factors=8):
    objective = WholeObjective(
        history.user, history.item, None, history.shape, factors=factors, ridge=0.01, unobserved=0.2
    )
    items = minimise(objective, AlternatingSquares(10)).state.items
    fold = FoldIn(items, np.zeros(len(items), np.float32), 0.0, 0.01, 0.0, unobserved=0.2)

    def scored(weights):
        vectors = fold.users(history, weights)[0]
        return lambda users: vectors[users] @ items.T

    return scored


def test_tastes_that_change_are_found():
    history, held = world(changing=True)
    choice = choose_half_life(history, held, folded(history))
    assert choice.chosen is not None
    assert choice.chosen.unit == "events"
    best = max(choice.trials, key=lambda trial: trial.ndcg)
    assert best.half_life == choice.chosen.half_life <= 20
    assert best.gain == pytest.approx(best.ndcg - choice.trials[0].ndcg)
    assert best.gain > 2 * best.error > 0
    assert str(choice).startswith("Recent interactions count more, half-life of ")


@pytest.mark.parametrize("seed", range(5))
def test_tastes_that_stay_leave_it_off(seed):
    history, held = world(changing=False, seed=seed)
    choice = choose_half_life(history, held, folded(history), grid=(2.0, 10.0))
    assert choice.chosen is None
    assert "No half-life is clearly better" in str(choice)


def test_the_figures_are_those_of_a_ranking_by_hand():
    history = events([0, 0, 1], [1, 2, 1], [0, 1, 2])
    history = dataclasses.replace(history, item_ids=pd.RangeIndex(14))
    held = dataclasses.replace(events([0, 1, 1, 1], [9] * 4, [5, 0, 10, 11]), item_ids=pd.RangeIndex(14))
    falling = np.arange(14, 0, -1, dtype=np.float32)

    def scored(weights):
        table = np.vstack([falling, falling])
        if weights.min() < 1:  # with a half-life user 0's item comes first
            table[0, 5] = 99
        return lambda users: table[users]

    choice = choose_half_life(history, held, scored, grid=(1.0,))
    # user 0 does not see items 0 and 1 again, so item 5 is fourth; user 1 finds item 0 first, 10 tenth, 11 too late
    first, second = 1 / np.log2(5), (1 + 1 / np.log2(11)) / (1 + 1 / np.log2(3) + 1 / 2)
    assert choice.trials[0].ndcg == pytest.approx((first + second) / 2)
    assert choice.trials[1].ndcg == pytest.approx((1 + second) / 2)
    gains = np.array([1 - first, 0])
    assert choice.trials[1].error == pytest.approx(gains.std(ddof=1) / np.sqrt(2))
    assert choice.users == 2
    assert choice.chosen is None


def test_nobody_held_out_is_an_error():
    history, held = world(changing=False, users=5)
    with pytest.raises(DataError, match="no held-out interaction to choose a half-life on; hold some out"):
        choose_half_life(history, held.take(np.array([], int)), folded(history))


# --- MovieLens -------------------------------------------------------------------------------------------------------


def last_out(data):
    grouped = data.by_user
    last = grouped.order[grouped.starts[1:][grouped.counts > 0] - 1]
    rest = np.ones(len(data), bool)
    rest[last] = False
    return data.take(rest), data.take(last)


def test_on_movielens_with_times_it_doubles_ndcg_on_the_item_after_the_last(real_data):
    with gzip.open(real_data / "ml-1m-users1-2999" / "ratings.dat.gz") as file:
        table = np.array([line.split(b"::") for line in file.read().splitlines()[:160_000]]).astype(np.int64)
    user, item = np.unique(table[:, 0], return_inverse=True)[1], np.unique(table[:, 1], return_inverse=True)[1]
    codes = user.astype(np.int32), item.astype(np.int32)
    data = Interactions(*codes, pd.RangeIndex(user.max() + 1), pd.RangeIndex(item.max() + 1), time=table[:, 3])
    train, test = last_out(data)
    history, held = last_out(train)
    choice = choose_half_life(history, held, folded(history, 48), grid=(2.0, 5.0, 20.0))
    assert choice.chosen is not None
    judged = choose_half_life(train, test, folded(train, 48), grid=(choice.chosen.half_life,))
    assert judged.trials[1].ndcg > 1.8 * judged.trials[0].ndcg
