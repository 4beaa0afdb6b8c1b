"""New interactions: the model grows, its old numbers stay, and it is nearly as good as a fit of everything."""

from __future__ import annotations

from dataclasses import replace
from time import process_time

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import CaseError
from casestudies.models.factorisation.estimator import MatrixFactorization
from casestudies.models.factorisation.fitted import Penalties
from casestudies.models.factorisation.partial import Half, Ratings, learnt, nudged
from casestudies.tabular.interactions import Interactions
from casestudies.tabular.interactions.frame import interactions_of
from tests.models.factorisation.contract import shop

PENALTIES = Penalties(0.05, 0.01)


def half(rows: int, rng: np.random.Generator, factors: int = 3) -> Half:
    draw = rng.standard_normal((rows, factors + 1)).astype(np.float32)
    return Half(draw[:, :factors], draw[:, factors], rng.integers(50, 90, rows))


# one side, against what it stands for


def test_a_nudge_is_the_minimum_of_the_old_parabola_and_the_new_squares():
    rng = np.random.default_rng(0)
    own, other = half(2, rng), half(30, rng)
    new = Ratings(np.zeros(1, np.int32), np.array([7], np.int32), np.array([1.5], np.float32))
    moved = nudged(own, other, new, PENALTIES)
    met = np.column_stack([other.vectors, np.ones(30)]).astype(float)
    shared = (met * (other.count / other.count.sum())[:, None]).T @ met + np.diag([0.05] * 3 + [0.01])
    row = met[7]
    old = np.append(own.vectors[0], own.bias[0]).astype(float)
    error = 1.5 - other.bias[7] - row @ old
    count = own.count[0] + 1  # the new rating bends the parabola as any other does, and its own square is on top
    expected = old + np.linalg.solve(count * shared + np.outer(row, row), row * error)
    np.testing.assert_allclose(np.append(moved.vectors[0], moved.bias[0]), expected, rtol=1e-4)
    np.testing.assert_array_equal(moved.vectors[1], own.vectors[1])


def test_the_old_parabola_bears_the_ridge_that_grows_with_a_power_of_the_ratings():
    rng = np.random.default_rng(0)
    own, other = half(2, rng), half(30, rng)
    new = Ratings(np.zeros(1, np.int32), np.array([7], np.int32), np.array([1.5], np.float32))
    penalties = Penalties(0.05, 0.01, scale=0.5, usual=(9.0, 400.0))
    met = np.column_stack([other.vectors, np.ones(30)]).astype(float)
    count = own.count[0] + 1
    for side, usual in (("user", 9.0), ("item", 400.0)):
        moved = nudged(own, other, new, penalties.of(side))
        ridge = count * (usual / count) ** 0.5 * np.diag([0.05] * 3 + [0.01])
        shared = count * (met * (other.count / other.count.sum())[:, None]).T @ met + ridge
        row, old = met[7], np.append(own.vectors[0], own.bias[0]).astype(float)
        expected = old + np.linalg.solve(shared + np.outer(row, row), row * (1.5 - other.bias[7] - row @ old))
        np.testing.assert_allclose(np.append(moved.vectors[0], moved.bias[0]), expected, rtol=1e-4)


def test_users_and_items_are_solved_each_under_the_ridge_of_their_side():
    rng = np.random.default_rng(2)
    users, items = half(4, rng).extended(5), half(31, rng)
    items.count[30] = 1  # and one more: solved, and no newcomer
    history = Ratings(np.array([4, 4, 1], np.int32), np.array([3, 4, 30], np.int32), np.array([1, -1, 2], np.float32))
    penalties = Penalties(0.05, 0.01, scale=0.5, usual=(9.0, 400.0))
    after, grown, _ = learnt(users, items, history, 0, penalties)

    def solved(wide, rest, usual):
        n = len(rest)
        ridge = n * (usual / n) ** 0.5 * np.diag([0.05] * 3 + [0.01])
        return np.linalg.solve(wide.T @ wide + ridge, wide.T @ rest)

    wide = np.column_stack([items.vectors[3:5], np.ones(2)]).astype(float)
    found = solved(wide, history.value[:2] - items.bias[3:5], 9.0)
    np.testing.assert_allclose(np.append(after.vectors[4], after.bias[4]), found, rtol=1e-3)
    wide = np.append(after.vectors[1], 1.0)[None].astype(float)
    found = solved(wide, history.value[2:] - after.bias[1], 400.0)
    np.testing.assert_allclose(np.append(grown.vectors[30], grown.bias[30]), found, rtol=1e-3)


