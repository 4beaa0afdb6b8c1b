"""Sets are projected onto exactly: against linear programmes, closed forms and the geometry itself."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from casestudies.errors import ConfigError
from casestudies.optim.constraints import Constraints, Rows
from casestudies.optim.projections import filled, shifted


def test_a_point_goes_to_the_simplex_as_by_the_published_example():
    # Wang and Carreira-Perpinan 2013, figure 1: the projection keeps the order and cuts the small ones off
    point = np.array([[0.5], [0.4], [0.3], [-1.0]])
    ones = np.ones_like(point)
    assert filled(point, 0 * ones, np.inf * ones, np.ones(1))[:, 0] == pytest.approx([13 / 30, 1 / 3, 7 / 30, 0])


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 8), st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_filling_gives_the_nearest_point_of_box_and_hyperplane(columns, seed, share):
    rng = np.random.default_rng(seed)
    low = rng.normal(size=(columns, 1))
    high = low + rng.choice([0.0, 0.3, 2.0], size=(columns, 1))
    total = low.sum(0) + share * (high - low).sum(0)
    Z = rng.normal(size=(columns, 1)) * 3
    x = filled(Z, low, high, total)
    assert x.sum() == pytest.approx(total[0], abs=1e-12)
    assert ((x >= low) & (x <= high)).all()
    # no point of the set lies on the far side: (z - x) · (p - x) <= 0 for every corner along each pair of columns
    for i, j in itertools.permutations(range(columns), 2):
        step = min(high[i, 0] - x[i, 0], x[j, 0] - low[j, 0])
        if step > 0:
            assert ((Z - x)[i, 0] - (Z - x)[j, 0]) * step <= 1e-10


@pytest.mark.parametrize(
    ("further", "reach"),
    [(None, 0.0), (None, 0.1), (None, 0.7), (0.0, 0.0), (0.0, 0.4), (0.08, 0.1), (0.08, 0.7), (0.08, 5.0)],
)
@pytest.mark.parametrize("seed", range(4))
def test_the_projection_onto_box_sum_and_ball_is_the_nearest_point(further, reach, seed):
    """further: how much more the point sums to than the centre; None = whatever it sums to."""
    rng = np.random.default_rng(seed)
    n = 5
    centre = np.minimum(rng.dirichlet(np.ones(n)), 0.5)
    total = None if further is None else float(centre.sum() + further)
    within = Constraints(
        np.zeros(n), np.full(n, 0.6), Rows.none(n), total=total, around=centre, reach=np.array([reach])
    )
    z = rng.normal(size=(n, 1))
    x = within.project(z)[:, 0]
    # twice the variables, up and down, make the ball linear; no point of the set is further along z - x than x is
    limits = [(0.0, max(0.6 - c, 0.0)) for c in centre] + [(0.0, max(c, 0.0)) for c in centre]
    along = np.concatenate([z[:, 0] - x, x - z[:, 0]])
    level = None if total is None else np.concatenate([np.ones(n), -np.ones(n)])[None]
    found = linprog(-along, np.ones((1, 2 * n)), [reach], level, None if total is None else [further], limits)
    assert (z[:, 0] - x) @ (x - centre) >= -found.fun - 1e-9
    assert np.abs(x - centre).sum() <= reach + 1e-12
    assert ((x >= 0) & (x <= 0.6)).all()
    assert total is None or x.sum() == pytest.approx(total, abs=1e-13)


def test_bounds_and_the_centre_are_met_to_the_last_bit():
    rng = np.random.default_rng(3)
    within = Constraints(
        np.zeros(30), np.full(30, 0.1), Rows.none(30), total=1.0, around=np.full(30, 1 / 30), reach=np.array([0.4])
    )
    x = within.project(rng.normal(size=(30, 20)))
    near = np.minimum(np.abs(x), np.abs(x - 0.1))
    assert ((near == 0) | (near > 1e-9)).all()
    still = np.abs(x - 1 / 30)
    assert ((still == 0) | (still > 1e-9)).all()
    assert (still == 0).any()
    assert (x == 0).any()


def test_a_projection_moves_no_point_that_is_inside():
    rng = np.random.default_rng(0)
    within = Constraints(
        np.zeros(6), np.full(6, 0.5), Rows.none(6), total=1.0, around=np.full(6, 1 / 6), reach=np.array([0.5])
    )
    inside = within.project(rng.normal(size=(6, 10)))
    assert within.project(inside) == pytest.approx(inside, abs=1e-15)


def test_sets_without_a_point_are_refused_with_the_numbers():
    ones = np.ones((3, 1))
    with pytest.raises(ConfigError, match="from 0 to 0.6, and it has to be 1"):
        filled(ones, 0 * ones, 0.2 * ones, np.ones(1))
    with pytest.raises(ConfigError, match="a change of at least 1, and 0.5 is allowed"):
        shifted(ones, -ones, ones, np.array([0.5]), np.array([1.0]))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"lower": np.array([0.0, 1.0]), "upper": np.array([1.0, 0.5])},
            "column 2: the lower bound 1 is above the upper 0.5",
        ),
        ({"around": np.zeros(2)}, "needs the point it is measured from"),
        ({"around": np.zeros(2), "reach": np.array([-1.0])}, "-1 is not a number from 0 up"),
        ({"rows": Rows.none(3)}, "constraints on 3 columns, bounds on 2"),
    ],
)
def test_constraints_that_make_no_sense_are_refused(given, words):
    usual = {"lower": np.zeros(2), "upper": np.ones(2), "rows": Rows.none(2)}
    with pytest.raises(ConfigError, match=words):
        Constraints(**(usual | given))


def test_rows_say_which_of_them_is_wrong():
    with pytest.raises(ConfigError, match="constraint 'sector': the row has numbers that are not finite"):
        Rows(("sector",), np.array([[1.0, np.nan]]), np.ones((1, 1)), np.zeros(1, bool))
