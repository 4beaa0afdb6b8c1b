"""Columns chosen in four ways: what was planted is found, what was not is left, and each column's worth is as refitted."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_selection import RFE
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from casestudies.models.elimination import eliminate
from casestudies.models.ranking import METHODS
from casestudies.models.selection import Knocked, select

KINDS = {
    "strong": "number",
    "job": "category",
    "weak": "number",
    "noise": "number",
    "dice": "category",
    "copy": "number",
}
RELEVANT = {"strong", "job", "weak"}


@pytest.fixture(scope="module")
def table():
    random = np.random.default_rng(8)
    rows = 1500
    strong, weak = random.normal(size=rows), random.normal(size=rows)
    job = random.choice(["a", "b", "c"], rows)
    p = 1 / (1 + np.exp(1.2 - 1.3 * strong - 0.6 * weak - np.where(job == "a", 1.2, 0.0)))
    frame = pd.DataFrame({"strong": strong, "job": job, "weak": weak})
    frame = frame.assign(noise=random.normal(size=rows), dice=random.choice(list("uvwxyz"), rows))
    frame["copy"] = random.normal(size=rows)
    return frame, (random.random(rows) < p).astype(float), np.ones(rows), np.arange(rows) % 4


@pytest.fixture(scope="module")
def chosen(table):
    frame, y, weight, folds = table
    return select(frame, KINDS, y, weight, folds, seed=0)


def test_what_was_planted_is_selected_and_chance_is_not(chosen):
    assert set(chosen.selected) == RELEVANT
    assert chosen.keep == chosen.asked == 3
    for method in METHODS:
        frequency = dict(zip(chosen.names, chosen.frequency[method], strict=True))
        assert min(frequency[name] for name in RELEVANT) > 0.55, method
        assert max(frequency[name] for name in set(KINDS) - RELEVANT) < 0.45, method
        assert chosen.stability[method].value > 0.4
    assert min(chosen.agreement.values()) > 0.3
    assert chosen.sentences[0].startswith("3 of 6 columns are enough")


def test_the_same_seed_gives_the_same_choice_and_it_is_plain_json(table, chosen):
    frame, y, weight, folds = table
    assert select(frame, KINDS, y, weight, folds, seed=0) == chosen
    assert json.loads(json.dumps(chosen.to_dict()))["selected"] == list(chosen.selected)


def test_the_worth_of_a_column_is_what_a_refit_without_it_loses(table, chosen):
    frame, y, _, folds = table
    job = np.column_stack([(frame["job"] == level) for level in "abc"]).astype(float)
    X = np.column_stack([frame[["strong", "weak"]], job])
    X = X / X.std(axis=0)

    def out_of_fold(columns):
        p = np.empty(len(y))
        for fold in np.unique(folds):
            held = folds == fold
            model = LogisticRegression(C=chosen.C, tol=1e-9, max_iter=2000).fit(X[~held][:, columns], y[~held])
            p[held] = model.predict_proba(X[held][:, columns])[:, 1]
        return p

    whole, without = out_of_fold([0, 1, 2, 3, 4]), out_of_fold([1, 2, 3, 4])
    told = chosen.knocked["strong"]
    assert told.loss == pytest.approx(log_loss(y, without) - log_loss(y, whole), abs=1e-6)
    assert told.auc == pytest.approx(roc_auc_score(y, whole) - roc_auc_score(y, without), abs=1e-5)
    assert told.loss > chosen.knocked["weak"].loss > 0


def test_the_fewest_columns_within_one_standard_error_of_the_best_are_kept():
    """By scikit-learn's elimination without each fold, and the paired differences of the rows' losses."""
    random = np.random.default_rng(4)
    X = random.normal(size=(400, 6))
    X /= X.std(axis=0)
    y = (random.random(400) < 1 / (1 + np.exp(-X @ [1.2, 0.8, 0.3, 0.15, 0.1, 0.0]))).astype(float)
    folds = np.arange(400) % 4
    frame = pd.DataFrame(X, columns=list("abcdef"))
    told = select(frame, dict.fromkeys("abcdef", "number"), y, np.ones(400), folds, seed=0)
    losses = np.empty((400, 6))
    for fold in range(4):
        held = folds == fold
        model = LogisticRegression(C=told.C, tol=1e-9)
        for place, size in enumerate(told.sizes):
            peer = RFE(model, n_features_to_select=size).fit(X[~held], y[~held])
            p = peer.predict_proba(X[held])[:, 1]
            losses[held, place] = -np.log(np.where(y[held] > 0, p, 1 - p))
    np.testing.assert_allclose(told.losses, losses.mean(axis=0), atol=1e-4)
    apart = losses - losses[:, [losses.mean(axis=0).argmin()]]
    within = apart.mean(axis=0) <= apart.std(axis=0) / 20
    assert told.keep == told.sizes[np.flatnonzero(within)[-1]]
    assert min(told.losses) < told.losses[told.sizes.index(told.keep)]


def test_elimination_of_single_columns_is_that_of_scikit_learn():
    random = np.random.default_rng(3)
    X = random.normal(size=(500, 8))
    X /= X.std(axis=0)
    y = (random.random(500) < 1 / (1 + np.exp(-X @ random.normal(size=8)))).astype(float)
    gone = eliminate(X, np.eye(8), y, np.ones(500), 1.0, X[:5])
    peer = RFE(LogisticRegression(C=1.0, tol=1e-9), n_features_to_select=1).fit(X, y)
    assert gone.order == tuple(np.argsort(peer.ranking_))
    assert gone.sizes == tuple(range(8, 0, -1))
    best = gone.order[:3]
    expected = LogisticRegression(C=1.0, tol=1e-9).fit(X[:, sorted(best)], y).decision_function(X[:5, sorted(best)])
    np.testing.assert_allclose(gone.margins[:, gone.sizes.index(3)], expected, atol=1e-3)


def test_elimination_takes_all_columns_of_a_source_and_what_was_made_with_it():
    random = np.random.default_rng(3)
    X = random.normal(size=(400, 4))
    y = (random.random(400) < 1 / (1 + np.exp(-2 * X[:, 0] - X[:, 3]))).astype(float)
    belongs = np.array([[1, 0], [0, 1], [0, 1], [1, 1]], dtype=float)  # the last one is a product of both
    gone = eliminate(X, belongs, y, np.ones(400), 1.0, X)
    assert gone.order == (0, 1)
    peer = LogisticRegression(C=1.0, tol=1e-9).fit(X[:, :1], y)
    np.testing.assert_allclose(gone.margins[:, 1], peer.decision_function(X[:, :1]), atol=1e-3)


def test_many_columns_go_a_tenth_at_a_time():
    random = np.random.default_rng(0)
    X = random.normal(size=(300, 40))
    y = (random.random(300) < 0.5).astype(float)
    assert eliminate(X, np.eye(40), y, np.ones(300), 0.1).sizes[:4] == (40, 36, 33, 30)


def test_rows_of_weight_zero_have_no_say(table):
    frame, y, _, folds = (part[:400] for part in table)
    weight = np.where(np.arange(400) % 4 == 3, 0.0, 1.0)
    turned = np.where(weight > 0, y, 1 - y)
    assert select(frame, KINDS, turned, weight, folds // 2, seed=0) == select(
        frame, KINDS, y, weight, folds // 2, seed=0
    )


def test_one_column_leaves_nothing_to_choose(table):
    frame, y, weight, folds = table
    told = select(frame[["strong"]], {"strong": "number"}, y, weight, folds, seed=0)
    assert told.selected == ("strong",)
    assert told.agreement == {}
    assert set(told.stability.values()) == {None}
    assert told.sentences == ("There is one column, and nothing to choose.",)


def test_a_column_that_is_not_missed_is_named(chosen):
    told = replace(chosen, knocked={**chosen.knocked, "weak": Knocked(0.0001, 0.001, 0.0)})
    assert any("not missed" in sentence and "weak" in sentence for sentence in told.sentences)
    assert not any("not missed" in sentence for sentence in chosen.sentences)
