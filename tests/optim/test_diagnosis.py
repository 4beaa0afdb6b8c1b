from dataclasses import replace

import numpy as np
import pytest

from casestudies.optim import (
    L2,
    Dense,
    Logistic,
    NewtonCG,
    Objective,
    Steps,
    Suboptimality,
    Trace,
    diagnose,
    minimise,
)
from casestudies.optim.reasons import Reason


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


def test_the_work_of_a_step_is_evidence_too(ordinary):
    solution, found = solve(*ordinary)
    assert found == {}
    table = solution.trace.columns()
    table["products"][-2] = 250.0
    (finding,) = diagnose(Trace.from_columns(table), solution)
    assert finding.code == "ill_conditioned"
    assert "one step took 250 conjugate-gradient products" in finding.evidence


def test_a_block_says_how_many_problems_are_affected(ordinary):
    X, y = ordinary
    _, found = solve(X, y, strengths=(1.0, 1e3, 1e6), tolerance=1e-12, steps=1)
    assert found["not_converged"].evidence.endswith("(3 of 3 problems)")


def test_the_pace_of_the_last_steps_says_how_many_are_left(ordinary):
    solution, _ = solve(*ordinary)
    table = {name: np.resize(column, 6) for name, column in solution.trace.columns().items()}
    table |= {"step": np.arange(6.0), "problem": np.zeros(6)}
    table["suboptimality"] = np.array([np.inf, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5])
    (finding,) = diagnose(Trace.from_columns(table), replace(solution, reasons=(Reason.STEPS,)))
    assert "the last steps took off 1.0 decades each, at which pace 1e-08 is 3 more steps away" in finding.evidence


def curve(value, **figures):
    """The run of a method that measures nothing but these."""
    rows = len(value)
    blank = dict.fromkeys(
        ("seconds", "gradient_norm", "step_size", "decrement", "suboptimality", "products", "condition", "misfits"),
        np.full(rows, np.nan),
    )
    table = {"step": np.arange(rows), "problem": np.zeros(rows), "passes": np.arange(rows), "value": value}
    return Trace.from_columns({name: np.asarray(c, dtype=float) for name, c in (blank | table | figures).items()})


@pytest.fixture
def ended(ordinary):
    """A solution to hold a reason; its trace is not looked at."""
    return replace(solve(*ordinary)[0], reasons=(Reason.STEPS,))


FALLING = 0.1 + 0.6 * np.exp(-np.arange(41.0) / 4)


def test_a_curve_that_levels_off_has_no_findings(ended):
    assert diagnose(curve(FALLING), ended) == []
    assert diagnose(curve(FALLING, held_out_loss=FALLING + 0.05), ended) == []


def test_any_method_can_explode(ended):
    (finding,) = diagnose(curve(np.r_[FALLING[:20], 50.0]), ended)
    assert finding.code == "explosion"
    assert "step 20 took it from 0.1052 to 50" in finding.evidence
    (finding,) = diagnose(curve(np.r_[FALLING[:20], np.nan]), ended)
    assert finding.code == "explosion"


def test_any_method_can_overfit(ended):
    held_out = FALLING + 0.01 * np.maximum(0, np.arange(41) - 12)
    (finding,) = diagnose(curve(FALLING, held_out_loss=held_out), ended)
    assert finding.code == "overfit"
    assert f"best at step {held_out.argmin()} " in finding.evidence


def test_a_held_out_loss_that_only_wanders_is_not_overfit(ended):
    wander = 0.02 * np.random.default_rng(0).normal(size=41)
    assert diagnose(curve(FALLING, held_out_loss=FALLING + 0.2 + wander), ended) == []


def test_a_rate_that_was_brought_down_is_meant_to_end(ended):
    straight = np.linspace(1.0, 0.4, 21)
    assert [f.code for f in diagnose(curve(straight, rate=np.ones(21)), ended)] == ["not_converged"]
    assert diagnose(curve(straight, rate=np.r_[np.ones(20), 0.01]), ended) == []


def test_the_finding_counts_only_steps_that_were_taken(ended):
    assert diagnose(curve(np.array([0.7])), ended) == []
    assert diagnose(curve(np.array([0.7, 0.6])), ended) == []


def codes(trace, solution):
    return [finding.code for finding in diagnose(trace, solution)]


RISING = FALLING + 0.01 * np.maximum(0, np.arange(41) - 12)


def test_overfitting_that_early_stopping_dealt_with_is_no_finding(ended):
    stopped = replace(ended, reasons=(Reason.PATIENCE,))
    assert codes(curve(FALLING, held_out_loss=RISING), stopped) == []


def test_a_held_out_loss_that_jumps_to_and_fro_is_not_overfit(ended):
    step = np.arange(41)
    jumps = FALLING + 0.2 + np.where(step % 2, 0.05, -0.05) - 0.05 * (step == 20)
    assert jumps.argmin() == 20
    assert codes(curve(FALLING, held_out_loss=jumps), ended) == []


def test_rows_that_get_worse_together_are_not_overfit(ended):
    assert codes(curve(RISING, held_out_loss=RISING), ended) == []


def test_a_fit_that_is_still_coming_down_is_not_yet_called_underfit(ended):
    begun, done = np.linspace(0.72, 0.697, 21), 0.697 + 0.023 * np.exp(-np.arange(21.0))
    assert codes(curve(begun, baseline=np.full(21, 0.7)), ended) == ["not_converged"]
    assert codes(curve(done, baseline=np.full(21, 0.7)), ended) == ["underfit"]


def test_a_schedule_that_warms_up_is_no_plateau(ended):
    waits = np.r_[np.ones(12), FALLING]
    assert codes(curve(waits, rate=np.ones(53)), ended) == ["plateau"]
    assert codes(curve(waits, rate=np.r_[np.full(12, 0.01), np.ones(41)]), ended) == []


def test_dead_units_explain_gradients_that_do_not_arrive(ended):
    gradients = {"gradient_norm/0": np.zeros(41), "gradient_norm/2": np.ones(41)}
    assert codes(curve(FALLING, **gradients), ended) == ["vanishing_gradients"]
    assert codes(curve(FALLING, **gradients, **{"dead/1": np.ones(41)}), ended) == ["dead_units"]
    assert codes(curve(FALLING, **{"dead/1": np.full(41, 0.4)}), ended) == []


def test_a_trace_without_rows_has_nothing_to_say(ordinary):
    solution, _ = solve(*ordinary)
    assert diagnose(Trace(), solution) == []


def test_problems_that_did_not_move_after_a_resume_are_left_out(ordinary):
    solution, _ = solve(*ordinary, strengths=(1.0, 1e3), steps=1, tolerance=1e-12)
    table = solution.trace.columns()
    rest = Trace.from_columns({name: column[table["problem"] == 1] for name, column in table.items()})
    (finding,) = diagnose(rest, solution)
    assert finding.code == "not_converged"
