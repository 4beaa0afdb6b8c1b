"""The scorecard as an analyst meets it: what it promises of points, of units and orders, and of bad input."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from casestudies.errors import ConfigError, DataError
from casestudies.models.scorecard.card import Card
from casestudies.models.scorecard.scorecard import Scorecard

EVERY = [{}, {"method": "woe"}, {"method": "cv"}, {"penalty": "l1", "C": 0.1}, {"monotone": {"age": "down"}, "C": 0.1}]


def table(rows=1_500, seed=0):
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 75, rows).astype(float)
    debt = rng.lognormal(size=rows)
    home = rng.choice(["own", "rent", "free", "boat"], rows, p=[0.5, 0.3, 0.197, 0.003])
    z = -1 - 0.04 * (age - 45) + np.where(debt > 1.5, 1.0, 0) + np.select([home == "rent", home == "free"], [0.5, -0.5])
    y = (rng.random(rows) < expit(z)).astype(int)
    X = pd.DataFrame({"age": age, "debt": debt, "home": home, "noise": rng.normal(size=rows)})
    X.loc[rng.random(rows) < 0.1, "debt"] = np.nan
    X.loc[rng.random(rows) < 0.05, "debt"] = -9
    return X, y


@pytest.fixture(scope="module")
def rows():
    return table()


@pytest.fixture(scope="module", params=range(len(EVERY)))
def fitted(request, rows):
    X, y = rows
    return Scorecard(special={"debt": [-9]}, **EVERY[request.param]).fit(X, y)


def strange():
    """A row for every kind of cell, those that training never met too."""
    return pd.DataFrame(
        {
            "age": [18, 200, np.nan, -1, 45],
            "debt": [np.nan, -9, 0, 1e9, 1.0],
            "home": ["own", "boat", "yacht", None, "free"],
            "noise": [0.0, np.nan, -50, 50, 0.1],
        }
    )


def test_the_table_scores_every_bin_as_score_does(fitted, rows):
    X = pd.concat([rows[0], strange()], ignore_index=True)
    told = fitted.table().set_index(["characteristic", "bin"])["points"]
    total = np.full(len(X), fitted.card_.base)
    for one in fitted.card_.characteristics:
        labels = np.array(one.bins.labels)[one.bins.codes(X)]
        total += told[one.name][labels].to_numpy()
    np.testing.assert_array_equal(total, fitted.score(X))
    assert (total == np.rint(total)).all()


def test_probabilities_are_those_of_the_points(fitted, rows):
    odds_good = 50 * 2 ** ((fitted.score(rows[0]) - 600) / 20)
    np.testing.assert_allclose(fitted.predict_proba(rows[0])[:, 1], 1 / (1 + odds_good), rtol=1e-9)


def test_points_not_rounded_are_the_affine_of_the_log_odds_on_every_bin(rows):
    card = Scorecard(whole=False, C=0.1).fit(*rows).card_
    for one in card.characteristics:
        apart = card.scaling.factor * one.margin + one.points
        np.testing.assert_allclose(apart, apart[0], atol=1e-9)


def test_rows_of_the_table_add_up(fitted, rows):
    for _, bins in fitted.table().groupby("characteristic"):
        assert bins["rows"].sum() == len(rows[1])
        assert bins["events"].sum() == rows[1].sum()
        assert bins["iv"].sum() == pytest.approx(bins["iv_total"].iloc[0])


def test_json_gives_the_same_bits(fitted, rows):
    again = Scorecard.from_json(fitted.to_json())
    np.testing.assert_array_equal(again.predict_proba(strange()), fitted.predict_proba(strange()))
    np.testing.assert_array_equal(again.score(rows[0]), fitted.score(rows[0]))
    assert again.to_json() == fitted.to_json()
    with pytest.raises(DataError, match="not a card"):
        Scorecard.from_json('{"format": 1}')


def same(a: Card, b: Card) -> bool:
    """The same card: bins and points to the last bit, log-odds but for the order in which rows were added up."""
    one, other = a.to_dict(), b.to_dict()
    for told in (one, other):
        told["intercept"] = round(told["intercept"], 9)
        for part in told["characteristics"]:
            part["margin"] = [round(value, 9) + 0.0 for value in part["margin"]]
    return json.dumps(one) == json.dumps(other)


@pytest.mark.parametrize("method", ["steps", "woe", "cv"])
def test_order_of_rows_and_categories_and_type_of_labels_change_nothing(rows, method):
    X, y = rows
    card = Scorecard(method).fit(X, y).card_
    order = np.random.default_rng(1).permutation(len(y))
    assert same(card, Scorecard(method).fit(X.iloc[order], y[order]).card_)
    reordered = X.assign(home=X["home"].astype(pd.CategoricalDtype(["rent", "boat", "own", "free"])))
    assert same(card, Scorecard(method).fit(reordered, y).card_)
    for labels, event in ((np.where(y, "bad", "good"), "bad"), (y.astype(bool), None), (y.astype(float), 1)):
        assert same(card, Scorecard(method, event=event).fit(X, labels).card_)


@pytest.mark.parametrize("method", ["steps", "woe"])
def test_a_column_in_another_unit_gives_the_same_points(rows, method):
    X, y = rows
    big = X.assign(age=1000 * X["age"], noise=1000 * X["noise"])
    one, other = Scorecard(method).fit(X, y), Scorecard(method).fit(big, y)
    np.testing.assert_array_equal(one.score(X), other.score(big))


@pytest.mark.parametrize("method", ["steps", "woe", "cv"])
def test_weight_two_is_the_row_twice_and_weight_zero_no_row(rows, method):
    X, y = rows
    weight = np.random.default_rng(3).integers(0, 3, len(y))
    place = np.repeat(np.arange(len(y)), weight)
    folds = np.arange(len(y)) % 5
    one = Scorecard(method).fit(X, y, sample_weight=weight, folds=folds)
    other = Scorecard(method).fit(X.iloc[place], y[place], folds=folds[place])
    assert one.C_ == other.C_
    np.testing.assert_array_equal(one.score(strange()), other.score(strange()))
    np.testing.assert_allclose(
        one.margins_[weight > 0], other.margins_[np.unique(place, return_index=True)[1]], atol=2e-3
    )
    assert np.isnan(one.margins_[weight == 0]).all()


@pytest.mark.parametrize("method", ["steps", "woe"])
def test_constant_and_empty_columns_change_nothing_and_are_named(rows, method):
    X, y = rows
    more = X.assign(same=1.0, empty=np.nan, one="x")
    card = Scorecard(method).fit(more, y)
    assert same(card.card_, Scorecard(method).fit(X, y).card_)
    assert "nothing differs in same, empty, one" in card.notes_


def test_monotone_columns_only_rise_or_fall(rows):
    X, y = rows
    for method in ("steps", "woe"):
        card = Scorecard(method, monotone={"age": "down", "noise": "up"}).fit(X, y)
        for one in card.card_.characteristics:
            way = {"age": -1, "noise": 1}.get(one.name, 0)
            assert (way * np.diff(one.margin[: one.bins.values]) >= 0).all()
        assert any("noise is made to rise: the raw rates go the other way" in note for note in card.notes_)


def test_bins_by_hand_stay_as_written(rows):
    for method in ("steps", "woe"):
        asked = {"age": [25, 40], "home": [["own", "free"], ["rent"]]}
        card = Scorecard(method, bins=asked).fit(*rows).card_
        bins = {one.name: one.bins for one in card.characteristics}
        assert bins["age"].edges == (25.0, 40.0)
        assert bins["home"].groups == (("own", "free"), ("rent",))


def test_bins_of_equal_points_are_one_and_the_score_is_that_of_the_long_card(rows):
    X, y = rows
    long, short = Scorecard(C=0.1, whole=False).fit(X, y), Scorecard(C=0.1).fit(X, y)
    rounded = np.full(len(y), np.rint(long.card_.base))
    for one in long.card_.characteristics:
        rounded += np.rint(one.points)[one.bins.codes(X)]
    np.testing.assert_array_equal(short.score(X), rounded)
    assert len(short.table()) < len(long.table())
    for one in short.card_.characteristics:
        assert (np.diff(one.points[: one.bins.values]) != 0).all()
        assert one.rows @ one.margin == pytest.approx(0, abs=1e-6)


def test_forced_columns_stay_and_excluded_ones_go(rows):
    X, y = rows
    for method in ("steps", "woe"):
        kept = Scorecard(method, penalty="l1", C=0.003, force=["noise"], exclude=["debt"]).fit(X, y).card_.columns
        assert "noise" in kept
        assert "debt" not in kept
    dropped = Scorecard(penalty="l1", C=0.01).fit(X, y)
    assert "noise" not in dropped.card_.columns
    assert any("left nothing of" in note and "noise" in note for note in dropped.notes_)


def test_a_pair_finds_what_two_columns_do_together():
    rng = np.random.default_rng(5)
    X = pd.DataFrame({"a": rng.normal(size=4_000), "b": rng.normal(size=4_000)})
    y = rng.random(4_000) < expit(1.5 * np.sign(X["a"] * X["b"]))
    alone, both = Scorecard().fit(X, y), Scorecard(pairs=[("a", "b")]).fit(X, y)
    assert both.path_.mean.min() < alone.path_.mean.min() - 0.1
    assert "a x b" in both.table()["characteristic"].to_list()


def test_a_stated_rate_shifts_all_log_odds_alike(rows):
    X, y = rows
    plain = Scorecard(whole=False, C=0.1).fit(X, y)
    shifted = Scorecard(whole=False, C=0.1, prior=0.05).fit(X, y)
    assert shifted.predict_proba(X)[:, 1].mean() == pytest.approx(0.05, abs=1e-9)
    apart = plain.decision_function(X) - shifted.decision_function(X)
    np.testing.assert_allclose(apart, apart[0], atol=1e-9)


def test_score_is_points_and_with_labels_accuracy(rows):
    X, y = rows
    card = Scorecard(C=0.1).fit(X, y)
    np.testing.assert_array_equal(card.score(X), card.score_points(X))
    assert card.score(X, y) == np.mean(card.predict(X) == y)


def test_unknown_levels_fall_into_other_and_one_row_can_be_scored(fitted):
    one = strange().iloc[[2]]
    assert fitted.score(one)[0] == fitted.score(strange())[2]


ASKED = {"special": {"debt": [-9]}, "bins": {"age": [25, 40]}, "pairs": [("debt", "home")], "whole": False}


@pytest.mark.parametrize(("seed", "C", "taken"), [(2, "cv", "mean"), (1, "cv", "steps"), (0, 10.0, "woe")])
def test_cv_takes_the_least_loss_of_the_two_cards_and_their_mean(seed, C, taken):
    X, y = table(seed=seed)
    folds = np.arange(len(y)) % 5
    both, steps, woe = (Scorecard(method, C=C).fit(X, y, folds=folds) for method in ("cv", "steps", "woe"))
    margins = {"steps": steps.margins_, "woe": woe.margins_, "mean": (steps.margins_ + woe.margins_) / 2}
    losses = {method: np.mean(np.logaddexp(0, z) - y * z) for method, z in margins.items()}
    assert both.method_ == min(losses, key=losses.get) == taken
    np.testing.assert_allclose(both.margins_, margins[taken])


def test_one_standard_error_takes_the_shorter_card_unless_another_is_clearly_better(rows):
    assert Scorecard("cv", choose="one_se").fit(*rows).method_ == "woe"
    assert Scorecard("cv", choose="one_se").fit(*table(seed=1)).method_ == "steps"


def test_the_mean_of_two_cards_is_a_card_that_scores_every_row_halfway():
    X, y = table(seed=2)
    more, folds = pd.concat([X, strange()], ignore_index=True), np.arange(len(y)) % 5
    mean, steps, woe = (Scorecard(method, **ASKED).fit(X, y, folds=folds) for method in ("cv", "steps", "woe"))
    assert mean.method_ == "mean"
    halfway = (steps.decision_function(more) + woe.decision_function(more)) / 2
    np.testing.assert_allclose(mean.decision_function(more), halfway, atol=1e-6)
    bins = {one.name: one.bins for one in mean.card_.characteristics}
    assert bins["age"].edges == (25.0, 40.0)
    told = mean.table()
    assert told.groupby("characteristic")["rows"].sum().eq(len(y)).all()
    again = Scorecard.from_json(mean.to_json())
    np.testing.assert_array_equal(again.decision_function(more), mean.decision_function(more))
    assert again.method_ == "mean"
    again.fit(X, y)
    assert any("the mean of two cards" in note for note in mean.notes_)


def test_the_mean_of_monotone_cards_is_monotone(rows):
    X, y = rows
    card = Scorecard("cv", monotone={"age": "down", "noise": "up"}, whole=False).fit(X, y)
    assert card.method_ == "mean"
    for one in card.card_.characteristics:
        way = {"age": -1, "noise": 1}.get(one.name, 0)
        assert (way * np.diff(one.margin[: one.bins.values]) >= -1e-12).all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "tree"}, "method: 'tree' is no method"),
        ({"penalty": "l0"}, "penalty: 'l0' is no penalty"),
        ({"C": 0}, "C: '0' is not above 0"),
        ({"C": -1.0}, "C: '-1.0' is not above 0"),
        ({"pdo": 0}, "pdo: 0 is not above 0"),
        ({"prior": 1.5}, "prior: 1.5 is no rate"),
        ({"max_bins": 1}, "max_bins: 1 bins say nothing"),
        ({"monotone": {"ages": "up"}}, "monotone: there is no column 'ages'; did you mean 'age'?"),
        ({"monotone": {"home": "up"}}, "monotone.home: 'home' is a category"),
        ({"monotone": {"age": "rising"}}, "monotone.age: 'rising' is no direction; write up or down"),
        ({"monotone": {"age": "up"}, "force": ["age"]}, "monotone.age: 'age' is also under force"),
        ({"special": {"dept": [-9]}}, "special: there is no column 'dept'; did you mean 'debt'?"),
        ({"special": {"debt": ["n/a"]}}, "special.debt: 'n/a' is no number"),
        ({"bins": {"age": [40, 25]}}, "bins.age: "),
        ({"bins": {"income": [1]}}, "bins: there is no column 'income'"),
        ({"bins": {"home": [["own"], ["tent"]]}}, "bins.home: there is no level 'tent'"),
        ({"force": ["x"]}, "force: there is no column 'x'"),
        ({"force": ["age"], "exclude": ["age"]}, "force: 'age' is excluded"),
        ({"pairs": [("age", "x")]}, "pairs: there is no column 'x'"),
        ({"pairs": [("age", "age")]}, "pairs: "),
        ({"pairs": [("age", "debt")] * 6}, "pairs: 6 pairs; name five at most"),
        ({"event": "bad"}, "event: 'bad' is not a label; there are '0' and '1'"),
        ({"cv": 0}, "cv: there are no folds to choose by"),
        ({"cv": 1}, "cv: 1 folds leave nothing to learn from"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(rows, options, words):
    with pytest.raises(ConfigError) as caught:
        Scorecard(**options).fit(*rows)
    assert str(caught.value).startswith(words)
    assert "\n" not in str(caught.value)


def test_bad_tables_are_refused_in_one_line(rows):
    X, y = rows
    with pytest.raises(DataError, match="row 1, column age"):
        Scorecard().fit(X.assign(age=np.inf), y)
    with pytest.raises(DataError, match="too few to claim that effects are monotone"):
        Scorecard(monotone={"age": "down"}).fit(X[:60], y[:60])
    with pytest.raises(DataError, match="two columns 'age'"):
        Scorecard().fit(pd.concat([X, X[["age"]]], axis=1), y)
    with pytest.raises(DataError, match="no column 'debt'"):
        Scorecard(C=0.1).fit(X, y).score(X.drop(columns="debt"))
    with pytest.raises(ValueError, match="one class only"):
        Scorecard().fit(X, np.zeros(len(y)))


def test_what_is_odd_is_noted(rows):
    X, y = rows
    nearly = np.where(np.arange(len(y)) < 5, 1.0, 0.0)
    nearly[:40] = 1.0
    card = Scorecard().fit(
        X.assign(flag=nearly, most=np.where(np.arange(len(y)) < 10, "a", "b")), np.where(y, "yes", "no")
    )
    assert "1 rare level of home counted as other" in card.notes_
    assert any("of the rows in one bin" in note for note in card.notes_)
    assert any("'yes' was taken for the event" in note for note in card.notes_)


def test_pure_bins_stay_finite():
    x = np.repeat([0.0, 1.0], 500)
    y = np.where(np.arange(1000) < 500, 0, np.arange(1000) % 2)
    for method in ("steps", "woe"):
        card = Scorecard(method, force=["x"] if method == "woe" else ()).fit(pd.DataFrame({"x": x}), y)
        assert np.isfinite(card.table()["log_odds"]).all()


def test_path_and_rounding_are_told(fitted):
    if fitted.path_ is not None and len(fitted.path_.Cs) > 1:
        told = fitted.path()
        assert told["chosen"].sum() == 1
        assert told.loc[told["chosen"], "loss"].item() == told["loss"].min()
    assert abs(fitted.rounding_["before"] - fitted.rounding_["after"]) < 0.01


def test_reasons_sql_and_workbook_are_at_hand(fitted, rows):
    assert len(fitted.reasons(rows[0][:5], k=2)) == 5
    assert "SELECT" in fitted.to_sql()
    assert fitted.to_xlsx()[:2] == b"PK"
