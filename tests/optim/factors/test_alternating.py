"""Whole-data squared loss: the Gram trick, one sweep, and what the loop makes of it."""

import dataclasses

import numpy as np
import pytest

from casestudies.errors import ConfigError, DataError
from casestudies.optim import Asked, Patience, Reason, Steps, Trace, diagnose, load, minimise, save
from casestudies.optim.factors.alternating import AlternatingSquares, AlternatingState
from casestudies.optim.factors.whole import WholeObjective

SHAPE, FACTORS = (40, 30), 5
SETTINGS = {"factors": FACTORS, "ridge": 0.02, "unobserved": 0.2}


def table(seed=0, share=0.2, shape=SHAPE):
    """Cells of a table in which half of the users like one half of the items, by row, and their weights."""
    rng = np.random.default_rng(seed)
    alike = (np.arange(shape[0]) % 2)[:, None] == (np.arange(shape[1]) % 2)
    user, item = np.nonzero(rng.random(shape) < np.where(alike, 1.7 * share, 0.3 * share))
    return user.astype(np.int32), item.astype(np.int32), rng.uniform(0.5, 3.0, len(user)).astype(np.float32)


def objective(weighted=True, **changes):
    user, item, weight = table()
    return WholeObjective(user, item, weight if weighted else None, SHAPE, **(SETTINGS | changes))


def dense_loss(x, o):
    """The definition, every cell of the table written down."""
    P, Q = np.split(x.reshape(-1, o.factors), [o.shape[0]])
    scores = P @ Q.T
    seen = np.zeros(o.shape)
    np.add.at(seen, (o.user, o.item), o.weights)
    rows = (seen.sum(1) + o.unobserved * o.shape[1]) ** o.scale
    columns = (seen.sum(0) + o.unobserved * o.shape[0]) ** o.scale
    cells = (seen * (1 - scores) ** 2).sum() + o.unobserved * (scores**2).sum()
    return cells + o.ridge * (rows @ (P**2).sum(1) + columns @ (Q**2).sum(1))


def exact_users(o, items):
    """Each user by the normal equations over all cells, in double precision."""
    Q = items.astype(np.float64)
    out = np.empty((o.shape[0], o.factors))
    for user in range(o.shape[0]):
        seen, weight = o.item[o.user == user], o.weights[o.user == user].astype(np.float64)
        A = o.unobserved * Q.T @ Q + (Q[seen] * weight[:, None]).T @ Q[seen]
        A += o.ridge * (weight.sum() + o.unobserved * o.shape[1]) ** o.scale * np.eye(o.factors)
        out[user] = np.linalg.solve(A, weight @ Q[seen])
    return out


