"""`MatrixFactorization`: the contract of all recommenders, and what is its own."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from casestudies.errors import CaseError, ConfigError, DataError, RunError
from casestudies.models.factorisation.estimator import MatrixFactorization
from casestudies.models.factorisation.trial import with_users_solved
from casestudies.tabular.interactions import DAY, Interactions
from casestudies.tabular.interactions.frame import interactions_of
from tests.models.factorisation.contract import RecommenderContract, shop


class TestExplicit(RecommenderContract):
    names = ("factorisation",)

    def make(self):
        return MatrixFactorization(factors=4)


class TestExplicitWithHistories(RecommenderContract):
    names = ("factorisation",)

    def make(self):
        return MatrixFactorization(factors=4, histories="both", snapshots=2)


class TestImplicit(RecommenderContract):
    names = ("implicit",)
    explicit = False
    shuffled = 1e-4

    def make(self):
        return MatrixFactorization(factors=4)


class TestImplicitOfLate(RecommenderContract):
    names = ("implicit",)
    explicit = False
    shuffled = 1e-4

    def make(self):
        return MatrixFactorization(factors=4, half_life=3)


@pytest.fixture(scope="module")
def fitted() -> MatrixFactorization:
    return MatrixFactorization(factors=6, random_state=3).fit(described())


@pytest.fixture(scope="module")
def deeds() -> MatrixFactorization:
    return MatrixFactorization(factors=6).fit(described(explicit=False))


def described(explicit: bool = True, **more) -> Interactions:
    """The shop with tables: taste goes by `kind` of item and `club` of user."""
    data = shop(explicit, **more)
    users, items = data.shape
    table = pd.DataFrame(
        {
            "title": [f"Thing {n}" for n in range(items)],
            "kind": np.where(np.arange(items) % 2, "odd|small", "even"),
            "size": np.arange(items) % 3,
            "margin": np.linspace(1, 3, items),
        },
        index=data.item_ids,
    )
    clubs = pd.DataFrame({"club": np.where(np.arange(users) % 2, "odd", "even")}, index=data.user_ids)
    return replace(data, items=table, users=clubs)


# as scikit-learn has it


def test_the_constructor_only_stores_and_clones_start_anew(fitted):
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    assert not hasattr(copy, "fitted_")
    assert MatrixFactorization().set_params(factors=3).factors == 3


def test_one_and_two_threads_write_the_same_bytes():
    data = shop(users=60, items=40)
    one, two = (MatrixFactorization(factors=8, threads=threads).fit(data) for threads in (1, 2))
    assert one.files()["factors.npz"] == two.files()["factors.npz"]
    other = MatrixFactorization(factors=8, random_state=1).fit(data)
    assert other.files()["factors.npz"] != one.files()["factors.npz"]


def test_the_unit_of_the_ratings_does_not_matter():
    data = shop(users=60, items=40)
    hundred = replace(data, rating=(data.rating - 1) * 25, scale=(0.0, 100.0))
    users = np.arange(60)
    ours, theirs = (MatrixFactorization(factors=4, ridge=0.1, learning_rate=0.03).fit(one) for one in (data, hundred))
    np.testing.assert_allclose((ours.scores(users) - 1) * 25, theirs.scores(users), atol=0.02)
    visitors = ours.fold_in({"item 1": 5, "item 2": 2}), theirs.fold_in({"item 1": 100, "item 2": 25})
    np.testing.assert_allclose((visitors[0].scores - 1) * 25, visitors[1].scores, atol=0.02)
    assert np.ptp(visitors[1].scores - theirs.vectors_.item_bias) > 1  # percent: there is taste in it


# what the data are taken for


@pytest.mark.parametrize(
    ("data", "feedback"),
    [
        (shop(), "explicit"),
        (shop(explicit=False), "implicit"),
        (replace(shop(), rating=np.full(len(shop()), 4, np.float32)), "implicit"),
    ],
)
def test_auto_takes_ratings_that_differ_for_explicit(data, feedback):
    model = MatrixFactorization(factors=2).fit(data)
    assert model.feedback_ == feedback
    assert f"Taken for {feedback} feedback" in model.notes_[0]


def test_implicit_feedback_on_ratings_counts_the_fact_and_not_the_value():
    data = shop()
    ones = replace(data, rating=None, scale=None)
    ours = MatrixFactorization(factors=3, feedback="implicit").fit(data)
    np.testing.assert_array_equal(
        ours.scores(np.arange(5)), MatrixFactorization(factors=3).fit(ones).scores(np.arange(5))
    )


def _no_rows(data):
    return data.take(np.empty(0, np.intp))


@pytest.mark.parametrize(
    ("asked", "change", "words"),
    [
        ({}, _no_rows, "there are no interactions"),
        ({}, lambda d: d.take(d.user == 0), "are of one user, 'user 0'; bring those of two users"),
        ({}, lambda d: d.take(d.item == 3), "are of one item, 'item 3'"),
        ({}, lambda d: replace(d, rating=np.where(d.item == 0, np.nan, d.rating)), "missing or not finite"),
        ({"feedback": "explicit"}, lambda d: replace(d, rating=np.full(len(d), 4.0)), "ratings are 4; write feedback="),
        ({"feedback": "explicit"}, lambda d: replace(d, rating=None), "there are no ratings"),
        ({"features": ["kinds"]}, None, "no column 'kinds' of items or users; did you mean 'kind'?"),
        ({"features": "kind"}, None, "features is one text"),
        ({"factors": 0}, None, "factors is 0; give a whole number from 1 up"),
        ({"factors": 2.5}, None, "factors is 2.5"),
        ({"learning_rate": np.nan}, None, "learning_rate is nan"),
        ({"growth": 1.5}, None, "growth is 1.5"),
        ({"feedback": "loud"}, None, "feedback is 'loud'; give one of auto, explicit, implicit"),
        ({"histories": "mine"}, None, "histories is 'mine'"),
        ({"half_life": 0}, None, "half_life is 0; give a number of interactions above 0"),
        ({"half_life": True}, None, "half_life is True"),
        ({"validation": 1}, None, "validation is 1"),
        ({"feedback": "implicit", "histories": "both"}, None, "implicit feedback is history already"),
    ],
)
def test_what_cannot_be_fitted_is_said_in_one_line(asked, change, words):
    data = described() if change is None else change(described())
    with pytest.raises(CaseError, match=words) as told:
        MatrixFactorization(**asked).fit(data)
    assert "\n" not in str(told.value)


# the fit


def test_it_rates_better_than_biases_where_tastes_differ():
    whole = shop(users=120, items=60)
    held = np.arange(len(whole)) % 5 == 0
    data, rest = whole.take(~held), whole.take(held)
    model = MatrixFactorization(ridge=0.1, learning_rate=0.03).fit(data)
    error = np.sqrt(np.mean((model.rate(rest.user, rest.item) - rest.rating) ** 2))
    spread = rest.rating.std()
    assert error < 0.8 * spread


def test_it_stops_where_ratings_set_aside_get_worse_and_says_so():
    data = shop(users=120, items=60)
    greedy = MatrixFactorization(factors=32, ridge=1e-4, epochs=60, learning_rate=0.03, validation=0.2).fit(data)
    assert greedy.steps_ < 60
    assert any(note.startswith(f"Stopped after {greedy.steps_} of 60 epochs") for note in greedy.notes_)
    assert len(greedy.trace_["step"]) == greedy.steps_ + 1
    to_the_end = MatrixFactorization(factors=32, ridge=1e-4, epochs=60, learning_rate=0.03, validation=None).fit(data)
    assert to_the_end.steps_ == 60


def test_a_ridge_under_which_all_vanishes_is_lowered_and_says_so():
    data = shop(explicit=False)
    model = MatrixFactorization(4, ridge=3.0).fit(data)
    assert model.settings_["ridge"] < 3.0
    assert any(note.startswith("The ridge was lowered to") for note in model.notes_)
    assert model.vectors_.pairs(data.user, data.item).mean() > 0.05
    kept = MatrixFactorization(4, ridge=0.05).fit(data)
    assert kept.settings_["ridge"] == 0.05


def test_averaging_is_left_out_where_it_hurts_and_says_what_it_would_be_worth():
    data = shop(users=120, items=60)
    plan = {"epochs": 8, "snapshots": 3, "ridge": 0.1, "learning_rate": 0.01, "batches": 16}
    hurt = MatrixFactorization(4, **plan, validation=0.2).fit(data)
    assert hurt.vectors_.users.shape[1] == 4
    assert any(note.startswith("Not averaged: on ratings set aside, mean of 3") for note in hurt.notes_)
    unasked = MatrixFactorization(4, **plan, validation=None).fit(data)
    assert unasked.vectors_.users.shape[1] == 12


def test_a_half_life_is_chosen_where_the_last_ones_tell_the_next(real_data):
    ratings = pd.read_csv(real_data / "ml-100k" / "u.data", sep="\t", names=["user", "item", "rating", "time"])
    few = ratings[ratings.user <= 300]
    model = MatrixFactorization(16, half_life="auto").fit(interactions_of(few, time="time"))
    assert model.half_life_ is not None
    assert any("half-life of" in note for note in model.notes_)
    untimed = MatrixFactorization(4, half_life="auto").fit(interactions_of(few))
    assert untimed.half_life_ is None
    assert any("no times are known" in note for note in untimed.notes_)


# what serves


def test_a_list_is_the_ranking_of_what_is_not_known(fitted):
    data, user = fitted.data_, 5
    told = fitted.recommend("user 5", n=4)
    scores = fitted.scores(np.array([user]))[0]
    scores[data.item[data.user == user]] = -np.inf
    best = np.argsort(-scores)[:4]
    assert told.columns.tolist() == ["user", "rank", "item", "title", "score", "because", "from"]
    assert told["item"].tolist() == data.item_ids[best].tolist()
    assert told["title"].tolist() == [f"Thing {n}" for n in best]
    np.testing.assert_allclose(told["score"], scores[best], rtol=1e-5)
    assert told["rank"].tolist() == [1, 2, 3, 4]
    assert set(told["from"]) == {"model"}


def test_every_number_in_the_reasons_is_in_the_score(fitted):
    told = fitted.explain("user 5", "item 3")
    assert told.base + told.parts["part"].sum() == pytest.approx(told.score, abs=1e-4)
    assert told.score == pytest.approx(float(fitted.scores(np.array([5]))[0, 3]), abs=1e-5)
    assert set(told.parts["title"][:-1]) <= set(fitted.data_.items["title"])
    for row in fitted.recommend("user 5", n=3, reasons=2).itertuples():
        parts = [
            float(part.rsplit("(", 1)[1]) for part in row.because.replace("), ", ")\n").replace(")", "").split("\n")
        ]
        base = fitted.explain("user 5", row.item).base
        assert base + sum(parts) == pytest.approx(row.score, abs=0.03)


def test_wishes_for_lists_are_met(fitted):
    data = fitted.data_
    seen = set(data.item_ids[data.item[data.user == 5]])
    assert seen & set(fitted.recommend("user 5", n=15, exclude_seen="none")["item"]) == seen
    stocked = fitted.recommend("user 5", n=15, where="size > 0")
    assert (data.items.loc[stocked["item"], "size"] > 0).all()
    mixed = fitted.recommend("user 5", n=2, at_most={"kind": 1})
    assert data.items.loc[mixed["item"], "kind"].is_unique
    several = fitted.recommend(["user 5", "user 6"], n=2)
    assert several["user"].tolist() == ["user 5"] * 2 + ["user 6"] * 2
    pays = fitted.recommend("user 5", n=3, by="margin", exclude_seen="none")
    chance = (np.clip(fitted.scores(np.array([5]))[0], 1, 5) - 1) / 4
    assert pays["item"].tolist() == data.item_ids[np.argsort(-chance * data.items["margin"])[:3]].tolist()


def test_what_is_not_in_stock_is_not_recommended_unless_asked():
    data = described()
    empty = replace(data, items=data.items.assign(stock=data.items["size"]))
    model = MatrixFactorization(factors=2).fit(empty)
    assert (data.items.loc[model.recommend("user 5", n=15)["item"], "size"] > 0).all()
    assert len(model.recommend("nobody", n=15, in_stock=False)) == 15


def test_days_bring_back_what_is_long_ago(fitted):
    data = fitted.data_
    mine = data.user == 5
    recent = set(data.item_ids[data.item[mine & (data.time > data.time.max() - 100 * DAY)]])
    told = set(fitted.recommend("user 5", n=15, exclude_seen="days", days=100)["item"])
    assert told == set(data.item_ids) - recent


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"n": 0}, "n is 0; ask for one item or more"),
        ({"exclude_seen": "some"}, "exclude_seen is 'some'"),
        ({"by": "margins"}, "no column of numbers 'margins' to rank by; did you mean 'margin'?"),
        ({"where": "sise > 0"}, "sise"),
        ({"at_most": {"kind": 1, "size": 1}}, "at_most names not one column"),
        ({"at_most": {"sort": 1}}, "no column 'sort'"),
    ],
)
def test_wishes_that_cannot_be_met_are_said_in_one_line(fitted, asked, words):
    with pytest.raises(ConfigError, match=words) as told:
        fitted.recommend("user 5", **asked)
    assert "\n" not in str(told.value)


def test_who_is_unknown_is_served_by_what_is_popular_and_it_says_so(fitted):
    told = fitted.recommend("nobody", n=3)
    popular = np.argsort(-np.bincount(fitted.data_.item, minlength=15), kind="stable")[:3]
    assert told["item"].tolist() == fitted.data_.item_ids[popular].tolist()
    assert set(told["from"]) == {"popularity"}
    assert told["score"].isna().all()
    assert fitted.recommend("user 23", n=3)["from"].tolist() == ["popularity"] * 3  # has a number and no rows
    assert set(fitted.recommend("nobody", history={"item 1": 5, "item 3": 5})["from"]) == {"fold-in"}


def test_newcomers_are_known_by_their_features():
    data = described(users=80, items=40)
    cold = data.take(~np.isin(data.item, [0, 1]) & ~np.isin(data.user, [0, 1]))
    model = MatrixFactorization(factors=4, features=["kind", "club"], learning_rate=0.05, epochs=60).fit(cold)
    told = model.predict(["user 0", "user 0", "user 1", "user 1"], ["item 0", "item 1"] * 2)
    assert told["user_from"].tolist() == told["item_from"].tolist() == ["features"] * 4
    even_even, even_odd, odd_even, odd_odd = told["expected"]
    assert even_even > even_odd + 0.5
    assert odd_odd > odd_even + 0.5
    lists = model.recommend("new", about=pd.DataFrame({"club": ["odd"]}, index=["new"]), n=3)
    assert set(lists["from"]) == {"features"}
    assert (data.items.loc[lists["item"], "kind"] == "odd|small").all()
    assert lists["because"].str.contains("club = ").all()
    part = model.explain("user 1", "item 1")
    assert part.base + part.parts["part"].sum() == pytest.approx(part.score, abs=1e-4)


def test_who_and_what_nobody_has_met_has_no_taste_of_its_own():
    data = shop(users=60, items=40)
    model = MatrixFactorization(4, validation=None).fit(data.take((data.item != 3) & (data.user != 4)))
    for vectors, row in ((model.vectors_.items, 3), (model.vectors_.users, 4), (model.vectors_.users, 59)):
        assert not vectors[row].any()
        assert vectors[5].any()


def test_new_things_are_known_by_their_features_of_implicit_feedback_too():
    data = described(explicit=False, users=120, items=60)
    kept = data.take(~np.isin(data.item, [0, 1]))
    model = MatrixFactorization(8, feedback="implicit", features=["kind"], ridge=0.03).fit(kept)
    scores = model.scores(np.array([2, 3]))  # of even and odd taste
    assert scores[0, 0] > scores[0, 1] + 0.05
    assert scores[1, 1] > scores[1, 0] + 0.05
    assert model.predict(["user 2"], ["item 0"])["item_from"].tolist() == ["features"]


def test_users_solved_at_the_end_are_their_fold_ins_and_strangers_stay():
    data = shop(users=120, items=60)
    model = MatrixFactorization(8, ridge=0.3, learning_rate=0.02, validation=0.2).fit(data)
    before = replace(model.fitted_.vectors, users=np.ones_like(model.fitted_.vectors.users))
    after = with_users_solved(before, data, model.fitted_.penalties)
    np.testing.assert_array_equal(after.users[119], before.users[119])  # has no rows
    np.testing.assert_allclose(after.users[5], model.fold_in({}, user="user 5").vector, rtol=1e-4, atol=1e-6)


def test_solving_for_users_makes_reasons_whole(real_data):
    ratings = pd.read_csv(real_data / "ml-100k" / "u.data", sep="\t", names=["user", "item", "rating", "time"])
    model = MatrixFactorization().fit(interactions_of(ratings, rating="rating"))
    assert any(note.startswith("At the end users are solved exactly") for note in model.notes_)
    assert "learnt besides" not in set(model.explain(196, 50).parts["title"])


def test_pairs_say_where_their_two_parts_come_from(fitted):
    told = fitted.predict(["user 2", "nobody"], ["nothing", "item 4"])
    assert told["user_from"].tolist() == ["history", "mean"]
    assert told["item_from"].tolist() == ["mean", "history"]
    vectors = fitted.vectors_
    np.testing.assert_allclose(
        told["expected"], [vectors.mean + vectors.user_bias[2], vectors.mean + vectors.item_bias[4]], rtol=1e-6
    )
    with pytest.raises(DataError, match="2 users and 1 items are no pairs"):
        fitted.predict(["user 2", "user 3"], ["item 1"])


# folding in


def test_a_visitor_with_a_users_history_gets_that_users_ridge_row(fitted):
    data, user = fitted.data_, 7
    mine = data.user == user
    history = dict(zip(data.item_ids[data.item[mine]], data.rating[mine].tolist(), strict=True))
    visitor = fitted.fold_in(history)
    items, weight = fitted.vectors_.items[data.item[mine]], mine.sum()
    wide = np.column_stack([items, np.ones(len(items))]).astype(float)
    penalties, usual = fitted.fitted_.penalties, len(data) / len(np.unique(data.user))
    held = weight * (usual / weight) ** (1 - fitted.settings_["growth"])
    ridge = np.full(items.shape[1] + 1, penalties.ridge * held)
    ridge[-1] = penalties.bias_ridge * held
    rest = data.rating[mine] - fitted.vectors_.mean - fitted.vectors_.item_bias[data.item[mine]]
    expected = np.linalg.solve(wide.T @ wide + np.diag(ridge), wide.T @ rest)
    np.testing.assert_allclose(np.append(visitor.vector, visitor.bias), expected, rtol=1e-3, atol=1e-5)


def test_who_has_rated_once_is_hardly_moved_by_it_and_less_the_less_the_ridge_grows():
    data = shop(users=60, items=30)
    extreme = Interactions(
        np.zeros(1, np.int32), np.zeros(1, np.int32), pd.Index(["once"]), data.item_ids[:1],
        rating=np.ones(1, np.float32), time=data.time[-1:] if data.time is not None else None, scale=data.scale,
    )  # fmt: skip
    moved = []
    for growth in (1.0, 0.5):
        model = MatrixFactorization(8, ridge=0.3, growth=growth, validation=None).fit(data)
        model.partial_fit(extreme)
        shifts = model.scores(np.array([60]))[0] - model.vectors_.mean - model.vectors_.item_bias
        moved.append(np.abs(shifts).max())
    assert moved[1] < 0.85 * moved[0]


@pytest.mark.parametrize("kind", ["ratings", "deeds"])
def test_of_a_returning_customer_the_news_are_enough(fitted, deeds, kind):
    model = fitted if kind == "ratings" else deeds
    data = model.data_
    mine = np.flatnonzero(data.user == 7)
    mine = mine[np.argsort(data.time[mine])]
    names = data.item_ids[data.item[mine]].tolist()
    new = next(name for name in data.item_ids if name not in names)
    if kind == "ratings":
        whole, news = dict(zip(names, data.rating[mine].tolist(), strict=True)) | {new: 5.0}, {new: 5.0}
    else:
        whole, news = [*names, new], [new]
    for half_life in (None, 2):
        ours = model.fold_in(news, user="user 7", half_life=half_life)
        theirs = model.fold_in(whole, half_life=half_life)
        np.testing.assert_allclose(ours.vector, theirs.vector, rtol=1e-4, atol=1e-7)
    assert new not in set(ours.recommend(n=15)["item"])
    assert ours.name == "user 7"


def test_a_new_rating_replaces_the_old_one(fitted):
    data = fitted.data_
    mine = data.user == 7
    history = dict(zip(data.item_ids[data.item[mine]], data.rating[mine].tolist(), strict=True))
    name = next(iter(history))
    ours = fitted.fold_in({name: 1.0 if history[name] > 2 else 5.0}, user="user 7")
    assert len(ours.history) == len(history)


def test_a_short_half_life_follows_the_last_event(deeds):
    names = ["item 0", "item 2", "item 4", "item 1"]
    latest = deeds.fold_in(names, half_life=0.05).scores
    np.testing.assert_allclose(latest, deeds.fold_in(["item 1"]).scores, atol=1e-4)
    assert not np.allclose(latest, deeds.fold_in(names).scores, atol=1e-3)


def test_rows_of_a_table_are_folded_in_by_their_times(deeds):
    rows = pd.DataFrame({"user": "x", "item": ["item 1", "item 0", "item 2"], "at": [30, 10, 20]})
    ours = deeds.fold_in(interactions_of(rows, time="at"), half_life=1)
    theirs = deeds.fold_in(["item 0", "item 2", "item 1"], half_life=1)
    np.testing.assert_allclose(ours.vector, theirs.vector, rtol=1e-6)
    assert not np.allclose(ours.vector, deeds.fold_in(["item 1", "item 0", "item 2"], half_life=1).vector, rtol=1e-3)


def test_the_parts_of_a_visitors_score_sum_to_it(fitted):
    told = fitted.fold_in({"item 1": 5, "item 2": 1}).explain("item 3")
    assert told.parts["id"].tolist() in (["item 1", "item 2"], ["item 2", "item 1"])
    assert told.base + told.parts["part"].sum() == pytest.approx(told.score, abs=1e-5)
    assert str(told).startswith(f"{told.score:.2f} = {told.base:.2f}, Thing ")


@pytest.mark.parametrize(
    ("history", "asked", "words"),
    [
        ({"itm 1": 5}, {}, "'itm 1' is no item of the model; did you mean 'item 1'"),
        ({"x": 1, "y": 2}, {}, "nor are 1 others"),
        (["item 1"], {}, "there are none; give {'item 1': 3}"),
        ("item 1", {}, "the history is one text"),
        ({"item 1": 7}, {}, "'item 1' is rated 7; give ratings from 1 to 5"),
        ({"item 1": np.nan}, {}, "is rated nan"),
        ({"item 1": 5}, {"half_life": -1}, "half_life is -1; give a number of interactions above 0"),
        ({"item 1": 5}, {"user": "usr 1"}, "'usr 1' is no user of the model; did you mean 'user 1'"),
    ],
)
def test_a_history_that_cannot_be_used_is_said_in_one_line(fitted, history, asked, words):
    with pytest.raises(CaseError, match=words) as told:
        fitted.fold_in(history, **asked)
    assert "\n" not in str(told.value)


# saving


@pytest.mark.parametrize("kind", ["ratings", "deeds"])
def test_a_saved_model_goes_on_as_if_it_had_never_left(fitted, deeds, kind, tmp_path):
    model = fitted if kind == "ratings" else deeds
    model.save(tmp_path / "model")
    back = MatrixFactorization.load(tmp_path / "model")
    assert back.get_params() == model.get_params()
    pd.testing.assert_frame_equal(back.recommend(["user 3", "x"], n=5), model.recommend(["user 3", "x"], n=5))
    assert back.files() == model.files()
    new = shop(kind == "ratings", seed=4).take(np.arange(9))
    assert back.partial_fit(new).files() == clone(model).set_params().fit(model.data_).partial_fit(new).files()


def test_a_parameter_of_another_version_is_named(fitted):
    files = fitted.files()
    told = json.loads(files["settings.json"])
    told["asked"]["facts"] = told["asked"].pop("factors")
    files["settings.json"] = json.dumps(told).encode()
    with pytest.raises(RunError, match="a parameter 'facts'"):
        MatrixFactorization.from_files(files)
