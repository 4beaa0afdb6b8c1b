"""A path judged out of fold, with an encoder that has read the label."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from casestudies.models.crossfit import CrossFitted
from casestudies.models.linear import cross_validated_path
from casestudies.tabular.engineer import FeatureEncoder
from casestudies.tabular.wanted import Wanted

CS = (0.01, 1.0)
WANTED = Wanted(target_encode=("shop",))
KINDS = {"shop": "category", "x": "number"}


def table(seed, rows=2000, levels=80, news=0.0):
    random = np.random.default_rng(seed)
    rate = np.clip(0.3 + news * random.normal(size=levels), 0.02, 0.98)
    shop = random.integers(0, levels, rows)
    frame = pd.DataFrame({"shop": shop.astype(str), "x": random.normal(size=rows)})
    return frame, (random.random(rows) < rate[shop]).astype(float), np.arange(rows) % 5


def margins_of(frame, y, weight, folds, penalty="l2"):
    return CrossFitted.of(FeatureEncoder(KINDS, WANTED), frame, y, weight, folds).path(CS, penalty).margins


def test_without_a_label_in_the_encoder_it_is_the_plain_path():
    frame, y, folds = table(0)
    encoder = FeatureEncoder(KINDS, Wanted(polynomials={"x": 2}))
    rows = CrossFitted.of(encoder, frame, y, np.ones(len(y)), folds)
    assert np.array_equal(rows.X, encoder.transform(frame))
    for penalty in ("l2", "l1"):
        told, plain = rows.path(CS, penalty), cross_validated_path(rows.X, y, CS, folds, penalty=penalty)
        assert np.array_equal(told.margins, plain.margins)
        assert np.array_equal(told.coef, plain.coef)


@pytest.mark.parametrize("folds", [5, 2])
def test_each_fold_is_judged_by_an_encoder_and_a_model_that_never_saw_it(folds):
    frame, y, _ = table(1, rows=600, levels=12, news=0.2)
    fold = np.arange(600) % folds
    weight = np.random.default_rng(0).uniform(0.5, 2, 600)
    margins = margins_of(frame, y, weight, fold)
    held = fold == 1
    inner = fold[~held] if folds > 2 else None
    if inner is not None:
        encoder = FeatureEncoder(KINDS, WANTED)
        train = encoder.fit_transform(frame[~held], y[~held], inner, weight[~held])
        peer = LogisticRegression(C=1.0, tol=1e-10, max_iter=1000).fit(train, y[~held], weight[~held])
        np.testing.assert_allclose(margins[held, 1], peer.decision_function(encoder.transform(frame[held])), atol=1e-4)
    turned = np.where(held, 1 - y, y)
    assert np.array_equal(margins_of(frame, turned, weight, fold)[held], margins[held])


def test_coefficients_are_of_all_rows_and_l1_keeps_few():
    frame, y, folds = table(2, rows=800, levels=10, news=0.2)
    rows = CrossFitted.of(FeatureEncoder(KINDS, WANTED), frame, y, np.ones(800), folds)
    told = rows.path((0.02,), "l1")
    peer = LogisticRegression(C=0.02, l1_ratio=1, solver="saga", tol=1e-8, max_iter=5000).fit(rows.X, y)
    np.testing.assert_allclose(told.coef[:, 0], peer.coef_[0], atol=1e-3)
    assert told.margins.shape == (800, 1)


def test_a_category_of_chance_has_an_out_of_fold_auc_of_a_half_and_a_telling_one_more():
    chance = [_auc(table(seed)) for seed in range(6)]
    assert abs(np.mean(chance) - 0.5) < 0.015
    assert _auc(table(0, news=0.2)) > 0.62


def _auc(given):
    frame, y, folds = given
    return roc_auc_score(y, margins_of(frame, y, np.ones(len(y)), folds)[:, 1])
