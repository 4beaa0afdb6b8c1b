"""Reasons add up to the score to rounding, for ratings and for mere acts, and say what would be without one of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from casestudies.models.factorisation.because import Because, History, because
from casestudies.models.factorisation.features_explained import feature_form
from casestudies.tabular.interactions import Interactions


@dataclass
class Ridge:
    """A fold-in written down from its definition: weighted squares plus a ridge, by least squares on stacked rows."""

    items: np.ndarray
    item_bias: np.ndarray
    mean: float
    unobserved: float | None = None

    def residuals(self, items, values):
        if self.unobserved is not None:
            return np.ones(len(items))
        return np.asarray(values, float) - self.mean - self.item_bias[items]

    def _rows(self, items):
        return np.column_stack([self.items[items], np.ones(len(items))])

    def system(self, items, values, weights=None):
        X, w = self._rows(items), np.asarray(weights if self.unobserved is None else 1 + 5 * np.asarray(weights))
        A = X.T @ (w[:, None] * X) + 0.7 * np.eye(X.shape[1])
        if self.unobserved is not None:
            whole = self._rows(np.arange(len(self.items)))
            A = A + self.unobserved * whole.T @ whole
        return A, X.T * w

    def solved(self, history):
        """The minimum of the loss itself, by `lstsq` on stacked rows."""
        implicit = self.unobserved is not None
        X, r = self._rows(history.items), self.residuals(history.items, history.values)
        w = 1 + 5 * history.weights if implicit else history.weights
        stack, right = [np.sqrt(w)[:, None] * X, np.sqrt(0.7) * np.eye(X.shape[1])], [np.sqrt(w) * r]
        if implicit:
            stack.append(np.sqrt(self.unobserved) * self._rows(np.arange(len(self.items))))
        right.append(np.zeros(sum(map(len, stack)) - len(r)))
        return np.linalg.lstsq(np.vstack(stack), np.concatenate(right), rcond=None)[0]


def fold(implicit, seed=0, items=40, factors=6):
    rng = np.random.default_rng(seed)
    if implicit:
        return Ridge(rng.normal(size=(items, factors)), np.zeros(items), 0.0, 0.2)
    return Ridge(rng.normal(size=(items, factors)), rng.normal(size=items), 3.4)


def history(seed=1, n=12, items=40):
    rng = np.random.default_rng(seed)
    chosen = rng.choice(items, n, replace=False).astype(np.int32)
    return History(chosen, rng.integers(1, 6, n).astype(float), rng.uniform(0.1, 1, n))


@pytest.mark.parametrize("implicit", [False, True])
def test_the_parts_add_up_to_the_score_of_the_minimum(implicit):
    model, mine = fold(implicit), history()
    wanted = np.arange(40)
    x = model.solved(mine)
    scores = model.mean + model.item_bias + model.items @ x[:-1] + x[-1]
    told = because(model, mine, wanted)
    assert np.abs(told.scores - scores).max() < 1e-9
    assert np.array_equal(told.met, np.sort(mine.items))


def test_a_rating_moves_the_score_by_its_weight_as_the_part_says():
    model, mine = fold(False), history()
    told = because(model, mine, [3])
    more = History(mine.items, mine.values + (np.arange(12) == 4), mine.weights)
    moved = because(model, more, [3])
    place = int(np.searchsorted(told.met, mine.items[4]))
    residual = mine.values[4] - model.mean - model.item_bias[mine.items[4]]
    assert moved.scores[0] - told.scores[0] == pytest.approx(told.parts[0, place] / residual, rel=1e-9)
    others = np.arange(12) != place
    assert np.allclose(moved.parts[0, others], told.parts[0, others], atol=1e-12)


def test_an_item_met_twice_is_one_reason():
    model, mine = fold(True), history(n=5)
    twice = History(np.append(mine.items, mine.items[0]), np.append(mine.values, 1.0), np.append(mine.weights, 0.5))
    told, x = because(model, twice, [1, 2]), model.solved(twice)
    assert len(told.met) == 5
    assert np.allclose(told.scores, model.items[[1, 2]] @ x[:-1] + x[-1], atol=1e-9)


def test_without_a_history_there_is_only_the_base():
    model = fold(False)
    told = because(model, History(np.empty(0, np.int32), np.empty(0), np.empty(0)), [7])
    assert told.scores.tolist() == [model.mean + model.item_bias[7]]
    assert told.sentence(0, [], 3) == ""


def test_a_sentence_names_the_largest_and_adds_the_rest():
    told = Because(np.array([3.0]), np.array([[0.05, -0.08, 0.31, 0.01, 0.02]]), np.array([2, 4, 5, 7, 8], np.int32))
    titles = [f"T{n}" for n in range(9)]
    assert told.sentence(0, titles, 2) == "T5 (+0.31), T4 (-0.08), 3 others (+0.08)"
    assert told.sentence(0, titles, 4).endswith("1 other (+0.01)")
    assert told.sentence(0, titles, 9) == "T5 (+0.31), T4 (-0.08), T2 (+0.05), T8 (+0.02), T7 (+0.01)"


def test_a_history_is_the_users_own_oldest_first_and_can_forget():
    names = pd.Index(list("abc"))
    data = Interactions(
        np.array([0, 1, 0, 0], np.int32),
        np.array([2, 2, 0, 1], np.int32),
        names[:2],
        names,
        rating=np.array([5, 4, 3, 2], np.float32),
        time=np.array([30, 20, 10, 40]),
    )
    mine = History.of(data, 0, [0.1, 0.2, 0.3, 0.4])
    assert (mine.items.tolist(), mine.values.tolist(), mine.weights.tolist()) == ([0, 2, 1], [3, 5, 2], [0.3, 0.1, 0.4])
    assert mine.without(2).items.tolist() == [0, 1]


def test_what_features_add_is_what_the_library_of_shap_says_and_adds_up():
    shap = pytest.importorskip("shap")
    rng = np.random.default_rng(0)
    embeddings, biases, user = rng.normal(size=(5, 4)), rng.normal(size=5), rng.normal(size=4)
    features = rng.normal(size=(60, 5))
    form = feature_form(embeddings, biases, user, 0.3, 3.5)
    by_hand = 3.5 + 0.3 + (features @ embeddings) @ user + features @ biases
    assert np.allclose(form.scores(features), by_hand, atol=1e-12)
    masker = shap.maskers.Independent(features, max_samples=60)
    peer = shap.LinearExplainer((form.coef, form.intercept), masker).shap_values(features)
    own = form.coef * (features - features.mean(axis=0))
    assert np.allclose(own, peer, atol=1e-9)
    known = feature_form(embeddings, biases, user, 0.3, 3.5, own=np.ones(4), own_bias=0.2)
    assert np.allclose(known.scores(features) - by_hand, user.sum() + 0.2, atol=1e-12)
