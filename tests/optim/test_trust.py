import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from casestudies.errors import ConfigError
from casestudies.optim.functions import Function, point
from casestudies.optim.methods import TrustNewton
from casestudies.optim.methods.trust import NewtonPoint, _lowest
from casestudies.optim.reasons import Reason
from casestudies.optim.saving import load, save
from casestudies.optim.solve import minimise
from casestudies.optim.stopping import Steps, Suboptimality


def saddle(x):
    return x[0] ** 2 - x[1] ** 2 + x[1] ** 4


def valley(x):
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), radius=st.floats(0.01, 100), hard=st.booleans())
def test_the_step_is_the_lowest_of_many_points_within_the_radius(seed, radius, hard):
    rng = np.random.default_rng(seed)
    curvatures, slopes = np.sort(rng.normal(size=3)), rng.normal(size=3)
    if hard:  # nothing pulls along the flattest axis
        slopes[0] = 0.0

    def height(moves):
        return moves @ slopes + 0.5 * moves**2 @ curvatures

    ours = _lowest(slopes, curvatures, radius)
    assert np.linalg.norm(ours) <= radius * (1 + 1e-8)
    tried = rng.normal(size=(4000, 3))
    tried *= (radius * rng.random(4000) ** (1 / 3) / np.linalg.norm(tried, axis=1))[:, None]
    edge = tried / np.linalg.norm(tried, axis=1)[:, None] * radius
    least = min(height(tried).min(), height(edge).min())
    assert height(ours) <= least + 1e-9 * (1 + abs(least))


@pytest.mark.parametrize("start", [[1.0, 0.0], [0.0, 0.0], [2.0, -0.01]])
def test_saddles_are_left_even_from_their_very_top(start):
    solved = minimise(Function(saddle), TrustNewton(), point(start), stop=(Suboptimality(1e-12), Steps(50)))
    np.testing.assert_allclose(np.abs(solved.x[:, 0]), [0, np.sqrt(0.5)], atol=1e-6)
    assert solved.state.value[0] == pytest.approx(-0.25)
    assert solved.reason is Reason.CONVERGED


def test_with_no_leash_it_is_newton_as_in_the_books_and_goes_to_the_saddle():
    state, x = TrustNewton(np.inf).start(Function(saddle), point([1.0, 0.3])), np.array([1.0, 0.3])
    for _ in range(5):
        state = TrustNewton(np.inf).step(Function(saddle), state, np.array([0]))
        x = x - np.array([2 * x[0], -2 * x[1] + 4 * x[1] ** 3]) / np.array([2, -2 + 12 * x[1] ** 2])
        np.testing.assert_allclose(state.x[:, 0], x, atol=1e-12)
    np.testing.assert_allclose(state.x[:, 0], 0, atol=1e-6)
    assert not np.isfinite(state.suboptimality[0])


def test_it_arrives_in_a_curved_valley():
    solved = minimise(Function(valley), TrustNewton(), point([-1.2, 1.0]))
    np.testing.assert_allclose(solved.x[:, 0], 1, atol=1e-6)
    values = solved.trace.columns()["value"]
    assert (np.diff(values) <= 0).all()
    assert solved.state.step < 40


def test_a_solve_that_goes_on_is_the_solve_that_never_stopped(tmp_path):
    whole = minimise(Function(valley), TrustNewton(), point([-1.2, 1.0]))
    part = minimise(Function(valley), TrustNewton(), point([-1.2, 1.0]), stop=(Steps(9),))
    save(tmp_path / "state.npz", part.state)
    rest = minimise(Function(valley), TrustNewton(), load(tmp_path / "state.npz", NewtonPoint))
    np.testing.assert_array_equal(rest.x, whole.x)
    assert rest.state.passes == whole.state.passes


def test_a_step_out_of_the_function_is_not_taken():
    solved = minimise(Function(lambda x: x[0] - torch.log(x[0])), TrustNewton(50.0), point([0.01]))
    np.testing.assert_allclose(solved.x, 1, atol=1e-4)


def test_a_radius_of_nothing_is_refused():
    with pytest.raises(ConfigError, match="radius is 0; give a distance above 0"):
        TrustNewton(0)