def test_of_implicit_feedback_the_new_cell_is_drawn_to_one_against_all_cells():
    rng = np.random.default_rng(5)
    own, other = half(2, rng), half(30, rng)
    own, other = (replace(side, bias=np.zeros_like(side.bias)) for side in (own, other))
    new = Ratings(np.zeros(1, np.int32), np.array([7], np.int32), np.array([2.0], np.float32))
    moved = nudged(own, other, new, Penalties(0.05, 0.0, unobserved=0.3))
    Q = other.vectors.astype(float)
    one = (Q * (other.count / other.count.sum())[:, None]).T @ Q + 0.05 * np.eye(3)
    curvature = (own.count[0] + 2) * one + 0.3 * (Q.T @ Q + 0.05 * 30 * np.eye(3))
    old = own.vectors[0].astype(float)
    expected = old + np.linalg.solve(curvature + 2 * np.outer(Q[7], Q[7]), 2 * Q[7] * (1 - Q[7] @ old))
    np.testing.assert_allclose(moved.vectors[0], expected, rtol=1e-4)
    assert not moved.bias.any()


def test_ratings_of_one_row_are_taken_one_after_the_other():
    rng = np.random.default_rng(1)
    own, other = half(3, rng), half(30, rng)
    new = Ratings(np.array([1, 2, 1, 1], np.int32), np.arange(4, dtype=np.int32), rng.normal(size=4).astype(np.float32))
    together = nudged(own, other, new, PENALTIES)
    singly = own
    for place in range(4):
        one = slice(place, place + 1)
        singly = nudged(singly, other, Ratings(new.own[one], new.other[one], new.value[one]), PENALTIES)
        count = singly.count.copy()
        count[new.own[place]] += 1
        singly = replace(singly, count=count)
    np.testing.assert_allclose(together.vectors, singly.vectors, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(own.count, half(3, np.random.default_rng(1)).count)


def test_a_row_that_is_new_is_solved_and_the_untouched_stay():
    rng = np.random.default_rng(2)
    users, items = half(4, rng).extended(5), half(30, rng)
    own = np.array([0, 1, 4, 4, 4], np.int32)
    history = Ratings(own, np.array([1, 2, 3, 4, 5], np.int32), rng.normal(size=5).astype(np.float32))
    after, _, solved = learnt(users, items, history, 2, PENALTIES)
    wide = np.column_stack([items.vectors[3:6], np.ones(3)]).astype(float)
    rest = history.value[2:] - items.bias[3:6]
    expected = np.linalg.solve(wide.T @ wide + 3 * np.diag([0.05] * 3 + [0.01]), wide.T @ rest)
    np.testing.assert_allclose(np.append(after.vectors[4], after.bias[4]), expected, rtol=1e-3)
    np.testing.assert_array_equal(after.vectors[:4], users.vectors[:4])
    assert solved == 1


def test_newcomers_are_pulled_to_what_their_features_say():
    rng = np.random.default_rng(3)
    users, items = half(4, rng).extended(5), half(30, rng)
    centre = rng.standard_normal((5, 3)).astype(np.float32)
    users = replace(users, centre=centre, centre_bias=np.full(5, 0.5, np.float32))
    history = Ratings(np.array([4], np.int32), np.array([1], np.int32), np.array([0.3], np.float32))
    strong, _, _ = learnt(users, items, history, 0, Penalties(1e6, 1e6))
    np.testing.assert_allclose(strong.vectors[4], centre[4], atol=1e-4)
    free, _, _ = learnt(users, items, history, 0, Penalties(1e-6, 1e-6))
    assert items.vectors[1] @ free.vectors[4] + free.bias[4] + items.bias[1] == pytest.approx(0.3, abs=1e-3)


# the whole model


@pytest.mark.parametrize("explicit", [True, False])
def test_it_grows_and_the_old_numbers_stay(explicit):
    data = shop(explicit)
    model = MatrixFactorization(factors=4).fit(data)
    before = model.vectors_
    new = Interactions(
        np.array([0, 1, 1], np.int32),
        np.array([0, 0, 1], np.int32),
        pd.Index(["user 2", "newcomer"]),
        pd.Index(["item 4", "new thing"]),
        rating=np.array([5, 4, 1], np.float32) if explicit else None,
        time=np.array([3, 1, 2]) + int(data.time.max()),
        scale=data.scale,
    )
    model.partial_fit(new)
    after = model.vectors_
    assert model.data_.user_ids.tolist() == [*data.user_ids, "newcomer"]
    assert model.data_.item_ids.tolist() == [*data.item_ids, "new thing"]
    assert after.users.shape[0] == 25
    assert after.items.shape[0] == 16
    untouched = np.setdiff1d(np.arange(24), [2])
    np.testing.assert_array_equal(after.users[untouched], before.users[untouched])
    np.testing.assert_array_equal(np.delete(after.items[:15], 4, axis=0), np.delete(before.items, 4, axis=0))
    assert not np.array_equal(after.users[2], before.users[2])
    solved_last = model.fold_in({} if explicit else [], user="newcomer")  # on new things too, whose rows came after
    np.testing.assert_allclose(after.users[24], solved_last.vector, rtol=1e-4, atol=1e-6)
    assert "new thing" not in set(model.recommend("newcomer", n=16)["item"])
    assert set(model.recommend("newcomer", n=3)["from"]) == {"model"}


def test_a_row_is_one_rating_whether_it_came_early_or_late():
    """The history after `partial_fit` is that of a fit on everything, with a replaced rating replaced."""
    data = shop()
    model = MatrixFactorization(factors=2).fit(data.take(np.arange(40)))
    late = data.take(np.arange(30, len(data)))
    late = replace(late, rating=6 - late.rating)
    history = model.partial_fit(late).data_
    pairs = set(zip(history.user.tolist(), history.item.tolist(), strict=True))
    assert len(pairs) == len(history) == len(data)
    now = dict(zip(zip(history.user.tolist(), history.item.tolist(), strict=True), history.rating, strict=True))
    for row in range(len(data)):
        expected = data.rating[row] if row < 30 else 6 - data.rating[row]
        assert now[data.user[row], data.item[row]] == expected


def test_of_two_new_ratings_of_one_thing_the_later_holds():
    data = shop()
    model = MatrixFactorization(factors=2).fit(data)
    now = int(data.time.max())
    twice = Interactions(
        np.zeros(2, np.int32),
        np.zeros(2, np.int32),
        data.user_ids[[3]],
        data.item_ids[[4]],
        np.array([5, 1], np.float32),
        time=np.array([now + 2, now + 1]),
        scale=(1.0, 5.0),
    )
    history = model.partial_fit(twice).data_
    assert history.rating[(history.user == 3) & (history.item == 4)].tolist() == [5]


def test_purchases_of_the_same_thing_add_up():
    data = shop(explicit=False)
    model = MatrixFactorization(factors=2).fit(data)
    again = model.partial_fit(data.take(np.arange(5)))
    assert len(again.data_) == len(data) + 5


def test_a_list_follows_feedback_at_once():
    data = shop(users=60, items=40)
    model = MatrixFactorization().fit(data)
    before = model.recommend("user 3", n=40).set_index("item")["score"]
    liked = before.index[-1]
    news = interactions_of(pd.DataFrame({"user": ["user 3"], "item": [liked], "stars": [5.0]}), rating="stars")
    model.partial_fit(news)
    after = model.recommend("user 3", n=40).set_index("item")["score"]
    assert liked not in after.index
    assert model.rate(np.array([3]), model.data_.codes_of([liked], items=True))[0] > before[liked]


def test_with_a_half_life_touched_users_are_folded_in_anew():
    data = shop(explicit=False)
    model = MatrixFactorization(factors=4, half_life=2).fit(data.take(data.user != 5))
    model.partial_fit(data.take(data.user == 5))
    mine = np.flatnonzero(data.user == 5)
    mine = mine[np.argsort(data.time[mine])]
    visitor = model.fold_in(data.item_ids[data.item[mine]].tolist())
    np.testing.assert_allclose(model.vectors_.users[5], visitor.vector, rtol=1e-4, atol=1e-6)


def test_after_a_few_deeds_a_users_row_is_the_exact_fold_in():
    data = shop(explicit=False, users=60, items=40)
    model = MatrixFactorization(4).fit(data).partial_fit(data.take(data.user == 7))
    visitor = model.fold_in([], user="user 7")
    np.testing.assert_allclose(model.vectors_.users[7], visitor.vector, rtol=1e-4, atol=1e-6)


def test_nothing_new_changes_nothing():
    model = MatrixFactorization(factors=2).fit(shop())
    files = model.files()
    assert model.partial_fit(shop().take(np.empty(0, np.intp))).files() == files


def test_partial_fit_of_a_model_that_is_not_fitted_is_a_fit():
    assert (
        MatrixFactorization(factors=2).partial_fit(shop()).files() == MatrixFactorization(factors=2).fit(shop()).files()
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rating": None}, "there are no ratings, and the model learnt ratings"),
        ({"rating": np.array([1, 9, np.nan], np.float32)}, "row 2: 2 ratings are outside 1 to 5 or not finite"),
    ],
)
def test_news_that_cannot_be_used_are_said_in_one_line_and_change_nothing(change, words):
    model = MatrixFactorization(factors=2).fit(shop())
    files = model.files()
    with pytest.raises(CaseError, match=words) as told:
        model.partial_fit(replace(shop().take(np.arange(3)), **change))
    assert "\n" not in str(told.value)
    assert model.files() == files


