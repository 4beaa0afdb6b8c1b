"""Suspected labels: planted flips are found far above chance, clean labels stay unlisted, and the rule is the paper's."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

from casestudies.decisions import Costs
from casestudies.models.label_noise import relabelled, suspects


def crossed(strength=4.0, flips=0.05, rows=3000, seed=0):
    """(labels with planted flips, out-of-fold probabilities, where the flips are)."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(rows, 5))
    truth = (X[:, 0] + X[:, 1] - 0.5 + random.logistic(0, 1 / strength, rows) > 0).astype(float)
    wrong = random.random(rows) < flips
    y = np.where(wrong, 1 - truth, truth)
    p = cross_val_predict(LogisticRegression(C=1.0), X, y, cv=5, method="predict_proba")[:, 1]
    return y, p, wrong


@pytest.mark.parametrize("seed", range(3))
def test_planted_flips_are_listed_and_stand_at_the_top(seed):
    """Of 5 % flips at random a list of any length would hold 5 %; here most of the list are flips, and most flips on it."""
    y, p, wrong = crossed(seed=seed)
    found = suspects(y, p)
    assert wrong[found.listed].mean() >= 0.5  # precision: 10 times chance
    assert found.listed[wrong].mean() >= 0.6  # recall
    assert found.share <= 0.10
    top = found.ranked(60)
    assert wrong[top].mean() >= 0.9


def test_without_noise_few_rows_of_a_clear_table_are_listed():
    y, p, _ = crossed(strength=20.0, flips=0.0)
    assert suspects(y, p).share <= 0.02


def test_where_chance_decides_much_right_labels_are_listed_too():
    """Why the list is for review only: with an AUC near 0.8 and no wrong label, one row in ten is contradicted."""
    y, p, _ = crossed(strength=1.0, flips=0.0)
    assert 0.75 < roc_auc_score(y, p) < 0.9
    assert 0.03 < suspects(y, p).share < 0.2


@pytest.mark.parametrize("rare", [1.0, 5.0])
def test_the_rule_is_the_papers_row_by_row(rare):
    """With rare events their threshold lies below one half: a probability may reach it and still be the less likely."""
    random = np.random.default_rng(0)
    p = random.beta(1, rare, 600)
    y = (random.random(600) < p).astype(float)
    found = suspects(y, p)
    both = np.stack([1 - p, p], axis=1)
    threshold = [both[y == k, k].mean() for k in (0, 1)]
    assert found.thresholds == pytest.approx(threshold)
    for i in range(len(y)):
        reached = [k for k in (0, 1) if both[i, k] >= threshold[k]]
        listed = False
        if reached:
            confident = max(reached, key=lambda k: both[i, k])
            listed = confident != y[i] and both[i].argmax() != y[i]
        assert found.listed[i] == listed


def test_labels_turned_round_with_their_probabilities_give_the_same_list():
    y, p, _ = crossed(strength=1.0, rows=400)
    assert np.array_equal(suspects(y, p).listed, suspects(1 - y, 1 - p).listed)


def test_weight_two_is_the_row_twice():
    y, p, _ = crossed(strength=1.0, rows=400)
    weight = np.random.default_rng(1).integers(1, 3, 400)
    again = np.repeat(np.arange(400), weight)
    one, two = suspects(y, p, weight.astype(float)), suspects(y[again], p[again])
    assert one.thresholds == pytest.approx(two.thresholds)
    assert np.array_equal(one.listed[again], two.listed)


def test_relabelling_is_told_against_as_many_rows_at_random():
    y, p, _ = crossed()
    n = len(y)
    costs = Costs(np.full(n, 10.0), np.full(n, 2.0), np.zeros(n), np.zeros(n))
    act = costs.act(p)
    rows = suspects(y, p).ranked()
    told = relabelled(y, p, act, rows, costs)
    turned = y.copy()
    turned[rows] = 1 - turned[rows]
    assert told.rows == len(rows)
    assert told.auc[0] == pytest.approx(roc_auc_score(y, p))
    assert told.auc[1] == pytest.approx(roc_auc_score(turned, p))
    assert told.auc[2] < told.auc[0] < told.auc[1]
    assert told.savings[1] == pytest.approx(costs.savings(turned, act))
    assert relabelled(y, p, act, rows).savings is None
    assert relabelled(y, p, act, rows[:0]).auc[1] == told.auc[0]
