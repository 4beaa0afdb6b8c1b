"""Why squared error does not come back from a bad start: slopes, waiting times and first gradients by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

pytest.importorskip("torch")

from casestudies.lab import badstart
from casestudies.lab.badstart import COLUMNS, ROWS, from_bad, slopes, waiting
from casestudies.lab.invented import outcomes
from casestudies.lab.sections.badstart import start_told


@given(st.floats(-20, 20))
def test_slopes_are_the_derivatives(margin):
    h = 1e-5
    p = lambda z: 1 / (1 + np.exp(-z))  # noqa: E731
    entropy, squared = slopes(np.array([margin]))
    cross = lambda z: np.logaddexp(0, -z)  # noqa: E731
    square = lambda z: (p(z) - 1) ** 2 / 2  # noqa: E731
    assert entropy[0] == pytest.approx((cross(margin - h) - cross(margin + h)) / (2 * h), abs=1e-7)
    assert squared[0] == pytest.approx((square(margin - h) - square(margin + h)) / (2 * h), abs=1e-7)


@pytest.mark.parametrize("margin", [0.5, 2.0, 5.0, 9.0])
def test_waiting_is_the_integral_of_one_over_the_slope(margin):
    for place, time in enumerate(waiting(margin)):
        assert time == pytest.approx(quad(lambda z, k=place: 1 / slopes(np.array([z]))[k][0], -margin, 0)[0], rel=1e-6)


def test_the_first_gradients_are_those_by_hand():
    found = from_bad(far=6.0, steps=1)
    rows = outcomes(ROWS, COLUMNS, 0)
    between = rows.X[rows.y > 0].mean(axis=0) - rows.X[rows.y == 0].mean(axis=0)
    w = -6.0 * between / np.linalg.norm(between)
    X = np.column_stack([rows.X, np.ones(ROWS)])
    p = 1 / (1 + np.exp(-rows.X @ w))
    entropy = np.linalg.norm(X.T @ (p - rows.y) / ROWS)
    squared = np.linalg.norm(X.T @ ((p - rows.y) * p * (1 - p)) / ROWS)
    assert [one.slope for one in found.descents] == pytest.approx([entropy, squared])
    assert found.steeper == pytest.approx(entropy / squared)
    assert found.steeper > 50


def test_cross_entropy_arrives_and_squared_error_does_not():
    found = from_bad(far=8.0, steps=120)
    entropy, squared = found.descents
    assert entropy.reached(found.goal) < 40
    assert squared.reached(found.goal) is None
    assert squared.accuracy[-1] < 0.5
    assert "never came about in 120 steps" in start_told(found)


def test_from_a_fair_start_both_arrive():
    found = from_bad(far=1.0, steps=120)
    assert all(one.reached(found.goal) is not None for one in found.descents)
    assert "never" not in start_told(found)


def test_accuracy_at_the_start_is_that_of_the_wrong_direction():
    found = from_bad(far=3.0, steps=1)
    rows = outcomes(ROWS, COLUMNS, 0)
    between = rows.X[rows.y > 0].mean(axis=0) - rows.X[rows.y == 0].mean(axis=0)
    right = np.mean((rows.X @ between < 0) == (rows.y > 0))
    assert found.descents[0].accuracy[0] == pytest.approx(right)
    assert found.goal == pytest.approx(badstart.GOOD * (1 - right))
