"""Judging recommenders: against brute force, against a published protocol, and what is said of too little."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import ndcg_score

from casestudies.errors import ConfigError, DataError, UsageError
from casestudies.metrics.ranking import Ranked, Sets, names
from casestudies.recommendation import panel as panels
from casestudies.recommendation.evaluation import evaluate
from casestudies.recommendation.panel import Panel
from casestudies.recommendation.splits import split
from casestudies.tabular.interactions import Interactions


class Popularity:
    name, rates = "popularity", False

    def fit(self, data: Interactions) -> "Popularity":
        self.count = np.bincount(data.item, minlength=data.shape[1]).astype(np.float32)
        return self

    def scores(self, users: np.ndarray) -> np.ndarray:
        return np.broadcast_to(self.count, (len(users), len(self.count)))  # cannot be written into

    def rate(self, users: np.ndarray, items: np.ndarray, time: np.ndarray | None = None) -> np.ndarray:
        return self.count[items]


class Table:
    """Scores that are given, cell by cell; they rate."""

    rates = True

    def __init__(self, name: str, cells: np.ndarray) -> None:
        self.name, self.cells = name, cells

    def fit(self, data: Interactions) -> "Table":
        return self

    def scores(self, users: np.ndarray) -> np.ndarray:
        return self.cells[users]

    def rate(self, users: np.ndarray, items: np.ndarray, time: np.ndarray | None = None) -> np.ndarray:
        return self.cells[users, items]


def made(users: int = 60, items: int = 25, rows: int = 600, seed: int = 0) -> Interactions:
    rng = np.random.default_rng(seed)
    pairs = np.unique(rng.integers(0, users, rows) * items + (items * rng.random(rows) ** 2).astype(int))
    user, item = np.divmod(rng.permutation(pairs), items)
    rating = rng.integers(1, 6, len(pairs)).astype(np.float32)
    return Interactions(
        user.astype(np.int32),
        item.astype(np.int32),
        pd.Index([f"u{i}" for i in range(users)]),
        pd.Index([f"i{i}" for i in range(items)]),
        rating,
        scale=(1, 5),
    )


DATA = made()
PARTS = split(DATA, "random", test=0.3, seed=1)
CELLS = np.random.default_rng(5).normal(3, 1, DATA.shape).astype(np.float32)
MODELS = {"table": Table("table", CELLS), "popularity": Popularity().fit(DATA.take(PARTS.known))}
FOUND = evaluate(MODELS, DATA, PARTS.known, PARTS.test, k=5, rounds=100)


def _truth(known: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(users, items) of what was had before, and of what was then chosen anew."""
    had, chosen = np.zeros(DATA.shape, bool), np.zeros(DATA.shape, bool)
    had[DATA.user[known], DATA.item[known]] = True
    chosen[DATA.user[test], DATA.item[test]] = True
    return had, chosen & ~had


def test_all_items_are_ranked_and_those_a_user_had_are_left_out() -> None:
    had, chosen = _truth(PARTS.known, PARTS.test)
    judged = np.flatnonzero(chosen.any(axis=1))
    assert FOUND.panel.users.tolist() == judged.tolist()
    shown = np.where(had, -np.inf, CELLS)
    theirs = []
    for at, user in enumerate(judged):
        best = np.argsort(-shown[user], kind="stable")[:5]
        assert FOUND.ranked["table"].lists[at].tolist() == best.tolist()
        theirs.append(ndcg_score(chosen[user][None], np.where(had[user], -1e9, CELLS[user])[None], k=5))
    assert FOUND.per_user("ndcg_at_5", "table") == pytest.approx(theirs)
    assert FOUND.metrics["table"]["ndcg_at_5"]["value"] == pytest.approx(np.mean(theirs))
    assert FOUND.users["ndcg_at_5:table"].to_numpy() == pytest.approx(theirs, rel=1e-6)
    assert FOUND.users["user"].tolist() == [f"u{user}" for user in judged]
    assert FOUND.users["known"].tolist() == had.sum(axis=1)[judged].tolist()