def test_new_things_of_the_catalogue_come_with_what_is_known_of_them():
    data = shop()
    table = pd.DataFrame({"kind": ["odd", "even"] * 7 + ["odd"], "price": np.arange(15)}, index=data.item_ids)
    model = MatrixFactorization(factors=2, features=["kind"]).fit(replace(data, items=table))
    new = interactions_of(
        pd.DataFrame({"user": ["user 1"], "item": ["fresh"], "stars": [4.0]}),
        rating="stars",
        scale=(1, 5),
        items=pd.DataFrame({"kind": ["odd"], "price": [3]}, index=["fresh"]),
    )
    listed = pd.Index(["fresh", "on the shelf"])  # the second without a row as yet
    shelf = pd.DataFrame({"kind": ["odd", "even"], "price": [3, 4]}, index=listed)
    model.partial_fit(replace(new, item_ids=listed, items=shelf))
    cold, bias = model.fitted_.embedded[0].cold(shelf)
    np.testing.assert_allclose(model.vectors_.items[16], cold[1], atol=1e-6)
    assert model.vectors_.item_bias[16] == pytest.approx(float(bias[1]), abs=1e-6)
    assert model.data_.items.loc["fresh", "kind"] == "odd"
    assert model.data_.items.index.equals(model.data_.item_ids)


