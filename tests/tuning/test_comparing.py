"""What trials come to: gains by fold, fronts, chances, and which settings mattered."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from casestudies.errors import ConfigError
from casestudies.tuning import (
    Budget,
    Goal,
    History,
    Real,
    Search,
    Space,
    Tried,
    chosen_apart,
    expected_best,
    front,
    gain,
    importance,
    knee,
)
from casestudies.tuning.pruning import hopeless

COST, AUC = Goal("cost", "minimise", "Cost"), Goal("auc", "maximise", "AUC")


def test_a_gain_on_groups_of_rows_is_the_paired_t_interval():
    plain, better = np.array([5.0, 6.0, 4.0, 7.0]), np.array([4.5, 5.8, 4.1, 6.0])
    found = gain(better, plain, COST, 0.95, refitted=False)
    known = stats.ttest_rel(plain, better).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((known.low, known.high))
    assert found.share == pytest.approx(0.4 / 5.5)
    assert not found.told_apart


def test_folds_that_share_rows_widen_the_interval_by_the_published_correction():
    plain, better = np.array([5.0, 6.0, 4.0, 7.0, 5.5]), np.array([4.5, 5.8, 4.1, 6.0, 5.0])
    plainly, corrected = (gain(better, plain, COST, refitted=refitted) for refitted in (False, True))
    ratio = (corrected.high - corrected.low) / (plainly.high - plainly.low)
    assert ratio == pytest.approx(math.sqrt((1 / 5 + 1 / 4) / (1 / 5)))


def test_of_a_maximised_goal_more_is_a_gain():
    assert gain(np.array([0.8, 0.9]), np.array([0.7, 0.7]), AUC).value == pytest.approx(0.15)


def test_one_fold_has_no_interval():
    found = gain(np.array([4.0]), np.array([5.0]), COST)
    assert (found.value, found.low, found.told_apart) == (1.0, None, False)


def test_the_front_is_what_brute_force_says():
    values = np.random.default_rng(0).integers(0, 6, (40, 3)).astype(float)
    for row, on in zip(values, front(values), strict=True):
        beaten = any((other <= row).all() and (other < row).any() for other in values)
        assert on == (not beaten)


def test_the_knee_is_nearest_to_the_best_of_every_goal():
    values = np.array([[0.0, 10.0], [1.0, 2.0], [5.0, 1.0], [10.0, 0.0]])
    assert knee(values) == 1
    assert knee(values * [1e6, 1.0]) == 1  # whatever the units


def test_the_expected_best_is_the_mean_over_all_draws():
    values = np.array([3.0, 1.0, 4.0, 1.5, 9.0, 2.0])
    for count in range(1, 7):
        draws = [min(drawn) for drawn in itertools.combinations(values, count)]
        assert expected_best(values, count) == pytest.approx(np.mean(draws))


def tried(number, folds, first=False):
    return Tried(number, {}, {}, "done", {"cost": np.array(folds)}, 0.0, first)


def test_a_choice_has_no_say_in_the_fold_it_is_judged_by():
    history = History((COST,), (tried(0, [1.0, 9.0, 9.0]), tried(1, [8.0, 2.1, 7.8]), tried(2, [4.9, 6.0, 4.9])))
    # without the first fold the second trial is best (9.9 beside 18 and 10.9), without the second the third (9.8), and
    # without the third the first (10 beside 10.1 and 10.9)
    assert chosen_apart(history) == pytest.approx([8.0, 6.0, 9.0])


def test_a_trial_is_hopeless_when_it_is_behind_on_every_fold_by_more_than_folds_vary():
    rng = np.random.default_rng(1)
    others = [rng.normal(0, 0.1, 5) for _ in range(8)]
    best = min(others, key=np.mean)
    assert hopeless(best[:2] + 1.0, others)
    assert not hopeless(best[:2] + 0.01, others)
    assert not hopeless(best[:2] + np.array([5.0, -0.1]), others)  # ahead on one fold
    assert not hopeless(best[:1] + 1.0, others)  # one fold says nothing
    assert not hopeless(best[:2] + 1.0, others[:3])


def test_the_setting_that_moves_the_score_is_the_important_one(tmp_path):
    space = Space((Real("much", 0, 1, now=0.9), Real("little", 0, 1, now=0.9)))

    def trial(settings):
        yield {"cost": 10 * (settings["much"] - 0.5) ** 2 + 0.1 * settings["little"]}

    history = Search(space, (COST,), trial, Budget(40), "random", 0, (space.now,)).run(tmp_path / "j.jsonl")
    told = importance(history, space)
    assert len(told) == 1
    assert list(told[0].shares) == ["much", "little"]
    assert told[0].shares["much"] > 0.9
    assert importance(history, space) == told


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("30", Budget(30)),
        (5, Budget(5)),
        ("90s", Budget(seconds=90)),
        ("1.5h", Budget(seconds=5400)),
        ("5 min", Budget(seconds=300)),
    ],
)
def test_a_budget_is_a_number_of_trials_or_a_time(text, budget):
    assert Budget.of(text) == budget


@pytest.mark.parametrize("text", ["0", "-3", "2.5", "many", "5 days", "", "0s", "9999999"])
def test_what_is_no_budget_is_said(text):
    with pytest.raises(ConfigError, match="is neither a number of trials nor a time; write for example 30"):
        Budget.of(text)
