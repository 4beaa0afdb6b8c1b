"""The functions of Moré, Garbow and Hillstrom by every method that takes them, and by SciPy's."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import OptimizeResult
from scipy.optimize import least_squares as scipy_least_squares
from scipy.optimize import minimize as scipy_minimize

from benchmarks.optim.comparison import Table
from benchmarks.optim.mgh import PROBLEMS, Local, Problem
from benchmarks.rows import Measurement
from casestudies.optim import Method, Steps, minimise
from casestudies.optim.functions import Function, point
from casestudies.optim.least_squares import least_squares
from casestudies.optim.methods import (
    LBFGS,
    NonlinearCG,
    TrustNewton,
    dai_yuan,
    fletcher_reeves,
    hestenes_stiefel,
    polak_ribiere,
)
from casestudies.optim.stopping import Reached

TEXT = (
    "38 problems of the 35 functions (the larger dimensions of three of them as well), from the standard start and from ten "
    "times as far out, with exact derivatives. Least: the published least value is reached within 1e-8 of itself, or of 0 "
    "where it is 0. Local: the end is another known minimum or limit, within 1e-5 of its value. A run may take 2,000 steps. "
    "Evaluations are values and gradients, each counted. Where we lose: first-order methods creep where curvatures differ by "
    "nine decades and more at the minimum (Watson with 9 variables, Osborne 1, Meyer, Powell badly scaled); SciPy's BFGS, which learns the "
    "whole matrix, gets further there, and `least_squares` solves them."
)
TIMES = (1.0, 10.0)
_STEPS = 2000
_EXACT, _LOCAL = 1e-8, 1e-5


@dataclass(frozen=True)
class Ended:
    """Where a run ended. value: the sum of squares. evaluations: of value or gradient, each counted."""

    value: float
    evaluations: float


Solve = Callable[[Problem, tuple[float, ...]], Ended]


def verdict(problem: Problem, value: float) -> str | Local:
    """ "least", the local minimum, or "" for neither."""
    if value <= problem.least + (_EXACT * problem.least or _EXACT):
        return "least"
    return next((local for local in problem.others if abs(value - local.value) <= _LOCAL * local.value), "")


def ours(method: Method, steps: int = _STEPS) -> Solve:
    def solve(problem: Problem, start: tuple[float, ...]) -> Ended:
        known = Reached(problem.least, 0.1 * (_EXACT * problem.least or _EXACT))
        state = minimise(Function(problem.squares), method, point(start), stop=(known, Steps(steps))).state
        return Ended(float(state.value[0]), state.passes)

    return solve


def of_squares(problem: Problem, start: tuple[float, ...]) -> Ended:
    solution = least_squares(problem.residuals, start)
    return Ended(2 * float(solution.state.value[0]), 2 * len(solution.trace))


def scipy_with(method: str) -> Solve:
    """SciPy's, stopped where ours are, and otherwise going on as long as it can."""

    def solve(problem: Problem, start: tuple[float, ...]) -> Ended:
        function = Function(problem.squares)
        bar = problem.least + 0.1 * (_EXACT * problem.least or _EXACT)

        def watch(intermediate_result: OptimizeResult) -> None:
            if intermediate_result.fun <= bar:
                raise StopIteration

        told = scipy_minimize(
            lambda u: (function.value(u[:, None])[0], function.gradient(u[:, None])[:, 0]),
            np.array(start),
            jac=True,
            method=method,
            callback=watch,
            options={"gtol": 1e-12, "maxiter": _STEPS},
        )
        return Ended(float(told.fun), told.nfev + told.njev)

    return solve


def scipy_of_squares(method: str) -> Solve:
    def solve(problem: Problem, start: tuple[float, ...]) -> Ended:
        told = scipy_least_squares(
            lambda u: problem.residuals(torch.from_numpy(u)).numpy(),
            np.array(start),
            jac=lambda u: torch.func.jacfwd(problem.residuals)(torch.from_numpy(u)).numpy(),
            method=method,
            x_scale="jac",
            xtol=1e-15,
            ftol=1e-15,
            gtol=1e-15,
            max_nfev=_STEPS,
        )
        return Ended(2 * float(told.cost), told.nfev + (told.njev or 0))

    return solve


OURS: Mapping[str, Solve] = {
    "conjugate gradient, Polak and Ribière": ours(NonlinearCG(polak_ribiere)),
    "conjugate gradient, Hestenes and Stiefel": ours(NonlinearCG(hestenes_stiefel)),
    "conjugate gradient, Dai and Yuan": ours(NonlinearCG(dai_yuan)),
    "conjugate gradient, Fletcher and Reeves": ours(NonlinearCG(fletcher_reeves)),
    "L-BFGS": ours(LBFGS(iterations=_STEPS), 3),
    "Newton with a trust region": ours(TrustNewton()),
    "least squares": of_squares,
}
PEERS: Mapping[str, Solve] = {
    "SciPy CG": scipy_with("CG"),
    "SciPy BFGS": scipy_with("BFGS"),
    "SciPy least squares, trf": scipy_of_squares("trf"),
    "SciPy least squares, lm": scipy_of_squares("lm"),
}


def measure(problems: Iterable[Problem] = PROBLEMS) -> Measurement:
    torch.set_num_threads(1)
    problems = tuple(problems)
    ours(TrustNewton())(problems[0], problems[0].start)  # what torch sets up at the first derivatives
    tables: list[Table] = []
    missed: list[list[str]] = []
    for times in TIMES:
        rows = []
        for name, solve in {**OURS, **PEERS}.items():
            ended, used = _all(problems, times, solve)
            told = [verdict(problem, end.value) for problem, end in zip(problems, ended, strict=True)]
            local = [one for one in told if isinstance(one, Local)]
            evaluations = sum(end.evaluations for end in ended)
            counts = [f"{told.count('least')}", f"{len(local)}", f"{told.count('')}"]
            rows.append([f"**{name}**" if name in OURS else name, *counts, f"{evaluations:,.0f}", f"{used:.1f}"])
            print(f"  {name}, {times:g}x: {', '.join(counts)}, {used:.1f} CPU s", flush=True)
            missed += [
                [problem.name, f"{times:g}x", name, f"{end.value:.6g}", f"{problem.least:.6g}"]
                for problem, end, one in zip(problems, ended, told, strict=True)
                if one == "" and name in OURS
            ]
        caption = f"{len(problems)} problems from {times:g} times the standard start"
        head = ["", "least", "local", "neither", "evaluations", "CPU s"]
        tables.append({"caption": caption, "head": head, "rows": rows})
    head = ["function", "start", "method", "found", "least"]
    tables.append({"caption": "Neither, of ours", "head": head, "rows": sorted(missed)})
    return tables, {}


def quick() -> Measurement:
    return measure(PROBLEMS[:5])


def _all(problems: Iterable[Problem], times: float, solve: Solve) -> tuple[list[Ended], float]:
    """Of every problem; and CPU seconds. A run that its method breaks off with an error ended nowhere."""
    ended, used = [], time.process_time()
    for problem in problems:
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                ended.append(solve(problem, problem.from_afar(times)))
        except (ValueError, np.linalg.LinAlgError):
            ended.append(Ended(np.inf, 0))
    return ended, time.process_time() - used