def test_every_metric_has_its_name_and_its_unit() -> None:
    assert set(FOUND.metrics["table"]) == set(names(5))
    assert set(names(5)) - set(FOUND.metrics["popularity"]) == {"popularity_overlap", "rmse", "mae"}
    for told in FOUND.metrics["table"].values():
        assert {"value", "low", "high", "unit"} <= set(told)
        assert "reason" in told or told["low"] <= told["value"] <= told["high"]
    json.dumps([FOUND.metrics, FOUND.told])


def test_ratings_are_judged_on_all_test_rows() -> None:
    missed = DATA.rating[PARTS.test] - CELLS[DATA.user[PARTS.test], DATA.item[PARTS.test]]
    assert FOUND.metrics["table"]["rmse"]["value"] == pytest.approx(np.sqrt((missed**2).mean()), rel=1e-5)
    assert FOUND.metrics["table"]["mae"]["value"] == pytest.approx(np.abs(missed).mean(), rel=1e-5)
    assert FOUND.metrics["table"]["rmse"]["unit"] == "rating points"


def test_the_best_ratings_are_set_beside_all_others() -> None:
    near = np.full(DATA.shape, 3, np.float32)
    near[DATA.user, DATA.item] = DATA.rating + 0.1
    found = evaluate({**MODELS, "near": Table("near", near)}, DATA, PARTS.known, PARTS.test, k=5, rounds=100)
    (pair,) = [one for one in found.told["paired"] if one["metric"] == "rmse"]
    assert (pair["model"], pair["rival"]) == ("near", "table")
    values = [found.metrics[name]["rmse"]["value"] for name in ("near", "table")]
    assert values[0] == pytest.approx(0.1, rel=1e-4)
    assert pair["difference"] == pytest.approx(values[0] - values[1])
    assert pair["low"] < pair["high"] < 0


def test_differences_are_paired_by_user() -> None:
    pair = next(one for one in FOUND.told["paired"] if one["metric"] == "ndcg_at_5")
    assert {pair["model"], pair["rival"]} == {"table", "popularity"}
    own = FOUND.per_user("ndcg_at_5", pair["model"]) - FOUND.per_user("ndcg_at_5", pair["rival"])
    assert pair["difference"] == pytest.approx(own.mean())
    half = 1.96 * own.std() / np.sqrt(len(own))
    assert pair["high"] - pair["low"] == pytest.approx(2 * half, rel=0.3)
    same = evaluate({"a": MODELS["table"], "b": MODELS["table"]}, DATA, PARTS.known, PARTS.test, rounds=100)
    assert [(one["low"], one["high"]) for one in same.told["paired"]] == [(0, 0)] * 3


def test_the_same_seed_gives_the_same_figures_and_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panels, "_BLOCK", 3 * DATA.shape[1])
    again = evaluate(MODELS, DATA, PARTS.known, PARTS.test, k=5, rounds=100)
    assert json.dumps(again.metrics) == json.dumps(FOUND.metrics)
    assert json.dumps(again.told) == json.dumps(FOUND.told)
    few = evaluate(MODELS, DATA, PARTS.known, PARTS.test, k=5, rounds=100, negatives=4)
    monkeypatch.setattr(panels, "_BLOCK", 10**6)
    assert few.metrics["table"]["mrr"]["value"] > FOUND.metrics["table"]["mrr"]["value"]


def test_the_models_own_scores_are_never_written_into() -> None:
    class Whole(Table):
        def scores(self, users: np.ndarray) -> np.ndarray:
            return self.cells[users[0] : users[0] + len(users)]  # a view

    panel = Panel.of(DATA, PARTS.known, PARTS.test)
    before = CELLS.copy()
    panel.rank(Whole("whole", CELLS), 3)
    assert np.array_equal(CELLS, before)


