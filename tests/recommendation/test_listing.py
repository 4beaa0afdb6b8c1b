"""Lists in bulk: the same as one at a time, from where they say, with reasons that add up; and files that ask for them."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import ConfigError, DataError, UsageError
from casestudies.models.engine import Engine
from casestudies.models.factorisation.fitted import Embedded, Fitted, Penalties
from casestudies.models.factorisation.sidefeatures import SideFeatures
from casestudies.models.factorisation.vectors import Vectors
from casestudies.recommendation.arrivals import arrived
from casestudies.recommendation.asked.ranking import Ranking
from casestudies.recommendation.cases import with_newcomer
from casestudies.recommendation.config import RecommendationSettings
from casestudies.recommendation.listing import LIST, listed, newcomers
from casestudies.recommendation.pays import Margins
from casestudies.recommendation.predictor import RecommendationPredictor
from casestudies.recommendation.serving import Server, long_form, wide_form
from casestudies.tabular.interactions import DAY, Interactions
from casestudies.tabular.interactions.options import Options
from casestudies.tabular.read import ReadOptions

USERS, ITEMS, FACTORS = 30, 25, 4
NOBODY = np.empty(0, np.int32)
COLUMNS = {"user": "customer", "item": "product", "rating": "stars", "time": "day"}


def shop(explicit=True, features=False, seed=0):
    """A fitted model: items by chance, users folded in from their histories; user 29 has none."""
    rng = np.random.default_rng(seed)
    pairs = rng.random((USERS, ITEMS)) < 0.3
    pairs[USERS - 1] = False
    pairs[0, :3] = True
    user, item = (part.astype(np.int32) for part in np.nonzero(pairs))
    names = pd.Index([f"P{n:02d}" for n in range(ITEMS)])
    table = pd.DataFrame(
        {
            "title": [f"Thing {n}" for n in range(ITEMS)],
            "category": list("abcde") * 5,
            "margin": rng.gamma(2.0, 3.0, ITEMS),
        },
        index=names,
    )
    people = pd.Index([f"C{n:02d}" for n in range(USERS)])
    age = pd.DataFrame({"age": rng.normal(40, 10, USERS)}, index=people)
    data = Interactions(
        user,
        item,
        people,
        names,
        rating=rng.integers(1, 6, len(user)).astype(np.float32) if explicit else None,
        time=rng.integers(0, 300, len(user)) * DAY,
        scale=(1.0, 5.0) if explicit else None,
        items=table,
        users=age if features else pd.DataFrame(),
    )
    items = rng.normal(0, 0.4, (ITEMS, FACTORS)).astype(np.float32)
    bias = rng.normal(0, 0.3, ITEMS).astype(np.float32) if explicit else np.zeros(ITEMS, np.float32)
    mean = 3.4 if explicit else 0.0
    penalties = Penalties(0.05, 0.02, None if explicit else 0.1)
    vectors, biases = penalties.fold_in(items, bias, mean).users(data)
    embedded = ()
    if features:
        known = SideFeatures.of(age, ["age"], "user")
        columns = len(known.names)
        table_ = rng.normal(0, 0.5, (columns, FACTORS)).astype(np.float32)
        embedded = (Embedded(known, table_, rng.normal(0, 0.1, columns).astype(np.float32)),)
    return Fitted(
        Vectors(vectors, items, biases, bias, mean), data, "explicit" if explicit else "implicit", penalties, embedded
    )


def server(fitted, **asked):
    return Server.of(fitted, Ranking(**{"k": 5, **asked}))


def parts_of(sentence):
    return [float(part) for part in re.findall(r"\(([+-]\d+\.\d+)\)", sentence)]


@pytest.mark.parametrize("explicit", [True, False])
def test_named_parts_and_the_rest_add_up_to_the_score(explicit):
    fitted = shop(explicit)
    table = listed(server(fitted, reasons=3)).lists[LIST]
    own = table[table["from"] == "model"]
    numbers = fitted.data.codes_of(own["item"].tolist(), items=True)
    base = fitted.vectors.mean + fitted.vectors.item_bias[numbers]
    total = base + np.array([sum(parts_of(sentence)) for sentence in own["because"]])
    assert len(own) == 5 * (USERS - 1)
    assert np.abs(total - own["score"]).max() < 0.005 * 4 + 1e-4  # three names and the rest, two decimals each


def test_a_stored_row_that_its_history_does_not_give_says_what_was_learnt_besides():
    fitted = shop()
    moved = fitted.vectors.user_bias + np.float32(0.25)
    fitted = replace(fitted, vectors=replace(fitted.vectors, user_bias=moved))
    table = listed(server(fitted)).lists[LIST]
    own = table[table["from"] == "model"]
    assert own["because"].str.endswith("learnt besides (+0.25)").all()


def test_many_at_once_are_the_same_as_each_alone():
    fitted = shop()
    serving = server(fitted)
    whole = long_form(serving, fitted.data, serving.serve(fitted.data, np.arange(USERS), NOBODY))
    alone = [
        long_form(serving, fitted.data, serving.serve(fitted.data, np.array([user]), NOBODY)) for user in range(USERS)
    ]
    pd.testing.assert_frame_equal(whole, pd.concat(alone, ignore_index=True))


def test_who_has_no_history_gets_what_is_popular_or_what_features_say():
    plain, taught = shop(), shop(features=True)
    popular = listed(server(plain)).lists[LIST].query("user == 'C29'")
    order = np.argsort(-np.bincount(plain.data.item, minlength=ITEMS), kind="stable")[:5]
    assert popular["item"].tolist() == plain.data.item_ids[order].tolist()
    assert popular["from"].eq("popularity").all()
    assert popular["popularity_rank"].tolist() == [1, 2, 3, 4, 5]
    assert popular["score"].isna().all()
    known = listed(server(taught)).lists[LIST].query("user == 'C29'")
    assert known["from"].eq("features").all()
    vectors, bias = taught.embedded[0].cold(taught.data.users.iloc[[29]])
    scores = taught.vectors.mean + bias[0] + taught.vectors.item_bias + taught.vectors.items @ vectors[0]
    assert known["score"].to_numpy() == pytest.approx(np.sort(scores)[::-1][:5], abs=1e-4)
    numbers = taught.data.codes_of(known["item"].tolist(), items=True)
    base = taught.vectors.mean + taught.vectors.item_bias[numbers]
    assert base + [sum(parts_of(text)) for text in known["because"]] == pytest.approx(
        known["score"].to_numpy(), abs=0.02
    )


def test_what_lists_hold_is_counted():
    fitted = shop()
    answer = listed(server(fitted, k=5, new_days=280))
    table, told = answer.lists[LIST], answer.told
    assert told["users"] == USERS
    assert told["places"] == len(table)
    assert told["shown"] == table["item"].nunique()
    assert told["from"]["popularity"] == {"customers": 1, "share": pytest.approx(5 / len(table))}
    top = table["item"].value_counts()
    assert told["most"][0]["lists"] == top.max()
    new = newcomers(fitted.data, told["new"]["days"])
    first = pd.Series(fitted.data.time).groupby(fitted.data.item).min()
    late = first[first > fitted.data.time.max() - 280 * DAY].index
    assert set(np.flatnonzero(new)) == set(late) | (set(range(ITEMS)) - set(fitted.data.item.tolist()))
    assert new.sum() > 2
    assert told["new"]["of_places"] == pytest.approx(table["item"].isin(fitted.data.item_ids[new]).mean())


def test_a_wide_row_holds_the_same_list():
    fitted = shop()
    serving = server(fitted, k=3)
    served = serving.serve(fitted.data, np.arange(USERS), NOBODY)
    tall, wide = long_form(serving, fitted.data, served), wide_form(serving, fitted.data, served)
    assert len(wide) == USERS
    for place in (1, 2, 3):
        one = tall[tall["rank"] == place].set_index("user")
        for name in ("item", "title", "because"):
            assert wide.set_index("user")[f"{name}_{place}"].tolist() == one[name].tolist()


def written(folder, text, name="new.csv"):
    file = folder / name
    file.write_text(text)
    return file


def predictor(fitted, **ranking):
    settings = RecommendationSettings.model_validate({"ranking": {"k": 4, **ranking}})
    return RecommendationPredictor(SimpleNamespace(fitted_=fitted), settings, COLUMNS)


def test_news_are_folded_in_with_the_stored_history_and_only_the_newest_are_needed(tmp_path):
    fitted = shop()
    file = written(
        tmp_path, "customer,product,stars,day\nC00,P00,1,2001-01-01\nnew,P03,5,2001-01-01\nnew,P04,1,2001-01-02\n"
    )
    found = predictor(fitted).predict(file)
    rows = found.rows.set_index("user")
    assert rows["from"].eq("fold-in").all()
    assert found.rows["user"].unique().tolist() == ["C00", "new"]
    mine = fitted.data.by_user[0]
    items, ratings = fitted.data.item[mine], fitted.data.rating[mine].copy()
    ratings[items == 0] = 1.0  # the newer rating holds
    row = fitted.fold.user(items, ratings)
    scores = fitted.vectors.mean + row.bias + fitted.vectors.item_bias + fitted.vectors.items @ row.vector
    scores[items] = -np.inf
    assert rows.loc["C00", "score"].tolist() == pytest.approx(np.sort(scores)[::-1][:4].tolist(), abs=1e-4)
    stranger = fitted.fold.user([3, 4], [5.0, 1.0])
    scores = fitted.vectors.mean + stranger.bias + fitted.vectors.item_bias + fitted.vectors.items @ stranger.vector
    scores[[3, 4]] = -np.inf
    assert rows.loc["new", "score"].tolist() == pytest.approx(np.sort(scores)[::-1][:4].tolist(), abs=1e-4)
    assert "2 customers, 1 of them not known to the run, with 3 new rows" in found.notes


@pytest.mark.parametrize("explicit", [True, False])
def test_a_table_that_is_given_whole_each_night_counts_once(tmp_path, explicit):
    fitted = shop(explicit)
    data = fitted.data
    days = pd.to_datetime(data.time, unit="s").strftime("%Y-%m-%d %H:%M:%S")
    frame = pd.DataFrame({"customer": data.user_ids[data.user], "product": data.item_ids[data.item], "day": days})
    if data.rating is not None:
        frame["stars"] = data.rating
    whole = predictor(fitted).predict(written(tmp_path, frame.to_csv(index=False)))
    assert f"{len(frame):,} rows of it are known to the run and not counted again" in whole.notes
    wanted = predictor(fitted).predict().rows
    wanted = wanted[wanted["user"].isin(frame["customer"])]
    found = whole.rows.sort_values(["user", "rank"], ignore_index=True)
    pd.testing.assert_frame_equal(found, wanted.sort_values(["user", "rank"], ignore_index=True))


def test_what_the_run_does_not_know_does_not_count_and_is_said(tmp_path):
    fitted = shop()
    file = written(
        tmp_path, "customer,product,stars,day\nnew,P03,5,2001-01-01\nnew,XX,5,2001-01-01\nlone,XX,5,2001-01-01\n"
    )
    found = predictor(fitted).predict(file)
    assert "2 rows of 1 item that the run does not know do not count" in found.notes
    assert found.rows.groupby("user")["from"].first().to_dict() == {"lone": "popularity", "new": "fold-in"}
    only = written(tmp_path, "customer,product,stars,day\nnew,XX,5,2001-01-01\nlone,YY,5,2001-01-01\n", "no.csv")
    with pytest.raises(DataError) as caught:
        predictor(fitted).predict(only)
    assert (
        str(caught.value) == "no.csv: none of its items is known to the run; name the column of items as the run does"
    )


def test_a_file_of_customers_asks_for_theirs_and_a_head_alone_for_all(tmp_path):
    fitted = shop()
    named = predictor(fitted).predict(written(tmp_path, "customer\nC07\nC03\nC07\nstranger\n"))
    assert named.rows["user"].unique().tolist() == ["C07", "C03", "stranger"]
    assert named.rows.query("user == 'stranger'")["from"].eq("popularity").all()
    everyone = predictor(fitted).predict(written(tmp_path, "customer\n", "all.csv"))
    pd.testing.assert_frame_equal(everyone.rows, predictor(fitted).predict().rows)
    assert everyone.rows["user"].nunique() == USERS
    both = everyone.rows.set_index("user").loc[["C07", "C03"]]
    pd.testing.assert_frame_equal(named.rows.set_index("user").loc[["C07", "C03"]], both)


def test_a_stranger_in_the_file_does_not_hide_what_is_known_of_others(tmp_path):
    found = predictor(shop(features=True)).predict(written(tmp_path, "customer\nC29\nstranger\n"))
    assert found.rows.groupby("user")["from"].unique().map(list).to_dict() == {
        "C29": ["features"],
        "stranger": ["popularity"],
    }


def test_features_of_newcomers_come_with_a_table_of_users(tmp_path):
    people = written(tmp_path, "customer,age\nC29,30\nnew,55\n", "users.csv")
    asked = written(tmp_path, "customer\nnew\nother\n")
    found = predictor(shop(features=True)).given({"users": people}, {}).predict(asked)
    assert found.rows.groupby("user")["from"].first().to_dict() == {"new": "features", "other": "popularity"}


def test_lists_into_a_file_are_those_in_memory(tmp_path):
    predicted = predictor(shop())
    rows, notes = predicted.predict_into(None, tmp_path / "out.csv", Engine())
    again, _ = predicted.predict_into(None, tmp_path / "out.parquet", Engine())
    whole = predicted.predict()
    assert rows == again == len(whole.rows)
    assert notes == whole.notes
    read = pd.read_csv(tmp_path / "out.csv", dtype={"user": str, "item": str})
    assert read["item"].tolist() == whole.rows["item"].tolist()
    assert pd.read_parquet(tmp_path / "out.parquet")["because"].tolist() == whole.rows["because"].tolist()


def test_a_table_of_items_that_holds_today_decides_what_is_in_stock(tmp_path):
    fitted = shop()
    gone = predictor(fitted).predict().rows["item"].value_counts().index[0]
    stock = "".join(f"{name},{0 if name == gone else 3}\n" for name in fitted.data.item_ids)
    items = written(tmp_path, f"product,stock\n{stock}", "items.csv")
    today = predictor(fitted).given({"items": items}, {}).predict()
    assert gone not in set(today.rows["item"])


def test_lists_of_another_kind_can_be_asked_for_and_nothing_else_changed(tmp_path):
    one = predictor(shop())
    wide = one.given({}, {"ranking": {"form": "wide", "k": 2}}).predict()
    assert [name for name in wide.rows if name.startswith("item_")] == ["item_1", "item_2"]
    with pytest.raises(UsageError) as other:
        one.given({}, {"model": {"factors": 3}})
    assert str(other.value) == "--set model: for new lists only ranking can be set; leave it out, or run again"
    with pytest.raises(ConfigError) as unknown:
        one.given({}, {"ranking": {"from": "wide"}})
    assert str(unknown.value) == "ranking.from: is not a setting; did you mean 'form'?"
    with pytest.raises(ConfigError) as wrong:
        one.given({}, {"ranking": {"k": 0}})
    assert str(wrong.value).startswith("ranking.k: must be ")


def test_a_model_of_ratings_wants_ratings(tmp_path):
    file = written(tmp_path, "customer,product\nnew,P03\nnew,P04\n")
    with pytest.raises(DataError) as caught:
        arrived(shop(), file, COLUMNS, Options(), ReadOptions())
    assert "ratings" in str(caught.value)


def test_newcomers_have_a_row_of_their_own():
    data = shop().data
    more = with_newcomer(data)
    assert more.shape == (USERS + 1, ITEMS)
    assert len(more.by_user[USERS]) == 0


def test_margins_are_read_from_columns_and_formulas_and_gaps_count_the_median():
    table = pd.DataFrame({"price": [10.0, 20.0, np.nan, 40.0], "cost": [5.0, 5.0, 5.0, 5.0], "kind": list("abcd")})
    assert Margins.of(table, None).source == "price"
    made = Margins.of(table, "price - cost")
    assert made.values.tolist() == [5.0, 15.0, 15.0, 35.0]
    assert made.missing == 1
    assert Margins.of(table[["kind"]], None) is None
    with pytest.raises(ConfigError):
        Margins.of(table, "profit")
