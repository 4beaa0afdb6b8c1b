"""Ship, do not, not yet: by the corrected interval that holds at every look, against the smallest effect worth having."""

from __future__ import annotations

import numpy as np
import pytest

from casestudies.errors import ConfigError
from casestudies.recommendation.experiments import analyse_experiment, demo_experiment, read_experiment
from casestudies.recommendation.experiments.experiment import Experiment, Factor


def rates(successes, units, arms="abcdef"):
    """A test with exactly these successes of so many units in each arm."""
    arm = np.repeat(np.arange(len(units)), units)
    y = np.concatenate([np.repeat([1.0, 0.0], [s, n - s]) for s, n in zip(successes, units, strict=True)])
    return Experiment((Factor("arm", tuple(arms[: len(units)])),), arm[:, None], y, True)


@pytest.mark.parametrize(
    ("successes", "more", "answer"),
    [
        ((1_000, 1_300), {}, "ship"),
        ((1_000, 1_050), {}, "not yet"),
        ((1_300, 1_000), {}, "do not"),
        ((1_300, 1_000), {"better": "lower"}, "ship"),
        ((1_000, 1_300), {"worth": 0.05}, "do not"),  # surely better, and surely by less than is worth having
        ((1_000, 1_300), {"worth": 0.03}, "not yet"),
        ((1_000, 1_300), {"worth": 0.01}, "ship"),
        ((1_300, 1_000), {"better": "lower", "worth": 0.05}, "do not"),
    ],
)
def test_where_the_interval_lies_decides(successes, more, answer):
    found = analyse_experiment(rates(successes, (10_000, 10_000)), **more)
    (effect,) = found.effects
    reference = more.get("worth", 0.0) * (-1 if more.get("better") == "lower" else 1)
    holds = effect.lasting_low <= reference <= effect.lasting_high
    assert found.verdict.answer == answer
    assert holds == (answer == "not yet")


def test_the_best_of_several_arms_is_shipped():
    found = analyse_experiment(rates((1_000, 1_300, 1_500), (10_000,) * 3)).verdict
    assert found.answer == "ship"
    assert found.chosen == ("c",)
    lower = analyse_experiment(rates((1_000, 800, 600), (10_000,) * 3), better="lower").verdict
    assert lower.chosen == ("c",)


def test_not_yet_says_how_many_units_would_do():
    found = analyse_experiment(rates((1_000, 1_060), (10_000, 10_000))).verdict
    (judged,) = found.judged
    assert judged.units > 20_000
    grown = judged.units // 2
    later = analyse_experiment(rates((grown // 10, int(grown * 0.106)), (grown, grown)), planned_units=judged.units)
    assert later.verdict.answer == "ship"


def test_few_successes_ship_nothing():
    found = analyse_experiment(rates((3, 60), (400, 400))).verdict
    assert found.answer == "not yet"
    assert "Arm 'a' has 3 units with a success; intervals need 10 of both outcomes in each arm." in found.why


def test_few_amounts_ship_nothing():
    y = np.concatenate([np.linspace(0, 1, 20), np.linspace(50, 51, 20)])
    test = Experiment((Factor("arm", ("a", "b")),), np.repeat([[0], [1]], 20, axis=0), y, False)
    found = analyse_experiment(test).verdict
    assert found.answer == "not yet"
    assert "Arm 'a' has 20 units; intervals of an amount need 30 in each arm." in found.why


def test_one_unit_that_carries_the_sum_is_said():
    random = np.random.default_rng(0)
    y = np.append(random.gamma(1.0, 1.0, 999), 500.0)
    test = Experiment((Factor("arm", ("a", "b")),), np.tile([[0], [1]], (500, 1)), y, False, outcome="spent")
    assert "of the whole spent" in analyse_experiment(test).verdict.why[0]


def test_factors_that_do_not_touch_each_other_are_shipped_one_by_one():
    random = np.random.default_rng(1)
    levels = random.integers(0, 2, (40_000, 2))
    y = (random.random(40_000) < 0.1 + 0.05 * levels[:, 0]).astype(float)
    factors = (Factor("list", ("off", "on")), Factor("reasons", ("hidden", "shown")))
    found = analyse_experiment(Experiment(factors, levels, y, True), worth=0.02).verdict
    assert found.chosen == ("list on",)
    assert found.together == ()
    assert {one.name: one.answer for one in found.judged} == {"list on": "ship", "reasons shown": "do not"}


def test_factors_that_change_each_other_are_judged_as_combinations():
    test = read_experiment(demo_experiment(0), "customer", ["list", "reasons"], "bought", before="orders_before")
    found = analyse_experiment(test, worth=0.005, planned_units=24_000).verdict
    assert found.chosen == ("list on, reasons shown",)
    assert found.together == ("list on × reasons shown",)
    without = analyse_experiment(test, worth=0.005, planned_units=24_000, compare=["factors", "interactions"]).verdict
    assert "Combinations were not compared" in without.why[0]


def test_contaminated_units_are_said_with_the_verdict():
    frame = demo_experiment(0, units=2_000)
    again = frame.iloc[:100].assign(list=frame["list"].iloc[:100].map({"on": "off", "off": "on"}))
    both = np.concatenate([frame.to_numpy(), again.to_numpy()])
    mixed = type(frame)(both, columns=frame.columns)
    found = analyse_experiment(read_experiment(mixed, "customer", ["list", "reasons"], "bought"))
    assert found.test.left_out == {"units in two arms": 100}
    assert "5.0 % of the units were in two arms" in found.verdict.why[-1]


def test_a_level_that_is_none_is_refused():
    with pytest.raises(ConfigError):
        analyse_experiment(rates((10, 20), (100, 100)), level=95)