def test_a_user_whom_a_model_cannot_serve_gets_what_is_popular() -> None:
    flat = CELLS.copy()
    flat[::2] = 7
    found = evaluate({"flat": Table("flat", flat), **MODELS}, DATA, PARTS.known, PARTS.test, k=5, rounds=100)
    even = found.panel.users % 2 == 0
    lists = {name: one.lists for name, one in found.ranked.items()}
    assert np.array_equal(lists["flat"][even], lists["popularity"][even])
    assert np.array_equal(lists["flat"][~even], lists["table"][~even])
    assert found.told["alike"] == {"flat": int(even.sum())}


def test_only_liked_items_are_good_when_a_rating_is_asked_for() -> None:
    found = evaluate(MODELS, DATA, PARTS.known, PARTS.test, k=5, rounds=100, liked=4)
    assert found.told["relevant"] == int((DATA.rating[PARTS.test] >= 4).sum())
    assert found.told["users"] + found.told["unjudged"] == len(np.unique(DATA.user[PARTS.test]))
    assert found.metrics["table"]["rmse"] == FOUND.metrics["table"]["rmse"]


def test_of_many_users_some_are_drawn() -> None:
    found = evaluate(MODELS, DATA, PARTS.known, PARTS.test, k=5, rounds=100, most=20, seed=3)
    assert len(found.panel.users) == 20
    assert found.told["drawn_from"] == len(FOUND.panel.users)
    assert found.told["unjudged"] == FOUND.told["unjudged"]
    at = np.searchsorted(FOUND.panel.users, found.panel.users)
    assert np.array_equal(FOUND.panel.users[at], found.panel.users)
    assert found.per_user("ndcg_at_5", "table") == pytest.approx(FOUND.per_user("ndcg_at_5", "table")[at])
    assert found.metrics["table"]["rmse"]["value"] == FOUND.metrics["table"]["rmse"]["value"]
    assert FOUND.told["drawn_from"] is None


def test_repeats_count_only_where_they_are_asked_for() -> None:
    again = np.concatenate([PARTS.test, PARTS.known[:200]])  # rows that users had before
    once = Panel.of(DATA, PARTS.known, again)
    twice = Panel.of(DATA, PARTS.known, again, repeats=True)
    assert len(once.relevant.items) == len(PARTS.test)
    assert len(twice.relevant.items) == len(again)
    assert twice.rank(MODELS["popularity"], 1)[0].lists.max() == MODELS["popularity"].count.argmax()
    with pytest.raises(DataError, match="no test row holds a good item that its user did not have"):
        Panel.of(DATA, PARTS.known, PARTS.known[:50])


def test_drawn_negatives_are_new_to_the_user_and_drawn_evenly() -> None:
    panel = Panel.of(DATA, PARTS.known, PARTS.test)
    had, chosen = _truth(PARTS.known, PARTS.test)
    drawn = np.zeros(DATA.shape)
    for seed in range(200):
        user, item = panel.among(6, seed).candidates.pairs()
        drawn[panel.users[user], item] += 1
    had, chosen, drawn = had[panel.users], chosen[panel.users], drawn[panel.users]
    free = ~had & ~chosen
    assert not drawn[had].any()
    assert (drawn[chosen] == 200).all()
    chance = np.minimum(6 / free.sum(axis=1, keepdims=True), 1) * free
    assert (np.abs(drawn - 200 * chance)[free] <= 5 * np.sqrt(200 * chance * (1 - chance))[free]).all()


def test_more_negatives_than_there_are_items_rank_them_all() -> None:
    panel = Panel.of(DATA, PARTS.known, PARTS.test)
    some, all_of_them = panel.among(1000), panel
    for name, model in MODELS.items():
        a, b = some.rank(model, 5)[0], all_of_them.rank(model, 5)[0]
        assert np.array_equal(a.lists, b.lists), name
        assert np.array_equal(a.first, b.first), name


