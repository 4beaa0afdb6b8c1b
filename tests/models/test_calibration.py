"""Calibration against closed forms, scikit-learn, and the promises a probability has to keep."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit, logit
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from casestudies.errors import DataError
from casestudies.models.calibration import KINDS, Calibrator, choose_calibration, fit_calibration


def overconfident(rows: int = 2000, stretch: float = 3.0, shift: float = 1.0, seed: int = 0):
    """Margins whose truth is known: the event has log-odds (margin - shift) / stretch."""
    rng = np.random.default_rng(seed)
    margins = rng.normal(0.0, 3.0, rows)
    y = (rng.random(rows) < expit((margins - shift) / stretch)).astype(float)
    return margins, y, np.arange(rows) % 5


def log_loss(y, p) -> float:
    return float(-np.mean(np.where(y == 1, np.log(p), np.log1p(-p))))


def test_no_calibration_is_the_logistic_curve():
    margins = np.linspace(-5, 5, 11)
    np.testing.assert_array_equal(Calibrator("none").probability(margins), expit(margins))


def test_sigmoid_is_the_minimum_of_platts_objective():
    margins, y, _ = overconfident(400)
    weight = np.random.default_rng(1).uniform(0.5, 2.0, len(y))
    weight /= weight.mean()
    events, others = weight @ y, weight @ (1 - y)
    target = np.where(y == 1, (events + 1) / (events + 2), 1 / (others + 2))

    def platt(ab):
        z = ab[0] * margins + ab[1]
        return weight @ (np.logaddexp(0, z) - target * z)

    best = minimize(platt, [1.0, 0.0], method="BFGS", options={"gtol": 1e-9})
    told = Calibrator("sigmoid").fit(margins, y, 7.0 * weight).to_dict()
    np.testing.assert_allclose([told["slope"], told["intercept"]], best.x, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_same_curve_as_scikit_learn(method):
    margins, y, _ = overconfident(1500)
    plain = LogisticRegression(C=1e6).fit(margins[:200, None], y[:200])
    scores = plain.decision_function(margins[:, None])
    peer = CalibratedClassifierCV(FrozenEstimator(plain), method=method, ensemble=False).fit(margins[:, None], y)
    ours = Calibrator(method).fit(scores, y).probability(scores)
    theirs = peer.predict_proba(margins[:, None])[:, 1]
    least = 1 / (len(y) + 2)
    np.testing.assert_allclose(ours, np.clip(theirs, least, 1 - least) if method == "isotonic" else theirs, atol=1e-5)


def test_sigmoid_undoes_a_known_stretch_and_shift():
    margins, y, _ = overconfident(200_000)
    told = Calibrator("sigmoid").fit(margins, y).to_dict()
    assert told["slope"] == pytest.approx(1 / 3, abs=0.01)
    assert told["intercept"] == pytest.approx(-1 / 3, abs=0.02)


def test_sigmoid_stays_finite_on_separable_margins():
    margins, y = np.array([-2.0, -1.0, 1.0, 2.0]), np.array([0.0, 0.0, 1.0, 1.0])
    p = Calibrator("sigmoid").fit(margins, y).probability(margins)
    np.testing.assert_allclose(p.mean(), 0.5, atol=1e-9)
    assert (p[2:] < 0.9).all()
    assert (p[2:] > 0.5).all()


def test_sigmoid_never_turns_a_ranking_round():
    margins, y, _ = overconfident(1000)
    p = Calibrator("sigmoid").fit(-margins, y).probability(margins)
    events, others = y.sum(), (1 - y).sum()
    smoothed = (events * (events + 1) / (events + 2) + others / (others + 2)) / len(y)
    np.testing.assert_allclose(p, smoothed, rtol=1e-12)


def test_equal_margins_give_the_smoothed_base_rate():
    y = np.array([1.0, 0.0, 0.0, 0.0])
    p = Calibrator("sigmoid").fit(np.full(4, 0.3), y).probability([0.3, 5.0])
    np.testing.assert_allclose(p, (1 * 2 / 3 + 3 * 1 / 5) / 4, rtol=1e-12)
    np.testing.assert_allclose(Calibrator("isotonic").fit(np.full(4, 0.3), y).probability([0.3, 5.0]), 0.25)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(KINDS), st.integers(10, 200))
def test_every_curve_is_bounded_and_never_falls(seed, kind, rows):
    margins, y, _ = overconfident(rows, seed=seed)
    grid = np.linspace(-30, 30, 500)
    p = Calibrator(kind).fit(margins, y).probability(grid)
    assert (np.diff(p) >= 0).all()
    assert (p > 0).all()
    assert (p < 1).all()
    if kind == "isotonic":
        assert p.min() >= 1 / (rows + 2)
        assert p.max() <= 1 - 1 / (rows + 2)


def test_isotonic_is_straight_between_its_knots():
    margins, y = np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.0, 1.0, 0.0, 1.0])
    p = Calibrator("isotonic").fit(margins, y).probability([-1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 9.0])
    np.testing.assert_allclose(p, [1 / 6, 1 / 6, (1 / 6 + 0.5) / 2, 0.5, 0.5, 0.5, 5 / 6])


@pytest.mark.parametrize("kind", KINDS)
def test_weight_two_equals_the_row_twice(kind):
    margins, y, _ = overconfident(300)
    weight = np.where(np.arange(300) < 100, 2.0, 1.0)
    twice = np.repeat(np.arange(300), weight.astype(int))
    weighted = Calibrator(kind).fit(margins, y, weight)
    repeated = Calibrator(kind).fit(margins[twice], y[twice])
    grid = np.linspace(-4, 4, 50)
    # Platt's smoothing counts rows, so the two differ by what 400 instead of 300 rows would show
    np.testing.assert_allclose(weighted.probability(grid), repeated.probability(grid), atol=2e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_reloaded_curve_is_bit_equal(kind):
    margins, y, _ = overconfident(500)
    fitted = Calibrator(kind).fit(margins, y)
    again = Calibrator.from_dict(json.loads(json.dumps(fitted.to_dict())))
    grid = np.linspace(-20, 20, 2001)
    np.testing.assert_array_equal(again.probability(grid), fitted.probability(grid))
    assert again.to_dict() == fitted.to_dict()


def test_choice_leaves_calibrated_margins_alone():
    margins, y, folds = overconfident(4000, stretch=1.0, shift=0.0)
    choice = choose_calibration(margins, y, folds)
    assert choice.calibrator.kind == "none"
    assert min(choice.log_loss.values()) == choice.log_loss["none"]
    assert choice.reason.startswith("no calibration: cross-validated log loss ")


def test_choice_takes_sigmoid_for_a_stretch_and_gives_both_numbers():
    margins, y, folds = overconfident()
    choice = choose_calibration(margins, y, folds)
    assert choice.calibrator.kind == "sigmoid"
    assert choice.log_loss["none"] == pytest.approx(log_loss(y, expit(margins)), rel=1e-12)
    assert f"{choice.log_loss['none']:.5f} without" in choice.reason
    assert f"sigmoid {choice.log_loss['sigmoid']:.5f}" in choice.reason
    whole = Calibrator("sigmoid").fit(margins, y)
    np.testing.assert_array_equal(choice.calibrator.probability(margins), whole.probability(margins))


def test_choice_takes_isotonic_for_a_step():
    rng = np.random.default_rng(0)
    margins = rng.normal(0, 2, 5000)
    y = (rng.random(5000) < np.where(margins > 0.7, 0.6, 0.05)).astype(float)
    choice = choose_calibration(margins, y, np.arange(5000) % 5)
    assert choice.calibrator.kind == "isotonic"
    assert choice.log_loss["isotonic"] < choice.log_loss["sigmoid"] < choice.log_loss["none"]


def test_log_losses_are_cross_fitted():
    margins, y, folds = overconfident(600)
    choice = choose_calibration(margins, y, folds)
    p = np.empty(600)
    for fold in range(5):
        rest = folds != fold
        curve = IsotonicRegression(y_min=1 / 482, y_max=481 / 482, out_of_bounds="clip").fit(margins[rest], y[rest])
        p[~rest] = curve.predict(margins[~rest])
    assert choice.log_loss["isotonic"] == pytest.approx(log_loss(y, p), rel=1e-10)
    difference = np.log(np.where(y == 1, p, 1 - p)) - np.log(np.where(y == 1, expit(margins), expit(-margins)))
    assert choice.standard_error["isotonic"] == pytest.approx(difference.std(ddof=1) / np.sqrt(600), rel=1e-9)
    assert log_loss(y, choice.probability) == pytest.approx(min(choice.log_loss.values()), rel=1e-10)


def test_isotonic_is_not_tried_under_fifty_events():
    margins, y, folds = overconfident(3000, shift=12.0)
    y[np.flatnonzero(y)[49:]] = 0
    choice = choose_calibration(margins, y, folds)
    assert set(choice.log_loss) == {"none", "sigmoid"}
    assert "isotonic not tried: 49 rows of the rarer outcome, 50 wanted" in choice.reason
    assert "isotonic" in choose_calibration(margins, y, folds, min_events_isotonic=49).log_loss
    assert "isotonic" not in choose_calibration(-margins, 1 - y, folds).log_loss


@pytest.mark.parametrize("kind", KINDS)
def test_the_calibration_asked_for_has_the_figures_of_a_chosen_one(kind):
    margins, y, folds = overconfident(500)
    asked, chosen = fit_calibration(kind, margins, y, folds), choose_calibration(margins, y, folds)
    assert asked.calibrator.kind == kind
    assert asked.log_loss == {name: chosen.log_loss[name] for name in dict.fromkeys(("none", kind))}
    assert log_loss(y, asked.probability) == pytest.approx(asked.log_loss[kind], rel=1e-10)
    assert asked.reason.endswith("; as asked")


def test_choice_does_not_depend_on_the_unit_of_the_weights():
    margins, y, folds = overconfident(500)
    weight = np.random.default_rng(2).uniform(1, 3, 500)
    euros, cents = (choose_calibration(margins, y, folds, w) for w in (weight, 128.0 * weight))
    assert euros.reason == cents.reason
    np.testing.assert_array_equal(euros.probability, cents.probability)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"margins_oof": [0.0, np.nan, 1.0, 2.0]}, "row 2: 1 of 4 margins cannot be calibrated on, first 'nan'"),
        ({"y": [0, 1, 2, 1]}, "row 3: 1 of 4 labels cannot be calibrated on, first '2.0'"),
        ({"weight": [1, 1, -1, 1]}, "row 3: 1 of 4 weights cannot be calibrated on, first '-1.0'"),
        ({"y": [0, 1, 1]}, "margins (4,), labels (3,) and weights (4,) want one length"),
        ({"folds": [0, 0, 0, 0]}, "folds of shape (4,) hold 1 labels for 4 rows; give each row the label of its fold"),
    ],
)
def test_bad_rows_are_named(change, message):
    good = {"margins_oof": [0.0, 1.0, 2.0, 3.0], "y": [0, 1, 0, 1], "folds": [0, 0, 1, 1], "weight": None}
    with pytest.raises(DataError) as caught:
        choose_calibration(**(good | change))
    assert message in str(caught.value)


def test_an_unknown_kind_names_the_nearest():
    with pytest.raises(ValueError, match="'isotonik' is not known: did you mean 'isotonic'"):
        Calibrator("isotonik")


@pytest.mark.parametrize("kind", ["sigmoid", "isotonic"])
def test_a_curve_not_yet_learnt_is_refused(kind):
    with pytest.raises(NotFittedError, match=kind):
        Calibrator(kind).probability([0.0])


def test_logit_of_the_base_rate_is_the_sigmoid_of_pure_noise():
    rng = np.random.default_rng(3)
    y = (rng.random(100_000) < 0.2).astype(float)
    told = Calibrator("sigmoid").fit(rng.normal(size=100_000), y).to_dict()
    assert told["intercept"] == pytest.approx(logit(y.mean()), abs=0.01)
    assert 0 <= told["slope"] < 0.02
