"""Every penalty in the list against brute force: its proximal step, its measure of optimality, and its parts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.errors import ConfigError
from casestudies.optim.penalties import ALL_PENALTIES, L1, L2, Box, ElasticNet, NonNegative


def name(kind):
    return getattr(kind, "func", kind).__name__


penalties = pytest.mark.parametrize("kind", ALL_PENALTIES, ids=name)
numbers = st.floats(-5, 5)
# kinks and bounds are where it is hard
hard = st.sampled_from([-1.0, 0.0, 2.0]) | st.integers(-400, 400).map(lambda n: n / 100)


def lone(kind, strength):
    """One coefficient, one problem."""
    return kind(np.array([strength]), np.array([False]))


def price(kind, strength, w):
    """(points,) the price of one coefficient, at several points."""
    w = np.ravel(w)
    return kind(np.full(len(w), strength), np.array([False])).value(w[None, :])


@penalties
@given(v=numbers, strength=st.floats(0, 10), step=st.floats(0.01, 10))
def test_prox_is_the_minimiser_it_claims_to_be(kind, v, strength, step):
    penalty = lone(kind, strength)
    lower, upper = (bound.item() for bound in penalty.bounds())
    best, grid = 0.0, np.linspace(-1, 1, 2001)
    for zoom in (6.0, 1e-2, 1e-4):  # by brute force, then closer
        w = np.clip(best + zoom * grid, lower, upper)
        best = w[np.argmin(price(kind, strength, w) + (w - v) ** 2 / (2 * step))]
    assert penalty.prox(np.array([[v]]), np.array([step])).item() == pytest.approx(best, abs=1e-6)


@penalties
@given(w=hard, push=numbers, strength=st.floats(0, 10))
def test_residual_is_the_distance_to_the_subdifferential(kind, w, push, strength):
    residual = lone(kind, strength).residual(np.array([[w]]), np.array([[push]])).item()
    here = price(kind, strength, w).item()
    if np.isinf(here):
        assert residual == np.inf
        return
    # a subgradient is the slope of a line through w with no point of the price below it
    away = np.logspace(-7, 1, 50)
    lowest = ((here - price(kind, strength, w - away)) / away).max()
    highest = ((price(kind, strength, w + away) - here) / away).min()
    assert residual == pytest.approx(max(0.0, lowest + push, -push - highest), abs=1e-5)


@penalties
@given(v=st.tuples(numbers, numbers, numbers), strength=st.floats(0, 10), step=st.floats(0.01, 10))
def test_nothing_is_left_after_a_proximal_step(kind, v, strength, step):
    penalty = kind(np.full(3, strength), np.array([False, True]))
    V = np.array([v, v[::-1]])
    W = penalty.prox(V, np.full(3, step))
    np.testing.assert_allclose(penalty.residual(W, (W - V) / step), 0, atol=1e-9)
    np.testing.assert_array_equal(W[1], V[1])


@penalties
@given(w=numbers, other=numbers, strength=st.floats(0, 10))
def test_the_price_is_made_of_its_parts(kind, w, other, strength):
    penalty = kind(np.array([strength]), np.array([False, True]))
    W = np.array([[w], [other]])
    lower, upper = penalty.bounds()
    by_hand = (0.5 * penalty.quadratic() * W**2 + penalty.kinks() * np.abs(W)).sum(0)
    within = ((lower <= W) & (upper >= W)).all()
    assert penalty.value(W).item() == (pytest.approx(by_hand.item(), rel=1e-12) if within else np.inf)
    smooth = not penalty.kinks().any() and np.isinf(lower).all() and np.isinf(upper).all()
    assert smooth or not penalty.smooth


@penalties
def test_the_flag_says_whether_the_price_is_smooth(kind):
    step, w = 1e-6, np.array([-1.0, 0.0, 0.5, 2.0])
    w = w[np.isfinite(price(kind, 1.0, w))]
    low, here, high = (price(kind, 1.0, w + side) for side in (-step, 0.0, step))
    jumps = np.abs(low + high - 2 * here) / step
    assert (jumps.max() < 1e-4) == kind(np.ones(1), np.array([False])).smooth


@penalties
def test_free_columns_cost_nothing_and_strengths_belong_to_problems(kind):
    W = np.array([[1.0, 1.0, 1.0], [-1e6, -1e6, -1e6]])
    penalty = kind(np.array([0.0, 1.0, 3.0]), np.array([False, True]))
    assert penalty.value(W)[0] == 0
    assert penalty.value(W)[2] == pytest.approx(3 * penalty.value(W)[1])
    assert penalty.value(W)[2] > 0
    np.testing.assert_array_equal(penalty.prox(W, np.ones(3))[1], W[1])
    np.testing.assert_array_equal(penalty.residual(W, W)[1], np.abs(W[1]))
    for part in (penalty.quadratic(), penalty.kinks()):
        np.testing.assert_array_equal(part[1], 0)
    lower, upper = penalty.bounds()
    assert (lower[1] == -np.inf).all()
    assert (upper[1] == np.inf).all()
    assert all(part.shape == W.shape for part in (penalty.quadratic(), penalty.kinks(), lower, upper))


@penalties
def test_selected_problems_keep_their_price(kind):
    rng = np.random.default_rng(0)
    W, some = rng.uniform(0, 1, (4, 3)), np.array([2, 0])
    penalty = kind(np.array([0.0, 1.0, 3.0]), np.arange(4) == 3)
    part = penalty.select(some)
    np.testing.assert_array_equal(part.value(W[:, some]), penalty.value(W)[some])
    np.testing.assert_array_equal(part.prox(-W[:, some], np.ones(2)), penalty.prox(-W, np.ones(3))[:, some])
    np.testing.assert_array_equal(part.residual(W[:, some], -W[:, some]), penalty.residual(W, -W)[:, some])


@penalties
def test_classes_are_priced_like_problems(kind):
    rng = np.random.default_rng(1)
    strength, free, step = np.array([0.5, 2.0]), np.arange(4) == 3, np.array([0.3, 1.0])
    W, G = rng.uniform(0, 1, (4, 2, 3)), rng.normal(size=(4, 2, 3))
    penalty = kind(strength, free)
    each = kind(np.repeat(strength, 3), free)
    flat = 4, 6
    np.testing.assert_allclose(penalty.value(W), each.value(W.reshape(flat)).reshape(2, 3).sum(1), rtol=1e-14)
    np.testing.assert_array_equal(penalty.prox(G, step).reshape(flat), each.prox(G.reshape(flat), step.repeat(3)))
    np.testing.assert_array_equal(penalty.residual(W, G).reshape(flat), each.residual(W.reshape(flat), G.reshape(flat)))
    np.testing.assert_array_equal(penalty.strongest(G), each.strongest(G.reshape(flat)).reshape(2, 3).max(1))


@penalties
@given(pulls=st.lists(st.floats(-5, 5, allow_subnormal=False), min_size=3, max_size=3))
def test_from_the_strongest_on_nothing_but_zero_is_optimal(kind, pulls):
    G, W, free = np.array([pulls]).T, np.zeros((3, 1)), np.array([False, False, True])
    strongest = kind(np.ones(1), free).strongest(G)
    if np.isfinite(strongest):
        np.testing.assert_allclose(kind(strongest, free).residual(W, G)[:2], 0, atol=1e-12)
    if strongest > 0:
        weaker = kind(np.minimum(0.999 * strongest, 1e6), free)
        assert weaker.residual(W, G)[:2].max() > 0


def test_the_prices_are_the_published_ones():
    strength, free, W = np.array([3.0]), np.array([False, False]), np.array([[2.0], [-1.0]])
    assert L2(strength, free).value(W) == pytest.approx(3 / 2 * (4 + 1))
    assert L1(strength, free).value(W) == pytest.approx(3 * (2 + 1))
    # scikit-learn: alpha · l1_ratio · |w| + alpha · (1 - l1_ratio)/2 · w²
    assert ElasticNet(strength, free, 0.25).value(W) == pytest.approx(3 * 0.25 * 3 + 3 * 0.75 / 2 * 5)
    assert Box(strength, free, lower=-2.0, upper=2.0).value(W) == pytest.approx(3 / 2 * (4 + 1))
    assert NonNegative(strength, free).value(W) == np.inf


def test_the_strongest_is_the_one_of_scikit_learn():
    alpha_max = pytest.importorskip("sklearn.linear_model").lasso_path
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(50, 6)), rng.normal(size=50)
    G = -(X.T @ y)[:, None] / 50
    alphas, _, _ = alpha_max(X, y)
    assert L1(np.ones(1), np.zeros(6, bool)).strongest(G).item() == pytest.approx(alphas[0], rel=1e-12)
    half = ElasticNet(np.ones(1), np.zeros(6, bool), 0.5).strongest(G).item()
    assert half == pytest.approx(2 * alphas[0], rel=1e-12)


def test_bounds_and_proportions_may_differ_by_column_and_by_problem():
    box = Box(
        np.zeros(2), np.array([False, False, True]), 0.0, np.array([-1.0, 0.0, 5.0]), np.array([np.inf, 1.0, 4.0])
    )
    W = box.prox(np.full((3, 2), -9.0), np.ones(2))
    np.testing.assert_array_equal(W, [[-1, -1], [0, 0], [-9, -9]])
    net = ElasticNet(np.array([1.0, 2.0]), np.array([False]), np.array([0.0, 1.0]))
    np.testing.assert_array_equal(net.kinks(), [[0, 2]])
    np.testing.assert_array_equal(net.quadratic(), [[1, 0]])
    np.testing.assert_array_equal(net.select(np.array([1])).kinks(), [[2]])
    np.testing.assert_array_equal(net.strongest(np.array([[3.0, 3.0]])), [np.inf, 3])


@penalties
@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_a_strength_that_is_no_price_is_refused(kind, bad):
    with pytest.raises(ConfigError) as caught:
        kind(np.array([1.0, bad]), np.array([False]))
    assert str(caught.value).startswith("penalty of problem 2: the strength")


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [
        (ElasticNet, (1.5,), "l1_ratio is 1.5 for 2 problems; give one share from 0 (L2) to 1 (L1)"),
        (ElasticNet, (np.nan,), "l1_ratio is nan"),
        (ElasticNet, (np.array([0.5, 0.5, 0.5]),), "l1_ratio is [0.5 0.5 0.5] for 2 problems"),
        (Box, (0.0, 1.0, -1.0), "bounds of column 1: no number lies between 1.0 and -1.0"),
        (Box, (0.0, np.nan, 1.0), "bounds of column 1: no number lies between nan and 1.0"),
        (
            Box,
            (0.0, -np.inf, np.array([1.0, -np.inf, 1.0])),
            "bounds of column 2: no number lies between -inf and -inf",
        ),
        (Box, (0.0, np.zeros(2), 1.0), "bounds of shapes (2,) and () for 3 columns"),
    ],
)
def test_arguments_that_make_no_penalty_are_refused(kind, arguments, words):
    with pytest.raises(ConfigError) as caught:
        kind(np.ones(2), np.zeros(3, bool), *arguments)
    assert str(caught.value).startswith(words)
