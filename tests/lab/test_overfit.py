"""Fits by degree against least squares and ridge in closed form; networks and their switches."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.polynomial import Polynomial
from numpy.polynomial.legendre import legvander

pytest.importorskip("torch")

from casestudies.lab.invented import wave
from casestudies.lab.overfit import DEGREES, HELD_OUT, ROWS, Switches, by_degree, network
from casestudies.lab.sections.overfit import degrees_told, network_told


@pytest.fixture(scope="module")
def free():
    return by_degree()


@pytest.fixture(scope="module")
def plain():
    return network(Switches(), "left to itself")


def test_without_a_penalty_it_is_least_squares(free):
    table, others = wave(ROWS, 0.3, 0), wave(HELD_OUT, 0.3, 1_000)
    for n in (0, 3, 6):
        peer = Polynomial.fit(table.X[:, 0], table.y, DEGREES[n])
        assert free.fitted[n] == pytest.approx(np.mean((peer(table.X[:, 0]) - table.y) ** 2), rel=1e-6)
        assert free.others[n] == pytest.approx(np.mean((peer(others.X[:, 0]) - others.y) ** 2), rel=1e-4)
        assert free.curves[n] == pytest.approx(peer(free.places), rel=1e-3, abs=1e-4)
    assert (np.diff(free.fitted) < 1e-9).all()


def test_with_l2_it_is_ridge():
    table = wave(ROWS, 0.3, 0)
    found = by_degree(penalty="l2", strength=0.5)
    for n in (2, 8):
        X = legvander(table.X[:, 0], DEGREES[n])
        price = np.diag([0.0, *[0.5] * DEGREES[n]])
        w = np.linalg.solve(X.T @ X + price, X.T @ table.y)
        assert found.fitted[n] == pytest.approx(np.mean((X @ w - table.y) ** 2), rel=1e-6)


def test_l1_holds_the_variance_of_high_degrees_down(free):
    held = by_degree(penalty="l1", strength=0.3)
    assert held.variance[-1] < free.variance[-1] / 10


def test_bias_falls_and_variance_grows(free):
    assert free.bias[0] > 10 * free.variance[0]
    assert free.variance[-1] > 10 * free.bias[-1]
    assert 3 <= free.best <= 5  # sin is odd: degree 3 is the first that bends twice
    said = degrees_told(free)
    assert f"best at degree {free.best}" in said
    assert "the other way round" in said


def test_variance_of_a_line_is_the_textbooks():
    """Of least squares: noise times the trace of the hat matrix over the places, whatever the truth."""
    found = by_degree(noise=0.5)
    X = legvander(wave(ROWS, 0.5, 0).X[:, 0], 1)
    there = legvander(found.places, 1)
    exact = 0.25 * np.mean(np.sum(there @ np.linalg.inv(X.T @ X) * there, axis=1))
    assert found.variance[0] == pytest.approx(exact, rel=0.8)  # over 12 tables: 2 parameters, 22 degrees of freedom


def test_a_network_left_to_itself_learns_by_heart_and_is_told_so(plain):
    assert [one.code for one in plain.findings] == ["overfit"]
    assert plain.learnt[-1] < plain.learnt[plain.best]
    assert plain.held_out[-1] > 1.2 * plain.held_out[plain.best]
    assert plain.kept == len(plain.learnt) - 1


def test_early_stopping_keeps_the_best_network_met(plain):
    held = network(Switches(patience=20), "early stopping")
    assert held.kept == held.best == plain.best
    assert np.array_equal(held.held_out, plain.held_out[: len(held.held_out)])
    assert len(held.held_out) - 1 == held.best + 20
    others = wave(HELD_OUT, 0.3, 1_000)
    near = np.interp(others.X[:, 0], held.places, held.curve)
    assert np.mean((near - others.y) ** 2) == pytest.approx(held.held_out[held.best], rel=0.05)
    assert f"{plain.held_out[-1] - held.held_out[held.kept]:.3g} less" in network_told(plain, held)


@pytest.mark.parametrize("switch", [{"l1": 0.005}, {"l2": 3.0}, {"dropout": 0.3}])
def test_each_switch_keeps_it_from_the_rows(plain, switch):
    assert network(Switches(**switch)).learnt[-1] > 1.3 * plain.learnt[-1]


def test_one_unit_cannot_follow_the_wave(plain):
    assert network(Switches(width=1)).learnt.min() > 3 * plain.learnt[-1]
