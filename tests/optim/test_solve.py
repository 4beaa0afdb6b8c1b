import pickle

import numpy as np
import pytest

from casestudies.optim import (
    L2,
    Certificate,
    Dense,
    Logistic,
    NewtonCG,
    Objective,
    Reason,
    Steps,
    Suboptimality,
    minimise,
)


@pytest.fixture
def objective():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 4))
    y = (X[:, 0] + 0.3 * rng.normal(size=200) > 0.5).astype(float)
    return Objective(Dense(X), y, Logistic(), L2(np.array([1e3, 1.0, 1e-3]), np.arange(5) == 4), np.ones(200))


def test_a_solve_that_goes_on_is_the_solve_that_never_stopped(objective):
    whole = minimise(objective, NewtonCG())
    first = minimise(objective, NewtonCG(), stop=(Steps(2),))
    assert set(first.reasons) == {Reason.STEPS}
    saved = pickle.loads(pickle.dumps(first.state))
    rest = minimise(objective, NewtonCG(), saved, trace=first.trace)
    np.testing.assert_array_equal(rest.x, whole.x)
    for name in ("step", "problem", "passes", "value", "decrement", "products"):
        np.testing.assert_array_equal(rest.trace.columns()[name], whole.trace.columns()[name])


def test_problems_leave_the_block_when_they_are_done(objective):
    solution = minimise(objective, NewtonCG())
    steps = [len(solution.trace.of(k)["step"]) - 1 for k in range(3)]
    assert min(steps) < max(steps) == solution.state.step
    for k in range(3):
        rows = solution.trace.of(k)
        assert (rows["suboptimality"][:-1] > 1e-8).all()
        assert rows["suboptimality"][-1] == solution.certificate.suboptimality[k] <= 1e-8


def test_the_worst_reason_speaks_for_the_block(objective):
    solution = minimise(objective, NewtonCG(), stop=(Suboptimality(1e-3), Steps(3)))
    assert set(solution.reasons) == {Reason.CONVERGED, Reason.STEPS}
    assert solution.reasons[0] is Reason.CONVERGED
    assert solution.reason is Reason.STEPS


def test_the_first_rule_gives_the_reason(objective):
    assert minimise(objective, NewtonCG(), stop=(Steps(0), Suboptimality(np.inf))).reason is Reason.STEPS
    assert minimise(objective, NewtonCG(), stop=(Suboptimality(np.inf), Steps(0))).reason is Reason.CONVERGED


def test_a_start_at_the_optimum_is_seen_to_be_one(objective):
    best = minimise(objective, NewtonCG())
    again = minimise(objective, NewtonCG(), best.x)
    assert again.reason is Reason.CONVERGED
    assert again.state.step == 0
    np.testing.assert_allclose(again.x, best.x, rtol=1e-6, atol=1e-9)


def test_arrays_that_may_not_be_written_are_not(objective):
    start = np.zeros((5, 3))
    for array in (start, objective.y, objective.weights, objective.design.X):
        array.flags.writeable = False
    assert minimise(objective, NewtonCG(), start).reason is Reason.CONVERGED


def test_the_certificate_reads_as_a_sentence(objective):
    text = str(minimise(objective, NewtonCG()).certificate)
    assert text.startswith("within ")
    assert text.endswith("of the optimal value (half the Newton decrement)")


def test_the_trace_is_a_table_of_steps(objective):
    solution = minimise(objective, NewtonCG())
    table = solution.trace.columns()
    assert {len(column) for column in table.values()} == {len(solution.trace)}
    assert (np.diff(table["step"]) >= 0).all()
    assert (np.diff(table["passes"]) >= 0).all()
    first = solution.trace.of(1)
    np.testing.assert_array_equal(first["step"], np.arange(len(first["step"])))
    assert first["value"][0] == pytest.approx(200 * np.log(2))
    assert first["value"][-1] == solution.state.value[1]


def test_a_method_without_an_estimate_says_so():
    assert (
        str(Certificate(np.array([np.nan]), "no reason")) == "at an unknown distance from the optimal value (no reason)"
    )


def test_without_held_out_rows_the_best_point_is_the_last(objective):
    solution = minimise(objective, NewtonCG())
    assert solution.best is solution.x
