"""The linear head: certified by Levenberg-Marquardt, and without each patient from the factor that it ends with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.optim.comparison import Table
from benchmarks.recommendation.goals import Goal, asked
from benchmarks.rows import Measurement
from benchmarks.timing import measured
from casestudies.imaging.heads import linear
from casestudies.imaging.heads.head import log_loss
from casestudies.imaging.heads.layers import Floats
from casestudies.imaging.heads.linear import Given
from casestudies.optim import Steps, Suboptimality, minimise
from casestudies.optim.methods import LevenbergMarquardt
from casestudies.optim.methods.levenberg import LevenbergState
from casestudies.optim.removal import without_groups

TEXT = (
    "Features drawn at random (correlated normal ones, some of 900 patients with more than one image), a logistic outcome. Ours is "
    "the head's own objective, solver and tolerance (`imaging.heads.linear`); the least CPU seconds of five solves from zero, one "
    "thread. scikit-learn's newton-cholesky is the same method, tol 1e-10; objectives are in nats a row, penalty included, the "
    "gradient is its largest entry a row. Without each patient: `optim.removal.without_groups` from the factor of the solve, beside "
    "a refit without each of the 900 patients by scikit-learn, at the same penalty; errors are between margins of the rows left out. "
    "What is approximated is the second and further Newton steps without a patient, so the error is of second order in what the patient "
    "moves. scikit-learn is as quick at the fit itself: nobody needs us for the seconds of a linear head. "
)
PATIENTS, ROWS, COLUMNS = 900, 2000, 200
_RIDGES = (1e-3, 1e-2, 1e-1)  # of those that the head tries
_REPEATS = 5


@dataclass(frozen=True)
class _Line:
    """ridge, and what both did; see the table."""

    ridge: float
    steps: int
    cpu: float
    gradient: float
    peer: float
    gap: float
    left: float
    refits: float
    error: float
    typical: float
    moved: float


def measure(rows: int = ROWS, columns: int = COLUMNS, patients: int = PATIENTS) -> Measurement:
    given = _given(rows, columns, patients)
    lines = [_line(given, ridge) for ridge in _RIDGES]
    goals = [
        Goal("CPU s to the end of a solve, slowest ridge", max(one.cpu for one in lines), 0.05),
        Goal("gradient a row, largest", max(one.gradient for one in lines), 1e-9, form="{:.1e}"),
        Goal("objective against scikit-learn's, largest difference", max(one.gap for one in lines), 1e-10, form="{:.1e}"),
        Goal("without each patient: times cheaper than refits, least", min(one.refits / one.left for one in lines), 200,
             lower=False, form="{:.0f}"),
        *(Goal(f"without each patient: largest error, logit, ridge {one.ridge:g}", one.error, 0.02) for one in lines),
    ]  # fmt: skip
    return [asked("The head", goals), _table(lines, rows, columns, patients)], {}


def _given(rows: int, columns: int, patients: int) -> Given:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, columns)) @ (np.eye(columns) + rng.normal(size=(columns, columns)) / 20)
    X = (X - X.mean(0)) / X.std(0)
    y = (X @ rng.normal(size=columns) / 10 + rng.logistic(size=rows) > 0.5).astype(float)
    who = np.sort(np.concatenate([np.arange(patients), rng.integers(0, patients, rows - patients)]))
    return Given(X, y, np.ones(rows), who, rows)


def _line(given: Given, ridge: float) -> _Line:
    task, rows = linear.objective(given, ridge), len(given.y)

    def solve() -> LevenbergState:
        stop = (Suboptimality(linear.TIGHT), Steps(60))
        state: LevenbergState = minimise(task, LevenbergMarquardt(direct=linear.DIRECT), stop=stop).state
        return state

    state, cpu, _ = measured(solve, _REPEATS)
    theirs, peer, _ = measured(lambda: _sklearn(given.X, given.y, ridge * rows), _REPEATS)
    value = log_loss(given.X @ theirs[:-1] + theirs[-1], given.y) + 0.5 * ridge * float(theirs[:-1] @ theirs[:-1])
    left, seconds, _ = measured(lambda: without_groups(task, state, given.patient)[:, 0], 3)
    refitted, refits, _ = measured(lambda: _refitted(given, ridge * rows))
    own = given.X @ state.points[0].x[:-1] + state.points[0].x[-1]
    error = np.abs(left - refitted)
    return _Line(
        ridge,
        state.step,
        cpu,
        float(state.gradient_norm[0]) / rows,
        peer,
        abs(value - float(state.value[0]) / rows),
        seconds,
        refits,
        float(error.max()),
        float(np.median(error)),
        float(np.abs(refitted - own).max()),
    )


def _refitted(given: Given, penalty: float) -> Floats:
    """(rows,) margins, each by a fit of the others' patients."""
    margins = np.empty(len(given.y))
    for who in np.unique(given.patient):
        own = given.patient == who
        found = _sklearn(given.X[~own], given.y[~own], penalty)
        margins[own] = given.X[own] @ found[:-1] + found[-1]
    return margins


def _sklearn(X: Floats, y: Floats, penalty: float) -> Floats:
    """(columns + 1,) coefficients and intercept; penalty: on the sum over rows."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1 / penalty, solver="newton-cholesky", tol=1e-10, max_iter=200).fit(X, y)
    return np.append(model.coef_[0], model.intercept_)


def _table(lines: list[_Line], rows: int, columns: int, patients: int) -> Table:
    head = ["ridge", "steps", "ours, CPU ms", "gradient", "scikit-learn, CPU ms", "difference of objectives", "all left out, CPU ms",
            f"{patients} refits, CPU s", "times", "largest error", "median error", "largest move of a margin"]  # fmt: skip
    cells = [
        [
            f"{one.ridge:g}",
            str(one.steps),
            f"{1e3 * one.cpu:.0f}",
            f"{one.gradient:.0e}",
            f"{1e3 * one.peer:.0f}",
            f"{one.gap:.0e}",
            f"{1e3 * one.left:.1f}",
            f"{one.refits:.1f}",
            f"{one.refits / one.left:.0f}",
            f"{one.error:.4f}",
            f"{one.typical:.1e}",
            f"{one.moved:.2f}",
        ]
        for one in lines
    ]
    return {
        "caption": f"A linear head, {rows:,} rows, {columns} columns, {patients} patients",
        "head": head,
        "rows": cells,
    }
