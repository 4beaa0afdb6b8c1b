"""One classifier, three models, five losses: against formulas, brute force, peers and what must change nothing."""

import doctest
import pickle

import lightgbm
import numpy as np
import pandas as pd
import pytest
import sklearn
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression as Peer
from sklearn.model_selection import StratifiedKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from casestudies.decisions import Costs
from casestudies.errors import ConfigError, DataError
from casestudies.models.calibration import choose_calibration
from casestudies.models.costsensitive import classifier
from casestudies.models.costsensitive.classifier import CostSensitiveClassifier
from casestudies.models.costsensitive.learners import line
from casestudies.models.costsensitive.lesson import Lesson
from casestudies.models.costsensitive.rows import dealt
from casestudies.models.costsensitive.scored import calibrated
from casestudies.models.crossfit import CrossFitted

UNEQUAL = "leaves count rows, whatever they weigh, so a weight of 2 is not the row twice (as in BoostedTrees)"
SMALL = {"logistic": {}, "lightgbm": {"trees": 20, "leaves": 6}, "steps": {}}
MONEY = ("clv", "weighted", "cost")


def customers(rows=600, seed=0):
    """Two columns that say who leaves, one that says what is at stake, and the costs."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 3))
    y = (rng.random(rows) < expit(1.2 * X[:, 0] - X[:, 1] - 1.0)).astype(int)
    costs = Costs(np.exp(4 + X[:, 2]), np.full(rows, 15.0), np.full(rows, 10.0), np.zeros(rows))
    return X, y, costs


def frame_of(costs):
    return pd.DataFrame({"fn": costs.fn, "fp": costs.fp, "tp": costs.tp, "tn": costs.tn})


def times(costs, factor):
    return Costs(factor * costs.fn, factor * costs.fp, factor * costs.tp, factor * costs.tn)


@pytest.mark.filterwarnings("ignore:no split was possible")
@parametrize_with_checks(
    [
        CostSensitiveClassifier(),
        CostSensitiveClassifier(calibrate=None),
        CostSensitiveClassifier("lightgbm", trees=30, min_rows=5),
        CostSensitiveClassifier("steps"),
    ],
    expected_failed_checks=lambda model: (
        {"check_sample_weight_equivalence_on_dense_data": UNEQUAL} if model.model == "lightgbm" else {}
    ),
)
def test_scikit_learn_contract(estimator, check):
    check(estimator)


def test_the_example_in_the_docstring():
    assert doctest.testmod(classifier).failed == 0


def test_with_costs_each_row_is_decided_by_its_own_threshold():
    X, y, costs = customers()
    model = CostSensitiveClassifier().fit(X, y, costs=costs)
    p = model.predict_proba(X)[:, 1]
    assert np.array_equal(model.predict(X, costs=costs) == 1, p > costs.alarm / (costs.alarm + costs.caught))


def test_without_costs_one_cut_decides_that_cost_least_on_rows_no_fit_had_seen():
    X, y, costs = customers(200)
    model = CostSensitiveClassifier(calibrate=None).fit(X, y, costs=costs)
    folds, p = dealt(X, y.astype(float), 5, 0), np.empty(len(y))
    for fold in range(5):
        peer = Peer(C=1.0, tol=1e-10, max_iter=1000).fit(X[folds != fold], y[folds != fold])
        p[folds == fold] = peer.predict_proba(X[folds == fold])[:, 1]
    every = [costs.total(y, p > cut) for cut in np.append(p, 0.0)]
    assert costs.total(y, p > model.cut_) == pytest.approx(min(every))
    assert np.array_equal(model.predict(X) == 1, model.predict_proba(X)[:, 1] > model.cut_)
    assert np.array_equal(model.predict(X) == 1, model.decision_function(X) > 0)
    assert CostSensitiveClassifier().fit(X, y).cut_ == 0.5


def test_weighted_is_log_loss_on_whether_acting_pays_weighed_by_what_it_adds():
    X, y, costs = customers()
    slope = np.where(y == 1, costs.tp - costs.fn, costs.fp - costs.tn)
    assert (slope[y == 1] > 0).any()  # customers worth less than the offer: acting on them never pays
    model = CostSensitiveClassifier(train="weighted").fit(X, y, costs=costs)
    peer = Peer(C=1.0, tol=1e-12, max_iter=5000).fit(X, slope < 0, np.abs(slope) / np.abs(slope).mean())
    np.testing.assert_allclose(model.learner_.coef, peer.coef_[0], atol=1e-5)
    assert np.array_equal(model.predict(X), peer.predict(X).astype(int))


def test_clv_weighs_events_by_their_value():
    X, y, costs = customers()
    model = CostSensitiveClassifier(train="clv").fit(X, y, costs=costs)
    weight = np.where(y == 1, costs.fn / costs.fn[y == 1].mean(), 1.0)
    peer = Peer(C=1.0, tol=1e-12, max_iter=5000).fit(X, y, weight)
    np.testing.assert_allclose(model.learner_.coef, peer.coef_[0], atol=1e-5)
    assert model.calibrator_.kind != "none"
    assert model.predict_proba(X)[:, 1].mean() == pytest.approx(y.mean(), abs=0.01)


def test_expected_cost_ends_no_higher_than_scipy_from_the_same_start():
    X, y, costs = customers(300)
    slope = np.where(y == 1, costs.tp - costs.fn, costs.fp - costs.tn)
    extra = slope / np.abs(slope).mean()

    def objective(w):
        return float(extra @ expit(X @ w[:3] + w[3]) + 0.5 * w[:3] @ w[:3])

    model = CostSensitiveClassifier(train="cost").fit(X, y, costs=costs)
    start = CostSensitiveClassifier(train="weighted").fit(X, y, costs=costs).learner_
    ours = objective(np.append(model.learner_.coef, model.learner_.intercept))
    peer = minimize(objective, np.append(start.coef, start.intercept), method="BFGS", options={"gtol": 1e-8}).fun
    assert ours <= peer + 1e-3 * abs(peer)
    assert ours < objective(np.append(start.coef, start.intercept)) - 0.1


def test_weighted_trees_are_those_of_lightgbm_on_the_same_weights():
    X, y, costs = customers()
    slope = costs.slope(y)
    model = CostSensitiveClassifier("lightgbm", "weighted", **SMALL["lightgbm"]).fit(X, y, costs=costs)
    peer = lightgbm.LGBMClassifier(
        n_estimators=20,
        num_leaves=6,
        learning_rate=model.learning_rate,
        n_jobs=1,
        verbosity=-1,
        deterministic=True,
        random_state=0,
    ).fit(X, slope < 0, np.abs(slope) / np.abs(slope).mean())
    np.testing.assert_allclose(expit(model.learner_.decision_function(X)), peer.predict_proba(X)[:, 1], rtol=1e-6)


@pytest.mark.parametrize("model", SMALL)
@pytest.mark.parametrize("train", ["weighted", "cost"])
def test_taught_the_money_it_costs_less_than_one_decision_for_all(model, train):
    X, y, costs = customers(1500)
    fresh, outcome, prices = customers(1500, seed=1)
    told = CostSensitiveClassifier(model, train, **SMALL[model]).fit(X, y, costs=costs).predict(fresh)
    assert prices.total(outcome, told == 1) < 0.95 * min(prices.constant(outcome))


@pytest.mark.parametrize("model", SMALL)
@pytest.mark.parametrize("train", MONEY)
def test_euros_and_cents_teach_the_same(model, train):
    X, y, costs = customers()
    euros, cents = (
        CostSensitiveClassifier(model, train, **SMALL[model]).fit(X, y, costs=times(costs, factor))
        for factor in (1, 128)  # a power of two changes no digit
    )
    np.testing.assert_allclose(cents.decision_function(X), euros.decision_function(X), rtol=1e-9)
    assert np.array_equal(cents.predict(X, costs=times(costs, 128)), euros.predict(X, costs=costs))


@pytest.mark.parametrize("train", ["log", "weighted"])
def test_with_one_price_for_both_mistakes_the_stakes_change_nothing(train):
    """So a penalty weighs against money as it does against log loss."""
    X, y, _ = customers()
    same = Costs(np.full(len(y), 7.0), np.full(len(y), 7.0), np.zeros(len(y)), np.zeros(len(y)))
    model = CostSensitiveClassifier(train=train, C=0.01).fit(X, y, costs=same)
    plain = CostSensitiveClassifier(C=0.01).fit(X, y)
    np.testing.assert_allclose(model.learner_.coef, plain.learner_.coef, rtol=1e-9)


@pytest.mark.parametrize("model", ["logistic", "steps"])
@pytest.mark.parametrize("train", ["log", *MONEY])
def test_the_order_of_rows_changes_nothing(model, train):
    X, y, costs = customers()
    order = np.random.default_rng(3).permutation(len(y))
    one = CostSensitiveClassifier(model, train).fit(X, y, costs=costs)
    other = CostSensitiveClassifier(model, train).fit(X[order], y[order], costs=costs.take(order))
    np.testing.assert_allclose(other.predict_proba(X), one.predict_proba(X), atol=2e-3 if train == "cost" else 1e-6)
    assert other.cut_ == pytest.approx(one.cut_, abs=1e-6)


@pytest.mark.parametrize("train", ["log", "clv", "weighted"])
def test_a_weight_of_two_is_the_row_twice(train):
    X, y, costs = customers(300)
    twice = np.where(np.arange(300) % 3 == 0, 2, 1)
    rows = np.repeat(np.arange(300), twice)
    weighed = CostSensitiveClassifier(train=train).fit(X, y, twice, costs)
    given = CostSensitiveClassifier(train=train).fit(X[rows], y[rows], costs=costs.take(rows))
    np.testing.assert_allclose(weighed.predict_proba(X), given.predict_proba(X), atol=1e-7)
    assert weighed.cut_ == pytest.approx(given.cut_, abs=1e-7)


def test_rows_of_no_weight_are_no_rows():
    X, y, costs = customers()
    weight = (np.arange(len(y)) % 4 > 0).astype(float)
    kept = np.flatnonzero(weight)
    one = CostSensitiveClassifier(train="clv").fit(X, y, weight, costs)
    other = CostSensitiveClassifier(train="clv").fit(X[kept], y[kept], costs=costs.take(kept))
    assert np.array_equal(one.predict_proba(X), other.predict_proba(X))


def test_costs_go_through_a_pipeline_and_cross_validation():
    X, y, costs = customers()
    folds = list(StratifiedKFold(3).split(X, y))
    with sklearn.config_context(enable_metadata_routing=True):
        model = CostSensitiveClassifier(train="weighted").set_fit_request(costs=True).set_score_request(costs=True)
        pipeline = make_pipeline(StandardScaler(), model)
        for given in (frame_of(costs), frame_of(costs).to_numpy()):
            told = cross_validate(pipeline, X, y, cv=folds, params={"costs": given})
            for score, (train, test) in zip(told["test_score"], folds, strict=True):
                alone = clone(pipeline).fit(X[train], y[train], costs=costs.take(train))
                act = alone.predict(X[test]) == 1
                assert score == pytest.approx(-costs.take(test).total(y[test], act) / len(test))
        chosen = CostSensitiveClassifier().set_fit_request(costs=True).set_predict_request(costs=True)
        fitted = make_pipeline(StandardScaler(), chosen).fit(X, y, costs=costs)
        assert np.array_equal(
            fitted.predict(X, costs=costs), fitted[-1].predict(fitted[0].transform(X), costs=frame_of(costs))
        )


def test_a_score_without_calibration_decides_and_says_no_probability():
    X, y, costs = customers()
    bare, whole = (
        CostSensitiveClassifier(train="cost", calibrate=calibrate).fit(X, y, costs=costs)
        for calibrate in (None, "auto")
    )
    assert not hasattr(bare, "predict_proba")
    with pytest.raises(AttributeError, match="predict_proba") as raised:
        bare.predict_proba(X)
    assert "scores by expected cost decide and are no probabilities" in str(raised.value.__cause__)
    assert np.array_equal(bare.predict(X), whole.predict(X))
    assert whole.predict_proba(X)[:, 1].mean() == pytest.approx(y.mean(), abs=0.01)


def test_focal_scores_are_set_right_before_anything_is_decided():
    X, y, costs = customers(2000)
    model = CostSensitiveClassifier("lightgbm", "focal", trees=40).fit(X, y, costs=costs)
    assert model.predict_proba(X)[:, 1].mean() == pytest.approx(y.mean(), abs=0.02)
    assert abs(expit(model.learner_.decision_function(X)).mean() - y.mean()) > 0.05  # too near to one half before


def test_steps_take_categories_and_gaps():
    X, y, costs = customers()
    frame = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "size": np.where(X[:, 2] > 0, "large", "small")})
    frame.loc[::7, "a"] = np.nan
    for train in ("log", "cost"):
        model = CostSensitiveClassifier("steps", train).fit(frame, y, costs=costs)
        told = model.predict(frame, costs=costs)
        assert costs.total(y, told == 1) < min(costs.constant(y))
        again = pickle.loads(pickle.dumps(model))
        assert np.array_equal(again.predict_proba(frame), model.predict_proba(frame))


@pytest.mark.parametrize("train", ["log", "cost"])
def test_a_bin_that_training_never_met_counts_as_the_mean_row(train):
    X, y, costs = customers()
    frame = pd.DataFrame({"a": X[:, 0], "size": np.where(X[:, 2] > 0, "large", "small")})
    model = CostSensitiveClassifier("steps", train).fit(frame, y, costs=costs)
    new = frame.assign(a=np.nan)
    margin = model.learner_.decision_function(frame) - model.learner_.decision_function(new)
    assert np.isfinite(margin).all()
    assert margin.mean() == pytest.approx(0.0, abs=1e-9)


def test_scores_of_weighed_rows_are_never_left_uncalibrated():
    rng = np.random.default_rng(1)
    margins = rng.normal(size=3000)
    y = (rng.random(3000) < expit(margins)).astype(float)
    folds = np.arange(3000) % 5
    assert choose_calibration(margins, y, folds).calibrator.kind == "none"
    assert calibrated(margins, y, folds).calibrator.kind == "sigmoid"


@pytest.mark.parametrize("train", ["cost", "focal"])
def test_a_line_beyond_convexity_is_judged_by_fits_without_the_row(train):
    X, y, costs = customers(240)
    weight, folds = np.ones(240), np.arange(240) % 3
    lesson = Lesson.of(train, y.astype(float), weight, costs)
    found, margins = CrossFitted(X, lesson.y, weight, folds + 5, {}).beyond(lesson, 1.0)
    np.testing.assert_allclose(line(X, lesson, 1.0).coef, found.x[:-1, -1], atol=0.02)
    for fold in range(3):
        alone = line(X[folds != fold], lesson.take(folds != fold), 1.0)
        np.testing.assert_allclose(margins[folds == fold], alone.decision_function(X[folds == fold]), atol=0.05)
        assert np.abs(margins - X @ found.x[:-1, -1] - found.x[-1, -1])[folds == fold].max() > 0.06


def test_labels_of_any_kind_the_second_is_the_event():
    X, y, costs = customers()
    words = np.where(y == 1, "leaves", "a stayer")
    model = CostSensitiveClassifier(train="weighted").fit(X, words, costs=costs)
    plain = CostSensitiveClassifier(train="weighted").fit(X, y, costs=costs)
    assert np.array_equal(model.predict(X) == "leaves", plain.predict(X) == 1)
    assert model.score(X, words, costs=costs) == plain.score(X, y, costs=costs)
    assert model.score(X, words) == (model.predict(X) == words).mean()


ZEROS = np.zeros(600)


@pytest.mark.parametrize(
    ("model", "more", "error", "said"),
    [
        ({"model": "xgboost"}, {}, ConfigError, "model: 'xgboost' is no model"),
        ({"train": "wieghted"}, {}, ConfigError, "train: 'wieghted' is no train; did you mean 'weighted'"),
        ({"calibrate": "platt"}, {}, ConfigError, "calibrate: 'platt' is no calibration"),
        ({"cv": 1}, {}, ConfigError, "cv: 1 folds leave nothing to choose by"),
        ({"rate": 1.2}, {}, ConfigError, "rate: 1.2 is no rate"),
        ({"train": "cost"}, {"costs": None}, ConfigError, "train: the loss 'cost' reads what the outcomes cost"),
        (
            {"train": "clv", "calibrate": None},
            {},
            ConfigError,
            "calibrate: None, and scores by .* are no probabilities",
        ),
        (
            {"train": "focal", "calibrate": None},
            {},
            ConfigError,
            "calibrate: None, and scores by focal loss are no prob",
        ),
        ({}, {"costs": np.ones((500, 4))}, DataError, r"costs: costs of 500 rows, but there are 600; .*SMOTE"),
        ({}, {"costs": np.ones((600, 3))}, DataError, r"costs: costs have the shape \(600, 3\)"),
        ({}, {"costs": pd.DataFrame({"fn": ZEROS, "pf": ZEROS})}, DataError, "costs: 'pf' is none of the four"),
        ({}, {"costs": pd.DataFrame({"fn": ZEROS})}, DataError, "costs: the column fp is missing"),
        ({"train": "cost"}, {"costs": np.zeros((600, 4))}, DataError, "acting changes the cost of no training row"),
        (
            {"train": "weighted"},
            {"costs": Costs(ZEROS + 5, ZEROS - 1, ZEROS, ZEROS)},
            DataError,
            "acting pays in every training row",
        ),
        ({"train": "clv"}, {"costs": Costs(ZEROS - 1, ZEROS, ZEROS, ZEROS)}, DataError, "below 0"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_line(model, more, error, said):
    X, y, costs = customers()
    with pytest.raises(error, match=said):
        CostSensitiveClassifier(**model).fit(X, y, **{"costs": costs, **more})


def test_balanced_weights_are_refused_with_the_reason():
    X, y, costs = customers()
    balanced = np.where(y == 1, 0.5 / y.mean(), 0.5 / (1 - y.mean()))
    with pytest.raises(ConfigError, match=r"sample_weight: balanced weights: events are .* and half of the weight"):
        CostSensitiveClassifier().fit(X, y, balanced, costs)
    sampled = np.where(y == 1, 1.0, 3.0)  # weights that undo how rows were sampled
    p = CostSensitiveClassifier().fit(X, y, sampled, costs).predict_proba(X)[:, 1]
    assert p.mean() == pytest.approx(np.average(y, weights=sampled), abs=0.05)


def test_probabilities_of_resampled_rows_meet_no_threshold_unless_the_rate_is_said():
    X, y, costs = customers(4000)
    few = np.flatnonzero(y == 1)
    rows = np.concatenate([few, np.flatnonzero(y == 0)[: len(few)]])  # as undersampling and SMOTE leave them
    halved = CostSensitiveClassifier().fit(X[rows], y[rows])
    assert halved.predict(X).any()
    with pytest.raises(ConfigError, match="exactly half of the training rows are events, as after SMOTE"):
        halved.predict(X, costs=costs)
    told = CostSensitiveClassifier(rate=float(y.mean())).fit(X[rows], y[rows])
    whole = CostSensitiveClassifier().fit(X, y)
    np.testing.assert_allclose(told.predict_proba(X), whole.predict_proba(X), atol=0.08)
    assert (told.predict(X, costs=costs) == whole.predict(X, costs=costs)).mean() > 0.95


def test_folds_follow_from_the_rows_alone():
    X, y, _ = customers(200)
    order = np.random.default_rng(0).permutation(200)
    folds = dealt(X, y.astype(float), 4, 1)
    assert np.array_equal(dealt(X[order], y[order].astype(float), 4, 1), folds[order])
    assert np.array_equal(dealt(np.vstack([X, X]), np.append(y, y).astype(float), 4, 1), np.append(folds, folds))
    assert not np.array_equal(dealt(X, y.astype(float), 4, 2), folds)
    rates = [y[folds == fold].mean() for fold in range(4)]
    assert np.ptp(rates) < 0.05