@pytest.fixture(scope="module")
def ratings(request) -> pd.DataFrame:
    folder = request.getfixturevalue("real_data")
    return pd.read_csv(folder / "ml-100k" / "u.data", sep="\t", names=["user", "item", "rating", "time"])


def test_one_per_cent_of_new_ratings_cost_little_and_lose_little(ratings):
    """ML-100K: against a fit on everything and against doing nothing."""
    order = np.random.default_rng(0).permutation(len(ratings))
    train, test = order[:90_000], ratings.iloc[order[90_000:]]

    def error(model: MatrixFactorization) -> float:
        expected = model.predict(test["user"].tolist(), test["item"].tolist())["expected"]
        return float(np.sqrt(np.mean((expected.to_numpy() - test["rating"].to_numpy()) ** 2)))

    def taken(rows):
        return interactions_of(ratings.iloc[rows], rating="rating", scale=(1, 5))

    whole = MatrixFactorization(32).fit(taken(train))
    began = process_time()
    model = MatrixFactorization(32).fit(taken(train[:89_100]))
    fit, new = process_time() - began, taken(train[89_100:])
    idle = error(model)
    began = process_time()
    model.partial_fit(new)
    assert process_time() - began < fit / 5  # 1 : 20 on ML-1M, whose fit is ten times longer
    assert error(model) <= error(whole) + 0.002
    assert error(model) <= idle + 0.0005


def test_users_who_come_later_are_known_as_if_they_had_been_there(ratings):
    later = ratings["user"].isin(np.random.default_rng(0).choice(943, 60, replace=False) + 1)
    shown = np.random.default_rng(1).random(len(ratings)) < 0.8
    test = ratings[later & ~shown]
    model = MatrixFactorization(32).fit(interactions_of(ratings[~later], rating="rating"))

    def error(one: MatrixFactorization) -> float:
        expected = one.predict(test["user"].tolist(), test["item"].tolist())["expected"]
        return float(np.sqrt(np.mean((expected.to_numpy() - test["rating"].to_numpy()) ** 2)))

    before = error(model)
    after = error(model.partial_fit(interactions_of(ratings[later & shown], rating="rating")))
    whole = error(MatrixFactorization(32).fit(interactions_of(ratings[~later | shown], rating="rating")))
    assert after <= whole + 0.01
    assert after < before - 0.05
