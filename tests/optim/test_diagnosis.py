import numpy as np
import pytest

from casestudies.optim import L2, Dense, Logistic, NewtonCG, Objective, Steps, Suboptimality, diagnose, minimise


def solve(X, y, strengths=(1.0,), tolerance=1e-8, steps=100, method=None):
    free = np.arange(X.shape[1] + 1) == X.shape[1]
    objective = Objective(Dense(X), y, Logistic(), L2(np.array(strengths), free), np.ones(len(y)))
    solution = minimise(objective, method or NewtonCG(), stop=(Suboptimality(tolerance), Steps(steps)))
    return solution, {finding.code: finding for finding in diagnose(solution.trace, solution)}


@pytest.fixture
def ordinary():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3))
    return X, (rng.random(200) < 1 / (1 + np.exp(-X[:, 0]))).astype(float)


def test_a_fit_with_nothing_wrong_has_no_findings(ordinary):
    assert solve(*ordinary)[1] == {}


def test_too_few_steps_are_reported_with_the_distance_that_is_left(ordinary):
    solution, found = solve(*ordinary, steps=2)
    finding = found["not_converged"]
    assert str(solution.reason) in finding.what
    assert f"after 2 steps the value is an estimated {solution.certificate.suboptimality[0]:.1e}" in finding.evidence
    assert "Allow more steps" in finding.advice


def test_separated_outcomes_are_reported_and_the_penalty_keeps_the_coefficients_finite():
    X = np.linspace(-1, 1, 30)[:, None]
    solution, found = solve(X, (X[:, 0] > 0.2).astype(float))
    assert "separable" in found
    assert "wrong side" in found["separable"].evidence
    assert np.abs(solution.x).max() < 20


def test_separation_is_found_without_a_penalty_too():
    X = np.linspace(-1, 1, 30)[:, None]
    _, found = solve(X, (X[:, 0] > 0.2).astype(float), strengths=(0.0,), steps=40)
    assert {"separable", "not_converged"} <= set(found)


def test_one_row_on_the_wrong_side_is_no_separation():
    X = np.linspace(-1, 1, 30)[:, None]
    y = (X[:, 0] > 0.2).astype(float)
    y[0] = 1
    assert "separable" not in solve(X, y)[1]


def test_columns_without_any_information_are_no_separation():
    assert solve(np.zeros((10, 1)), np.arange(10) % 2.0)[1] == {}


def test_nearly_equal_columns_are_reported_when_the_penalty_does_not_decide(ordinary):
    X, y = ordinary
    twins = np.hstack([X, X[:, :1] + 1e-6 * np.random.default_rng(1).normal(size=(200, 1))])
    assert "fold between directions" in solve(twins, y, strengths=(1e-9,))[1]["ill_conditioned"].evidence
    assert "ill_conditioned" not in solve(twins, y, strengths=(1.0,))[1]


def test_columns_that_merely_go_together_are_no_finding(ordinary):
    X, y = ordinary
    akin = np.hstack([X, X[:, :1] + 1e-2 * np.random.default_rng(1).normal(size=(200, 1))])
    assert solve(akin, y, strengths=(1e-9,))[1] == {}


def test_without_a_factorisation_the_work_of_a_step_is_the_evidence():
    rng = np.random.default_rng(0)
    X = np.cumsum(rng.normal(size=(400, 300)), axis=1)
    y = (rng.random(400) < 0.4).astype(float)
    _, found = solve(X, y, strengths=(1e-3,), method=NewtonCG(dense_columns=0))
    assert "conjugate-gradient products" in found["ill_conditioned"].evidence


def test_a_block_says_how_many_problems_are_affected(ordinary):
    X, y = ordinary
    _, found = solve(X, y, strengths=(1.0, 1e3, 1e6), tolerance=1e-4, steps=2)
    assert found["not_converged"].evidence.endswith("of 3 problems)")