def test_vectors_from_users_tell_how_alike_two_items_are() -> None:
    from casestudies.recommendation.likeness import item_vectors

    rng = np.random.default_rng(0)
    user = np.repeat(np.arange(400), 3)
    item = np.where(np.arange(1200) % 3 == 2, 2 + rng.integers(0, 2, 1200), np.arange(1200) % 3)
    data = Interactions(user.astype(np.int32), item.astype(np.int32), pd.RangeIndex(400), pd.RangeIndex(4))
    vectors, how = item_vectors(data, np.arange(1200), 0)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert how == "users"
    assert units[0] @ units[1] == pytest.approx(1)  # everybody has both
    assert units[2] @ units[3] == pytest.approx(0, abs=0.3)  # nobody has both
    kinds = pd.DataFrame({"category": ["a", "a", "b", "c"]}, index=data.item_ids)
    labelled = Interactions(data.user, data.item, data.user_ids, data.item_ids, items=kinds)
    vectors, how = item_vectors(labelled, np.arange(1200), 0)
    assert how == "category"
    assert (vectors @ vectors.T).tolist() == [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (np.full(DATA.shape, np.nan, np.float32), "its scores of user number 0 are not numbers"),
        (CELLS[:, :3], "gave scores of shape"),
    ],
)
def test_scores_that_cannot_be_used_name_the_model(cells: np.ndarray, message: str) -> None:
    with pytest.raises(DataError, match=message) as raised:
        evaluate({"broken": Table("broken", cells)}, DATA, PARTS.known, PARTS.test)
    assert str(raised.value).startswith("broken: ")


def test_what_cannot_be_asked_is_said() -> None:
    clicks = Interactions(DATA.user, DATA.item, DATA.user_ids, DATA.item_ids)
    with pytest.raises(ConfigError, match="there are no ratings"):
        evaluate(MODELS, clicks, PARTS.known, PARTS.test, liked=4)
    assert "rmse" not in evaluate(MODELS, clicks, PARTS.known, PARTS.test, rounds=100).metrics["table"]
    with pytest.raises(UsageError, match="there is no model"):
        evaluate(MODELS, DATA, PARTS.known, PARTS.test, champion="tabel")
    with pytest.raises(UsageError, match="not made of one figure a user"):
        FOUND.per_user("novelty", "table")
    with pytest.raises(DataError, match="give a row of items for each of"):
        FOUND.panel.among(np.zeros((2, 5)))


def test_popularity_on_the_split_of_the_ncf_paper(real_data) -> None:
    """HR@10 .4520 and NDCG@10 .2526 among 99 negatives (published .4535 and .2543), .0414 and .0204 among all items."""
    folder = real_data / "ml-1m-full"
    rows, held = np.load(folder / "ratings_recoded.npz"), np.load(folder / "leave_one_out_ncf.npz")
    user, item = rows["user"].astype(np.int32) - 1, rows["item"].astype(np.int32) - 1
    data = Interactions(user, item, pd.RangeIndex(1, 6041), pd.RangeIndex(1, 3707))
    judged = held["test_item"][user] == item + 1
    known, test = np.flatnonzero(~judged), np.flatnonzero(judged)
    assert len(test) == 6040
    model = Popularity().fit(data.take(known))
    panel = Panel.of(data, known, test)
    whole, _ = panel.rank(model, 10)
    few, _ = panel.among(held["negatives"].astype(np.int32) - 1).rank(model, 10)
    assert whole.hit.any(axis=1).mean() == pytest.approx(0.0414, abs=0.0006)
    assert _ndcg(whole) == pytest.approx(0.0204, abs=0.0006)
    assert few.hit.any(axis=1).mean() == pytest.approx(0.4520, abs=0.003)
    assert _ndcg(few) == pytest.approx(0.2526, abs=0.003)


def _ndcg(ranked: Ranked) -> float:
    """With one good item: 1 / log2(place + 1) where it is among the ten."""
    return float(np.where((ranked.first > 0) & (ranked.first <= 10), 1 / np.log2(ranked.first + 1.0), 0).mean())


def test_sets_of_users_without_items() -> None:
    assert Sets.of([], [], 3).counts.tolist() == [0, 0, 0]
