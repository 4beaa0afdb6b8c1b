import numpy as np
import pytest

from casestudies.optim.functions import Function
from casestudies.optim.methods import LBFGS, NonlinearCG, Torch, TrustNewton
from casestudies.optim.reasons import Reason
from casestudies.optim.walks import walk

BOWL = Function(lambda x: 0.5 * (x[0] - 3) ** 2 + 2 * x[1] ** 2)
START = [0.0, 1.0]


@pytest.mark.parametrize("method", [NonlinearCG(), LBFGS(), TrustNewton(), Torch("gd", 0.2)])
def test_points_go_from_the_start_to_the_solution_and_have_their_values(method):
    way = walk(BOWL, method, START, least=0.0)
    np.testing.assert_array_equal(way.points[0], START)
    np.testing.assert_array_equal(way.points[-1], way.solution.x[:, 0])
    np.testing.assert_allclose(way.values, 0.5 * (way.points[:, 0] - 3) ** 2 + 2 * way.points[:, 1] ** 2, atol=1e-15)
    assert (np.diff(way.evaluations) > 0).all()
    assert len(way.points) == len(way.values) == len(way.evaluations)
    assert way.solution.reason is Reason.CONVERGED


def test_gradient_descent_walks_as_its_closed_form_says():
    way = walk(BOWL, Torch("gd", 0.2), START, steps=12)
    steps = np.arange(13)
    closed = np.column_stack([3 - 3 * 0.8**steps, (1 - 0.2 * 4) ** steps])
    np.testing.assert_allclose(way.points, closed, atol=1e-14)
    np.testing.assert_array_equal(way.evaluations, steps)


def test_iterations_within_a_step_are_points_too():
    way = walk(Function(lambda x: 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2), LBFGS(), [-1.2, 1.0], least=0.0)
    assert len(way.points) > 20 > way.solution.state.step
    assert (np.diff(way.values) < 0).all()


def test_every_value_and_gradient_counts():
    calls = 0

    def rule(x):
        nonlocal calls
        calls += 1
        return ((x - 1) ** 4).sum()

    way = walk(Function(rule), NonlinearCG(), START, steps=5)
    assert way.evaluations[-1] <= calls - len(way.points)  # those are for `values`
    assert way.evaluations[-1] >= way.solution.state.passes
