"""Keep, recalibrate or refit: the rule by hand, and that chance alone seldom moves it."""

import numpy as np
import pytest
from scipy.special import expit

from casestudies.decisions import CostMatrix, Rule
from casestudies.metrics import Interval
from casestudies.workflow.evaluated.outcomes import Outcomes
from casestudies.workflow.evaluated.told import told_of
from casestudies.workflow.evaluated.verdict import Evidence, Line, Power, verdict
from casestudies.workflow.settings import Interval as Coverage

RIGHT = Line(Interval(1.02, 0.9, 1.14), Interval(0.01, -0.1, 0.12))
NOTHING = Interval(0.001, -0.02, 0.02)


def power(then, now, low, high):
    return Power("AUC", then, now, 0.5, Interval(now - then, low, high))


HELD = power(0.80, 0.79, -0.04, 0.02)


def answer(power=HELD, line=RIGHT, saved=NOTHING, rows=2000, events=300):
    return verdict(Evidence(rows, events, "applications", power, line, saved))


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({}, "keep"),
        ({"power": power(0.80, 0.70, -0.15, -0.05)}, "refit"),  # a third of the power is gone
        ({"power": power(0.80, 0.79, -0.015, -0.005)}, "keep"),  # proven, and too small to matter
        ({"power": power(0.80, 0.75, -0.11, 0.01)}, "too few to say"),  # more than a third cannot be excluded
        ({"power": power(0.49, 0.60, 0.0, 0.2)}, "refit"),  # it never had any
        ({"line": Line(Interval(0.7, 0.6, 0.8), RIGHT.level)}, "recalibrate"),
        ({"line": Line(RIGHT.slope, Interval(0.4, 0.3, 0.5))}, "recalibrate"),
        ({"line": Line(RIGHT.slope, Interval(0.05, 0.03, 0.07))}, "keep"),  # proven, and too small to matter
        ({"line": Line(Interval(0.6, 0.05, 1.15), RIGHT.level)}, "too few to say"),
        (
            {"line": Line(Interval(0.3, -0.4, 0.9), Interval(0.1, -0.5, 0.7))},
            "recalibrate",
        ),  # wide, and off all the same
        ({"saved": Interval(0.05, 0.01, 0.09)}, "recalibrate"),  # only the cut
        ({"saved": Interval(0.01, 0.005, 0.015)}, "keep"),
        ({"line": None, "saved": None}, "keep"),
        ({"events": 19}, "too few to say"),
        ({"rows": 310, "events": 300}, "too few to say"),
        ({"rows": 19, "events": None}, "too few to say"),
        ({"power": power(0.8, 0.8, float("nan"), float("nan"))}, "too few to say"),
    ],
)
def test_the_rule(change, wanted):
    told = answer(**change)
    assert told.answer == wanted
    assert told.line.lower().startswith(wanted)
    assert told.line.endswith(".")
    assert "\n" not in told.line


def test_the_share_of_power_that_is_lost():
    lost = power(0.80, 0.71, -0.12, -0.06).lost
    assert (lost.value, lost.low, lost.high) == pytest.approx((0.3, 0.2, 0.4))


def test_recalibrating_says_what_it_would_save():
    off = Line(Interval(0.7, 0.6, 0.8), RIGHT.level)
    assert "saves 5.0 % of the cost (1.0 to 9.0)" in answer(line=off, saved=Interval(0.05, 0.01, 0.09)).line
    assert "is not shown: 1.0 % of the cost" in answer(line=off, saved=Interval(0.01, -0.01, 0.03)).line


def judged(rows, seed, shift=0.0, stretch=1.0, noise=0.0):
    """Rows whose event has the chance that is stated, unless it is shifted, stretched, or stated of something else."""
    random = np.random.default_rng(seed)
    z = random.normal(-1.0, 1.5, rows)
    y = (random.random(rows) < expit(z)).astype(float)
    stated = expit((z + noise * random.normal(size=rows)) * stretch + shift)
    costs = CostMatrix(fn=5, fp=1).on({}, rows)
    return Outcomes(y, stated, costs.act(stated), np.ones(rows), costs)


def said(then, now, rounds=200):
    how = Coverage(rounds=rounds)
    return told_of(then, now, Rule("bmr"), how, 0, unit="rows", money="EUR")["verdict"]["answer"]


def test_many_rows_tell_the_three_apart():
    then = judged(4000, 0)
    assert said(then, judged(4000, 1)) == "keep"
    assert said(then, judged(4000, 1, shift=0.6)) == "recalibrate"
    assert said(then, judged(4000, 1, stretch=2.0)) == "recalibrate"
    assert said(then, judged(4000, 1, noise=2.5)) == "refit"


def test_chance_alone_seldom_asks_for_action_and_few_rows_seldom_decide():
    then = judged(1500, 0)
    few = [said(then, judged(60, seed), 100) for seed in range(1, 21)]
    assert few.count("refit") + few.count("recalibrate") <= 3
    assert few.count("too few to say") >= 15
    many = [said(then, judged(1500, seed), 100) for seed in range(41, 53)]
    assert many.count("keep") >= 9
    assert many.count("refit") == 0


def test_the_log_odds_of_the_line_are_found():
    line = judged(20_000, 3, shift=-0.5, stretch=0.5).line(0.95)
    assert line.slope.low < 2.0 < line.slope.high