@pytest.mark.parametrize("scale", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("weighted", [True, False])
def test_the_value_is_the_loss_over_every_cell_of_the_table(scale, weighted):
    o = objective(weighted, scale=scale)
    for state in (AlternatingSquares().start(o, None), minimise(o, AlternatingSquares(3)).state):
        assert state.value[0] == pytest.approx(dense_loss(state.x, o), rel=1e-5)


def test_the_gradient_norm_is_the_slope_of_the_dense_loss():
    o = objective()
    state = minimise(o, AlternatingSquares(2, products=2)).state
    slopes = []
    for entry in range(len(state.x)):
        step = np.zeros_like(state.x)
        step[entry] = 1e-4
        slopes.append((dense_loss(state.x + step, o) - dense_loss(state.x - step, o)) / 2e-4)
    assert state.gradient_norm[0] == pytest.approx(np.abs(slopes).max(), rel=1e-3)


@pytest.mark.parametrize("scale", [0.0, 1.0])
def test_as_many_products_as_factors_solve_every_row_exactly(scale):
    o = objective(scale=scale)
    start = AlternatingSquares().start(o, None)
    users, slope, _ = o.descended(o.users, start.users, start.items, 2 * FACTORS)
    np.testing.assert_allclose(users, exact_users(o, start.items), atol=2e-5)
    assert np.abs(slope).max() < 1e-4


def test_few_products_a_sweep_end_where_exact_solves_do():
    o = objective()
    rough, exact = (minimise(o, AlternatingSquares(300, products=n)).state for n in (1, 2 * FACTORS))
    assert rough.value[0] == pytest.approx(exact.value[0], rel=1e-4)


def test_the_value_falls_with_every_sweep_and_ends_where_precision_does():
    solution = minimise(objective(), AlternatingSquares(500), stop=())
    values = solution.trace.columns()["value"]
    assert (np.diff(values) <= 2e-6 * values[:-1]).all()
    assert solution.reason is Reason.STALLED
    assert solution.state.gradient_norm[0] < 0.05


def test_planted_tastes_are_found():
    o = objective(factors=2)
    state = minimise(o, AlternatingSquares(20)).state
    scores = state.users @ state.items.T
    alike = (np.arange(SHAPE[0]) % 2)[:, None] == (np.arange(SHAPE[1]) % 2)
    assert scores[alike].mean() > 3 * abs(scores[~alike].mean())


def test_a_weight_of_two_is_the_cell_twice():
    user, item, _ = table()
    twice = np.concatenate([user, user[:50]]), np.concatenate([item, item[:50]])
    weight = np.ones(len(user), np.float32)
    weight[:50] = 2.0
    one = minimise(WholeObjective(user, item, weight, SHAPE, **SETTINGS), AlternatingSquares(4)).state
    other = minimise(WholeObjective(*twice, None, SHAPE, **SETTINGS), AlternatingSquares(4)).state
    np.testing.assert_array_equal(one.users, other.users)


def test_the_order_of_the_cells_changes_nothing():
    user, item, weight = table()
    order = np.random.default_rng(1).permutation(len(user))
    one = minimise(WholeObjective(user, item, weight, SHAPE, **SETTINGS), AlternatingSquares(4)).state
    other = minimise(WholeObjective(user[order], item[order], weight[order], SHAPE, **SETTINGS), AlternatingSquares(4))
    np.testing.assert_array_equal(one.items, other.state.items)


def test_any_number_of_threads_gives_the_same_bits():
    user, item, weight = table(2, shape=(700, 500), share=0.05)
    states = [
        minimise(
            WholeObjective(user, item, weight, (700, 500), factors=9, threads=threads), AlternatingSquares(3)
        ).state
        for threads in (1, 2, 5)
    ]
    for state in states[1:]:
        np.testing.assert_array_equal(state.x, states[0].x)
        assert state.value == states[0].value


def test_rows_that_nothing_is_known_of_are_zero_however_long_it_runs():
    user, item, weight = table()
    o = WholeObjective(user, item, weight, (42, 33), **SETTINGS)
    for sweeps in (1, 100):  # the vectors of such rows shrink until squares are less than single precision holds
        state = minimise(o, AlternatingSquares(sweeps), stop=()).state
        assert not state.users[40:].any()
        assert not state.items[30:].any()
        assert np.isfinite(state.x).all()
    assert state.tables.users.shape == (42, FACTORS)
    assert not state.tables.item_bias.any()


def test_a_table_that_is_all_penalty_ends_at_zero():
    o = objective(ridge=30.0)
    state = minimise(o, AlternatingSquares(200), stop=()).state
    assert np.abs(state.x).max() < 1e-9
    assert state.value[0] == pytest.approx(o.weights.sum(), rel=1e-6)


def test_a_saved_solve_goes_on_as_if_it_had_never_stopped(tmp_path):
    o, method = objective(), AlternatingSquares(8)
    whole = minimise(o, method)
    half = minimise(o, method, stop=(Steps(4),))
    assert half.reason is Reason.STEPS
    assert half.state.step == 4
    save(tmp_path / "state.npz", half.state)
    resumed = load(tmp_path / "state.npz", AlternatingState)
    rest = minimise(o, method, resumed, trace=Trace.from_columns(half.trace.columns()))
    np.testing.assert_array_equal(rest.x, whole.x)
    np.testing.assert_array_equal(rest.trace.columns()["value"], whole.trace.columns()["value"])


def test_a_start_can_be_given_and_is_not_changed():
    o = objective()
    start = minimise(o, AlternatingSquares(3)).x
    kept = start.copy()
    again = minimise(o, AlternatingSquares(6), start)
    np.testing.assert_array_equal(start, kept)
    np.testing.assert_array_equal(again.x, minimise(o, AlternatingSquares(9)).x)
    with pytest.raises(DataError, match="the start must hold 350 finite numbers"):
        minimise(o, AlternatingSquares(), start[:-1])


def test_a_step_leaves_the_state_before_as_it_was():
    o, method = objective(), AlternatingSquares()
    state = method.start(o, None)
    kept = state.x.copy()
    method.step(o, state, np.array([0]))
    np.testing.assert_array_equal(state.x, kept)


def test_the_unit_of_the_weights_changes_nothing():
    user, item, weight = table()
    for_one, for_many = (
        minimise(
            WholeObjective(user, item, weight * unit, SHAPE, factors=FACTORS, ridge=0.02, unobserved=0.2 * unit),
            AlternatingSquares(4),
        ).state
        for unit in (1.0, 2.0**-20)
    )
    np.testing.assert_array_equal(for_one.x, for_many.x)


def test_rows_beyond_one_block_are_in_the_gram_matrix(monkeypatch):
    monkeypatch.setattr("casestudies.optim.factors.whole._BLOCK", 16)
    for threads in (1, 3):
        o = objective(threads=threads)
        state = minimise(o, AlternatingSquares(3)).state
        assert state.value[0] == pytest.approx(dense_loss(state.x, o), rel=1e-5)


def test_it_stops_when_asked_or_when_held_out_cells_get_worse():
    user, item, weight = table()
    held = np.arange(len(user)) % 5 == 0
    train = user[~held], item[~held], weight[~held]
    o = WholeObjective(*train, SHAPE, factors=10, ridge=1e-3, unobserved=0.1, held_out=(user[held], item[held]))
    assert minimise(o, AlternatingSquares(), stop=(Asked(lambda state: True),)).reason is Reason.CANCELLED
    solution = minimise(o, AlternatingSquares(200, products=9), stop=(Patience(5),))
    held_out = solution.trace.columns()["held_out_loss"]
    assert solution.reason is Reason.PATIENCE
    assert 0 < solution.state.best.step == int(np.argmin(held_out)) == len(held_out) - 6
    P, Q = np.split(solution.best.reshape(-1, 10), [SHAPE[0]])
    scores = P @ Q.T
    loss = np.mean((1 - scores[user[held], item[held]]) ** 2) + 0.1 * (scores**2).sum() / weight[~held].sum()
    assert held_out.min() == pytest.approx(loss, rel=1e-5)


def test_the_baseline_is_the_best_constant():
    o = objective()
    seen, cells = o.weights.sum(), np.prod(SHAPE)
    constants = np.linspace(0, 1, 10_001)
    losses = seen * (1 - constants) ** 2 + o.unobserved * cells * constants**2
    assert o.baseline == pytest.approx(losses.min(), rel=1e-6)
    assert diagnose((short := minimise(o, AlternatingSquares(40))).trace, short) == []


def test_too_strong_a_ridge_is_diagnosed_as_learning_nothing():
    user, item, weight = table()
    weak = WholeObjective(user, item, weight, SHAPE, factors=3, ridge=50.0, unobserved=100.0)
    solution = minimise(weak, AlternatingSquares(10))
    assert [finding.code for finding in diagnose(solution.trace, solution)] == ["underfit"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ridge": 0.0}, "ridge is 0.0; give ridge a finite number above 0"),
        ({"unobserved": -1.0}, "unobserved is -1.0; give unobserved a finite number above 0"),
        ({"scale": 3.0}, "scale is 3.0; give a number from 0 to 2"),
        ({"factors": 0}, "factors is 0; give factors a finite number above 0"),
        ({"user": np.zeros(0, np.int32)}, "there is no observed cell to learn from"),
        ({"item": np.full(len(table()[0]), 30)}, "item must hold .* numbers from 0 to 29"),
        ({"weight": np.zeros(len(table()[0]), np.float32)}, "weight must hold .* finite numbers above 0"),
        ({"weight": np.ones(3, np.float32)}, "weight must hold .* finite numbers above 0"),
    ],
)
def test_what_cannot_be_is_refused(changes, message):
    with pytest.raises((ConfigError, DataError), match=message):
        dataclasses.replace(objective(), **changes)


@pytest.mark.parametrize("setting", ["sweeps", "products", "spread"])
def test_settings_of_the_method_are_checked(setting):
    with pytest.raises(ConfigError, match=f"{setting} is 0"):
        AlternatingSquares(**{setting: 0})
